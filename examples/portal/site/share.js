// Passing an article on: by what the device offers, else by the services that people here use, by e-mail, or by copying.
import { h } from "./dom.js";
import { t } from "./texts.js";

/** @param {string} title @param {string} address */
export function shareOf(title, address) {
  const said = h("p", { role: "status", class: "said" });
  const url = new URL(address, location.href).href;
  const service = (/** @type {string} */ name, /** @type {string} */ href) =>
    h("a", { href, class: "button", target: "_blank", rel: "noopener noreferrer", "aria-label": t("shareBy", name) }, name);
  const copy = async () => {
    said.textContent = await navigator.clipboard.writeText(url).then(
      () => t("copied"),
      () => t("notCopied", url),
    );
  };
  const ways = "share" in navigator
    // Who calls it off has not failed.
    ? [h("button", { type: "button", click: () => navigator.share({ title, url }).catch(() => {}) }, t("share"))]
    : [
        service("Zalo", `https://zalo.me/share?url=${encodeURIComponent(url)}`),
        service("Facebook", `https://www.facebook.com/sharer/sharer.php?u=${encodeURIComponent(url)}`),
        h("a", { href: `mailto:?subject=${encodeURIComponent(title)}&body=${encodeURIComponent(url)}`, class: "button", "aria-label": t("shareBy", t("email")) }, "E-mail"),
      ];
  return h(
    "section",
    { class: "share", "aria-labelledby": "heading-share" },
    h("h2", { id: "heading-share" }, t("share")),
    h("div", { class: "ways" }, ways, h("button", { type: "button", click: copy }, t("copy")), h("button", { type: "button", click: () => print() }, t("print"))),
    said,
  );
}
