//! Finding a free slug.

use std::collections::HashSet;

use crate::text::Slug;

/// `wanted`, or with the lowest number that makes it free: `thong-bao`, `thong-bao-2`, `thong-bao-3`.
pub fn first_free(wanted: &Slug, taken: &HashSet<String>) -> Slug {
    let numbered = (2..).map(|number| wanted.numbered(number));
    let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
    candidates.find(|slug| !taken.contains(slug.as_str())).unwrap_or_else(|| wanted.clone())
}

/// The bounds, in byte order, between which the numbered forms of a slug lie and little else.
pub fn numbered(wanted: &Slug) -> (String, String) {
    let second = wanted.numbered(2).to_string();
    let stem = second.trim_end_matches('2');
    // A colon is what follows the digits.
    (stem.to_owned(), format!("{stem}:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(wanted: &str, taken: &[&str]) -> String {
        let taken = taken.iter().map(|slug| (*slug).to_owned()).collect();
        first_free(&wanted.parse().expect("a slug"), &taken).to_string()
    }

    #[test]
    fn the_lowest_free_number_is_taken() {
        assert_eq!(free("thong-bao", &[]), "thong-bao");
        assert_eq!(free("thong-bao", &["thong-bao", "thong-bao-2", "thong-bao-4"]), "thong-bao-3");
        assert_eq!(free("thong-bao", &["thong-bao-2"]), "thong-bao");
    }

    #[test]
    fn numbered_forms_lie_between_the_bounds_even_of_the_longest_slug() {
        for wanted in ["tin", "tin-2", &"a".repeat(120)] {
            let wanted: Slug = wanted.parse().expect("a slug");
            let (from, to) = numbered(&wanted);
            for number in [2, 9, 10, 99] {
                let form = wanted.numbered(number).to_string();
                assert!(from < form && form < to, "{form} is not between {from} and {to}");
            }
        }
    }
}
