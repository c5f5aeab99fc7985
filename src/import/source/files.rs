//! Where the files of a source are, by the addresses that they had.

use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use percent_encoding::percent_decode_str;

use super::raw::folder::Folder;
use crate::{import::mapping::SourceFacts, text::fold_key};

/// How many folders are kept in mind.
const KEPT: usize = 1024;

/// The names in a folder, by what they are compared by.
type Names = Arc<HashMap<String, OsString>>;

/// The files of a source.
#[derive(Debug)]
pub struct Files {
    folder: Folder,
    /// Hosts whose files these are, in lower case.
    hosts: Vec<String>,
    seen: Mutex<HashMap<PathBuf, Names>>,
}

impl Files {
    /// Those of this folder.
    pub fn new(folder: Folder, facts: &SourceFacts) -> Self {
        let hosts = facts.base.iter().chain(&facts.aliases).map(|address| host(address)).collect();
        Self { folder, hosts, seen: Mutex::default() }
    }

    /// The file at this address, if it is there.
    pub fn find(&self, address: &str) -> Option<PathBuf> {
        let path = self.path(address.trim())?;
        // `?` is in no name, `#` may be in one or begin what is no part of it.
        let path = path.split('?').next().unwrap_or_default();
        let short = path.split('#').next().unwrap_or_default();
        let decoded = |path: &str| percent_decode_str(path).decode_utf8().ok().map(Cow::into_owned);
        let ways = [Some(path.to_owned()), decoded(path), decoded(short)];
        let mut ways: Vec<String> = ways.into_iter().flatten().collect();
        ways.dedup();
        ways.iter().find_map(|path| self.under("files", path).or_else(|| self.beside(path)))
    }

    /// The address from the root of the server, if it is on this server.
    fn path<'a>(&self, address: &'a str) -> Option<&'a str> {
        let rest = match address.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
                Some(rest)
            }
            Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => return None,
            _ => address.strip_prefix("//"),
        };
        let Some(rest) = rest else { return Some(address) };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        self.hosts.contains(&host.to_lowercase()).then_some(path)
    }

    /// `Attachments/{id}/…` and `Documents/…`, which tables have beside them and not under `files`.
    fn beside(&self, path: &str) -> Option<PathBuf> {
        let path = path.trim_start_matches('/');
        let first = path.split('/').next().unwrap_or_default();
        matches!(first, "Attachments" | "Documents").then(|| self.under("", path))?
    }

    /// The path within a folder of the source; case and the spelling of letters do not count, as on the server.
    fn under(&self, start: &str, path: &str) -> Option<PathBuf> {
        let mut place = self.folder.root().join(start);
        for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." || part.contains(['\\', '\0']) {
                return None;
            }
            let exact = place.join(part);
            place = if fs::symlink_metadata(&exact).is_ok() { exact } else { place.join(self.spelt(&place, part)?) };
        }
        self.folder.inside(&place).filter(|path| path.is_file())
    }

    fn spelt(&self, folder: &Path, name: &str) -> Option<OsString> {
        let known = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned();
        let names = match known {
            Some(names) => names,
            None => {
                let folder = self.folder.inside(folder)?;
                let entries = fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.file_name());
                let names = entries.filter_map(|name| Some((fold_key(name.to_str()?), name.clone())));
                let names: Names = Arc::new(names.collect());
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                if seen.len() >= KEPT {
                    seen.clear();
                }
                seen.insert(folder, Arc::clone(&names));
                names
            }
        };
        names.get(&fold_key(name)).cloned()
    }
}

/// The host of "https://cong.example/…", or of "cong.example".
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest).trim_start_matches('/');
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_lowercase()
}
