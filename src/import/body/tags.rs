//! Start tags and text: what says something, and how both are written.

use html5ever::{Attribute, tendril::StrTendril, tokenizer::Tag};

use crate::text::Style;

/// The value of an attribute.
pub(super) fn value<'a>(tag: &'a Tag, wanted: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|Attribute { name, .. }| &*name.local == wanted).map(|attribute| &*attribute.value)
}

/// Whether this span is around Word's mark of an item.
pub(super) fn is_mark(tag: &Tag) -> bool {
    value(tag, "style").is_some_and(|style| {
        let style = style.to_ascii_lowercase();
        style.split(';').any(|declaration| declaration.split_whitespace().collect::<String>() == "mso-list:ignore")
    })
}

/// Takes what says nothing to the house out of a start tag.
pub(super) fn strip(tag: &mut Tag) {
    let is_span = &*tag.name == "span";
    for attribute in &mut tag.attrs {
        if &*attribute.name.local == "style" {
            let style = Style::parse(&attribute.value);
            let style = if is_span { Style { align: None, ..style } } else { style };
            attribute.value = StrTendril::from(style.declarations());
        }
    }
    tag.attrs.retain(|Attribute { name, value }| match &*name.local {
        "class" => false,
        "style" => !value.is_empty(),
        // Word writes the language of the keyboard, and in capitals; people write what the words are in.
        "lang" => !value.is_empty() && !value.starts_with(|c: char| !c.is_ascii_lowercase()),
        "dir" => matches!(&**value, "ltr" | "rtl" | "auto"),
        name => !is_span || name.starts_with("on"),
    });
}

/// Writes a start tag.
pub(super) fn write_tag(out: &mut String, tag: &Tag) {
    out.extend(["<", &tag.name]);
    for Attribute { name, value } in &tag.attrs {
        out.push(' ');
        if let Some(prefix) = &name.prefix {
            out.extend([prefix, ":"]);
        }
        out.extend([&name.local, "=\""]);
        for c in value.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '\u{A0}' => out.push_str("&nbsp;"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    out.push_str(if tag.self_closing { "/>" } else { ">" });
}

/// Writes text as the serialiser of HTML does.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    // NFC would join this one with the `>` before it, and break the tag.
    let rest = text.strip_prefix('\u{338}');
    out.push_str(if rest.is_some() { "&#x338;" } else { "" });
    for c in rest.unwrap_or(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{A0}' => out.push_str("&nbsp;"),
            c => out.push(c),
        }
    }
}
