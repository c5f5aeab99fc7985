// Elements from names, properties and children. Texts stay texts: nothing here reads HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * `h("a", { href, class: "more" }, "Xem thêm")`. What is null or false is left out; a function is a listener.
 * @type {<Name extends keyof HTMLElementTagNameMap>(name: Name, properties?: Record<string, unknown> | null,
 *   ...children: (Child | Child[])[]) => HTMLElementTagNameMap[Name]}
 */
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (typeof value === "function") element.addEventListener(key, /** @type {EventListener} */ (value));
    else if (value != null && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat()) if (child != null && child !== false) element.append(child instanceof Node ? child : String(child));
  return element;
}

/** An element that index.html has. @type {(id: string) => HTMLElement} */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** The API's `highlight`, in which `<mark>` is the only element. @type {(html: string) => (Node | string)[]} */
export function marked(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return [...body.childNodes].map((node) => (node.nodeName === "MARK" ? h("mark", null, node.textContent) : (node.textContent ?? "")));
}
