use std::io::Write;

use super::*;

fn detected(bytes: &[u8]) -> Result<Known, Refused> {
    let mut file = tempfile::NamedTempFile::with_suffix(".jpg").unwrap();
    file.write_all(bytes).unwrap();
    detect(file.path())
}

/// An archive with these members, their contents as they are.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut out);
    for (name, content) in members {
        let (mut entry, config) = archive.new_file(name).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    out
}

fn document(part: &str) -> Vec<u8> {
    archive(&[("[Content_Types].xml", b"<Types/>"), (part, b"<document/>")])
}

/// An OpenDocument file begins with its type, its size in the header and not behind it.
fn odf(mime: &str, others: &[&str]) -> Vec<u8> {
    let mut file = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let size = u32::try_from(mime.len()).unwrap().to_le_bytes();
    file.extend([size, size].concat());
    file.extend([8, 0, 0, 0]);
    file.extend(b"mimetype");
    file.extend(mime.as_bytes());
    let members: Vec<_> = others.iter().map(|name| (*name, &b""[..])).collect();
    // The list at the end names the others only, which is enough here: readers add up from where it stands.
    file.extend(archive(&members));
    file
}

fn boxed(name: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&size, name.as_bytes(), content].concat()
}

fn mp4(brand: &str, handlers: &[&str]) -> Vec<u8> {
    let track = |handler: &&str| {
        let handler = boxed("hdlr", format!("\0\0\0\0\0\0\0\0{handler}\0\0\0\0").as_bytes());
        boxed("trak", &boxed("mdia", &[boxed("mdhd", &[0; 24]), handler].concat()))
    };
    let tracks: Vec<u8> = handlers.iter().flat_map(track).collect();
    [boxed("ftyp", format!("{brand}\0\0\0\0").as_bytes()), boxed("mdat", &[0; 99]), boxed("moov", &tracks)].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A compound file with these streams, in the storages that their paths name.
fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    for (path, content) in streams {
        file.create_storage_all(Path::new(path).parent().unwrap()).unwrap();
        file.create_stream(path).unwrap().write_all(content).unwrap();
    }
    file.into_inner().into_inner()
}

/// The beginning of a Word document, with these flags.
fn word(flags: u8) -> Vec<u8> {
    let mut start = vec![0; 64];
    start[..2].copy_from_slice(&[0xEC, 0xA5]);
    start[11] = flags;
    start
}

/// Records of a workbook.
fn workbook(records: &[(u16, &[u8])]) -> Vec<u8> {
    let record = |(kind, content): &(u16, &[u8])| {
        [&kind.to_le_bytes()[..], &u16::try_from(content.len()).unwrap().to_le_bytes(), content].concat()
    };
    records.iter().flat_map(record).collect()
}

/// A presentation's user and document.
fn presentation(token: u32, atom: &[u8]) -> Vec<u8> {
    let user = [&[0; 12][..], &token.to_le_bytes(), &[0; 4]].concat();
    let document = [&[0; 600][..], b"\x02\0\0\x04\x0C\0\0\0\x07\0\0\0", atom, &[2, 0, 0, 0]].concat();
    compound(&[("/Current User", &user), ("/PowerPoint Document", &document)])
}

/// A file of a RAR 5 with these records about it.
fn rar(records: &[u8]) -> Vec<u8> {
    let count = u8::try_from(records.len()).unwrap();
    let header = [&[2, 1, count][..], &[0, 0, 0], records].concat();
    let archive = b"\0\0\0\0\x03\x01\0\0";
    [b"Rar!\x1A\x07\x01\0", &archive[..], &[0; 4], &[u8::try_from(header.len()).unwrap()], &header].concat()
}

#[test]
fn documents_say_whether_they_hold_macros_or_ask_for_a_password() {
    use Warning::{Encrypted, Macros};
    let plain = workbook(&[(0x0809, &[0; 16]), (0x0085, b"\0\0\0\0\0\0\x01\0A"), (0x000A, b"")]);
    let old_macros = workbook(&[(0x0809, &[0; 16]), (0x0085, b"\0\0\0\0\0\x01\x01\0A"), (0x000A, b"")]);
    let locked = workbook(&[(0x0809, &[0; 16]), (0x002F, &[1, 0]), (0x0042, &[7, 7])]);
    let part = |part: &str, more: &str| archive(&[("[Content_Types].xml", b""), (part, b""), (more, b"")]);
    let mut secret = archive(&[("đề thi.docx", b"x")]);
    // The first of the flags of a member, in the list at the end (APPNOTE.TXT, 4.3.12).
    let listed = secret.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    secret[listed + 8] |= 1;
    let old_rar = |flags: u8| {
        [b"Rar!\x1A\x07\0", &b"\0\0\x73\0\0\x0D\0\0\0\0\0\0\0"[..], &[0, 0, 0x74, flags, 0x80, 0x20, 0], &[0; 25]]
            .concat()
    };
    let seven =
        |list: &[u8]| [b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0\x03\0\0\0\0\0\0\0", &[0; 12][..], b"abc", list].concat();
    let cases: [(&str, Vec<u8>, &[Warning]); 30] = [
        ("doc", compound(&[("/WordDocument", &word(0)), ("/1Table", b"x")]), &[]),
        ("doc", compound(&[("/WordDocument", &word(1))]), &[Encrypted]),
        ("doc", compound(&[("/WordDocument", &word(0)), ("/Macros/VBA/dir", b"x")]), &[Macros]),
        ("doc", compound(&[("/WordDocument", &word(0)), ("/ObjectPool/_12/_VBA_PROJECT_CUR/dir", b"x")]), &[Macros]),
        ("xls", compound(&[("/Workbook", &plain), ("/MBD0001/Macros/VBA/dir", b"x")]), &[Macros]),
        ("xls", compound(&[("/Workbook", &plain), ("/MBD0001/Workbook", b"x")]), &[]),
        ("xls", compound(&[("/Workbook", &plain)]), &[]),
        ("xls", compound(&[("/Book", &locked)]), &[Encrypted]),
        ("xls", compound(&[("/Workbook", &old_macros)]), &[Macros]),
        ("xls", compound(&[("/Workbook", &plain), ("/_VBA_PROJECT_CUR/VBA/dir", b"x")]), &[Macros]),
        ("ppt", presentation(0xE391_C05F, &[0, 0, 0, 0]), &[]),
        ("ppt", presentation(0xF3D1_C4DF, &[0, 0, 0, 0]), &[Encrypted]),
        ("ppt", presentation(0xE391_C05F, &[1, 0, 0, 0]), &[Macros]),
        ("", compound(&[("/EncryptionInfo", b"x"), ("/EncryptedPackage", b"y")]), &[Encrypted]),
        ("docx", part("word/document.xml", "word/styles.xml"), &[]),
        ("docm", part("word/document.xml", "word/vbaProject.bin"), &[Macros]),
        ("xlsm", part("xl/workbook.xml", "xl\\macrosheets\\s.xml"), &[Macros]),
        ("xlsb", part("xl/workbook.bin", "xl/styles.bin"), &[]),
        ("ods", odf("application/vnd.oasis.opendocument.spreadsheet", &["Basic/Standard/Module1.xml"]), &[Macros]),
        ("zip", secret, &[Encrypted]),
        ("rtf", b"{\\rtf1 x}".to_vec(), &[]),
        ("rtf", b"\xEF\xBB\xBF\r\n{\\rtf1\\ansi \x80}".to_vec(), &[]),
        ("rar", rar(&[2, 2, 0]), &[]),
        ("rar", rar(&[2, 2, 0, 3, 1, 0, 0]), &[Encrypted]),
        ("rar", old_rar(0), &[]),
        ("rar", old_rar(4), &[Encrypted]),
        ("7z", seven(b"\x01\x04\x06\0"), &[]),
        ("7z", seven(b"\x17\x06\x24\x06\xF1\x07\x01"), &[Encrypted]),
        ("pdf", b"%PDF-1.7\ntrailer<</Size 3/EncryptMetadata false>>".to_vec(), &[]),
        ("pdf", b"%PDF-1.7\ntrailer<</Size 3/Encrypt 12 0 R>>\nstartxref".to_vec(), &[Encrypted]),
    ];
    for (extension, file, warnings) in cases {
        let found = detected(&file).unwrap_or_else(|refused| panic!("{extension} {refused}"));
        assert_eq!((found.file_type.extension, &found.warnings[..]), (extension, warnings));
    }
}

#[test]
fn what_a_password_hides_is_named_as_its_sender_did() {
    let [sheet, text, other] =
        ["Bảng lương.XLSX", "Đề thi", "Đề.exe"].map(|name| FileType::LOCKED.named(name).extension);
    assert_eq!([sheet, text, other], ["xlsx", "docx", "docx"]);
    assert_eq!(FileType::PDF.named("a.xlsx"), FileType::PDF);
}

#[test]
fn a_document_behind_a_few_bytes_is_what_it_is() {
    let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n";
    for before in [" ", "\r\n", "\u{FEFF}", "HTTP/1.1 200 OK\r\n\r\n", "\0\0\u{1}scan", &"x".repeat(1016)] {
        let found = detected(format!("{before}{pdf}").as_bytes()).unwrap();
        assert_eq!(found.file_type, FileType::PDF, "{before:?}");
    }
    for text in [format!("{}{pdf}", "x".repeat(1100)), "Tệp bắt đầu bằng %PDF-1.7 là PDF.\n".to_owned()] {
        assert_eq!(detected(text.as_bytes()).unwrap().file_type, FileType::TXT);
    }
}

#[test]
fn compound_files_that_lead_in_circles_end() {
    let whole = compound(&[("/WordDocument", &word(0)), ("/Macros/VBA/dir", &[7; 9000])]);
    let started = std::time::Instant::now();
    for at in 0..whole.len() / 4 {
        let mut damaged = whole.clone();
        damaged[at * 4..at * 4 + 4].copy_from_slice(&u32::try_from(at % 9).unwrap().to_le_bytes());
        let _ = detected(&damaged);
    }
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn each_type_that_is_taken_is_told_from_its_content() {
    let ogg = |codec: &str| [&b"OggS\0\x02"[..], &[0; 22], codec.as_bytes(), &[0; 20]].concat();
    let cases: [(&str, Vec<u8>); 28] = [
        ("image/jpeg", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0".to_vec()),
        ("image/png", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec()),
        ("image/gif", b"GIF89a\x01\0\x01\0".to_vec()),
        ("image/webp", b"RIFF\x1A\0\0\0WEBPVP8L".to_vec()),
        ("audio/wav", b"RIFF\x1A\0\0\0WAVEfmt ".to_vec()),
        ("audio/mpeg", b"ID3\x03\0\0\0\0\0\x0A".to_vec()),
        ("audio/mpeg", b"\xFF\xFB\x90\0\0\0".to_vec()),
        ("audio/aac", b"\xFF\xF1\x50\x80\0\0".to_vec()),
        ("audio/mp4", mp4("M4A ", &["soun"])),
        ("audio/mp4", mp4("mp42", &["soun"])),
        ("video/mp4", mp4("mp42", &["soun", "vide"])),
        ("video/mp4", mp4("M4A ", &["vide"])),
        ("audio/flac", b"fLaC\0\0\0\x22".to_vec()),
        ("audio/flac", b"ID3\x04\0\0\0\0\0\x02\0\0fLaC\0\0\0\x22".to_vec()),
        ("audio/ogg", ogg("OpusHead")),
        ("audio/ogg", ogg("\x01vorbis")),
        ("application/pdf", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec()),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", document("word/document.xml")),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", document("xl/workbook.xml")),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", document("ppt/presentation.xml")),
        ("application/vnd.oasis.opendocument.text", odf("application/vnd.oasis.opendocument.text", &["content.xml"])),
        ("application/zip", archive(&[("ảnh/1.jpg", b"x")])),
        ("text/plain", "Kính gửi: các đơn vị, trường học\nNội dung: họp, báo cáo\n".into()),
        ("text/plain", utf16("Thông báo")),
        ("text/plain", b"BMI, and 1 < 2".to_vec()),
        ("text/plain", "ă".repeat(70_000).into()),
        ("text/csv", "tên,tuổi\r\n\"Nguyễn, A\",30\r\nLê B,31".into()),
        ("text/csv", utf16("xã\tsố dân\nA\t10\n")),
    ];
    for (mime, file) in cases {
        let found = detected(&file);
        assert!(found.as_ref().is_ok_and(|found| found.file_type.mime == mime), "{mime}: {found:?}");
    }
}

#[test]
fn what_is_not_taken_is_refused_with_its_reason() {
    let cases: [(&str, Vec<u8>); 30] = [
        ("empty", vec![]),
        ("markup", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec()),
        ("markup", b"<?xml version=\"1.0\"?><svg/>".to_vec()),
        ("markup", b"  \n<!DOCTYPE html><p>x".to_vec()),
        ("markup", b"\xEF\xBB\xBF<HTML>".to_vec()),
        ("markup", utf16("<script>alert(1)</script>")),
        ("markup", b"<!-- x --><b>".to_vec()),
        ("markup", b"harmless\n\n<SCRIPT src=//evil>".to_vec()),
        ("markup", b"#!/bin/sh\nrm -rf /".to_vec()),
        ("markup", b"<?php system($_GET[0]);".to_vec()),
        ("program", b"MZ\x90\0\x03\0\0\0".to_vec()),
        ("program", [&b"\x7FELF\x02\x01\x01"[..], &[0; 60]].concat()),
        ("program", archive(&[("META-INF/MANIFEST.MF", b""), ("A.class", b"")])),
        ("broken", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0".to_vec()),
        ("unknown", compound(&[("/VisioDocument", b"x")])),
        ("other_picture", b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1".to_vec()),
        ("other_picture", b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic".to_vec()),
        ("other_picture", b"\0\0\0\x1Cftypmsf1\0\0\0\0msf1hevc".to_vec()),
        ("video_format", b"RIFF\x10\0\0\0AVI LIST\0\0\0\0".to_vec()),
        ("video_format", b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska".to_vec()),
        ("broken", mp4("M4A ", &["soun"])[..60].to_vec()),
        // Places that no file has.
        ("broken", [&b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0"[..], &[0xF0; 7], &[0x70], &[0; 12]].concat()),
        ("broken", [&boxed("ftyp", b"mp42\0\0\0\0")[..], b"\0\0\0\x01mdat\x7F", &[0xF0; 7], &[0; 20]].concat()),
        ("broken", b"PK\x03\x04 and no list of members".to_vec()),
        ("unknown", [&b"OggS\0\x02"[..], &[0; 22], b"\x80theora"].concat()),
        ("unknown", b" %PDF-1.7\n\0".to_vec()),
        ("unknown", b"text with \0 in it".to_vec()),
        ("markup", b"<html>\n%PDF-1.7\nstartxref\n0\n%%EOF".to_vec()),
        ("unknown", archive(&[("[Content_Types].xml", b""), ("word/document.xml", b""), ("xl/workbook.xml", b"")])),
        ("other_encoding", b"Th\xF4ng b\xE1o".to_vec()),
    ];
    for (reason, file) in cases {
        let found = detected(&file).map_err(<&str>::from);
        assert_eq!(found, Err(reason), "{:?}", String::from_utf8_lossy(&file[..file.len().min(60)]));
    }
}

#[test]
fn a_document_that_would_grow_a_thousandfold_is_only_listed() {
    // A thousandth of its unpacked size; the members' names alone are read, so how much more it were would not matter.
    let mut out = Vec::new();
    let mut writer = rawzip::ZipArchiveWriter::new(&mut out);
    for name in ["[Content_Types].xml", "word/document.xml", "word/bomb.xml"] {
        let (mut entry, config) =
            writer.new_file(name).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let mut encoder = config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast()));
        for _ in 0..64 {
            encoder.write_all(&[0; 64 * 1024]).unwrap();
        }
        let (encoder, descriptor) = encoder.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    writer.finish().unwrap();
    let started = std::time::Instant::now();

    assert_eq!(detected(&out).unwrap().file_type.extension, "docx");

    assert!(started.elapsed().as_millis() < 500);
}

#[test]
fn text_is_sent_with_its_encoding() {
    assert_eq!(content_type("text/csv"), "text/csv; charset=utf-8");
    assert_eq!(content_type("image/png"), "image/png");
}
