//! Two that become one.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{Problem, Text, text};

/// What something is merged into.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The id of what stays.
    pub into: Uuid,
}

/// Whether both are there. Refusals have an order: who may not merge learns nothing of the other.
pub(super) struct Both {
    goes: bool,
    stays: bool,
    is_itself: bool,
}

/// Locks both in the order of their ids, whichever goes: two who merge the same two into each other wait for one another.
/// `lock` answers nothing where there is none.
pub(super) fn in_order(
    goes: Uuid,
    stays: Uuid,
    mut lock: impl FnMut(Uuid) -> Result<Option<()>, Problem>,
) -> Result<Both, Problem> {
    let first = lock(goes.min(stays))?.is_some();
    let second = lock(goes.max(stays))?.is_some();
    let (goes_there, stays_there) = if goes < stays { (first, second) } else { (second, first) };
    Ok(Both { goes: goes_there, stays: stays_there, is_itself: goes == stays })
}

/// The refusal of a name that another has, with which: the two can be merged.
pub(super) fn name_taken(message: Text, existing: Uuid) -> Problem {
    Problem::taken("/name", message).with_member("existing", existing.to_string())
}

impl Both {
    /// # Errors
    /// `not_found` where there is none to merge.
    pub fn of_what_goes(&self) -> Result<(), Problem> {
        if self.goes { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// # Errors
    /// `validation_failed` where there is none to merge it into, or it is the same.
    pub fn of_what_stays(&self) -> Result<(), Problem> {
        if self.is_itself {
            return Err(Problem::invalid("/into", "itself", text("merged-into-itself")));
        }
        if self.stays { Ok(()) } else { Err(Problem::invalid("/into", "unknown", text("unknown-merge-target"))) }
    }
}
