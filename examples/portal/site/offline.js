// The portal itself without a network: its service worker, word of new versions, and the pictures of what was read.
import { byId } from "./dom.js";
import { PORTAL } from "./cards.js";
import { picturesOf } from "./store.js";

// From here on, for a page that another version takes over while it loads would be made of two.
navigator.serviceWorker?.controller && navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());

/** Has the service worker of the version that is served now, and says when one waits to take over. */
export async function allowOffline() {
  // Pages without TLS have none.
  const workers = navigator.serviceWorker;
  const answer = workers && (await fetch(`${PORTAL}files.json`, { cache: "no-store" }).catch(() => null));
  if (!answer?.ok) return;
  const { version } = await answer.json();
  // Some browsers are told to take none.
  const registration = await workers.register(`${PORTAL}sw.js?v=${version}`, { scope: PORTAL, updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  const offer = () => {
    // The first one has nobody to take over from.
    if (!registration.waiting || !workers.controller) return;
    byId("reload").onclick = () => registration.waiting?.postMessage("take over");
    byId("update").hidden = false;
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  offer();
}

/** Keeps pictures in the sizes that are shown, in a cache that goes when the article does. @type {(article: string, content: Element) => void} */
export function keepPictures(article, content) {
  const keep = async (/** @type {string} */ url) => (await globalThis.caches?.open(picturesOf(article)))?.add(url).catch(() => {});
  for (const image of content.querySelectorAll("img")) {
    if (image.complete && image.naturalWidth) keep(image.currentSrc);
    else image.addEventListener("load", () => keep(image.currentSrc), { once: true });
  }
}
