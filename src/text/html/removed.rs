//! What cleaning takes from a body, told to whoever wrote it.

use std::cell::{Cell, RefCell};

use html5ever::{
    Attribute,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, states::RawKind},
};

use super::{address_is_kept, players::Players};

/// Something that cleaning took, as often as it was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// An element, or an attribute: `onclick`, `href`.
    pub what: String,
    /// How often.
    pub count: u32,
    /// The first of them, in a few characters that mean nothing in HTML.
    pub sample: Option<String>,
}

/// Elements that go. Others that are not kept only held text, which stays.
const ELEMENTS: &[&str] = &[
    "script", "style", "frame", "object", "embed", "applet", "form", "input", "button", "select", "textarea", "canvas",
    "svg", "math", "template", "noscript", "map", "portal", "track",
];

/// The address that a picture is given which is refused before cleaning: it goes with it, and its loss is told elsewhere.
pub const EMPTIED: &str = "data:,";

/// More kinds of things are not told apart.
const MAX_KINDS: usize = 20;

/// How long a sample is, in characters.
const MAX_SAMPLE: usize = 80;

/// What cleaning will take from this body. Only tags are looked at: no tree is built.
pub fn removed(html: &str, players: &Players) -> Vec<Removed> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let sink = Collector { players, found: RefCell::default(), foreign: Cell::new(0), recording: RefCell::default() };
    let tokenizer = Tokenizer::new(sink, Default::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.end_recording();
    tokenizer.sink.found.into_inner()
}

struct Collector<'a> {
    players: &'a Players,
    found: RefCell<Vec<Removed>>,
    /// How deep inside a drawing or a formula: what is in there goes with it.
    foreign: Cell<u32>,
    recording: RefCell<Recording>,
}

/// The `<video>` or `<audio>` that is open.
#[derive(Default)]
enum Recording {
    #[default]
    None,
    /// A film without an address that may stay: a source inside of it may have one. Else it goes, with the first that it
    /// had.
    Waiting(Option<String>),
    /// One that stays, with its address.
    Kept,
    /// A recording, which goes with all that is in it, once it is known where it was.
    Going(Option<String>),
}

impl Collector<'_> {
    fn add(&self, what: &str, sample: Option<&str>) {
        let mut found = self.found.borrow_mut();
        if let Some(known) = found.iter_mut().find(|known| known.what == what) {
            known.count = known.count.saturating_add(1);
        } else if found.len() < MAX_KINDS {
            found.push(Removed { what: what.to_owned(), count: 1, sample: sample.map(safe) });
        }
    }

    fn begin_recording(&self, is_video: bool, src: Option<&str>) {
        self.end_recording();
        self.recording.replace(match src {
            Some(src) if is_video && address_is_kept("src", src) => Recording::Kept,
            src if is_video => Recording::Waiting(src.map(str::to_owned)),
            src => Recording::Going(src.map(str::to_owned)),
        });
    }

    /// One of the sources of what is open, or of a picture, which shows its own.
    fn judge_source(&self, src: Option<&str>) {
        let recording = self.recording.take();
        let stays = src.is_some_and(|src| address_is_kept("src", src));
        self.recording.replace(match recording {
            Recording::Waiting(_) if stays => Recording::Kept,
            Recording::Waiting(first) => Recording::Waiting(first.or(src.map(str::to_owned))),
            Recording::Going(first) => Recording::Going(first.or(src.map(str::to_owned))),
            other => {
                self.add("source", src);
                other
            }
        });
    }

    fn end_recording(&self) {
        match self.recording.take() {
            Recording::Waiting(first) => self.add("video", first.as_deref()),
            Recording::Going(first) => self.add("audio", first.as_deref()),
            Recording::None | Recording::Kept => {}
        }
    }

    fn judge(&self, tag: &Tag) {
        let name = &*tag.name;
        let value = |wanted: &str| tag.attrs.iter().find(|it| &*it.name.local == wanted).map(|it| &*it.value);
        match name {
            "iframe" => {
                let src = value("src").unwrap_or_default();
                if self.players.frame(src).is_none() {
                    self.add(name, Some(src));
                }
            }
            "img" if !value("src").is_some_and(|src| address_is_kept("src", src) || src == EMPTIED) => {
                self.add(name, value("src"));
            }
            "video" | "audio" => self.begin_recording(name == "video", value("src")),
            "source" => self.judge_source(value("src").or(value("srcset"))),
            name if ELEMENTS.contains(&name) => self.add(name, value("src").or(value("data")).or(value("action"))),
            _ => {}
        }
        for Attribute { name, value } in &tag.attrs {
            let name = &*name.local;
            let is_handler = name.starts_with("on") && name.len() <= 24 && name.bytes().all(|b| b.is_ascii_lowercase());
            let leads_nowhere = match (&*tag.name, name) {
                ("a", "href") | ("video", "poster") => !address_is_kept(name, value),
                _ => false,
            };
            if is_handler || leads_nowhere {
                self.add(name, Some(value));
            }
        }
    }
}

impl TokenSink for Collector<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
        let is_foreign = matches!(&*tag.name, "svg" | "math");
        if tag.kind == TagKind::EndTag {
            if matches!(&*tag.name, "video" | "audio") {
                self.end_recording();
            }
            self.foreign.set(self.foreign.get().saturating_sub(u32::from(is_foreign)));
            return TokenSinkResult::Continue;
        }
        if self.foreign.get() == 0 {
            self.judge(&tag);
        }
        if is_foreign && !tag.self_closing {
            self.foreign.set(self.foreign.get() + 1);
        }
        // Inside of these a tag is no tag.
        match &*tag.name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "iframe" | "noembed" | "noframes" | "xmp" => TokenSinkResult::RawData(RawKind::Rawtext),
            "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }
}

/// The beginning of a value, without what means something in HTML and without the bytes of a `data:` address.
fn safe(value: &str) -> String {
    let value = if value.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) {
        value.split(',').next().unwrap_or_default()
    } else {
        value
    };
    value.chars().filter(|c| !c.is_control() && !"<>\"'&`".contains(*c)).take(MAX_SAMPLE).collect()
}
