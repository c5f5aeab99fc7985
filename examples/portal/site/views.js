// Counting readers: an article was read when it was visible for three seconds. What cannot be sent waits for a network.
/** @import { Schemas } from "./api.js" */
import { countView, Refused } from "./api.js";
import { inStore } from "./store.js";

const READ_AFTER = 3000;

/** @typedef {(counted: Schemas["Counted"]) => void} Tell */
/** Counts once; what it returns is called when the page is left. @type {(article: string, tell: Tell) => () => void} */
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
    const queued = await inStore("views", (store) => store.add(view));
    if (queued !== undefined) return sendViews((counted) => counted.article_id === article && tell(counted));
    // Where nothing can be kept, it is now or never.
    await countView(article, view.visitor).then(tell, () => {});
  };
  document.addEventListener("visibilitychange", watch);
  watch();
  return stop;
}

/** Sends what waits. If an answer is lost, the view is sent again, and the API knows the visitor. */
export async function sendViews(tell = /** @type {Tell} */ (() => {})) {
  await alone("views", async () => {
    for (const key of (await inStore("views", (store) => store.getAllKeys())) ?? []) {
      const view = await inStore("views", (store) => store.get(key));
      try {
        if (view) tell(await countView(view.article, view.visitor));
      } catch (error) {
        // What was refused for good is not sent again; all else is, the next time.
        if (!(error instanceof Refused) || error.forNow) return;
      }
      await inStore("views", (store) => store.delete(key));
    }
  });
}

/** In one window at a time. Pages without TLS have no locks. @type {(name: string, work: () => Promise<void>) => Promise<void>} */
export const alone = async (name, work) => (navigator.locks ? navigator.locks.request(`tintuc-${name}`, work) : work());

/** A name that says nothing of the reader, made here once. @type {() => Promise<string>} */
async function visitor() {
  const known = await inStore("state", (store) => store.get("visitor"));
  const name = known ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  if (!known) await inStore("state", (store) => store.put(name, "visitor"));
  return name;
}
