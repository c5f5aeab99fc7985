//! Bodies: out of the editor's debris, with their pictures, files and links at the addresses that they have here.

use std::{cell::RefCell, collections::HashSet};

use super::{
    links::{self, Leads},
    values,
    work::{Beside, Converter},
};
use crate::{
    content::MAX_BODY_BYTES,
    import::{
        body::{cleaned, cut, unwrapped},
        item::Snapshot,
        mapping::Target,
        plan::{Bytes, Content},
        report::LossCode,
    },
    text::{data_address, has_content, pictures, with_addresses},
};

/// More pictures are not taken out of one body.
const MOST_PICTURES: usize = 100;

impl Converter<'_> {
    /// The body.
    pub(super) fn html(&self, snapshot: &Snapshot, beside: &mut Beside) -> Option<String> {
        let (_, value) = self.value(Target::Body, snapshot)?;
        let there = values::text(value);
        if let Some((_, body)) = beside.body.as_ref().filter(|(last, _)| *last == there) {
            return body.clone();
        }
        let body = self.converted(&there, beside);
        beside.body = Some((there, body.clone()));
        body
    }

    fn converted(&self, html: &str, beside: &mut Beside) -> Option<String> {
        let html = pictures_out(unwrapped(html), beside);
        let (html, losses) = cleaned(&html, self.players);
        beside.add(losses);
        let html = self.led(&html, beside);
        let html = if html.len() > MAX_BODY_BYTES {
            beside.lose(LossCode::TextCut, "body", &format!("{} bytes", html.len()));
            cut(&html, MAX_BODY_BYTES)
        } else {
            html
        };
        has_content(&html).then_some(html)
    }

    /// A cleaned body whose addresses lead to what came along.
    fn led(&self, html: &str, beside: &mut Beside) -> String {
        let shown: HashSet<String> = pictures(html).into_iter().map(|picture| picture.src).collect();
        let (links, beside) = (self.links(), RefCell::new(beside));
        with_addresses(html, |address| {
            if Content::in_placeholder(address).is_some() {
                return None;
            }
            match links.lead(address) {
                Leads::Elsewhere => None,
                Leads::Item(here) => Some(here),
                Leads::File(path) => {
                    let content = beside.borrow_mut().file("body", links::name_of(address), Bytes::In(path))?;
                    Some(content.placeholder())
                }
                Leads::Nowhere(there) => {
                    let is_shown = shown.contains(address);
                    let code = if is_shown { LossCode::MediaMissing } else { LossCode::LinkUnresolved };
                    beside.borrow_mut().lose(code, "body", address);
                    // Nobody knows which site it was on, and here it would be a file that nobody has.
                    there.or_else(|| address.starts_with("/media/").then(|| "#".to_owned()))
                }
            }
        })
    }
}

/// A body whose pictures that stood in it as `data:` addresses are files.
fn pictures_out(mut html: String, beside: &mut Beside) -> String {
    if !html.contains("data:") && !html.contains("DATA:") {
        return html;
    }
    let mut seen = HashSet::new();
    let is_data = |src: &str| src.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"));
    let mut found: Vec<String> = pictures(&html).into_iter().map(|picture| picture.src).collect();
    found.retain(|src| is_data(src) && seen.insert(src.clone()));
    // One address may be the beginning of another.
    found.sort_by_key(|src| std::cmp::Reverse(src.len()));
    for (number, src) in found.into_iter().enumerate() {
        let bytes = data_address(&src).filter(|_| number < MOST_PICTURES);
        match bytes.and_then(|bytes| beside.file("body", "anh", Bytes::These(bytes))) {
            Some(content) => html = html.replace(&src, &content.placeholder()),
            None => beside.lose(LossCode::MediaMissing, "body", &src),
        }
    }
    html
}
