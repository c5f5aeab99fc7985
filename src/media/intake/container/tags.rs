//! Tags in front of recordings.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Where a file begins behind its ID3v2 tags (ID3v2.4.0 structure, 3.1); at its start where it has none.
pub(in super::super) fn after_tags(file: &mut File) -> io::Result<u64> {
    const HEADER: u64 = 10;
    // Tags behind tags were seen, chains of them were not.
    const MAX_TAGS: usize = 8;
    let mut at = 0;
    for _ in 0..MAX_TAGS {
        let mut header = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        file.take(HEADER).read_to_end(&mut header)?;
        let [b'I', b'D', b'3', _, _, flags, sizes @ ..] = header.as_slice() else { break };
        let Ok(sizes) = <[u8; 4]>::try_from(sizes) else { break };
        let content = sizes.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7F));
        at += HEADER + content + if flags & 0x10 == 0 { 0 } else { HEADER };
    }
    file.rewind()?;
    Ok(at)
}
