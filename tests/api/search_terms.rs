//! What search compares and how it is found: the terms of the index.

use diesel::{RunQueryDsl, dsl::sql, sql_types};
use tintuc::text::words;

use crate::support::Site;

#[actix_web::test]
async fn the_database_and_the_program_see_the_same_words() {
    let site = Site::start().await;
    // Vietnamese, the other Latin alphabets of Europe, Cyrillic. `ŉ` is none that anybody writes.
    let letters = (0xC0..0x180).chain(0x1A0..0x1A2).chain(0x1AF..0x1B1).chain(0x410..0x460).chain(0x1EA0..0x1EFA);
    let letters = letters.filter(|&code| code != 0x149).filter_map(char::from_u32);
    let texts = letters.map(|c| format!("a{c}b {c}")).chain(
        [
            "Đường Nguyễn Huệ",
            "15/2026/NĐ-CP",
            "tin\u{AD}tức",
            "e\u{301}\u{323}",
            "a—b…c“d”",
            "m² ½",
            "👍a",
            "",
            " ",
            "國語 한국어",
            "x\u{10FFFF}",
        ]
        .map(str::to_owned),
    );
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for text in texts {
        let words: Vec<_> = words(&text).collect();
        let marked: Vec<String> = words.iter().map(|word| word.marked.to_string()).collect();
        let folded: Vec<String> = words.into_iter().map(|word| word.folded.to_string()).collect();
        ours.push((text.clone(), marked, folded));
        let of_database = site.transaction(|tx| {
            let quoted = text.replace('\'', "''");
            let columns = format!("search_words('{quoted}'), search_fold(search_words('{quoted}'))");
            type Words = (sql_types::Array<sql_types::Text>, sql_types::Array<sql_types::Text>);
            Ok(diesel::select(sql::<Words>(&columns)).get_result::<(Vec<String>, Vec<String>)>(tx.conn)?)
        });
        theirs.push((text, of_database.0, of_database.1));
    }
    let different: Vec<_> = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs).collect();
    assert!(different.is_empty(), "{different:?}");
}

#[actix_web::test]
async fn a_search_reads_the_index_and_no_row_that_does_not_match() {
    let site = Site::start().await;
    let plan: Vec<String> = site.transaction(|tx| {
        diesel::sql_query("SET LOCAL enable_seqscan = off").execute(tx.conn)?;
        let explained = diesel::sql_query(
            "EXPLAIN SELECT publication_id FROM delivery.search_terms WHERE terms @@ (SELECT '''dan'' & !''van'''::tsquery)",
        );
        let lines: Vec<Line> = explained.load(tx.conn)?;
        Ok(lines.into_iter().map(|line| line.line).collect())
    });
    assert!(plan.iter().any(|line| line.contains("Bitmap Index Scan on published_search_terms")), "{plan:#?}");
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}
