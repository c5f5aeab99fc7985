// An article read aloud: the browser's own player, with steps of fifteen seconds and the speed one likes, which is remembered.
import { local } from "./api.js";
import { section } from "./cards.js";
import { h } from "./dom.js";
import { duration } from "./format.js";
import { remember, remembered } from "./store.js";
import { t } from "./texts.js";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

/** @type {(file: import("./api.js").File) => Element} */
export function playerOf(file) {
  const audio = h("audio", { controls: true, preload: "metadata", src: local(file.url), "aria-label": t("listen") });
  const step = (/** @type {string} */ text, /** @type {string} */ name, /** @type {number} */ seconds) =>
    h("button", { type: "button", "aria-label": name, click: () => (audio.currentTime = Math.max(0, audio.currentTime + seconds)) }, text);
  const choose = () => {
    audio.defaultPlaybackRate = audio.playbackRate = Number(speed.value);
    remember("speed", speed.value);
  };
  const kept = Number(remembered("speed")) || 1;
  const speed = h("select", { change: choose }, SPEEDS.map((rate) => h("option", { value: rate, selected: rate === kept }, `${rate}×`)));
  choose();
  return section(t("listen"), "listen",
    file.title && h("p", null, file.title, file.duration_ms != null && ` (${duration(file.duration_ms)})`),
    audio,
    h("div", { class: "ways" }, step("−15 s", t("back"), -15), step("+15 s", t("on"), 15), h("label", null, `${t("speed")} `, speed)));
}
