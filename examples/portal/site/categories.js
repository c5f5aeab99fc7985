// The tree of categories, remembered: who comes again needs one request for a front page.
/** @import { Category } from "./api.js" */
import { read } from "./api.js";
import { remember, remembered } from "./store.js";

const GOOD_FOR = 3600_000;

/** As remembered, if it is; then asked anew, behind what is shown, if that was long ago. @type {() => Promise<Category[]>} */
export async function categories() {
  const before = remembered("categories");
  if (!before) return askCategories();
  if (Date.now() - before.at > GOOD_FOR) askCategories().catch(() => {});
  return before.tree;
}

/** @type {() => Promise<Category[]>} */
export async function askCategories() {
  const tree = (await read("/api/v1/categories")).body.data;
  remember("categories", { tree, at: Date.now() });
  return tree;
}

/** The way from the top to a category. @type {(tree: Category[], slug: string) => Category[]} */
export function pathTo(tree, slug) {
  for (const category of tree) {
    const below = category.slug === slug ? [] : pathTo(category.children, slug);
    if (category.slug === slug || below.length) return [category, ...below];
  }
  return [];
}
