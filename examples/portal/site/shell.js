// What stands around every page: sections, language, what is to be said of network and versions.
import { categories, rememberedCategories } from "./categories.js";
import { categoryAddress } from "./cards.js";
import { byId, h } from "./dom.js";
import { dayAndHour } from "./format.js";
import { language, setLanguage, t, translatePage } from "./texts.js";

/** @param {() => void} again shows the page anew, in the other language */
export function startShell(again) {
  const other = byId("language");
  const speak = () => {
    translatePage();
    other.lang = language() === "vi" ? "en" : "vi";
  };
  other.addEventListener("click", () => {
    setLanguage(language() === "vi" ? "en" : "vi");
    speak();
    again();
  });
  speak();
  const known = rememberedCategories();
  if (known) showSections(known.tree);
  categories().then(showSections, () => {});
}

/** @param {import("./api.js").Category[]} tree */
function showSections(tree) {
  byId("sections").replaceChildren(...tree.map((category) => h("li", null, h("a", { href: categoryAddress(category) }, category.name))));
  markSection();
}

/** Says which section the page is in. */
export function markSection() {
  for (const link of byId("sections").querySelectorAll("a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** @param {Date | null} keptAt when what is shown was kept; null with a network */
export function sayKept(keptAt) {
  byId("kept").textContent = keptAt ? t("keptAt", dayAndHour(keptAt.toISOString())) : "";
}
