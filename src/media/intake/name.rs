//! File names: from a client's to one that can be shown, stored and sent.

use actix_web::http::header::{Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue};
use any_ascii::any_ascii;

use crate::text;

/// The most characters of a name, its extension included.
pub const MAX_NAME: usize = 150;

/// The name of a file whose own says nothing ("tệp": file).
const NAMELESS: &str = "tep";

/// Extensions that are taken off a name before it gets the one that its content has. Others may be part of a name:
/// "Kế hoạch 12.TTg".
const EXTENSIONS: [&str; 86] = [
    "3gp", "7z", "aac", "aiff", "apk", "avi", "avif", "bat", "bin", "bmp", "cmd", "com", "css", "csv", "dll", "doc",
    "docm", "docx", "dot", "dotx", "epub", "exe", "flac", "gif", "heic", "heif", "hta", "htm", "html", "jar", "jfif",
    "jpeg", "jpg", "js", "json", "lnk", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "msi", "odg", "odp",
    "ods", "odt", "oga", "ogg", "opus", "pdf", "php", "png", "potx", "pps", "ppsx", "ppt", "pptm", "pptx", "ps1",
    "rar", "rtf", "sh", "shtml", "svg", "tif", "tiff", "txt", "vbs", "wav", "weba", "webm", "webp", "wma", "wmv",
    "xhtml", "xls", "xlsb", "xlsm", "xlsx", "xlt", "xltx", "xml", "zip",
];

/// Makes a file name from what a client sent and the extension that the content has.
///
/// Folders, control characters, characters that nobody sees and those that Windows does not have in names go. Vietnamese
/// letters (in NFC) and spaces stay.
pub fn clean_file_name(raw: &str, extension: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last
        .chars()
        .filter(|&c| !c.is_control() && !text::normal::is_ignorable(c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let visible = text::plain(&visible);
    let mut stem = trim(&visible);
    while let Some((before, after)) = stem.rsplit_once('.') {
        if !EXTENSIONS.contains(&after.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = trim(before);
    }
    // A name that is nothing but an extension.
    if EXTENSIONS.contains(&stem.to_ascii_lowercase().as_str()) {
        stem = "";
    }
    let room = MAX_NAME.saturating_sub(extension.chars().count() + 1);
    let cut: String = stem.chars().take(room).collect();
    let stem = trim(&cut);
    if text::is_blank(stem) {
        format!("{NAMELESS}.{extension}")
    } else if is_device(stem) {
        format!("{NAMELESS}-{stem}.{extension}")
    } else {
        format!("{stem}.{extension}")
    }
}

/// Dots at the beginning hide a file, dots and spaces at the end get lost on Windows.
fn trim(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Names that mean a device on Windows, with any extension.
fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(first.as_str(), "con" | "prn" | "aux" | "nul")
        || first
            .strip_prefix("com")
            .or_else(|| first.strip_prefix("lpt"))
            .is_some_and(|number| number.len() == 1 && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The `Content-Disposition` (RFC 6266) with which a file is sent, to be saved (`attachment`) or shown.
///
/// The plain name is ASCII, for old clients; where it says less than the name, `filename*` (RFC 8187) has it whole.
/// Which wins is by kind, not order (RFC 6266, 4.3), but for clients that take the first that they understand the plain one
/// comes first.
pub fn content_disposition(name: &str, attachment: bool) -> String {
    let disposition = if attachment { DispositionType::Attachment } else { DispositionType::Inline };
    // Quotes, backslashes and percent signs are understood in different ways (RFC 6266, appendix D).
    let plain: String = any_ascii(name)
        .chars()
        .map(|c| if c.is_ascii_control() || matches!(c, '"' | '\\' | '%' | '/') { '_' } else { c })
        .collect();
    let mut parameters = Vec::with_capacity(2);
    let whole = plain == name;
    parameters.push(DispositionParam::Filename(plain));
    if !whole {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.as_bytes().to_vec(),
        }));
    }
    ContentDisposition { disposition, parameters }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_fit_to_be_stored_and_sent() {
        let long = "ạ".repeat(300);
        let cut = format!("{}.pdf", "ạ".repeat(146));
        let cases = [
            ("Kế hoạch số 12.pdf", "pdf", "Kế hoạch số 12.pdf"),
            ("Ke\u{302}\u{301} hoạch.PDF", "pdf", "Kế hoạch.pdf"),
            ("../../etc/passwd", "txt", "passwd.txt"),
            ("C:\\fakepath\\ảnh.JPEG", "jpg", "ảnh.jpg"),
            ("a\0b\r\n.png", "png", "ab.png"),
            ("hoa\u{202E}gpj.exe", "jpg", "hoagpj.jpg"),
            ("page.html", "jpg", "page.jpg"),
            ("shell.php.jpg", "jpg", "shell.jpg"),
            ("Quyết định 12.TTg", "docx", "Quyết định 12.TTg.docx"),
            (".htaccess", "txt", "htaccess.txt"),
            ("..", "txt", "tep.txt"),
            ("", "csv", "tep.csv"),
            ("\u{200B} .pdf", "pdf", "tep.pdf"),
            (".jpg", "jpg", "tep.jpg"),
            ("con.txt", "txt", "tep-con.txt"),
            ("a\"b<c>.txt", "txt", "a_b_c_.txt"),
            (&long, "pdf", &cut),
        ];
        for (raw, extension, expected) in cases {
            let name = clean_file_name(raw, extension);
            assert_eq!(name, expected, "{raw:?}");
            assert_eq!(clean_file_name(&name, extension), expected, "once is enough for {raw:?}");
            assert!(name.chars().count() <= MAX_NAME);
        }
    }

    #[test]
    fn a_vietnamese_name_is_sent_twice() {
        assert_eq!(
            content_disposition("Đề án 50%.pdf", true),
            "attachment; filename=\"De an 50_.pdf\"; filename*=UTF-8''%C4%90%E1%BB%81%20%C3%A1n%2050%25.pdf"
        );
        assert_eq!(content_disposition("bao-cao 1.pdf", false), "inline; filename=\"bao-cao 1.pdf\"");
        // Every character but attr-char is encoded, the apostrophe and parentheses too (RFC 8187, 3.2.1).
        assert_eq!(
            content_disposition("á'(*).pdf", true),
            "attachment; filename=\"a'(*).pdf\"; filename*=UTF-8''%C3%A1%27%28%2A%29.pdf"
        );
    }
}
