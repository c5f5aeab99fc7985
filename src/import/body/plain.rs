//! The text alone, for fields that hold no HTML.

use std::cell::RefCell;

use html5ever::{
    tendril::StrTendril,
    tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, states::RawKind},
};

use crate::text::nfc;

/// Elements that a note is seen to be HTML by.
const KNOWN: [&str; 28] = [
    "div", "p", "br", "span", "font", "b", "i", "u", "strong", "em", "a", "ul", "ol", "li", "table", "tbody", "tr",
    "td", "th", "h1", "h2", "h3", "h4", "img", "sub", "sup", "hr", "o:p",
];

/// Elements that are inside a line; all others begin one.
const INLINE: [&str; 17] = [
    "span", "font", "b", "i", "u", "s", "strong", "em", "a", "sub", "sup", "small", "mark", "abbr", "img", "o:p", "wbr",
];

/// What there is to read in a note: HTML, plain text, or plain text that an editor wrapped.
///
/// A line for each that it has, without empty ones, and without white space around or twice; nothing in it reads as a tag.
pub fn plain_text(html_or_text: &str) -> String {
    let is_html = is_html(html_or_text);
    // Of plain text only entities are read: a `<` in it is one.
    let source = if is_html { html_or_text.to_owned() } else { lines_as_breaks(html_or_text) };
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&source));
    let tokenizer = Tokenizer::new(Reader::default(), Default::default());
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let text = tokenizer.sink.text.into_inner();
    let text = nfc(&text);
    let lines = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    if ammonia::is_html(&text) { inert(&text) } else { text }
}

/// Whether there is a tag of HTML in it.
fn is_html(text: &str) -> bool {
    text.split('<').skip(1).any(|piece| {
        let piece = piece.strip_prefix('/').unwrap_or(piece);
        let end = piece.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(piece.len());
        piece.len() > end && KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&piece[..end]))
    })
}

fn lines_as_breaks(text: &str) -> String {
    text.replace('<', "&lt;").replace("\r\n", "\n").replace(['\r', '\n'], "<br>")
}

/// The text with a space behind each `<` that might begin a tag: fields without markup do not take it otherwise.
fn inert(text: &str) -> String {
    let mut pieces = text.split('<');
    let mut inert = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        inert.push('<');
        if !piece.starts_with(char::is_whitespace) {
            inert.push(' ');
        }
        inert.push_str(piece);
    }
    inert
}

#[derive(Default)]
struct Reader {
    text: RefCell<String>,
    /// Whether what comes is the content of a script or a style.
    is_code: RefCell<bool>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut text = self.text.borrow_mut();
        match token {
            Token::CharacterTokens(characters) if !*self.is_code.borrow() => {
                // A line's end in HTML is a space.
                let seen = characters.chars().filter(|c| !matches!(c, '\u{200B}' | '\u{FEFF}'));
                text.extend(seen.map(|c| if c == '\n' || (c.is_control()) { ' ' } else { c }));
            }
            Token::TagToken(tag) => {
                let name = &*tag.name;
                if !INLINE.contains(&name) {
                    // A cell is parted from the next by a space, as the row is one line.
                    text.push(if matches!(name, "td" | "th") { ' ' } else { '\n' });
                }
                let is_code = matches!(name, "script" | "style");
                if is_code {
                    self.is_code.replace(tag.kind == TagKind::StartTag);
                }
                if is_code && tag.kind == TagKind::StartTag {
                    let kind = if name == "style" { RawKind::Rawtext } else { RawKind::ScriptData };
                    return TokenSinkResult::RawData(kind);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
