//! Where addresses lead: to a file of the source, to another item, elsewhere.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest as _, Sha256};
use url::Url;
use uuid::Uuid;

use crate::import::{mapping::Mapping, plan::Content, source::Source};
use crate::text::old_address;

/// Which items there are, of the source and of what was taken before.
#[derive(Debug, Default)]
pub struct Known {
    items: HashSet<i64>,
    earlier: HashSet<i64>,
    pages: HashMap<String, i64>,
}

impl Known {
    /// This item is here already.
    pub fn add_earlier(&mut self, item: i64) {
        self.earlier.insert(item);
    }

    /// The source has this item, which was this page.
    pub fn add_item(&mut self, item: i64, page: Option<&str>) {
        self.items.insert(item);
        if let Some(page) = page.and_then(old_address::normal) {
            self.pages.insert(page, item);
        }
    }

    /// Whether the source has this one.
    pub fn is_in_source(&self, item: i64) -> bool {
        self.items.contains(&item)
    }

    /// Whether there is this one, there or here.
    pub fn is_item(&self, item: i64) -> bool {
        self.is_in_source(item) || self.earlier.contains(&item)
    }
}

/// What an address leads to.
pub(super) enum Leads {
    /// To a file of the source.
    File(std::path::PathBuf),
    /// To another item: where that is found here, whatever it will be called.
    Item(String),
    /// To another site, or to a place on the page.
    Elsewhere,
    /// To the site that is left, and to nothing that came along: the whole address there, if the site is known.
    Nowhere(Option<String>),
}

/// What is known of addresses.
pub(super) struct Links<'a> {
    pub(super) list: Uuid,
    pub(super) source: &'a Source,
    pub(super) mapping: &'a Mapping,
    pub(super) known: &'a Known,
}

impl Links<'_> {
    /// Where an address in a body leads.
    pub(super) fn lead(&self, address: &str) -> Leads {
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') || self.is_foreign(address) {
            return Leads::Elsewhere;
        }
        if let Some(path) = self.source.file(address) {
            return Leads::File(path);
        }
        match self.item(address).filter(|item| self.known.is_item(*item)) {
            Some(item) => Leads::Item(format!("/api/v1/legacy/{item}?list={}", self.list)),
            None => Leads::Nowhere(self.whole(address)),
        }
    }

    /// The item of this list that an address of the site is of.
    fn item(&self, address: &str) -> Option<i64> {
        let old = old_address::OldAddress::parse(address)?;
        if let Some(item) = old.item() {
            let folder = self.source.fields().list.folder.as_deref().and_then(old_address::normal);
            return folder.is_none_or(|folder| old.is_in(&folder)).then_some(item);
        }
        let by_page = self.known.pages.get(old.path()).copied();
        by_page.or_else(|| self.mapping.redirects.iter().find_map(|pattern| old.matched_by(pattern)))
    }

    /// Whether an address is of another site, or of none.
    fn is_foreign(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        if !matches!(url.scheme(), "http" | "https") {
            return true;
        }
        let ours = self.mapping.source.base.iter().chain(&self.mapping.source.aliases);
        let hosts = ours.filter_map(|site| match Url::parse(site) {
            Ok(site) => site.host_str().map(str::to_owned),
            Err(_) => Some(site.clone()),
        });
        let host = url.host_str().unwrap_or_default().to_owned();
        !hosts.into_iter().any(|ours| ours.eq_ignore_ascii_case(&host))
    }

    /// The whole of an address: where it is relative, on the site that is left.
    pub(super) fn whole(&self, address: &str) -> Option<String> {
        let url = match Url::parse(address) {
            Ok(url) => url,
            Err(_) => Url::parse(self.mapping.source.base.as_deref()?).ok()?.join(address).ok()?,
        };
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.to_string())
    }

    /// An address that an item had, as it is kept.
    pub(super) fn old_address(&self, address: &str) -> Option<String> {
        old_address::OldAddress::parse(address).map(|old| old.path().to_owned()).filter(|path| path.len() > 1)
    }
}

/// The last part of an address, without what follows a question mark, as a person would read it.
pub(super) fn name_of(address: &str) -> &str {
    let path = address.split(['?']).next().unwrap_or_default().trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// What is in a file.
pub(super) fn digest_of(path: &Path) -> io::Result<Content> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Content(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
    }
}
