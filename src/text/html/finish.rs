//! The last step of cleaning: from what the serialiser wrote to what is kept.
//!
//! The allow-list says which elements and attributes there may be; here the few are brought into their one form that it
//! cannot judge by themselves: frames of players, recordings, pictures without a source, and what only styles say.

use std::borrow::Cow;

use super::{
    letters::push_text,
    players::{Players, SANDBOX},
    style::{self, Style},
};
use crate::text::normal::nfc;

/// Elements taken in under a plainer name: a page has one `h1`, the article's title; old editors wrote `center`; and the
/// sections of a pasted page are divisions of an article. The parser treats both names of a pair alike, so that the
/// tree stays the same. Without this their tags would go and the words on both sides stick together.
pub(super) const RENAMED: &[(&str, &str)] = &[
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

/// What editors write inside a `<video>` to say where it is: the first becomes its own address.
pub(super) const SOURCE: &str = "source";

/// Elements without an end tag.
const VOID: [&str; 5] = ["br", "hr", "img", "wbr", "col"];

/// Brings the serialiser's output into its final form.
pub(super) fn finish(written: &str, players: &Players) -> String {
    let mut clean = String::with_capacity(written.len());
    // The end tags of the elements that are open: the serialiser closes all that it opens.
    let mut open: Vec<Cow<'static, str>> = Vec::new();
    let (mut rest, mut in_pre) = (written, false);
    // The serialiser writes `<` and `>` around tags only, everywhere else as entities; the content of a frame apart.
    while let Some(start) = rest.find('<') {
        let (text, after) = rest.split_at(start);
        push_text(&mut clean, text, in_pre);
        let (tag, after) = after.split_at(after.find('>').map_or(after.len(), |end| end + 1));
        rest = after;
        if tag.starts_with("</") {
            clean.push_str(&open.pop().unwrap_or_default());
            in_pre = false;
            continue;
        }
        let tag = Tag::read(tag);
        if tag.name == SOURCE {
            continue;
        }
        if tag.name == "iframe" {
            rest = rest.split_once("</iframe>").map_or("", |(_, after)| after);
            push_frame(&mut clean, &tag, players);
        } else if VOID.contains(&tag.name) {
            if tag.name != "img" || tag.value("src").is_some() {
                tag.push(&mut clean, tag.name, None);
            }
        } else {
            let end = push_element(&mut clean, &tag, rest);
            open.push(end);
        }
        in_pre = tag.name == "pre";
    }
    push_text(&mut clean, rest, in_pre);
    clean
}

/// A start tag as it was written, its attributes still escaped.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    fn read(tag: &'a str) -> Self {
        let tag = tag.trim_start_matches('<').trim_end_matches('>');
        let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
        // Values stand between quotation marks, which are entities inside.
        let mut pieces = rest.split('"');
        let mut attributes = Vec::new();
        while let (Some(name), Some(value)) = (pieces.next(), pieces.next()) {
            attributes.push((name.trim().trim_end_matches('='), value));
        }
        Self { name, attributes }
    }

    fn value(&self, wanted: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
    }

    /// Writes the tag under this name, with its attributes but for the style, and with the side that text is set to.
    fn push(&self, clean: &mut String, name: &str, side: Option<&str>) {
        let mut tag = String::new();
        for (name, value) in self.attributes.iter().filter(|(name, _)| *name != "style" && *name != "align") {
            tag.extend([" ", name, "=\"", value, "\""]);
        }
        if let Some(side) = side {
            tag.extend([" style=\"text-align:", side, "\""]);
        }
        tag.push('>');
        clean.extend(["<", name]);
        clean.push_str(&nfc(&tag));
    }
}

/// The address that the first of the sources inside a recording has, if any.
fn source_within(content: &str) -> Option<&str> {
    let content = content.split_once("</video>").map_or(content, |(content, _)| content);
    let tags = content.split('<').filter_map(|piece| piece.split('>').next()).map(Tag::read);
    tags.filter(|tag| tag.name == SOURCE).find_map(|tag| tag.value("src"))
}

/// Writes a start tag, behind which `rest` stands; answers what ends the element.
fn push_element(clean: &mut String, tag: &Tag<'_>, rest: &str) -> Cow<'static, str> {
    let name = RENAMED.iter().find(|(old, _)| *old == tag.name).map_or(tag.name, |(_, new)| new);
    let mut style = tag.value("style").map(Style::parse).unwrap_or_default();
    style.align = style.align.or_else(|| style::side(tag.value("align")?));
    if tag.name == "center" {
        style.align = style.align.or(Some("center"));
    }
    match name {
        // Google Docs puts one around all that it copies.
        "b" | "strong" if style.bold == Some(false) => Cow::Borrowed(""),
        "i" | "em" if style.italic == Some(false) => Cow::Borrowed(""),
        "span" if style.bold == Some(true) || style.italic == Some(true) => {
            let (bold, italic) = (style.bold == Some(true), style.italic == Some(true));
            tag.push(clean, if bold { "strong" } else { "em" }, None);
            if bold && italic {
                clean.push_str("<em>");
            }
            Cow::Borrowed(match (bold, italic) {
                (true, true) => "</em></strong>",
                (true, false) => "</strong>",
                _ => "</em>",
            })
        }
        "video" => {
            let Some(src) = tag.value("src").or_else(|| source_within(rest)) else { return Cow::Borrowed("") };
            let mut video = format!("<video src=\"{src}\"");
            for wanted in ["poster", "width", "height"] {
                if let Some(value) = tag.value(wanted) {
                    video.extend([" ", wanted, "=\"", value, "\""]);
                }
            }
            video.push_str(" controls=\"\" preload=\"metadata\">");
            clean.push_str(&nfc(&video));
            Cow::Borrowed("</video>")
        }
        name => {
            tag.push(clean, name, style.side_of(name));
            Cow::Owned(format!("</{name}>"))
        }
    }
}

/// The frame of a player, in its one form; nothing for what is no player.
fn push_frame(clean: &mut String, tag: &Tag<'_>, players: &Players) {
    let address = tag.value("src").map(|src| src.replace("&amp;", "&"));
    let Some(src) = address.and_then(|address| players.frame(&address)) else { return };
    let title = tag.value("title").filter(|title| !title.trim().is_empty()).unwrap_or("Video");
    let mut frame = format!("<iframe src=\"{}\" title=\"{title}\"", src.replace('&', "&amp;"));
    for side in ["width", "height"] {
        if let Some(pixels) = tag.value(side) {
            frame.extend([" ", side, "=\"", pixels, "\""]);
        }
    }
    frame.extend([" sandbox=\"", SANDBOX, "\" loading=\"lazy\" allowfullscreen=\"\"></iframe>"]);
    clean.push_str(&nfc(&frame));
}
