// The public API: every question to it is asked here, in types made from its document.
import { forget, keep, kept } from "./store.js";

/** @import { paths as Paths, components } from "#schema" */
/** @typedef {components["schemas"]} Schemas */
/** @typedef {Schemas["ArticleCard"]} Card */
/** @typedef {Schemas["Article"]} Article */
/** @typedef {Schemas["CategoryNode"]} Category */
/** @typedef {Schemas["DeliveredPicture"]} Picture */
/** @typedef {Schemas["DeliveredFile"]} File */
/** @typedef {{ get: { parameters: any, responses: { 200: { content: { "application/json": any } } } } }} Readable */
/** @typedef {{ [P in keyof Paths]: Paths[P] extends Readable ? P : never }[keyof Paths]} Path */
/** @template {Path} P @typedef {Paths[P]["get"]["responses"][200]["content"]["application/json"]} Body */
/** @template {Path} P @typedef {Pick<Paths[P]["get"]["parameters"], "path" | "query">} Parameters */
/** @template T @typedef {{ body: T, keptAt?: Date, url: URL }} Answer `keptAt`: there was no network, and this was kept then */

const TIMEOUT = 15_000;

/** What the API refuses, with the problem document that says why. */
export class Refused extends Error {
  /** @param {Partial<Schemas["Problem"]> & { status: number }} problem */
  constructor(problem) {
    super(problem.detail ?? `${problem.status}`);
    this.problem = problem;
    this.forNow = problem.status === 429 || problem.status >= 500;
  }
}

/** Nothing answers, and nothing was kept. */
export class Offline extends Error {}

// Asks, and keeps the answer to be read without a network if `keeps`.
/** @type {<P extends Path>(path: P, parameters?: Parameters<P>, keeps?: boolean) => Promise<Answer<Body<P>>>} */
export async function read(path, parameters, keeps = false) {
  const address = addressOf(path, parameters);
  try {
    return await fetched(address, keeps);
  } catch (error) {
    const before = error instanceof Refused && !error.forNow ? null : await kept(address);
    if (!before) throw error;
    return { body: before.body, keptAt: new Date(before.at), url: new URL(address, location.href) };
  }
}

/** Asks the network alone. @type {(address: string, keeps: boolean) => Promise<Answer<any>>} */
export async function fetched(address, keeps) {
  const at = Date.now();
  const response = await request(address);
  if (response.status === 404 || response.status === 410) await forget(address);
  const body = await answered(response);
  if (keeps) await keep({ path: address, body, at });
  return { body, url: new URL(response.url) };
}

/** Counts a view by a reader whom only this browser knows by that name. @type {(key: string, visitor: string) => Promise<Schemas["Counted"]>} */
export async function countView(key, visitor) {
  const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ visitor }), keepalive: true };
  return (await answered(await request(addressOf("/api/v1/articles/{key}/views", { path: { key } }), sent))).data;
}

/** A token of the change feed that stands for now: the first id of the stream, which is left at once. */
export async function tokenOfNow() {
  const leave = new AbortController();
  // Whatever stands between may hold a stream back.
  setTimeout(() => leave.abort(), TIMEOUT);
  const response = await request("/api/v1/stream", { headers: { Accept: "text/event-stream" }, signal: leave.signal });
  const reader = response.ok ? response.body?.getReader() : null;
  if (!reader) return answered(response);
  const decoder = new TextDecoder();
  for (let text = ""; ; ) {
    const { value } = await reader.read().catch(() => ({ value: null }));
    if (!value) throw new Offline();
    text += decoder.decode(value, { stream: true });
    const id = /^id: ?(.+)$/m.exec(text)?.[1];
    if (!id) continue;
    leave.abort();
    return id;
  }
}

/** @type {(path: string, parameters?: { path?: Record<string, any>, query?: Record<string, any> }) => string} */
export function addressOf(path, { path: places = {}, query = {} } = {}) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(places[name]));
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null));
  return asked.size ? `${filled}?${asked}` : filled;
}

/** A file's address at the portal's own origin, the only one that the page may load from. @type {(url: string) => string} */
export function local(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

/** @type {(address: string, init?: RequestInit) => Promise<Response>} */
async function request(address, init) {
  const headers = { "Accept-Language": document.documentElement.lang, ...init?.headers };
  // Past caches that may be a second old: what is gone must not be kept again.
  const asked = new Request(address, { signal: AbortSignal.timeout(TIMEOUT), cache: "no-cache", ...init, headers });
  return fetch(asked).catch((cause) => Promise.reject(new Offline("", { cause })));
}

/** @type {(response: Response) => Promise<any>} */
async function answered(response) {
  const read = await response.json().catch(() => null);
  if (!response.ok) throw new Refused({ ...read, status: response.status });
  // Cut off on its way.
  if (!read) throw new Offline();
  return read;
}
