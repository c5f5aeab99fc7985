//! What search knows of a published copy, as the database's own triggers would write it: there it takes a millisecond and
//! a half an article, here a tenth of that. The migrations `search` and `search_as_typed` say what terms there are; a test holds both together.

use std::collections::HashMap;

use compact_str::{CompactString, CompactStringExt, format_compact};
use uuid::Uuid;

use super::rows::Copy;
use crate::text::{Link, Word, body::pieces, joined, words};

/// The edition of the rules, as the migration `search_as_typed` numbers it.
pub const RULES: i16 = 2;

/// Seconds of a week.
const WEEK: i64 = 604_800;

/// The terms of a copy whose tags have these names.
pub fn of(copy: &Copy, names: &HashMap<Uuid, &str>) -> Vec<CompactString> {
    let content = &copy.content;
    let title: Vec<&str> = content.plain.kicker.iter().chain(&content.title).map(String::as_str).collect();
    let tags: Vec<&str> = content.tags.iter().filter_map(|tag| names.get(tag).copied()).collect();
    let summary: Vec<&str> = content.plain.summary.iter().map(String::as_str).collect();
    let body = content.body.as_deref().map(blocks).unwrap_or_default();
    let mut terms = Vec::with_capacity(4096);
    for (prefix, texts) in [("A:", &title[..]), ("B:", &tags), ("C:", &summary)] {
        texts.iter().for_each(|text| add(&mut terms, &["", prefix], text));
    }
    body.iter().for_each(|text| add(&mut terms, &[""], text));
    let published_at = content.published_at.unwrap_or(copy.dates.first_published_at);
    terms.push(format_compact!("w:{}", published_at.timestamp().div_euclid(WEEK)));
    terms.push(format_compact!("l:{}", content.plain.locale));
    terms.extend(content.tags.iter().map(|tag| format_compact!("t:{tag}")));
    terms.extend(content.category.map(|category| format_compact!("c:{category}")));
    terms.extend(content.article_type.as_ref().map(|code| format_compact!("y:{code}")));
    terms.extend(content.author.map(|author| format_compact!("a:{author}")));
    terms.extend(content.plain.featured.then(|| "f:".into()));
    terms
}

/// Each word without its marks and with them, and each two neighbours; words that are tied once more as one.
fn add(terms: &mut Vec<CompactString>, prefixes: &[&str], text: &str) {
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
            terms.push([*prefix, &word.folded].concat_compact());
            if word.marked != word.folded {
                terms.push([*prefix, &word.marked].concat_compact());
            }
        }
        for pair in &pairs {
            terms.push([*prefix, &pair[0].folded, " ", &pair[1].folded].concat_compact());
        }
    }
}

/// The texts between the tags of a cleaned body that part words.
fn blocks(html: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for (text, is_parted) in pieces(html) {
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
    }
    blocks
}
