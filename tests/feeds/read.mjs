// Reads feeds and the podcast of a running service with programs that others wrote, and holds its articles as ninjs against the
// schema of the IPTC, where TINTUC_NINJS_SCHEMA names it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import partytime from "podcast-partytime";
import Parser from "rss-parser";

const base = process.argv[2].replace(/\/$/, "");

const text = async (path) => {
  const answer = await fetch(base + path);
  assert.equal(answer.status, 200, path);
  return answer.text();
};

for (const path of ["/feeds/rss.xml", "/feeds/atom.xml", "/feeds/rss.xml?full=true", "/feeds/podcast.xml"]) {
  const feed = await new Parser().parseString(await text(path));
  assert.ok(feed.items.length > 0, path);
  for (const item of feed.items) {
    assert.ok(item.title && URL.canParse(item.link), `${path}: ${JSON.stringify(item)}`);
    assert.match(item.guid ?? item.id, /^urn:uuid:/);
    assert.ok(!Number.isNaN(Date.parse(item.isoDate)), item.isoDate);
  }
  console.log(`rss-parser: ${feed.items.length} of ${path}`);
}

const podcast = partytime.parseFeed(await text("/feeds/podcast.xml"));
assert.ok(podcast && podcast.items.length > 0, "no podcast");
for (const episode of podcast.items) {
  assert.ok(episode.enclosure?.url && episode.enclosure.length > 0 && episode.duration > 0, JSON.stringify(episode));
}
console.log(`podcast-partytime: ${podcast.items.length} episodes`);

const schema = process.env.TINTUC_NINJS_SCHEMA;
if (schema) {
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  // Places have no shapes here, and the schema of shapes is somewhere else.
  ajv.addSchema({ $id: "https://geojson.org/schema/GeoJSON.json" });
  const valid = ajv.compile(JSON.parse(await readFile(schema, "utf8")));
  const { data } = JSON.parse(await text("/api/v1/articles?limit=100&fields=id"));
  for (const { id } of data) {
    const item = JSON.parse(await text(`/api/v1/articles/${id}/ninjs`));
    assert.ok(valid(item), `${id}: ${ajv.errorsText(valid.errors)}`);
  }
  console.log(`ajv: ${data.length} articles as ninjs`);
} else {
  console.log("ajv: skipped, TINTUC_NINJS_SCHEMA names no schema");
}
