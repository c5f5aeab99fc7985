//! What articles are found by: the terms of each, a set without places or weights. A phrase and a place are terms too.
//!
//! - `word`, `word+word`: anywhere in kicker, title, tags, summary or body, each word without marks, with marks where it
//!   has some, and each two neighbours without;
//! - `A:…`, `B:…`, `C:…`: the same in kicker and title; in these and a tag; in these and the summary;
//! - `c:… t:… a:… y:… l:… f:`: category, tags, author, type, language, whether featured;
//! - `id:…`: the article itself.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::text::{Link, Word, body::pieces, joined, words};

/// The edition of these rules. An index made by others is made anew.
pub(super) const RULES: u32 = 2;

/// Where words may stand.
pub(super) const TITLE: &str = "A:";
pub(super) const TITLE_AND_TAGS: &str = "B:";
pub(super) const TITLE_TAGS_AND_SUMMARY: &str = "C:";
pub(super) const ANYWHERE: &str = "";

/// What stands between two words that are one term. No other term has it.
pub(super) const BETWEEN: &str = "+";

/// Of a body no more is searched, in bytes.
pub(super) const BODY_LIMIT: usize = 200_000;

/// What search knows of an article.
#[derive(Debug, QueryableByName)]
pub(super) struct Document {
    #[diesel(sql_type = SqlUuid)]
    pub article_id: Uuid,
    /// Another number where it has to be read anew.
    #[diesel(sql_type = BigInt)]
    pub print: i64,
    #[diesel(sql_type = Timestamptz)]
    pub published_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub last_published_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    pub kicker: Option<String>,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub summary: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub body: Option<String>,
    #[diesel(sql_type = Array<SqlUuid>)]
    pub tag_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Text>)]
    pub tag_names: Vec<String>,
    #[diesel(sql_type = SqlUuid)]
    pub category_id: Uuid,
    #[diesel(sql_type = Text)]
    pub article_type: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub author_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub locale: String,
    #[diesel(sql_type = Bool)]
    pub featured: bool,
}

/// The terms of an article, those of two words apart. Each is followed by a space, and some are there more than once.
#[derive(Default)]
pub(super) struct Terms {
    pub words: String,
    pub pairs: String,
}

/// The terms of an article.
pub(super) fn of(document: &Document) -> Terms {
    let Document { kicker, title, summary, body, tag_ids, tag_names, .. } = document;
    let mut terms = Terms::default();
    for text in kicker.iter().chain([title]) {
        terms.add(&[ANYWHERE, TITLE, TITLE_AND_TAGS, TITLE_TAGS_AND_SUMMARY], text);
    }
    for text in tag_names {
        terms.add(&[ANYWHERE, TITLE_AND_TAGS, TITLE_TAGS_AND_SUMMARY], text);
    }
    if let Some(text) = summary {
        terms.add(&[ANYWHERE, TITLE_TAGS_AND_SUMMARY], text);
    }
    if let Some(html) = body {
        blocks(html).iter().for_each(|text| terms.add(&[ANYWHERE], text));
    }
    terms.word("id:", &document.article_id.to_string());
    terms.word("c:", &document.category_id.to_string());
    terms.word("y:", &document.article_type);
    terms.word("l:", &document.locale);
    tag_ids.iter().for_each(|tag| terms.word("t:", &tag.to_string()));
    if let Some(author) = document.author_id {
        terms.word("a:", &author.to_string());
    }
    if document.featured {
        terms.word("f:", "");
    }
    terms
}

/// Two words side by side, as one term.
pub(super) fn pair(first: &Word, second: &Word) -> String {
    format!("{}{BETWEEN}{}", first.folded, second.folded)
}

impl Terms {
    fn word(&mut self, prefix: &str, word: &str) {
        self.words.extend([prefix, word, " "]);
    }

    /// Each word without its marks and with them, and each two neighbours; words that are tied once more as one.
    fn add(&mut self, prefixes: &[&str], text: &str) {
        let words: Vec<Word> = words(text).collect();
        let runs: Vec<&[Word]> = words.chunk_by(|_, next| next.link == Link::Tied).collect();
        let tied = runs.iter().filter(|run| run.len() > 1);
        // Of three that are tied each two as well: `Nai-TP.HCM`.
        let twos = tied.clone().filter(|run| run.len() > 2).flat_map(|run| run.windows(2));
        let ones: Vec<Word> = tied.copied().chain(twos).filter_map(Word::joined).collect();
        let read = joined(&words);
        let beside = runs.windows(2).zip(read.windows(2)).filter(|(runs, _)| runs.iter().any(|run| run.len() > 1));
        let pairs: Vec<&[Word]> = words.windows(2).chain(beside.map(|(_, pair)| pair)).collect();
        for prefix in prefixes {
            for word in words.iter().chain(&ones) {
                self.word(prefix, &word.folded);
                if word.marked != word.folded {
                    self.word(prefix, &word.marked);
                }
            }
            for pair in &pairs {
                self.pairs.extend([*prefix, &pair[0].folded, BETWEEN, &pair[1].folded, " "]);
            }
        }
    }
}

/// The texts between the tags of a cleaned body that part words, up to the limit.
fn blocks(html: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    let mut room = BODY_LIMIT;
    for (text, is_parted) in pieces(html) {
        let text = &text[..text.floor_char_boundary(room)];
        room -= text.len();
        if let Some(block) = blocks.last_mut() {
            // An entity stands for what is no letter.
            let mut parts = text.split('&');
            block.push_str(parts.next().unwrap_or_default());
            for part in parts {
                block.push(' ');
                block.push_str(part.split_once(';').map_or(part, |(_, rest)| rest));
            }
        }
        if is_parted {
            blocks.push(String::new());
        }
        if room < char::MAX.len_utf8() {
            break;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_tied_are_also_kept_as_one_with_their_neighbours() {
        let kept = |text: &str| {
            let mut terms = Terms::default();
            terms.add(&[""], text);
            let words = terms.words.split_whitespace().map(ToOwned::to_owned);
            let pairs = terms.pairs.split_whitespace().map(|pair| pair.replace(BETWEEN, " "));
            let mut all: Vec<String> = words.chain(pairs).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        for (text, terms) in [
            ("622/KH-UBND ngày", "622|kh|ubnd|ngay|ngày|622 kh|kh ubnd|ubnd ngay|khubnd|622 khubnd|khubnd ngay"),
            ("COVID-19, Covid19", "covid|19|covid 19|19 covid"),
            ("1.553.000", "1553000"),
            ("a.b.c", "a|b|c|a b|b c|abc|ab|bc"),
            ("a.b c.d", "a|b|c|d|a b|b c|c d|ab|cd|ab cd"),
            ("Hà - Lam...", "ha|hà|lam|ha lam"),
        ] {
            let mut expected: Vec<&str> = terms.split('|').collect();
            expected.sort_unstable();
            assert_eq!(kept(text), expected, "{text}");
        }
    }

    #[test]
    fn an_entity_and_a_tag_that_parts_make_no_word_longer() {
        assert_eq!(blocks("<p>m&amp;n <b>a</b>b</p><p>c&nbsp;d</p>").concat(), "m n abc d");
        assert_eq!(blocks("<p>a</p><p>b</p>").iter().filter(|block| !block.is_empty()).count(), 2);
    }
}
