// The tree of categories, remembered: who comes again needs one request for a front page.
import { read } from "./api.js";
import { remember, remembered } from "./texts.js";

/** @typedef {import("./api.js").Category} Category */

const GOOD_FOR = 3600_000;

/** @returns {{ tree: Category[], at: number } | null} */
export function rememberedCategories() {
  return JSON.parse(remembered("categories") ?? "null");
}

/** As remembered, and asked anew behind what is shown if that was long ago. @returns {Promise<Category[]>} */
export async function categories() {
  const before = rememberedCategories();
  if (!before) return askCategories();
  if (Date.now() - before.at > GOOD_FOR) askCategories().catch(() => {});
  return before.tree;
}

/** @returns {Promise<Category[]>} */
export async function askCategories() {
  const tree = (await read("/api/v1/categories")).body.data;
  remember("categories", JSON.stringify({ tree, at: Date.now() }));
  return tree;
}

/**
 * The way from the top to a category.
 * @param {Category[]} tree
 * @param {string} slug
 * @returns {Category[]}
 */
export function pathTo(tree, slug) {
  for (const category of tree) {
    if (category.slug === slug) return [category];
    const below = pathTo(category.children, slug);
    if (below.length) return [category, ...below];
  }
  return [];
}
