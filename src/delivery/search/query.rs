//! What a reader looks for, read from whatever was typed, and as conditions on the terms of published articles.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    condition::{Condition, all, and_not, any, term},
    terms::{self, ANYWHERE, TITLE, TITLE_AND_TAGS, TITLE_TAGS_AND_SUMMARY},
};
use crate::text::{Link, Word, joined, words};

/// Words beyond these are not looked at.
const MAX_WORDS: usize = 16;

/// What is taken for a quotation mark.
const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// What is one at the edge of a word; inside it is an apostrophe.
const SINGLE_QUOTES: [char; 5] = ['\'', '‘', '’', '‚', '‛'];

/// A query: words, and phrases, all of which an article has to have. What is typed alike is one: capitals, spaces,
/// punctuation and the kind of quotation marks are not in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Query {
    pub(super) parts: Vec<Part>,
}

/// A part of a query: a word; a phrase; or words that may as well be written as one.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The words.
    pub words: Vec<Word>,
    /// The same with those that are tied as one, where that is something else.
    pub joined: Option<Vec<Word>>,
    /// Whether they have to stand side by side.
    pub is_phrase: bool,
}

impl Part {
    pub(super) fn new(words: Vec<Word>, is_phrase: bool) -> Self {
        let joined = Some(joined(&words)).filter(|joined| joined.len() != words.len());
        Self { words, joined, is_phrase }
    }

    /// Words as they were typed outside of quotation marks: those written as one are a phrase, `covid19`; those that are
    /// tied may be written as one, `kh-ubnd`; others stand alone.
    fn free(words: &[Word]) -> impl Iterator<Item = Self> {
        let mut parts: Vec<Vec<Word>> = Vec::new();
        for word in words {
            match parts.last_mut() {
                Some(part) if word.link != Link::Parted && part.iter().skip(1).all(|it| it.link == word.link) => {
                    part.push(word.clone());
                }
                _ => parts.push(vec![Word { link: Link::Parted, ..word.clone() }]),
            }
        }
        parts.into_iter().map(|words| {
            let is_phrase = words.get(1).is_some_and(|second| second.link == Link::Close);
            Self::new(words, is_phrase)
        })
    }
}

impl From<String> for Query {
    fn from(typed: String) -> Self {
        Self::parse(&typed)
    }
}

impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.to_string()
    }
}

/// As it could be typed: it reads as the same query.
impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            let gap = if index > 0 { " " } else { "" };
            let quote = if part.is_phrase { "\"" } else { "" };
            write!(out, "{gap}{quote}")?;
            for (index, word) in part.words.iter().enumerate() {
                let sign = match word.link {
                    _ if index == 0 => "",
                    Link::Tied => "-",
                    Link::Parted | Link::Close => " ",
                };
                write!(out, "{sign}{}", word.marked)?;
            }
            out.write_str(quote)?;
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
        let mut room = MAX_WORDS;
        let mut take = |text: &str| {
            let found: Vec<Word> = words(text).take(room).collect();
            room -= found.len();
            found
        };
        let quotes = quotes(typed);
        let mut parts = Vec::new();
        let (mut at, mut next) = (0, 0);
        while let Some(&(open, is_single)) = quotes.get(next) {
            next += 1;
            let partner = quotes[next..].iter().position(|(_, single)| *single == is_single);
            let Some(partner) = partner.map(|ahead| next + ahead) else { continue };
            let end = quotes[partner].0;
            parts.extend(Part::free(&take(&typed[at..open])));
            let quoted = take(&typed[open..end]);
            match quoted.len() {
                0 => {}
                1 => parts.push(Part::new(quoted, false)),
                _ => parts.push(Part::new(quoted, true)),
            }
            (at, next) = (end, partner + 1);
        }
        parts.extend(Part::free(&take(&typed[at..])));
        Self { parts }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The words, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &Word> {
        self.parts.iter().flat_map(|part| &part.words)
    }

    /// Whether any word was typed with marks.
    pub(super) fn has_marks(&self) -> bool {
        self.words().any(|word| word.marked != word.folded)
    }

    /// The conditions for a list, best first; an article belongs to the first that it meets.
    ///
    /// All words in the title; in title and tags; in title, tags and summary; one after the other anywhere; anywhere. If
    /// any word was typed with marks, first all this with the marks and then without.
    pub(super) fn tiers(&self) -> Vec<Condition> {
        let mut tiers: Vec<Condition> = Vec::new();
        // What an article that meets an earlier condition meets: each replaces the one that it includes.
        let mut earlier: Vec<Condition> = Vec::new();
        for form in [Form::Marked, Form::Folded] {
            if form == Form::Marked && !self.has_marks() {
                continue;
            }
            let outer = earlier.len();
            for zone in [TITLE, TITLE_AND_TAGS, TITLE_TAGS_AND_SUMMARY] {
                let here = self.all(form, zone);
                tiers.push(and_not(here.clone(), &earlier));
                earlier.truncate(outer);
                earlier.push(here);
            }
            if self.parts.len() > 1 || self.parts.iter().any(|part| !part.is_phrase && part.words.len() > 1) {
                let together = phrase(&self.words().collect::<Vec<_>>(), form, "");
                tiers.push(and_not(together.clone(), &earlier));
                earlier.push(together);
            }
            let anywhere = self.all(form, ANYWHERE);
            tiers.push(and_not(anywhere.clone(), &earlier));
            earlier = vec![anywhere];
        }
        tiers
    }

    /// What an article has to have to be in the list at all.
    pub(super) fn condition(&self) -> Condition {
        self.all(Form::Folded, ANYWHERE)
    }

    /// All parts, each there.
    fn all(&self, form: Form, zone: &str) -> Condition {
        all(self.parts.iter().map(|part| part.condition(form, zone)))
    }
}

/// The words one after the other, known by each two neighbours. Neighbours are kept without marks.
fn phrase(words: &[&Word], form: Form, prefix: &str) -> Condition {
    let single = words.len() == 1 || form == Form::Marked;
    let alone = words.iter().filter(|_| single).map(|word| match form {
        Form::Marked => term(prefix, &word.marked),
        Form::Folded => term(prefix, &word.folded),
    });
    let pairs = words.windows(2).map(|pair| term(prefix, &terms::pair(pair[0], pair[1])));
    all(alone.chain(pairs))
}

impl Part {
    /// The words where the prefix says, side by side if they have to be; or what they are as one.
    fn condition(&self, form: Form, prefix: &str) -> Condition {
        let side_by_side = |words: &[Word]| phrase(&words.iter().collect::<Vec<_>>(), form, prefix);
        let words = if self.is_phrase {
            side_by_side(&self.words)
        } else {
            all(self.words.iter().map(|word| phrase(&[word], form, prefix)))
        };
        match &self.joined {
            Some(joined) => any([words, side_by_side(joined)]),
            None => words,
        }
    }

    /// The condition without marks.
    pub(super) fn folded(&self, prefix: &str) -> Condition {
        self.condition(Form::Folded, prefix)
    }
}

/// Where quotation marks stand, and whether they are single ones.
fn quotes(typed: &str) -> Vec<(usize, bool)> {
    let quote = |(at, c): (usize, char)| {
        let is_inside = || {
            let before = typed[..at].chars().next_back().is_some_and(char::is_alphanumeric);
            before && typed[at + c.len_utf8()..].chars().next().is_some_and(char::is_alphanumeric)
        };
        match c {
            c if QUOTES.contains(&c) => Some((at, false)),
            c if SINGLE_QUOTES.contains(&c) && !is_inside() => Some((at, true)),
            _ => None,
        }
    };
    typed.char_indices().filter_map(quote).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(typed: &str) -> Vec<String> {
        let text = |part: &Part| part.words.iter().map(|word| word.marked.as_str()).collect::<Vec<_>>().join(" ");
        Query::parse(typed).parts.iter().map(text).collect()
    }

    #[test]
    fn words_stand_alone_and_quoted_ones_together() {
        assert_eq!(parts("Dân vận khéo"), ["dân", "vận", "khéo"]);
        assert_eq!(parts("\"dân vận\" khéo «15/2026»"), ["dân vận", "khéo", "15 2026"]);
        assert_eq!(parts("“dân vận” 'khéo"), ["dân vận", "khéo"]);
    }

    #[test]
    fn quotation_marks_are_straight_or_curly_single_or_double_and_apostrophes_are_none() {
        for typed in ["\"dân vận\" khéo", "“dân vận” khéo", "'dân vận' khéo", "‘dân vận’ khéo", "«dân 'vận'» khéo"]
        {
            assert_eq!(parts(typed), ["dân vận", "khéo"], "{typed}");
        }
        assert_eq!(Query::parse("cư m'gar").to_string(), "cư m-gar");
        assert_eq!(parts("cư m'gar và m’drắk"), ["cư", "m gar", "và", "m drắk"]);
    }

    #[test]
    fn what_is_typed_as_one_word_stands_side_by_side_and_what_is_tied_may_be_one() {
        let bare = |typed: &str| Query::parse(typed).condition().to_string().replace(['(', ')'], "");
        assert_eq!(bare("covid19"), "'covid+19'");
        assert_eq!(bare("covid-19"), "'covid' & '19'");
        assert_eq!(bare("622/KHUBND"), "'622' & 'khubnd'");
        assert_eq!(bare("622/KH-UBND"), "'622' & 'kh' & 'ubnd' | 'khubnd'");
        assert_eq!(bare("\"622/KH-UBND\""), "'622+kh' & 'kh+ubnd' | '622+khubnd'");
        assert_eq!(bare("1.553 h5n1"), "'1553' & 'h+5' & '5+n' & 'n+1'");
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
        let bare: Vec<String> = tiers.iter().map(|tier| tier.to_string().replace(['(', ')'], "")).collect();
        assert_eq!(tiers.len(), 10);
        assert_eq!(bare[0], "'A:dân' & 'A:vận'");
        assert_eq!(bare[1], "'B:dân' & 'B:vận' & !'A:dân' & 'A:vận'");
        assert_eq!(bare[3].split(" & !").next(), Some("'dân' & 'vận' & 'dan+van'"));
        assert_eq!(bare[5], "'A:dan' & 'A:van' & !'dân' & 'vận'");
    }

    proptest! {
        #[test]
        fn anything_reads(typed in proptest::prelude::any::<String>()) {
            let query = Query::parse(&typed);
            prop_assert!(query.words().count() <= MAX_WORDS);
            prop_assert!(query.is_empty() || !query.tiers().is_empty());
            let again = Query::parse(&query.to_string());
            prop_assert_eq!(again.to_string(), query.to_string());
            prop_assert_eq!((again.condition(), again.tiers()), (query.condition(), query.tiers()));
            prop_assert_eq!(again.misspelt_tiers(), query.misspelt_tiers());
        }

        #[test]
        fn what_is_written_of_a_query_looks_for_the_same(typed in "([a-zđâ0-9]{0,3}[-./' \"“]{0,2}){0,9}") {
            let query = Query::parse(&typed);
            let again = Query::parse(&query.to_string());
            prop_assert_eq!((again.condition(), again.tiers()), (query.condition(), query.tiers()));
            prop_assert_eq!(again.misspelt_tiers(), query.misspelt_tiers());
        }
    }
}
