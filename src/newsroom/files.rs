//! The files that versions show: each version those that were the newest when it was made.

use uuid::Uuid;

use super::{
    article::Case,
    desk::{self, Draft},
};
use crate::{
    access::By,
    db::Tx,
    http::{Problem, reply::SiteUrl},
    media::library::revisions::{Shown, newest},
    text::with_addresses,
};

/// Makes a further version where the library has newer files than the current one shows: what is submitted is what its
/// editors see. It is an edit like any other, by whoever submits.
pub fn take_over(tx: &mut Tx<'_>, by: By<'_>, case: &mut Case) -> Result<(), Problem> {
    if !case.files.iter().any(Shown::is_outdated) {
        return Ok(());
    }
    let files = newest(tx, &case.files.iter().map(|file| file.media_id).collect::<Vec<_>>())?;
    let mut content = case.content.clone();
    content.body = content.body.map(|body| leading_to(&files, &body, tx.site));
    desk::revise(tx, by, case, Draft::written(content, files))
}

/// A body whose addresses of files are those of the bytes that it shows: several states of a file may be public at once.
pub fn leading_to(files: &[Shown], body: &str, site: &SiteUrl) -> String {
    with_addresses(body, |url| {
        let path = site.path_of(url)?;
        let (named, fragment) = path.split_once('#').map_or((path, None), |(named, part)| (named, Some(part)));
        let (id, name) = {
            let named = named.split('?').next()?.strip_prefix("/media/")?;
            named.split_once('/').unwrap_or((named, ""))
        };
        let id: Uuid = id.parse().ok()?;
        let file = files.iter().find(|file| file.media_id == id)?.file();
        let right = file.right(file.named(name)).unwrap_or_else(|| file.url());
        let origin = &url[..url.len() - path.len()];
        let fragment = fragment.map(|part| format!("#{part}")).unwrap_or_default();
        Some(format!("{origin}{right}{fragment}"))
    })
}
