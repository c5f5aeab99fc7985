//! Compound files ([MS-CFB]): the office documents of before 2007, told by their streams, and newer ones with a password,
//! which are wrapped in one. The library reads the table of their sectors and refuses loops; of streams their beginnings
//! are looked at.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use cfb::CompoundFile;

use super::{FileType, Known, Refused, Warning, search::any_window};

/// Where macros are: in Word, in Excel, and in both of before 1997.
const MACROS: [&str; 3] = ["Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT"];

/// More objects than any document has embedded.
const MAX_OBJECTS: usize = 10_000;

/// How much of a workbook is looked at: what describes its sheets stands in front.
const MAX_WORKBOOK: u64 = 4 * 1024 * 1024;

/// A compound file's class, where it installs programs (MSI).
const INSTALLER: &str = "000c1084-0000-0000-c000-000000000046";

/// Says which document a compound file is.
pub(super) fn look_inside(path: &Path) -> Result<Known, Refused> {
    let mut file = cfb::open(path).map_err(|_| Refused::Broken)?;
    if file.root_entry().clsid().to_string() == INSTALLER {
        return Err(Refused::Program);
    }
    if file.is_stream("/EncryptedPackage") {
        return Ok(Known { file_type: FileType::LOCKED, warnings: vec![Warning::Encrypted] });
    }
    let (file_type, seen) = if file.is_stream("/WordDocument") {
        (FileType::DOC, word(&mut file)?)
    } else if let Some(name) = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name)) {
        (FileType::XLS, excel(&mut file, name)?)
    } else if file.is_stream("/PowerPoint Document") {
        (FileType::PPT, powerpoint(&mut file)?)
    } else {
        return Err(Refused::Unknown);
    };
    Ok(Known::with(file_type, seen.macros || has_macros(&file), seen.encrypted))
}

/// Whether there are macros, in the document or in one that is embedded in it. Looked for where they are, for going
/// through a tree costs as much as it is deep and wide.
fn has_macros(file: &CompoundFile<File>) -> bool {
    let inside = |place: &Path| MACROS.iter().any(|name| file.is_storage(place.join(name)));
    // Excel has what is embedded at the top, Word in a place of its own.
    ["/", "/ObjectPool"].into_iter().any(|place| {
        let objects = file.read_storage(place).into_iter().flatten().take(MAX_OBJECTS);
        inside(Path::new(place)) || objects.filter(cfb::Entry::is_storage).any(|object| inside(object.path()))
    })
}

#[derive(Default)]
struct Seen {
    macros: bool,
    encrypted: bool,
}

fn start_of(file: &mut CompoundFile<File>, name: &str, limit: u64) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    file.open_stream(name)
        .and_then(|stream| stream.take(limit).read_to_end(&mut bytes))
        .map_err(|_| Refused::Broken)?;
    Ok(bytes)
}

/// [MS-DOC] 2.5.2: the ninth of the flags at byte 10.
fn word(file: &mut CompoundFile<File>) -> Result<Seen, Refused> {
    let start = start_of(file, "/WordDocument", 32)?;
    Ok(Seen { encrypted: start.get(11).ok_or(Refused::Broken)? & 1 == 1, macros: false })
}

/// [MS-XLS] 2.1.4: records of a kind, a length and a content. A password stands in front of all that it hides; a sheet
/// may be one of macros from before VBA.
fn excel(file: &mut CompoundFile<File>, name: &str) -> Result<Seen, Refused> {
    const END: u16 = 0x000A;
    const PASSWORD: u16 = 0x002F;
    const SHEET: u16 = 0x0085;
    let stream = file.open_stream(name).map_err(|_| Refused::Broken)?;
    let (mut stream, mut seen) = (BufReader::new(stream.take(MAX_WORKBOOK)), Seen::default());
    let mut header = [0; 4];
    while stream.read_exact(&mut header).is_ok() {
        let [kind, length] = [[header[0], header[1]], [header[2], header[3]]].map(u16::from_le_bytes);
        let mut content = vec![0; length.into()];
        if kind == END || stream.read_exact(&mut content).is_err() {
            break;
        }
        seen.encrypted |= kind == PASSWORD;
        seen.macros |= kind == SHEET && content.get(5) == Some(&1);
    }
    Ok(seen)
}

/// [MS-PPT] 2.3.2 and 2.4.9: who opened it last stands before a mark that says whether it is encrypted; an atom among the
/// document's says that it has macros.
fn powerpoint(file: &mut CompoundFile<File>) -> Result<Seen, Refused> {
    const ENCRYPTED: [u8; 4] = 0xF3D1_C4DF_u32.to_le_bytes();
    const ATOM: &[u8] = b"\x02\0\0\x04\x0C\0\0\0";
    let user = if file.is_stream("/Current User") { start_of(file, "/Current User", 32)? } else { Vec::new() };
    let encrypted = user.get(12..16) == Some(&ENCRYPTED) || file.is_stream("/EncryptedSummary");
    let document = file.open_stream("/PowerPoint Document").map_err(|_| Refused::Broken)?;
    let macros = any_window(document, ATOM.len() + 8, |window| {
        window.starts_with(ATOM) && window[ATOM.len() + 4..] == [1, 0, 0, 0]
    });
    Ok(Seen { macros: macros.map_err(|_| Refused::Broken)?, encrypted })
}
