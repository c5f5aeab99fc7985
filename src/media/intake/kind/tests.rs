use std::io::Write;

use super::*;

fn detected(bytes: &[u8]) -> Result<FileType, Refused> {
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
        assert!(found.as_ref().is_ok_and(|found| found.mime == mime), "{mime}: {found:?}");
    }
}

#[test]
fn what_is_not_taken_is_refused_with_its_reason() {
    let cases: [(&str, Vec<u8>); 31] = [
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
        ("macros", archive(&[("[Content_Types].xml", b""), ("word/document.xml", b""), ("word/vbaProject.bin", b"")])),
        ("macros", archive(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b""), ("xl\\macrosheets\\s.xml", b"")])),
        ("macros", odf("application/vnd.oasis.opendocument.spreadsheet", &["Basic/Standard/Module1.xml"])),
        ("old_office", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0".to_vec()),
        ("other_picture", b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1".to_vec()),
        ("other_picture", b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic".to_vec()),
        ("other_picture", b"II*\0\x08\0\0\0\0\0".to_vec()),
        ("video_format", b"RIFF\x10\0\0\0AVI LIST\0\0\0\0".to_vec()),
        ("video_format", b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska".to_vec()),
        ("broken", mp4("M4A ", &["soun"])[..60].to_vec()),
        ("broken", b"PK\x03\x04 and no list of members".to_vec()),
        ("unknown", [&b"OggS\0\x02"[..], &[0; 22], b"\x80theora"].concat()),
        ("unknown", b" %PDF-1.7\n\0".to_vec()),
        ("unknown", b"{\\rtf1 x}".to_vec()),
        ("unknown", b"text with \0 in it".to_vec()),
        ("unknown", b"Rar!\x1A\x07\x01\0".to_vec()),
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

    assert_eq!(detected(&out).unwrap().extension, "docx");

    assert!(started.elapsed().as_millis() < 500);
}

#[test]
fn text_is_sent_with_its_encoding() {
    assert_eq!(content_type("text/csv"), "text/csv; charset=utf-8");
    assert_eq!(content_type("image/png"), "image/png");
}
