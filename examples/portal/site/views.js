// Counting readers: an article was read when it was visible for three seconds. What cannot be sent waits for a network.
import { countView, Refused } from "./api.js";
import { inStore } from "./store.js";

const READ_AFTER = 3000;

/** @typedef {import("./api.js").Schemas["Counted"]} Counted */
/** @typedef {{ article: string, visitor: string }} View */

/**
 * Counts once, unless the page is left before.
 * @param {string} article
 * @param {(counted: Counted) => void} tell
 * @returns {() => void} to call when the page is left
 */
export function countWhenRead(article, tell) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(read, READ_AFTER);
  };
  const stop = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", watch);
  };
  const read = async () => {
    stop();
    const view = { article, visitor: await visitor() };
    const queued = await inStore("views", "readwrite", (store) => store.add(view));
    // Where nothing can be kept, it is now or never.
    if (queued === undefined) countView(article, view.visitor).then(tell, () => {});
    else await sendViews((counted) => counted.article_id === article && tell(counted));
  };
  document.addEventListener("visibilitychange", watch);
  watch();
  return stop;
}

/**
 * Sends what waits, one window at a time. If an answer is lost, the view is sent again, and the API knows the visitor.
 * @param {(counted: Counted) => void} [tell]
 */
export async function sendViews(tell) {
  await alone("tintuc-views", async () => {
    const keys = (await inStore("views", "readonly", (store) => store.getAllKeys())) ?? [];
    for (const key of keys) {
      const view = /** @type {View | undefined} */ (await inStore("views", "readonly", (store) => store.get(key)));
      if (!view) continue;
      try {
        const counted = await countView(view.article, view.visitor);
        tell?.(counted);
      } catch (error) {
        // What was refused for good is not asked again; all else is, the next time.
        if (!(error instanceof Refused) || error.problem.status === 429 || error.problem.status >= 500) return;
      }
      await inStore("views", "readwrite", (store) => store.delete(key));
    }
  });
}

/**
 * In one window of this browser at a time. Pages without TLS have no locks.
 * @param {string} name
 * @param {() => Promise<void>} work
 */
export async function alone(name, work) {
  await (navigator.locks ? navigator.locks.request(name, work) : work());
}

/** A name that says nothing of the reader, made here once. @returns {Promise<string>} */
async function visitor() {
  const known = await inStore("state", "readonly", (store) => store.get("visitor"));
  if (known) return known;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  await inStore("state", "readwrite", (store) => store.put(made, "visitor"));
  return made;
}
