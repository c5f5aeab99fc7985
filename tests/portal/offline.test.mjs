// A phone whose network comes and goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeArticle, PARAGRAPHS } from "./support/article.mjs";
import { publish, republish, viewsOf, withdraw } from "./support/newsroom.mjs";
import { PHONE, open, outdated, reader, shown, until, whole } from "./support/reader.mjs";

/** What Chromium says of a network that is away, of pictures that were not kept, and of what is gone. */
const EXCUSED = [/ERR_INTERNET_DISCONNECTED/, /ERR_FAILED .*\/media\//, /status of (404|410)/];
const phone = (t) => reader(t, { viewport: PHONE, isMobile: true, hasTouch: true, excused: EXCUSED });

/** All that this browser has kept of the API, as text. */
const keptIn = (page) => page.evaluate(() => new Promise((done, failed) => {
  const opened = indexedDB.open("tintuc");
  opened.onerror = () => failed(opened.error);
  opened.onsuccess = () => {
    const asked = opened.result.transaction("answers").objectStore("answers").getAll();
    asked.onsuccess = () => done(JSON.stringify(asked.result));
    opened.result.close();
  };
}));

/** How far the change feed was followed; nothing while it was not. */
const tokenIn = (page) => page.evaluate(() => new Promise((done) => {
  const opened = indexedDB.open("tintuc");
  opened.onsuccess = () => {
    const asked = opened.result.transaction("state").objectStore("state").get("followed");
    asked.onsuccess = () => done(asked.result?.token ?? null);
    opened.result.close();
  };
}));

/** Opens an article, and waits until all of it could be read without a network. */
async function readIt(page, article) {
  await open(page, `bai-viet/${article.slug}`);
  await whole(page);
  await until(() => tokenIn(page), (token) => token !== null);
}

test("what was read is read again without a network, with its picture, and so is the front page", async (t) => {
  const article = await wholeArticle();
  const unread = await publish({ title: "Bài chưa ai đọc", body: "<p>Chưa ai đọc.</p>" });
  const { page, context } = await phone(t);
  await open(page, "");
  await readIt(page, article);
  await page.locator(".article .picture.loaded").first().waitFor();
  await until(() => page.evaluate((id) => caches.open(`pictures-${id}`).then((cache) => cache.keys()).then((keys) => keys.length), article.id), (count) => count > 0);
  await outdated();

  await context.setOffline(true);
  await page.reload();
  await shown(page);
  for (const text of PARAGRAPHS) await page.getByText(text, { exact: true }).waitFor();
  await page.getByText(/Đang xem bản lưu/).waitFor();
  const picture = page.getByRole("img", { name: article.image.alt });
  await until(() => picture.evaluate((image) => image.complete && image.naturalWidth), (width) => width > 0);
  await page.getByRole("region", { name: "Tin khác" }).waitFor();

  await page.getByRole("link", { name: "Cổng tin tức tỉnh" }).click();
  await page.locator("#tin .front .card").first().waitFor();
  await open(page, `bai-viet/${unread.slug}`);
  await page.getByRole("heading", { level: 1, name: "Không có kết nối mạng" }).waitFor();
  await page.locator("#tin").getByRole("link", { name: article.title }).click();
  await page.getByRole("heading", { level: 1, name: article.title }).waitFor();
});

test("what was withdrawn meanwhile vanishes at the next contact, and what was changed is changed", async (t) => {
  const going = await publish({ title: "Kết quả chấm thi vòng một", body: "<p>Thí sinh số 17 dẫn đầu.</p>" });
  const changing = await publish({ title: "Giờ mở cửa thư viện tỉnh", body: "<p>Mở cửa lúc 8 giờ.</p>" });
  const { page, context } = await phone(t);
  await readIt(page, changing);
  await readIt(page, going);
  assert((await keptIn(page)).includes("Thí sinh số 17"));

  await context.setOffline(true);
  await withdraw(going.id, "Kết quả được chấm lại.");
  await republish(changing.id, { body: "<p>Mở cửa lúc 7 giờ rưỡi.</p>" });
  await page.reload();
  await page.getByText("Thí sinh số 17 dẫn đầu.").waitFor();
  await outdated();

  // Not where the article is: nothing but the change feed tells of it.
  await page.getByRole("link", { name: "Đọc ngoại tuyến" }).click();
  await page.locator("#tin").getByRole("link", { name: going.title }).waitFor();
  await context.setOffline(false);
  await until(() => keptIn(page), (kept) => !kept.includes("Thí sinh số 17") && kept.includes("7 giờ rưỡi"));

  await context.setOffline(true);
  await open(page, `bai-viet/${going.slug}`);
  await page.getByRole("heading", { level: 1, name: "Không có kết nối mạng" }).waitFor();
  await open(page, `bai-viet/${changing.slug}`);
  await page.getByText("Mở cửa lúc 7 giờ rưỡi.").waitFor();
  await context.setOffline(false);
  await open(page, `bai-viet/${going.slug}`);
  await page.getByText("Kết quả được chấm lại.").waitFor();
});

test("views without a network are sent later, once", async (t) => {
  const article = await publish({ title: "Lịch nghỉ Tết Dương lịch", body: "<p>Nghỉ một ngày.</p>" });
  const { page, context } = await phone(t);
  await open(page, "");
  await readIt(page, article);
  // Left before the three seconds were over.
  await page.getByRole("link", { name: "Lưu trữ" }).click();
  await page.getByRole("heading", { level: 1, name: "Lưu trữ" }).waitFor();
  const earlier = await viewsOf(article.id);

  await context.setOffline(true);
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: article.title }).waitFor();
  await page.waitForTimeout(3500);
  assert.equal(await viewsOf(article.id), earlier);

  const sent = [];
  context.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await context.setOffline(false);
  await until(() => viewsOf(article.id), (views) => views === earlier + 1);
  await open(page, "");
  await context.setOffline(true);
  await context.setOffline(false);
  await page.waitForTimeout(1000);
  assert.equal(sent.length, 1, "one request tells of it");
  assert.equal(await viewsOf(article.id), earlier + 1);
});
