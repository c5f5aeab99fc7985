// What this browser keeps to be read without a network, in IndexedDB: answers of the API by their address, views that are still
// to be sent, and how far the change feed was followed. Where a browser keeps nothing, all is as if nothing had been kept.

/** @typedef {{ path: string, body: any, at: number }} Kept an answer, asked for at that time */

const MOST = 200;

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("tintuc", 1);
    asked.onupgradeneeded = () => {
      const answers = asked.result.createObjectStore("answers", { keyPath: "path" });
      answers.createIndex("ids", "ids", { multiEntry: true });
      answers.createIndex("at", "at");
      asked.result.createObjectStore("views", { autoIncrement: true });
      asked.result.createObjectStore("state");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/**
 * One step in one store.
 * @template T
 * @param {"answers" | "views" | "state"} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} step
 * @returns {Promise<T | undefined>}
 */
export async function inStore(store, mode, step) {
  try {
    const transaction = (await database()).transaction(store, mode);
    const asked = step(transaction.objectStore(store));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    return asked.result;
  } catch (error) {
    console.warn("nothing is kept:", error);
    return undefined;
  }
}

/** @param {Kept} answer */
export async function keep(answer) {
  await inStore("answers", "readwrite", (store) => store.put({ ...answer, ids: idsIn(answer.body) }));
  const paths = (await inStore("answers", "readonly", (store) => store.index("at").getAllKeys())) ?? [];
  for (const path of paths.slice(0, -MOST)) await forget(String(path));
}

/** @param {string} path @returns {Promise<Kept | undefined>} */
export function kept(path) {
  return inStore("answers", "readonly", (store) => store.get(path));
}

/** All answers, or those that show something of this id. @param {string} [id] @returns {Promise<Kept[]>} */
export async function allKept(id) {
  return (await inStore("answers", "readonly", (store) => (id ? store.index("ids").getAll(id) : store.getAll()))) ?? [];
}

/** An answer, with what was asked besides of the same article, and its pictures. @param {string} path */
export async function forget(path) {
  const before = await kept(path);
  if (!before) return;
  const besides = IDBKeyRange.bound(`${path}/`, `${path}0`, false, true);
  await inStore("answers", "readwrite", (store) => store.delete(besides));
  await inStore("answers", "readwrite", (store) => store.delete(path));
  if (isArticle(before)) await caches.delete(picturesOf(before.body.data.id));
}

/** Takes an article from wherever it is: its own answer, and lists that show it. @param {string} id */
export async function forgetArticle(id) {
  for (const answer of await allKept(id)) {
    if (isArticle(answer) && answer.body.data.id === id) await forget(answer.path);
    else await keep({ ...answer, body: without(answer.body, id) });
  }
}

/** @param {Kept} answer */
export function isArticle(answer) {
  return typeof answer.body.data?.slug === "string";
}

/** The cache of an article's pictures. @param {string} id */
export function picturesOf(id) {
  return `pictures-${id}`;
}

/** @param {unknown} body */
function idsIn(body) {
  const ids = new Set();
  JSON.stringify(body, (key, value) => (key === "id" && ids.add(value), value));
  return [...ids];
}

/** @param {any} value @param {string} id @returns {any} */
function without(value, id) {
  if (Array.isArray(value)) return value.filter((one) => one?.id !== id).map((one) => without(one, id));
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, without(inner, id)]));
}
