//! The blocks of a body: its paragraphs, rows and pictures, as people see them one below the other.

use std::cell::RefCell;

use html5ever::{
    LocalName, local_name,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer},
};

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockKind {
    /// Some lines of text.
    Paragraph,
    /// The title of what follows.
    Heading,
    /// An item of a list.
    Item,
    /// A row of a table, its cells parted by ` | `.
    Row,
    /// A picture.
    Picture,
    /// A video, or what another site plays.
    Player,
}

/// A block of a body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text, as one line; what is said of a picture.
    pub text: String,
    /// Where a picture or a video is.
    pub source: Option<String>,
    /// The tags inside and where they stand: two blocks of one text may look different.
    pub markup: String,
}

/// The blocks of a body that was cleaned, in order. A picture inside a paragraph stands before it. Only tags are looked
/// at: no tree is built.
pub fn blocks(body: &str) -> Vec<Block> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(body));
    let tokenizer = Tokenizer::new(Collector::default(), Default::default());
    // There are no scripts to pause at, in a cleaned body.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut found = tokenizer.sink.0.into_inner();
    found.close();
    found.blocks
}

#[derive(Default)]
struct Collector(RefCell<Found>);

#[derive(Default)]
struct Found {
    blocks: Vec<Block>,
    open: Option<Block>,
    /// Whether a row is open, in which everything is text of its cells.
    in_row: bool,
}

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut found = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => found.tag(&tag),
            Token::CharacterTokens(text) => found.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Found {
    fn tag(&mut self, tag: &Tag) {
        let starts = tag.kind == TagKind::StartTag;
        if let Some(kind) = alone(&tag.name).filter(|_| starts) {
            let (source, text) = (value(tag, &local_name!("src")), value(tag, &local_name!("alt")).unwrap_or_default());
            self.blocks.push(Block { kind, text, source, markup: String::new() });
            return;
        }
        match kind(&tag.name) {
            Some(BlockKind::Row) => {
                self.close();
                self.in_row = starts;
                if starts {
                    self.begin(BlockKind::Row, tag);
                }
            }
            Some(kind) if !self.in_row => {
                self.close();
                if starts {
                    self.begin(kind, tag);
                }
            }
            _ => self.inside(tag, starts),
        }
    }

    /// A tag that makes no block of its own.
    fn inside(&mut self, tag: &Tag, starts: bool) {
        let is_cell = matches!(tag.name, local_name!("td") | local_name!("th"));
        let Some(open) = &mut self.open else { return };
        if is_cell && starts && !open.text.trim().is_empty() {
            open.text.push_str(" | ");
        } else if tag.name == local_name!("br") || kind(&tag.name).is_some() {
            open.text.push(' ');
        }
        open.markup.push_str(&format!("{}{}", open.text.len(), if starts { "<" } else { "</" }));
        open.markup.push_str(&described(tag));
    }

    fn text(&mut self, text: &str) {
        if self.open.is_none() && !text.trim().is_empty() {
            self.open = Some(Block::empty(BlockKind::Paragraph));
        }
        if let Some(open) = &mut self.open {
            open.text.push_str(text);
        }
    }

    fn begin(&mut self, kind: BlockKind, tag: &Tag) {
        self.open = Some(Block { markup: described(tag), ..Block::empty(kind) });
    }

    /// Ends the block that is open. One without a text is none.
    fn close(&mut self) {
        let Some(mut block) = self.open.take() else { return };
        block.text = block.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !block.text.is_empty() {
            self.blocks.push(block);
        }
    }
}

impl Block {
    fn empty(kind: BlockKind) -> Self {
        Self { kind, text: String::new(), source: None, markup: String::new() }
    }
}

/// What is a block by itself, without a text between its tags.
fn alone(name: &LocalName) -> Option<BlockKind> {
    match *name {
        local_name!("img") => Some(BlockKind::Picture),
        local_name!("video") | local_name!("iframe") => Some(BlockKind::Player),
        _ => None,
    }
}

/// The block that an element makes of its text.
fn kind(name: &LocalName) -> Option<BlockKind> {
    match &**name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some(BlockKind::Heading),
        "li" | "dt" | "dd" => Some(BlockKind::Item),
        "tr" => Some(BlockKind::Row),
        "p" | "blockquote" | "pre" | "figure" | "figcaption" | "div" | "caption" | "ul" | "ol" | "dl" | "table"
        | "hr" => Some(BlockKind::Paragraph),
        _ => None,
    }
}

fn value(tag: &Tag, wanted: &LocalName) -> Option<String> {
    tag.attrs.iter().find(|attribute| attribute.name.local == *wanted).map(|attribute| attribute.value.to_string())
}

/// A tag with its attributes.
fn described(tag: &Tag) -> String {
    let attributes = tag.attrs.iter().map(|attribute| format!(" {}={:?}", &*attribute.name.local, &*attribute.value));
    format!("{}{}>", &*tag.name, attributes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Vec<String> {
        let tell = |block: Block| format!("{:?} {}", block.kind, block.source.unwrap_or(block.text));
        blocks(body).into_iter().map(tell).collect()
    }

    #[test]
    fn a_body_is_paragraphs_rows_and_pictures() {
        let body = "<h2>Lịch &amp; <em>địa điểm</em></h2><p>Sáng <img src=\"/media/1/a.jpg\" alt=\"Trụ sở\">nay<br>họp</p>\
                    <table><tbody><tr><th>Ngày</th><th>Nơi</th></tr><tr><td><p>15</p><p>20</p></td><td>Trụ sở</td></tr>\
                    </tbody></table><ul><li>Một<ul><li>Hai</li></ul></li></ul>rời<iframe src=\"https://a.example/b\"></iframe>";
        assert_eq!(
            told(body),
            [
                "Heading Lịch & địa điểm",
                "Picture /media/1/a.jpg",
                "Paragraph Sáng nay họp",
                "Row Ngày | Nơi",
                "Row 15 20 | Trụ sở",
                "Item Một",
                "Item Hai",
                "Player https://a.example/b",
                "Paragraph rời",
            ]
        );
    }

    #[test]
    fn words_in_bold_make_another_block_of_the_same_text() {
        let (plain, bold) = (blocks("<p>một hai</p>"), blocks("<p>một <strong>hai</strong></p>"));
        assert_eq!(plain[0].text, bold[0].text);
        assert_ne!(plain, bold);
        assert_eq!(plain, blocks("<p>một hai</p>"));
    }
}
