//! Those of a text's words that somebody looks for.

use std::ops::Range;

use super::words::{Link, MAX_LENGTH, Word, kind, runs, simple};

/// The words of a text that without marks are one of these or how one of these begins; and those that may be read as one
/// with the word before, whatever they are.
pub fn words_among(text: &str, sought: &[&str]) -> impl Iterator<Item = Word> {
    places(text, sought).flat_map(move |at| {
        let is_sought = |run: &str, link| link != Link::Parted || sought.iter().any(|sought| begins(sought, run));
        let words = runs(&text[at.clone()], is_sought);
        words.map(move |word| Word { at: at.start + word.at.start..at.start + word.at.end, ..word })
    })
}

/// Whether this word, without its marks, begins with the letters that a text begins with, as far as they are of one kind.
/// Where it takes the whole of the rules to say, it may.
fn begins(word: &str, text: &str) -> bool {
    let mut letters = word.chars();
    let Some(first) = text.chars().next().map(kind) else { return false };
    let run = text.chars().take_while(|&c| kind(c) == first).take(MAX_LENGTH);
    run.map(simple).map_while(|pair| pair).all(|(_, bare)| letters.next() == Some(bare))
}

/// The parts of a text between two spaces in which one of these words may begin.
///
/// Search reads megabytes a second so: nearly all is passed over by what two bytes say, without asking where words end.
fn places(text: &str, sought: &[&str]) -> impl Iterator<Item = Range<usize>> {
    let mut starts = [0; 256];
    // What a letter is without marks, its first byte does not say if it is not ASCII.
    starts[0xC0..].fill(4);
    for first in sought.iter().filter_map(|word| word.bytes().next()).filter(u8::is_ascii) {
        starts[usize::from(first)] = BORDERS[usize::from(first)].0;
        starts[usize::from(first.to_ascii_uppercase())] = starts[usize::from(first)];
    }
    let bytes = text.as_bytes();
    let begins_at = move |at: usize| {
        let before = if at == 0 { b' ' } else { bytes[at - 1] };
        starts[usize::from(bytes[at])] & BORDERS[usize::from(before)].1 != 0 && {
            let (before, behind) = text.split_at(at);
            let first = behind.chars().next();
            // What nobody sees is neither letter nor digit, and a word may begin behind it or go on.
            before.chars().next_back().map(kind) != first.map(kind) && sought.iter().any(|word| begins(word, behind))
        }
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = (from..bytes.len()).find(|&at| begins_at(at))?;
        let start = text[from..at].rfind(' ').map_or(from, |space| from + space + 1);
        from = text[at..].find(' ').map_or(text.len(), |space| at + space);
        Some(start..from)
    })
}

/// What a byte may begin, and what may begin behind it: a word of letters (1), a number (2), a word whose first letter is
/// not ASCII (4).
static BORDERS: [(u8, u8); 256] = {
    let mut borders = [(0, 7); 256];
    let mut byte = 0;
    while byte < 256 {
        borders[byte] = match byte as u8 {
            b'A'..=b'Z' | b'a'..=b'z' => (1, 2),
            b'0'..=b'9' => (2, 1 | 4),
            0xC0.. => (4, 0),
            _ => (0, 1 | 2 | 4),
        };
        byte += 1;
    }
    borders
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::words;

    proptest! {
        #[test]
        fn words_among_those_sought_are_all_read(
            text in "[ -~À-ỹ\\u{AD}\\u{300}-\\u{303}]{0,80}",
            sought in "[a-zđ]{1,3}|[0-9]{1,4}",
        ) {
            let is_sought = |word: &Word| sought.starts_with(word.folded.as_str());
            let all: Vec<Word> = words(&text).filter(is_sought).collect();
            let few: Vec<Word> = words_among(&text, &[&sought]).filter(is_sought).collect();
            prop_assert_eq!(few, all);
        }
    }
}
