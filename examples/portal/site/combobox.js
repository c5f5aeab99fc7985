// Suggestions below the search box as one types (the combobox pattern of ARIA): arrows choose, Enter goes, Escape closes.
import { read } from "./api.js";
import { articleAddress, PORTAL } from "./cards.js";
import { byId, h } from "./dom.js";
import { t } from "./texts.js";

const WAIT = 150;

/** @param {(address: string) => void} go */
export function startCombobox(go) {
  const box = /** @type {HTMLInputElement} */ (byId("q"));
  const list = byId("suggestions");
  const said = byId("suggested");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let chosen = -1;

  const close = () => {
    clearTimeout(timer);
    chosen = -1;
    list.replaceChildren();
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (/** @type {number} */ wanted) => {
    const options = [...list.children];
    chosen = (wanted + options.length) % options.length;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === chosen)));
    box.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
    options[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const suggest = async () => {
    const q = box.value.trim();
    const answer = q ? await read("/api/v1/suggest", { query: { q } }).catch(() => null) : null;
    // More was typed meanwhile, or the box was left.
    if (q !== box.value.trim() || document.activeElement !== box) return;
    close();
    const found = answer?.body.data ?? [];
    said.textContent = q ? t("suggested", found.length) : "";
    list.hidden = found.length === 0;
    box.setAttribute("aria-expanded", String(found.length > 0));
    list.append(
      ...found.map(({ kind, slug, text }, n) => {
        const address = kind === "tag" ? `${PORTAL}the/${slug}` : articleAddress({ slug });
        const pick = () => (close(), go(address));
        return h("li", { role: "option", id: `suggestion-${n}`, "aria-selected": "false", click: pick }, text, kind === "tag" && h("span", null, ` ${t("isTag")}`));
      }),
    );
  };

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "ArrowDown" && !list.hidden) choose(chosen + 1);
    else if (event.key === "ArrowUp" && !list.hidden) choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) /** @type {HTMLElement} */ (list.children[chosen]).click();
    else return;
    event.preventDefault();
  });
  // A press on a suggestion must not take the focus from the box.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("blur", close);
  byId("search").addEventListener("submit", close);
}
