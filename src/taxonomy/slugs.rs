//! Finding a free slug.

use std::collections::HashSet;

use crate::text::slug::Slug;

/// `wanted`, or with the lowest number that makes it free: `thong-bao`, `thong-bao-2`, `thong-bao-3`.
pub fn first_free(wanted: &Slug, taken: &HashSet<String>) -> Slug {
    if !taken.contains(wanted.as_str()) {
        return wanted.clone();
    }
    (2..)
        .map(|number| wanted.numbered(number))
        .find(|slug| !taken.contains(slug.as_str()))
        .unwrap_or_else(|| wanted.clone())
}

/// The bounds between which the slug itself and all its numbered forms lie, in byte order.
pub fn range(wanted: &Slug) -> (String, String) {
    // A numbered form of a slug near the greatest length is cut before its number.
    let stem: String = wanted.as_str().chars().take(100).collect();
    (stem.clone(), format!("{stem}~"))
}
