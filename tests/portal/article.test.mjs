// The article page, as its readers use it.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { PARAGRAPHS, wholeArticle } from "./support/article.mjs";
import { wav } from "./support/files.mjs";
import { base, publish, republish, upload, viewsOf, withdraw } from "./support/newsroom.mjs";
import { PHONE, open, outdated, reader, screenshot, until } from "./support/reader.mjs";

let article;
before(async () => {
  article = await wholeArticle();
});
const address = () => `bai-viet/${article.slug}`;

test("title, date as Vietnamese write it, summary, every paragraph, office, picture, file and correctly named page are there", async (t) => {
  const { page } = await reader(t);
  await open(page, address());
  const shown = page.locator("#tin article.article");
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), article.title);
  assert((await page.title()).startsWith(article.title));
  await shown.getByText("Thứ 3, Ngày 03/11/2026, 05:30").waitFor();
  await shown.getByText(article.summary, { exact: true }).waitFor();
  for (const text of PARAGRAPHS) await shown.getByText(text, { exact: true }).waitFor();
  await shown.getByRole("link", { name: "Sở Xây dựng" }).waitFor();
  const picture = shown.getByRole("img", { name: "Bến xe buýt dưới chân đồi lúc chiều muộn" });
  await until(() => picture.evaluate((image) => image.complete && image.naturalWidth), (width) => width > 0);
  assert.match(await picture.evaluate((image) => image.currentSrc), /\.webp/, "one of the smaller renditions");
  await shown.getByText("Bến mới của tuyến số 12.").waitFor();
  const file = shown.getByRole("link", { name: "Lịch chạy tuyến số 12" });
  assert.match(await file.locator("xpath=..").textContent(), /PDF.*kB/);
  const [download] = await Promise.all([page.waitForEvent("download"), file.click()]);
  assert.equal(download.suggestedFilename(), "Lịch chạy tuyến 12.pdf");
  const canonical = page.locator("link[rel=canonical]");
  await canonical.waitFor({ state: "attached" });
  assert.match(await canonical.getAttribute("href"), new RegExp(`/bai-viet/${article.slug}$`));
  assert.equal(await page.locator('meta[property="og:title"]').getAttribute("content"), article.title);
  const told = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
  assert.equal(told["@type"], "NewsArticle");
});

test("A+ twice makes the text larger and is remembered, A brings it back", async (t) => {
  const { page } = await reader(t);
  await open(page, address());
  const size = () => page.locator(".article .body p").first().evaluate((text) => parseFloat(getComputedStyle(text).fontSize));
  const usual = await size();
  await page.getByRole("button", { name: /A\+/ }).click();
  const once = await size();
  await page.getByRole("button", { name: /A\+/ }).click();
  assert(usual < once && once < (await size()));
  const largest = await size();
  await page.reload();
  await until(size, (now) => now === largest);
  await page.getByRole("button", { name: /\(A\)/ }).click();
  assert.equal(await size(), usual);
  await page.getByRole("button", { name: /A−/ }).click();
  assert((await size()) < usual);
});

test("share copies the address, and leads to where people here share", async (t) => {
  const { page } = await reader(t, { permissions: ["clipboard-read", "clipboard-write"] });
  await open(page, address());
  const share = page.getByRole("region", { name: "Chia sẻ" });
  await share.getByRole("button", { name: /Sao chép/ }).click();
  await share.getByText("Đã sao chép liên kết.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${base}/portal/${address()}`);
  if (!(await page.evaluate(() => "share" in navigator))) {
    const here = encodeURIComponent(`${base}/portal/${address()}`);
    for (const name of ["Zalo", "Facebook"]) assert((await share.getByRole("link", { name }).getAttribute("href")).includes(here));
    assert((await share.getByRole("link", { name: /thư điện tử/ }).getAttribute("href")).startsWith("mailto:?"));
  }
});

test("a view counts once the article was visible for three seconds, and the page says so", async (t) => {
  const earlier = await viewsOf(article.id);
  const { page } = await reader(t);
  await open(page, address());
  await page.waitForTimeout(1500);
  await page.getByRole("link", { name: "Lưu trữ" }).click();
  await page.getByRole("heading", { level: 1, name: "Lưu trữ" }).waitFor();
  await page.waitForTimeout(2500);
  assert.equal(await viewsOf(article.id), earlier, "who leaves at once has not read it");
  await page.goBack();
  const count = page.locator(".views .count");
  await until(() => count.textContent(), (text) => text === String(earlier + 1));
  assert.equal(await viewsOf(article.id), earlier + 1);
  await page.reload();
  await until(() => count.textContent(), (text) => text === String(earlier + 1));
  await page.waitForTimeout(3500);
  assert.equal(await viewsOf(article.id), earlier + 1, "the same reader counts once");
});

test("“Tin khác” leads on to the neighbour, and back leads to where one was", async (t) => {
  const { page } = await reader(t, { viewport: PHONE });
  await open(page, address());
  const other = page.getByRole("region", { name: "Tin khác" }).getByRole("link").first();
  const title = await other.textContent();
  await other.scrollIntoViewIfNeeded();
  const place = await page.evaluate(() => scrollY);
  assert(place > 300);
  await other.click();
  const heading = page.getByRole("heading", { level: 1, name: title });
  await heading.waitFor();
  assert(await heading.evaluate((one) => one === document.activeElement), "the heading has the focus");
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: article.title }).waitFor();
  await until(() => page.evaluate(() => scrollY), (now) => Math.abs(now - place) < 50);
});

test("ten minutes of recording are jumped through without what lies between, and the speed is remembered", async (t) => {
  const seconds = 600;
  const file = wav(seconds);
  const sound = await upload(file, "Bản tin mười phút.wav", "audio/wav");
  const long = await publish({ title: "Bản tin đọc mười phút", body: "<p>Nghe bản tin.</p>", audio: { media_id: sound.id, title: "Nghe bản tin" } });
  const { page, context } = await reader(t);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  // With the cache, Chromium asks for parts of the file by itself and tells of less.
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const parts = [];
  context.on("response", (answer) => answer.url().includes(".wav") && parts.push(answer));
  await open(page, `bai-viet/${long.slug}`);
  const player = page.locator(".article audio");
  await until(() => player.evaluate((audio) => audio.duration), (length) => Math.abs(length - seconds) < 1);
  const before = parts.length;
  const place = await player.evaluate(async (audio) => {
    const there = new Promise((done) => audio.addEventListener("seeked", done, { once: true }));
    audio.currentTime = 300;
    await there;
    audio.muted = true;
    await audio.play();
    await new Promise((done) => setTimeout(done, 700));
    audio.pause();
    return audio.currentTime;
  });
  assert(place > 300 && place < 310, `it is at ${place} s`);
  const starts = [];
  for (const part of parts) {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec((await part.request().allHeaders()).range);
    const end = last === "" ? file.length - 1 : Math.min(Number(last), file.length - 1);
    assert.equal(part.status(), 206);
    assert.equal((await part.allHeaders())["content-range"], `bytes ${first}-${end}/${file.length}`, "what was asked for, exactly");
    starts.push(Number(first));
  }
  const middle = starts.slice(before).some((start) => start > file.length * 0.45 && start < file.length * 0.51);
  assert(middle, `no request begins near the middle: ${starts}`);

  await page.getByRole("button", { name: /15 giây/ }).first().click();
  assert((await player.evaluate((audio) => audio.currentTime)) < place - 14);
  await page.getByRole("combobox", { name: /Tốc độ/ }).selectOption("1.5");
  assert.equal(await player.evaluate((audio) => audio.playbackRate), 1.5);
  await page.reload();
  await until(() => player.evaluate((audio) => audio.playbackRate), (rate) => rate === 1.5);
});

test("what is urgent leads the front page, a correction stands in the article, what was withdrawn leaves its notice", async (t) => {
  const lead = "Xả lũ khẩn cấp hồ Suối Vàng lúc 18 giờ";
  const urgent = await publish({ title: lead, body: "<p>Người dân vùng hạ du rời khỏi bãi sông.</p>" }, { urgent_until: new Date(Date.now() + 3600_000).toISOString() });
  const { page } = await reader(t, { excused: [/status of 410/] });
  await open(page, "");
  const first = page.locator("#tin section").first();
  await first.getByRole("link", { name: lead }).first().waitFor();

  await republish(urgent.id, { body: "<p>Người dân vùng hạ du rời khỏi bãi sông trước 17 giờ.</p>" }, { correction: "Bản trước không nêu giờ phải rời đi." });
  await open(page, `bai-viet/${urgent.slug}`);
  await page.getByText("Bản trước không nêu giờ phải rời đi.").waitFor();

  await withdraw(urgent.id, "Hồ đã xả xong; tin không còn giá trị.");
  await outdated();
  await open(page, `bai-viet/${urgent.slug}`);
  await page.getByText("Hồ đã xả xong; tin không còn giá trị.").waitFor();
  assert.equal(await page.getByText("trước 17 giờ").count(), 0);
  assert.equal(await page.locator('meta[name=robots][content*="noindex"]').count(), 1);
});

test("it is one page on a desk, on a phone, in the dark and on paper", async (t) => {
  const picture = async (name, options, more) => {
    const { page } = await reader(t, options);
    if (more?.media) await page.emulateMedia(more);
    await open(page, address());
    await page.locator(".other-news").waitFor({ state: "attached" });
    await page.locator(".article .picture.loaded").first().waitFor({ state: "attached" });
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: nothing sticks out`);
    await screenshot(page, name, { fullPage: name !== "article-desktop" });
    return page;
  };
  await picture("article-desktop");
  await picture("article-phone", { viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  await picture("article-dark", { colorScheme: "dark" });
  const paper = await picture("article-print", {}, { media: "print" });
  for (const name of ["Tin khác", "Chia sẻ"]) assert(!(await paper.getByRole("region", { name }).isVisible()), `${name} is not printed`);
  assert(!(await paper.getByRole("navigation").first().isVisible()));
});
