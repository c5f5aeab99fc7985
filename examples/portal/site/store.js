// What this browser keeps: choices; and in IndexedDB, to be read without a network, answers of the API by their address, views that
// are still to be sent, and how far the change feed was followed. Where a browser keeps nothing, all is as if nothing had been kept.

/** @typedef {{ path: string, body: any, at: number }} Kept an answer, asked for at that time */

const MOST = 200;

/** @type {(name: string) => any} */
export function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(`tintuc-${name}`) ?? "null");
  } catch {
    return null;
  }
}

/** @type {(name: string, value: unknown) => void} */
export function remember(name, value) {
  try {
    localStorage.setItem(`tintuc-${name}`, JSON.stringify(value));
  } catch {
    // Then it is good for this page.
  }
}

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

const database = () =>
  (opened ??= new Promise((resolve, reject) => {
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
  }));

// One step in one store; undefined where nothing is kept.
/** @type {<T>(name: "answers" | "views" | "state", step: (store: IDBObjectStore) => IDBRequest<T>) => Promise<T | undefined>} */
export async function inStore(name, step) {
  try {
    const transaction = (await database()).transaction(name, "readwrite");
    const asked = step(transaction.objectStore(name));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return asked.result;
  } catch (error) {
    console.warn("Nothing is kept:", error);
    return undefined;
  }
}

/** Keeps an answer, and lets go of the oldest. @type {(answer: Kept) => Promise<void>} */
export async function keep({ path, body, at }) {
  const ids = new Set();
  JSON.stringify(body, (key, value) => (key === "id" && ids.add(value), value));
  await inStore("answers", (store) => store.put({ path, body, at, ids: [...ids] }));
  const paths = (await inStore("answers", (store) => store.index("at").getAllKeys())) ?? [];
  for (const oldest of paths.slice(0, -MOST)) await forget(String(oldest));
}

/** @type {(path: string) => Promise<Kept | undefined>} */
export const kept = (path) => inStore("answers", (store) => store.get(path));
/** All answers, or those that show something of this id. @type {(id?: string) => Promise<Kept[]>} */
export const allKept = async (id) => (await inStore("answers", (store) => (id ? store.index("ids").getAll(id) : store.getAll()))) ?? [];

/** Lets go of an answer; of an article's, with what was asked besides and its pictures. @type {(path: string) => Promise<void>} */
export async function forget(path) {
  const before = await kept(path);
  if (!before) return;
  await inStore("answers", (store) => store.delete(path));
  await inStore("answers", (store) => store.delete(IDBKeyRange.bound(`${path}/`, `${path}0`)));
  if (isArticle(before)) await globalThis.caches?.delete(picturesOf(before.body.data.id));
}

/** Takes an article from wherever it is: its own answer, and all that show it. @type {(id: string) => Promise<void>} */
export async function forgetArticle(id) {
  const without = (/** @type {any} */ value) => (Array.isArray(value) ? value.filter((one) => one?.id !== id) : value);
  for (const answer of await allKept(id)) {
    if (isArticle(answer) && answer.body.data.id === id) await forget(answer.path);
    else await keep({ ...answer, body: JSON.parse(JSON.stringify(answer.body, (_, value) => without(value))) });
  }
}

/** @type {(answer: Kept) => boolean} */
export const isArticle = ({ body }) => typeof body.data?.slug === "string";
/** The cache of an article's pictures. @type {(id: string) => string} */
export const picturesOf = (id) => `pictures-${id}`;
