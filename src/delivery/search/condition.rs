//! What an article's terms have to be, for a search to find it.

use std::fmt;

/// A condition on the terms of an article ([`super::terms`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It has this term.
    Term(String),
    /// It has one that begins so.
    Beginning(String),
    /// It meets each of these.
    All(Vec<Condition>),
    /// It meets one of these.
    Any(Vec<Condition>),
    /// It meets the first and none of the others.
    Without(Box<Condition>, Vec<Condition>),
}

/// One term: where it stands, and the word.
pub(super) fn term(prefix: &str, word: &str) -> Condition {
    Condition::Term(format!("{prefix}{word}"))
}

/// Every one of these conditions.
pub(super) fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition::All(conditions.into_iter().collect())
}

/// Any one of these conditions.
pub(super) fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition::Any(conditions.into_iter().collect())
}

/// The condition, and none of those.
pub(super) fn and_not(condition: Condition, those: &[Condition]) -> Condition {
    match those {
        [] => condition,
        those => Condition::Without(Box::new(condition), those.to_vec()),
    }
}

/// As people note it.
impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |out: &mut fmt::Formatter<'_>, conditions: &[Self], sign: &str| {
            let conditions: Vec<String> = conditions.iter().map(Self::to_string).collect();
            write!(out, "({})", conditions.join(sign))
        };
        match self {
            Self::Term(term) => write!(out, "'{term}'"),
            Self::Beginning(term) => write!(out, "'{term}':*"),
            Self::All(conditions) => list(out, conditions, " & "),
            Self::Any(conditions) => list(out, conditions, " | "),
            Self::Without(condition, those) => {
                write!(out, "{condition} & !")?;
                list(out, those, " | ")
            }
        }
    }
}
