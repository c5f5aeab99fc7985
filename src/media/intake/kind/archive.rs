//! Archives that are not ZIP: told by their signature, never unpacked. Whether they ask for a password is looked up where
//! their lists are open.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::{FileType, Known};

/// Blocks of a RAR that are looked at: a password is mostly for all members.
const MAX_BLOCKS: usize = 1_000;

/// How much of the list at a 7z's end is looked at.
const MAX_LIST: u64 = 1024 * 1024;

/// An archive other than ZIP, if the file is one.
pub(super) fn look_inside(path: &Path, head: &[u8]) -> io::Result<Option<Known>> {
    let (file_type, encrypted) = if head.starts_with(b"7z\xBC\xAF\x27\x1C") {
        (FileType::SEVEN_ZIP, seven_zip(&mut File::open(path)?, head)?)
    } else if head.starts_with(b"Rar!\x1A\x07\x00") {
        (FileType::RAR, rar(&mut File::open(path)?, 7, old_block)?)
    } else if head.starts_with(b"Rar!\x1A\x07\x01\x00") {
        (FileType::RAR, rar(&mut File::open(path)?, 8, new_block)?)
    } else {
        return Ok(None);
    };
    Ok(Some(Known::with(file_type, false, encrypted)))
}

/// Whether the list at the end, packed or not, names the one cipher that there is (7zFormat.txt and Methods.txt of the LZMA
/// SDK). A packed list may hide it.
fn seven_zip(file: &mut File, head: &[u8]) -> io::Result<bool> {
    const AES: &[u8] = b"\x06\xF1\x07\x01";
    let Some(at) = head.get(12..20).and_then(|at| <[u8; 8]>::try_from(at).ok()) else { return Ok(false) };
    let Some(at) = u64::from_le_bytes(at).checked_add(32).filter(|at| *at < i64::MAX as u64) else { return Ok(false) };
    let mut list = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(MAX_LIST).read_to_end(&mut list)?;
    Ok(list.windows(AES.len()).any(|window| window == AES))
}

/// What a block says: whether there is a password, and how many bytes it has.
struct Block {
    encrypted: bool,
    size: u64,
    last: bool,
}

/// Goes from block to block. A volume that is cut off, or of which another has the beginning, ends where it ends.
fn rar(file: &mut File, mut at: u64, read: fn(&[u8]) -> Option<Block>) -> io::Result<bool> {
    for _ in 0..MAX_BLOCKS {
        let mut start = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        file.take(64 * 1024).read_to_end(&mut start)?;
        let Some(block) = read(&start) else { break };
        if block.encrypted {
            return Ok(true);
        }
        at = match at.checked_add(block.size) {
            Some(next) if next > at && next < i64::MAX as u64 && !block.last => next,
            _ => break,
        };
    }
    Ok(false)
}

/// Of RAR 1.5 to 4 (TechNote.txt of RAR 4).
fn old_block(bytes: &[u8]) -> Option<Block> {
    let number = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let (kind, flags, header) = (*bytes.get(2)?, number(3)?, number(5)?);
    let has_data = flags & 0x8000 != 0 || kind == 0x74;
    let data = if has_data { u32::from_le_bytes(bytes.get(7..11)?.try_into().ok()?) } else { 0 };
    let encrypted = (kind == 0x73 && flags & 0x0080 != 0) || (kind == 0x74 && flags & 0x0004 != 0);
    Some(Block { encrypted, size: u64::from(header) + u64::from(data), last: kind == 0x7B })
}

/// Of RAR 5 (<https://www.rarlab.com/technote.htm>).
fn new_block(bytes: &[u8]) -> Option<Block> {
    const FILE: u64 = 2;
    const ENCRYPTION: u64 = 4;
    const END: u64 = 5;
    let mut rest = bytes.get(4..)?;
    let header = number(&mut rest)?;
    let header_at = bytes.len() - rest.len();
    let (kind, flags) = (number(&mut rest)?, number(&mut rest)?);
    let extra = if flags & 1 != 0 { number(&mut rest)? } else { 0 };
    let data = if flags & 2 != 0 { number(&mut rest)? } else { 0 };
    let end = header_at.checked_add(usize::try_from(header).ok()?)?;
    let mut encrypted = kind == ENCRYPTION;
    if kind == FILE && extra > 0 {
        let mut records = bytes.get(..end)?.get(end.checked_sub(usize::try_from(extra).ok()?)?..)?;
        while let Some(size) = number(&mut records) {
            let Some((record, after)) = usize::try_from(size).ok().and_then(|size| records.split_at_checked(size))
            else {
                break;
            };
            encrypted |= number(&mut { record }) == Some(1);
            records = after;
        }
    }
    Some(Block { encrypted, size: (end as u64).checked_add(data)?, last: kind == END })
}

/// A number, seven bits a byte, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
