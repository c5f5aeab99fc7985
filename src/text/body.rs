//! The text of a body, without its markup.

/// Elements inside a line of text: their tags part no words. `search_plain` of the migration `search` has the same list.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "small", "span",
    "strong", "sub", "sup", "time", "u", "wbr",
];

/// The entities that a cleaned body is written with.
const ENTITIES: [(&str, &str); 5] = [("lt", "<"), ("gt", ">"), ("nbsp", " "), ("quot", "\""), ("amp", "&")];

/// The text of a body that was cleaned by [`super::clean_body`]: one line, blocks parted by a space, at most `limit`
/// bytes of it.
pub fn plain_body(html: &str, limit: usize) -> String {
    let mut text = String::with_capacity(html.len().min(limit + limit / 8));
    for (words, is_parted) in pieces(html) {
        let goes_on = !text.is_empty() && !text.ends_with(' ');
        push_decoded(&mut text, if goes_on { words } else { words.trim_ascii_start() });
        if text.len() >= limit {
            break;
        }
        if is_parted && !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text.truncate(text.floor_char_boundary(limit));
    one_line(text)
}

/// Every run of white space as one space. Other spaces than those of ASCII are no accident, and stay.
fn one_line(mut text: String) -> String {
    let pairs = text.as_bytes().windows(2);
    // Looked at to the end, pair by pair: the processor does many at once, and nearly always all is well.
    let is_line = pairs.fold(true, |is_line, pair| is_line & (pair[1] >= b' ') & (pair[0].max(pair[1]) > b' '));
    if is_line && !text.starts_with(|c: char| c.is_ascii_whitespace()) {
        text.truncate(text.trim_ascii_end().len());
        return text;
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// What stands between the tags of a body that was cleaned, entities and all, and whether the tag behind it parts words.
pub fn pieces(html: &str) -> impl Iterator<Item = (&str, bool)> {
    // In a cleaned body `<` and `>` stand around tags only.
    html.split_inclusive('>').map(|piece| {
        let (text, tag) = piece.split_at(piece.find('<').unwrap_or(piece.len()));
        let name = tag.trim_start_matches(['<', '/']);
        let name = &name[..name.find([' ', '>']).unwrap_or(name.len())];
        (text, !tag.is_empty() && !INLINE.contains(&name))
    })
}

fn push_decoded(text: &mut String, words: &str) {
    let mut pieces = words.split('&');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let known = piece.split_once(';').and_then(|(name, after)| {
            ENTITIES.iter().find(|(entity, _)| *entity == name).map(|(_, meant)| (*meant, after))
        });
        match known {
            Some((meant, after)) => text.extend([meant, after]),
            None => text.extend(["&", piece]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_only_those_of_blocks_part_words() {
        let html = "<p>Dân <b>v</b>ận</p><ul><li>khéo<br>tay</li></ul><a href=\"/a b\">x</a>y";
        assert_eq!(plain_body(html, 1000), "Dân vận khéo tay xy");
    }

    #[test]
    fn entities_are_what_they_stand_for() {
        assert_eq!(plain_body("<p>a &lt;b&gt; &amp;lt;&nbsp;c &amp; d &x; e&</p>", 1000), "a <b> &lt; c & d &x; e&");
    }

    #[test]
    fn no_more_is_taken_than_wanted_and_no_letter_is_cut() {
        for limit in 0..12 {
            let text = plain_body("<p>đường</p><p>đi</p>", limit);
            assert!(text.len() <= limit && "đường đi".starts_with(&text), "{text}");
        }
    }
}
