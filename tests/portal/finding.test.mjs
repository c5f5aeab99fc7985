// How articles are found: search, lists, and all of it by keys alone.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { publish } from "./support/newsroom.mjs";
import { PHONE, open, reader, shown, until } from "./support/reader.mjs";

let article;
before(async () => {
  article = await publish({
    title: "Mở lớp dạy nghề đan lát cho người khuyết tật",
    summary: "Lớp học miễn phí, có xe đưa đón.",
    body: "<p>Trung tâm Giáo dục nghề nghiệp nhận hồ sơ đến hết tháng.</p>",
    tags: ["dạy nghề đan lát"],
  });
});
const results = (page) => page.locator("#tin").getByRole("link", { name: article.title }).first();

test("search finds without marks, and marks what it found", async (t) => {
  const { page } = await reader(t);
  await open(page, "");
  const box = page.getByRole("combobox", { name: "Tìm tin tức" });
  await box.fill("day nghe dan lat");
  await page.getByRole("button", { name: "Tìm kiếm" }).click();
  await page.waitForURL(/tim-kiem\?q=day\+nghe\+dan\+lat$/);
  await page.getByRole("heading", { level: 1, name: "kết quả" }).waitFor();
  const marks = await results(page).locator("mark").allTextContents();
  assert.equal(marks.join(" ").toLowerCase(), "dạy nghề đan lát");
});

test("search forgives one wrong letter, says so, and says where there is nothing", async (t) => {
  const { page } = await reader(t);
  await open(page, `tim-kiem?q=${encodeURIComponent("khuyet tatt dan")}`);
  await results(page).waitFor();
  await page.getByText("gần giống").waitFor();
  await open(page, `tim-kiem?q=${encodeURIComponent("vũ trụ song song xyzzy")}`);
  await page.getByRole("status").getByText("Không tìm thấy tin nào").waitFor();
  assert.equal(await page.locator('meta[name=robots][content*="noindex"]').count(), 1, "results are nothing for search engines");
});

test("by keys alone: past the navigation, through suggestions, to the article", async (t) => {
  const { page } = await reader(t);
  await open(page, "");
  const focused = () => page.evaluate(() => document.activeElement?.textContent.trim() || document.activeElement?.getAttribute("name"));
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Đến nội dung chính");
  assert(await page.getByRole("link", { name: "Đến nội dung chính" }).isVisible(), "the skip link shows when it has the focus");
  await page.keyboard.press("Enter");
  await until(() => page.evaluate(() => document.activeElement?.id), (id) => id === "tin");

  await open(page, "luu-tru");
  const order = [];
  for (let n = 0; n < 5; n++) {
    await page.keyboard.press("Tab");
    order.push(await focused());
  }
  assert.deepEqual(order, ["Đến nội dung chính", "Cổng tin tức tỉnh", "q", "Tìm kiếm", "English"], "as it is read");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  const box = page.getByRole("combobox", { name: "Tìm tin tức" });
  await page.keyboard.type("mo lop day nghe dan");
  const options = page.getByRole("listbox").getByRole("option");
  await options.first().waitFor();
  assert.equal(await box.getAttribute("aria-expanded"), "true");
  await page.getByRole("status").getByText(/\d+ gợi ý/).waitFor({ state: "attached" });
  await page.keyboard.press("ArrowDown");
  const active = await box.getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Escape");
  assert.equal(await box.getAttribute("aria-expanded"), "false");
  assert.equal(await box.inputValue(), "mo lop day nghe dan", "Escape closes and leaves what was typed");
  await page.keyboard.type(" ");
  await page.keyboard.press("Backspace");
  await page.keyboard.type(" lat");
  await options.first().waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { level: 1, name: article.title });
  await heading.waitFor();
  assert(await heading.evaluate((one) => one === document.activeElement));
});

test("a category is read page by page by links that can be kept, a tag and a month hold their articles", async (t) => {
  await Promise.all(Array.from({ length: 21 }, (_, n) => publish({ title: `Thông tin giá cả thị trường kỳ ${n + 1}`, body: "<p>Giá ổn định.</p>", category: "kinh-te", tags: ["giá cả"] })));
  const { page } = await reader(t);
  await open(page, "chuyen-muc/tin-chuyen-nganh");
  const listed = () => page.locator("#tin .cards h2 a").evaluateAll((links) => links.map(({ href }) => href));
  const first = await listed();
  assert.equal(first.length, 20);
  await page.getByRole("link", { name: "Trang sau" }).click();
  await page.waitForURL(/cursor=/);
  await until(listed, (now) => now[0] !== first[0]);
  const second = await listed();
  assert(second.length > 0 && !second.some((address) => first.includes(address)));
  await page.reload();
  await shown(page);
  assert.deepEqual(await listed(), second);
  await page.getByRole("link", { name: "Về trang đầu" }).click();
  await until(listed, (now) => now[0] === first[0]);

  await open(page, "the/day-nghe-dan-lat");
  await results(page).waitFor();
  await open(page, "luu-tru");
  await page.locator("#tin").getByRole("link", { name: /Tháng/ }).first().click();
  await page.waitForURL(/luu-tru\/\d{4}-\d{2}/);
  await until(listed, (now) => now.length > 0);
});

test("in English it speaks English, is told so, and stays so", async (t) => {
  const { page } = await reader(t, { viewport: PHONE });
  await open(page, `bai-viet/${article.slug}`);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("region", { name: "Share" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  assert.equal(await page.locator("article.article").getAttribute("lang"), "vi", "the article stays Vietnamese");
  await page.reload();
  await page.getByRole("region", { name: "Share" }).waitFor();
});

test("an address that is none is told so", async (t) => {
  const { page } = await reader(t, { excused: [/status of 404/] });
  for (const address of ["bai-viet/khong-co-bai-nay", "khong-co-trang-nay", "the/khong-ai-dung", "chuyen-muc/khong-co"]) {
    await open(page, address);
    await page.getByRole("heading", { level: 1, name: "Không tìm thấy trang" }).waitFor();
    assert.equal(await page.locator('meta[name=robots][content*="noindex"]').count(), 1);
  }
});
