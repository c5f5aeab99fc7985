//! What a reader looks for, read from whatever was typed, and written as conditions on the terms of published articles.

use std::fmt;

use crate::text::{Word, words};

/// Words beyond these are not looked at.
const MAX_WORDS: usize = 16;

/// What is taken for a quotation mark.
const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// Where words may stand, by the prefixes of the terms there: see the migration `search`.
const TITLE: &[&str] = &["A:"];
const TITLE_AND_TAGS: &[&str] = &["A:", "B:"];
const TITLE_TAGS_AND_SUMMARY: &[&str] = &["A:", "B:", "C:"];
const ANYWHERE: &[&str] = &[""];

/// A query: words, and quoted phrases, all of which an article has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Each a word, or the words of a phrase.
    pub(super) parts: Vec<Vec<Word>>,
}

/// As it could be typed: it reads as the same query.
impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            let words = part.iter().map(|word| word.marked.as_str()).collect::<Vec<_>>().join(" ");
            let gap = if index > 0 { " " } else { "" };
            let quote = if part.len() > 1 { "\"" } else { "" };
            write!(out, "{gap}{quote}{words}{quote}")?;
        }
        Ok(())
    }
}

/// Whether marks count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Marked,
    Folded,
}

impl Query {
    /// Reads what was typed. Everything reads: punctuation is passed over, a quotation mark without a partner too.
    pub fn parse(typed: &str) -> Self {
        let pieces: Vec<&str> = typed.split(QUOTES).collect();
        let last = pieces.len() - 1;
        let mut room = MAX_WORDS;
        let mut parts = Vec::new();
        for (index, piece) in pieces.into_iter().enumerate() {
            let found: Vec<Word> = words(piece).take(room).collect();
            room -= found.len();
            // Every second piece stands between two quotation marks.
            if index % 2 == 1 && index < last && !found.is_empty() {
                parts.push(found);
            } else {
                parts.extend(found.into_iter().map(|word| vec![word]));
            }
        }
        Self { parts }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The words, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &Word> {
        self.parts.iter().flatten()
    }

    /// Whether any word was typed with marks.
    pub(super) fn has_marks(&self) -> bool {
        self.words().any(|word| word.marked != word.folded)
    }

    /// The conditions for a list, best first; an article belongs to the first that it meets.
    ///
    /// All words in the title; in title and tags; in title, tags and summary; one after the other anywhere; anywhere. If
    /// any word was typed with marks, first all this with the marks and then without.
    pub(super) fn tiers(&self) -> Vec<String> {
        let mut tiers: Vec<String> = Vec::new();
        // What an article that meets an earlier condition meets: each replaces the one that it includes.
        let mut earlier: Vec<String> = Vec::new();
        for form in [Form::Marked, Form::Folded] {
            if form == Form::Marked && !self.has_marks() {
                continue;
            }
            let outer = earlier.len();
            for zone in [TITLE, TITLE_AND_TAGS, TITLE_TAGS_AND_SUMMARY] {
                let here = self.all(form, zone);
                tiers.push(and_not(&here, &earlier));
                earlier.truncate(outer);
                earlier.push(here);
            }
            if self.parts.len() > 1 {
                let together = phrase(&self.words().collect::<Vec<_>>(), form, "");
                tiers.push(and_not(&together, &earlier));
                earlier.push(together);
            }
            let anywhere = self.all(form, ANYWHERE);
            tiers.push(and_not(&anywhere, &earlier));
            earlier = vec![anywhere];
        }
        tiers
    }

    /// What an article has to have to be in the list at all, as a `tsquery`.
    pub fn condition(&self) -> String {
        self.all(Form::Folded, ANYWHERE)
    }

    /// All parts, each in one of these places.
    fn all(&self, form: Form, zone: &[&str]) -> String {
        let part = |part: &Vec<Word>| {
            let words: Vec<&Word> = part.iter().collect();
            any(zone.iter().map(|prefix| phrase(&words, form, prefix)))
        };
        all(self.parts.iter().map(part))
    }
}

/// The words one after the other, known by each two neighbours. Neighbours are kept without marks.
fn phrase(words: &[&Word], form: Form, prefix: &str) -> String {
    let single = words.len() == 1 || form == Form::Marked;
    let alone = words.iter().filter(|_| single).map(|word| match form {
        Form::Marked => term(prefix, &word.marked),
        Form::Folded => term(prefix, &word.folded),
    });
    let pairs = words.windows(2).map(|pair| term(prefix, &format!("{} {}", pair[0].folded, pair[1].folded)));
    all(alone.chain(pairs))
}

/// The words of a part where the prefix says, one after the other.
pub(super) fn folded(part: &[Word], prefix: &str) -> String {
    phrase(&part.iter().collect::<Vec<_>>(), Form::Folded, prefix)
}

/// One term, quoted as PostgreSQL's `tsquery` wants it.
pub(super) fn term(prefix: &str, word: &str) -> String {
    format!("'{prefix}{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// Every one of these conditions.
pub(super) fn all(conditions: impl Iterator<Item = String>) -> String {
    format!("({})", conditions.collect::<Vec<_>>().join(" & "))
}

/// Any one of these conditions.
pub(super) fn any(conditions: impl Iterator<Item = String>) -> String {
    format!("({})", conditions.collect::<Vec<_>>().join(" | "))
}

/// The condition, and none of those.
pub(super) fn and_not(condition: &str, those: &[String]) -> String {
    match those {
        [] => condition.to_owned(),
        those => format!("{condition} & !{}", any(those.iter().cloned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(typed: &str) -> Vec<String> {
        let text = |part: &Vec<Word>| part.iter().map(|word| word.marked.as_str()).collect::<Vec<_>>().join(" ");
        Query::parse(typed).parts.iter().map(text).collect()
    }

    #[test]
    fn words_stand_alone_and_quoted_ones_together() {
        assert_eq!(parts("Dân vận khéo"), ["dân", "vận", "khéo"]);
        assert_eq!(parts("\"dân vận\" khéo «15/2026»"), ["dân vận", "khéo", "15 2026"]);
        assert_eq!(parts("“dân vận” 'khéo"), ["dân vận", "khéo"]);
    }

    #[test]
    fn a_quotation_mark_without_a_partner_is_passed_over() {
        assert_eq!(parts("dân \"vận khéo"), ["dân", "vận", "khéo"]);
        assert_eq!(parts("\"dân vận\" \"khéo tay"), ["dân vận", "khéo", "tay"]);
        assert_eq!(parts("\"\"\""), [""; 0]);
    }

    #[test]
    fn what_has_no_letter_looks_for_nothing() {
        for typed in ["", " ", "'", "\\", ":*", "!&|()<->", "👍", "\u{200B}", "\"\""] {
            assert!(Query::parse(typed).is_empty(), "{typed:?}");
        }
    }

    #[test]
    fn only_so_many_words_are_looked_at() {
        assert_eq!(Query::parse(&"a ".repeat(4096)).words().count(), MAX_WORDS);
        assert_eq!(Query::parse(&format!("\"{}\"", "a ".repeat(4096))).words().count(), MAX_WORDS);
    }

    #[test]
    fn conditions_go_from_the_title_to_anywhere_and_from_exact_to_folded() {
        let tiers = Query::parse("dân vận").tiers();
        let bare: Vec<String> = tiers.iter().map(|tier| tier.replace(['(', ')'], "")).collect();
        assert_eq!(tiers.len(), 10);
        assert_eq!(bare[0], "'A:dân' & 'A:vận'");
        assert_eq!(bare[1], "'A:dân' | 'B:dân' & 'A:vận' | 'B:vận' & !'A:dân' & 'A:vận'");
        assert_eq!(bare[3].split(" & !").next(), Some("'dân' & 'vận' & 'dan van'"));
        assert_eq!(bare[5], "'A:dan' & 'A:van' & !'dân' & 'vận'");
    }

    proptest! {
        #[test]
        fn anything_reads(typed in proptest::prelude::any::<String>()) {
            let query = Query::parse(&typed);
            prop_assert!(query.words().count() <= MAX_WORDS);
            prop_assert!(query.is_empty() || !query.tiers().is_empty());
            prop_assert_eq!(Query::parse(&query.to_string()).to_string(), query.to_string());
        }
    }
}
