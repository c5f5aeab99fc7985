// Pictures in the sizes that a screen needs, with a blurred impression until they arrive. Their place is known from the first.
/** @import { Picture } from "./api.js" */
import { local } from "./api.js";
import { drawBlurhash } from "./blurhash.js";
import { h } from "./dom.js";

/** `first`: it is what people see first. @type {(picture: Picture, how: { sizes: string, first?: boolean, alt?: string | null }) => Element} */
export function pictureOf(picture, { sizes, first = false, alt = picture.alt }) {
  const { width, height, blurhash } = picture;
  const under = h("canvas", { width: 16, height: 9, "aria-hidden": "true" });
  under.style.backgroundColor = picture.dominant_colour ?? "";
  if (blurhash) drawBlurhash(under, blurhash);
  const loading = first ? { fetchpriority: "high" } : { loading: "lazy" };
  const files = { sizes, srcset: srcset(picture, "image/jpeg"), src: local(picture.url) };
  const image = h("img", { alt: alt ?? "", width, height, decoding: "async", ...loading, ...files });
  const webp = h("source", { type: "image/webp", sizes, srcset: srcset(picture, "image/webp") });
  const whole = h("span", { class: "picture" }, under, h("picture", null, webp, image));
  image.addEventListener("load", () => whole.classList.add("loaded"));
  return whole;
}

/** All but what is cropped for sharing; of a small picture several are of one width. @type {(picture: Picture, type: string) => string} */
function srcset({ renditions }, type) {
  const fitting = renditions.filter(({ mime_type, preset }) => mime_type === type && preset !== "share");
  return [...new Map(fitting.map(({ width, url }) => [width, `${local(url)} ${width}w`])).values()].join(", ");
}
