// axe-core has nothing to say of any page, by day and in the dark, on a desk and on the narrowest phone.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import axe from "axe-core";
import { wholeArticle } from "./support/article.mjs";
import { publish, republish, withdraw } from "./support/newsroom.mjs";
import { DESKTOP, PHONE, open, outdated, reader, screenshot, whole } from "./support/reader.mjs";

let article;
let gone;
before(async () => {
  article = await wholeArticle();
  await republish(article.id, { kicker: "Giao thông" }, { correction: "Bản trước ghi sai số xe." });
  await publish({ title: "Cấm cầu Suối Đá từ 20 giờ", body: "<p>Đi đường vòng.</p>" }, { urgent_until: new Date(Date.now() + 3600_000).toISOString() });
  gone = await publish({ title: "Tin nhầm", body: "<p>Nhầm.</p>" });
  await withdraw(gone.id, "Tin đăng nhầm chuyên mục.");
  await outdated();
});

const PAGES = {
  "the front page": () => "",
  "an article": () => `bai-viet/${article.slug}`,
  "a category": () => "chuyen-muc/tin-chuyen-nganh",
  "search results": () => `tim-kiem?q=${encodeURIComponent("xe buýt")}`,
  "a tag": () => "the/giao-thong",
  "an author": () => `tac-gia/${article.author.id}`,
  "the archive": () => "luu-tru",
  "a month": () => "luu-tru/2026-11",
  "what is not there": () => "khong-co-trang-nay",
  "what is gone": () => `bai-viet/${gone.slug}`,
  "what is kept": () => "ngoai-tuyen",
};

async function findings(page, where) {
  const { violations } = await page.evaluate(async (source) => {
    if (!window.axe) new Function(source)();
    return window.axe.run(document, { resultTypes: ["violations"] });
  }, axe.source);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${where}: ${id}: ${html}\n${failureSummary}`));
}

async function inAllLights(page, where) {
  const found = [];
  for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      found.push(...(await findings(page, `${where}, ${size}, ${colorScheme}`)));
    }
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: nothing sticks out at ${viewport.width} px`);
  }
  return found;
}

for (const [name, address] of Object.entries(PAGES)) {
  test(`axe has nothing to say of ${name}`, async (t) => {
    const { page } = await reader(t, { excused: [/status of (404|410)/] });
    await open(page, address());
    if (name === "an article") await page.locator(".other-news").waitFor();
    if (name === "the front page") {
      await page.locator(".picture.loaded").first().waitFor();
      await screenshot(page, "front-desktop");
    }
    assert.deepEqual(await inAllLights(page, name), []);
    if (name === "the front page") await screenshot(page, "front-phone-dark");
  });
}

test("axe has nothing to say of suggestions, and of a page without a network", async (t) => {
  const { page, context } = await reader(t, { excused: [/ERR_INTERNET_DISCONNECTED/] });
  await open(page, "");
  await whole(page);
  await page.getByRole("combobox", { name: "Tìm tin tức" }).fill("xe bu");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  assert.deepEqual(await inAllLights(page, "suggestions"), []);
  await context.setOffline(true);
  await open(page, "luu-tru/2026-10");
  await page.getByRole("heading", { level: 1, name: "Không có kết nối mạng" }).waitFor();
  assert.deepEqual(await inAllLights(page, "offline"), []);
});

test("at 200 % zoom an article reads as at half the width, and moves nothing for who wants no motion", async (t) => {
  const { page } = await reader(t, { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2, reducedMotion: "reduce" });
  await open(page, `bai-viet/${article.slug}`);
  assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  const moving = await page.evaluate(() => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().duration > 10).length);
  assert.equal(moving, 0);
});
