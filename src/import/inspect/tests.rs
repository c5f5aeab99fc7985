use std::fs;

use super::*;
use crate::import::mapping::{Mapping, Target};

/// What is drafted is a mapping as it stands, and finds the columns by what people call them.
#[test]
fn what_is_drafted_is_accepted_as_it_stands() {
    let bundle = tempfile::tempdir().expect("a folder");
    let fields = [
        ("Title", "Tiêu đề", "Text"),
        ("Anh", "Hình ảnh", "Image"),
        ("Anh0", "Hình ảnh mô tả", "Thumbnail"),
        ("Noi_dung", "Nội dung", "HTML"),
        ("Link", "Link thay thế nội dung", "URL"),
        ("Loai", "Loại bài viết", "Choice"),
        ("So_luot", "Số lượt chia sẻ", "Number"),
        ("So_luot0", "Số lượt người đọc", "Number"),
        ("Trung", "Ghi \"chú\" #1", "Text"),
        ("Trung0", "Ghi \"chú\" #1", "Text"),
    ];
    let fields = fields.map(|(internal, display, kind)| {
        serde_json::json!({"InternalName": internal, "Title": display, "EntityPropertyName": internal, "TypeAsString": kind})
    });
    let items = serde_json::json!([
        {"ID": 1, "Title": "a\u{1}\"b\\", "Loai": "Tin ảnh", "So_luot": 3, "Trung": "x",
         "Noi_dung": "<img src=\"http://cong/PublishingImages/a.png\">"},
        {"ID": 2, "Title": "b", "Loai": "Phỏng vấn\n\"lạ\"", "EditorId": 9},
    ]);
    fs::write(bundle.path().join("fields.json"), serde_json::json!({"value": fields}).to_string()).expect("fields");
    fs::write(bundle.path().join("items.json"), items.to_string()).expect("items");

    let source = Source::open(bundle.path(), None).expect("a source");
    let mut told = Vec::new();
    let draft = inspect(&source, &mut told).expect("an inspection");
    let told = String::from_utf8(told).expect("a text");
    for part in [
        "bundle: a list whose name nobody tells, 2 items",
        "Nội dung (Noi_dung, HTML): 1 of 2 filled → body",
        "missing: users.json",
    ] {
        assert!(told.contains(part), "{told}");
    }
    for part in [
        "\"Trung\" = \"ignore\"  # ?",
        "base = \"https://cong\"",
        "\"Tin ảnh\" = \"photo_story\"  # 1",
        "# \"Phỏng vấn\\u000A\\\"lạ\\\"\" = \"…\"  # ? 1",
    ] {
        assert!(draft.contains(part), "{draft}");
    }
    let mapping = Mapping::read(&draft).unwrap_or_else(|wrong| panic!("{wrong}\n{draft}"));
    let columns = mapping.check(source.fields()).unwrap_or_else(|wrong| panic!("{wrong:?}\n{draft}"));
    let of = |target| columns.one(target).map(|column| column.internal.as_str());
    assert_eq!(
        [
            Target::Image,
            Target::DescriptionImage,
            Target::ExternalUrl,
            Target::Body,
            Target::Views,
            Target::ArticleType
        ]
        .map(of),
        [Some("Anh"), Some("Anh0"), Some("Link"), Some("Noi_dung"), Some("So_luot0"), Some("Loai")]
    );
}
