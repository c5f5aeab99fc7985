//! The words of a text, as search sees them.
//!
//! The database does the same to what is published (`search_words` and `search_fold` in the migration `search`); a
//! test holds the two against each other. Written Vietnamese parts syllables, not words, so a word here is a syllable.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::normal::nfc;

/// No word is looked at beyond this many characters.
const MAX_LENGTH: usize = 64;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The bytes of the text that it takes.
    pub at: Range<usize>,
    /// In lower case and NFC, with its marks.
    pub marked: String,
    /// Without its marks: `dân` as `dan`, `Đường` as `duong`.
    pub folded: String,
}

/// The words of a text, in order. Letters and digits make words, everything else parts them; what nobody sees (a soft
/// hyphen, a zero-width space) neither makes nor parts one.
pub fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut rest = 0;
    let runs = std::iter::from_fn(move || {
        let start = rest + text[rest..].find(is_letter)?;
        let parted = |c: char| !is_letter(c) && !is_invisible(c);
        let end = text[start..].find(parted).map_or(text.len(), |length| start + length);
        rest = end;
        Some(word(text, start..end))
    });
    // Some letters become punctuation in NFC.
    runs.filter(|word| !word.marked.is_empty())
}

fn word(text: &str, at: Range<usize>) -> Word {
    let visible: String = text[at.clone()].chars().filter(|&c| !is_invisible(c)).collect();
    let letters = nfc(&visible).chars().filter(|&c| is_letter(c)).collect::<Vec<_>>();
    let marked: String = letters.into_iter().flat_map(lower).take(MAX_LENGTH).collect();
    let folded = fold(&marked).chars().take(MAX_LENGTH).collect();
    Word { at, marked, folded }
}

/// As PostgreSQL does it, letter by letter.
fn lower(c: char) -> impl Iterator<Item = char> {
    // In Unicode `İ` keeps its dot as a mark of its own.
    if c == 'İ' { 'i'.to_lowercase() } else { c.to_lowercase() }
}

/// A word without its marks. Letters of other scripts than the Latin and the Greek are left as they are.
fn fold(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'đ' | 'ð' => folded.push('d'),
            'ø' | 'ǿ' => folded.push('o'),
            'ł' | 'ŀ' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ŋ' => folded.push('n'),
            'ĸ' => folded.push('q'),
            'ı' => folded.push('i'),
            'ſ' => folded.push('s'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ĳ' => folded.push_str("ij"),
            'þ' => folded.push_str("th"),
            'ё' => folded.push('е'),
            '\0'..'\u{400}' | '\u{1E00}'..='\u{1FFF}' => folded.extend(c.nfd().filter(|c| !is_mark(*c))),
            c => folded.push(c),
        }
    }
    Cow::Owned(folded)
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&c)
}

/// What a word is made of. The same ranges as in `search_words`.
fn is_letter(c: char) -> bool {
    matches!(c,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{B5}' | '\u{BA}' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{1FFF}' | '\u{2C00}'..='\u{2DFF}' | '\u{3040}'..='\u{318F}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{D7FF}' | '\u{F900}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{FF10}'..='\u{FF19}'
        | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{FF66}'..='\u{FFDC}' | '\u{10000}'..='\u{1EFFF}'
        | '\u{20000}'..='\u{3FFFF}')
        && !is_invisible(c)
}

/// What is passed over inside a word. The same characters as in `search_words`.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(text: &str) -> Vec<(String, String)> {
        words(text).map(|word| (word.marked, word.folded)).collect()
    }

    fn pair(marked: &str, folded: &str) -> (String, String) {
        (marked.to_owned(), folded.to_owned())
    }

    #[test]
    fn a_word_is_known_with_and_without_its_marks() {
        let decomposed: String = "Đường Nguyễn Huệ".nfd().collect();
        let expected = [pair("đường", "duong"), pair("nguyễn", "nguyen"), pair("huệ", "hue")];
        assert_eq!(both("Đường Nguyễn Huệ"), expected);
        assert_eq!(both(&decomposed), expected);
    }

    #[test]
    fn punctuation_parts_words_and_invisible_characters_do_not() {
        assert_eq!(
            both("15/2026/NĐ-CP, m²"),
            ["15", "2026", "nđ", "cp", "m"].map(|word| pair(word, &word.replace('đ', "d")))
        );
        assert_eq!(both("tin\u{AD}tức\u{200B}, 👍🏽"), [pair("tintức", "tintuc")]);
        assert_eq!(both(" \u{200B} '\\:*!()<->&| "), []);
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "«Dân vận khéo»";
        let found: Vec<&str> = words(text).map(|word| &text[word.at]).collect();
        assert_eq!(found, ["Dân", "vận", "khéo"]);
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(word.marked.chars().count() <= MAX_LENGTH);
                prop_assert!(!word.at.is_empty());
            }
        }
    }
}
