//! Answers made comparable: what differs from run to run is named by the order in which it appears.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// The answer with `[id 1]` for the first id, and `[time 1]` for the first moment of today; the same one has the same
/// name throughout.
pub fn stable(answer: &Value) -> Value {
    let (mut ids, mut times) = (Vec::new(), Vec::new());
    let mut answer = answer.clone();
    rename(&mut answer, &mut ids, &mut times);
    answer
}

fn rename(value: &mut Value, ids: &mut Vec<Uuid>, times: &mut Vec<DateTime<Utc>>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, ids, times)),
        Value::Object(members) => members.values_mut().for_each(|member| rename(member, ids, times)),
        Value::String(text) => {
            if let Ok(id) = text.parse() {
                *text = format!("[id {}]", number(ids, id));
            } else if let Some((id, rest)) = in_address(text) {
                *text = format!("/media/[id {}]/{rest}", number(ids, id));
            } else if let Ok(time) = text.parse::<DateTime<Utc>>()
                && (time - Utc::now()).num_days() == 0
            {
                *text = format!("[time {}]", number(times, time));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The id of a file in its address, and what follows.
fn in_address(text: &str) -> Option<(Uuid, String)> {
    let (id, rest) = text.strip_prefix("/media/")?.split_once('/')?;
    Some((id.parse().ok()?, rest.to_owned()))
}

fn number<T: PartialEq>(known: &mut Vec<T>, wanted: T) -> usize {
    known.iter().position(|one| *one == wanted).unwrap_or_else(|| {
        known.push(wanted);
        known.len() - 1
    }) + 1
}
