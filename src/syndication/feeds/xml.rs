//! What XML cannot hold.

use std::borrow::Cow;

use quick_xml::escape::partial_escape;

/// The document without the characters that XML 1.0 has no way to write (section 2.2), not even by number: old texts and
/// pasted ones hold some, and a reader refuses the whole document for one.
pub fn clean(document: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(document) {
        Ok(text) if text.contains(is_forbidden) => text.replace(is_forbidden, "").into_bytes(),
        Ok(text) => text.into_bytes(),
        Err(broken) => broken.into_bytes(),
    }
}

fn is_forbidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => c < ' ',
    }
}

/// Plain text as HTML.
pub fn html(text: &str) -> Cow<'_, str> {
    partial_escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_goes_and_nothing_else() {
        let cleaned = |text: &str| String::from_utf8(clean(text.into())).expect("UTF-8");
        assert_eq!(cleaned("a\u{0}b\u{b}c\u{1f}d\u{fffe}e\u{ffff}"), "abcde");
        for kept in ["", "Đại hội\r\n\tlần thứ XXI", "\u{7f}\u{85}\u{fffd}😀"] {
            assert_eq!(cleaned(kept), kept);
        }
    }
}
