// What stands around every page: sections, language, and whether there is a network.
import { categories } from "./categories.js";
import { categoryLink } from "./cards.js";
import { byId, h } from "./dom.js";
import { dayAndHour } from "./format.js";
import { language, speak, t } from "./texts.js";

/** @type {(changed: () => void) => void} */
export function startShell(changed) {
  const other = () => (language() === "vi" ? "en" : "vi");
  const say = (/** @type {string} */ wanted) => {
    speak(wanted);
    byId("language").lang = other();
  };
  byId("language").addEventListener("click", () => {
    say(other());
    changed();
  });
  say(language());
  categories().then((tree) => {
    byId("sections").replaceChildren(...tree.map((category) => h("li", null, categoryLink(category))));
    markSection();
  }, () => {});
}

/** Says which section the page is. */
function markSection() {
  for (const link of byId("sections").querySelectorAll("a")) link.ariaCurrent = link.pathname === location.pathname ? "page" : null;
}

/** `keptAt`: what is shown was kept then, for there is no network. @type {(keptAt?: Date) => void} */
export function aroundPage(keptAt) {
  markSection();
  byId("kept").textContent = keptAt ? t("keptAt", dayAndHour(keptAt.toISOString())) : "";
}
