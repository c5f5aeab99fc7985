// The newsroom of the service under test, over HTTP: what its people do so that readers have something to read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const base = (process.env.TINTUC_BASE ?? "").replace(/\/$/, "");
assert(base && process.env.TINTUC_SIGN_INS, "tests/portal/run says where the service is, and who signs in");
const signIns = Object.fromEntries(
  readFileSync(process.env.TINTUC_SIGN_INS, "utf8").trim().split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)),
);

/** Asks the API, and returns the answer's data and entity tag. */
export async function call(method, path, { token, body, headers } = {}) {
  const json = body !== undefined && !(body instanceof FormData);
  const answer = await fetch(`${base}/api/v1/${path}`, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...(json && { "content-type": "application/json" }), ...headers },
    body: json ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  assert(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  const read = JSON.parse(text);
  return { data: read.data ?? read, etag: answer.headers.get("etag") };
}

const tokens = new Map();

/** Signs somebody in, once: the author writes, the approver lets out. */
async function as(role) {
  if (!tokens.has(role)) {
    const body = { email: signIns[`${role}_EMAIL`], password: signIns[`${role}_PASSWORD`] };
    tokens.set(role, call("POST", "auth/login", { body }).then(({ data }) => data.access_token));
  }
  return tokens.get(role);
}

export async function upload(bytes, name, type) {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type }), name);
  return (await call("POST", "manage/media", { token: await as("AUTHOR"), body: form })).data;
}

async function step(article, role, name, body = {}) {
  const path = `manage/articles/${article.data.id}/transitions/${name}`;
  return call("POST", path, { token: await as(role), body, headers: { "if-match": article.etag } });
}

/** From a draft to the public. Returns the article as readers get it. */
async function letOut(draft, publication) {
  const submitted = await step(draft, "AUTHOR", "submit");
  const approved = await step(submitted, "APPROVER", "approve");
  await step(approved, "APPROVER", "publish", publication);
  return (await call("GET", `articles/${draft.data.id}`)).data;
}

/** What every article has that a test says nothing of. */
const ORDINARY = { category: "thong-bao", article_type: "news", author: { name: "Văn phòng UBND tỉnh" }, tags: ["cổng tin"] };

export async function publish(article, publication = {}) {
  return letOut(await call("POST", "manage/articles", { token: await as("AUTHOR"), body: { ...ORDINARY, ...article } }), publication);
}

async function working(id) {
  return call("GET", `manage/articles/${id}`, { token: await as("AUTHOR") });
}

/** Another version in the place of the public one. */
export async function republish(id, changes, publication = {}) {
  const { etag } = await working(id);
  const headers = { "if-match": etag, "content-type": "application/merge-patch+json" };
  return letOut(await call("PATCH", `manage/articles/${id}`, { token: await as("AUTHOR"), body: changes, headers }), publication);
}

export async function withdraw(id, notice) {
  await step(await working(id), "APPROVER", "unpublish", { ...(notice && { notice }) });
}

export async function viewsOf(id) {
  return (await call("GET", `articles/${id}/views`)).data.views;
}
