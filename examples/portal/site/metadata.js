// What the page of an article tells machines, as the API words it. All of it goes when the page is left.
import { h } from "./dom.js";

/** @typedef {import("./api.js").Schemas["ArticleMetadata"]} Metadata */

/** Those of a page that render.mjs has written go, too. @type {Element[]} */
let added = [...document.head.querySelectorAll("[data-page]")];

/** @param {{ title: string, description?: string | null, index: boolean }} page */
export function describePage({ title, description, index }) {
  for (const element of added) element.remove();
  added = [];
  document.title = title;
  document.querySelector("meta[name=description]")?.setAttribute("content", description || title);
  if (!index) add(h("meta", { name: "robots", content: "noindex" }));
}

/** @param {Metadata} metadata */
export function describeArticle({ canonical, json_ld, open_graph }) {
  add(h("link", { rel: "canonical", href: canonical }));
  for (const { property, content } of open_graph) add(h("meta", { property, content }));
  add(h("script", { type: "application/ld+json" }, JSON.stringify(json_ld).replace(/</g, "\\u003c")));
}

/** @param {string} href @param {string} title */
export function offerFeed(href, title) {
  add(h("link", { rel: "alternate", type: "application/rss+xml", href, title }));
}

/** @param {Element} element */
function add(element) {
  added.push(element);
  document.head.append(element);
}
