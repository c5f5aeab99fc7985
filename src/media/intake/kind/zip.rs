//! Documents that are ZIP archives. Only the list of members at the archive's end is read: nothing is ever unpacked, so
//! that no archive can grow on us.

use std::fs::File;
use std::path::Path;

use rawzip::{RECOMMENDED_BUFFER_SIZE, ZipArchive};

use super::{FileType, Known, Refused};

/// Office documents have hundreds of members, archives of photographs thousands.
const MAX_MEMBERS: usize = 50_000;

/// Says which document an archive is, or that it is an archive.
pub(super) fn look_inside(path: &Path, head: &[u8]) -> Result<Known, Refused> {
    let mut seen = Seen::default();
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(File::open(path)?, &mut buffer).map_err(|_| Refused::Broken)?;
    let mut members = archive.entries(&mut buffer);
    let mut count = 0;
    while let Some(member) = members.next_entry().map_err(|_| Refused::Broken)? {
        count += 1;
        if count > MAX_MEMBERS {
            return Err(Refused::Unknown);
        }
        seen.note(member.file_path().as_bytes());
        seen.encrypted |= member.flags().is_encrypted();
    }
    if count == 0 {
        return Err(Refused::Empty);
    }
    seen.judge(odf(head))
}

/// The format that an OpenDocument file names: its first member is `mimetype`, unpacked, so that the name stands at
/// offset 38 of the file (ODF 1.3, part 2, 3.3).
fn odf(head: &[u8]) -> Option<FileType> {
    let mime = head.get(30..)?.strip_prefix(b"mimetypeapplication/vnd.oasis.opendocument.")?;
    // What follows is the next member: its signature begins with `PK`.
    let is = |word: &[u8]| mime.strip_prefix(word).is_some_and(|rest| rest.starts_with(b"PK"));
    if is(b"text") {
        Some(FileType::ODT)
    } else if is(b"spreadsheet") {
        Some(FileType::ODS)
    } else if is(b"presentation") {
        Some(FileType::ODP)
    } else {
        None
    }
}

/// What the members' names tell.
#[derive(Default)]
struct Seen {
    content_types: bool,
    word: bool,
    excel: bool,
    powerpoint: bool,
    binary_workbook: bool,
    macros: bool,
    basic: bool,
    program: bool,
    encrypted: bool,
}

impl Seen {
    /// Names are compared as Windows would: without regard to case, and with either slash.
    fn note(&mut self, name: &[u8]) {
        let name = String::from_utf8_lossy(name).to_lowercase().replace('\\', "/");
        let name = name.trim_start_matches('/');
        match name {
            "[content_types].xml" => self.content_types = true,
            "word/document.xml" => self.word = true,
            "xl/workbook.xml" => self.excel = true,
            "ppt/presentation.xml" => self.powerpoint = true,
            "xl/workbook.bin" => self.binary_workbook = true,
            // A document of OpenDocument 1.3 that a password hides whole.
            "encrypted-package" => self.encrypted = true,
            "meta-inf/manifest.mf" | "androidmanifest.xml" => self.program = true,
            _ => {}
        }
        // VBA in any part; Excel 4.0 macros, which need no VBA project; macros of LibreOffice.
        self.macros |= name.ends_with("vbaproject.bin") || name.starts_with("xl/macrosheets/");
        self.basic |= name.starts_with("basic/") || name.starts_with("scripts/");
    }

    fn judge(&self, odf: Option<FileType>) -> Result<Known, Refused> {
        // Word opens a document with macros by the name of one only, and so on.
        let kinds = if self.macros {
            [FileType::DOCM, FileType::XLSM, FileType::PPTM, FileType::XLSB]
        } else {
            [FileType::DOCX, FileType::XLSX, FileType::PPTX, FileType::XLSB]
        };
        let parts = [self.word, self.excel, self.powerpoint, self.binary_workbook];
        let open_xml = kinds.into_iter().zip(parts).filter(|(_, there)| *there && self.content_types);
        let mut documents: Vec<FileType> = open_xml.map(|(file_type, _)| file_type).chain(odf).collect();
        if self.program {
            return Err(Refused::Program);
        }
        let file_type = match (documents.pop(), documents.is_empty()) {
            (Some(document), true) => document,
            // Two documents in one.
            (Some(_), false) => return Err(Refused::Unknown),
            (None, _) => FileType::ZIP,
        };
        let macros = self.macros || (odf.is_some() && self.basic);
        Ok(Known::with(file_type, macros, self.encrypted))
    }
}
