// A−, A, A+: the size of an article's text, remembered.
import { h } from "./dom.js";
import { remember, remembered } from "./store.js";
import { t } from "./texts.js";

let step = Number(remembered("font-size")) || 0;

export function fontSizeOf() {
  const button = (/** @type {string} */ text, /** @type {string} */ name, /** @type {() => number} */ next) =>
    h("button", { type: "button", "aria-label": name, click: () => apply(next()) }, text);
  apply(step);
  return h("div", { class: "font-size", role: "group", "aria-label": t("fontSize") }, h("span", { "aria-hidden": "true" }, t("fontSize")),
    button("A−", t("smaller"), () => step - 1), button("A", t("normal"), () => 0), button("A+", t("larger"), () => step + 1));
}

/** @type {(wanted: number) => void} */
function apply(wanted) {
  step = Math.min(5, Math.max(-2, wanted));
  document.documentElement.style.setProperty("--text", String(1 + step / 8));
  remember("font-size", step);
}
