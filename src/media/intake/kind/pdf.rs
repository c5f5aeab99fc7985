//! PDF: readers look for its beginning within the first kilobyte (ISO 32000-1, annex H, note 13), since scanners and
//! mail programs put bytes in front, and from its end for the rest.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::{FileType, Known, search::any_window};

/// Where the beginning has to be.
const BEGINS: usize = 1024;

/// Where the end has to be. What was sent by telephone is followed by zeros.
const ENDS: u64 = 4096;

/// A PDF behind other bytes. It has to have the end of one, too: a text may speak of PDF.
pub(super) fn look_inside(path: &Path, head: &[u8]) -> io::Result<Option<Known>> {
    let window = &head[..head.len().min(BEGINS)];
    let begins = window.windows(7).any(|it| matches!(it, [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.']));
    if !begins {
        return Ok(None);
    }
    let mut file = File::open(path)?;
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(file.metadata()?.len().saturating_sub(ENDS)))?;
    (&mut file).take(ENDS).read_to_end(&mut end)?;
    if !end.windows(9).any(|it| it == b"startxref") {
        return Ok(None);
    }
    known(path).map(Some)
}

/// What is to be said of a PDF: with a password its trailer names how it is encrypted (7.6.1), wherever that stands.
pub(super) fn known(path: &Path) -> io::Result<Known> {
    const NAME: &[u8] = b"/Encrypt";
    // Longer names begin alike, `/EncryptMetadata` among them.
    let encrypted = any_window(File::open(path)?, NAME.len() + 1, |window| {
        window.starts_with(NAME) && matches!(window[NAME.len()], b' ' | b'\r' | b'\n' | b'\t' | b'<')
    })?;
    Ok(Known::with(FileType::PDF, false, encrypted))
}
