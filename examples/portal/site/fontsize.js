// A−, A, A+: the size of an article's text, remembered.
import { h } from "./dom.js";
import { remember, remembered, t } from "./texts.js";

const LEAST = -2;
const MOST = 5;

export function fontSizeOf() {
  const button = (/** @type {string} */ text, /** @type {string} */ name, /** @type {(step: number) => number} */ next) =>
    h("button", { type: "button", "aria-label": name, click: () => apply(next(step())) }, text);
  apply(step());
  return h(
    "div",
    { class: "font-size", role: "group", "aria-label": t("fontSize") },
    h("span", { "aria-hidden": "true" }, t("fontSize")),
    button("A−", t("smaller"), (now) => now - 1),
    button("A", t("normal"), () => 0),
    button("A+", t("larger"), (now) => now + 1),
  );
}

function step() {
  return Number(remembered("font-size") ?? 0) || 0;
}

/** @param {number} wanted */
function apply(wanted) {
  const step = Math.min(MOST, Math.max(LEAST, wanted));
  document.documentElement.style.setProperty("--text", `${1 + step * 0.125}`);
  remember("font-size", String(step));
}
