// Serves one version of the portal, whole, from a cache of its own: files are held against the digests that the server tells, and a
// page of one version never gets a file of another. Answers of the API do not pass through here.
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const PORTAL = "/portal/";
const VERSION = new URL(worker.location.href).searchParams.get("v") ?? "";
const CACHE = `portal-${VERSION}`;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(removeOthers()));
worker.addEventListener("message", ({ data }) => void (data === "take over" && worker.skipWaiting()));
worker.addEventListener("fetch", (event) => {
  const { method, url, mode, destination } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== worker.location.origin) return;
  if (destination === "image" && pathname.startsWith("/media/")) return event.respondWith(pictureOf(event.request));
  if (!pathname.startsWith(PORTAL) || [`${PORTAL}files.json`, `${PORTAL}sw.js`].includes(pathname)) return;
  event.respondWith(fileOf(mode === "navigate" ? `${PORTAL}index.html` : pathname, event.request));
});

/** All files of this version, or no worker: then the next page tries again. */
async function install() {
  const { version, files } = await (await fetch(`${PORTAL}files.json`, { cache: "no-store" })).json();
  if (version !== VERSION) throw new Error("another version is served by now");
  const cache = await caches.open(CACHE);
  const take = async (/** @type {[string, string]} */ [name, digest]) => {
    const response = await fetch(PORTAL + name, { cache: "no-cache" });
    if (!response.ok || (await sha256(await response.clone().arrayBuffer())) !== digest) throw new Error(`${name} is of another version`);
    // Where render.mjs has written a front page, the empty page has another name.
    await cache.put(PORTAL + (name === "404.html" ? "index.html" : name), response);
  };
  await Promise.all(Object.entries(files).map(take));
}

async function removeOthers() {
  for (const name of await caches.keys()) if (name.startsWith("portal-") && name !== CACHE) await caches.delete(name);
}

/** @type {(path: string, request: Request) => Promise<Response>} */
async function fileOf(path, request) {
  const file = await (await caches.open(CACHE)).match(path);
  if (file) return file;
  // The browser has emptied the cache: with the next page all begins anew.
  if (path === `${PORTAL}index.html`) await worker.registration.unregister();
  return fetch(request);
}

// The network decides, for pictures close with their article; without one, what was kept, or nothing: the blurred impression stays.
/** @type {(request: Request) => Promise<Response>} */
async function pictureOf(request) {
  return fetch(request).catch(async () => (await caches.match(request.url)) ?? new Response(null, { status: 204 }));
}

/** @type {(bytes: ArrayBuffer) => Promise<string>} */
async function sha256(bytes) {
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
