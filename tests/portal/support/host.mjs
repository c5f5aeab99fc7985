// A host of static files as a CDN is one: sends a folder as /portal/, `404.html` where there is no file, and passes on to the
// service what is not the portal's.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const isFile = (path) => stat(path).then((found) => found.isFile(), () => false);

async function fileOf(folder, path) {
  for (const name of [path, join(path, "index.html")]) {
    const file = join(folder, normalize(`/${name}`));
    if (await isFile(file)) return { status: 200, file };
  }
  return { status: 404, file: join(folder, "404.html") };
}

/** @returns where it answers; `told` is called with each path of the portal that is asked for */
export async function host(t, folder, service, told = () => {}) {
  const server = createServer(async (asked, answer) => {
    const { pathname } = new URL(asked.url, service);
    if (pathname.startsWith("/portal/")) {
      told(pathname);
      const { status, file } = await fileOf(folder, decodeURIComponent(pathname.slice("/portal/".length)));
      answer.writeHead(status, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": POLICY, "cache-control": "no-cache",
      });
      createReadStream(file).pipe(answer);
    } else {
      const onward = request(new URL(asked.url, service), { method: asked.method, headers: asked.headers }, (reply) => {
        answer.writeHead(reply.statusCode, reply.headers);
        reply.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      asked.pipe(onward);
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
