//! What a cleaned body shows and where it leads.

use std::cell::RefCell;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use html5ever::{
    Attribute, local_name,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer},
};

/// A picture in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyPicture {
    /// Where it is.
    pub src: String,
    /// What it shows, in words; empty if nobody said.
    pub alt: String,
}

/// What a body refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Its pictures, in order.
    pub pictures: Vec<BodyPicture>,
    /// Where its links lead, in order.
    pub links: Vec<String>,
    /// Where its recordings with pictures are, in order.
    pub videos: Vec<String>,
    /// What these show before they are played, in order.
    pub posters: Vec<String>,
}

/// The pictures of a cleaned body, in order.
pub fn pictures(body: &str) -> Vec<BodyPicture> {
    references(body).pictures
}

/// What a cleaned body refers to. Only tags are looked at: no tree is built.
pub fn references(body: &str) -> References {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(body));
    let tokenizer = Tokenizer::new(Collector::default(), Default::default());
    // There are no scripts to pause at, in a cleaned body.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// A cleaned body in which addresses are others: each that its elements name is asked for, and stays where nothing is
/// answered.
pub fn with_addresses(body: &str, other: impl Fn(&str) -> Option<String>) -> String {
    const NAMES: [&str; 3] = ["src", "href", "poster"];
    let (mut written, mut rest) = (String::with_capacity(body.len()), body);
    // As it was serialised, a body has `<` only where a tag begins, and each value between quotation marks.
    while let Some(tag) = rest.find('<') {
        written.push_str(&rest[..tag]);
        rest = &rest[tag..];
        while let Some(at) = rest.find(['"', '>']) {
            let (before, end) = rest.split_at(at);
            written.push_str(before);
            if end.starts_with('>') {
                rest = end;
                break;
            }
            let Some((value, after)) = end[1..].split_once('"') else {
                rest = end;
                break;
            };
            let name = before.strip_suffix('=').and_then(|before| before.rsplit(char::is_whitespace).next());
            let address = value.replace("&quot;", "\"").replace("&amp;", "&");
            let changed = name.filter(|name| NAMES.contains(name)).and_then(|_| other(&address));
            let value = changed.map_or_else(|| value.into(), |url| url.replace('&', "&amp;").replace('"', "&quot;"));
            written.extend(["\"", &value, "\""]);
            rest = after;
        }
        if !rest.starts_with('>') {
            break;
        }
        written.push('>');
        rest = &rest[1..];
    }
    written.push_str(rest);
    written
}

/// The bytes of a `data:` address in base64, as editors paste pictures; none where it holds none.
pub fn data_address(src: &str) -> Option<Vec<u8>> {
    /// Padding may be missing: some editors leave it out.
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let (head, data) = src.split_once(',')?;
    head.to_ascii_lowercase().trim_end().ends_with(";base64").then_some(())?;
    let data: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    BASE64.decode(data).ok().filter(|bytes| !bytes.is_empty())
}

#[derive(Default)]
struct Collector(RefCell<References>);

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            let value = |wanted| {
                let found = tag.attrs.iter().find(|Attribute { name, .. }| name.local == wanted);
                found.map(|attribute| attribute.value.to_string())
            };
            if tag.name == local_name!("img") {
                let src = value(local_name!("src")).unwrap_or_default();
                let alt = value(local_name!("alt")).unwrap_or_default();
                self.0.borrow_mut().pictures.push(BodyPicture { src, alt });
            } else if tag.name == local_name!("video") {
                self.0.borrow_mut().videos.extend(value(local_name!("src")));
                self.0.borrow_mut().posters.extend(value(local_name!("poster")));
            } else if tag.name == local_name!("a") {
                self.0.borrow_mut().links.extend(value(local_name!("href")));
            }
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_with_what_is_said_of_them() {
        let body =
            r#"<p>img src="x" <img alt="a > b &amp; c" src="/media/1/a.jpg"></p><img src="b.png"><p>&lt;img&gt;</p>"#;
        let picture = |src: &str, alt: &str| BodyPicture { src: src.into(), alt: alt.into() };
        assert_eq!(pictures(body), [picture("/media/1/a.jpg", "a > b & c"), picture("b.png", "")]);
    }

    #[test]
    fn addresses_of_elements_are_changed_and_nothing_else_is() {
        let body = "<p title=\"a > b\">src=\"/a\" <img src=\"/a?x=1&amp;y\" alt=\"/a\"><a href=\"/b\" title=\"\">&lt;/a&gt;</a></p> x";
        let asked = RefCell::new(Vec::new());
        let changed = with_addresses(body, |url| {
            asked.borrow_mut().push(url.to_owned());
            (url != "/b").then(|| "/c?d&e".to_owned())
        });
        assert_eq!(changed, body.replace("src=\"/a?x=1&amp;y\"", "src=\"/c?d&amp;e\""));
        assert_eq!(asked.into_inner(), ["/a?x=1&y", "/b"]);
        assert_eq!(with_addresses("a < b <img src=\"x", |_| None), "a < b <img src=\"x");
    }

    #[test]
    fn links_are_found_where_they_lead_somewhere() {
        let body = r#"<p><a href="/media/1/a.pdf?v=1&amp;x">a</a> <a title="x">b</a> href="/c" <A HREF='#d'>d</A></p>"#;
        assert_eq!(references(body).links, ["/media/1/a.pdf?v=1&x", "#d"]);
    }
}
