// What examples/portal/render.mjs writes, and that nothing keeps it from being right: an edit, a withdrawal, a kill.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { host } from "./support/host.mjs";
import { base, call, publish, republish, withdraw } from "./support/newsroom.mjs";
import { open, reader, shown, until, whole } from "./support/reader.mjs";

const PROGRAM = "examples/portal/render.mjs";

async function folder(t) {
  const place = await mkdtemp(join(tmpdir(), "tintuc-render-"));
  t.after(() => rm(place, { recursive: true }));
  return join(place, "portal");
}

/** Runs it, and returns what it printed: each a word and an address. */
async function render(out, ...more) {
  const { stdout } = await promisify(execFile)("node", [PROGRAM, "--api", base, "--out", out, ...more]);
  return stdout.split("\n").filter(Boolean);
}

/** Every file by its path. */
async function contents(out) {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file.slice(out.length), await readFile(file, "utf8")])));
}

const pageOf = (out, { slug }) => readFile(join(out, `bai-viet/${slug}/index.html`), "utf8");
const ofArticles = (lines) => lines.filter((line) => line.includes("/bai-viet/"));

test("every article has a page that says to machines what the API says, with all text escaped", async (t) => {
  const out = await folder(t);
  const article = await publish({
    title: `Giá nước <5.000 đồng/m³ & phí "trọn gói"`,
    summary: "Áp dụng cho hộ dùng < 10 m³ & hộ nghèo.",
    body: '<p style="text-align: center">Bảng giá</p><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>',
  });
  const written = await render(out);
  const { data: articles } = await call("GET", "articles?limit=100&fields=slug");
  for (const { slug } of articles) assert(written.includes(`write /portal/bai-viet/${slug}/`), slug);
  assert(written.includes("write /portal/") && written.includes("write /portal/chuyen-muc/thong-bao/"));

  const page = await pageOf(out, article);
  const { data: metadata } = await call("GET", `articles/${article.id}/metadata`);
  assert.deepEqual(JSON.parse(/<script data-page type="application\/ld\+json">(.*?)<\/script>/s.exec(page)[1]), metadata.json_ld);
  assert(page.includes(`<link data-page rel="canonical" href="${metadata.canonical}">`));
  assert(page.includes("<h1>Giá nước &#60;5.000 đồng/m³ &#38; phí &#34;trọn gói&#34;</h1>"));
  assert(page.includes('<p class="align-center">Bảng giá</p><a class="elsewhere"'), "nothing that the policy refuses");
  assert(!/<iframe|\sstyle=/.test(page));
  assert.deepEqual(await render(out), [], "a second run has nothing to do");
});

test("an edit changes one article's page, a new slug moves it, a withdrawal removes it or leaves its notice", async (t) => {
  const out = await folder(t);
  const kept = await publish({ title: "Lịch cúp điện tuần này", body: "<p>Từ 8 giờ đến 11 giờ.</p>" });
  const noticed = await publish({ title: "Danh sách trúng tuyển", body: "<p>Có 12 người.</p>" });
  await render(out);

  await republish(kept.id, { body: "<p>Từ 9 giờ đến 11 giờ.</p>" });
  assert.deepEqual(ofArticles(await render(out)), [`write /portal/bai-viet/${kept.slug}/`]);
  assert((await pageOf(out, kept)).includes("Từ 9 giờ đến 11 giờ."));

  const moved = await republish(kept.id, { slug: `${kept.slug}-dieu-chinh` });
  assert.deepEqual(ofArticles(await render(out)), [`write /portal/bai-viet/${moved.slug}/`, `remove /portal/bai-viet/${kept.slug}/`]);

  await withdraw(moved.id);
  await withdraw(noticed.id, "Danh sách có nhầm lẫn & sẽ được đăng lại.");
  const lines = ofArticles(await render(out)).sort();
  assert.deepEqual(lines, [`remove /portal/bai-viet/${moved.slug}/`, `write /portal/bai-viet/${noticed.slug}/`]);
  await assert.rejects(pageOf(out, moved), { code: "ENOENT" });
  const notice = await pageOf(out, noticed);
  assert(notice.includes("Danh sách có nhầm lẫn &#38; sẽ được đăng lại.") && !notice.includes("Có 12 người."));
  assert(notice.includes('name="robots" content="noindex"'));
  assert.deepEqual(await render(out), []);
});

test("killed at any moment and run again, it leaves the folder that it would have left", async (t) => {
  const [out, straight] = [await folder(t), await folder(t)];
  const passing = await publish({ title: "Tin sẽ được rút", body: "<p>Chỉ có lúc này.</p>" });
  const began = Date.now();
  await render(straight);
  const length = Date.now() - began;
  for (let kill = 0; kill < 12; kill++) {
    const run = spawn("node", [PROGRAM, "--api", base, "--out", out], { stdio: "ignore" });
    const ended = new Promise((done) => run.once("exit", (code, signal) => done(signal)));
    // Spread over the whole run, the start of Node included.
    setTimeout(() => run.kill("SIGKILL"), (length * (kill + Math.random())) / 12);
    await ended;
    // What a killed run may have written, and the next one has to take back.
    if (kill === 8) await withdraw(passing.id);
  }
  await render(out);
  await render(straight);
  assert.deepEqual(await contents(out), await contents(straight));
  await assert.rejects(pageOf(out, passing), { code: "ENOENT" });
});

test("another look writes all pages anew, and takes away what has gone meanwhile and files that are no more", async (t) => {
  const [out, site] = [await folder(t), await folder(t)];
  await cp("examples/portal/site", site, { recursive: true });
  await cp(join(site, "icon.svg"), join(site, "former.svg"));
  const gone = await publish({ title: "Tin của hôm qua", body: "<p>Hôm qua.</p>" });
  await render(out, "--site", site);
  await withdraw(gone.id);
  await render(out, "--site", "examples/portal/site");
  const files = await contents(out);
  assert(!files["/former.svg"] && files["/icon.svg"]);

  const template = await readFile(join(site, "index.html"), "utf8");
  await rm(join(site, "former.svg"));
  await writeFile(join(site, "index.html"), template.replace("</footer>", "<p>Bản mới</p></footer>"));
  const written = await render(out, "--site", site);
  assert(!written.some((line) => line.includes(gone.slug)) && ofArticles(written).length > 0);
  for (const [path, content] of Object.entries(await contents(out))) {
    if (path.endsWith(".html")) assert(content.includes("<p>Bản mới</p>"), path);
  }
});

test("the page of a static host is there before the scripts, and becomes the living one", async (t) => {
  const out = await folder(t);
  const article = await publish({ title: "Trang tĩnh thành trang sống", body: "<p>Đọc được khi chưa có mã lệnh.</p>" });
  await render(out);
  const site = await host(t, out, base);

  const { page: plain } = await reader(t, { site, javaScriptEnabled: false });
  await plain.goto(`bai-viet/${article.slug}/`);
  assert.equal(await plain.getByRole("heading", { level: 1 }).textContent(), article.title);
  assert(await plain.getByText("Đọc được khi chưa có mã lệnh.").isVisible());

  const { page } = await reader(t, { site });
  await open(page, `bai-viet/${article.slug}/`);
  await page.getByRole("button", { name: /A\+/ }).waitFor();
  await until(() => page.locator("link[rel=canonical]").count(), (count) => count === 1);
  assert.equal(await page.locator('script[type="application/ld+json"]').count(), 1, "what was written is taken over, not doubled");
  await whole(page);
  await page.reload();
  await shown(page);
  assert(await page.evaluate(() => navigator.serviceWorker.controller !== null), "the service worker has the portal from there");
});
