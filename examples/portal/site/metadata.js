// What a page tells machines; of an article, as the API words it. All of it goes when the page is left.
import { h } from "./dom.js";

/** Those of a page that render.mjs has written go, too. @type {Element[]} */
let added = [...document.head.querySelectorAll("[data-page]")];

/** @type {(element: Element) => void} */
function add(element) {
  added.push(element);
  document.head.append(element);
}

/** @type {(page: { title: string, description?: string | null, index?: boolean }) => void} */
export function describePage({ title, description, index = true }) {
  for (const element of added) element.remove();
  added = [];
  document.title = title;
  document.querySelector("meta[name=description]")?.setAttribute("content", description || title);
  if (!index) add(h("meta", { name: "robots", content: "noindex" }));
}

/** @type {(metadata: import("./api.js").Schemas["ArticleMetadata"]) => void} */
export function describeArticle({ canonical, json_ld, open_graph }) {
  add(h("link", { rel: "canonical", href: canonical }));
  for (const { property, content } of open_graph) add(h("meta", { property, content }));
  add(h("script", { type: "application/ld+json" }, JSON.stringify(json_ld).replace(/</g, "\\u003c")));
}

/** @type {(href: string, title: string) => void} */
export const offerFeed = (href, title) => add(h("link", { rel: "alternate", type: "application/rss+xml", href, title }));
