//! A review as an article carries it: its stages, how far it has come, who has decided what. Pure; `workflow` takes it on.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    deserialize::{self, FromSql},
    pg::{Pg, PgValue},
    serialize::{self, Output, ToSql},
    sql_types::Jsonb,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{Principal, Role, Subject},
    http::Problem,
};

/// A stage that articles go through: who decides, and how soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewStage {
    /// What it is called; no two stages of one list are called the same.
    #[schema(min_length = 1, max_length = 80, example = "Lãnh đạo duyệt")]
    pub name: String,
    /// Whoever has this role where the article is filed decides. An author reads only their own, and decides nothing.
    #[serde(default)]
    pub role: Option<Role>,
    /// These decide, by id, beside those of the role. They decide in person: a key that acts for them does not.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub users: Vec<Uuid>,
    /// By when a decision is due, from when the stage begins.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 8760, example = 24)]
    pub due_in_hours: Option<u32>,
}

/// A stage of a review that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "what it was taken over from, and what has become of it")]
pub struct Stage {
    #[serde(flatten)]
    pub rule: ReviewStage,
    pub due_at: Option<DateTime<Utc>>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// A review under way. Its stages are those of when the article was submitted, whatever becomes of the rules meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, diesel::AsExpression, diesel::FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub struct Review {
    /// The number of its submission in the history.
    pub submission: Option<i64>,
    /// Which stage it is at, the first being 0.
    pub stage: usize,
    /// All of them; never none.
    pub stages: Vec<Stage>,
    /// Who said that they are at it.
    pub claimed_by: Option<Uuid>,
}

/// What an article is under that was submitted where nobody has said anything about stages.
static ONE_STAGE: LazyLock<Review> = LazyLock::new(|| Review::begin(one_stage(), DateTime::UNIX_EPOCH));

/// The stages of a site whose administrators have said nothing: one, of approvers.
pub fn one_stage() -> Vec<ReviewStage> {
    let name = "Phê duyệt".to_owned();
    vec![ReviewStage { name, role: Some(Role::Approver), users: Vec::new(), due_in_hours: None }]
}

impl Review {
    /// Of articles about which no more is known: by one stage.
    pub fn by_approvers() -> &'static Self {
        &ONE_STAGE
    }

    /// One that begins now.
    pub fn begin(stages: Vec<ReviewStage>, at: DateTime<Utc>) -> Self {
        let open = |rule| Stage { rule, due_at: None, decided_by: None, decided_at: None };
        let stages = stages.into_iter().map(open).collect();
        let mut review = Self { submission: None, stage: 0, stages, claimed_by: None };
        review.set_due(at);
        review
    }

    fn set_due(&mut self, at: DateTime<Utc>) {
        if let Some(stage) = self.stages.get_mut(self.stage) {
            stage.due_at = stage.rule.due_in_hours.map(|hours| at + TimeDelta::hours(hours.into()));
        }
    }

    /// The stage that is to be decided.
    pub fn current(&self) -> Option<&Stage> {
        self.stages.get(self.stage)
    }

    /// Whether a decision of this stage ends it.
    pub fn is_at_its_last(&self) -> bool {
        self.stage + 1 >= self.stages.len()
    }

    /// The same once somebody has approved the present stage, which is not the last.
    pub fn passed(mut self, by: Uuid, at: DateTime<Utc>) -> Self {
        if let Some(stage) = self.stages.get_mut(self.stage) {
            (stage.decided_by, stage.decided_at) = (Some(by), Some(at));
        }
        self.stage += 1;
        self.claimed_by = None;
        self.set_due(at);
        self
    }

    /// Whether this person has decided a stage of it.
    pub fn was_decided_by(&self, person: Uuid) -> bool {
        self.stages.iter().any(|stage| stage.decided_by == Some(person))
    }

    /// Everyone whom it names.
    pub fn people(&self) -> impl Iterator<Item = Uuid> {
        let of_stages = self.stages.iter().flat_map(|stage| stage.rule.users.iter().copied().chain(stage.decided_by));
        of_stages.chain(self.claimed_by)
    }

    /// Refuses whoever may not decide the present stage: who has not its role there, is not named, and does not administer.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_decider(&self, who: &Principal, subject: Subject) -> Result<(), Problem> {
        let rule = self.current().map(|stage| &stage.rule).ok_or_else(Problem::forbidden)?;
        let named = rule.users.contains(&who.id) && who.key.is_none();
        if named || who.decides_as(rule.role, subject) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

impl FromSql<Jsonb, Pg> for Review {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(<Value as FromSql<Jsonb, Pg>>::from_sql(value)?)?)
    }
}

impl ToSql<Jsonb, Pg> for Review {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = serde_json::to_value(self)?;
        <Value as ToSql<Jsonb, Pg>>::to_sql(&value, &mut out.reborrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Review {
        let mut stages = one_stage();
        stages.insert(
            0,
            ReviewStage { name: "Biên tập".into(), role: None, users: vec![Uuid::max()], due_in_hours: Some(2) },
        );
        Review::begin(stages, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_stage_is_due_from_when_it_begins() {
        let review = two();
        assert_eq!(review.current().unwrap().due_at, Some(DateTime::UNIX_EPOCH + TimeDelta::hours(2)));
        assert!(review.stages[1].due_at.is_none() && !review.is_at_its_last());
    }

    #[test]
    fn who_has_decided_a_stage_is_remembered_and_whoever_claimed_it_is_not() {
        let claimed = Review { claimed_by: Some(Uuid::max()), ..two() };
        let next = claimed.passed(Uuid::max(), DateTime::UNIX_EPOCH);
        assert!(next.was_decided_by(Uuid::max()) && !next.was_decided_by(Uuid::nil()));
        assert!(next.claimed_by.is_none() && next.is_at_its_last());
        assert_eq!(next.people().collect::<Vec<_>>(), [Uuid::max(), Uuid::max()]);
    }
}
