// Articles in lists: cards, headlines; and the links that lead from one page to others.
/** @import { Card } from "./api.js" */
/** @import { Child } from "./dom.js" */
import { h, marked } from "./dom.js";
import { day } from "./format.js";
import { pictureOf } from "./picture.js";
import { language, t } from "./texts.js";

export const PORTAL = "/portal/";
/** @type {(article: { slug: string }) => string} */
export const articleAddress = ({ slug }) => `${PORTAL}bai-viet/${slug}`;
/** @type {(to: { slug: string, name: string }) => Element} */
export const categoryLink = ({ slug, name }) => h("a", { href: `${PORTAL}chuyen-muc/${slug}` }, name);
/** Only if it is not past: cards go on telling until when they were. @type {(card: Card) => Child} */
export const urgent = ({ urgent_until: until }) => until && Date.parse(until) > Date.now() && h("strong", { class: "urgent" }, t("urgent"));
/** @type {(time: string, said?: (time: string) => string) => Element} */
export const timeOf = (time, said = day) => h("time", { datetime: time, lang: language() }, said(time));
/** A language that is not the page's is told to who listens. @type {(article: { locale: string }) => { lang: string | null }} */
export const languageOf = ({ locale }) => ({ lang: locale === language() ? null : locale });

/** @typedef {{ level?: "h2" | "h3", sizes?: string, first?: boolean }} How */

/** @type {(card: Card, how?: How) => Element} */
export function cardOf(card, { level = "h3", sizes = "(min-width: 48rem) 12rem, 30vw", first = false } = {}) {
  const shown = card.description_image ?? card.image;
  const { title, kicker, summary, body } = card.highlight ?? {};
  const said = (/** @type {string | null | undefined} */ found, /** @type {string | null} */ whole) => (found ? marked(found) : whole);
  return h("article", { class: shown ? "card" : "card plain", ...languageOf(card) },
    shown && pictureOf(shown, { sizes, first, alt: "" }),
    h("div", null,
      card.kicker && h("p", { class: "kicker" }, said(kicker, card.kicker)),
      h(level, null, h("a", { href: articleAddress(card) }, said(title, card.title))),
      h("p", { class: "about" }, urgent(card), timeOf(card.published_at), h("span", null, card.category.name)),
      card.summary && h("p", { class: "summary" }, said(summary, card.summary)),
      body && h("p", { class: "found" }, marked(body))));
}

/** @type {(cards: Card[], how?: How) => Element} */
export const cardList = (cards, how) => h("ul", { class: "cards" }, cards.map((card) => h("li", null, cardOf(card, how))));
/** @type {(cards: Card[], kind?: "ul" | "ol") => Element} */
export const headlines = (cards, kind = "ul") =>
  h(kind, { class: "headlines" }, cards.map((card) =>
    h("li", languageOf(card), h("a", { href: articleAddress(card) }, card.title), " ", timeOf(card.published_at))));

/** @type {(heading: string, name: string, ...content: Child[]) => Element} */
export const section = (heading, name, ...content) =>
  h("section", { class: name, "aria-labelledby": `heading-${name}` }, h("h2", { id: `heading-${name}` }, heading), ...content);
