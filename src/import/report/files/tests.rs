use chrono::{TimeZone, Utc};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::import::report::{Action, Loss, LossCode};

fn facts() -> Facts {
    let at = |minute| Utc.with_ymd_and_hms(2026, 11, 28, 1, minute, 0).single().expect("a moment");
    Facts { list: "Tin tức [tỉnh]".into(), bundle: "goi-2026-11-28".into(), began: at(5), ended: at(17) }
}

fn line(item: i64, action: Action) -> Line {
    Line { item, action, article: None, title: None, reason: None, losses: Vec::new() }
}

fn lines() -> Vec<Line> {
    vec![
        Line {
            article: Some(Uuid::from_u128(0x5f0c)),
            title: Some("=Mùa cam, \"Hòa Lạc\"".into()),
            losses: vec![
                Loss::new(LossCode::MediaMissing, "body", "/PublishingImages/cam|1.jpg"),
                Loss::new(LossCode::MarkupRemoved, "body", "iframe: <b>@x"),
            ],
            ..line(7, Action::Created)
        },
        Line { article: Some(Uuid::from_u128(8)), title: Some("Chợ phiên".into()), ..line(8, Action::Skipped) },
        Line { reason: Some("a folder".into()), ..line(9, Action::Refused) },
        Line { article: Some(Uuid::from_u128(3)), title: Some("Cũ".into()), ..line(3, Action::Gone) },
    ]
}

fn written(lines: &[Line], read: u64, run: Option<i64>) -> (TempDir, Totals) {
    let dir = TempDir::new().expect("a folder");
    let mut report = Report::create(dir.path(), run).expect("a report");
    for line in lines {
        report.line(line).expect("a line");
    }
    let totals = report.finish(read, &facts()).expect("the end");
    (dir, totals)
}

fn file(dir: &TempDir, name: &str) -> String {
    fs::read_to_string(dir.path().join(name)).expect(name)
}

#[test]
fn a_line_an_item_and_a_line_a_loss() {
    let (dir, totals) = written(&lines(), 3, Some(12));

    assert!(totals.adds_up());
    assert_eq!(
        file(&dir, "items.jsonl"),
        concat!(
            r#"{"item":7,"action":"created","article":"00000000-0000-0000-0000-000000005f0c","title":"=Mùa cam, \"Hòa Lạc\"","#,
            r#""reason":null,"losses":[{"code":"media_missing","field":"body","sample":"/PublishingImages/cam|1.jpg"},"#,
            r#"{"code":"markup_removed","field":"body","sample":"iframe: <b>@x"}]}"#,
            "\n",
            r#"{"item":8,"action":"skipped","article":"00000000-0000-0000-0000-000000000008","title":"Chợ phiên","#,
            r#""reason":null,"losses":[]}"#,
            "\n",
            r#"{"item":9,"action":"refused","article":null,"title":null,"reason":"a folder","losses":[]}"#,
            "\n",
            r#"{"item":3,"action":"gone","article":"00000000-0000-0000-0000-000000000003","title":"Cũ","reason":null,"losses":[]}"#,
            "\n",
        )
    );
    assert_eq!(
        file(&dir, "items.csv"),
        "\u{feff}item,action,article,title,reason,losses\r\n\
         7,created,00000000-0000-0000-0000-000000005f0c,\"'=Mùa cam, \"\"Hòa Lạc\"\"\",,\
         media_missing (body): /PublishingImages/cam|1.jpg; markup_removed (body): iframe: <b>@x\r\n\
         8,skipped,00000000-0000-0000-0000-000000000008,Chợ phiên,,\r\n\
         9,refused,,,a folder,\r\n\
         3,gone,00000000-0000-0000-0000-000000000003,Cũ,,\r\n"
    );
    assert_eq!(
        file(&dir, "losses.csv"),
        "\u{feff}item,article,field,code,sample\r\n\
         7,00000000-0000-0000-0000-000000005f0c,body,media_missing,/PublishingImages/cam|1.jpg\r\n\
         7,00000000-0000-0000-0000-000000005f0c,body,markup_removed,iframe: <b>@x\r\n"
    );
}

#[test]
fn the_summary_is_read_by_people() {
    let (dir, _) = written(&lines(), 3, Some(12));
    let summary = file(&dir, "summary.md");
    let vietnamese = summary.split("\n---\n").next().expect("a first part");
    assert_eq!(
        vietnamese,
        "\
# Kết quả chuyển dữ liệu từ SharePoint

- Lượt nhập: 12
- Danh sách: Tin tức \\[tỉnh\\]
- Gói dữ liệu: goi-2026-11-28
- Bắt đầu: 28/11/2026 08:05 (+07:00)
- Kết thúc: 28/11/2026 08:17 (+07:00)

| Đã đọc | 3 |
|---|---:|
| Tạo mới | 1 |
| Cập nhật | 0 |
| Không đổi, bỏ qua | 1 |
| Xung đột (giữ bản ở đây) | 0 |
| Từ chối | 1 |
| Không còn ở nguồn (vẫn giữ ở đây, không tính vào số đã đọc) | 1 |

Tổng các dòng khớp với số mục đã đọc.

Từ chối: không trở thành bài viết. Sửa theo lý do nêu bên cạnh rồi chạy lại.

- mục 9: a folder

Không còn ở nguồn: bài vẫn ở đây. Nếu bài không còn giá trị, gỡ trong trang quản trị.

- mục 3, Cũ

## Những gì không giữ được (2)

### Thiếu tệp (`media_missing`): 1

Việc cần làm: Xem tệp còn trên máy chủ cũ không; nếu còn, chạy lại lệnh xuất rồi nhập lại: tệp được bổ sung vào bài. Nếu không \
còn, mở bài và gỡ chỗ trỏ tới tệp hoặc tải tệp khác lên.

- mục 7, body: /PublishingImages/cam\\|1.jpg

### Gỡ mã trong nội dung (`markup_removed`): 1

Việc cần làm: Khung, biểu mẫu hoặc mã lệnh không được phép trong bài; chữ vẫn còn. Xem bài có mất video hay bản đồ không và chèn \
lại bằng trình phát được hỗ trợ.

- mục 7, body: iframe: \\<b\\>@x

Từng mục: `items.csv` (mở bằng Excel) và `items.jsonl`; từng chỗ mất: `losses.csv`.
"
    );
    assert!(summary.contains("\n# What came over from SharePoint\n\n- Run: 12\n"));
    assert!(summary.contains("\n| Refused | 1 |\n"));
}

#[test]
fn nothing_lost_and_a_trial_are_told_too() {
    let (dir, totals) = written(&[line(1, Action::Created)], 1, None);
    assert!(totals.adds_up());
    let summary = file(&dir, "summary.md");
    assert!(summary.contains("- **Chạy thử: chưa ghi gì vào cơ sở dữ liệu.**\n"));
    let end = "\n## What could not be kept (0)\n\nNothing was lost.\n\nItem by item: `items.csv` (for Excel) and \
               `items.jsonl`; loss by loss: `losses.csv`.\n";
    assert!(summary.ends_with(end), "{summary}");
}

#[test]
fn only_a_few_examples_are_shown_and_all_are_counted() {
    let many: Vec<Line> = (0..7)
        .map(|item| Line {
            losses: vec![Loss::new(LossCode::TagDropped, "tags", ""); 2],
            ..line(item, Action::Conflict)
        })
        .collect();
    let (dir, totals) = written(&many, 7, Some(1));
    assert_eq!(totals.losses[&LossCode::TagDropped], 14);
    let summary = file(&dir, "summary.md");
    assert!(summary.contains("- item 4\n- … the others are in `items.csv`\n"));
    assert!(summary.contains("- item 2, tags\n- … the others are in `losses.csv`\n"));
}

#[test]
fn what_is_told_twice_or_never_does_not_add_up() {
    for (items, read) in [(&[1, 1][..], 1), (&[1][..], 2), (&[][..], 1)] {
        let lines: Vec<Line> = items.iter().map(|item| line(*item, Action::Created)).collect();
        let (dir, totals) = written(&lines, read, Some(1));
        assert!(!totals.adds_up());
        let told = format!("Lines in the report: {}\n", items.len());
        assert!(file(&dir, "summary.md").contains(&told));
    }
}

#[test]
fn what_is_written_in_batches_is_whole_lines() {
    let dir = TempDir::new().expect("a folder");
    let mut report = Report::create(dir.path(), Some(1)).expect("a report");
    for item in 0..450 {
        report.line(&line(item, Action::Skipped)).expect("a line");
    }
    let there = file(&dir, "items.jsonl");
    assert_eq!((there.lines().count(), there.ends_with("}\n")), (400, true));
    report.flush().expect("it is written");
    assert_eq!(file(&dir, "items.jsonl").lines().count(), 450);
    drop(report);

    let report = Report::create(dir.path(), Some(1)).expect("a report anew");
    assert_eq!(file(&dir, "items.jsonl"), "");
    report.finish(0, &facts()).expect("the end");
    assert!(dir.path().join("summary.md").exists());
    Report::create(dir.path(), Some(2)).expect("another");
    assert!(!dir.path().join("summary.md").exists(), "it was of the run before");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    let dir = TempDir::new().expect("a folder");
    std::os::unix::fs::symlink("/dev/full", dir.path().join("items.jsonl")).expect("a link");
    let mut report = Report::create(dir.path(), Some(1)).expect("a report");
    report.line(&line(1, Action::Created)).expect("it waits");
    let error = report.flush().expect_err("a full disk");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("items.jsonl"), "{error}");
}
