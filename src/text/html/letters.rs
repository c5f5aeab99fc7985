//! Text as a body keeps it.

use std::borrow::Cow;

use crate::text::normal::nfc;

/// Writes text as it is kept, behind what is written already.
pub(super) fn push_text(clean: &mut String, text: &str, in_pre: bool) {
    let text = settle(text);
    // The parser swallows a line feed right after `<pre>`.
    if in_pre && text.starts_with('\n') {
        clean.push('\n');
    }
    // NFC would join this one with the `>` before it, and break the tag.
    match text.strip_prefix('\u{338}') {
        Some(rest) if clean.ends_with('>') => {
            clean.push_str("&#x338;");
            clean.push_str(rest);
        }
        _ => clean.push_str(&text),
    }
}

/// NFC, and no control characters but tabs and line feeds.
pub(super) fn settle(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unwanted) {
        let kept: String = text
            .chars()
            .filter_map(|c| match c {
                '\r' => Some('\n'),
                '\u{B}' | '\u{C}' => Some(' '),
                c if is_unwanted(c) => None,
                c => Some(c),
            })
            .collect();
        return Cow::Owned(nfc(&kept).into_owned());
    }
    nfc(text)
}

/// Control characters, and the two code points that XML forbids besides them.
fn is_unwanted(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}
