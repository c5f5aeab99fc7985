// Articles in lists: a card, a list of cards, a list of headlines; and the links that lead from one page to others.
import { h, marked } from "./dom.js";
import { day } from "./format.js";
import { picture } from "./picture.js";
import { language, t } from "./texts.js";

/** @typedef {import("./api.js").Card} Card */

export const PORTAL = "/portal/";

/** @param {Pick<Card, "slug">} article */
export const articleAddress = ({ slug }) => `${PORTAL}bai-viet/${slug}`;
/** @param {{ slug: string }} category */
export const categoryAddress = ({ slug }) => `${PORTAL}chuyen-muc/${slug}`;

/** Cards tell until when they were urgent, also when that is past. @param {Card} card */
export function isUrgent(card) {
  return card.urgent_until != null && Date.parse(card.urgent_until) > Date.now();
}

/**
 * @param {Card} card
 * @param {{ level?: "h2" | "h3", sizes?: string, first?: boolean }} [how]
 */
export function cardOf(card, { level = "h3", sizes = "(min-width: 48rem) 18rem, 40vw", first = false } = {}) {
  const shown = card.description_image ?? card.image;
  const { title, kicker, summary, body } = card.highlight ?? {};
  return h(
    "article",
    { class: shown ? "card" : "card plain", ...languageOf(card) },
    shown && picture(shown, { sizes, first, decorative: true }),
    h(
      "div",
      null,
      (kicker || card.kicker) && h("p", { class: "kicker" }, kicker ? marked(kicker) : card.kicker),
      h(level, null, h("a", { href: articleAddress(card) }, title ? marked(title) : card.title)),
      h("p", { class: "about" }, isUrgent(card) && h("strong", { class: "urgent" }, t("urgent")), when(card), h("span", null, card.category.name)),
      (summary || card.summary) && h("p", { class: "summary" }, summary ? marked(summary) : card.summary),
      body && h("p", { class: "found" }, marked(body)),
    ),
  );
}

/** @param {Card[]} cards @param {Parameters<typeof cardOf>[1]} [how] */
export function cardList(cards, how) {
  return h("ul", { class: "cards" }, cards.map((card) => h("li", null, cardOf(card, how))));
}

/** @param {Card[]} cards @param {"ul" | "ol"} [kind] */
export function headlines(cards, kind = "ul") {
  return h(kind, { class: "headlines" }, cards.map((card) => h("li", languageOf(card), h("a", { href: articleAddress(card) }, card.title), " ", when(card))));
}

/** @param {Card} card */
export function when(card) {
  return h("time", { datetime: card.published_at, lang: language() }, day(card.published_at));
}

/** A language that is not the page's is told to who listens. @param {{ locale: string }} article */
export function languageOf({ locale }) {
  return { lang: locale === language() ? null : locale };
}

/** @param {string} heading @param {string} id @param {...import("./dom.js").Child} content */
export function section(heading, id, ...content) {
  return h("section", { class: id, "aria-labelledby": `heading-${id}` }, h("h2", { id: `heading-${id}` }, heading), ...content);
}
