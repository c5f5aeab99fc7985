// Whether a listener can jump to the middle of a long recording without fetching what comes before it.
//
// Makes a recording of ten minutes, publishes an article with it, plays it in Chromium, jumps, and looks at what went
// over the network. Ends with 1 where the service sent anything but what was asked for.

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: given } = parseArgs({
  options: {
    base: { type: 'string', default: process.env.TINTUC_BASE ?? 'http://127.0.0.1:8080' },
    chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
    // Two people: whoever writes an article cannot approve it.
    author: { type: 'string', default: process.env.TINTUC_AUTHOR },
    approver: { type: 'string', default: process.env.TINTUC_APPROVER },
    password: { type: 'string', default: process.env.TINTUC_PASSWORD },
    'approver-password': { type: 'string', default: process.env.TINTUC_APPROVER_PASSWORD },
    category: { type: 'string', default: 'thong-bao' },
  },
});
assert(given.author && given.approver && given.password, 'the sign-ins are missing; README.md says how to give them');

const SECONDS = 600;
const SAMPLES_A_SECOND = 16_000;

/** A recording in WAV, 16 bits, mono: a tone that rises every ten seconds. */
function recording() {
  const samples = SECONDS * SAMPLES_A_SECOND;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(SAMPLES_A_SECOND, 24);
  file.writeUInt32LE(SAMPLES_A_SECOND * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let n = 0; n < samples; n++) {
    const pitch = 220 + 10 * Math.floor(n / (10 * SAMPLES_A_SECOND));
    file.writeInt16LE(Math.round(6000 * Math.sin((2 * Math.PI * pitch * n) / SAMPLES_A_SECOND)), 44 + 2 * n);
  }
  return file;
}

/** Sends a request to the API, and returns the answer's data and entity tag. */
async function call(token, method, path, body, headers = {}) {
  const json = body !== undefined && !(body instanceof FormData);
  const answer = await fetch(`${given.base}/api/v1/${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(json && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  assert(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  const parsed = JSON.parse(text);
  return { data: parsed.data ?? parsed, etag: answer.headers.get('etag') };
}

async function signIn(email, password) {
  return (await call(null, 'POST', 'auth/login', { email, password })).data.access_token;
}

/** Publishes an article with the recording, and returns where the recording is. */
async function publish(file) {
  const author = await signIn(given.author, given.password);
  const approver = await signIn(given.approver, given['approver-password'] ?? given.password);
  const form = new FormData();
  form.append('title', 'Bản tin mười phút');
  form.append('file', new Blob([file], { type: 'audio/wav' }), 'Bản tin mười phút.wav');
  const media = (await call(author, 'POST', 'manage/media', form)).data;
  let article = await call(author, 'POST', 'manage/articles', {
    title: `Bản tin đọc ${new Date().toISOString()}`,
    body: '<p>Nghe bản tin.</p>',
    category: given.category,
    article_type: 'news',
    audio: { media_id: media.id, title: 'Nghe bản tin' },
  });
  for (const [who, step] of [[author, 'submit'], [approver, 'approve'], [approver, 'publish']]) {
    const path = `manage/articles/${article.data.id}/transitions/${step}`;
    article = await call(who, 'POST', path, {}, { 'if-match': article.etag });
  }
  return (await call(null, 'GET', `articles/${article.data.id}`)).data.audio;
}

const file = recording();
const audio = await publish(file);
assert.equal(audio.duration_ms, SECONDS * 1000);
console.log(`published ${audio.url}, ${file.length} bytes`);

// Chromium's sandbox does not start as root; the only page that it opens is ours.
const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  const devtools = await page.context().newCDPSession(page);
  // With the cache, Chromium asks for parts of the file by itself and tells us of less.
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  const exchanges = new Map();
  const exchange = (id) => exchanges.get(id) ?? exchanges.set(id, { received: 0 }).get(id);
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    Object.assign(exchange(requestId), { url: request.url, range: request.headers.Range });
  });
  devtools.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    exchange(requestId).range ??= headers.Range ?? headers.range;
  });
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    const header = (name) => Object.entries(response.headers).find(([key]) => key.toLowerCase() === name)?.[1];
    const length = Number(header('content-length'));
    Object.assign(exchange(requestId), { status: response.status, contentRange: header('content-range'), length });
  });
  devtools.on('Network.dataReceived', ({ requestId, dataLength }) => {
    exchange(requestId).received += dataLength;
  });

  await page.goto(`${given.base}/health/live`);
  const duration = await page.evaluate(async (src) => {
    document.body.innerHTML = '<audio controls preload="metadata"></audio>';
    const player = document.querySelector('audio');
    const ready = new Promise((done, failed) => {
      player.onloadedmetadata = done;
      player.onerror = () => failed(new Error(player.error.message));
    });
    player.src = src;
    await ready;
    return player.duration;
  }, audio.url);
  assert(Math.abs(duration - SECONDS) < 1, `the player sees ${duration} s`);

  const before = exchanges.size;
  const position = await page.evaluate(async (middle) => {
    const player = document.querySelector('audio');
    const there = new Promise((done) => (player.onseeked = done));
    player.currentTime = middle;
    await there;
    player.muted = true;
    await player.play();
    await new Promise((done) => setTimeout(done, 1500));
    player.pause();
    return player.currentTime;
  }, SECONDS / 2);
  assert(position > SECONDS / 2 && position < SECONDS / 2 + 10, `the player is at ${position} s`);

  const ours = [...exchanges.values()].filter(({ url, status }) => url?.includes('/media/') && status);
  for (const { status, range, contentRange, length, received } of ours) {
    console.log(`asked ${range}  answered ${status} ${contentRange}, ${length} bytes, of which ${received} were taken`);
  }
  for (const { status, range, contentRange, length } of ours) {
    assert.equal(status, 206);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range);
    const end = last === '' ? file.length - 1 : Math.min(Number(last), file.length - 1);
    assert.equal(contentRange, `bytes ${first}-${end}/${file.length}`);
    assert.equal(length, end - Number(first) + 1);
  }
  const jumps = [...exchanges.values()].slice(before).filter(({ url, status }) => url?.includes('/media/') && status);
  const starts = jumps.map(({ range }) => Number(/^bytes=(\d+)-/.exec(range)[1]));
  assert(
    starts.some((start) => start > file.length * 0.45 && start < file.length * 0.51),
    `no request begins near the middle: ${starts}`,
  );
  const taken = ours.reduce((sum, { received }) => sum + received, 0);
  console.log(`jumped to ${position.toFixed(1)} s of ${duration} s; ${taken} of ${file.length} bytes were taken`);
} finally {
  await browser.close();
}
