//! The beginning of a body that is too long.

/// Elements without an end tag.
const VOID: [&str; 5] = ["br", "hr", "img", "wbr", "col"];

/// Elements behind which a text may end.
const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dd",
    "table",
    "tbody",
    "tr",
    "figure",
    "blockquote",
    "pre",
    "details",
    "hr",
    "br",
    "iframe",
    "video",
    "img",
];

/// As much of a cleaned body as is no longer than `max_bytes`, up to the end of a block, with all closed that was open. Where
/// there is none so early, up to the end of a word.
pub fn cut(html: &str, max_bytes: usize) -> String {
    if html.len() <= max_bytes {
        return html.to_owned();
    }
    let mut open: Vec<&str> = Vec::new();
    // What the end tags of all that is open take.
    let mut closing = 0;
    let (mut block, mut word) = (None, None);
    let mut at = 0;
    // In a cleaned body `<` and `>` stand around tags only, but for values of attributes, which may hold `>`.
    while let Some(start) = html[at..].find('<').map(|start| at + start) {
        if let Some(end) = word_end(html, at, start, max_bytes.saturating_sub(closing)) {
            word = Some((end, open.clone()));
        }
        let Some(end) = tag_end(html, start) else { break };
        if start + closing > max_bytes {
            break;
        }
        let tag = &html[start + 1..end - 1];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            if open.last() == Some(&name) {
                open.pop();
                closing -= name.len() + 3;
            }
        } else if !VOID.contains(&name) {
            open.push(name);
            closing += name.len() + 3;
        }
        if end + closing > max_bytes {
            break;
        }
        let is_whole = tag.starts_with('/') || VOID.contains(&name);
        if is_whole && BLOCKS.contains(&name) {
            block = Some((end, open.clone()));
        }
        at = end;
    }
    if at < html.len()
        && !html[at..].contains('<')
        && let Some(end) = word_end(html, at, html.len(), max_bytes.saturating_sub(closing))
    {
        word = Some((end, open.clone()));
    }
    let (end, open) = match (block, word) {
        // One text without an end to it: better half a paragraph than none of it.
        (Some(block), Some(word)) if block.0 < max_bytes / 2 && word.0 > block.0 => word,
        (block, word) => block.or(word).unwrap_or_default(),
    };
    let mut cut = html[..end].trim_end().to_owned();
    for name in open.into_iter().rev() {
        cut.extend(["</", name, ">"]);
    }
    cut
}

/// Behind the `>` of the tag that begins here.
fn tag_end(html: &str, start: usize) -> Option<usize> {
    let mut is_quoted = false;
    let end = html[start..].bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    })?;
    Some(start + end + 1)
}

/// Where the last word of this text ends that ends before `limit`; not inside of an entity, nor of a letter.
fn word_end(html: &str, from: usize, to: usize, limit: usize) -> Option<usize> {
    if limit <= from || from == to {
        return None;
    }
    if to <= limit {
        return Some(to);
    }
    let text = &html[from..html.floor_char_boundary(limit)];
    let end = text.rfind(char::is_whitespace).unwrap_or_else(|| match text.rfind('&') {
        // It may go on behind the limit.
        Some(entity) if !text[entity..].contains(';') => entity,
        _ => text.len(),
    });
    (end > 0).then_some(from + end)
}
