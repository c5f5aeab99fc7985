// What was looked for, with the words marked.
import { cardList } from "../cards.js";
import { byId, h } from "../dom.js";
import { number, slug } from "../format.js";
import { t } from "../texts.js";
import { listOf, pagesOf } from "./lists.js";

/** @param {string} _place @param {URLSearchParams} query @returns {Promise<import("../app.js").Page>} */
export async function searchPage(_place, query) {
  const q = query.get("q")?.trim() ?? "";
  const box = /** @type {HTMLInputElement} */ (byId("q"));
  box.value = q;
  if (!q) return { title: t("search"), index: false, content: resultsOf(t("search")), shown: () => box.focus() };
  const list = await listOf({ q, count: "exact" }, query, { keeps: false });
  const said = list.cards.length ? t("results", number(list.count ?? list.cards.length), q) : t("noResults", q);
  const nearly = list.cards.length > 0 && isNearly(q, list.cards);
  const content = resultsOf(said, nearly && h("p", { class: "notice" }, t("nearly")), list.cards.length > 0 && cardList(list.cards, { level: "h2" }), pagesOf(list));
  const tell = () => {
    byId("suggested").textContent = said;
  };
  return { title: said, index: false, content, shown: tell };
}

/** @param {string} heading @param {...import("../dom.js").Child} results */
function resultsOf(heading, ...results) {
  return h("div", { class: "list results" }, h("h1", { tabindex: -1 }, heading), ...results, h("p", { class: "hint" }, t("searchHint")));
}

/**
 * Whether one word was taken for another, as the API does where nothing has the words: then a word is marked nowhere.
 * @param {string} q
 * @param {import("../api.js").Card[]} cards
 */
function isNearly(q, cards) {
  const plain = (/** @type {string} */ text) => slug(text).replaceAll("-", "");
  const marks = plain(cards.map(({ highlight }) => Object.values(highlight ?? {}).join(" ")).join(" ").replace(/<[^>]*>/g, ""));
  return marks !== "" && q.split(/\s+/).some((word) => !marks.includes(plain(word)));
}
