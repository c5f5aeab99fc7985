//! Where an article has what was looked for.
//!
//! It is worked out here and not in the database, whose `ts_headline` could not mark `Dân vận` for `dan van`.

use std::{fmt::Write, ops::Range};

use super::{
    query::{Part, Query},
    terms::BODY_LIMIT,
};
use crate::delivery::model::Highlight;
use crate::text::{Link, TIES, Word, has_words, plain_body, words, words_among};

/// What is shown of a body, in characters.
const FRAGMENT: usize = 200;

/// What is shown of a body before the first match, in characters.
const LEAD: usize = 40;

/// The texts of an article in which words are marked. The body is HTML.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// The line above the title.
    pub kicker: Option<&'a str>,
    /// The title.
    pub title: &'a str,
    /// The summary.
    pub summary: Option<&'a str>,
    /// The body.
    pub body: Option<&'a str>,
}

/// Marks in an article's texts what the query looks for; `guessed` is that of the results. Where the article has the words
/// with the marks that were typed, others are not shown.
pub fn of(query: &Query, guessed: bool, texts: Texts<'_>) -> Highlight {
    let body = texts.body.map(|html| plain_body(html, BODY_LIMIT));
    let texts = [texts.kicker, Some(texts.title), texts.summary, body.as_deref()];
    let corrected = if guessed { query.corrected_by(texts.into_iter().flatten()) } else { None };
    let query = corrected.as_ref().unwrap_or(query);
    let words = query.parts.iter().flat_map(|part| part.words.iter().chain(part.joined.iter().flatten()));
    let words: Vec<&str> = words.map(|word| word.folded.as_str()).collect();
    let parts = texts.map(|text| text.map(|text| Text { text, words: words_among(text, &words).collect() }));
    let sought: Vec<Sought<'_>> = query
        .parts
        .iter()
        .map(|part| {
            let exact = Sought { part, exact: true };
            let has_marks = part.words.iter().any(|word| word.marked != word.folded);
            let is_there = |text: &Text<'_>| exact.occurs_in(text).next().is_some();
            Sought { part, exact: has_marks && parts.iter().flatten().any(is_there) }
        })
        .collect();
    let [kicker, title, summary, body] = parts.map(|text| {
        let text = text?;
        let marked = text.marked(&sought);
        (!marked.is_empty()).then_some((text, marked))
    });
    let whole = |(text, marked): (Text<'_>, Vec<Marked>)| text.written(&marked, 0..text.text.len());
    Highlight {
        kicker: kicker.map(whole),
        title: title.map(whole),
        summary: summary.map(whole),
        body: body.map(|(text, marked)| text.fragment(&marked)),
    }
}

/// A part of the query, as it is to be found in this article.
struct Sought<'a> {
    part: &'a Part,
    exact: bool,
}

impl Sought<'_> {
    /// The words of each occurrence, by their numbers.
    fn occurs_in<'t>(&'t self, text: &'t Text<'_>) -> impl Iterator<Item = Range<usize>> + 't {
        let Part { words, joined, is_phrase } = self.part;
        // Either all in a row, or each by itself; and once more as they are where tied ones are one.
        let rows = words.chunks(if *is_phrase { words.len() } else { 1 }).chain(joined.as_deref());
        rows.flat_map(move |row| {
            (0..text.words.len()).filter_map(move |start| Some(start..self.end_of(row, text, start)?))
        })
    }

    /// Where this row of words ends if it begins with this word of a text. A word may be several of the text that are tied.
    fn end_of(&self, row: &[Word], text: &Text<'_>, start: usize) -> Option<usize> {
        let mut end = start;
        for wanted in row {
            let wanted = self.form(wanted);
            let mut rest = self.beginning(text.next(start, end)?, wanted)?;
            end += 1;
            while !rest.is_empty() {
                let next = text.next(start, end).filter(|word| word.link == Link::Tied)?;
                rest = self.beginning(next, rest)?;
                end += 1;
            }
        }
        Some(end)
    }

    /// What is wanted beyond this word.
    fn beginning<'w>(&self, word: &Word, wanted: &'w str) -> Option<&'w str> {
        wanted.strip_prefix(self.form(word))
    }

    fn form<'w>(&self, word: &'w Word) -> &'w str {
        if self.exact { &word.marked } else { &word.folded }
    }
}

/// A text and those of its words that may be looked for.
struct Text<'a> {
    text: &'a str,
    words: Vec<Word>,
}

/// A word that is looked for: the bytes of the text that it takes, and the part of the query that it belongs to.
struct Marked {
    at: Range<usize>,
    part: usize,
}

impl Text<'_> {
    /// The word of this number, if no other stands between it and the one before; the one at `start` is the first.
    fn next(&self, start: usize, number: usize) -> Option<&Word> {
        let word = self.words.get(number)?;
        let is_next = number == start || !has_words(&self.text[self.words[number - 1].at.end..word.at.start]);
        is_next.then_some(word)
    }

    /// The words that are looked for, in order.
    fn marked(&self, sought: &[Sought<'_>]) -> Vec<Marked> {
        let mut parts = vec![None; self.words.len()];
        for (number, sought) in sought.iter().enumerate() {
            for words in sought.occurs_in(self) {
                parts[words].fill(Some(number));
            }
        }
        let words = self.words.iter().zip(parts);
        words.filter_map(|(word, part)| Some(Marked { at: word.at.clone(), part: part? })).collect()
    }

    /// What stands here, escaped and marked.
    fn written(&self, marked: &[Marked], here: Range<usize>) -> String {
        let mut out = String::new();
        let mut at = here.start;
        let mut open = false;
        let is_here = |word: &&Marked| here.start <= word.at.start && word.at.end <= here.end;
        for Marked { at: word, .. } in marked.iter().filter(is_here) {
            let gap = &self.text[at..word.start];
            if open && !is_one_mark(gap) {
                out.push_str("</mark>");
                open = false;
            }
            escape(&mut out, gap);
            if !open {
                out.push_str("<mark>");
                open = true;
            }
            escape(&mut out, &self.text[word.clone()]);
            at = word.end;
        }
        if open {
            out.push_str("</mark>");
        }
        escape(&mut out, &self.text[at..here.end]);
        out
    }

    /// The place with the most different parts of the query, and among such the first.
    fn fragment(&self, marked: &[Marked]) -> String {
        let text = self.text;
        let best = self.best(marked);
        let earliest = text[..best.end].char_indices().rev().nth(LEAD - 1).map_or(0, |(at, _)| at);
        // Between spaces words are what they are, whatever stands around.
        let space = text[..earliest].rfind(' ').map_or(0, |space| space + 1);
        let mut words = words(&text[space..]).map(|word| space + word.at.start..space + word.at.end);
        let first = words.find(|word| word.start >= earliest.min(best.start)).map_or(best.start, |word| word.start);
        let latest = text[first..].char_indices().nth(FRAGMENT).map_or(text.len(), |(at, _)| first + at);
        let end = words.take_while(|word| word.end <= latest).last().map_or(best.end, |word| word.end).max(best.end);
        let (before, behind) = (has_words(&text[..first]), has_words(&text[end..]));
        let here = if before { first } else { 0 }..if behind { end } else { text.len() };
        let shown = self.written(marked, here);
        format!("{}{shown}{}", if before { "… " } else { "" }, if behind { " …" } else { "" })
    }

    /// The first word of the best place.
    fn best<'m>(&self, marked: &'m [Marked]) -> &'m Range<usize> {
        // Where each starts and ends, in characters.
        let (mut at, mut count) = (0, 0);
        let mut chars_to = |byte: usize| {
            count += self.text[at..byte].chars().count();
            at = byte;
            count
        };
        let spans: Vec<(usize, usize)> =
            marked.iter().map(|word| (chars_to(word.at.start), chars_to(word.at.end))).collect();
        let mut best = (0, 0, 0);
        for (nth, (start, _)) in spans.iter().enumerate() {
            let window = spans[nth..].iter().take_while(|(_, end)| end - start <= FRAGMENT - LEAD);
            let mut parts: Vec<usize> = window.zip(&marked[nth..]).take(FRAGMENT).map(|(_, word)| word.part).collect();
            let count = parts.len();
            parts.sort_unstable();
            parts.dedup();
            if (parts.len(), count) > (best.0, best.1) {
                best = (parts.len(), count, nth);
            }
        }
        &marked[best.2].at
    }
}

/// Whether marks with this between them are one: space, or one sign as in `622/KH-UBND`.
fn is_one_mark(gap: &str) -> bool {
    let mut signs = gap.chars();
    gap.chars().all(char::is_whitespace) || (signs.next().is_some_and(|c| TIES.contains(&c)) && signs.next().is_none())
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' | '\'' => {
                // Writing to a string does not fail.
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    const NOTHING: Texts<'_> = Texts { kicker: None, title: "x", summary: None, body: None };

    fn title(typed: &str, title: &str) -> Option<String> {
        of(&Query::parse(typed), false, Texts { title, ..NOTHING }).title
    }

    fn body(typed: &str, html: &str) -> Option<String> {
        of(&Query::parse(typed), false, Texts { body: Some(html), ..NOTHING }).body
    }

    #[test]
    fn words_are_marked_as_they_were_written_however_they_were_typed() {
        let expected = Some("Phong trào <mark>Dân vận khéo</mark> ở Đường 9".to_owned());
        let decomposed: String = "dân vận khéo".nfd().collect();
        for typed in ["dan van kheo", "Dân vận khéo", &decomposed, "KHÉO dân, vận!"] {
            assert_eq!(title(typed, "Phong trào Dân vận khéo ở Đường 9"), expected, "{typed}");
        }
        assert_eq!(title("duong", "Phong trào ở Đường 9").as_deref(), Some("Phong trào ở <mark>Đường</mark> 9"));
        assert_eq!(title("khac", "Dân vận"), None);
    }

    #[test]
    fn with_the_marks_that_were_typed_where_the_article_has_them() {
        assert_eq!(title("dân", "Dân và dẫn").as_deref(), Some("<mark>Dân</mark> và dẫn"));
        assert_eq!(title("dan", "Dân và dẫn").as_deref(), Some("<mark>Dân</mark> và <mark>dẫn</mark>"));
        assert_eq!(title("đàn", "Dân và dẫn").as_deref(), Some("<mark>Dân</mark> và <mark>dẫn</mark>"));
    }

    #[test]
    fn a_phrase_is_marked_only_whole_and_overlaps_are_one_mark() {
        assert_eq!(title("\"dân vận\"", "Vận dân, dân vận").as_deref(), Some("Vận dân, <mark>dân vận</mark>"));
        let overlapping = title("\"dân vận\" \"vận khéo\" khéo", "Dân vận khéo, khéo");
        assert_eq!(overlapping.as_deref(), Some("<mark>Dân vận khéo</mark>, <mark>khéo</mark>"));
    }

    #[test]
    fn a_word_is_marked_as_it_is_written_whatever_was_typed() {
        for typed in ["covid19", "covid-19", "COVID 19", "\"covid 19\""] {
            assert_eq!(title(typed, "Dịch COVID-19 lui").as_deref(), Some("Dịch <mark>COVID-19</mark> lui"), "{typed}");
            assert_eq!(title(typed, "Dịch COVID19 lui").as_deref(), Some("Dịch <mark>COVID19</mark> lui"), "{typed}");
        }
        assert_eq!(title("1553", "Xây 1.553 nhà").as_deref(), Some("Xây <mark>1.553</mark> nhà"));
        for typed in ["622/KHUBND", "622/kh-ubnd", "622 kh ubnd", "\"622/khubnd\"", "“622/KH-UBND”"] {
            let marked = title(typed, "Kế hoạch 622/KH-UBND, KH khác");
            assert!(marked.is_some_and(|marked| marked.starts_with("Kế hoạch <mark>622/KH-UBND</mark>,")), "{typed}");
        }
        assert_eq!(title("m'drắk", "Xã Mdrắk").as_deref(), Some("Xã <mark>Mdrắk</mark>"));
        assert_eq!(title("mdrak", "Xã M’Drắk").as_deref(), Some("Xã <mark>M’Drắk</mark>"));
        assert_eq!(title("tphcm", "Huế-TP.HCM-Cà Mau").as_deref(), Some("Huế-<mark>TP.HCM</mark>-Cà Mau"));
    }

    #[test]
    fn everything_else_is_escaped() {
        let escaped = title("vận", "<script>\"Dân\" & 'vận'</script>");
        let expected = "&lt;script&gt;&#34;Dân&#34; &amp; &#39;<mark>vận</mark>&#39;&lt;/script&gt;";
        assert_eq!(escaped.as_deref(), Some(expected));
        let entities = body("vận", "<p>a &lt;b&gt; &amp;amp;&nbsp;<i>v</i>ận</p>");
        assert_eq!(entities.as_deref(), Some("a &lt;b&gt; &amp;amp; <mark>vận</mark>"));
    }

    #[test]
    fn of_a_long_body_the_best_place_is_shown() {
        let filler = "chữ ".repeat(500);
        let html = format!("<p>{filler} dân {filler}</p><p>{filler} việc dân vận của {filler}</p>");
        let shown = body("dân vận", &html).expect("a fragment");
        assert!(shown.starts_with("… chữ") && shown.ends_with("chữ …"), "{shown}");
        assert!(shown.contains(" việc <mark>dân vận</mark> của chữ"), "{shown}");
        assert!(shown.chars().count() < FRAGMENT + 30, "{shown}");
    }

    #[test]
    fn what_was_meant_is_marked_where_a_letter_was_wrong() {
        let highlight = of(&Query::parse("dan vsn"), true, Texts { title: "Dân vận khéo", ..NOTHING });
        assert_eq!(highlight.title.as_deref(), Some("<mark>Dân vận</mark> khéo"));
    }

    #[test]
    fn a_body_of_nothing_but_matches_takes_no_longer() {
        let html = "dân ".repeat(200_000);
        let shown = body("dân", &html).expect("a fragment");
        assert!(shown.starts_with("<mark>dân dân") && shown.ends_with("dân</mark> …"));
    }

    proptest! {
        #[test]
        fn nothing_but_marks_is_added(text in "[a-zđâ<>&\"' .]{0,60}", typed in "[a-zđâ \"]{0,12}") {
            if let Some(marked) = title(&typed, &text) {
                let mut plain = String::new();
                escape(&mut plain, &text);
                prop_assert_eq!(marked.replace("<mark>", "").replace("</mark>", ""), plain);
                prop_assert_eq!(marked.matches("<mark>").count(), marked.matches("</mark>").count());
            }
        }
    }
}
