#!/usr/bin/env node
// Writes the public pages of a site to a folder that a web server or CDN sends as /portal/: for search engines, and for a first
// sight before the portal's scripts have begun. Follows `sync`, writes only what changed, and prints the address of each file
// before it changes, so that a CDN can be told what to fetch anew:
//
//   node examples/portal/render.mjs --api http://127.0.0.1:8080 --out public/portal
//
// What it knows is kept beside the folder, in public/portal.state. It may be killed at any moment: the token of `sync` is kept
// last, and the next run does again what this one may not have finished. One runs at a time.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { day, dayAndHour, size } from "./site/format.js";
import { t } from "./site/texts.js";

const text = (name) => ({ type: "string", default: name });
const options = { api: text("http://127.0.0.1:8080"), out: text("public/portal"), site: text(fileURLToPath(new URL("site", import.meta.url))) };
const { values: given } = parseArgs({ options });
const state = `${given.out.replace(/\/+$/, "")}.state`;
const noted = join(state, "articles");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What the API answers, with its status. Waits where it is asked to. */
async function ask(path, ...allowed) {
  const answer = await fetch(new URL(`/api/v1/${path}`, given.api));
  if ([429, 503].includes(answer.status)) {
    await sleep(1000 * (Number(answer.headers.get("retry-after")) || 1));
    return ask(path, ...allowed);
  }
  const body = { status: answer.status, ...(await answer.json()) };
  if (!answer.ok && !allowed.includes(answer.status)) throw new Error(`${path}: ${body.status} ${body.detail}`);
  return body;
}

// ---- Files: whole or not at all, and only where something changes. What is printed but not done is printed again.

const read = (path) => readFile(path).catch((error) => (error.code === "ENOENT" ? null : Promise.reject(error)));
const say = (what, path) => console.log(what, `/portal/${path}`.replace(/index\.html$/, ""));

async function put(path, content) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(join(state, "new"), content);
  await rename(join(state, "new"), path);
}

async function write(path, content) {
  if ((await read(join(given.out, path)))?.equals(Buffer.from(content))) return;
  say("write", path);
  await put(join(given.out, path), content);
}

async function remove(path) {
  if (!(await read(join(given.out, path)))) return;
  say("remove", path);
  await rm(join(given.out, path.replace(/\/index\.html$/, "")), { recursive: true });
}

// ---- Pages: the portal's own, filled; its scripts take over. Every text is escaped, `Html` alone goes in as it is.

class Html extends String {}
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const filled = (value) => {
  if (Array.isArray(value)) return value.map(filled).join("");
  return value instanceof Html ? `${value}` : value == null || value === false ? "" : escaped(value);
};
const html = (parts, ...values) => new Html(String.raw({ raw: parts }, ...values.map(filled)));
const template = await readFile(join(given.site, "index.html"), "utf8");

function page({ title, description = title, head = "", main }) {
  return template
    .replace(/<title>[^<]*/, () => `<title>${escaped(`${title} – ${t("site")}`)}`)
    .replace(/(<meta name="description" content=")[^"]*/, (_, before) => before + escaped(description))
    .replace("</head>", () => `${head}</head>`)
    .replace(/<noscript>[^]*<\/noscript>\s*/, "")
    .replace(/(<main[^>]*?)(?: aria-busy="true")?>[^]*(?=<\/main>)/, (_, before) => `${before}>${main}`);
}

const time = (at, words = day(at)) => html`<time datetime="${at}">${words}</time>`;
const link = ({ slug, title }) => html`<a href="/portal/bai-viet/${slug}">${title}</a>`;
const section = (heading, content) => html`<section><h2>${heading}</h2>${content}</section>`;
const paragraph = (name, content) => content && html`<p class="${name}">${content}</p>`;
const card = (one) =>
  html`<li><article class="card plain"><div><h3>${link(one)}</h3>${paragraph("about", time(one.published_at))}${paragraph("summary", one.summary)}</div></article></li>`;
const cards = (articles) => html`<ul class="cards">${articles.map(card)}</ul>`;

/** As the API cleaned it, in a form that the portal's policy allows: see site/body.js. */
function bodyOf(body) {
  const tag = /<[a-z][a-z0-9]*(?:\s+[a-z-]+(?:="[^"]*")?)*\s*\/?>/gi;
  const aligned = body.replace(tag, (one) => one.replace(/\sstyle="text-align:\s*(left|right|center|justify);?"/i, ' class="align-$1"'));
  return new Html(aligned.replace(/<iframe\s[^>]*?\bsrc="([^"]*)"[^>]*><\/iframe>/g, '<a class="elsewhere" rel="noopener" href="$1">$1</a>'));
}

function figure({ url, width, height, alt, caption, renditions }) {
  const lead = renditions.find(({ preset, mime_type }) => preset === "lead" && mime_type === "image/webp")?.url ?? url;
  return html`<figure><img src="${lead}" alt="${alt}" width="${width}" height="${height}">${caption && html`<figcaption>${caption}</figcaption>`}</figure>`;
}

function articlePage(article, { canonical, json_ld, open_graph }) {
  const { category, title, kicker, summary, author, published_at: at, image, audio, external_url: elsewhere } = article;
  const files = article.attachments.map((file) => html`<li><a href="${file.url}">${file.title ?? file.file_name}</a> ${size(file.size)}</li>`);
  const notes = article.corrections.map((one) => html`<li>${time(one.at)}: ${one.note}</li>`);
  const main = html`<article class="article" lang="${article.locale}">
<div class="section-head"><p class="section"><a href="/portal/chuyen-muc/${category.slug}">${category.name}</a></p><p>${time(at, dayAndHour(at))}</p></div>
<header>${paragraph("kicker", kicker)}<h1>${title}</h1>
<div class="about">${time(at)}${author && html`<a href="/portal/tac-gia/${author.id}" rel="author">${author.name}</a>`}</div>
${paragraph("summary", summary)}</header>
${notes.length > 0 && html`<aside class="corrections"><h2>${t("corrections")}</h2><ul>${notes}</ul></aside>`}
${image && figure(image)}${audio && html`<audio controls preload="none" src="${audio.url}"></audio>`}
<div class="body">${bodyOf(article.body ?? "")}</div>
${elsewhere && html`<p><a class="button primary" href="${elsewhere}">${t("elsewhere", new URL(elsewhere).host)}</a></p>`}
${files.length > 0 && section(t("attachments"), html`<ul>${files}</ul>`)}</article>`;
  // The scripts put their own in the place of what is marked so.
  const head = html`<link data-page rel="canonical" href="${canonical}">
${open_graph.map(({ property, content }) => html`<meta data-page property="${property}" content="${content}">\n`)}
<script data-page type="application/ld+json">${new Html(JSON.stringify(json_ld).replace(/</g, "\\u003c"))}</script>`;
  return page({ title: article.seo?.title ?? title, description: article.seo?.description ?? summary ?? title, head, main });
}

function gonePage(notice, at) {
  const main = html`<div class="trouble"><h1>${t("gone")}</h1>${paragraph("notice", notice)}<p>${t("goneAt", day(at))}</p></div>`;
  return page({ title: t("gone"), head: html`<meta data-page name="robots" content="noindex">`, main });
}

// ---- Articles. Under which slugs an article may have pages is noted before it has.

const pathOf = (slug) => `bai-viet/${slug}/index.html`;
const slugsOf = async (id) => String((await read(join(noted, id))) ?? "").split(" ").filter(Boolean);

async function show(article, metadata) {
  const { id, slug } = article;
  const before = (await slugsOf(id)).filter((other) => other !== slug);
  await put(join(noted, id), [slug, ...before].join(" "));
  await write(pathOf(slug), articlePage(article, metadata));
  for (const other of before) await remove(pathOf(other));
  if (before.length > 0) await put(join(noted, id), slug);
}

/** A notice stays in the place of what is gone; without one nothing does. */
async function takeBack(id, { notice, at }) {
  const [slug, ...others] = await slugsOf(id);
  if (!slug) return;
  for (const other of others) await remove(pathOf(other));
  if (notice) return write(pathOf(slug), gonePage(notice, at));
  await remove(pathOf(slug));
  await rm(join(noted, id));
}

/** Takes a page of changes over. Removals come first: what is gone may have left its slug to another. */
async function take(changes, seen) {
  for (const change of changes) if (change.change === "delete") await takeBack(change.id, change);
  const articles = changes.flatMap(({ article }) => article ?? []);
  for (let first = 0; first < articles.length; first += 8) {
    const some = articles.slice(first, first + 8);
    const metadata = await Promise.all(some.map(({ id }) => ask(`articles/${id}/metadata`, 404, 410)));
    for (const [n, article] of some.entries()) {
      seen?.set(article.id, article.slug);
      // One that has gone meanwhile is among the changes to come.
      if (metadata[n].status === 200) await show(article, metadata[n].data);
    }
  }
}

/** All changes since the last run; all that is public, if there was none or pages look different by now. */
async function follow(look) {
  const last = JSON.parse(String((await read(join(state, "token.json"))) ?? "{}"));
  const changes = (token) => ask(`sync?limit=500${token ? `&token=${encodeURIComponent(token)}` : ""}`, 400, 410);
  let answer = await changes(last.look === look ? last.token : null);
  const seen = last.look === look && answer.status === 200 ? null : new Map();
  if (answer.status !== 200) answer = await changes();
  for (;;) {
    await take(answer.data, seen);
    const { next_token: token, has_more: more } = answer.meta;
    if (!more && seen) await forget(seen);
    // Only at its end does a whole pass know what is no more: broken off, it begins anew.
    if (!more || !seen) await put(join(state, "token.json"), JSON.stringify({ look, token }));
    if (!more) return;
    answer = await changes(token);
  }
}

/** What a whole pass did not meet is gone. */
async function forget(seen) {
  const taken = new Set(seen.values());
  for (const id of await readdir(noted)) {
    if (seen.has(id)) continue;
    if ((await slugsOf(id)).some((slug) => taken.has(slug))) await rm(join(noted, id));
    else await takeBack(id, await ask(`articles/${id}`, 404, 410));
  }
}

// ---- Lists are few, and asked for each time; files are the portal's own, with what tells its service worker of them.

async function lists() {
  const { data: tree } = await ask("categories");
  const { data: front } = await ask(`front?categories=${tree.slice(0, 20).map(({ slug }) => slug)}&per_category=4`);
  const parts = front.categories.map(({ category, articles }) => articles.length > 0 && section(category.name, cards(articles)));
  if (front.featured.length > 0) parts.unshift(section(t("featured"), cards(front.featured)));
  if (front.urgent.length > 0) parts.unshift(section(t("urgent"), cards(front.urgent)));
  await write("index.html", page({ title: t("home"), main: html`<div class="front"><h1 class="unseen">${t("site")}</h1>${parts}</div>` }));
  const all = (nodes) => nodes.flatMap((node) => [node, ...all(node.children)]);
  for (const { slug, name } of all(tree)) {
    const { data } = await ask(`articles?category=${slug}&limit=20`);
    await write(`chuyen-muc/${slug}/index.html`, page({ title: name, main: html`<div class="list"><h1>${name}</h1>${cards(data)}</div>` }));
  }
  for (const slug of await readdir(join(given.out, "chuyen-muc")).catch(() => [])) {
    if (!all(tree).some((category) => category.slug === slug)) await remove(`chuyen-muc/${slug}/index.html`);
  }
}

async function files() {
  const entries = await readdir(given.site, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(join(given.site, "/").length));
  const digests = {};
  for (const name of names.sort()) {
    const content = await readFile(join(given.site, name));
    // The front page takes the name of the empty page, which is for addresses that have none of their own.
    const here = name === "index.html" ? "404.html" : name;
    await write(here, content);
    if (name !== "sw.js") digests[here] = sha256(content);
  }
  const before = JSON.parse(String((await read(join(given.out, "files.json"))) ?? "{}")).files ?? {};
  for (const name of Object.keys(before)) if (!digests[name]) await remove(name);
  await write("files.json", JSON.stringify({ version: sha256(JSON.stringify(digests)), files: digests }));
}

await mkdir(noted, { recursive: true });
await files();
await follow(sha256(given.api + template + (await readFile(fileURLToPath(import.meta.url)))));
await lists();
