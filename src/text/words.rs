//! The words of a text, as search sees them.
//!
//! The database does the same to what is published (`search_words` and `search_fold` in the migration `search`); a
//! test holds the two against each other. Written Vietnamese parts syllables, not words, so a word here is a syllable.

use std::ops::Range;
use std::sync::LazyLock;

use compact_str::CompactString;
use unicode_normalization::UnicodeNormalization;

use super::normal::nfc;

/// What may stand between two words of letters so that they are also read as one: `KH-UBND`, `TP.HCM`, `M’Drắk`. The same
/// as in `search_tied` of the migration `search_as_typed`.
pub const TIES: [char; 12] = ['-', '\u{2010}', '\u{2011}', '–', '.', '_', '/', '\'', '’', '‘', '`', '´'];

/// No word is looked at beyond this many characters.
pub(super) const MAX_LENGTH: usize = 64;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The bytes of the text that it takes.
    pub at: Range<usize>,
    /// In lower case and NFC, with its marks.
    pub marked: CompactString,
    /// Without its marks: `dân` as `dan`, `Đường` as `duong`.
    pub folded: CompactString,
    /// How it goes on from the word before.
    pub link: Link,
}

/// What is between a word and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Something that parts them.
    Parted,
    /// Nothing: `COVID19`.
    Close,
    /// One hyphen, full stop, stroke or apostrophe, both being of letters: `KH-UBND`. The two are also read as one.
    Tied,
}

impl Word {
    /// Words that are tied, read as one.
    pub fn joined(tied: &[Self]) -> Option<Self> {
        let (first, last) = (tied.first()?, tied.last()?);
        let read = |form: fn(&Self) -> &CompactString| {
            tied.iter().flat_map(|word| form(word).chars()).take(MAX_LENGTH).collect()
        };
        Some(Self {
            at: first.at.start..last.at.end,
            marked: read(|word| &word.marked),
            folded: read(|word| &word.folded),
            link: first.link,
        })
    }
}

/// The words of a text, in order. Letters make words, and so do digits; everything else parts them, and so does the
/// change from one to the other: `COVID19` has the words of `COVID-19`. A full stop or comma before three digits only
/// groups a number: `1.553` is `1553`. What nobody sees (a soft hyphen, a zero-width space) neither makes nor parts a word.
pub fn words(text: &str) -> impl Iterator<Item = Word> {
    runs(text, |_, _| true)
}

/// Whether there is any word in a text.
pub fn has_words(text: &str) -> bool {
    text.chars().any(is_letter)
}

/// The words of a text of which `is_read` says so.
pub(super) fn runs(text: &str, is_read: impl Fn(&str, Link) -> bool) -> impl Iterator<Item = Word> {
    let mut chars = text.char_indices();
    // Where the word before ends, and whether it is a number.
    let mut before: Option<(usize, bool)> = None;
    std::iter::from_fn(move || {
        loop {
            let (start, is_number) = chars.by_ref().find_map(|(at, c)| match kind(c) {
                Kind::Letter => Some((at, false)),
                Kind::Digit => Some((at, true)),
                Kind::Invisible | Kind::Sign => None,
            })?;
            let goes_on = |at: usize, c: char| match kind(c) {
                Kind::Letter => !is_number,
                Kind::Digit => is_number,
                Kind::Invisible => true,
                Kind::Sign => is_number && matches!(c, '.' | ',') && groups_digits(&text[at + 1..]),
            };
            let mut rest = chars.clone();
            while rest.next().is_some_and(|(at, c)| goes_on(at, c)) {
                chars = rest.clone();
            }
            let end = chars.offset();
            let link = match before {
                Some((end, was_number)) => link(&text[end..start], !is_number && !was_number),
                None => Link::Parted,
            };
            before = Some((end, is_number));
            if !is_read(&text[start..end], link) {
                continue;
            }
            let word = Word { link, ..word(text, start..end) };
            // Nothing is left of it where some letters become punctuation in NFC.
            if word.marked.is_empty() {
                before = None;
                continue;
            }
            return Some(word);
        }
    })
}

/// Words as they are read where those that are tied are one.
pub fn joined(words: &[Word]) -> Vec<Word> {
    words.chunk_by(|_, next| next.link == Link::Tied).filter_map(Word::joined).collect()
}

/// Whether exactly three digits come first.
fn groups_digits(text: &str) -> bool {
    let mut visible = text.chars().filter(|c| !is_invisible(*c));
    visible.by_ref().take(3).filter(char::is_ascii_digit).count() == 3
        && !visible.next().is_some_and(|c| c.is_ascii_digit())
}

fn link(gap: &str, are_letters: bool) -> Link {
    let mut visible = gap.chars().filter(|c| !is_invisible(*c));
    match (visible.next(), visible.next()) {
        (None, _) => Link::Close,
        (Some(c), None) if are_letters && TIES.contains(&c) => Link::Tied,
        _ => Link::Parted,
    }
}

fn word(text: &str, at: Range<usize>) -> Word {
    simple_word(text, &at).unwrap_or_else(|| any_word(text, at))
}

/// A word all of whose letters can be looked up, as nearly all of Vietnamese can: search reads thousands at a time.
fn simple_word(text: &str, at: &Range<usize>) -> Option<Word> {
    let (mut marked, mut folded) = (CompactString::default(), CompactString::default());
    for (index, c) in text[at.clone()].chars().enumerate() {
        let (lower, bare) = (index < MAX_LENGTH).then(|| simple(c))??;
        marked.push(lower);
        folded.push(bare);
    }
    Some(Word { at: at.clone(), marked, folded, link: Link::Parted })
}

/// What a word is by the whole of the rules.
fn any_word(text: &str, at: Range<usize>) -> Word {
    let visible: String = text[at.clone()].chars().filter(|&c| !is_invisible(c)).collect();
    let letters = nfc(&visible);
    let letters = letters.chars().filter(|&c| is_letter(c)).take(MAX_LENGTH);
    let marked: CompactString = letters.flat_map(lower).take(MAX_LENGTH).collect();
    let folded = marked.chars().flat_map(bare).take(MAX_LENGTH).collect();
    Word { at, marked, folded, link: Link::Parted }
}

pub(super) fn simple(c: char) -> Option<(char, char)> {
    SIMPLE.get(c as usize).copied().flatten()
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

/// What a character is to a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letter,
    Digit,
    /// Passed over inside a word.
    Invisible,
    /// Anything else: it parts words.
    Sign,
}

pub(super) fn kind(c: char) -> Kind {
    KINDS.get(c as usize).copied().unwrap_or_else(|| kind_of(c))
}

/// The answers for what nearly all texts are written in: search looks at millions of characters a second.
static KINDS: [Kind; 0x2000] = {
    let mut kinds = [Kind::Sign; 0x2000];
    let mut code: u32 = 0;
    while code < 0x2000 {
        if let Some(c) = char::from_u32(code) {
            kinds[code as usize] = kind_of(c);
        }
        code += 1;
    }
    kinds
};

const fn kind_of(c: char) -> Kind {
    match c {
        '0'..='9' => Kind::Digit,
        c if is_invisible(c) => Kind::Invisible,
        c if is_any_letter(c) => Kind::Letter,
        _ => Kind::Sign,
    }
}

/// What a word is made of.
fn is_letter(c: char) -> bool {
    matches!(kind(c), Kind::Letter | Kind::Digit)
}

/// The same ranges as in `search_words`.
const fn is_any_letter(c: char) -> bool {
    matches!(c,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{B5}' | '\u{BA}' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{1FFF}' | '\u{2C00}'..='\u{2DFF}' | '\u{3040}'..='\u{318F}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{D7FF}' | '\u{F900}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{FF10}'..='\u{FF19}'
        | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{FF66}'..='\u{FFDC}' | '\u{10000}'..='\u{1EFFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// What is passed over inside a word. The same characters as in `search_words`.
const fn is_invisible(c: char) -> bool {
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
    fn letters_and_digits_are_words_of_their_own_and_groups_of_digits_are_one() {
        let plain = |text: &str| words(text).map(|word| word.marked.to_string()).collect::<Vec<_>>();
        for written in ["COVID-19", "covid19", "Covid 19", "COVID\u{AD}19"] {
            assert_eq!(plain(written), ["covid", "19"], "{written}");
        }
        assert_eq!(plain("1.553, 1,553 và 1.553.000,50m2"), ["1553", "1553", "và", "1553000", "50", "m", "2"]);
        assert_eq!(plain("20.11.2026 1.5 1.5533 192.168"), ["20", "11", "2026", "1", "5", "1", "5533", "192168"]);
    }

    #[test]
    fn words_of_letters_with_one_sign_between_are_also_read_as_one() {
        let read = |text: &str| {
            let words: Vec<Word> = words(text).collect();
            super::joined(&words).into_iter().map(|word| word.folded.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(read("622/KH-UBND"), ["622", "khubnd"]);
        assert_eq!(read("Cư M'gar, M’Drắk, TP.HCM"), ["cu", "mgar", "mdrak", "tphcm"]);
        assert_eq!(read("Hà Nội - Huế. Rồi..."), ["ha", "noi", "hue", "roi"]);
        assert_eq!(read("covid-19 a-1 a--b"), ["covid", "19", "a", "1", "a", "b"]);
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
            for word in words(&text) {
                prop_assert_eq!(Word { link: word.link, ..any_word(&text, word.at.clone()) }, word);
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
