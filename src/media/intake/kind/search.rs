//! Looking for a few bytes in a file of any length.

use std::io::{self, Read};

/// Whether one of the windows of `size` bytes is looked for. Little of what is read is held at a time.
pub(super) fn any_window(mut from: impl Read, size: usize, is_sought: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
    let mut buffer = vec![0; 128 * 1024];
    let mut kept = 0;
    loop {
        let read = from.read(&mut buffer[kept..])?;
        let end = kept + read;
        if buffer[..end].windows(size).any(&is_sought) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        let tail = end.min(size - 1);
        buffer.copy_within(end - tail..end, 0);
        kept = tail;
    }
}
