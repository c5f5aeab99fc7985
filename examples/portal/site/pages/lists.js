// Pages of lists: a category, a tag, an author, a month; and the months there are. Each leads on by a link of its own.
/** @import { Card, Parameters } from "../api.js" */
/** @import { Page } from "../app.js" */
/** @import { Child } from "../dom.js" */
import { addressOf, read } from "../api.js";
import { cardList, categoryLink, PORTAL } from "../cards.js";
import { askCategories, categories, pathTo } from "../categories.js";
import { h } from "../dom.js";
import { slug as slugOf } from "../format.js";
import { offerFeed } from "../metadata.js";
import { t } from "../texts.js";
import { notFound } from "./trouble.js";

/** @typedef {{ cards: Card[], next: string | null, first: boolean, count?: number, keptAt?: Date, url: URL }} List */
/** @typedef {NonNullable<Parameters<"/api/v1/articles">["query"]>} Filter */

/** @type {(slug: string, query: URLSearchParams) => Promise<Page>} */
export async function categoryPage(slug, query) {
  const [tree, list] = await Promise.all([categories(), listOf({ category: slug }, query)]);
  // A former slug leads to the present one; and what is remembered may be older than the category.
  const present = list.url.searchParams.get("category") ?? slug;
  const path = [pathTo(tree, present), []].find(({ length }) => length) ?? pathTo(await askCategories(), present);
  const category = path.pop();
  if (!category) return notFound();
  const page = listPage(category.name, list, { category: present },
    path.length > 0 && h("nav", { class: "way", "aria-label": t("sections") }, path.map(categoryLink)),
    category.children.length > 0 && h("nav", { "aria-label": t("below") },
      h("ul", { class: "tags" }, category.children.map((one) => h("li", null, categoryLink(one), ` ${one.article_count}`)))));
  return { ...page, address: `${PORTAL}chuyen-muc/${present}${location.search}` };
}

/** @type {(slug: string, query: URLSearchParams) => Promise<Page>} */
export async function tagPage(slug, query) {
  const list = await listOf({ tag: slug }, query);
  // Articles name their tags, of which the address is made.
  const name = list.cards.flatMap(({ tags }) => tags).find((tag) => slugOf(tag) === slug) ?? slug.replaceAll("-", " ");
  return list.cards.length ? listPage(t("tag", name), list, { tag: slug }) : notFound();
}

/** @type {(id: string, query: URLSearchParams) => Promise<Page>} */
export async function authorPage(id, query) {
  const list = await listOf({ author: id }, query);
  const name = list.cards[0]?.author?.name;
  return name ? listPage(t("author", name), list, { author: id }) : notFound();
}

/** @type {(month: string, query: URLSearchParams) => Promise<Page>} */
export async function monthPage(month, query) {
  const [year = 0, number = 0] = month.split("-").map(Number);
  // Months are those of Vietnam.
  const first = (/** @type {number} */ month) => new Date(Date.UTC(year, month - 1, 1) - 7 * 3600_000).toISOString();
  const list = await listOf({ published_after: first(number), published_before: first(number + 1) }, query);
  const all = h("nav", { class: "way", "aria-label": t("archive") }, h("a", { href: `${PORTAL}luu-tru` }, t("archive")));
  return listPage(t("month", `${number}/${year}`), list, null, all);
}

/** @type {() => Promise<Page>} */
export async function archivePage() {
  const { body, keptAt } = await read("/api/v1/archive", {}, true);
  const link = (/** @type {number} */ year, /** @type {number} */ month) =>
    h("a", { href: `${PORTAL}luu-tru/${year}-${String(month).padStart(2, "0")}` }, t("month", `${month}/${year}`));
  const content = h("div", { class: "list" }, h("h1", { tabindex: -1 }, t("archive")), body.data.flatMap(({ year, months }) => [
    h("h2", null, t("year", year)),
    h("ul", { class: "tags" }, months.map(({ month, article_count }) => h("li", null, link(year, month), ` ${t("articles", article_count)}`))),
  ]));
  return { title: t("archive"), content, keptAt };
}

/** @type {(filter: Filter, query: URLSearchParams, keeps?: boolean) => Promise<List>} */
export async function listOf(filter, query, keeps = true) {
  const cursor = query.get("cursor") ?? undefined;
  const { body, keptAt, url } = await read("/api/v1/articles", { query: { ...filter, cursor } }, keeps);
  const next = body.links.next && new URL(body.links.next, location.href).searchParams.get("cursor");
  // Whole cards, as no `fields` were asked for.
  return { cards: /** @type {Card[]} */ (body.data), next, first: !cursor, count: body.meta.count, keptAt, url };
}

/** With the feed of the same filter. @type {(title: string, list: List, filter: Filter | null, ...before: Child[]) => Page} */
function listPage(title, list, filter, ...before) {
  const feed = filter && addressOf("/feeds/rss.xml", { query: filter });
  const content = h("div", { class: "list" },
    h("div", { class: "section-head" }, h("h1", { tabindex: -1 }, title), feed && h("p", null, h("a", { href: feed }, t("rss")))),
    before,
    list.cards.length ? cardList(list.cards, { level: "h2" }) : h("p", null, t("nothing")),
    pagesOf(list));
  return { title, content, keptAt: list.keptAt, index: list.first, shown: () => void (feed && offerFeed(feed, title)) };
}

/** Links to the next page and back to the first. @type {(list: List) => Child} */
export function pagesOf({ next, first }) {
  const to = (/** @type {string | null} */ cursor) =>
    addressOf(location.pathname, { query: { ...Object.fromEntries(new URLSearchParams(location.search)), cursor } });
  return (next || !first) && h("nav", { class: "pages", "aria-label": t("pages") },
    !first && h("a", { href: to(null), class: "button" }, t("firstPage")),
    next && h("a", { href: to(next), class: "button primary", rel: "next" }, t("nextPage")));
}
