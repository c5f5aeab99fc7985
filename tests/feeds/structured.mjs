// Puts what a running service says of each article to machines into a page, as docs/api.md tells a frontend to, and has a reader of
// structured data and a judge that others wrote look at the page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import Validator from "@adobe/structured-data-validator";
import Reader from "@marbec/web-auto-extractor";

const base = process.argv[2].replace(/\/$/, "");

const ask = async (path) => {
  const answer = await fetch(base + path);
  assert.equal(answer.status, 200, path);
  return (await answer.json()).data;
};

/** The vocabulary of schema.org, as its package has it, in the form in which the judge wants it: what its types and properties are. */
const vocabulary = async () => {
  const things = new Map();
  const relations = {
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": "@type",
    "http://www.w3.org/2000/01/rdf-schema#subClassOf": "rdfs:subClassOf",
    "http://schema.org/domainIncludes": "schema:domainIncludes",
  };
  const kinds = {
    "http://www.w3.org/2000/01/rdf-schema#Class": "rdfs:Class",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#Property": "rdf:Property",
  };
  const file = new URL(import.meta.resolve("@vocabulary/schema/schema.nq"));
  for (const [, subject, relation, object] of (await readFile(file, "utf8")).matchAll(/^<(.+?)> <(.+?)> <(.+?)> /gm)) {
    const thing = things.get(subject) ?? { "@id": subject, "rdfs:subClassOf": [], "schema:domainIncludes": [] };
    things.set(subject, thing);
    if (relations[relation] === "@type") {
      thing["@type"] = kinds[object] ?? thing["@type"];
    } else if (relation in relations) {
      thing[relations[relation]].push({ "@id": object });
    }
  }
  return { "@graph": [...things.values()] };
};

const attribute = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");

const page = ({ canonical, json_ld, open_graph }) => `<!doctype html><html><head>
<link rel="canonical" href="${attribute(canonical)}">
${open_graph.map(({ property, content }) => `<meta property="${property}" content="${attribute(content)}">`).join("\n")}
<script type="application/ld+json">${JSON.stringify(json_ld).replace(/</g, "\\u003c")}</script>
</head><body></body></html>`;

/** What the judge finds in a page. */
const findings = async (read) =>
  (await judge.validate(read)).map(
    ({ issueMessage, path }) => `${path?.map(({ property, type }) => property ?? type).join(".")}: ${issueMessage}`,
  );

const reader = new Reader({ addLocation: true });
const judge = new Validator(await vocabulary());

// A judge that finds nothing anywhere would not do.
const wrong = { "@context": "https://schema.org", "@type": "NewsArticle", heading: "Tin", author: { "@type": "Organization" } };
const known = await findings(reader.parse(page({ canonical: base, json_ld: wrong, open_graph: [] })));
assert.equal(known.length, 2, known.join("\n"));

const articles = await ask("/api/v1/articles?limit=100&fields=slug,image");
assert.ok(articles.length > 0, "no article");
for (const { slug, image } of articles) {
  const metadata = await ask(`/api/v1/articles/${slug}/metadata`);
  const { json_ld: told, open_graph: shared } = metadata;
  const read = reader.parse(page(metadata));

  assert.deepEqual(read.errors, [], slug);
  assert.deepEqual(Object.keys(read.jsonld), ["NewsArticle"], slug);
  const [{ "@location": _, ...article }] = read.jsonld.NewsArticle;
  assert.deepEqual(article, told, slug);
  for (const { property } of shared) {
    // The reader leaves attributes as they are written.
    const contents = shared.filter((one) => one.property === property).map(({ content }) => attribute(content));
    assert.deepEqual(read.metatags[property], contents, `${slug}: ${property}`);
  }
  assert.deepEqual(await findings(read), [], slug);

  // What search engines ask of an article, and sharing of a page.
  for (const name of ["headline", "datePublished", "dateModified", "author", "mainEntityOfPage", ...(image ? ["image"] : [])]) {
    assert.ok(name in article, `${slug} has no ${name}`);
  }
  assert.equal(article.mainEntityOfPage["@id"], metadata.canonical);
  assert.ok(Date.parse(article.datePublished) <= Date.parse(article.dateModified), slug);
  for (const { url, width, height } of article.image ?? []) {
    assert.ok(URL.canParse(url) && width >= 696 && height > 0, `${slug}: ${url} is too small or nowhere`);
  }
  for (const property of ["og:title", "og:type", "og:url", ...(image ? ["og:image"] : [])]) {
    assert.ok(property in read.metatags, `${slug} has no ${property}`);
  }
}
console.log(`structured data: ${articles.length} pages without a finding`);
