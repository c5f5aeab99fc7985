//! What a column's values are for the fields that take them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::work::{Beside, Converter, Stop, cut, named};
use crate::import::{
    body::plain_text,
    item::{Snapshot, Term, Value},
    mapping::{Column, Target},
    report::LossCode,
};
use crate::text::{is_blank, is_ignorable};

/// A line of plain text, without the zero-width characters that editors there strew about.
pub(super) fn plain(text: &str) -> String {
    crate::text::plain(&text.replace(is_ignorable, ""))
}

/// The longest tag, and how many an article has.
const TAG: (usize, usize) = (80, 30);

impl Converter<'_> {
    /// A line of plain text.
    pub(super) fn line(&self, target: Target, snapshot: &Snapshot, most: usize, beside: &mut Beside) -> Option<String> {
        let (_, value) = self.value(target, snapshot)?;
        let text = text(value);
        let line = plain(&if ammonia::is_html(&text) { plain_text(&text) } else { text });
        (!is_blank(&line)).then(|| cut(line, most, target.name(), beside))
    }

    pub(super) fn summary(&self, snapshot: &Snapshot, beside: &mut Beside) -> Option<String> {
        let (_, value) = self.value(Target::Summary, snapshot)?;
        let summary = plain_text(&text(value));
        // What looks like markup once it is decoded was text, and our summaries hold none.
        let summary = if ammonia::is_html(&summary) { plain_text(&summary) } else { summary };
        (!is_blank(&summary)).then(|| cut(summary, 1000, "summary", beside))
    }

    /// The values of a column, as the mapping's table calls them.
    pub(super) fn names(&self, target: Target, snapshot: &Snapshot, beside: &mut Beside) -> Vec<String> {
        let mut all = Vec::new();
        for column in self.columns.of(target) {
            let Some(value) = snapshot.values.get(&column.internal) else { continue };
            let names = match value {
                Value::Terms(terms) => terms.iter().filter_map(|term| label(term, target, beside)).collect(),
                Value::People(people) => {
                    for person in people.iter().filter(|person| person.name.is_none()) {
                        beside.lose(LossCode::UserUnknown, target.name(), &named(person));
                    }
                    people.iter().filter_map(|person| person.name.clone()).collect()
                }
                Value::Lookups(lookups) => lookups.iter().filter_map(|lookup| lookup.text.clone()).collect(),
                Value::Choices(choices) => choices.clone(),
                other => split(&text(other), column, target),
            };
            let names = names.into_iter().map(|name| plain(&name)).filter(|name| !is_blank(name));
            all.extend(names.map(|name| {
                let meant = column.values.as_ref().and_then(|table| table.get(&name)).map(str::to_owned);
                meant.unwrap_or(name)
            }));
        }
        all
    }

    pub(super) fn article_type(&self, snapshot: &Snapshot) -> Result<Option<String>, Stop> {
        let given = self.value(Target::ArticleType, snapshot).and_then(|(column, value)| {
            let given = plain(&text(value));
            (!is_blank(&given)).then_some((column, given))
        });
        let Some((column, given)) = given else {
            return Ok(Some(self.mapping.defaults.article_type.clone().unwrap_or_else(|| "news".to_owned())));
        };
        let code = column.values.as_ref().and_then(|table| table.get(&given)).map(str::to_owned);
        code.map(Some).ok_or_else(|| {
            Stop(format!("the mapping's [article_types] does not name “{given}”, which “{}” holds", column.display))
        })
    }

    /// The keywords, those that are too long or too many left out.
    pub(super) fn tags(&self, snapshot: &Snapshot, beside: &mut Beside) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for name in self.names(Target::Tags, snapshot, beside) {
            if tags.iter().any(|known| crate::text::fold_key(known) == crate::text::fold_key(&name)) {
                continue;
            }
            if name.chars().count() > TAG.0 || tags.len() == TAG.1 {
                beside.lose(LossCode::TagDropped, "tags", &name);
            } else {
                tags.push(name);
            }
        }
        tags
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, target: Target, snapshot: &Snapshot, beside: &mut Beside) -> Option<i64> {
        let (_, value) = self.value(target, snapshot)?;
        let text = text(value);
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let whole = text.parse::<i64>().ok().or_else(|| {
            let number = text.parse::<f64>().ok().filter(|number| number.abs() < 9e15)?;
            #[expect(clippy::cast_possible_truncation, reason = "of no more than fifteen digits")]
            Some(number.round() as i64)
        });
        let whole = whole.or_else(|| grouped(text)).filter(|number| *number >= 0);
        if whole.is_none() {
            beside.lose(LossCode::TextCut, target.name(), text);
        }
        whole
    }

    /// A moment.
    pub(super) fn date(&self, target: Target, snapshot: &Snapshot, beside: &mut Beside) -> Option<DateTime<Utc>> {
        let (column, value) = self.value(target, snapshot)?;
        match value {
            Value::Moment(at) => Some(*at),
            Value::Local(local) => Some(column.zone.moment(*local)),
            other => {
                let text = text(other);
                let at = written(&text, column).map(|local| column.zone.moment(local));
                if at.is_none() && !is_blank(&text) {
                    beside.lose(LossCode::DateAmbiguous, target.name(), &text);
                }
                at
            }
        }
    }

    /// An http(s) address.
    pub(super) fn web_address(&self, target: Target, snapshot: &Snapshot, beside: &mut Beside) -> Option<String> {
        let (_, value) = self.value(target, snapshot)?;
        let address = match value {
            Value::Link { url, .. } => url.clone(),
            // "https://vi.example/a, Bài gốc" is how exports write a link.
            other => text(other).split(", ").next().unwrap_or_default().to_owned(),
        };
        let address = address.trim();
        if address.is_empty() {
            return None;
        }
        let whole = self.links().whole(address).filter(|url| url.len() <= 2000);
        if whole.is_none() {
            beside.lose(LossCode::LinkUnresolved, target.name(), address);
        }
        whole
    }
}

fn label(term: &Term, target: Target, beside: &mut Beside) -> Option<String> {
    if term.label.is_none() {
        beside.lose(LossCode::TermUnlabelled, target.name(), term.guid.as_deref().unwrap_or_default());
    }
    term.label.clone()
}

/// The values that stand in one text.
fn split(text: &str, column: &Column, target: Target) -> Vec<String> {
    match (&column.split, target) {
        (Some(between), _) if !between.is_empty() => text.split(between.as_str()).map(str::to_owned).collect(),
        (_, Target::Tags) => text.split([';', ',']).map(str::to_owned).collect(),
        _ => vec![text.to_owned()],
    }
}

/// A date as the mapping says that they are written.
fn written(text: &str, column: &Column) -> Option<NaiveDateTime> {
    let (text, format) = (text.trim(), column.format.as_deref()?);
    let whole = NaiveDateTime::parse_from_str(text, format).ok();
    whole.or_else(|| NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0))
}

/// "1.234.567" and "1,234,567", as people write.
fn grouped(text: &str) -> Option<i64> {
    let mut groups = text.split(['.', ',']);
    let first = groups.next()?.len();
    let is_grouped = (1..=3).contains(&first) && groups.all(|group| group.len() == 3);
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    is_grouped.then(|| digits.parse().ok())?
}

/// A value as a text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Bool(is) => is.to_string(),
        Value::Moment(at) => at.to_rfc3339(),
        Value::Local(at) => at.to_string(),
        Value::People(people) => joined(people.iter().map(named)),
        Value::Lookups(lookups) => joined(lookups.iter().filter_map(|lookup| lookup.text.clone())),
        Value::Terms(terms) => joined(terms.iter().filter_map(|term| term.label.clone())),
        Value::Choices(choices) => joined(choices.iter().cloned()),
        Value::Link { url, .. } => url.clone(),
        Value::Picture { src, .. } => src.clone(),
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("; ")
}

/// Whether a value says yes, in the languages that exports say it in.
pub(super) fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        other => matches!(text(other).trim().to_lowercase().as_str(), "true" | "1" | "yes" | "có" | "x"),
    }
}

/// The numbers of the items that a value names, each with what stands there.
pub(super) fn numbers(value: &Value) -> Vec<(Option<i64>, String)> {
    match value {
        Value::Lookups(lookups) => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            lookups.iter().map(|it| (it.id, it.id.map_or_else(|| text(&it.text), |id| format!("#{id}")))).collect()
        }
        // "1188;#Tin một;#1190;#Tin hai", or numbers alone.
        other => {
            let text = text(other);
            let pieces = text.split(['#', ';', ',']).map(str::trim).filter(|piece| !piece.is_empty());
            pieces.filter_map(|piece| piece.parse().ok()).map(|id: i64| (Some(id), format!("#{id}"))).collect()
        }
    }
}

/// The address of a picture or another file, and what is said of it.
pub(super) fn picture(value: &Value) -> Option<(String, Option<String>)> {
    match value {
        Value::Picture { src, alt } => Some((src.clone(), alt.clone())),
        Value::Link { url, text } => Some((url.clone(), text.clone().filter(|text| text != url))),
        other => {
            let text = text(other);
            if let Some(picture) = crate::text::pictures(&text).into_iter().next() {
                return Some((picture.src, Some(picture.alt)));
            }
            let address = text.split(", ").next().unwrap_or_default().trim().to_owned();
            (!address.is_empty()).then_some((address, None))
        }
    }
}

/// The addresses of files that a value names.
pub(super) fn addresses(value: &Value) -> Vec<String> {
    match value {
        Value::Choices(all) => all.clone(),
        other => picture(other).into_iter().map(|(address, _)| address).collect(),
    }
}
