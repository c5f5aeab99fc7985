//! What one version changed as against another, field by field, from both as they are answered.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::align::{Aligned, Deadline, Hunk, align, hunks};
use crate::text::{Block, BlockKind, blocks, plain_body};

/// What of a version is not written.
const KEPT: [&str; 4] = ["version", "edited_by", "edited_at", "restored_from"];

/// The fields that are compared word by word.
const TEXTS: [&str; 3] = ["title", "kicker", "summary"];

/// What became of a field. One that is the same in both is not told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldChange {
    /// It has another value.
    #[schema(title = "ChangedValue")]
    Value {
        /// The field.
        #[schema(example = "category")]
        field: String,
        /// What it was.
        before: Value,
        /// What it is.
        after: Value,
    },
    /// Some of its words are others.
    #[schema(title = "ChangedText")]
    Text {
        /// The field.
        #[schema(example = "title")]
        field: String,
        /// All of it, piece by piece.
        hunks: Vec<Hunk>,
    },
    /// Other things are in it, or in another order.
    #[schema(title = "ChangedList")]
    List {
        /// The field.
        #[schema(example = "tags")]
        field: String,
        /// What came, with its place in the newer list.
        added: Vec<ListedValue>,
        /// What went, with its place in the older list.
        removed: Vec<ListedValue>,
        /// What has another place.
        moved: Vec<MovedValue>,
    },
    /// The body is another.
    #[schema(title = "ChangedBody")]
    Body {
        /// The field.
        #[schema(example = "body")]
        field: String,
        /// Its text without markup, piece by piece.
        hunks: Vec<Hunk>,
        /// Its paragraphs, rows and pictures that are not the same, from the first to the last.
        blocks: Vec<BlockChange>,
    },
}

/// Something in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedValue {
    /// Where, from 0.
    #[schema(minimum = 0)]
    at: usize,
    /// What.
    value: Value,
}

/// Something that has another place in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedValue {
    /// Where it was, from 0.
    #[schema(minimum = 0)]
    from: usize,
    /// Where it is.
    #[schema(minimum = 0)]
    to: usize,
    /// What.
    value: Value,
}

/// What became of a paragraph, a row or a picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockChange {
    /// Whether it came, went, has another place, or has other words. A `changed` one whose hunks are all equal looks
    /// different: words in bold, another link.
    change: BlockOp,
    /// Its place in the older body, from 0; null where it came.
    #[schema(minimum = 0)]
    from: Option<usize>,
    /// Its place in the newer body; null where it went.
    #[schema(minimum = 0)]
    to: Option<usize>,
    /// As it was.
    before: Option<BodyBlock>,
    /// As it is.
    after: Option<BodyBlock>,
    /// Of a changed one: its text piece by piece.
    hunks: Option<Vec<Hunk>>,
}

/// What happened to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockOp {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It has another place.
    Moved,
    /// It has other words, or looks different.
    Changed,
}

/// A part of a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct BodyBlock {
    /// What it is.
    kind: BodyBlockKind,
    /// Its text in one line, the cells of a row parted by ` | `; of a picture its `alt`.
    text: String,
    /// Where a picture or a video is.
    source: Option<String>,
}

/// What a part of a body is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds of `text::BlockKind`")]
pub enum BodyBlockKind {
    Paragraph,
    Heading,
    Item,
    Row,
    Picture,
    Player,
}

/// The fields in which two versions differ, in the order of their names.
pub fn fields(before: Map<String, Value>, mut after: Map<String, Value>) -> Vec<FieldChange> {
    let deadline = Deadline::from_now();
    let mut changes = Vec::new();
    for (field, before) in before {
        let after = after.remove(&field).unwrap_or_default();
        if before == after || KEPT.contains(&&*field) {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        changes.push(if field == "body" {
            body(field, &text(&before), &text(&after), deadline)
        } else if TEXTS.contains(&&*field) {
            FieldChange::Text { field, hunks: hunks(&text(&before), &text(&after), deadline) }
        } else if let (Value::Array(before), Value::Array(after)) = (&before, &after) {
            list(field, before, after, deadline)
        } else {
            FieldChange::Value { field, before, after }
        });
    }
    changes
}

fn list(field: String, before: &[Value], after: &[Value], deadline: Deadline) -> FieldChange {
    // As text, for JSON has no order.
    let texts = |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    let Aligned { removed, added, moved, .. } = align(&texts(before), &texts(after), deadline);
    let listed = |places: Vec<usize>, values: &[Value]| {
        places.into_iter().map(|at| ListedValue { at, value: values[at].clone() }).collect()
    };
    FieldChange::List {
        field,
        added: listed(added, after),
        removed: listed(removed, before),
        moved: moved.into_iter().map(|(from, to)| MovedValue { from, to, value: after[to].clone() }).collect(),
    }
}

fn body(field: String, before: &str, after: &str, deadline: Deadline) -> FieldChange {
    let whole = |body: &str| plain_body(body, body.len());
    let hunks = hunks(&whole(before), &whole(after), deadline);
    FieldChange::Body { field, hunks, blocks: changed_blocks(&blocks(before), &blocks(after), deadline) }
}

fn changed_blocks(before: &[Block], after: &[Block], deadline: Deadline) -> Vec<BlockChange> {
    let Aligned { mut removed, mut added, moved, replaced } = align(before, after, deadline);
    let told = |change, from: Option<usize>, to: Option<usize>| BlockChange {
        change,
        from,
        to,
        before: from.map(|from| BodyBlock::of(&before[from])),
        after: to.map(|to| BodyBlock::of(&after[to])),
        hunks: None,
    };
    let mut changes = Vec::new();
    // What stands in the place of something of its kind is the same, changed.
    for (old, new) in replaced {
        let mut candidates: Vec<usize> = new.filter(|to| added.binary_search(to).is_ok()).collect();
        for from in old.filter(|from| removed.binary_search(from).is_ok()) {
            let Some(at) = candidates.iter().position(|to| after[*to].kind == before[from].kind) else { continue };
            // Those that were passed over stand before it, and came.
            let to = candidates.drain(..=at).next_back();
            let hunks = to.map(|to| hunks(&before[from].text, &after[to].text, deadline));
            changes.push(BlockChange { hunks, ..told(BlockOp::Changed, Some(from), to) });
        }
    }
    let (olds, news): (BTreeSet<_>, BTreeSet<_>) = changes.iter().map(|change| (change.from, change.to)).unzip();
    removed.retain(|from| !olds.contains(&Some(*from)));
    added.retain(|to| !news.contains(&Some(*to)));
    changes.extend(removed.into_iter().map(|from| told(BlockOp::Removed, Some(from), None)));
    changes.extend(added.into_iter().map(|to| told(BlockOp::Added, None, Some(to))));
    changes.extend(moved.into_iter().map(|(from, to)| told(BlockOp::Moved, Some(from), Some(to))));
    changes.sort_by_key(|change| (change.to.or(change.from), change.from));
    changes
}

impl BodyBlock {
    fn of(block: &Block) -> Self {
        let kind = match block.kind {
            BlockKind::Paragraph => BodyBlockKind::Paragraph,
            BlockKind::Heading => BodyBlockKind::Heading,
            BlockKind::Item => BodyBlockKind::Item,
            BlockKind::Row => BodyBlockKind::Row,
            BlockKind::Picture => BodyBlockKind::Picture,
            BlockKind::Player => BodyBlockKind::Player,
        };
        Self { kind, text: block.text.clone(), source: block.source.clone() }
    }
}
