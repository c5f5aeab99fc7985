//! One letter wrong: what else a word could have been meant to be.
//!
//! There is no list of words to compare with: the index of terms is one. All spellings one letter away are looked up in
//! it, and those that nobody wrote find nothing. Syllables are too short for trigrams to tell them apart.

use std::collections::HashSet;

use super::{
    condition::{Condition, all, and_not, any, term},
    query::{Part, Query},
    terms::{ANYWHERE, TITLE},
};
use crate::text::{Link, Word, joined, words};

/// A query with more words than this is taken as it was typed.
const MAX_WORDS: usize = 6;

/// Words with fewer or more letters are: with fewer, anything would be one letter away.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=12;

impl Query {
    /// The conditions for articles that have all words but one, and instead of that one another spelling: in the title,
    /// then anywhere, for each word that may be wrong. None where no word can be corrected.
    ///
    /// Nothing has all words, so what has them with one word wrong has none of them with another.
    pub(super) fn misspelt_tiers(&self) -> Vec<Condition> {
        if self.words().count() > MAX_WORDS {
            return Vec::new();
        }
        let (mut titles, mut anywhere) = (Vec::new(), Vec::new());
        for (wrong, part) in self.parts.iter().enumerate() {
            let meant = spellings(part);
            if meant.is_empty() {
                continue;
            }
            let [title, body] = [TITLE, ANYWHERE].map(|prefix| {
                all(self.parts.iter().enumerate().map(|(index, part)| {
                    if index == wrong { any(meant.iter().map(|word| term(prefix, word))) } else { part.folded(prefix) }
                }))
            });
            anywhere.push(and_not(body, std::slice::from_ref(&title)));
            titles.push(title);
        }
        titles.append(&mut anywhere);
        titles
    }

    /// The query that these texts answer: this one with the one spelling that they have instead.
    ///
    /// None where they have all words, or lack more than one.
    pub fn corrected_by<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut there: Vec<Word> = Vec::new();
        for text in texts {
            let words: Vec<Word> = words(text).collect();
            if words.iter().any(|word| word.link == Link::Tied) {
                there.extend(joined(&words));
            }
            there.extend(words);
        }
        let folded: HashSet<&str> = there.iter().map(|word| word.folded.as_str()).collect();
        let missing = |word: &Word| !folded.contains(word.folded.as_str());
        let lacks = |part: &Part| part.words.iter().any(missing) && part.joined.iter().flatten().all(missing);
        // Where every word is there, they are not together in one place: then any may be the wrong one.
        let any_missing = self.parts.iter().any(lacks);
        for (index, part) in self.parts.iter().enumerate() {
            let mut others = self.parts.iter().enumerate().filter(|(other, _)| *other != index);
            if (any_missing && !lacks(part)) || others.any(|(_, other)| lacks(other)) {
                continue;
            }
            let wanted: HashSet<String> = spellings(part).into_iter().collect();
            if let Some(word) = there.iter().find(|word| wanted.contains(word.folded.as_str())) {
                let mut corrected = self.clone();
                corrected.parts[index] = Part::new(vec![word.clone()], false);
                return Some(corrected);
            }
        }
        None
    }
}

/// What a part could have been meant to be. Phrases and numbers are meant as they are.
fn spellings(part: &Part) -> Vec<String> {
    match &part.words[..] {
        [word] if LENGTH.contains(&word.folded.len()) && word.folded.bytes().all(|b| b.is_ascii_lowercase()) => {
            one_letter_away(&word.folded)
        }
        _ => Vec::new(),
    }
}

/// Every word that becomes this one by adding, leaving out or changing a letter, or by exchanging two neighbours.
fn one_letter_away(word: &str) -> Vec<String> {
    let mut found = HashSet::new();
    for at in 0..=word.len() {
        let (before, after) = word.split_at(at);
        let mut rest = after.chars();
        let next = rest.next();
        for letter in 'a'..='z' {
            found.insert(format!("{before}{letter}{after}"));
            if next.is_some() {
                found.insert(format!("{before}{letter}{}", rest.as_str()));
            }
        }
        if next.is_some() {
            found.insert(format!("{before}{}", rest.as_str()));
        }
        if let (Some(one), Some(two)) = (next, rest.next()) {
            found.insert(format!("{before}{two}{one}{}", rest.as_str()));
        }
    }
    found.remove(word);
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_may_be_too_many_too_few_wrong_or_in_the_wrong_place() {
        let near = one_letter_away("khoe");
        for meant in ["khooe", "khe", "kheo", "khoa", "hkoe", "khoen"] {
            assert!(near.iter().any(|word| word == meant), "{meant}");
        }
        for other in ["khoe", "kehos", "kh", "khoexy"] {
            assert!(!near.iter().any(|word| word == other), "{other}");
        }
    }

    #[test]
    fn numbers_short_words_and_phrases_are_meant_as_they_are() {
        for typed in ["2026", "bo", "\"dan ban\"", "москва"] {
            assert_eq!(Query::parse(typed).misspelt_tiers(), [], "{typed}");
        }
        assert_eq!(Query::parse("dan ban").misspelt_tiers().len(), 4);
    }

    #[test]
    fn a_text_tells_what_was_meant() {
        let corrected = |typed: &str, text| {
            let query = Query::parse(typed).corrected_by([text])?;
            Some(query.to_string())
        };
        assert_eq!(corrected("dan vsn kheo", "Phong trào Dân vận khéo").as_deref(), Some("dan vận kheo"));
        assert_eq!(corrected("\"dân vận\" kheoo", "Dân vận khéo").as_deref(), Some("\"dân vận\" khéo"));
        assert_eq!(corrected("dan vsn khao", "Dân vận khéo"), None);
    }
}
