// A reader before Chromium. Whatever a test is about, no page of the portal may complain in the console or ask another origin.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { base } from "./newsroom.mjs";

// Chromium's sandbox does not start as root; the only pages that it opens are ours. What it asks of its maker by itself is off.
export const SWITCHES = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** As people's browsers call themselves: the one without a window says so, and is taken for a robot, whose views do not count. */
const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 320, height: 640 };

let browser;
after(() => browser?.close());

/**
 * Somebody with a browser of their own. `asked` collects where requests went.
 * `excused` are patterns of console messages that the test is about, such as those of a network that is away.
 */
export async function reader(t, { site = base, viewport = DESKTOP, excused = [], ...options } = {}) {
  browser ??= await chromium.launch({ executablePath, args: SWITCHES });
  const context = await browser.newContext({ baseURL: `${site}/portal/`, viewport, userAgent: AGENT, locale: "vi-VN", ...options });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  const strangers = [];
  const page = await context.newPage();
  const watch = (opened) => {
    opened.on("console", (message) => {
      const said = `${message.text()} ${message.location().url}`;
      if (["error", "warning"].includes(message.type()) && !excused.some((pattern) => pattern.test(said))) complaints.push(said);
    });
    opened.on("pageerror", (error) => complaints.push(String(error.stack)));
  };
  context.on("page", watch);
  watch(page);
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== site) strangers.push(request.url());
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, [], "the console is silent");
    assert.deepEqual(strangers, [], "no other origin is asked");
  });
  return { context, page };
}

/** Waits until the page that was asked for stands there. */
export async function shown(page) {
  await page.waitForSelector("#tin:not([aria-busy]) h1");
}

export async function open(page, address) {
  const answer = await page.goto(address);
  await shown(page);
  return answer;
}

/** Until the portal can be read without a network: its service worker has it whole. */
export async function whole(page) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => {
    if (active.state === "activated") return;
    return new Promise((done) => active.addEventListener("statechange", () => active.state === "activated" && done()));
  }));
}

export async function screenshot(page, name, options = {}) {
  await mkdir("target/portal/screenshots", { recursive: true });
  await page.screenshot({ path: `target/portal/screenshots/${name}.png`, ...options });
}

/** Asks again until it is so; says what was seen last where it never is. */
export async function until(ask, holds, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await ask();
    if (holds(seen)) return seen;
    if (Date.now() > end) assert.fail(`still ${JSON.stringify(seen)} after ${seconds} s`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Until no browser's cache answers any more for the service, by the `Cache-Control` of public JSON. */
export const outdated = () => new Promise((done) => setTimeout(done, 2100));
