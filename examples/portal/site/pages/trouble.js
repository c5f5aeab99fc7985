// What is shown in the place of a page: there is none, it was taken back, the service is in trouble, there is no network.
import { Refused } from "../api.js";
import { headlines, PORTAL } from "../cards.js";
import { h } from "../dom.js";
import { day } from "../format.js";
import { allKept, isArticle } from "../store.js";
import { t } from "../texts.js";

/** @typedef {import("../app.js").Page} Page */

/** @returns {Page} */
export function notFound() {
  return trouble(t("notFound"), h("p", null, t("notFoundText")), home());
}

/** @param {unknown} error @returns {Page} */
export function troublePage(error) {
  if (!(error instanceof Refused)) console.error(error);
  const problem = error instanceof Refused ? error.problem : null;
  if (problem?.code === "gone") {
    return trouble(t("gone"), problem.notice && h("p", { class: "notice" }, problem.notice), problem.at && h("p", null, t("goneAt", day(problem.at))), home());
  }
  if (problem?.status === 404) return notFound();
  return trouble(t("trouble"), problem?.detail && h("p", null, problem.detail), again());
}

/**
 * What can be read without a network; with an error, because a page was asked for that cannot.
 * @param {string} _place
 * @param {URLSearchParams | null} _query
 * @param {Error} [error]
 * @returns {Promise<Page>}
 */
export async function offlinePage(_place, _query, error) {
  const articles = (await allKept()).filter(isArticle).sort((one, other) => other.at - one.at);
  const list = articles.length ? headlines(articles.map(({ body }) => body.data)) : h("p", null, t("nothingKept"));
  if (!error) return trouble(t("offlinePages"), h("p", null, t("keptHere")), list);
  return trouble(t("offline"), h("p", null, t("offlineText")), list, again());
}

/** @param {string} title @param {...import("../dom.js").Child} content @returns {Page} */
function trouble(title, ...content) {
  return { title, index: false, content: h("div", { class: "trouble" }, h("h1", { tabindex: -1 }, title), ...content) };
}

function home() {
  return h("p", null, h("a", { href: PORTAL, class: "button primary" }, t("home")), " ", h("a", { href: `${PORTAL}tim-kiem`, class: "button" }, t("search")));
}

function again() {
  return h("p", null, h("button", { type: "button", class: "primary", click: () => location.reload() }, t("again")));
}
