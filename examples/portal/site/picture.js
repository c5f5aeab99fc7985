// Pictures in the sizes that a screen needs, with a blurred impression until they arrive. Their place is known from the first.
import { drawBlurhash } from "./blurhash.js";
import { local } from "./api.js";
import { h } from "./dom.js";

/** @typedef {import("./api.js").Picture} Picture */

/**
 * @param {Picture} picture
 * @param {{ sizes: string, first?: boolean, decorative?: boolean }} how `first`: it is what people see first, so it is fetched at once
 */
export function picture(picture, { sizes, first = false, decorative = false }) {
  const width = picture.width ?? 16;
  const height = picture.height ?? 9;
  const under = h("canvas", { width: 24, height: Math.min(48, Math.max(4, Math.round((24 * height) / width))), "aria-hidden": "true" });
  under.style.backgroundColor = picture.dominant_colour ?? "";
  if (picture.blurhash) drawBlurhash(under, picture.blurhash);
  const image = h("img", { alt: decorative ? "" : (picture.alt ?? ""), width, height, decoding: "async", sizes });
  if (first) image.fetchPriority = "high";
  else image.loading = "lazy";
  const whole = h("span", { class: "picture" }, under, h("picture", null, sources(picture, "image/webp", sizes), image));
  image.addEventListener("load", () => whole.classList.add("loaded"));
  image.srcset = srcset(picture, "image/jpeg");
  image.src = local(picture.url);
  return whole;
}

/** @param {Picture} picture @param {string} type @param {string} sizes */
function sources(picture, type, sizes) {
  const set = srcset(picture, type);
  return set && h("source", { type, srcset: set, sizes });
}

/** All but what is cropped for sharing; of a small picture several are one width. @param {Picture} picture @param {string} type */
function srcset(picture, type) {
  const widths = new Map();
  for (const rendition of picture.renditions) {
    if (rendition.mime_type === type && rendition.preset !== "share") widths.set(rendition.width, local(rendition.url));
  }
  return [...widths].map(([width, url]) => `${url} ${width}w`).join(", ");
}
