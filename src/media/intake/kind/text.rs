//! Plain text and tables as text, told from what a browser would run.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::{FileType, Refused};

/// What browsers look at to guess a type (WHATWG MIME Sniffing, "resource header").
const SNIFFED: usize = 1445;

/// Says whether a file is text, and whether the text is a table. `whole` says that the head is all of it.
pub(super) fn look_inside(path: &Path, head: &[u8], whole: bool) -> Result<FileType, Refused> {
    let encoding = Encoding::of(head);
    encoding.check(path)?;
    let start = encoding.decode(head);
    if is_markup(&start) {
        return Err(Refused::Markup);
    }
    if start.starts_with("%!PS") {
        return Err(Refused::Unknown);
    }
    Ok(if is_table(&start, whole) { FileType::CSV } else { FileType::TXT })
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    fn of(head: &[u8]) -> Self {
        match head {
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    /// Makes sure that the whole file is text in this encoding.
    fn check(self, path: &Path) -> Result<(), Refused> {
        let file = BufReader::new(File::open(path)?);
        match self {
            Self::Utf8 => check_utf8(file),
            Self::Utf16Le => check_utf16(file, u16::from_le_bytes),
            Self::Utf16Be => check_utf16(file, u16::from_be_bytes),
        }
    }

    /// The beginning, without its byte order mark. A letter that `head` cut in two does not matter here.
    fn decode(self, head: &[u8]) -> String {
        let units = |unit: fn([u8; 2]) -> u16| {
            let units: Vec<u16> = head.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        };
        let text = match self {
            Self::Utf8 => String::from_utf8_lossy(head).into_owned(),
            Self::Utf16Le => units(u16::from_le_bytes),
            Self::Utf16Be => units(u16::from_be_bytes),
        };
        text.trim_start_matches('\u{FEFF}').to_owned()
    }
}

fn check_utf8(mut file: impl Read) -> Result<(), Refused> {
    let mut buffer = vec![0; 64 * 1024];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..])?;
        let bytes = &buffer[..kept + read];
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            // A letter that goes on in the next piece.
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            // Control characters first: a binary file is no text in another encoding.
            Err(_) if bytes.iter().any(|&byte| is_binary(u32::from(byte))) => return Err(Refused::Unknown),
            Err(_) => return Err(Refused::OtherEncoding),
        };
        if bytes.iter().any(|&byte| is_binary(u32::from(byte))) {
            return Err(Refused::Unknown);
        }
        if read == 0 {
            return Ok(());
        }
        let end = bytes.len();
        buffer.copy_within(valid..end, 0);
        kept = end - valid;
    }
}

fn check_utf16(mut file: impl Read, unit: fn([u8; 2]) -> u16) -> Result<(), Refused> {
    let mut failed = None;
    let units = std::iter::from_fn(|| {
        let mut pair = [0; 2];
        match file.read(&mut pair[..1]) {
            Ok(0) => None,
            read => match read.and_then(|_| file.read_exact(&mut pair[1..])) {
                Ok(()) => Some(unit(pair)),
                Err(error) => {
                    failed = Some(error);
                    None
                }
            },
        }
    });
    for letter in char::decode_utf16(units) {
        match letter {
            Ok(letter) if !is_binary(letter.into()) => {}
            _ => return Err(Refused::Unknown),
        }
    }
    match failed {
        None => Ok(()),
        Some(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Refused::Broken),
        Some(error) => Err(error.into()),
    }
}

/// "Binary data bytes" of the WHATWG MIME Sniffing Standard: text has none.
fn is_binary(code: u32) -> bool {
    matches!(code, 0x00..=0x08 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F)
}

/// Whether a browser that sniffs, today's or an old one, would take the text for HTML, XML or a script.
fn is_markup(text: &str) -> bool {
    // At the very start, with the character after it, so that "<a b" counts and "<ai>" does not.
    const TAGS: [&str; 17] = [
        "<!doctype html",
        "<html",
        "<head",
        "<script",
        "<iframe",
        "<h1",
        "<div",
        "<font",
        "<table",
        "<a",
        "<style",
        "<title",
        "<b",
        "<body",
        "<br",
        "<p",
        "<!--",
    ];
    const STARTS: [&str; 6] = ["<?", "<!", "<svg", "#!", "<%", "mime-version:"];
    // Anywhere in what is sniffed: older browsers looked further than the start.
    const ANYWHERE: [&str; 6] = ["<script", "<html", "<svg", "<iframe", "<!doctype html", "<?php"];

    let mut end = text.len().min(SNIFFED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sniffed = text[..end].to_ascii_lowercase();
    let start = sniffed.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let ends_tag = |rest: &str| rest.is_empty() || rest.starts_with([' ', '>', '\t', '\n', '\r', '/']);
    TAGS.iter().any(|tag| start.strip_prefix(tag).is_some_and(ends_tag))
        || STARTS.iter().any(|mark| start.starts_with(mark))
        || ANYWHERE.iter().any(|mark| sniffed.contains(mark))
}

/// Whether the first lines all have the same columns. Prose with a comma in each line is told by the space after it.
fn is_table(text: &str, whole: bool) -> bool {
    [',', ';', '\t'].into_iter().any(|separator| {
        let mut rows: Vec<usize> = Vec::new();
        let (mut columns, mut quoted, mut blank) = (1, false, true);
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => quoted = !quoted,
                '\n' if !quoted => {
                    rows.extend((!blank).then_some(columns));
                    (columns, blank) = (1, true);
                    continue;
                }
                _ if letter == separator && !quoted => {
                    if separator != '\t' && letters.peek() == Some(&' ') {
                        return false;
                    }
                    columns += 1;
                }
                _ => {}
            }
            blank &= letter == '\r';
        }
        // The last line counts only if the file ends there.
        rows.extend((whole && !blank).then_some(columns));
        rows.len() >= 2 && rows[0] >= 2 && rows.iter().all(|row| *row == rows[0])
    })
}
