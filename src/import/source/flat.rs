//! Values as texts: how tables, SOAP and property bags write them.

use crate::import::item::{Lookup, Person, Term, Value};

use super::people::People;

/// What is between `;#`: numbers and texts in turn, whichever comes first.
pub fn pairs(text: &str) -> Vec<(Option<i64>, Option<String>)> {
    let parts: Vec<&str> = text.trim_matches(|c: char| c.is_whitespace()).split(";#").collect();
    let number = |part: &str| part.trim().parse::<i64>().ok();
    let said = |part: &str| Some(part.trim().to_owned()).filter(|part| !part.is_empty());
    if parts.len() > 1 {
        if number(parts[0]).is_some() {
            return parts.chunks(2).map(|pair| (number(pair[0]), pair.get(1).and_then(|text| said(text)))).collect();
        }
        if number(parts[1]).is_some() {
            return parts.chunks(2).map(|pair| (pair.get(1).and_then(|part| number(part)), said(pair[0]))).collect();
        }
    }
    parts.into_iter().filter_map(|part| said(part).map(|text| (None, Some(text)))).collect()
}

/// Whether a text is numbers and texts in turn.
pub fn is_pairs(text: &str) -> bool {
    let parts: Vec<&str> = text.split(";#").collect();
    let numbers = |from: usize| parts.iter().skip(from).step_by(2).all(|part| part.trim().parse::<i64>().is_ok());
    parts.len() > 1 && parts.len().is_multiple_of(2) && (numbers(0) || numbers(1))
}

/// People: "9;#Lan,#TINH\lan,#lan@cong.example", "Lan;#9", "Lan".
pub fn people(text: &str, many: bool, people: &People) -> Option<Value> {
    let one = |(id, text): (Option<i64>, Option<String>)| {
        let text = text.unwrap_or_default();
        let mut parts = text.split(",#").map(|part| part.replace(",,", ","));
        let (name, login, email) = (parts.next(), parts.next(), parts.next());
        people.person(id, name.as_deref(), email.as_deref(), login.as_deref())
    };
    let split = many && !text.contains(";#");
    let found: Vec<Person> = if split {
        text.split(';').filter_map(|name| one((None, Some(name.trim().to_owned())))).collect()
    } else {
        pairs(text).into_iter().filter_map(one).collect()
    };
    (!found.is_empty()).then_some(Value::People(found))
}

/// Items of a list: "12;#Sở Y tế", "Sở Y tế;#12", "Sở Y tế".
pub fn lookups(text: &str, many: bool) -> Option<Value> {
    let found: Vec<Lookup> = if many && !text.contains(";#") {
        let names = text.split(';').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| Lookup { id: name.parse().ok(), text: Some(name.to_owned()) }).collect()
    } else {
        pairs(text).into_iter().map(|(id, text)| Lookup { id, text }).collect()
    };
    (!found.is_empty()).then_some(Value::Lookups(found))
}

/// Terms: "14;#Nhãn|guid", "Nhãn|guid;Nhãn|guid", "Nhãn".
pub fn terms(text: &str, between: Option<&str>) -> Vec<(Option<i64>, Term)> {
    let one = |number: Option<i64>, text: &str| {
        let (label, guid) = match text.rsplit_once('|') {
            Some((label, guid)) if uuid::Uuid::parse_str(guid.trim()).is_ok() => {
                (label, Some(guid.trim().to_lowercase()))
            }
            _ => (text, None),
        };
        let label = Some(label.trim().to_owned()).filter(|label| !label.is_empty());
        (number, Term { label, guid })
    };
    let found: Vec<_> = if text.contains(";#") {
        pairs(text).into_iter().map(|(number, text)| one(number, &text.unwrap_or_default())).collect()
    } else if let Some(between) = between.filter(|between| !between.is_empty()) {
        text.split(between).map(|part| one(None, part)).collect()
    } else {
        vec![one(None, text)]
    };
    found.into_iter().filter(|(number, term)| number.is_some() || term.label.is_some() || term.guid.is_some()).collect()
}

/// Choices: ";#A;#B;#", `["A","B"]`, "A; B".
pub fn choices(text: &str, between: &str) -> Option<Value> {
    let list = text.trim().starts_with('[').then(|| serde_json::from_str::<Vec<String>>(text).ok()).flatten();
    let found: Vec<String> = match list {
        Some(list) => list,
        None => {
            let between = if text.contains(";#") { ";#" } else { between };
            text.split(between).map(|part| part.trim().to_owned()).collect()
        }
    };
    let found: Vec<String> = found.into_iter().filter(|choice| !choice.is_empty()).collect();
    (!found.is_empty()).then_some(Value::Choices(found))
}

/// A hyperlink: "https://…, Bài gốc".
pub fn link(text: &str) -> Value {
    match text.split_once(", ") {
        Some((url, text)) => {
            let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != url);
            Value::Link { url: url.trim().replace(",,", ","), text }
        }
        None => Value::Link { url: text.trim().trim_end_matches(',').to_owned(), text: None },
    }
}

/// Yes or no, in the words of both languages.
pub fn truth(text: &str) -> Option<bool> {
    match crate::text::fold_key(text).as_str() {
        "1" | "-1" | "true" | "yes" | "có" | "đúng" | "x" => Some(true),
        "0" | "false" | "no" | "không" | "sai" => Some(false),
        _ => None,
    }
}

/// A number in decimal. Tables group thousands as the language does: "350.000 ₫".
pub fn number(text: &str, table: bool) -> Option<String> {
    let text = text.trim();
    let negative = text.starts_with(['-', '(']);
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let strange = |c: char| !(c.is_whitespace() || c.is_alphabetic() || "₫$€-+()".contains(c));
    if text[..start].contains(strange) || text[end..].contains(|c: char| strange(c) && c != '.') {
        return None;
    }
    let digits: String = text[start..end].chars().filter(|c| !c.is_whitespace()).collect();
    let plain = if table { ungrouped(&digits) } else { digits };
    if !plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || plain.matches('.').count() > 1 {
        // "1.5e10", and what is no number.
        return text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string());
    }
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && !(whole == "0" && part.is_empty()) { "-" } else { "" };
    Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

/// The number without marks between thousands, and with a dot before its fraction.
fn ungrouped(digits: &str) -> String {
    let last = digits.rfind(['.', ',']);
    let Some(last) = last else { return digits.to_owned() };
    let mark = digits.as_bytes()[last];
    let alone = digits.bytes().filter(|byte| *byte == mark).count() == 1;
    let other = digits.bytes().any(|byte| (byte == b'.' || byte == b',') && byte != mark);
    // Three digits behind it are thousands, unless another mark already groups.
    let fraction = alone && (other || digits.len() - last != 4);
    let without = |text: &str| text.replace(['.', ','], "");
    if fraction { format!("{}.{}", without(&digits[..last]), &digits[last + 1..]) } else { without(digits) }
}

/// A picture: an `<img>`, the JSON of a modern image column, or an address.
pub fn picture(text: &str, attached: impl Fn(&str) -> Option<String>) -> Option<Value> {
    let text = text.trim();
    if let Some(start) = text.find("<img") {
        let tag = &text[start..text[start..].find('>').map_or(text.len(), |end| start + end)];
        let src = attribute(tag, "src")?;
        let alt = attribute(tag, "alt").filter(|alt| !alt.trim().is_empty());
        return (!src.trim().is_empty()).then_some(Value::Picture { src, alt });
    }
    if text.starts_with('{') {
        let image: serde_json::Value = serde_json::from_str(text).ok()?;
        return modern(&image, attached);
    }
    if text.is_empty() || text.starts_with('<') {
        return None;
    }
    match link(text) {
        Value::Link { url, text } => Some(Value::Picture { src: url, alt: text }),
        _ => None,
    }
}

/// A modern image column.
pub fn modern(image: &serde_json::Value, attached: impl Fn(&str) -> Option<String>) -> Option<Value> {
    let said = |key: &str| image.get(key)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    // Without an address it is a file that is attached to the item.
    let src = said("serverRelativeUrl").or_else(|| attached(&said("fileName")?))?;
    Some(Value::Picture { src, alt: said("alt").or_else(|| said("altText")) })
}

/// An attribute of a tag, as it is meant.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower[from..].find(name)?;
        from = at + name.len();
        let begins = lower[..at].ends_with(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'');
        let Some(rest) = tag[from..].trim_start().strip_prefix('=').map(str::trim_start).filter(|_| begins) else {
            continue;
        };
        let value = match rest.chars().next()? {
            quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
            _ => rest.split(|c: char| c.is_ascii_whitespace()).next()?,
        };
        return Some(unescaped(value));
    }
}

/// The text without its entities: those that attributes have.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let letter = end.and_then(|end| match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            name => {
                let digits = name.strip_prefix('#')?;
                let number = match digits.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => digits.parse(),
                };
                number.ok().and_then(char::from_u32)
            }
        });
        let (letter, size) = letter.map_or(('&', 1), |letter| (letter, end.unwrap_or(0) + 1));
        plain.push(letter);
        rest = &rest[size..];
    }
    plain + rest
}
