//! What a column may become, by what people call it and by its type.

use unicode_normalization::UnicodeNormalization as _;

use crate::import::{fields::Field, mapping::Target};

/// Names of columns without their marks, and what these become. A name that stands whole is better than one that is a part.
const NAMES: &[(Target, &[&str])] = &[
    (
        Target::DescriptionImage,
        &["hinh anh mo ta", "anh mo ta", "hinh mo ta", "anh minh hoa", "hinh minh hoa", "thumbnail"],
    ),
    (Target::Image, &["hinh anh", "anh dai dien", "hinh dai dien", "publishingpageimage", "anh", "image", "picture"]),
    (Target::Kicker, &["dong dan", "tieu de phu", "tieu de tren", "kicker"]),
    (Target::Title, &["tieu de", "ten bai viet", "title"]),
    (Target::Summary, &["tom tat", "trich yeu", "mo ta", "sapo", "summary", "description"]),
    (
        Target::ExternalUrl,
        &["link thay the noi dung", "link thay the", "lien ket thay the", "lien ket ngoai", "external url"],
    ),
    (Target::Body, &["noi dung", "publishingpagecontent", "page content", "body", "content"]),
    (
        Target::PublishedAt,
        &["ngay xuat ban", "ngay dang", "ngay phat hanh", "articlestartdate", "published", "publish date"],
    ),
    (Target::ExpiresAt, &["ngay het han", "ngay het hieu luc", "ngay ket thuc", "publishingexpirationdate", "expires"]),
    (Target::PublishAt, &["ngay bat dau hien thi", "ngay bat dau", "hen gio", "lich dang", "publishingstartdate"]),
    (Target::Featured, &["tin noi bat", "noi bat", "tieu diem", "featured"]),
    (Target::Author, &["tac gia", "nguoi viet", "but danh", "articlebyline", "byline"]),
    (Target::ArticleType, &["loai bai viet", "loai tin bai", "loai tin", "the loai", "article type"]),
    (Target::Category, &["phan loai", "chuyen muc", "danh muc", "chuyen trang", "category"]),
    (Target::PageCount, &["so trang", "page count"]),
    (Target::PhotoCount, &["so anh", "photo count"]),
    (Target::Royalty, &["so tien", "nhuan but", "thu lao", "royalty"]),
    (Target::Related, &["tin lien quan", "bai lien quan", "bai viet lien quan", "related"]),
    (Target::Audio, &["audio", "am thanh", "tep am thanh", "ghi am", "podcast"]),
    (Target::Tags, &["tu khoa", "taxkeyword", "enterprise keywords", "the tag", "tags", "keywords"]),
    (Target::Views, &["so luot nguoi doc", "so luot doc", "so luot xem", "luot xem", "luot doc", "views"]),
    (Target::History, &["lich su", "nhat ky", "history"]),
    (Target::SourceUrl, &["link nguon", "duong dan nguon", "lien ket nguon", "source url"]),
    (Target::SourceName, &["nguon tin", "nguon", "co quan gui", "don vi gui", "source"]),
    (Target::Locale, &["ngon ngu", "language"]),
    (Target::Legacy, &["dia chi cu", "duong dan cu", "url cu", "old url"]),
];

/// What each column may become; each field once, for the column that is most like it.
pub fn targets<'a>(columns: impl Iterator<Item = (&'a Field, u64)>) -> Vec<Option<Target>> {
    let columns: Vec<(&Field, u64)> = columns.collect();
    let mut claims: Vec<(u32, bool, usize, Target)> = Vec::new();
    for (at, (field, filled)) in columns.iter().enumerate() {
        for (target, names) in NAMES {
            if let Some(score) = likeness(field, names).filter(|_| suits(&field.kind, *target)) {
                claims.push((score, *filled > 0, at, *target));
            }
        }
    }
    claims.sort_by_key(|(score, filled, at, _)| (std::cmp::Reverse((*score, *filled)), *at));
    let mut found = vec![None; columns.len()];
    for (_, _, at, target) in claims {
        if found[at].is_none() && (target.takes_many() || !found.contains(&Some(target))) {
            found[at] = Some(target);
        }
    }
    found
}

/// How much a column is like one of these names, if it is.
fn likeness(field: &Field, names: &[&str]) -> Option<u32> {
    let display = unmarked(&field.display);
    let internal = unmarked(&field.internal);
    let like = |name: &&str| {
        let words = display.split(' ').count() - name.split(' ').count().min(display.split(' ').count());
        let within = format!(" {display} ").contains(&format!(" {name} "));
        match () {
            () if internal == **name => Some(1000),
            () if display == **name => Some(900),
            // A name that was cut, and is all that is known.
            () if field.internal.len() >= 31 && display.contains(' ') && name.starts_with(&display) => Some(600),
            // The fewer other words, the better.
            () if within && name.contains(' ') => Some(500 - u32::try_from(words).unwrap_or(400).min(400)),
            () if display.starts_with(*name) && within => Some(100 - u32::try_from(words).unwrap_or(90).min(90)),
            () => None,
        }
    };
    names.iter().filter_map(like).max()
}

/// Whether values of this type can become it. Of a table the types are guesses, too.
fn suits(kind: &str, target: Target) -> bool {
    let is = |kinds: &[&str]| kinds.contains(&kind);
    match target {
        Target::Title | Target::Kicker | Target::Locale => is(&["Text", "Note", "Choice", "Calculated"]),
        Target::Summary | Target::Body => is(&["Text", "Note", "HTML", "Calculated"]),
        Target::History => is(&["Note", "Text", "HTML"]),
        Target::ExternalUrl | Target::SourceUrl | Target::Audio | Target::Legacy => {
            is(&["URL", "Text", "Note", "Calculated"])
        }
        Target::PublishedAt | Target::ExpiresAt | Target::PublishAt => {
            kind == "DateTime" || kind.starts_with("PublishingSchedule")
        }
        Target::Featured => is(&["Boolean", "Choice", "Text", "Number"]),
        Target::PageCount | Target::PhotoCount | Target::Royalty | Target::Views => {
            is(&["Number", "Currency", "Integer", "Calculated", "Text"])
        }
        Target::Related => is(&["Lookup", "LookupMulti"]),
        Target::Image | Target::DescriptionImage => is(&["Image", "Thumbnail", "URL", "Text"]),
        Target::Category
        | Target::ArticleType
        | Target::Author
        | Target::SourceName
        | Target::Tags
        | Target::Attachments => !is(&["DateTime", "Boolean", "Image", "Thumbnail", "Currency", "HTML", "URL"]),
    }
}

/// The code of the type that this value most likely is.
pub fn article_type(value: &str) -> Option<&'static str> {
    let value = unmarked(value);
    let has = |words: &[&str]| words.iter().any(|word| format!(" {value} ").contains(&format!(" {word} ")));
    match () {
        () if has(&["video", "clip", "phim"]) => Some("video"),
        () if has(&["anh", "photo", "hinh anh"]) => Some("photo_story"),
        () if has(&["thong bao", "announcement"]) => Some("announcement"),
        () if has(&["van ban", "document", "cong van"]) => Some("document"),
        () if has(&["tin tuc", "tin", "bai viet", "news", "su kien"]) => Some("news"),
        () => None,
    }
}

/// Small letters without marks.
pub fn unmarked(text: &str) -> String {
    let plain = text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let plain = plain.map(|c| if matches!(c, 'đ' | 'Đ') { 'd' } else { c });
    plain.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
