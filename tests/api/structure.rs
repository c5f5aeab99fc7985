//! Holds the crate's modules against what ARCHITECTURE.md draws:
//!
//! - **Rooms.** The table under `## Rooms` has a row for each folder and file at the top of `src/`, in the order in
//!   which imports go: a room uses rooms below its own only, none but those that its row names, and all of those.
//! - **No circles.** Within each folder, the files and folders that lie in it import each other one way only. A
//!   `mod.rs` is one of these files (as is `x.rs` within `x/`); what it declares or exports again of its folder is no
//!   import.
//! - **Sizes.** No file grows beyond [`FILE`] lines, nor what lies directly in a folder beyond [`FOLDER`].
//!
//! [`code`] says how the code is read.

mod code;

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use self::code::{Code, Floor};

/// The most lines of a file.
const FILE: usize = 400;
/// The most lines of the Rust files that lie directly in a folder.
const FOLDER: usize = 3_000;

#[test]
fn the_rooms_are_as_drawn_and_imports_go_down() {
    let drawing = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    none(rooms(&drawing, &root().join("src")));
}

#[test]
fn no_folder_has_a_circle() {
    none(circles(&root().join("src")));
}

#[test]
fn no_file_and_no_folder_is_too_long() {
    none(sizes(&root().join("src")));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// What the table and the code in `src` say of each other that is not so.
fn rooms(drawing: &str, src: &Path) -> Vec<String> {
    let section = drawing.split("\n## ").find(|section| section.starts_with("Rooms\n")).expect("a section `## Rooms`");
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<(String, Vec<String>)> = section
        .lines()
        .filter_map(|line| line.trim().strip_prefix('|')?.strip_suffix('|'))
        .filter_map(|line| Some((line.split('|').next()?, line.rsplit('|').next()?)))
        .filter_map(|(room, uses)| Some((quoted(room).pop()?, quoted(uses))))
        .collect();
    let name = |entry: &str| entry.trim_end_matches('/').trim_end_matches(".rs").to_owned();
    let floor = Code::read(src).floors().remove("").unwrap_or_default();
    let mut complaints = Vec::new();

    for entry in entries(src).iter().filter_map(|entry| entry.file_name()?.to_str()) {
        if !matches!(entry, "lib.rs" | "main.rs") && rows.iter().all(|(room, _)| name(room) != name(entry)) {
            complaints.push(format!("src/{entry} has no row"));
        }
    }
    for (at, (room, uses)) in rows.iter().enumerate() {
        if !src.join(room).exists() || rows[..at].iter().any(|(other, _)| name(other) == name(room)) {
            complaints.push(format!("the row of {room} is of nothing, or its second"));
        }
        for used in uses {
            if rows[at + 1..].iter().all(|(below, _)| name(below) != *used) {
                complaints.push(format!("{room} may not use {used}, which is not below it"));
            }
            if !floor.contains_key(&(name(room), used.clone())) {
                complaints.push(format!("{} -> {used} is drawn, but there is no such import", name(room)));
            }
        }
    }
    for ((from, to), import) in floor.iter().filter(|((from, _), _)| from != "lib.rs") {
        if !rows.iter().any(|(room, uses)| name(room) == *from && uses.contains(to)) {
            complaints.push(format!("{from} -> {to} ({import}) is not drawn"));
        }
    }
    complaints
}

fn circles(src: &Path) -> Vec<String> {
    let mut complaints = Vec::new();
    for (folder, floor) in Code::read(src).floors() {
        let circles: BTreeSet<_> = floor.keys().filter_map(|(from, to)| way_back(&floor, from, to)).collect();
        for circle in circles {
            let steps = circle.iter().zip(circle.iter().cycle().skip(1));
            let steps = steps.map(|(from, to)| format!("{from} -> {to} ({})", floor[&(from.clone(), to.clone())]));
            complaints.push(format!("src/{folder}: {}", steps.collect::<Vec<_>>().join(", ")));
        }
    }
    complaints
}

/// The shortest circle with this arrow, told from the first of its names on.
fn way_back(floor: &Floor, from: &String, to: &String) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([to]);
    let mut ways = VecDeque::from([vec![to]]);
    while let Some(way) = ways.pop_front() {
        let last = way[way.len() - 1];
        if last == from {
            let first = way.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(at, _)| at);
            return Some(way[first..].iter().chain(&way[..first]).map(|&name| name.clone()).collect());
        }
        let onward = floor.keys().filter(|(from, to)| from == last && seen.insert(to));
        ways.extend(onward.map(|(_, to)| [&way[..], &[to]].concat()));
    }
    None
}

fn sizes(folder: &Path) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut sum = 0;
    for entry in entries(folder) {
        if entry.is_dir() {
            complaints.extend(sizes(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let lines = fs::read_to_string(&entry).expect("a readable file").lines().count();
            sum += lines;
            if lines > FILE {
                complaints.push(format!("{} has {lines} lines, more than {FILE}", entry.display()));
            }
        }
    }
    if sum > FOLDER {
        complaints.push(format!("{} holds {sum} lines, more than {FOLDER}", folder.display()));
    }
    complaints
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a readable entry").path()).collect()
}

#[test]
fn a_tree_that_is_as_drawn_passes() {
    let tree = tree(TREE);
    none(rooms(DRAWING, tree.path()));
    none(circles(tree.path()));
    none(sizes(tree.path()));
}

#[test]
fn a_circle_is_found_on_each_floor_and_told_with_its_imports() {
    let circular = "pub struct Problem(pub crate::desk::Desk); fn text() { super::text(); }";
    assert_eq!(
        circles(tree(&[TREE, &[("http/problem.rs", circular)]].concat()).path()),
        [
            "src/: desk -> http (src/desk/write.rs: crate::http::Problem), \
             http -> desk (src/http/problem.rs: crate::desk::Desk)",
            "src/http: mod.rs -> problem (src/http/mod.rs: Problem), \
             problem -> mod.rs (src/http/problem.rs: super::text)",
        ]
    );
}

#[test]
fn what_is_drawn_otherwise_than_it_is_found() {
    let drawing = DRAWING.replace("| `desk` `http` |", "| `desk` |").replace("| – |", "| `app` |");
    let tree = tree(&[TREE, &[("lost.rs", "")]].concat());
    assert_eq!(
        rooms(&drawing.replace("`desk/`", "`shop/`"), tree.path()),
        [
            "src/desk has no row",
            "src/lost.rs has no row",
            "app.rs may not use desk, which is not below it",
            "the row of shop/ is of nothing, or its second",
            "shop -> http is drawn, but there is no such import",
            "http/ may not use app, which is not below it",
            "http -> app is drawn, but there is no such import",
            "app -> http (src/app.rs: crate::http::Problem) is not drawn",
            "desk -> http (src/desk/write.rs: crate::http::Problem) is not drawn",
        ]
    );
}

#[test]
fn an_import_is_found_in_every_form() {
    let lib = ("lib.rs", "pub mod a; pub mod all; pub mod b;");
    let all = [("all/mod.rs", "mod more; pub use self::more::*;"), ("all/more.rs", "pub use crate::b::B;")];
    let b = ("b.rs", "pub struct B; pub fn b() {} #[macro_export] macro_rules! words { () => {} }");
    let imports = |code| {
        let floors = Code::read(tree(&[lib, all[0], all[1], b, ("a.rs", code)]).path()).floors();
        floors[""].keys().any(|(from, to)| from == "a" && to == "b")
    };
    for import in [
        "use crate::{b::{B as C}};",
        "use crate::b::*;",
        "use crate::b;",
        "pub use super::b::B;",
        "use crate::all::B;",
        "use crate::all; fn f() { all::B::new(); }",
        "use crate::all::*; fn f(_: B) {}",
        "mod inner { use super::super::b::B; }",
        "fn f() { if let Some(crate::b::B { .. }) = g() {} }",
        "impl Iterator for A { type Item = crate::b::B; }",
        "#[path(responses((status = 200, body = Vec<crate::b::B>)))] fn f() {}",
        "struct A { #[serde(default = \"crate::b::b\")] a: u8 }",
        "fn f() { assert!(x.y(|| [super::b::B])); }",
        "macro_rules! m { () => { $crate::b::b() } }",
        "crate::words!(A);",
    ] {
        assert!(imports(import), "{import}");
    }
    for other in [
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "/// As [`crate::b::B`].\nstruct A;",
        "use b::B; use ::b::b; fn f() { b::b(); }",
        "pub(in crate::b) struct A { b: u8 }",
        "fn f(b: u8) { self.b.b(b); println!(\"{}\", a.b(b)); }",
    ] {
        assert!(!imports(other), "{other}");
    }
}

#[test]
fn what_is_too_long_is_found() {
    let (long, short) = ("\n".repeat(FILE + 1), "\n".repeat(FILE));
    let names: Vec<String> = (0..=FOLDER / FILE).map(|number| format!("desk/{number}.rs")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*short)).collect();
    let tree = tree(&[TREE, &files, &[("desk/upstairs/high.rs", &long)]].concat());
    let folder = tree.path().join("desk");
    assert_eq!(
        sizes(tree.path()),
        [
            format!("{} has {} lines, more than {FILE}", folder.join("upstairs/high.rs").display(), FILE + 1),
            format!("{} holds {} lines, more than {FOLDER}", folder.display(), names.len() * FILE + 3),
        ]
    );
}

/// [`TREE`] as it is.
const DRAWING: &str = "
# Architecture

## Rooms

| room | what it decides | may use |
|---|---|---|
| `app.rs` | what `runs` | `desk` `http` |
| `desk/` | what is written | `http` |
| `http/` | what is answered | – |

## Anything else
| `nothing/` | |
";

/// Without circles: none comes of what is there for tests, is declared or is exported again.
const TREE: &[(&str, &str)] = &[
    ("main.rs", "use made_up::app; fn main() { app::run(); }"),
    ("lib.rs", "pub mod app; pub mod desk; pub mod http;"),
    ("app.rs", "use crate::{desk, http::Problem}; pub fn run() -> Result<(), Problem> { desk::write::now() }"),
    ("desk/mod.rs", "pub mod write; #[cfg(test)] mod tests; pub use write::now; pub struct Desk;"),
    ("desk/write.rs", "use super::Desk; use crate::http::Problem; #[cfg(test)] mod tests { use crate::app::run; }"),
    ("desk/tests.rs", "use crate::app::run;"),
    ("http/mod.rs", "mod problem; mod reply; pub use self::problem::*; pub fn text() -> Problem { Problem }"),
    ("http/problem.rs", "pub struct Problem;"),
    ("http/reply.rs", "use super::{Problem, text};"),
];

/// A folder `src/` with these files; of two of the same name, the latter.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder to be in")).expect("the folder is made");
        fs::write(file, text).expect("the file is written");
    }
    folder
}
