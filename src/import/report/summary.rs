//! The page that people read, and hand on: first in Vietnamese, then in English.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use strum::IntoEnumIterator;

use super::{
    Action, Facts, LossCode,
    totals::{Example, Tally},
    words::{self, Words},
};
use crate::calendar;

/// What stands around the numbers, in one language.
struct Language {
    title: &'static str,
    trial: &'static str,
    run: &'static str,
    list: &'static str,
    bundle: &'static str,
    from: &'static str,
    to: &'static str,
    read: &'static str,
    adds_up: &'static str,
    differs: &'static str,
    action: fn(Action) -> &'static str,
    conflicts: &'static str,
    refused: &'static str,
    gone: &'static str,
    lost: &'static str,
    nothing_lost: &'static str,
    item: &'static str,
    todo: &'static str,
    more: &'static str,
    files: &'static str,
    words: fn(LossCode) -> Words,
}

const VIETNAMESE: Language = Language {
    title: "Kết quả chuyển dữ liệu từ SharePoint",
    trial: "Chạy thử: chưa ghi gì vào cơ sở dữ liệu.",
    run: "Lượt nhập",
    list: "Danh sách",
    bundle: "Gói dữ liệu",
    from: "Bắt đầu",
    to: "Kết thúc",
    read: "Đã đọc",
    adds_up: "Tổng các dòng khớp với số mục đã đọc.",
    differs: "**Tổng các dòng không khớp với số mục đã đọc: báo cáo này không đầy đủ, cần chạy lại.** Số dòng có trong báo cáo:",
    action: |action| match action {
        Action::Created => "Tạo mới",
        Action::Updated => "Cập nhật",
        Action::Skipped => "Không đổi, bỏ qua",
        Action::Conflict => "Xung đột (giữ bản ở đây)",
        Action::Refused => "Từ chối",
        Action::Gone => "Không còn ở nguồn (vẫn giữ ở đây, không tính vào số đã đọc)",
    },
    conflicts: "Xung đột: đã sửa ở cả hai nơi. Bản ở đây được giữ; mở từng bài, so với bản cũ và quyết định.",
    refused: "Từ chối: không trở thành bài viết. Sửa theo lý do nêu bên cạnh rồi chạy lại.",
    gone: "Không còn ở nguồn: bài vẫn ở đây. Nếu bài không còn giá trị, gỡ trong trang quản trị.",
    lost: "Những gì không giữ được",
    nothing_lost: "Không mất gì.",
    item: "mục",
    todo: "Việc cần làm:",
    more: "các mục khác xem trong",
    files: "Từng mục: `items.csv` (mở bằng Excel) và `items.jsonl`; từng chỗ mất: `losses.csv`.",
    words: words::vietnamese,
};

const ENGLISH: Language = Language {
    title: "What came over from SharePoint",
    trial: "A trial: nothing was written to the database.",
    run: "Run",
    list: "List",
    bundle: "Bundle",
    from: "Began",
    to: "Ended",
    read: "Read",
    adds_up: "The lines add up to the items read.",
    differs: "**The lines do not add up to the items read: this report is not whole, run again.** Lines in the report:",
    action: |action| match action {
        Action::Created => "Created",
        Action::Updated => "Updated",
        Action::Skipped => "Skipped, for nothing changed",
        Action::Conflict => "In conflict (ours stays)",
        Action::Refused => "Refused",
        Action::Gone => "Gone from the source (still here, and not among those read)",
    },
    conflicts: "In conflict: changed there and here. Ours stays; open each beside the old one and decide.",
    refused: "Refused: these became no articles. Put right what is said beside them and run again.",
    gone: "Gone from the source: the articles are still here. Take back in the newsroom what is of no use any more.",
    lost: "What could not be kept",
    nothing_lost: "Nothing was lost.",
    item: "item",
    todo: "What to do:",
    more: "the others are in",
    files: "Item by item: `items.csv` (for Excel) and `items.jsonl`; loss by loss: `losses.csv`.",
    words: words::english,
};

/// The whole page.
pub(super) fn page(run: Option<i64>, facts: &Facts, tally: &Tally) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = part(&mut page, &VIETNAMESE, run, facts, tally);
    page.push_str("\n---\n\n");
    let _ = part(&mut page, &ENGLISH, run, facts, tally);
    page
}

fn part(page: &mut String, say: &Language, run: Option<i64>, facts: &Facts, tally: &Tally) -> std::fmt::Result {
    let totals = &tally.totals;
    writeln!(page, "# {}\n", say.title)?;
    match run {
        Some(number) => writeln!(page, "- {}: {number}", say.run)?,
        None => writeln!(page, "- **{}**", say.trial)?,
    }
    writeln!(page, "- {}: {}", say.list, inert(&facts.list))?;
    writeln!(page, "- {}: {}", say.bundle, inert(&facts.bundle))?;
    writeln!(page, "- {}: {}\n- {}: {}\n", say.from, moment(facts.began), say.to, moment(facts.ended))?;

    writeln!(page, "| {} | {} |\n|---|---:|", say.read, totals.read)?;
    for action in Action::iter() {
        writeln!(page, "| {} | {} |", (say.action)(action), totals.of(action))?;
    }
    if totals.adds_up() {
        writeln!(page, "\n{}", say.adds_up)?;
    } else {
        writeln!(page, "\n{} {}", say.differs, totals.told())?;
    }

    for (action, words) in [(Action::Conflict, say.conflicts), (Action::Refused, say.refused), (Action::Gone, say.gone)]
    {
        if totals.of(action) > 0 {
            writeln!(page, "\n{words}\n")?;
            let known = tally.lines.get(&action).map(Vec::as_slice).unwrap_or_default();
            examples(page, say, known, totals.of(action), "items.csv")?;
        }
    }

    writeln!(page, "\n## {} ({})\n", say.lost, totals.lost())?;
    if totals.losses.is_empty() {
        writeln!(page, "{}", say.nothing_lost)?;
    }
    for (code, count) in &totals.losses {
        let Words { name, advice } = (say.words)(*code);
        writeln!(page, "### {name} (`{code}`): {count}\n\n{} {advice}\n", say.todo)?;
        let known = tally.losses.get(code).map(Vec::as_slice).unwrap_or_default();
        examples(page, say, known, *count, "losses.csv")?;
        page.push('\n');
    }
    writeln!(page, "{}{}", if totals.losses.is_empty() { "\n" } else { "" }, say.files)
}

fn examples(page: &mut String, say: &Language, known: &[Example], count: u64, file: &str) -> std::fmt::Result {
    for Example { item, what, why } in known {
        write!(page, "- {} {item}", say.item)?;
        if let Some(what) = what {
            write!(page, ", {}", inert(what))?;
        }
        if let Some(why) = why {
            write!(page, ": {}", inert(why))?;
        }
        page.push('\n');
    }
    if count > known.len() as u64 {
        writeln!(page, "- … {} `{file}`", say.more)?;
    }
    Ok(())
}

/// A moment by the clocks of the province.
fn moment(at: DateTime<Utc>) -> String {
    calendar::local(at).format("%d/%m/%Y %H:%M (%:z)").to_string()
}

/// A stranger's text as one line of Markdown that means nothing but itself.
fn inert(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' => {
                line.extend(['\\', c]);
            }
            c if c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    line
}
