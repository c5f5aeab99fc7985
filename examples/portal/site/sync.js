// Keeps what is kept in step with what is public, by the change feed.
import { fetched, Offline, read, Refused, tokenOfNow } from "./api.js";
import { allKept, forget, forgetArticle, inStore, isArticle } from "./store.js";
import { alone, sendViews } from "./views.js";

/** @typedef {{ token: string, since: number }} Followed a token, and when it was asked for */
/** @typedef {import("./store.js").Kept} Kept */

const EVERY = 5 * 60_000;

/**
 * At once, whenever there is a network again, and every few minutes.
 * @param {(changed: Set<string>) => void} contact called after each contact, with the articles that are not as they were
 */
export function inStep(contact) {
  let last = 0;
  const step = async () => {
    if (!navigator.onLine || document.visibilityState !== "visible") return;
    last = Date.now();
    await sendViews();
    await alone("tintuc-sync", async () => contact(await follow())).catch((error) => {
      if (!(error instanceof Offline || error instanceof Refused)) throw error;
    });
  };
  addEventListener("online", step);
  document.addEventListener("visibilitychange", () => Date.now() - last > EVERY && step());
  setInterval(step, EVERY);
  step();
}

/** Takes over what has changed, then the token behind it. @returns {Promise<Set<string>>} */
async function follow() {
  const before = await state();
  let { token, since } = before ?? { since: Date.now(), token: await tokenOfNow() };
  if (!before) await saveState({ token, since });
  // What was read before the token was made may have changed unnoticed.
  const changed = await refresh((await allKept()).filter(({ at }) => at < since));
  for (let more = true; more; ) {
    try {
      // Ids alone: few of all articles are kept here.
      const { data, meta } = (await read("/api/v1/sync", { query: { token, fields: "id", limit: 500 } })).body;
      for (const id of await take(data)) changed.add(id);
      token = meta.next_token;
      more = meta.has_more;
      await saveState({ token, since });
    } catch (error) {
      if (!before || !(error instanceof Refused) || ![400, 410].includes(error.problem.status)) throw error;
      // Too long ago: from now on, with all that is kept read anew.
      await saveState(undefined);
      return follow();
    }
  }
  return changed;
}

/** @param {import("./api.js").Body<"/api/v1/sync">["data"]} changes */
async function take(changes) {
  /** @type {Map<string, Kept>} */
  const stale = new Map();
  const changed = new Set();
  for (const change of changes) {
    const id = change.change === "delete" ? change.id : "article" in change ? change.article.id : "";
    changed.add(id);
    if (change.change === "delete") await forgetArticle(id);
    else for (const answer of await allKept(id)) stale.set(answer.path, answer);
  }
  await refresh([...stale.values()]);
  return changed;
}

/** Reads answers anew. What is no more is forgotten: the ids of such articles. @param {Kept[]} answers */
async function refresh(answers) {
  /** @type {Set<string>} */
  const gone = new Set();
  for (const answer of answers) {
    try {
      await fetched(answer.path, true);
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.status === 429 || error.problem.status >= 500) throw error;
      await forget(answer.path);
      if (isArticle(answer)) gone.add(answer.body.data.id);
    }
  }
  return gone;
}

/** @returns {Promise<Followed | undefined>} */
function state() {
  return inStore("state", "readonly", (store) => store.get("followed"));
}

/** @param {Followed | undefined} followed */
function saveState(followed) {
  return inStore("state", "readwrite", (store) => store.put(followed, "followed"));
}
