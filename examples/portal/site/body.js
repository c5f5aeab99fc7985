// An article's body as the API cleaned it, in a form that the page's policy allows: no styles in attributes, no other origins.
import { h } from "./dom.js";
import { t } from "./texts.js";

/** A tag as the API writes it: attributes in double quotes, in which there are none. */
const TAG = /<[a-z][a-z0-9]*(?:\s+[a-z-]+(?:="[^"]*")?)*\s*\/?>/gi;
const ALIGNED = /\sstyle="text-align:\s*(left|right|center|justify);?"/i;

/** @type {(html: string) => DocumentFragment} */
export function bodyOf(html) {
  const allowed = html.replace(TAG, (tag) => tag.replace(ALIGNED, ' class="align-$1"'));
  const read = new DOMParser().parseFromString(allowed, "text/html");
  for (const frame of read.querySelectorAll("iframe")) frame.replaceWith(elsewhere(frame.src, t("player", host(frame.src), frame.title)));
  for (const file of read.querySelectorAll("img, video")) {
    const source = file.getAttribute("src") ?? "";
    const own = new URL(source, location.href).origin === location.origin;
    if (!own) file.replaceWith(elsewhere(source, file.getAttribute("alt") || t("foreignFile", host(source))));
    else if (file.tagName === "IMG") file.setAttribute("loading", "lazy");
  }
  for (const table of read.querySelectorAll("table")) {
    const frame = h("div", { class: "table", tabindex: 0, role: "region", "aria-label": t("table") });
    table.replaceWith(frame);
    frame.append(table);
  }
  const fragment = document.createDocumentFragment();
  fragment.append(...read.body.childNodes);
  return fragment;
}

/** @type {(address: string) => string} */
export const host = (address) => new URL(address, location.href).host.replace(/^www\./, "");
/** @type {(href: string, text: string) => Element} */
const elsewhere = (href, text) => h("a", { href, class: "elsewhere", rel: "noopener" }, text);
