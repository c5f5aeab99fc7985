// An article read aloud: the browser's own player, with steps of fifteen seconds and the speed one likes, which is remembered.
import { local } from "./api.js";
import { h } from "./dom.js";
import { duration } from "./format.js";
import { remember, remembered, t } from "./texts.js";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

/** @param {import("./api.js").File} file */
export function playerOf(file) {
  const audio = h("audio", { controls: true, preload: "metadata", src: local(file.url), "aria-label": t("listen") });
  const step = (/** @type {number} */ seconds) => () => {
    audio.currentTime = Math.max(0, audio.currentTime + seconds);
  };
  const speed = h("select", { change: () => play(Number(speed.value)) }, SPEEDS.map((rate) => h("option", { value: rate }, `${rate}×`)));
  const play = (/** @type {number} */ rate) => {
    audio.defaultPlaybackRate = audio.playbackRate = rate;
    speed.value = String(rate);
    remember("speed", String(rate));
  };
  play(SPEEDS.find((rate) => String(rate) === remembered("speed")) ?? 1);
  return h(
    "section",
    { class: "listen", "aria-labelledby": "heading-listen" },
    h("h2", { id: "heading-listen" }, t("listen")),
    file.title && h("p", null, file.title, file.duration_ms != null && ` (${duration(file.duration_ms)})`),
    audio,
    h(
      "div",
      { class: "ways" },
      h("button", { type: "button", "aria-label": t("back15"), click: step(-15) }, "−15 s"),
      h("button", { type: "button", "aria-label": t("on15"), click: step(15) }, "+15 s"),
      h("label", null, `${t("speed")} `, speed),
    ),
  );
}
