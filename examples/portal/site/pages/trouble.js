// What is shown in the place of a page: there is none, it was taken back, the service is in trouble, there is no network.
/** @import { Page } from "../app.js" */
import { Refused } from "../api.js";
import { headlines, PORTAL } from "../cards.js";
import { h } from "../dom.js";
import { day } from "../format.js";
import { allKept, isArticle } from "../store.js";
import { t } from "../texts.js";

/** @type {(title: string, ...content: import("../dom.js").Child[]) => Page} */
const trouble = (title, ...content) =>
  ({ title, index: false, content: h("div", { class: "trouble" }, h("h1", { tabindex: -1 }, title), ...content) });

const home = () => h("p", null, h("a", { href: PORTAL, class: "button primary" }, t("home")));
const again = () => h("p", null, h("button", { type: "button", class: "primary", click: () => location.reload() }, t("again")));

export const notFound = () => trouble(t("notFound"), h("p", null, t("notFoundText")), home());

/** @type {(error: unknown) => Page} */
export function troublePage(error) {
  if (!(error instanceof Refused)) console.error(error);
  const { status, code, notice, at, detail } = error instanceof Refused ? error.problem : {};
  if (code === "gone") return trouble(t("gone"), notice && h("p", { class: "notice" }, notice), at && h("p", null, t("goneAt", day(at))), home());
  return status === 404 ? notFound() : trouble(t("trouble"), detail && h("p", null, detail), again());
}

/** What can be read without a network; with an error, because a page was asked for that cannot. @type {(error?: Error) => Promise<Page>} */
export async function offlinePage(error) {
  const articles = (await allKept()).filter(isArticle).sort((one, other) => other.at - one.at);
  const list = articles.length ? headlines(articles.map(({ body }) => body.data)) : h("p", null, t("nothingKept"));
  if (!error) return trouble(t("offlinePages"), h("p", null, t("keptHere")), list);
  return trouble(t("offline"), h("p", null, t("offlineText")), list, again());
}
