//! The words of a text, as search sees them.
//!
//! The database does the same to what is published (`search_words` and `search_fold` in the migration `search`); a
//! test holds the two against each other. Written Vietnamese parts syllables, not words, so a word here is a syllable.

use std::ops::Range;
use std::sync::LazyLock;

use compact_str::CompactString;
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
    pub marked: CompactString,
    /// Without its marks: `dân` as `dan`, `Đường` as `duong`.
    pub folded: CompactString,
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
    simple_word(text, &at).unwrap_or_else(|| any_word(text, at))
}

/// A word all of whose letters can be looked up, as nearly all of Vietnamese can: search reads thousands at a time.
fn simple_word(text: &str, at: &Range<usize>) -> Option<Word> {
    let (mut marked, mut folded) = (CompactString::default(), CompactString::default());
    for (index, c) in text[at.clone()].chars().enumerate() {
        let (lower, bare) = (index < MAX_LENGTH).then(|| SIMPLE.get(c as usize).copied().flatten())??;
        marked.push(lower);
        folded.push(bare);
    }
    Some(Word { at: at.clone(), marked, folded })
}

/// What a word is by the whole of the rules.
fn any_word(text: &str, at: Range<usize>) -> Word {
    let visible: String = text[at.clone()].chars().filter(|&c| !is_invisible(c)).collect();
    let letters = nfc(&visible);
    let letters = letters.chars().filter(|&c| is_letter(c)).take(MAX_LENGTH);
    let marked: CompactString = letters.flat_map(lower).take(MAX_LENGTH).collect();
    let folded = marked.chars().flat_map(bare).take(MAX_LENGTH).collect();
    Word { at, marked, folded }
}

/// The letters below U+2000 that are one character in lower case and one without marks, and are these two whatever
/// stands around them.
static SIMPLE: LazyLock<Vec<Option<(char, char)>>> = LazyLock::new(|| {
    let only = |mut chars: Box<dyn Iterator<Item = char>>| chars.next().filter(|_| chars.next().is_none());
    let is_alone = |c: char| matches!(c, '\0'..'\u{300}' | '\u{1E00}'..'\u{1F00}') && c.nfc().eq([c]);
    let simple = |c: char| {
        let lower = only(Box::new(lower(c)))?;
        Some((lower, only(Box::new(bare(lower)))?))
    };
    (0..0x2000).map(|code| char::from_u32(code).filter(|&c| is_letter(c) && is_alone(c)).and_then(simple)).collect()
});

/// As PostgreSQL does it, letter by letter.
fn lower(c: char) -> impl Iterator<Item = char> + 'static {
    // In Unicode `İ` keeps its dot as a mark of its own.
    if c == 'İ' { 'i'.to_lowercase() } else { c.to_lowercase() }
}

/// A letter without its marks. Those of other scripts than the Latin and the Greek are left as they are.
fn bare(c: char) -> impl Iterator<Item = char> + 'static {
    let several = match c {
        'đ' | 'ð' => "d",
        'ø' | 'ǿ' => "o",
        'ł' | 'ŀ' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ĸ' => "q",
        'ı' => "i",
        'ſ' => "s",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ĳ' => "ij",
        'þ' => "th",
        'ё' => "е",
        _ => "",
    };
    let has_marks = several.is_empty() && matches!(c, '\0'..'\u{400}' | '\u{1E00}'..='\u{1FFF}');
    let parts = has_marks.then(|| c.nfd().filter(|c| !is_mark(*c))).into_iter().flatten();
    let itself = (several.is_empty() && !has_marks).then_some(c);
    several.chars().chain(parts).chain(itself)
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
        words(text).map(|word| (word.marked.into(), word.folded.into())).collect()
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
        fn a_word_that_is_looked_up_is_what_the_rules_make_of_it(text in "[ -~À-ỹ\\u{AD}\\u{300}-\\u{303}]{0,80}") {
            for Word { at, marked, folded } in words(&text) {
                prop_assert_eq!(any_word(&text, at.clone()), Word { at, marked, folded });
            }
        }

        #[test]
        fn words_of_words_are_the_same(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(word.marked.chars().count() <= MAX_LENGTH);
                prop_assert!(!word.at.is_empty());
            }
        }
    }
}
