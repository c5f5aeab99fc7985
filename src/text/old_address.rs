//! Addresses on a SharePoint site that is no more, as people have them in bookmarks and other sites in links: in any case,
//! escaped or not, with whatever parameters were behind them.

use percent_encoding::percent_decode_str;
use url::Url;
use uuid::Uuid;

use super::normal::nfc;

/// The longest address that is looked at, in bytes.
pub const LONGEST: usize = 2000;

/// An address, as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldAddress {
    path: String,
    item: Option<i64>,
    list: Option<Uuid>,
}

impl OldAddress {
    /// Reads an address: whole, with any host, or from the root of the server on. None where it is neither, or too long.
    pub fn parse(address: &str) -> Option<Self> {
        let address = address.trim();
        if address.is_empty() || address.len() > LONGEST {
            return None;
        }
        // Hosts are not compared: sites had several names, and lost them.
        let (path, query) = match Url::parse(address) {
            Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => {
                (url.path().to_owned(), url.query().unwrap_or_default().to_owned())
            }
            Ok(_) => return None,
            Err(_) => {
                let address = address.split('#').next().unwrap_or_default();
                let (path, query) = address.split_once('?').unwrap_or((address, ""));
                (path.to_owned(), query.to_owned())
            }
        };
        let path = normal(&path)?;
        let page = path.rsplit('/').next().unwrap_or_default();
        let (mut item, mut list) = (None, None);
        if matches!(page, "dispform.aspx" | "listform.aspx") {
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                match name.to_ascii_lowercase().as_str() {
                    "id" => item = item.or(value.trim().parse().ok().filter(|id| *id > 0)),
                    "listid" | "list" => {
                        list = list.or(Uuid::parse_str(value.trim().trim_matches(['{', '}'])).ok());
                    }
                    _ => {}
                }
            }
        }
        Some(Self { path, item, list })
    }

    /// The path as it is compared and kept, see [`normal`].
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The item that a list's own page shows (`DispForm.aspx?ID=`, `listform.aspx?ListId=…&ID=`).
    pub fn item(&self) -> Option<i64> {
        self.item
    }

    /// The list that the address names by its GUID.
    pub fn list(&self) -> Option<Uuid> {
        self.list
    }

    /// Whether it lies in this folder, which is as [`normal`] has it.
    pub fn is_in(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The number at `{id}` of a pattern that the path fits: `{any}` is whatever has no `/`.
    pub fn matched_by(&self, pattern: &str) -> Option<i64> {
        let mut pieces = Vec::new();
        let pattern = pattern.to_lowercase();
        let mut rest = pattern.as_str();
        while let Some((text, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}')?;
            pieces.push((nfc(text).into_owned(), Some(name == "id")));
            rest = behind;
        }
        pieces.push((nfc(rest).into_owned(), None));
        matched(&self.path, &pieces).flatten()
    }
}

/// Matches what is left of a path with what is left of a pattern: texts, each with the place behind it. Outside is whether it
/// fits, inside the number. Each place ends where the next text stands; of several such the last one that fits.
fn matched(path: &str, pieces: &[(String, Option<bool>)]) -> Option<Option<i64>> {
    let ((text, place), rest) = pieces.split_first()?;
    let path = path.strip_prefix(text.as_str())?;
    let Some(is_id) = place else {
        return path.is_empty().then_some(None);
    };
    let end = path.find('/').unwrap_or(path.len());
    let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]).filter(|at| *at > 0 && *at <= end);
    let ends: Vec<usize> = match is_id {
        // All digits there are, or what follows would begin with one.
        true => vec![path.find(|c: char| !c.is_ascii_digit()).unwrap_or(path.len())],
        false => ends.collect(),
    };
    ends.into_iter().rev().filter(|end| *end > 0).find_map(|end| {
        let inner = matched(&path[end..], rest)?;
        Some(if *is_id { path[..end].parse().ok() } else { inner })
    })
}

/// A path as it is compared and kept: from the root, not escaped, in NFC and lower case, without a `/` at its end, a question
/// mark or a fragment.
pub fn normal(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let lower = nfc(&decoded).to_lowercase();
    let lower = lower.trim_end_matches('/');
    let is_fit = lower.len() <= LONGEST && !lower.contains('\0');
    (is_fit && path.starts_with('/')).then(|| if lower.is_empty() { "/".to_owned() } else { nfc(lower).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(address: &str) -> Option<i64> {
        OldAddress::parse(address).and_then(|old| old.item())
    }

    #[test]
    fn a_lists_own_page_names_its_item_however_it_is_written() {
        for same in [
            "/Lists/TinTuc/DispForm.aspx?ID=12",
            "https://cong.example/Lists/TinTuc/DispForm.aspx?ID=12&Source=%2FPages&ContentTypeId=0x01",
            "http://CONG/lists/tintuc/dispform.ASPX?Source=x&id=12#top",
            "/Lists/TinTuc/DispForm.aspx?ID=%2012",
            "/_layouts/15/listform.aspx?PageType=4&ListId={C0FFEE00-0000-0000-0000-000000000001}&ID=12",
        ] {
            assert_eq!(item(same), Some(12), "{same}");
        }
        for none in ["/Lists/TinTuc/DispForm.aspx", "/Lists/TinTuc/AllItems.aspx?ID=12", "/DispForm.aspx?ID=-1", "x"] {
            assert_eq!(item(none), None, "{none}");
        }
        let listed =
            OldAddress::parse("/_layouts/15/listform.aspx?ListId=%7Bc0ffee00-0000-0000-0000-000000000001%7D&ID=1");
        assert_eq!(listed.and_then(|old| old.list()), Uuid::parse_str("c0ffee00-0000-0000-0000-000000000001").ok());
    }

    #[test]
    fn paths_are_compared_without_what_makes_no_difference() {
        let path = |address: &str| OldAddress::parse(address).map(|old| old.path().to_owned());
        let kept = Some("/pages/tin tức.aspx".to_owned());
        for same in [
            "/Pages/Tin tức.aspx",
            "/pages/tin%20t%E1%BB%A9c.aspx?x=1",
            "https://a.example/Pages/Tin tu\u{31b}\u{301}c.aspx/",
        ] {
            assert_eq!(path(same), kept, "{same}");
        }
        for none in ["", "javascript:alert(1)", "mailto:a@b.example", "Pages/x.aspx", "ftp://a/b"] {
            assert_eq!(path(none), None, "{none}");
        }
        let old = OldAddress::parse("/Lists/TinTuc/DispForm.aspx?ID=1").expect("an address");
        assert!(old.is_in("/lists/tintuc") && !old.is_in("/lists/tin") && !old.is_in("/lists/tintuc/dispform.aspx"));
    }

    #[test]
    fn a_pattern_gives_the_number() {
        let matched = |pattern: &str, address: &str| OldAddress::parse(address)?.matched_by(pattern);
        let pattern = "/Tin-Tuc/{any}-{id}.html";
        assert_eq!(matched(pattern, "/tin-tuc/mua-cam-2020-1207.html?p=1"), Some(1207));
        assert_eq!(matched(pattern, "/tin-tuc/a/b-1.html"), None);
        assert_eq!(matched(pattern, "/tin-tuc/-1.html"), None);
        assert_eq!(matched("/n/{id}/{any}", "/n/7/x"), Some(7));
        assert_eq!(matched("/n/{id}", "/n/7x"), None);
        assert_eq!(matched("/n/{id}", "/n/99999999999999999999"), None);
        assert_eq!(matched("/n/{id", "/n/{id"), None);
    }
}
