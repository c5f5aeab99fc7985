// Brings an address and its page together: links are followed without loading anew, and back leads to where one was.
import { Offline } from "./api.js";
import { PORTAL } from "./cards.js";
import { startCombobox } from "./combobox.js";
import { byId } from "./dom.js";
import { describePage } from "./metadata.js";
import { allowOffline } from "./offline.js";
import { articlePage } from "./pages/article.js";
import { frontPage } from "./pages/front.js";
import { archivePage, authorPage, categoryPage, monthPage, tagPage } from "./pages/lists.js";
import { searchPage } from "./pages/search.js";
import { notFound, offlinePage, troublePage } from "./pages/trouble.js";
import { aroundPage, startShell } from "./shell.js";
import { inStep } from "./sync.js";
import { t } from "./texts.js";

/**
 * `content` has one `h1`; `address` is the present one, if one of before was asked for; `shown` is called once it is shown, and what
 * that returns when it is left.
 * @typedef {{ title: string, description?: string | null, index?: boolean, content: Element, keptAt?: Date, article?: string,
 *   address?: string, shown?: () => void | (() => void) }} Page
 */

/** @type {[RegExp, (place: string, query: URLSearchParams) => Promise<Page> | Page][]} */
const PAGES = [
  [/^$/, frontPage],
  [/^bai-viet\/([^/]+)$/, articlePage],
  [/^chuyen-muc\/([^/]+)$/, categoryPage],
  [/^the\/([^/]+)$/, tagPage],
  [/^tac-gia\/([^/]+)$/, authorPage],
  [/^luu-tru$/, archivePage],
  [/^luu-tru\/(\d{4}-(?:0[1-9]|1[0-2]))$/, monthPage],
  [/^tim-kiem$/, searchPage],
  [/^ngoai-tuyen$/, () => offlinePage()],
  [/./, notFound],
];

const main = byId("tin");
/** How far down each entry of the history was read. @type {Record<string, number>} */
const places = JSON.parse(sessionStorage.getItem("places") ?? "{}");
let turn = 0;
/** @type {Page | undefined} */
let here;
/** @type {void | (() => void)} */
let leave;

async function pageHere() {
  const path = location.pathname.slice(PORTAL.length).replace(/\/$/, "");
  const [pattern, page] = PAGES.find(([pattern]) => pattern.test(path)) ?? [/./, notFound];
  return page(pattern.exec(path)?.[1] ?? "", new URLSearchParams(location.search));
}

/** Shows the page of the present address. @type {(by: "start" | "link" | "back" | "again") => Promise<void>} */
async function show(by) {
  const mine = ++turn;
  const top = by === "link" ? 0 : by === "again" ? scrollY : (places[history.state?.key] ?? 0);
  main.ariaBusy = "true";
  const page = await pageHere().catch((error) => (error instanceof Offline ? offlinePage(error) : troublePage(error)));
  // Another link was followed meanwhile.
  if (mine !== turn) return;
  leave?.();
  here = page;
  if (page.address) history.replaceState(history.state, "", page.address);
  describePage({ ...page, title: `${page.title} – ${t("site")}` });
  aroundPage(page.keptAt);
  main.replaceChildren(page.content);
  main.ariaBusy = null;
  // At the start one is at the top already, and to ask would have all of it laid out at once.
  if (top || by !== "start") scrollTo({ top, behavior: "instant" });
  if (by === "link" || by === "back") main.querySelector("h1")?.focus({ preventScroll: true });
  leave = page.shown?.();
}

const entry = () => ({ key: `${Date.now()}-${Math.random()}` });

/** @type {(address: string) => void} */
function go(address) {
  history.pushState(entry(), "", address);
  show("link");
}

addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin || !link.pathname.startsWith(PORTAL)) return;
  // A place in this page, such as the skip link's, is the browser's business.
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  go(link.href);
});
byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const q = /** @type {HTMLInputElement} */ (byId("q")).value.trim();
  if (q) go(`${PORTAL}tim-kiem?${new URLSearchParams({ q })}`);
});
// A place in a page has no state.
addEventListener("popstate", ({ state }) => state && show("back"));
addEventListener("scroll", () => history.state && !main.ariaBusy && (places[history.state.key] = scrollY), { passive: true });
addEventListener("pagehide", () => sessionStorage.setItem("places", JSON.stringify(places)));

history.scrollRestoration = "manual";
if (!history.state) history.replaceState(entry(), "");
startShell(() => show("again"));
startCombobox(go);
await show("start");
// What is seen first comes first.
await Promise.allSettled([...main.querySelectorAll("img")].filter(({ loading }) => loading !== "lazy").map((image) => image.decode()));
inStep((changed) => (here?.keptAt || changed.has(here?.article ?? "")) && show("again"));
allowOffline();
