use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::*;
use crate::import::{
    item::{ItemKind, Moderation, Snapshot, Value},
    mapping::{Mapping, Target},
    report::LossCode,
};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder to be in")).expect("the folder");
        fs::write(path, text).expect("the file");
    }
    folder
}

fn mapping(columns: &str) -> Mapping {
    let source = "base = \"https://cong.example\"\naliases = [\"http://cong\"]\ntime_zone = \"Asia/Ho_Chi_Minh\"";
    Mapping::read(&format!("[source]\n{source}\n[columns]\n{columns}")).expect("a mapping")
}

fn items(source: &Source) -> Vec<Item> {
    source.items().collect::<Result<_, _>>().expect("items")
}

fn refusal(path: &Path, mapping: Option<&Mapping>) -> String {
    match Source::open(path, mapping) {
        Ok(_) => panic!("it is not refused"),
        Err(refused) => refused.0,
    }
}

fn text<'a>(version: &'a Snapshot, column: &str) -> &'a str {
    match &version.values[column] {
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

const FIELDS: &str = r#"{"d":{"results":[
    {"InternalName":"Title","Title":"Tiêu đề","EntityPropertyName":"Title","TypeAsString":"Text","FromBaseType":true},
    {"InternalName":"LinkTitle","Title":"Tiêu đề","TypeAsString":"Computed"},
    {"InternalName":"Ng_x00e0_y","Title":"Ngày","EntityPropertyName":"Ng_x00e0_y","TypeAsString":"DateTime",
     "SchemaXml":"<Field Type=\"DateTime\" Format=\"DateOnly\" Name=\"Ng_x00e0_y\"/>"},
    {"InternalName":"Lo_x1ea1_i","Title":"Loại","EntityPropertyName":"Lo_x1ea1_i","TypeAsString":"TaxonomyFieldType"},
    {"InternalName":"c9b2","Title":"Loại_0","EntityPropertyName":"c9b2","TypeAsString":"Note","Hidden":true},
    {"InternalName":"T_x00e1_c_x0020_gi_x1ea3_","Title":"Tác giả","EntityPropertyName":"T_x00e1_c_x0020_gi_x1ea3_","TypeAsString":"User"},
    {"InternalName":"_An","Title":"Ẩn","EntityPropertyName":"OData__An","TypeAsString":"Boolean"},
    {"InternalName":"Anh","Title":"Ảnh","EntityPropertyName":"Anh","TypeAsString":"Image"}
]}}"#;

const COLUMNS: &str = "\"Tiêu đề\" = \"title\"\n\"Ngày\" = \"published_at\"\n\"Loại\" = \"category\"\n\"Tác giả\" = \"author\"\n\
    \"Ẩn\" = \"featured\"\n\"Ảnh\" = \"image\"";

#[test]
fn an_item_of_rest_has_its_versions_the_oldest_first_and_is_not_doubled_by_the_last() {
    let bundle = folder(&[
        ("fields.json", FIELDS),
        (
            "items-1.json",
            r#"{"value":[{"Id":7,"GUID":"5F0C0000-0000-4000-8000-000000000007","ContentTypeId":"0x0100A1","Title":"Mùa cam",
            "Ng_x00e0_y":"2020-04-06T17:00:00Z","Lo_x1ea1_i":{"Label":"14","TermGuid":"1B2E0000-0000-4000-8000-00000000000e","WssId":14},
            "c9b2":"Nông nghiệp|1b2e0000-0000-4000-8000-00000000000e","T_x00e1_c_x0020_gi_x1ea3_Id":23,"OData__An":true,
            "OData__ModerationStatus":2,"OData__UIVersionString":"2.1","Modified":"2020-04-08T01:00:00Z","Created":"2020-04-06T01:00:00Z",
            "AuthorId":9,"EditorId":9,"Attachments":true,
            "AttachmentFiles":[{"FileName":"a b.pdf","ServerRelativePath":{"DecodedUrl":"/Lists/T/Attachments/7/a b.pdf"}}]}]}"#,
        ),
        (
            "versions/7.json",
            r#"{"d":{"results":[
            {"IsCurrentVersion":true,"VersionLabel":"2.1","Created":"2020-04-08T01:00:00","Title":"Mùa cam"},
            {"VersionLabel":"1.0","Created":"2020-04-06T01:00:00","Title":"Cam","T_x005f_x00e1_x005f_c_x005f_x0020_x005f_gi_x005f_x1ea3_x005f_":
             {"LookupId":23,"LookupValue":"Phòng cũ","Email":""},"OData__x005f_ModerationStatus":0,"OData__x005f_An":false}]}}"#,
        ),
        (
            "html/7.json",
            r#"{"Anh":"<img alt=\"Cam &amp; bưởi\" src=\"/Anh/c%E1%BA%A3nh.jpg\" style=\"BORDER&#58;0px\" />"}"#,
        ),
        (
            "users.json",
            r#"{"value":[{"Id":9,"Title":"Ban Biên tập","Email":"bbt@cong.example","LoginName":"i:0#.w|TINH\\bbt"}]}"#,
        ),
        ("files/Anh/cảnh.jpg", "x"),
        ("files/Lists/T/Attachments/7/a b.pdf", "x"),
    ]);
    let mapping = mapping(&format!("{COLUMNS}\n[users]\n\"TINH\\\\bbt\" = \"moi@cong.example\""));
    let source = Source::open(bundle.path(), Some(&mapping)).expect("a source");
    assert_eq!((source.shape(), source.items_in_all()), (Shape::Bundle, 1));
    let columns = mapping.check(source.fields()).expect("columns");
    assert!(columns.one(Target::PublishedAt).expect("a column").date_only);

    let item = items(&source).remove(0);
    assert_eq!(item.kind, ItemKind::Article);
    let labels: Vec<_> =
        item.versions.iter().map(|version| (version.label.as_deref(), text(version, "Title"))).collect();
    assert_eq!(labels, [(Some("1.0"), "Cam"), (Some("2.1"), "Mùa cam")]);
    assert_eq!(item.versions[0].at.to_rfc3339(), "2020-04-06T01:00:00+00:00");
    assert_eq!(item.versions[0].moderation, Some(Moderation::Approved));
    assert_eq!(item.versions[0].values["_An"], Value::Bool(false));
    let now = &item.versions[1];
    assert_eq!((now.moderation, &now.values["_An"]), (Some(Moderation::Pending), &Value::Bool(true)));
    let Value::Terms(terms) = &now.values["Lo_x1ea1_i"] else { panic!("terms") };
    assert_eq!(terms[0].label.as_deref(), Some("Nông nghiệp"));
    // Who is gone from the site has the name that a version knows.
    let Value::People(people) = &now.values["T_x00e1_c_x0020_gi_x1ea3_"] else { panic!("people") };
    assert_eq!((people[0].id, people[0].name.as_deref()), (Some(23), Some("Phòng cũ")));
    assert_eq!(now.by.as_ref().and_then(|by| by.email.as_deref()), Some("moi@cong.example"));
    // The picture is told of the present alone, and kept for what was public before.
    let picture = Value::Picture { src: "/Anh/c%E1%BA%A3nh.jpg".to_owned(), alt: Some("Cam & bưởi".to_owned()) };
    assert_eq!((&item.versions[0].values["Anh"], &now.values["Anh"]), (&picture, &picture));
    assert!(source.file("https://CONG.example/Anh/c%E1%BA%A3nh.jpg").is_some());
    assert!(source.file(&item.attachments[0].path).is_some());
    // 2.0 is missing.
    assert_eq!(item.losses.iter().map(|loss| loss.code).collect::<Vec<_>>(), [LossCode::VersionMissing]);
}

#[test]
fn versions_of_soap_are_joined_on_the_moment_they_were_saved() {
    let version = |name: &str, value: &str, at: &str| {
        format!(
            "<Version {name}=\"{value}\" Modified=\"{at}\" Editor=\"9;#Ban Biên tập,#TINH\\bbt,#bbt@cong.example,#,#x\" />"
        )
    };
    let (first, last) = ("2020-04-06T01:00:00Z", "2020-04-08T01:00:00Z");
    let titles = version("Title", "Mùa cam", last) + &version("Title", "Cam &amp; bưởi", first);
    let bundle = folder(&[
        ("fields.json", FIELDS),
        (
            "items.json",
            r#"[{"Id":7,"Title":"Mùa cam","Modified":"2020-04-08T01:00:00Z","OData__UIVersionString":"2.0","OData__ModerationStatus":0}]"#,
        ),
        ("versions/7/Title.xml", &format!("<r><Versions>{titles}</Versions></r>")),
        ("versions/7/_An.xml", &format!("<r><Versions>{}</Versions></r>", version("_An", "1", first))),
        ("versions/7/Lo_x1ea1_i.xml", "<html>Sorry"),
    ]);
    let item = items(&Source::open(bundle.path(), Some(&mapping(COLUMNS))).expect("a source")).remove(0);
    let seen: Vec<_> =
        item.versions.iter().map(|it| (text(it, "Title"), it.values.get("_An"), it.label.as_deref())).collect();
    assert_eq!(seen, [("Cam & bưởi", Some(&Value::Bool(true)), None), ("Mùa cam", None, Some("2.0"))]);
    assert_eq!(item.versions[0].by.as_ref().and_then(|by| by.email.as_deref()), Some("bbt@cong.example"));
    // What is no answer is told.
    assert!(item.losses[0].sample.starts_with("versions/7/Lo_x1ea1_i.xml"), "{:?}", item.losses);
}

#[test]
fn what_nobody_told_of_is_found_in_the_items() {
    let bundle = folder(&[(
        "l.json",
        r#"[{"Id":7,"Title":"a","T_x00e1_c_x0020_gi_x1ea3_Id":23,"T_x00e1_c_x0020_gi_x1ea3_StringId":"23",
        "C_x01a1_Id":3,"__metadata":{},"odata.etag":"1","S_x1ed1_":2.50,"OData__x":"y","AuthorId":9,"FieldValues":null}]"#,
    )]);
    let source = Source::open(&bundle.path().join("l.json"), None).expect("a source");
    let told: Vec<_> =
        source.fields().all.iter().map(|it| (it.display.as_str(), it.internal.as_str(), it.kind.as_str())).collect();
    assert_eq!(
        told,
        [
            ("Cơ", "C_x01a1_", "Lookup"),
            ("_x", "_x", "Text"),
            ("Số", "S_x1ed1_", "Number"),
            ("Tác giả", "T_x00e1_c_x0020_gi_x1ea3_", "User"),
            ("Title", "Title", "Text"),
        ]
    );
    assert_eq!(items(&source)[0].versions[0].values["S_x1ed1_"], Value::Number("2.5".to_owned()));
}

const TABLE: &str = "ID,Tiêu đề,Ngày,Nhãn,Modified\r\n";

#[test]
fn a_table_is_read_with_and_without_its_schema() {
    let rows = "7,Mùa cam,07/04/2020 17:00,\"[\"\"A\"\",\"\"B\"\"]\",13/04/2020 08:00\r\n";
    let schema = r#"ListSchema={"schemaXmlList":["<Field Type=\"Text\" Name=\"Title\" DisplayName=\"Tiêu đề\"/>","<Field Type=\"MultiChoice\" Name=\"Nhan\" DisplayName=\"Nhãn\"/>"]}"#;
    let plain = mapping(
        "\"Tiêu đề\" = \"title\"\n\"Ngày\" = { to = \"published_at\", format = \"%d/%m/%Y\" }\n\"Nhãn\" = \"ignore\"",
    );
    for (start, title) in
        [(String::from("\u{feff}"), "Tiêu đề"), (format!("{schema}\r\n"), "Title"), (format!("{schema},"), "Title")]
    {
        let table = folder(&[("t.csv", &format!("{start}{TABLE}{rows}")), ("Attachments/7/a#b.pdf", "x")]);
        let source = Source::open(table.path(), Some(&plain)).expect("a source");
        let item = items(&source).remove(0);
        let now = &item.versions[0];
        assert_eq!(text(now, title), "Mùa cam");
        let Value::Local(day) = now.values["Ngày"] else { panic!("a date") };
        assert_eq!(
            (day.to_string().as_str(), now.at.to_rfc3339().as_str()),
            ("2020-04-07 17:00:00", "2020-04-13T01:00:00+00:00")
        );
        assert_eq!(item.attachments[0].path, "/Attachments/7/a#b.pdf");
        assert!(source.file(&item.attachments[0].path).is_some());
    }
}

#[test]
fn a_date_that_can_be_read_in_two_ways_is_refused_and_one_that_is_none_is_told() {
    let table = |dates: [&str; 3]| {
        let rows: String = (1..).zip(dates).map(|(id, date)| format!("{id},a,{date},,\r\n")).collect();
        folder(&[("t.csv", &format!("{TABLE}{rows}"))])
    };
    let columns = "\"Tiêu đề\" = \"title\"\n\"Nhãn\" = \"ignore\"\n\"Ngày\" = ";
    let open = |dates, format: &str| {
        let to = format!("{{ to = \"published_at\"{format} }}");
        let folder = table(dates);
        Source::open(folder.path(), Some(&mapping(&format!("{columns}{to}")))).map(|source| (items(&source), folder))
    };
    let said = open(["03/04/2020", "05/06/2020", "01/02/2021"], "").expect_err("refused").0;
    assert!(said.contains("can be read in two ways (“03/04/2020”") && said.contains("date_format"), "{said}");
    let (found, _folder) = open(["03/04/2020", "25/06/2020", "31/02/2021"], "").expect("one of them tells");
    assert!(
        matches!(found[0].versions[0].values["Ngày"], Value::Local(day) if day.to_string() == "2020-04-03 00:00:00")
    );
    assert_eq!(found[2].losses[0].code, LossCode::DateAmbiguous);
    assert_eq!((found[2].losses[0].field.as_str(), found[2].losses[0].sample.as_str()), ("published_at", "31/02/2021"));
    let said = open(["03/14/2020", "05/26/2020", "01/02/2021"], ", format = \"%d/%m/%Y\"").expect_err("refused").0;
    assert!(said.contains("are not written as \"%d/%m/%Y\""), "{said}");
}

#[test]
fn what_is_not_whole_is_refused_with_what_to_do() {
    let says = |files: &[(&str, &str)], part: &str| {
        let bundle = folder(files);
        let said = refusal(bundle.path(), None);
        assert!(said.contains(part), "{said}");
    };
    let page = r#"{"value":[{"Id":1,"Title":"a"}]}"#;
    says(&[("items-1.json", r#"{"value":[{"Id":1,"Title":"a"},{"Id":2,"Ti"#)], "it ends in the middle");
    says(&[("items-1.json", "<!DOCTYPE html><title>Sign In</title>")], "it is a web page (“Sign In”)");
    says(&[("items-1.json", r#"{"odata.error":{"code":"-1"}}"#)], "the server's error");
    says(&[("items-1.json", page), ("items-2.json", page)], "ID 1 is there twice");
    says(
        &[("items-1.json", page), ("items-2.json", "[]"), ("items-4.json", "[]")],
        "the page 3 of the items is missing",
    );
    says(&[("items-1.json", r#"{"value":[],"odata.nextLink":"x"}"#)], "it is the last page and names another");
    says(&[("items-1.json", "{\"value\":[]}")], "there are no items");
    says(&[("items-1.json", r#"[{"Title":"a"}]"#)], "has no ID");
    says(&[("items-1.json", "")], "it is empty");
    says(&[("readme.md", "")], "there is no list in it");
    says(&[("t.csv", "Tiêu đề\r\na")], "it has no column ID");
    says(&[("t.csv", "ID,Tiêu đề\r\n1,a\r\n2")], "row 3 has 1 cells where the head has 2");
    let ruin = "ID,Ti?u ??\r\n1,\"Th?ng b?o c?a ?y ban nh?n d?n t?nh v? l?ch ti?p c?ng d?n\"\r\n";
    says(&[("t.csv", ruin)], "turned into question marks");
    let rows: String = (1..=30_000).map(|id| format!("{id},ă\n")).collect();
    says(&[("t.csv", &format!("ID,Tiêu đề\n{rows}"))], "exactly 30,000 rows");

    let list = r#"{"Id":"c0ffee00-0000-4000-8000-000000000001","Title":"Tin"}"#;
    let bundle = folder(&[("items-1.json", page), ("list.json", list)]);
    let other =
        Mapping::read("[source]\nlist = \"c0ffee00-0000-4000-8000-000000000002\"\n[columns]\nTitle = \"title\"")
            .expect("a mapping");
    assert!(refusal(bundle.path(), Some(&other)).contains("the mapping is for c0ffee00-0000-4000-8000-000000000002"));
}

#[test]
fn letters_that_few_items_lost_are_told() {
    let items_of = |title: &str| {
        let bundle = folder(&[("items.json", &format!(r#"[{{"Id":1,"Title":"{title}"}}]"#)), ("fields.json", FIELDS)]);
        items(&Source::open(bundle.path(), Some(&mapping(COLUMNS))).expect("a source")).remove(0).losses
    };
    let lost = items_of("Về th?ng báo của tỉnh");
    assert_eq!(
        (lost[0].code, lost[0].field.as_str(), lost[0].sample.as_str()),
        (LossCode::QuestionMarks, "title", "Về th?ng")
    );
    assert_eq!(items_of("Vì sao?Anh hỏi ai? Xem <a href='/a?b=c'>đây</a> https://a.example/x?y=z"), []);
}

#[test]
fn nothing_outside_of_the_folder_is_a_file_of_it() {
    let outside = folder(&[("secret.txt", "x")]);
    let bundle = folder(&[
        ("items.json", r#"[{"Id":1,"Title":"a"}]"#),
        ("files/Anh/Lễ hội #1 100%.jpg", "x"),
        ("files/Anh/trong/x.jpg", "x"),
        ("files/Anh/ke\u{302}\u{301} hoa\u{323}ch.jpg", "x"),
    ]);
    symlink(outside.path().join("secret.txt"), bundle.path().join("files/secret.txt")).expect("a link");
    symlink(outside.path(), bundle.path().join("files/out")).expect("a link");
    let source = Source::open(bundle.path(), Some(&mapping("Title = \"title\""))).expect("a source");
    let found = |address: &str| source.file(address).and_then(|path| path.file_name().map(PathBuf::from)).is_some();
    for there in [
        "/Anh/Lễ hội #1 100%.jpg",
        "/Anh/L%E1%BB%85%20h%E1%BB%99i%20%231%20100%25.jpg",
        "http://cong/anh/kế hoạch.JPG?RenditionID=3",
        "//cong.example/Anh/trong/x.jpg#a",
    ] {
        assert!(found(there), "{there}");
    }
    for absent in [
        "/secret.txt",
        "/out/secret.txt",
        "/../items.json",
        "/%2e%2e/items.json",
        "/Anh/trong",
        "https://la.example/Anh/trong/x.jpg",
        "file:///etc/passwd",
        "data:image/png;base64,AA",
        "",
    ] {
        assert!(!found(absent), "{absent}");
    }
}

#[test]
fn windows_writes_utf_16_and_dates_by_the_millisecond() {
    let written = r#"[{"Id":1,"FieldValues":{"ID":1,"Title":"Đường","Modified":"/Date(1586336400000)/","FSObjType":"1","Ngay":"\/Date(1586336400000+0700)\/"}}]"#;
    let bundle = folder(&[]);
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(written.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(bundle.path().join("items.json"), wide).expect("a file");
    let source = Source::open(bundle.path(), None).expect("a source");
    let item = items(&source).remove(0);
    assert_eq!((source.shape(), &item.kind), (Shape::Json, &ItemKind::Folder));
    assert_eq!(text(&item.versions[0], "Title"), "Đường");
    assert!(matches!(item.versions[0].values["Ngay"], Value::Moment(at) if at == item.versions[0].at));
}

#[test]
fn numbers_are_read_as_people_write_them_in_tables_alone() {
    for (written, table, read) in [
        ("350000.00000000000000", false, Some("350000")),
        ("2.500", false, Some("2.5")),
        ("2.500", true, Some("2500")),
        ("350.000 ₫", true, Some("350000")),
        ("1.234.567,80", true, Some("1234567.8")),
        ("1,234.5", true, Some("1234.5")),
        ("-3,5", true, Some("-3.5")),
        ("07", true, Some("7")),
        ("3 trang/bài", true, None),
        ("không", true, None),
    ] {
        assert_eq!(flat::number(written, table).as_deref(), read, "{written}");
    }
}

#[test]
fn content_types_are_told_by_the_mapping_or_by_most_of_the_items() {
    let rows = r#"[{"ID":1,"Title":"a","ContentTypeId":"0x0100A1"},{"ID":2,"Title":"b","ContentTypeId":"0x0100A1"},
        {"ID":3,"Title":"c","ContentTypeId":"0x0105"},{"ID":4,"Title":"d","ContentTypeId":"0x012000"}]"#;
    let bundle = folder(&[("items.json", rows)]);
    let kinds = |mapping: &Mapping| {
        let source = Source::open(bundle.path(), Some(mapping)).expect("a source");
        items(&source).into_iter().map(|item| item.kind).collect::<Vec<_>>()
    };
    let other = |id: &str| ItemKind::Other(id.to_owned());
    let most = mapping("Title = \"title\"");
    assert_eq!(kinds(&most), [ItemKind::Article, ItemKind::Article, other("0x0105"), ItemKind::Folder]);
    let said = mapping("Title = \"title\"\n[content_types]\n\"0x01\" = \"article\"\n\"0x0100A1\" = \"ignore\"");
    assert_eq!(kinds(&said), [other("0x0100A1"), other("0x0100A1"), ItemKind::Article, ItemKind::Folder]);
}
