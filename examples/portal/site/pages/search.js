// What was looked for, with the words marked.
import { cardList } from "../cards.js";
import { byId, h } from "../dom.js";
import { number, plain } from "../format.js";
import { t } from "../texts.js";
import { listOf, pagesOf } from "./lists.js";

/** @type {(place: string, query: URLSearchParams) => Promise<import("../app.js").Page>} */
export async function searchPage(_, query) {
  const q = query.get("q")?.trim() ?? "";
  const box = /** @type {HTMLInputElement} */ (byId("q"));
  box.value = q;
  const list = q ? await listOf({ q, count: "exact" }, query, false) : null;
  const title = !list ? t("search") : list.count ? t("results", number(list.count), q) : t("noResults", q);
  const content = h("div", { class: "list results" },
    h("h1", { tabindex: -1 }, title),
    list && isNearly(q, list.cards) && h("p", { class: "notice" }, t("nearly")),
    list && cardList(list.cards, { level: "h2" }),
    list && pagesOf(list),
    h("p", { class: "hint" }, t("searchHint")));
  const shown = () => (list ? void (byId("suggested").textContent = title) : box.focus());
  return { title, index: false, content, shown };
}

// Whether one word was taken for another, as the API does where nothing has the words: then that word is marked nowhere.
/** @type {(q: string, cards: import("../api.js").Card[]) => boolean} */
function isNearly(q, cards) {
  const letters = (/** @type {string} */ text) => plain(text).replace(/[^a-z0-9]/g, "");
  const marks = letters(cards.flatMap(({ highlight }) => Object.values(highlight ?? {}).join(" ").match(/<mark>.*?<\/mark>/g) ?? []).join(" "));
  return marks !== "" && q.split(/\s+/).some((word) => !marks.includes(letters(word)));
}
