//! Which revision of a file an address means, and what of it.

use actix_web::HttpRequest;
use url::form_urlencoded;

use crate::media::{library::revisions::File, renditions::urls::Named};

/// What an address means.
pub struct Meant<'a> {
    /// The file as it was at a time.
    pub file: &'a File,
    /// What of it.
    pub named: Named,
    /// Whether it is the one whose version the address tells, or the address tells none.
    pub exactly: bool,
}

impl<'a> Meant<'a> {
    /// Of these revisions, the newest first, the one that an address with this name and version means: the one that it
    /// was made for, and if there is none, or none is told, the newest; if one has the very name, the newest of those.
    pub fn of(revisions: &'a [File], name: &str, version: Option<&str>) -> Option<Self> {
        let meant = |file: &'a File, exactly| {
            let address = file.address();
            let named = match address.named(name) {
                // It may be the former name of a file that was replaced; but then it tells a version.
                Named::Another if exactly && address.asks_for_another_format(name) => Named::Nothing,
                named => named,
            };
            Self { file, named, exactly }
        };
        let Some(version) = version else {
            let own = revisions.iter().map(|file| meant(file, true)).find(Self::is_right);
            return own.or_else(|| revisions.first().map(|file| meant(file, true)));
        };
        let made_for = revisions.iter().filter(|file| {
            let preset = match file.address().named(name) {
                Named::Rendition(preset, _) => Some(preset),
                _ => None,
            };
            file.address().version(preset) == version
        });
        let mut made_for: Vec<Self> = made_for.map(|file| meant(file, true)).collect();
        if let Some(own) = made_for.iter().position(Self::is_right) {
            return Some(made_for.swap_remove(own));
        }
        made_for.into_iter().next().or_else(|| revisions.first().map(|file| meant(file, false)))
    }

    /// Whether the name is a right one: the file's own, or a rendition's.
    pub fn is_right(&self) -> bool {
        matches!(self.named, Named::File | Named::Rendition(..))
    }
}

/// A parameter of the request, the first of its name.
pub fn parameter(request: &HttpRequest, wanted: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}
