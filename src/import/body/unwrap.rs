//! A body without the debris of the editors that it went through.
//!
//! The work is done tag by tag, over html5ever's tokenizer: no tree is built, so that the cost is that of the length, and
//! deep nesting, which much of the debris is, is gone before a tree is. What is not debris stays as it was, for the
//! cleaner to judge and to tell of.

use std::{cell::RefCell, collections::HashMap};

use html5ever::{
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, states::RawKind},
};

use super::tags::{is_mark, push_escaped, strip, value, write_tag};
use crate::text::{is_blank, nfc};

/// Elements inside a line of text that look like nothing when they are empty.
const INLINE: [&str; 10] = ["b", "strong", "i", "em", "u", "s", "span", "sub", "sup", "small"];

/// Elements that are lines of their own, and nothing when they are empty.
const LINES: [&str; 8] = ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6"];

/// Further elements whose tags part words.
const PARTING: [&str; 25] = [
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "figure",
    "figcaption",
    "blockquote",
    "pre",
    "center",
    "section",
    "article",
    "details",
    "summary",
];

/// Elements whose content is no markup.
const RAW: [&str; 9] = ["script", "style", "iframe", "noembed", "noframes", "xmp", "textarea", "title", "plaintext"];

/// A body without the wrappers, names, fonts and characters that editors leave: what there is to read is the same.
///
/// Gone are `ExternalClass` divisions, classes, styles that the house does not keep, `<font>`, elements with a prefix
/// (`<o:p>`), spans that say nothing, Word's settings (`<xml>`), comments, zero-width spaces and byte order marks, and
/// paragraphs with nothing in them. Entities are characters, in NFC. Marks of Word's lists that are letters of a symbol font are bullets.
pub fn unwrapped(html: &str) -> String {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink(RefCell::new(Unwrapping::new(html.len()))), Default::default());
    // Scripts do not run here, and so nothing has to be waited for.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let mut work = tokenizer.sink.0.into_inner();
    work.leave_settings();
    work.end_mark();
    work.settle_text();
    work.out
}

struct Sink(RefCell<Unwrapping>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut work = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => work.characters(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return work.start(tag),
            Token::TagToken(tag) => work.end(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.0.borrow().foreign > 0
    }
}

/// A span that is open.
enum Span {
    Kept,
    Dropped,
    /// Word's mark before an item of a list.
    Mark,
}

#[derive(Default)]
struct Unwrapping {
    out: String,
    /// Text that is not written yet: what comes may belong to the same run, and NFC joins across tags that go.
    text: String,
    /// Whether `out` ends where words are parted anyway.
    parted: bool,
    /// Whether something went that parted words.
    seam: bool,
    /// Elements that have been opened since anything was seen, with where they begin.
    blank: Vec<(String, usize)>,
    /// The divisions that are open, and whether their tags are written.
    divisions: Vec<bool>,
    spans: Vec<Span>,
    /// How many of each element that parts words are open: an end tag without one parts nothing.
    open: HashMap<String, usize>,
    /// How many of the spans are marks, and what the outermost holds.
    marks: usize,
    mark: String,
    /// The element whose content is taken as it is.
    raw: Option<String>,
    /// How deep inside a drawing or a formula.
    foreign: usize,
    /// What there would be to read in Word's settings, which are open: theirs only if they end.
    settings: Option<String>,
}

impl Unwrapping {
    fn new(length: usize) -> Self {
        Self { out: String::with_capacity(length), parted: true, ..Self::default() }
    }

    fn characters(&mut self, text: &str) {
        if let Some(settings) = &mut self.settings {
            settings.push_str(text);
        } else if self.marks > 0 {
            self.mark.push_str(text);
        } else if let Some(raw) = &self.raw {
            if matches!(raw.as_str(), "textarea" | "title") {
                push_escaped(&mut self.out, text);
            } else {
                self.out.push_str(text);
            }
        } else {
            self.text.extend(text.chars().filter(|c| !is_nothing(*c)));
        }
    }

    /// Writes the text that waits.
    fn settle_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if !is_blank(&text) {
            self.blank.clear();
            self.close_seam();
            self.parted = false;
        }
        push_escaped(&mut self.out, &nfc(&text));
    }

    /// Before something that stands in a line: where a tag that parted words went, something else has to.
    fn close_seam(&mut self) {
        if std::mem::take(&mut self.seam) && !self.parted {
            self.out.push_str("<br>");
        }
    }

    fn start(&mut self, mut tag: Tag) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        let is_foreign = matches!(&*name, "svg" | "math");
        if name == "xml" {
            self.settings.get_or_insert_default();
            return TokenSinkResult::Continue;
        }
        if name.contains(':') {
            return TokenSinkResult::Continue;
        }
        self.leave_settings();
        if name == "font" {
            return TokenSinkResult::Continue;
        }
        let is_mark = name == "span" && is_mark(&tag);
        if name == "span" && (self.marks > 0 || is_mark) {
            self.marks += 1;
            self.spans.push(Span::Mark);
            return TokenSinkResult::Continue;
        }
        if self.marks > 0 {
            // A picture as a mark is a picture; anything else is text with some look.
            if name != "img" && !RAW.contains(&&*name) {
                return TokenSinkResult::Continue;
            }
            self.end_mark();
        }
        let is_wrapper = name == "div" && value(&tag, "class").is_some_and(|class| class.starts_with("ExternalClass"));
        strip(&mut tag);
        let is_dropped = name == "span" && tag.attrs.is_empty();
        if name == "span" {
            self.spans.push(if is_dropped { Span::Dropped } else { Span::Kept });
        }
        if name == "div" {
            self.divisions.push(!is_wrapper);
        }
        if is_dropped {
            return TokenSinkResult::Continue;
        }
        self.settle_text();
        if is_wrapper {
            self.seam = true;
            return TokenSinkResult::Continue;
        }
        self.place(&name);
        write_tag(&mut self.out, &tag);
        self.foreign += usize::from(is_foreign && !tag.self_closing);
        if self.foreign > 0 || !RAW.contains(&&*name) {
            return TokenSinkResult::Continue;
        }
        let kind = match &*name {
            "script" => RawKind::ScriptData,
            "textarea" | "title" => RawKind::Rcdata,
            _ => RawKind::Rawtext,
        };
        let is_plain = name == "plaintext";
        self.raw = Some(name);
        if is_plain { TokenSinkResult::Plaintext } else { TokenSinkResult::RawData(kind) }
    }

    /// Takes note of the start tag that is to be written.
    fn place(&mut self, name: &str) {
        if LINES.contains(&name) {
            self.blank.push((name.to_owned(), self.out.len()));
        } else if INLINE.contains(&name) {
            self.blank.push((name.to_owned(), self.out.len()));
            // What comes after is in the line, whether or not there is text.
            return;
        } else if name != "br" && name != "wbr" {
            self.blank.clear();
        }
        if LINES.contains(&name) || PARTING.contains(&name) {
            *self.open.entry(name.to_owned()).or_default() += 1;
            (self.parted, self.seam) = (true, false);
        } else if name != "wbr" {
            self.close_seam();
            self.parted = false;
        }
    }

    fn end(&mut self, tag: &Tag) {
        let name = &*tag.name;
        if name == "xml" {
            self.settings = None;
            return;
        }
        if name.contains(':') {
            return;
        }
        self.leave_settings();
        if name == "font" {
            return;
        }
        if name == "span" {
            match self.spans.pop() {
                Some(Span::Mark) => {
                    self.marks -= 1;
                    if self.marks == 0 {
                        self.end_mark();
                    }
                    return;
                }
                Some(Span::Kept) => {}
                Some(Span::Dropped) | None => return,
            }
        }
        if self.marks > 0 {
            // The paragraph ends, and with it the mark that nobody closed.
            if INLINE.contains(&name) || name == "a" {
                return;
            }
            self.end_mark();
        }
        if self.raw.as_deref() == Some(name) {
            self.raw = None;
        }
        self.foreign = self.foreign.saturating_sub(usize::from(matches!(name, "svg" | "math")));
        self.settle_text();
        if name == "div" && self.divisions.pop() == Some(false) {
            self.seam = true;
            return;
        }
        let was_open = self.open.get_mut(name).is_some_and(|open| {
            let was_open = *open > 0;
            *open = open.saturating_sub(1);
            was_open
        });
        if LINES.contains(&name) || INLINE.contains(&name) {
            match self.blank.last() {
                Some((open, at)) if open == name => {
                    let at = *at;
                    self.blank.pop();
                    if LINES.contains(&name) {
                        self.out.truncate(at);
                        (self.parted, self.seam) = (self.out.is_empty() || self.ends_parted(), true);
                        return;
                    }
                }
                _ => self.blank.clear(),
            }
        } else {
            self.blank.clear();
        }
        self.out.extend(["</", name, ">"]);
        // One of these makes an element of its own where none is open.
        if was_open || matches!(name, "p" | "br") {
            (self.parted, self.seam) = (true, false);
        }
    }

    /// Whether what is written ends with a tag that parts words; asked where something was taken back.
    fn ends_parted(&self) -> bool {
        let out = self.out.trim_end();
        let Some(tag) = out.strip_suffix('>').and_then(|out| out.rfind('<').map(|at| &out[at + 1..])) else {
            return false;
        };
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        LINES.contains(&name) || PARTING.contains(&name)
    }

    /// What looked like Word's settings holds an element of HTML, or does not end: then its text is text.
    fn leave_settings(&mut self) {
        if let Some(text) = self.settings.take() {
            self.characters(&text);
        }
    }

    /// Writes the mark before an item.
    fn end_mark(&mut self) {
        for span in self.spans.iter_mut().filter(|span| matches!(span, Span::Mark)) {
            *span = Span::Dropped;
        }
        self.marks = 0;
        let mark: String = std::mem::take(&mut self.mark).chars().filter(|c| !is_nothing(*c)).collect();
        let mark = mark.trim();
        if !mark.is_empty() {
            // Letters of Symbol, Wingdings and Courier New that look like bullets, arrows and ticks there.
            let is_symbol = matches!(mark, "·" | "o" | "§" | "Ø" | "ü" | "v" | "q" | "à" | "è" | "¨")
                || mark.chars().all(|c| ('\u{F000}'..='\u{F0FF}').contains(&c));
            self.text.push_str(if is_symbol { "•" } else { mark });
            self.text.push(' ');
        }
    }
}

/// Characters that editors leave and nobody sees. A joiner or a direction is not among them.
fn is_nothing(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{FEFF}')
}
