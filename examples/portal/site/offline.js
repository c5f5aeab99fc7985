// The portal itself without a network: its service worker, news of new versions, and the pictures of what was read.
import { byId } from "./dom.js";
import { PORTAL } from "./cards.js";
import { picturesOf } from "./store.js";

/** Has the service worker of the version that is served now, and says when one waits to take over. */
export async function allowOffline() {
  const workers = navigator.serviceWorker;
  // Pages without TLS have none.
  if (!workers) return;
  if (workers.controller) workers.addEventListener("controllerchange", () => location.reload());
  const answer = await fetch(`${PORTAL}files.json`, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const { version } = await answer.json();
  const registration = await workers.register(`${PORTAL}sw.js?v=${version}`, { scope: PORTAL, updateViaCache: "none" });
  const offer = () => {
    const { waiting } = registration;
    // The first one takes over by itself, when the page is opened again.
    if (!waiting || !workers.controller) return;
    byId("reload").onclick = () => waiting.postMessage("take over");
    byId("update").hidden = false;
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  offer();
}

/**
 * Keeps an article's pictures in the sizes that are shown, in a cache that goes when the article does.
 * @param {string} article
 * @param {Element} content
 */
export async function keepPictures(article, content) {
  if (!("caches" in self)) return;
  const cache = await caches.open(picturesOf(article));
  for (const image of content.querySelectorAll("img")) {
    const keep = () => image.currentSrc && cache.add(image.currentSrc).catch(() => {});
    if (image.complete && image.naturalWidth) keep();
    else image.addEventListener("load", keep, { once: true });
  }
}
