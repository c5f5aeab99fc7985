use chrono::NaiveDate;

use super::*;
use crate::import::fields::{Field, Fields};

fn field(display: &str, internal: &str) -> Field {
    Field { display: display.to_owned(), internal: internal.to_owned(), kind: "Text".to_owned(), ..Field::default() }
}

fn list() -> Fields {
    let hidden = Field { hidden: true, ..field("Phân loại_0", "a1b2") };
    let system = Field { system: true, ..field("Đã tạo", "Created") };
    let clash = [field("Nội dung", "Body"), field("Nội dung", "N_x1ed9_i_x0020_dung")];
    let all = [field("Tiêu đề", "Title"), field("Phân loại", "PL"), hidden, system].into_iter().chain(clash).collect();
    Fields { all, ..Fields::default() }
}

fn problems(columns: &str) -> Vec<String> {
    let mapping = Mapping::read(&format!("[columns]\n{columns}")).expect("a mapping");
    mapping.check(&list()).expect_err("something is wrong")
}

#[test]
fn every_column_is_named_once_and_is_there() {
    assert_eq!(
        problems(
            "\"Tiêu đề\" = \"title\"\n\"Nội dung\" = \"body\"\n\"Nguồn\" = \"ignore\"\nPL = { to = \"title\", values = \"x\" }\n[x]"
        ),
        [
            "[columns] names “Nguồn”, which is no column of the list",
            "2 columns are called “Nội dung”; name each by its internal name: \"Body\", \"N_x1ed9_i_x0020_dung\"",
            "[columns] does not name “Body”; write what it becomes, or \"ignore\"",
            "[columns] does not name “N_x1ed9_i_x0020_dung”; write what it becomes, or \"ignore\"",
            "“Tiêu đề” and “Phân loại” both become \"title\"; make all but one of them \"ignore\"",
        ]
    );
}

#[test]
fn a_column_has_its_table_and_the_zone_of_the_list() {
    let mapping = "[source]\ntime_zone = \"+09:00\"\ndate_format = \"%d/%m/%Y\"\n[columns]\n\"tiêu  ĐỀ\" = \"title\"\n\
        PL = \"category\"\nBody = \"body\"\nN_x1ed9_i_x0020_dung = \"ignore\"\nCreated = \"published_at\"\n\
        [categories]\n\"Chuyển đổi số\" = \"chuyen-doi-so\"";
    let columns = Mapping::read(mapping).expect("a mapping").check(&list()).expect("all of it is right");
    let category = columns.one(Target::Category).expect("a column");
    let slug = category.values.as_ref().and_then(|values| values.get("CHUYỂN đổi số "));
    assert_eq!((category.internal.as_str(), slug), ("PL", Some("chuyen-doi-so")));
    let date = columns.one(Target::PublishedAt).expect("a column");
    let day = NaiveDate::from_ymd_opt(2020, 4, 7).and_then(|day| day.and_hms_opt(0, 0, 0)).expect("a day");
    assert_eq!(date.zone.moment(day).to_rfc3339(), "2020-04-06T15:00:00+00:00");
    assert_eq!(date.format.as_deref(), Some("%d/%m/%Y"));
    assert_eq!(columns.of(Target::Tags), []);
}

#[test]
fn what_is_wrong_with_a_text_is_told() {
    let says = |text: &str| Mapping::read(text).expect_err("it is wrong");
    assert!(says("[columns]\na = ").contains("line 2"));
    assert!(
        says("[columns]\na = \"titel\"").starts_with("[columns] “a”: there is no field \"titel\". There are: title, ")
    );
    assert!(says("[columns]\na = { to = \"title\", valeus = \"x\" }").contains("valeus"));
    assert_eq!(
        says("[columns]\na = \"title\"\n[categoris]\nb = \"c\""),
        "[categoris] is no part of a mapping, and no column has values = \"categoris\""
    );
    assert!(says("[source]\ntime_zone = \"Hà Nội\"\n[columns]\na = \"title\"").contains("“Hà Nội” is no time zone"));
    assert!(says("[[redirects]]\npattern = \"/tin/{any}.html\"\n[columns]\na = \"title\"").contains("{id} once"));
    assert!(says("[source]\ndate_format = \"dd/mm\"\n[columns]\na = \"title\"").contains("no format of dates"));
    assert_eq!(says(""), "[columns] is missing, or empty");
}

#[test]
fn clocks_that_jump_have_a_moment_for_each_time() {
    let zone: Zone = "America/Los_Angeles".parse().expect("a zone");
    let at = |hour| {
        let local = NaiveDate::from_ymd_opt(2020, 3, 8).and_then(|day| day.and_hms_opt(hour, 30, 0)).expect("a time");
        zone.moment(local).to_rfc3339()
    };
    assert_eq!(at(1), "2020-03-08T09:30:00+00:00");
    assert_eq!(at(2), "2020-03-08T10:30:00+00:00");
    assert_eq!(at(3), "2020-03-08T10:30:00+00:00");
}

#[test]
fn people_are_found_by_number_login_or_name() {
    let users = "[columns]\na = \"title\"\n[users]\n\"23\" = \"a@cong.example\"\n\"TINH\\\\lan\" = \"b@cong.example\"\n\"Văn phòng\" = \"c@cong.example\"";
    let mapping = Mapping::read(users).expect("a mapping");
    let person = |id, name: &str| Person { id: Some(id), name: Some(name.to_owned()), email: None };
    assert_eq!(mapping.email(&person(23, "Văn phòng"), None), Some("a@cong.example"));
    assert_eq!(mapping.email(&person(7, "Lan"), Some("tinh\\LAN")), Some("b@cong.example"));
    assert_eq!(mapping.email(&person(7, "Văn  phòng"), None), Some("c@cong.example"));
    assert_eq!(mapping.email(&person(7, "Khác"), None), None);
}
