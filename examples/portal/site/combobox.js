// Suggestions below the search box as one types (the combobox pattern of ARIA): arrows choose, Enter goes, Escape closes.
import { read } from "./api.js";
import { articleAddress, PORTAL } from "./cards.js";
import { byId, h } from "./dom.js";
import { t } from "./texts.js";

const WAIT = 150;

/** @type {(go: (address: string) => void) => void} */
export function startCombobox(go) {
  const box = /** @type {HTMLInputElement} */ (byId("q"));
  const list = byId("suggestions");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let chosen = -1;

  /** @type {(options: Element[]) => void} */
  const open = (options) => {
    clearTimeout(timer);
    chosen = -1;
    list.replaceChildren(...options);
    list.hidden = options.length === 0;
    box.ariaExpanded = String(options.length > 0);
    box.removeAttribute("aria-activedescendant");
  };
  const close = () => open([]);
  const choose = (/** @type {number} */ wanted) => {
    chosen = (wanted + list.children.length) % list.children.length;
    for (const [n, option] of [...list.children].entries()) option.ariaSelected = String(n === chosen);
    box.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const suggest = async () => {
    const q = box.value.trim();
    const found = q ? await read("/api/v1/suggest", { query: { q } }).then(({ body }) => body.data, () => []) : [];
    // More was typed meanwhile, or the box was left.
    if (q !== box.value.trim() || document.activeElement !== box) return;
    byId("suggested").textContent = q ? t("suggested", found.length) : "";
    open(found.map(({ kind, slug, text }, n) => {
      const pick = () => (close(), go(kind === "tag" ? `${PORTAL}the/${slug}` : articleAddress({ slug })));
      const about = kind === "tag" && h("span", null, ` ${t("isTag")}`);
      return h("li", { role: "option", id: `suggestion-${n}`, "aria-selected": "false", click: pick }, text, about);
    }));
  };

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(Math.max(chosen, 0) - 1);
    else if (event.key === "Enter" && chosen >= 0) /** @type {HTMLElement} */ (list.children[chosen]).click();
    else return;
    event.preventDefault();
  });
  // A press on a suggestion must not take the focus from the box.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("blur", close);
  byId("search").addEventListener("submit", close);
}
