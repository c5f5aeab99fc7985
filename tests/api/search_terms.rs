//! What search compares: the words of texts, and what the database makes of the names of tags.

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
            "COVID-19 covid19 H5N1x",
            "1.553 1,553.000,50m2 1.5 20.11.2026 1.5533 0203.3835.834",
            "622/KH-UBND TP.HCM-Cần M'Drắk Ea H’leo",
            "1.5\u{200B}53 a\u{AD}1",
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
async fn words_that_are_tied_are_also_kept_as_one_with_their_neighbours() {
    let site = Site::start().await;
    let kept = |text: &str| -> Vec<String> {
        site.transaction(|tx| {
            let terms = format!("ARRAY(SELECT DISTINCT unnest(search_terms('', '{text}')))");
            Ok(diesel::select(sql::<sql_types::Array<sql_types::Text>>(&terms)).get_result(tx.conn)?)
        })
    };
    for (text, terms) in [
        ("622/KH-UBND ngày", "622|kh|ubnd|ngay|ngày|622 kh|kh ubnd|ubnd ngay|khubnd|622 khubnd|khubnd ngay"),
        ("COVID-19, Covid19", "covid|19|covid 19|19 covid"),
        ("1.553.000", "1553000"),
        ("a.b.c", "a|b|c|a b|b c|abc|ab|bc"),
        ("a.b c.d", "a|b|c|d|a b|b c|c d|ab|cd|ab cd"),
        ("Hà - Lam...", "ha|hà|lam|ha lam"),
    ] {
        let (mut ours, mut theirs): (Vec<&str>, Vec<String>) = (terms.split('|').collect(), kept(text));
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "{text}");
    }
}
