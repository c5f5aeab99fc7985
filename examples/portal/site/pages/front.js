// The front page: one request, with the sections that were remembered.
import { read } from "../api.js";
import { cardList, cardOf, categoryLink, headlines, section } from "../cards.js";
import { categories } from "../categories.js";
import { h } from "../dom.js";
import { t } from "../texts.js";

/** @returns {Promise<import("../app.js").Page>} */
export async function frontPage() {
  const sections = (await categories()).slice(0, 20).map(({ slug }) => slug);
  const { body, keptAt } = await read("/api/v1/front", { query: { categories: sections.join(","), per_category: 4 } }, true);
  const { urgent, featured, categories: filled, most_viewed } = body.data;
  // The lead is what is featured, else what is newest.
  const [lead, ...others] = featured.length ? featured : filled.flatMap(({ articles }) => articles.slice(0, 1));
  const content = h("div", { class: "front" },
    h("h1", { tabindex: -1, class: "unseen" }, t("site")),
    urgent.length > 0 && section(t("urgent"), "urgent-now", headlines(urgent)),
    lead && section(t("featured"), "featured",
      h("div", { class: "lead" }, cardOf(lead, { sizes: "(min-width: 72rem) 42rem, (min-width: 48rem) 58vw, 100vw", first: true })),
      cardList(others.slice(0, 4))),
    filled.map(({ category, articles }) => category && articles.length > 0 && section(category.name, `of-${category.slug}`,
      cardList(articles), h("p", { class: "more" }, categoryLink({ ...category, name: t("more", category.name) })))),
    most_viewed.length > 0 && section(t("mostViewed"), "most-viewed", headlines(most_viewed, "ol")));
  return { title: t("home"), content, keptAt };
}
