// The public API: every question to it is asked here, in types made from its document.
import { forget, keep, kept } from "./store.js";

/** @typedef {import("#schema").paths} Paths */
/** @typedef {import("#schema").components["schemas"]} Schemas */
/** @typedef {Schemas["ArticleCard"]} Card */
/** @typedef {Schemas["Article"]} Article */
/** @typedef {Schemas["DeliveredPicture"]} Picture */
/** @typedef {Schemas["DeliveredFile"]} File */
/** @typedef {Schemas["CategoryNode"]} Category */
/** @typedef {{ [P in keyof Paths]: Paths[P] extends { get: { responses: { 200: { content: { "application/json": any } } } } } ? P : never }[keyof Paths]} Readable */
/** @template {Readable} P @typedef {Paths[P]["get"]["responses"][200]["content"]["application/json"]} Body */
/** @template {Readable} P @typedef {Pick<Paths[P]["get"]["parameters"], "path" | "query">} Parameters */
/** @template T @typedef {{ body: T, keptAt: Date | null, url: URL }} Answer `keptAt`: there was no network, and this was kept then */

/** What the API refuses, with the problem document that says why. */
export class Refused extends Error {
  /** @param {Partial<Schemas["Problem"]> & { status: number }} problem */
  constructor(problem) {
    super(problem.detail ?? `${problem.status}`);
    this.problem = problem;
  }
}

/** Nothing answers, and nothing was kept. */
export class Offline extends Error {}

/**
 * Asks, and keeps the answer to be read without a network if `keeps`.
 * @template {Readable} P
 * @param {P} path
 * @param {Parameters<P>} [parameters]
 * @param {{ keeps?: boolean }} [how]
 * @returns {Promise<Answer<Body<P>>>}
 */
export async function read(path, parameters, { keeps = false } = {}) {
  const address = addressOf(path, parameters);
  try {
    return await fetched(address, keeps);
  } catch (error) {
    if (error instanceof Refused && error.problem.status < 500) throw error;
    const before = await kept(address);
    if (before) return { body: before.body, keptAt: new Date(before.at), url: new URL(address, location.href) };
    throw error;
  }
}

/**
 * Asks the network alone.
 * @param {string} address
 * @param {boolean} keeps
 * @returns {Promise<Answer<any>>}
 */
export async function fetched(address, keeps) {
  const at = Date.now();
  const response = await request(address);
  if (response.status === 404 || response.status === 410) await forget(address);
  const body = await answered(response);
  if (keeps) await keep({ path: address, body, at });
  return { body, keptAt: null, url: new URL(response.url) };
}

/**
 * Counts a view by a reader whom only this browser knows by that name.
 * @param {string} key
 * @param {string} visitor
 * @returns {Promise<Schemas["Counted"]>}
 */
export async function countView(key, visitor) {
  const headers = { "Content-Type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify({ visitor }), keepalive: true };
  return (await answered(await request(addressOf("/api/v1/articles/{key}/views", { path: { key } }), sent))).data;
}

/** A token of the change feed that stands for now: the first id of the stream, which is left at once. */
export async function tokenOfNow() {
  const leave = new AbortController();
  const response = await request("/api/v1/stream", { headers: { Accept: "text/event-stream" }, signal: leave.signal });
  if (!response.ok || !response.body) await answered(response);
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  try {
    for (let text = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) throw new Offline();
      text += decoder.decode(value, { stream: true });
      const id = /^id: ?(.+)\r?\n/m.exec(text)?.[1];
      if (id) return id;
    }
  } finally {
    leave.abort();
  }
}

/**
 * @template {keyof Paths} P
 * @param {P} path
 * @param {{ path?: any, query?: any }} [parameters]
 */
export function addressOf(path, { path: places = {}, query = {} } = {}) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(places[name]));
  const asked = Object.entries(query).filter(([, value]) => value != null);
  return asked.length ? `${filled}?${new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))}` : filled;
}

/** A file's address on the portal's own origin, which is the only one that the page may load from. @param {string} url */
export function local(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

/** The cursor in a list's link to its next page. @param {{ next: string | null }} links */
export function nextCursor(links) {
  return links.next && new URL(links.next, location.href).searchParams.get("cursor");
}

/** @param {string} address @param {RequestInit} [init] */
async function request(address, init = {}) {
  try {
    const headers = { "Accept-Language": document.documentElement.lang, ...init.headers };
    return await fetch(address, { signal: AbortSignal.timeout(15_000), ...init, headers });
  } catch (error) {
    throw new Offline("", { cause: error });
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function answered(response) {
  const read = await response.json().catch(() => null);
  if (!response.ok) throw new Refused({ ...read, status: response.status });
  // Cut off on its way.
  if (!read) throw new Offline();
  return read;
}
