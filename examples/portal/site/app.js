// Brings an address and its page together: links are followed without loading anew, and back leads to where one was.
import { Offline } from "./api.js";
import { startCombobox } from "./combobox.js";
import { PORTAL } from "./cards.js";
import { byId } from "./dom.js";
import { describePage } from "./metadata.js";
import { articlePage } from "./pages/article.js";
import { frontPage } from "./pages/front.js";
import { archivePage, authorPage, categoryPage, monthPage, tagPage } from "./pages/lists.js";
import { searchPage } from "./pages/search.js";
import { notFound, offlinePage, troublePage } from "./pages/trouble.js";
import { allowOffline } from "./offline.js";
import { markSection, sayKept, startShell } from "./shell.js";
import { inStep } from "./sync.js";
import { chooseLanguage, t } from "./texts.js";

/**
 * @typedef {object} Page
 * @property {string} title
 * @property {string | null} [description]
 * @property {boolean} [index] whether search engines should have it
 * @property {Node} content with one `h1`
 * @property {Date | null} [keptAt] when it was kept, if there is no network
 * @property {string} [article] the id of the article that it shows
 * @property {string} [address] its present one, if the one that was asked for is of before
 * @property {() => void | (() => void)} [shown] called once it is shown; what it returns, when it is left
 */

/** @type {[RegExp, (place: string, query: URLSearchParams) => Promise<Page>][]} */
const PAGES = [
  [/^$/, frontPage],
  [/^bai-viet\/([^/]+)$/, articlePage],
  [/^chuyen-muc\/([^/]+)$/, categoryPage],
  [/^the\/([^/]+)$/, tagPage],
  [/^tac-gia\/([^/]+)$/, authorPage],
  [/^luu-tru$/, archivePage],
  [/^luu-tru\/(\d{4}-(?:0[1-9]|1[0-2]))$/, monthPage],
  [/^tim-kiem$/, searchPage],
  [/^ngoai-tuyen$/, offlinePage],
];

const main = byId("tin");
/** How far down which entry of the history was read. @type {Record<string, number>} */
const places = JSON.parse(sessionStorage.getItem("tintuc-places") ?? "{}");
let turn = 0;
/** @type {Page | undefined} */
let here;
/** @type {void | (() => void)} */
let leave;

/** @returns {Promise<Page>} */
async function pageHere() {
  const path = decodeURI(location.pathname).slice(PORTAL.length).replace(/\/$/, "");
  for (const [pattern, page] of PAGES) {
    const found = pattern.exec(path);
    if (found) return page(found[1] ?? "", new URLSearchParams(location.search));
  }
  return notFound();
}

/** Shows the page of the present address. @param {"start" | "link" | "back" | "again"} by */
async function show(by) {
  const mine = ++turn;
  const top = by === "back" || by === "start" ? (places[history.state?.key] ?? 0) : by === "again" ? scrollY : 0;
  main.setAttribute("aria-busy", "true");
  const page = await pageHere().catch((error) => (error instanceof Offline ? offlinePage("", null, error) : troublePage(error)));
  // Another link was followed meanwhile.
  if (mine !== turn) return;
  leave?.();
  here = page;
  if (page.address) history.replaceState(history.state, "", page.address);
  describePage({ title: `${page.title} – ${t("site")}`, description: page.description, index: page.index ?? true });
  main.replaceChildren(page.content);
  main.removeAttribute("aria-busy");
  markSection();
  sayKept(page.keptAt ?? null);
  scrollTo({ top, behavior: "instant" });
  if (by === "link" || by === "back") main.querySelector("h1")?.focus({ preventScroll: true });
  leave = page.shown?.();
}

/** @param {URL} url */
function go(url) {
  history.pushState({ key: newKey() }, "", url);
  show("link");
}

function newKey() {
  return `${Date.now()}-${Math.random()}`;
}

addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin || !link.pathname.startsWith(PORTAL)) return;
  // A place in this page, such as behind the skip link, is the browser's business.
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  go(new URL(link.href));
});

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const q = String(new FormData(form).get("q")).trim();
  if (q) go(new URL(`${form.action}?${new URLSearchParams({ q })}`));
});

addEventListener("popstate", (event) => {
  // A place in the page has no key.
  if (event.state) show("back");
});
addEventListener("scroll", () => {
  if (history.state?.key && !main.hasAttribute("aria-busy")) places[history.state.key] = scrollY;
}, { passive: true });
addEventListener("pagehide", () => sessionStorage.setItem("tintuc-places", JSON.stringify(places)));

history.scrollRestoration = "manual";
if (!history.state?.key) history.replaceState({ key: newKey() }, "");
chooseLanguage();
startShell(() => show("again"));
startCombobox((address) => go(new URL(address, location.href)));
await show("start");
inStep((changed) => {
  if (here?.keptAt || (here?.article && changed.has(here.article))) show("again");
});
allowOffline();
