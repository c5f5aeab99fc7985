//! An article's body, with nothing left in it that could run.
//!
//! The work is done by `ammonia`: a real HTML parser, an allow-list, and a serialiser. What is added here are the list
//! for news, stricter values of attributes, and three things that parsing and serialising again must not change: the
//! normal form, the first line of a `<pre>`, and the result as a whole.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::normal::{is_blank, nfc};
use super::weight;

/// How often a text is cleaned before it is given up on. Ordinary HTML, also bad HTML, takes two: one to clean, one to see that it is clean.
const MAX_PASSES: usize = 6;

/// Elements that may stand in a body, each with its own attributes.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("p", &[]),
    ("br", &[]),
    ("wbr", &[]),
    ("hr", &[]),
    ("div", &[]),
    ("span", &[]),
    ("ul", &[]),
    ("ol", &["start", "type", "reversed"]),
    ("li", &["value"]),
    ("dl", &[]),
    ("dt", &[]),
    ("dd", &[]),
    ("blockquote", &["cite"]),
    ("figure", &[]),
    ("figcaption", &[]),
    ("img", &["src", "alt", "width", "height"]),
    ("a", &["href", "title", "hreflang"]),
    ("table", &[]),
    ("caption", &[]),
    ("colgroup", &["span"]),
    ("col", &["span"]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tfoot", &[]),
    ("tr", &[]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("td", &["colspan", "rowspan"]),
    ("strong", &[]),
    ("em", &[]),
    ("b", &[]),
    ("i", &[]),
    ("u", &[]),
    ("s", &[]),
    ("ins", &[]),
    ("del", &[]),
    ("sub", &[]),
    ("sup", &[]),
    ("small", &[]),
    ("mark", &[]),
    ("abbr", &["title"]),
    ("cite", &[]),
    ("q", &["cite"]),
    ("code", &[]),
    ("pre", &[]),
    ("kbd", &[]),
    ("time", &["datetime"]),
    ("bdi", &[]),
    ("bdo", &[]),
    ("details", &["open"]),
    ("summary", &[]),
];

/// Elements taken in under a plainer name: a page has one `h1`, the article's title; old editors wrote `center`; and the
/// sections of a pasted page are divisions of an article. The parser treats both names of a pair alike, so that the
/// tree stays the same. Without this their tags would go and the words on both sides stick together.
const RENAMED: &[(&str, &str)] = &[
    ("h1", "h2"),
    ("center", "div"),
    ("section", "div"),
    ("article", "div"),
    ("aside", "div"),
    ("header", "div"),
    ("footer", "div"),
    ("main", "div"),
    ("nav", "div"),
    ("address", "div"),
    ("strike", "s"),
    ("tt", "code"),
];

/// Elements whose content goes with them: it is no text, or text for programs that cannot show the element.
const DROPPED_WHOLE: &[&str] = &[
    "script", "style", "template", "title", "noscript", "noembed", "noframes", "iframe", "object", "video", "audio",
    "canvas",
];

static BODY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.iter().map(|(name, _)| *name).chain(RENAMED.iter().map(|(old, _)| *old)).collect())
        .tag_attributes(
            ELEMENTS.iter().map(|(name, attributes)| (*name, attributes.iter().copied().collect())).collect(),
        )
        .generic_attributes(HashSet::from(["lang", "dir"]))
        .clean_content_tags(DROPPED_WHOLE.iter().copied().collect())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(attribute);
    builder
});

/// Only pictures, for [`has_content`].
static PICTURES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(["img"]))
        .tag_attributes(HashMap::from([("img", HashSet::from(["src"]))]))
        .clean_content_tags(DROPPED_WHOLE.iter().copied().collect())
        .url_schemes(HashSet::from(["http", "https"]))
        .attribute_filter(attribute);
    builder
});

/// The body as it is stored and delivered.
///
/// A fragment of HTML with the elements and attributes of a news article and nothing else: no scripts, styles,
/// classes, ids, frames, forms or comments; addresses are relative, or `http`, `https`, `mailto`, `tel`; links carry
/// `rel="noopener noreferrer"`. `h1` becomes `h2`. Text is kept to the last character, in NFC, except for control
/// characters, which XML feeds could not carry; `&`, `<`, `>` and the no-break space come out as entities.
///
/// Cleaning what is clean changes nothing. A text that does not settle (which only an attack on the parser has been
/// seen to do), or whose tree would be out of all proportion, comes back as plain text, its markup shown, not obeyed.
pub fn clean_body(html: &str) -> String {
    let mut current = Cow::Borrowed(html);
    for _ in 0..MAX_PASSES {
        let Some(next) = pass(&current) else { break };
        if next == *current {
            return next;
        }
        current = Cow::Owned(next);
    }
    escape(html)
}

/// Whether a reader would find anything in this body: a visible character, or a picture.
pub fn has_content(html: &str) -> bool {
    if !weight::is_bearable(html) {
        return !is_blank(html);
    }
    // Nothing but `img` is left as markup, so `<` and `>` are its alone; in text they are entities.
    let html = PICTURES.clean(html).to_string();
    html.contains("<img src=") || html.split(['<', '>']).step_by(2).any(|text| !is_blank(&text.replace("&nbsp;", " ")))
}

/// One round of parsing, filtering and writing. None if the tree would be too large.
fn pass(html: &str) -> Option<String> {
    if !weight::is_bearable(html) {
        return None;
    }
    let written = BODY.clean(html).to_string();
    let mut clean = String::with_capacity(written.len());
    let mut in_pre = false;
    // The serialiser writes `<` and `>` around tags only, everywhere else as entities.
    for piece in written.split_inclusive('>') {
        let (text, tag) = piece.split_at(piece.find('<').unwrap_or(piece.len()));
        push_text(&mut clean, text, in_pre);
        push_tag(&mut clean, tag);
        in_pre = tag.starts_with("<pre>") || tag.starts_with("<pre ");
    }
    Some(clean)
}

fn push_text(clean: &mut String, text: &str, in_pre: bool) {
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

fn push_tag(clean: &mut String, tag: &str) {
    let (open, name_on) = tag.split_at(if tag.starts_with("</") { 2 } else { tag.len().min(1) });
    let (name, rest) = name_on.split_at(name_on.find([' ', '>']).unwrap_or(name_on.len()));
    let renamed = RENAMED.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    clean.push_str(open);
    clean.push_str(renamed);
    clean.push_str(&nfc(rest));
}

/// NFC, and no control characters but tabs and line feeds.
fn settle(text: &str) -> Cow<'_, str> {
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

/// The value of an attribute that the allow-list let through; None drops it.
fn attribute<'a>(_element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    // Before anything is judged: a control character inside `javascript:` must not hide it.
    let value = settle(value);
    let fits = match name {
        "href" => is_address(&value, &["http", "https", "mailto", "tel"]),
        "src" | "cite" => !value.is_empty() && is_address(&value, &["http", "https"]),
        "width" | "height" | "colspan" | "rowspan" | "span" => is_number(&value),
        "start" | "value" => is_number(value.strip_prefix('-').unwrap_or(&value)),
        "type" => matches!(&*value, "1" | "a" | "A" | "i" | "I"),
        "scope" => matches!(&*value, "row" | "col" | "rowgroup" | "colgroup"),
        "dir" => matches!(&*value, "ltr" | "rtl" | "auto"),
        "lang" | "hreflang" => is_language(&value),
        "open" | "reversed" => return Some(Cow::Borrowed("")),
        _ => true,
    };
    fits.then_some(value)
}

/// Relative, or of one of these schemes, as a browser would read it (`url` follows the same standard).
fn is_address(value: &str, schemes: &[&str]) -> bool {
    match Url::parse(value) {
        Ok(url) => schemes.contains(&url.scheme()),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    }
}

fn is_number(value: &str) -> bool {
    (1..=5).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

/// The shape of a BCP 47 tag: `vi`, `zh-Hant-TW`.
fn is_language(value: &str) -> bool {
    value.len() <= 35
        && value.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The source as text, written just as the serialiser would write it.
fn escape(html: &str) -> String {
    let mut text = String::with_capacity(html.len() + html.len() / 8);
    for c in settle(&html.replace("\r\n", "\n")).chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\u{A0}' => text.push_str("&nbsp;"),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
