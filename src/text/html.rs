//! An article's body, with nothing left in it that could run.
//!
//! The work is done by `ammonia`: a real HTML parser, an allow-list, and a serialiser. What is added here are the list
//! for news, stricter values of attributes, what an allow-list cannot say ([`mod@finish`]: players, recordings, styles), and
//! three things that parsing and serialising again must not change: the normal form, the first line of a `<pre>`, and the
//! result as a whole. [`removed`] tells what goes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::normal::is_blank;
use super::weight;

mod finish;
mod letters;
pub mod players;
pub mod removed;
pub mod style;

use finish::{RENAMED, SOURCE};
use letters::settle;
use players::Players;
use style::Style;

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
    ("iframe", &["src", "title", "width", "height"]),
    ("video", &["src", "poster", "width", "height"]),
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

/// Elements whose content goes with them: it is no text, or text for programs that cannot show the element.
const DROPPED_WHOLE: &[&str] =
    &["script", "style", "template", "title", "noscript", "noembed", "noframes", "object", "audio", "canvas"];

static BODY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    let with_source = || ELEMENTS.iter().chain(&[(SOURCE, &["src"] as &[_])]);
    builder
        .tags(with_source().map(|(name, _)| *name).chain(RENAMED.iter().map(|(old, _)| *old)).collect())
        .tag_attributes(with_source().map(|(name, attributes)| (*name, attributes.iter().copied().collect())).collect())
        .generic_attributes(HashSet::from(["lang", "dir", "style", "align"]))
        .clean_content_tags(DROPPED_WHOLE.iter().copied().collect())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(attribute);
    builder
});

/// Only what is seen without being text, for [`has_content`].
static PICTURES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(["img", "video", "iframe"]))
        .tag_attributes(HashMap::from(["img", "video", "iframe"].map(|name| (name, HashSet::from(["src"])))))
        .clean_content_tags(DROPPED_WHOLE.iter().copied().collect())
        .url_schemes(HashSet::from(["http", "https"]))
        .attribute_filter(attribute);
    builder
});

/// The body as it is stored and delivered.
///
/// A fragment of HTML with the elements and attributes of a news article and nothing else: no scripts, styles,
/// classes, ids, forms or comments, and no frames but those of players; addresses are relative, or `http`, `https`,
/// `mailto`, `tel`; links carry `rel="noopener noreferrer"`. `h1` becomes `h2`. Of styles stay bold and slanted words, as
/// elements, and the side that text is set to. Text is kept to the last character, in NFC, except for control
/// characters, which XML feeds could not carry; `&`, `<`, `>` and the no-break space come out as entities.
///
/// Cleaning what is clean changes nothing. A text that does not settle (which only an attack on the parser has been
/// seen to do), or whose tree would be out of all proportion, comes back as plain text, its markup shown, not obeyed.
pub fn clean_body(html: &str) -> String {
    clean_body_with(html, &Players::default())
}

/// The same where there are further players.
pub fn clean_body_with(html: &str, players: &Players) -> String {
    let mut current = Cow::Borrowed(html);
    for _ in 0..MAX_PASSES {
        let Some(next) = pass(&current, players) else { break };
        if next == *current {
            return next;
        }
        current = Cow::Owned(next);
    }
    escape(html)
}

/// Whether a reader would find anything in this body: a visible character, a picture or a recording.
pub fn has_content(html: &str) -> bool {
    if !weight::is_bearable(html) {
        return !is_blank(html);
    }
    // Nothing but these is left as markup, so `<` and `>` are theirs alone; in text they are entities.
    let html = PICTURES.clean(html).to_string();
    ["<img src=", "<video src=", "<iframe src="].iter().any(|seen| html.contains(seen))
        || html.split(['<', '>']).step_by(2).any(|text| !is_blank(&text.replace("&nbsp;", " ")))
}

/// Whether a body is kept as HTML: its tree is in proportion.
pub fn is_bearable(html: &str) -> bool {
    weight::is_bearable(html)
}

/// One round of parsing, filtering and writing. None if the tree would be too large.
fn pass(html: &str, players: &Players) -> Option<String> {
    weight::is_bearable(html).then(|| finish::finish(&BODY.clean(html).to_string(), players))
}

/// The value of an attribute that the allow-list let through; None drops it.
fn attribute<'a>(_element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    // Before anything is judged: a control character inside `javascript:` must not hide it.
    let value = settle(value);
    let fits = match name {
        "style" => {
            let kept = Style::parse(&value).declarations();
            return (!kept.is_empty()).then_some(Cow::Owned(kept));
        }
        "align" => style::side(&value.to_lowercase()).is_some(),
        "href" | "src" | "poster" | "cite" => address_is_kept(name, &value),
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

/// Whether an address in this attribute stays.
fn address_is_kept(name: &str, value: &str) -> bool {
    let value = settle(value);
    match name {
        "href" => is_address(&value, &["http", "https", "mailto", "tel"]),
        _ => !value.is_empty() && is_address(&value, &["http", "https"]),
    }
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

/// How long a line of source that is shown as text becomes, in bytes: [`weight`] says why one of a megabyte is none.
const LINE: usize = 8 << 10;

/// The source as text, written just as the serialiser would write it; the longest of it in lines.
fn escape(html: &str) -> String {
    let mut text = String::with_capacity(html.len() + html.len() / 8);
    let mut begun = 0;
    for c in settle(&html.replace("\r\n", "\n")).chars() {
        let length = text.len() - begun;
        if length >= LINE && c == ' ' || length >= 2 * LINE {
            text.push_str("<br>");
            begun = text.len();
        }
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
