//! The pictures in a cleaned body.

use std::cell::RefCell;

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

/// The pictures of a cleaned body, in order. Only tags are looked at: no tree is built.
pub fn pictures(body: &str) -> Vec<BodyPicture> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(body));
    let tokenizer = Tokenizer::new(Collector::default(), Default::default());
    // There are no scripts to pause at, in a cleaned body.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Collector(RefCell<Vec<BodyPicture>>);

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token
            && tag.name == local_name!("img")
        {
            let value = |wanted| {
                let found = tag.attrs.iter().find(|Attribute { name, .. }| name.local == wanted);
                found.map(|attribute| attribute.value.to_string()).unwrap_or_default()
            };
            let picture = BodyPicture { src: value(local_name!("src")), alt: value(local_name!("alt")) };
            self.0.borrow_mut().push(picture);
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
}
