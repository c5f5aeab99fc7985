//! What of a sequence stayed, came, went and moved: pure, and bounded in time.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    ops::Range,
    time::{Duration, Instant},
};

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};
use utoipa::ToSchema;

/// How long comparing may take altogether. What is not found by then is told more coarsely: as gone, and come.
const PATIENCE: Duration = Duration::from_millis(500);

/// When comparing has to come to an end.
#[derive(Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// The one for a comparison that begins now.
    pub fn from_now() -> Self {
        Self(Instant::now() + PATIENCE)
    }
}

/// A piece of a text that was compared.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DiffHunk)]
pub struct Hunk {
    /// Whether it stayed, came or went.
    pub op: HunkOp,
    /// Its words, and what is between them.
    #[schema(example = "tháng 12")]
    pub text: String,
}

/// What became of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DiffOp)]
pub enum HunkOp {
    /// It is in both.
    Equal,
    /// It is in the older text only.
    Delete,
    /// It is in the newer text only.
    Insert,
}

/// Two texts word by word: those with `equal` and `delete` make the older one, those with `equal` and `insert` the newer.
pub fn hunks(old: &str, new: &str, deadline: Deadline) -> Vec<Hunk> {
    let (old, new) = (tokens(old), tokens(new));
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut push = |op, tokens: &[&str]| match hunks.last_mut() {
        _ if tokens.is_empty() => {}
        Some(last) if last.op == op => last.text.push_str(&tokens.concat()),
        _ => hunks.push(Hunk { op, text: tokens.concat() }),
    };
    for op in capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline.0)) {
        if op.tag() == DiffTag::Equal {
            push(HunkOp::Equal, &old[op.old_range()]);
        } else {
            push(HunkOp::Delete, &old[op.old_range()]);
            push(HunkOp::Insert, &new[op.new_range()]);
        }
    }
    hunks
}

/// The words of a text, and what is between them: white space in one piece, other characters one by one.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace())
        } else if first.is_alphanumeric() {
            rest.find(|c: char| !c.is_alphanumeric())
        } else {
            Some(first.len_utf8())
        };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Two sequences side by side, by the places of what is not in both of them in the same order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Aligned {
    /// Only in the older one.
    pub removed: Vec<usize>,
    /// Only in the newer one.
    pub added: Vec<usize>,
    /// In both, in another order: from where to where.
    pub moved: Vec<(usize, usize)>,
    /// Where something of the one stands in place of something of the other.
    pub replaced: Vec<(Range<usize>, Range<usize>)>,
}

/// Aligns two sequences.
pub fn align<T: Eq + Hash + Ord>(old: &[T], new: &[T], deadline: Deadline) -> Aligned {
    let (mut gone, mut come, mut aligned) = (Vec::new(), Vec::new(), Aligned::default());
    for op in capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(deadline.0)) {
        if op.tag() == DiffTag::Equal {
            continue;
        }
        gone.extend(op.old_range());
        come.extend(op.new_range());
        if op.tag() == DiffTag::Replace {
            aligned.replaced.push((op.old_range(), op.new_range()));
        }
    }
    let mut waiting: HashMap<&T, VecDeque<usize>> = HashMap::new();
    for at in gone {
        waiting.entry(&old[at]).or_default().push_back(at);
    }
    for to in come {
        match waiting.get_mut(&new[to]).and_then(VecDeque::pop_front) {
            Some(from) => aligned.moved.push((from, to)),
            None => aligned.added.push(to),
        }
    }
    aligned.removed = waiting.into_values().flatten().collect();
    aligned.removed.sort_unstable();
    aligned
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(old: &str, new: &str) -> String {
        let tell = |Hunk { op, text }| match op {
            HunkOp::Equal => text,
            HunkOp::Delete => format!("[-{text}]"),
            HunkOp::Insert => format!("[+{text}]"),
        };
        hunks(old, new, Deadline::from_now()).into_iter().map(tell).collect()
    }

    #[test]
    fn texts_are_compared_word_by_word() {
        assert_eq!(told("Lịch tháng 11, 2026", "Lịch tháng 12, 2026"), "Lịch tháng [-11][+12], 2026");
        assert_eq!(told("", "Một"), "[+Một]");
        assert_eq!(told("Một", ""), "[-Một]");
        assert_eq!(told("Một", "Một"), "Một");
        assert_eq!(told("", ""), "");
    }

    #[test]
    fn what_is_in_both_in_another_order_was_moved() {
        let aligned = align(&["a", "b", "c", "d"], &["b", "c", "e", "a"], Deadline::from_now());
        assert_eq!((aligned.removed, aligned.added, aligned.moved), (vec![3], vec![2], vec![(0, 3)]));
    }

    #[test]
    fn comparing_long_texts_that_have_nothing_in_common_comes_to_an_end() {
        let text =
            |seed: u64| (0..200_000_u64).map(|n| format!("{} ", n.wrapping_mul(seed) % 7919)).collect::<String>();
        let started = Instant::now();
        let hunks = hunks(&text(2_654_435_761), &text(40_503), Deadline::from_now());
        assert!(!hunks.is_empty() && started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn the_hunks_make_both_texts(old in "[a-c ,.đ]{0,40}", new in "[a-c ,.đ]{0,40}") {
            let hunks = hunks(&old, &new, Deadline::from_now());
            let with = |but| hunks.iter().filter(|hunk| hunk.op != but).map(|hunk| &*hunk.text).collect::<String>();
            prop_assert_eq!((with(HunkOp::Insert), with(HunkOp::Delete)), (old, new));
        }

        #[test]
        fn nothing_is_forgotten_and_nothing_made_up(old in "[a-e]{0,12}", new in "[a-e]{0,12}") {
            let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
            let aligned = align(&old, &new, Deadline::from_now());
            let mut stays = old.clone();
            let mut gone: Vec<usize> = aligned.removed.iter().copied().chain(aligned.moved.iter().map(|it| it.0)).collect();
            gone.sort_unstable();
            for at in gone.iter().rev() {
                stays.remove(*at);
            }
            let mut come: Vec<usize> = aligned.added.iter().copied().chain(aligned.moved.iter().map(|it| it.1)).collect();
            come.sort_unstable();
            come.iter().for_each(|at| stays.insert(*at, new[*at]));
            prop_assert_eq!(&stays, &new);
            prop_assert!(aligned.moved.iter().all(|(from, to)| old[*from] == new[*to]));
        }
    }
}
