// Keeps what is kept in step with what is public, by the change feed.
/** @import { Body } from "./api.js" */
/** @import { Kept } from "./store.js" */
import { fetched, Offline, read, Refused, tokenOfNow } from "./api.js";
import { allKept, forget, forgetArticle, inStore, isArticle } from "./store.js";
import { alone, sendViews } from "./views.js";

const EVERY = 5 * 60_000;

/** At once, with each new network, and every few minutes; tells which articles changed. @type {(tell: (ids: Set<string>) => void) => void} */
export function inStep(tell) {
  let last = 0;
  const step = async () => {
    if (!navigator.onLine || document.visibilityState !== "visible") return;
    last = Date.now();
    await sendViews();
    await alone("sync", async () => tell(await follow())).catch((error) => {
      if (!(error instanceof Offline || error instanceof Refused)) throw error;
    });
  };
  addEventListener("online", step);
  document.addEventListener("visibilitychange", () => Date.now() - last > EVERY && step());
  setInterval(step, EVERY);
  step();
}

/** Takes over what has changed, then the token behind it. @type {() => Promise<Set<string>>} */
async function follow() {
  const before = await inStore("state", (store) => store.get("followed"));
  const save = (/** @type {unknown} */ followed) => inStore("state", (store) => store.put(followed, "followed"));
  let { since, token } = before ?? { since: Date.now(), token: await tokenOfNow() };
  if (!before) await save({ since, token });
  // What was read before the token was made may have changed unnoticed.
  const changed = await refresh((await allKept()).filter(({ at }) => at < since));
  for (let more = true; more; ) {
    try {
      // Ids alone: few of all articles are kept here.
      const { data, meta } = (await read("/api/v1/sync", { query: { token, fields: "id", limit: 500 } })).body;
      for (const id of await take(data)) changed.add(id);
      ({ next_token: token, has_more: more } = meta);
      await save({ since, token });
    } catch (error) {
      if (!before || !(error instanceof Refused) || ![400, 410].includes(error.problem.status)) throw error;
      // Too long ago: from now on, with all that is kept read anew.
      await save(undefined);
      return follow();
    }
  }
  return changed;
}

/** @type {(changes: Body<"/api/v1/sync">["data"]) => Promise<Set<string>>} */
async function take(changes) {
  const [changed, stale] = [new Set(), new Map()];
  for (const change of changes) {
    const id = "article" in change ? change.article.id : "id" in change ? change.id : "";
    changed.add(id);
    if (change.change === "delete") await forgetArticle(id);
    else for (const answer of await allKept(id)) stale.set(answer.path, answer);
  }
  await refresh([...stale.values()]);
  return changed;
}

/** Reads answers anew. What is no more is forgotten: the ids of such articles. @type {(answers: Kept[]) => Promise<Set<string>>} */
async function refresh(answers) {
  const gone = new Set();
  for (const answer of answers) {
    try {
      await fetched(answer.path, true);
    } catch (error) {
      if (!(error instanceof Refused) || error.forNow) throw error;
      await forget(answer.path);
      if (isArticle(answer)) gone.add(answer.body.data.id);
    }
  }
  return gone;
}
