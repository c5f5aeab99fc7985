//! From bytes to letters: marks of encodings, UTF-16 as Windows writes it, and what is no data at all.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    rc::Rc,
};

use super::refused::Refused;

/// The most bytes of an item: a body of a megabyte in twelve versions is a fifth of it.
pub const BUDGET: u64 = 64 << 20;

/// The error of a reader whose item is larger.
const TOO_LARGE: &str = "an item is larger than 64 MiB";

/// Bytes that may still be read before an item ends.
#[derive(Clone, Debug)]
pub struct Budget(Rc<Cell<u64>>);

impl Budget {
    /// For the next item.
    pub fn renew(&self) {
        self.0.set(BUDGET);
    }
}

/// Letters of a file as UTF-8, no more than the budget of them.
pub fn open(path: &Path, name: &str) -> Result<(BufReader<Bounded>, Budget), Refused> {
    let refused = |error: io::Error| Refused::file(name, error);
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(refused)?);
    let head = file.fill_buf().map_err(refused)?;
    let (skip, wide) = mark(head);
    file.consume(skip);
    let budget = Budget(Rc::new(Cell::new(BUDGET)));
    let letters: Box<dyn Read> = match wide {
        None => Box::new(file),
        Some(little) => Box::new(Wide { file, little, ready: Vec::new(), at: 0, high: None }),
    };
    Ok((BufReader::with_capacity(1 << 16, Bounded { letters, budget: budget.clone() }), budget))
}

/// How long a byte order mark is, and whether it is one of UTF-16: little end first, or not.
fn mark(head: &[u8]) -> (usize, Option<bool>) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => (3, None),
        [0xff, 0xfe, ..] => (2, Some(true)),
        [0xfe, 0xff, ..] => (2, Some(false)),
        [byte, 0, ..] if *byte != 0 => (0, Some(true)),
        [0, byte, ..] if *byte != 0 => (0, Some(false)),
        _ => (0, None),
    }
}

/// The text of these bytes.
pub fn decoded(bytes: Vec<u8>) -> Result<String, &'static str> {
    match mark(&bytes) {
        (skip, None) => match String::from_utf8(bytes) {
            Ok(text) if skip == 0 => Ok(text),
            Ok(text) => Ok(text[skip..].to_owned()),
            Err(_) => Err(NOT_UTF8),
        },
        (skip, Some(little)) => {
            let units = bytes[skip..].chunks_exact(2).map(|pair| unit(pair, little));
            Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
    }
}

/// What to do about letters that are none.
pub const NOT_UTF8: &str =
    "its letters are not UTF-8; export it again as UTF-8 (in Windows PowerShell: -Encoding UTF8)";

fn unit(pair: &[u8], little: bool) -> u16 {
    match pair {
        [first, second] if little => u16::from_le_bytes([*first, *second]),
        [first, second] => u16::from_be_bytes([*first, *second]),
        _ => 0xfffd,
    }
}

/// A reader that stops where an item takes more than its budget.
pub struct Bounded {
    letters: Box<dyn Read>,
    budget: Budget,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.0.get();
        if left == 0 {
            return Err(io::Error::other(TOO_LARGE));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.letters.read(&mut buffer[..most])?;
        self.budget.0.set(left - read as u64);
        Ok(read)
    }
}

/// UTF-16 as UTF-8.
struct Wide<R> {
    file: R,
    little: bool,
    ready: Vec<u8>,
    at: usize,
    high: Option<u16>,
}

impl<R: Read> Read for Wide<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            self.refill()?;
        }
        let size = buffer.len().min(self.ready.len() - self.at);
        buffer[..size].copy_from_slice(&self.ready[self.at..self.at + size]);
        self.at += size;
        Ok(size)
    }
}

impl<R: Read> Wide<R> {
    fn refill(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(1 << 15);
        (&mut self.file).take(1 << 15).read_to_end(&mut bytes)?;
        let units = self.high.take().into_iter().chain(bytes.chunks_exact(2).map(|pair| unit(pair, self.little)));
        let mut units: Vec<u16> = units.collect();
        // The first half of a letter waits for the other.
        if bytes.len() == 1 << 15 && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.high = units.pop();
        }
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        (self.ready, self.at) = (text.into_bytes(), 0);
        Ok(())
    }
}

/// What is wrong with what was meant to be JSON.
pub fn not_json(head: &str, error: &serde_json::Error) -> String {
    if let Some(page) = page(head) {
        return page;
    }
    let said = error.to_string();
    if said.contains(TOO_LARGE) {
        return format!("{TOO_LARGE}: this is no export of a list");
    }
    if error.is_eof() {
        return "it ends in the middle: the export was cut off. Export this file again".to_owned();
    }
    if said.contains("unicode") || said.contains("UTF-8") {
        return NOT_UTF8.to_owned();
    }
    format!("it is no JSON ({said}). Export this file again")
}

/// What is wrong with a text that is a web page.
pub fn page(head: &str) -> Option<String> {
    let start = head.trim_start();
    if !start.starts_with('<') || start.starts_with("<?xml") {
        return None;
    }
    let title =
        start.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title.trim());
    let title: String = title.unwrap_or_default().chars().take(80).collect();
    let named = if title.is_empty() { String::new() } else { format!(" (“{title}”)") };
    Some(format!(
        "it is a web page{named} and no data: the server answered with an error or asked to sign in. Export this file again \
         with an account that may read the list"
    ))
}
