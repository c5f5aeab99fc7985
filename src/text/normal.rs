//! One spelling for one text.
//!
//! Vietnamese letters arrive precomposed or decomposed, depending on the keyboard. Both look alike and neither is wrong,
//! so everything is stored in Unicode's NFC, and compared there.

use std::borrow::Cow;

use caseless::Caseless;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in Unicode normalization form C (UAX #15). Borrowed when it already is, which is nearly always.
pub fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// A line of plain text (a title, a caption, a name) as it is stored.
///
/// NFC, without outer white space, every inner run of it one space. Control characters go: they have no look and XML
/// cannot carry them. Everything else stays, whole:
///
/// - no-break spaces between words, which are typography ("10 %");
/// - joiners and variation selectors, which emoji and several scripts cannot be spelled without;
/// - bidirectional controls: a quotation from a right-to-left language may need them. That they do not leak into what
///   stands beside them is the business of whoever puts the text there, with [`close_bidi`].
pub fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfc() {
        if is_breaking_space(c) {
            gap = true;
        } else if !c.is_control() {
            if gap && !line.is_empty() {
                line.push(' ');
            }
            gap = false;
            line.push(c);
        }
    }
    // A control character between two letters may have kept them from composing, hence the second look. No-break
    // spaces at the ends hold nothing together.
    nfc(line.trim()).into_owned()
}

/// What makes two tags, or two author names, the same one.
///
/// White space as in [`plain`] (here a no-break space is a space too), full Unicode case folding, NFC, and without
/// characters that nobody sees (see [`is_ignorable`]). Marks make different words: `dân` is not `dan`.
///
/// The key is for comparison only, never for show. An empty key means that there is nothing to see in the text.
///
/// Source: The Unicode Standard, 3.13, D145 (canonical caseless matching).
pub fn fold_key(text: &str) -> String {
    let visible: String = text.chars().filter(|&c| c.is_whitespace() || !(c.is_control() || is_ignorable(c))).collect();
    let folded: String = visible.nfd().default_case_fold().nfc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether there is nothing in the text that a reader would see.
///
/// True for the empty text, white space, and any mixture of zero-width characters.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_ignorable(c) || is_joiner(c))
}

/// The text with its bidirectional embeddings, overrides and isolates closed.
///
/// For the places where a stored title is set beside other text (a feed, a log line, a message): an override that was
/// left open there would turn round what follows. The text's own characters stay as they are; missing closers are added at the end.
///
/// Source: UAX #9, 3.1 (explicit directional formatting characters).
pub fn close_bidi(text: &str) -> Cow<'_, str> {
    const PDF: char = '\u{202C}';
    const PDI: char = '\u{2069}';
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => open.push(PDF),
            '\u{2066}'..='\u{2068}' => open.push(PDI),
            PDF if open.last() == Some(&PDF) => {
                open.pop();
            }
            // The end of an isolate ends the embeddings inside it as well.
            PDI => {
                if let Some(start) = open.iter().rposition(|&closer| closer == PDI) {
                    open.truncate(start);
                }
            }
            _ => {}
        }
    }
    if open.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().chain(open.into_iter().rev()).collect())
}

/// Characters without a look and without a meaning for what word it is: soft hyphen, zero-width space, word joiner,
/// byte order mark, bidirectional controls. Joiners are not among them: they tell one emoji, or one Persian word, from
/// another.
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}')
}

/// Characters that shape their neighbours and show nothing alone: joiners, variation selectors, tags, blank fillers.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}'
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}')
}

/// White space at which a line may break, U+00A0, U+2007 and U+202F being the ones at which it may not.
fn is_breaking_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{A0}' | '\u{2007}' | '\u{202F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::is_nfc;

    use super::*;

    #[test]
    fn decomposed_vietnamese_becomes_precomposed() {
        let decomposed: String = "Tiếng Việt, Đường Nguyễn Huệ".nfd().collect();
        assert_ne!(decomposed, "Tiếng Việt, Đường Nguyễn Huệ");
        assert_eq!(nfc(&decomposed), "Tiếng Việt, Đường Nguyễn Huệ");
        assert!(matches!(nfc("Tiếng Việt"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_title_is_one_line_without_outer_space() {
        let cases = [
            ("  Đại hội\r\n\tĐảng  ", "Đại hội Đảng"),
            ("a\u{0}b\u{7}c", "abc"),
            ("10\u{A0}% \u{2028} dân", "10\u{A0}% dân"),
            ("\u{A0}a\u{A0}", "a"),
            ("👨\u{200D}👩\u{200D}👧 và ❤\u{FE0F}", "👨\u{200D}👩\u{200D}👧 và ❤\u{FE0F}"),
            ("abc \u{202E}fed", "abc \u{202E}fed"),
            ("𠀀𠮷 \u{200B}x", "𠀀𠮷 \u{200B}x"),
            ("e\u{1}\u{301}", "é"),
            (" \n ", ""),
        ];
        for (given, stored) in cases {
            assert_eq!(plain(given), stored, "{given:?}");
        }
    }

    #[test]
    fn tags_are_the_same_after_case_folding_but_not_without_their_marks() {
        let decomposed: String = "DÂN VẬN".nfd().collect();
        for same in ["dân vận", "Dân Vận", " DÂN\u{A0} vận\n", "dân\u{200B} vận", decomposed.as_str()] {
            assert_eq!(fold_key(same), "dân vận", "{same:?}");
        }
        assert_eq!(fold_key("STRASSE"), fold_key("straße"));
        assert_eq!(fold_key("ĐƯỜNG"), "đường");
        assert_ne!(fold_key("dân"), fold_key("dan"));
        assert_ne!(fold_key("đ"), fold_key("d"));
        assert_eq!(fold_key("\u{200B} \u{FEFF}"), "");
    }

    #[test]
    fn what_nobody_sees_is_blank() {
        for blank in ["", " \n\u{A0}", "\u{200B}\u{FEFF}", "\u{200D}\u{FE0F}", "\u{202E}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", "👍", ".", "\u{200B}đ"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn open_overrides_and_isolates_are_closed_at_the_end() {
        let cases = [
            ("thường", "thường"),
            ("\u{202E}abc", "\u{202E}abc\u{202C}"),
            ("\u{202E}abc\u{202C}", "\u{202E}abc\u{202C}"),
            ("\u{2067}\u{202B}x", "\u{2067}\u{202B}x\u{202C}\u{2069}"),
            ("\u{2067}\u{202B}x\u{2069}", "\u{2067}\u{202B}x\u{2069}"),
            ("\u{2067}x\u{202C}", "\u{2067}x\u{202C}\u{2069}"),
            ("x\u{2069}\u{202C}", "x\u{2069}\u{202C}"),
        ];
        for (given, closed) in cases {
            assert_eq!(close_bidi(given), closed, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn normal_forms_are_reached_in_one_step(text in any::<String>()) {
            let line = plain(&text);
            prop_assert!(is_nfc(&line));
            prop_assert_eq!(plain(&line), line.clone());
            let key = fold_key(&text);
            prop_assert!(is_nfc(&key));
            prop_assert_eq!(fold_key(&key), key.clone());
            prop_assert_eq!(fold_key(&line), key);
            let closed = close_bidi(&line).into_owned();
            prop_assert_eq!(close_bidi(&closed), closed.clone());
        }
    }
}
