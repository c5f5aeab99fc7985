// Passing an article on: by what the device offers, else by the services that people here use, by e-mail, or by copying.
import { section } from "./cards.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/** @type {(title: string, address: string) => Element} */
export function shareOf(title, address) {
  const url = new URL(address, location.href).href;
  const said = h("p", { role: "status", class: "said" });
  const to = (/** @type {string} */ name, /** @type {string} */ href, label = name) =>
    h("a", { href, class: "button", target: "_blank", rel: "noopener noreferrer", "aria-label": t("shareBy", label) }, name);
  const copy = async () => {
    // Pages without TLS have no clipboard.
    said.textContent = (await navigator.clipboard?.writeText(url).then(() => t("copied"), () => null)) ?? t("notCopied", url);
  };
  // Who calls it off has not failed.
  const byDevice = () => navigator.share({ title, url }).catch(() => {});
  const ways = "share" in navigator ? [h("button", { type: "button", click: byDevice }, t("share"))] : [
    to("Zalo", `https://zalo.me/share?url=${encodeURIComponent(url)}`),
    to("Facebook", `https://www.facebook.com/sharer/sharer.php?u=${encodeURIComponent(url)}`),
    to("E-mail", `mailto:?subject=${encodeURIComponent(title)}&body=${encodeURIComponent(url)}`, t("email")),
  ];
  const others = [h("button", { type: "button", click: copy }, t("copy")), h("button", { type: "button", click: () => print() }, t("print"))];
  return section(t("share"), "share", h("div", { class: "ways" }, ways, others), said);
}
