//! Whether a piece of HTML is cheap enough to be parsed into a tree.
//!
//! The HTML standard makes a parser do much more work than its input is long: unclosed `<b>`s are opened again in
//! every paragraph that follows, and each start tag searches all that is open. One mebibyte of it can make a tree of
//! gigabytes. So the parser first runs with a sink that keeps no tree, only counts, and is stopped early.
//!
//! Writing has a price of its own: html5ever's serialiser looks through all the rest of a text again after each character
//! that it escapes, so that a hundred kilobytes of `&` take seconds, and a megabyte minutes.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, QualName, local_name, ns, parse_fragment};

/// Elements inside elements. Browsers stop nesting at 512; articles, also those pasted from a word processor, stay far below.
const MAX_DEPTH: u32 = 256;

/// What the tree may cost: one for an element, one more for every 32 bytes of its attributes. A mebibyte of `<p>` alone costs 350,000.
const MAX_COST: usize = 400_000;

/// What writing the tree may cost: of each text and each value its bytes times the characters in it that are escaped. Paragraphs of an
/// article cost some thousands; this much takes a fifth of a second.
const MAX_WRITING: usize = 1 << 31;

/// What is fed between two looks at the counters.
const CHUNK: usize = 4096;

/// Whether the tree that the HTML parser would make of this fragment stays within bounds of depth and size.
pub(super) fn is_bearable(html: &str) -> bool {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let mut parser = parse_fragment(Scales::default(), Default::default(), context, Vec::new(), false);
    let mut rest = html;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(chunk_end(rest));
        parser.process(StrTendril::from_slice(chunk));
        let scales = &parser.tokenizer.sink.sink;
        if !scales.are_level() {
            return false;
        }
        rest = after;
    }
    parser.finish().are_level()
}

/// Where the first chunk ends: about [`CHUNK`] bytes on, between two characters.
fn chunk_end(rest: &str) -> usize {
    (CHUNK..rest.len()).find(|&at| rest.is_char_boundary(at)).unwrap_or(rest.len())
}

/// A tree sink that keeps sums instead of a tree.
#[derive(Default)]
struct Scales {
    cost: Cell<usize>,
    deepest: Cell<u32>,
    /// What it costs to write all but the text that is being read.
    writing: Cell<usize>,
    /// Of that text, how many bytes there are, and how many that the serialiser stops at.
    text: Cell<(usize, usize)>,
}

/// How many bytes of a text the serialiser stops at: what it escapes, and the first of two that may be a no-break space.
fn stops(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'&' | b'<' | b'>' | 0xC2)).count()
}

/// As much of a node as the parser asks about, and how deep it stands.
struct Node {
    name: QualName,
    depth: Cell<u32>,
}

fn node(name: QualName) -> Rc<Node> {
    Rc::new(Node { name, depth: Cell::new(0) })
}

/// A name for what is no element (the document, a comment); the parser never asks for it.
fn nameless() -> Rc<Node> {
    node(QualName::new(None, ns!(), local_name!("")))
}

impl Scales {
    fn are_level(&self) -> bool {
        let (bytes, stops) = self.text.get();
        let writing = self.writing.get().saturating_add(bytes.saturating_mul(stops));
        self.deepest.get() <= MAX_DEPTH && self.cost.get() <= MAX_COST && writing <= MAX_WRITING
    }

    fn place(&self, child: &NodeOrText<Rc<Node>>, depth: u32) {
        match child {
            NodeOrText::AppendNode(child) => {
                child.depth.set(depth);
                self.deepest.set(self.deepest.get().max(depth));
            }
            NodeOrText::AppendText(text) => {
                let (bytes, stopped) = self.text.get();
                self.text.set((bytes + text.len(), stopped + stops(text)));
            }
        }
    }

    /// A text has ended, or a value has been read.
    fn settle(&self, (bytes, stops): (usize, usize)) {
        self.writing.set(self.writing.get().saturating_add(bytes.saturating_mul(stops)));
    }
}

impl TreeSink for Scales {
    type Handle = Rc<Node>;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Rc<Node> {
        let length: usize = attrs.iter().map(|attr| attr.name.local.len() + attr.value.len()).sum();
        self.cost.set(self.cost.get() + 1 + length / 32);
        self.settle(self.text.take());
        attrs.iter().for_each(|attr| self.settle((attr.value.len(), stops(&attr.value))));
        node(name)
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(&child, parent.depth.get() + 1);
    }

    // Both of these put a misplaced child beside its element, before a table.
    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(&child, sibling.depth.get());
    }

    fn append_based_on_parent_node(&self, element: &Rc<Node>, _: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(&child, element.depth.get());
    }

    fn same_node(&self, x: &Rc<Node>, y: &Rc<Node>) -> bool {
        Rc::ptr_eq(x, y)
    }

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        let contents = nameless();
        contents.depth.set(target.depth.get());
        contents
    }

    fn get_document(&self) -> Rc<Node> {
        nameless()
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Node> {
        nameless()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Node> {
        nameless()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn add_attrs_if_missing(&self, _: &Rc<Node>, _: Vec<Attribute>) {}
    fn remove_from_parent(&self, _: &Rc<Node>) {}
    fn reparent_children(&self, _: &Rc<Node>, _: &Rc<Node>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_flat_document_is_bearable() {
        assert!(is_bearable(&"<p>Đường <b>sắt</b>".repeat(1 << 13)));
        assert!(is_bearable(&"<table><tr><td>1<td>2</table>".repeat(1 << 13)));
        assert!(is_bearable(&"chữ".repeat(1 << 16)));
        assert!(is_bearable(""));
    }

    #[test]
    fn deep_nesting_is_not() {
        assert!(is_bearable(&"<div>".repeat(200)));
        for tag in ["<div>", "<b>", "<span>", "<ul><li>", "<svg>", "<table><td>", "<template>"] {
            assert!(!is_bearable(&tag.repeat(1 << 13)), "{tag}");
        }
    }

    #[test]
    fn unclosed_formatting_that_multiplies_is_not() {
        let opened: String = (0..200).map(|n| format!("<b id={n}>")).collect();
        assert!(!is_bearable(&format!("<p>{opened}</p>{}", "<div>x</div>".repeat(50_000))));
        let link = format!("<p><a title={}>x</p>", "y".repeat(4096));
        assert!(!is_bearable(&format!("{link}{}", "<p>y</p>".repeat(50_000))));
    }

    #[test]
    fn a_text_that_is_escaped_all_along_is_not() {
        for stop in ["&a", "&amp;", "&lt;", "&nbsp;", "\u{A0}", "°", "< "] {
            assert!(is_bearable(&format!("<p>{stop}</p>").repeat(50_000)), "{stop}");
            assert!(!is_bearable(&stop.repeat(100_000)), "{stop}");
        }
        assert!(!is_bearable(&format!("<p title=\"{}\">x</p>", "&lt;".repeat(100_000))));
    }
}
