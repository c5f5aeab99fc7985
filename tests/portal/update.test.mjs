// The portal itself is updated while it is read: no page is ever made of two versions.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { host } from "./support/host.mjs";
import { base } from "./support/newsroom.mjs";
import { open, reader, shown, until, whole } from "./support/reader.mjs";

/** Marks the page, the styles and the scripts of a folder as those of one version. */
async function mark(site, version, shell = "index.html") {
  const change = async (name, from, to) => {
    const text = await readFile(join(site, name), "utf8");
    assert(from.test(text), `${name}: ${from}`);
    await writeFile(join(site, name), text.replace(from, to));
  };
  await change(shell, /<footer class="bottom[^"]*"/, `<footer class="bottom ${version}"`);
  await change("style.css", /^(:root \{--version: [\w-]+\}\n)?/, `:root {--version: ${version}}\n`);
  await change("texts.js", /loading: \["[^"]*"/, `loading: ["${version}"`);
}

/** Until the service shows what is in its folder, at which it looks once a second. */
async function served(version) {
  const text = (name) => fetch(`${base}/portal/${name}`).then((answer) => answer.text());
  await until(() => Promise.all(["", "style.css", "texts.js"].map(text)), (texts) => texts.every((one) => one.includes(version)));
}

/** The versions that a page is made of. */
const versionsOf = async (page) => {
  await shown(page);
  return page.evaluate(async () => [
    document.querySelector("footer").className.replace("bottom ", ""),
    getComputedStyle(document.documentElement).getPropertyValue("--version").trim(),
    (await import("/portal/texts.js")).t("loading"),
  ]);
};
const all = (version) => [version, version, version];

/** Until the service worker of a version has fetched what it holds against the digests, which nobody else asks for, and has given up. */
async function tried(page, asked) {
  await until(() => asked, (paths) => paths.includes("/portal/style.css") && paths.includes("/portal/views.js"));
  const installing = () => navigator.serviceWorker.getRegistration("/portal/").then(({ installing }) => installing !== null);
  await until(() => page.evaluate(installing), (still) => !still);
}

const offered = (page) => page.getByRole("button", { name: "Tải lại" });

test("a new version waits until the reader takes it, and comes whole", async (t) => {
  const site = process.env.TINTUC_PORTAL_FOLDER;
  const { page, context } = await reader(t);
  const before = await mkdtemp(join(tmpdir(), "tintuc-portal-"));
  await cp(site, before, { recursive: true });
  t.after(async () => {
    await cp(before, site, { recursive: true });
    await rm(before, { recursive: true });
  });
  await mark(site, "version-one");
  await served("version-one");
  await open(page, "");
  await whole(page);
  await page.reload();
  assert.deepEqual(await versionsOf(page), all("version-one"));

  await mark(site, "version-two");
  await served("version-two");
  await page.reload();
  await offered(page).waitFor();
  const other = await context.newPage();
  await open(other, "luu-tru");
  for (const opened of [page, other]) assert.deepEqual(await versionsOf(opened), all("version-one"), "the old stays whole");
  await offered(page).click();
  for (const opened of [page, other]) {
    await until(() => versionsOf(opened).catch(() => []), (versions) => String(versions) === String(all("version-two")));
  }
  await until(() => page.evaluate(() => caches.keys().then((names) => names.filter((name) => name.startsWith("portal-")).length)), (count) => count === 1);
});

test("a version that arrives in parts is taken only when all of it is there", async (t) => {
  const place = await mkdtemp(join(tmpdir(), "tintuc-portal-"));
  t.after(() => rm(place, { recursive: true }));
  const [out, site] = [join(place, "portal"), join(place, "site")];
  await cp("examples/portal/site", site, { recursive: true });
  const render = () => execFileSync("node", ["examples/portal/render.mjs", "--api", base, "--out", out, "--site", site]);
  await mark(site, "one");
  render();
  const files = await readFile(join(out, "files.json"));
  // Without the network between a host and its edges, which may have the files of different days.
  const edge = join(place, "edge");
  await cp(out, edge, { recursive: true });
  const asked = [];
  const { page } = await reader(t, { site: await host(t, edge, base, (path) => asked.push(path)), excused: [/status of 404/] });
  await open(page, "luu-tru");
  await whole(page);
  await page.reload();
  assert.deepEqual(await versionsOf(page), all("one"));

  await mark(site, "two");
  render();
  assert.notDeepEqual(await readFile(join(out, "files.json")), files);
  for (const name of ["404.html", "texts.js", "files.json"]) {
    await cp(join(out, name), join(edge, name));
    asked.length = 0;
    await page.reload();
    if (name === "files.json") await tried(page, asked);
    assert.deepEqual(await versionsOf(page), all("one"), `with ${name} of the new version`);
    assert(!(await offered(page).isVisible()));
  }
  await cp(join(out, "style.css"), join(edge, "style.css"));
  await page.reload();
  await offered(page).click();
  await until(() => versionsOf(page).catch(() => []), (versions) => String(versions) === String(all("two")));
});
