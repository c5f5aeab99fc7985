// Elements from names, properties and children. Texts stay texts: nothing here reads HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Properties */

/**
 * `h("a", { href, class: "more" }, "Xem thêm")`. What is null or false is left out; a function is a listener.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Properties | null} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value != null && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
export function nodes(children) {
  return children.flat().flatMap((child) => (child == null || child === false || child === "" ? [] : child instanceof Node ? child : String(child)));
}

/**
 * The element of this id, which index.html has.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}

/**
 * The API's `highlight`, in which `<mark>` is the only element.
 * @param {string} html
 * @returns {(Node | string)[]}
 */
export function marked(html) {
  const read = new DOMParser().parseFromString(html, "text/html").body;
  return [...read.childNodes].map((node) => (node.nodeName === "MARK" ? h("mark", null, node.textContent) : (node.textContent ?? "")));
}
