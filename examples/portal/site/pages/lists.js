// Pages of lists: a category, a tag, an author, a month; and the months there are. Each leads on by a link of its own.
import { nextCursor, read } from "../api.js";
import { cardList, categoryAddress, PORTAL } from "../cards.js";
import { askCategories, categories, pathTo } from "../categories.js";
import { h } from "../dom.js";
import { slug as slugOf } from "../format.js";
import { offerFeed } from "../metadata.js";
import { t } from "../texts.js";
import { notFound } from "./trouble.js";

/** @typedef {import("../app.js").Page} Page */
/** @typedef {import("../api.js").Card} Card */
/** @typedef {NonNullable<import("../api.js").Parameters<"/api/v1/articles">["query"]>} Filter */

/** @param {string} slug @param {URLSearchParams} query @returns {Promise<Page>} */
export async function categoryPage(slug, query) {
  const [tree, list] = await Promise.all([categories(), listOf({ category: slug }, query)]);
  // A former slug leads to the present one.
  const present = list.url.searchParams.get("category") ?? slug;
  let path = pathTo(tree, present);
  // What is remembered may be older than the category.
  if (!path.length) path = pathTo(await askCategories(), present);
  const category = path.at(-1);
  if (!category) return notFound();
  const above = path.slice(0, -1);
  const page = listPage(category.name, list, { feed: `/feeds/rss.xml?${new URLSearchParams({ category: present })}` }, [
    above.length > 0 && h("nav", { class: "way", "aria-label": t("sections") }, above.map((one) => h("a", { href: categoryAddress(one) }, one.name))),
    category.children.length > 0 &&
      h(
        "nav",
        { "aria-label": t("below") },
        h("ul", { class: "tags" }, category.children.map((one) => h("li", null, h("a", { href: categoryAddress(one) }, one.name), ` ${one.article_count}`))),
      ),
  ]);
  return present === slug ? page : { ...page, address: categoryAddress(category) };
}

/** @param {string} slug @param {URLSearchParams} query @returns {Promise<Page>} */
export async function tagPage(slug, query) {
  const list = await listOf({ tag: slug }, query);
  if (!list.cards.length) return notFound();
  const named = list.cards.flatMap(({ tags }) => tags).find((tag) => slugOf(tag) === slug);
  return listPage(t("tag", named ?? slug.replaceAll("-", " ")), list, { feed: `/feeds/rss.xml?${new URLSearchParams({ tag: slug })}` });
}

/** @param {string} id @param {URLSearchParams} query @returns {Promise<Page>} */
export async function authorPage(id, query) {
  const list = await listOf({ author: id }, query);
  const name = list.cards[0]?.author?.name;
  if (!name) return notFound();
  return listPage(t("author", name), list, { feed: `/feeds/rss.xml?${new URLSearchParams({ author: id })}` });
}

/** @param {string} month @param {URLSearchParams} query @returns {Promise<Page>} */
export async function monthPage(month, query) {
  const [year = 0, number = 0] = month.split("-").map(Number);
  // Months are those of Vietnam.
  const first = (/** @type {number} */ months) => new Date(Date.UTC(year, number - 1 + months, 1) - 7 * 3600_000).toISOString();
  const list = await listOf({ published_after: first(0), published_before: first(1) }, query);
  return listPage(t("month", `${number}/${year}`), list, {}, [h("nav", { class: "way", "aria-label": t("archive") }, h("a", { href: `${PORTAL}luu-tru` }, t("archive")))]);
}

/** @returns {Promise<Page>} */
export async function archivePage() {
  const { body, keptAt } = await read("/api/v1/archive", {}, { keeps: true });
  const month = (/** @type {number} */ year, /** @type {number} */ number) => `${PORTAL}luu-tru/${year}-${String(number).padStart(2, "0")}`;
  const content = h(
    "div",
    { class: "list" },
    h("h1", { tabindex: -1 }, t("archive")),
    body.data.map(({ year, months }) => [
      h("h2", null, t("year", year)),
      h("ul", { class: "tags" }, months.map((one) => h("li", null, h("a", { href: month(year, one.month) }, t("month", `${one.month}/${year}`)), ` ${t("articles", one.article_count)}`))),
    ]).flat(),
  );
  return { title: t("archive"), content, keptAt };
}

/**
 * @typedef {{ cards: Card[], next: string | null, first: boolean, count?: number, keptAt: Date | null, url: URL }} List
 * @param {Filter} filter
 * @param {URLSearchParams} query
 * @param {{ keeps: boolean }} [how]
 * @returns {Promise<List>}
 */
export async function listOf(filter, query, how = { keeps: true }) {
  const cursor = query.get("cursor") ?? undefined;
  const { body, keptAt, url } = await read("/api/v1/articles", { query: { ...filter, cursor } }, how);
  // Whole cards, as no `fields` were asked for.
  return { cards: /** @type {Card[]} */ (body.data), next: nextCursor(body.links), first: !cursor, count: body.meta.count, keptAt, url };
}

/**
 * @param {string} title
 * @param {List} list
 * @param {{ feed?: string }} offers
 * @param {import("../dom.js").Child[]} [before]
 * @returns {Page}
 */
function listPage(title, list, { feed }, before = []) {
  const content = h(
    "div",
    { class: "list" },
    h("div", { class: "section-head" }, h("h1", { tabindex: -1 }, title), feed && h("p", null, h("a", { href: feed }, t("rss")))),
    before,
    list.cards.length ? cardList(list.cards, { level: "h2" }) : h("p", null, t("nothing")),
    pagesOf(list),
  );
  return { title, content, keptAt: list.keptAt, index: list.first, shown: () => void (feed && offerFeed(feed, title)) };
}

/** Links to the next page and back to the first. @param {List} list */
export function pagesOf({ next, first }) {
  const to = (/** @type {string | null} */ cursor) => {
    const query = new URLSearchParams(location.search);
    query.delete("cursor");
    if (cursor) query.set("cursor", cursor);
    return `${location.pathname}${query.size ? "?" : ""}${query}`;
  };
  if (!next && first) return null;
  return h(
    "nav",
    { class: "pages", "aria-label": t("nextPage") },
    !first && h("a", { href: to(null), class: "button" }, t("firstPage")),
    next && h("a", { href: to(next), class: "button primary", rel: "next" }, t("nextPage")),
  );
}
