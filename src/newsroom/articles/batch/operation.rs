//! One operation of a batch, ready to be done.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::{
    access::{Permission, Principal},
    db::Tx,
    http::{ETag, FieldError, IfMatch, Problem, problem::ProblemDocument},
    media::intake::Intake,
    newsroom::{
        articles::{
            acts,
            input::{ArticleChange, ArticleInput},
            model::Article,
            pasted::Pasted,
            told::{Outcome, Told},
        },
        machine::Transition,
        workflow::steps::TransitionInput,
    },
};

/// What is done with one article.
#[derive(Clone)]
pub struct Operation {
    /// The article; none in particular where one is made.
    pub id: Uuid,
    /// The copy that is meant.
    pub expected: IfMatch,
    /// What.
    pub act: Act,
    /// The pictures that came inside the body.
    pub pasted: Pasted,
}

/// What can be done with one.
#[derive(Clone)]
pub enum Act {
    /// It is made.
    Create(Box<ArticleInput>),
    /// It is changed.
    Patch(ArticleChange),
    /// It is moved along its workflow.
    Step(Transition, TransitionInput),
    /// It goes to the trash, for this reason.
    Delete(Option<String>),
}

/// What became of an operation.
#[derive(Serialize, ToSchema)]
pub struct BatchResult {
    /// The status that the operation would have been answered with by itself.
    #[schema(minimum = 200, maximum = 599, example = 200)]
    status: u16,
    /// The entity tag of the article as it then is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "\"v3-r6\"")]
    etag: Option<String>,
    /// The article as it then is; not where it went to the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    article: Option<Article>,
    /// What became of what was written, with `create` and `patch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    meta: Option<Outcome>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ProblemDocument>)]
    problem: Option<Value>,
}

impl BatchResult {
    fn of(status: u16, article: Option<Article>, meta: Option<Outcome>) -> Self {
        let etag = article.as_ref().map(|article| article.etag.to_string());
        Self { status, etag, article, meta, problem: None }
    }

    /// Of an operation that was refused.
    pub fn refused(problem: &Problem) -> Self {
        let status = problem.code().status().as_u16();
        Self { problem: Some(problem.document()), ..Self::of(status, None, None) }
    }

    /// The tag of the article as it then is.
    fn left(&self) -> Option<&ETag> {
        self.article.as_ref().map(|article| &article.etag)
    }
}

impl Operation {
    /// Takes in the pictures that came inside, for somebody who may write such.
    ///
    /// # Errors
    /// `forbidden`, `insufficient_storage`, `unavailable`.
    pub async fn take_pictures(&mut self, intake: &Intake, who: &Principal) -> Result<(), Problem> {
        let body = match &mut self.act {
            Act::Create(input) => {
                who.require_anywhere(Permission::Create)?;
                input.own.body.as_mut()
            }
            Act::Patch(patch) => patch.string_mut("body"),
            Act::Step(..) | Act::Delete(_) => None,
        };
        self.pasted = acts::pasted(intake, who, body).await?;
        Ok(())
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of the act.
    pub fn run(self, tx: &mut Tx<'_>, who: &Principal) -> Result<BatchResult, Problem> {
        let Self { id, expected, act, pasted } = self;
        Ok(match act {
            Act::Create(input) => {
                let Told { data, meta } = acts::create(tx, who, pasted, *input)?;
                BatchResult::of(201, Some(data), Some(meta))
            }
            Act::Patch(patch) => {
                let Told { data, meta } = acts::edit(tx, who, id, &expected, pasted, patch)?;
                BatchResult::of(200, Some(data), Some(meta))
            }
            Act::Step(wanted, input) => {
                let article = acts::step(tx, who, id, &expected, wanted, &input)?;
                BatchResult::of(200, Some(article), None)
            }
            Act::Delete(reason) => {
                acts::delete(tx, who, id, &expected, reason.as_deref())?;
                BatchResult::of(204, None, None)
            }
        })
    }

    /// Whether it says what an article is to say.
    pub fn writes(&self) -> bool {
        matches!(self.act, Act::Create(_) | Act::Patch(_))
    }
}

/// Why an operation that lies there was refused, as errors in the batch. What a step finds wrong with the article is told of
/// that, though none was sent with it.
pub fn errors(problem: &Problem, place: &str, writes: bool) -> Vec<FieldError> {
    let fields = json!(ArticleInput::schema());
    let place_of = |mut error: FieldError| {
        let field = error.pointer.split('/').nth(1).unwrap_or_default();
        let part = if writes || !fields["properties"][field].is_null() { "article" } else { "input" };
        error.pointer = format!("{place}/{part}{}", error.pointer);
        error
    };
    let errors: Vec<_> = problem.errors_beneath("").into_iter().map(place_of).collect();
    if errors.is_empty() { vec![problem.error_at(place, problem.code().into())] } else { errors }
}

/// What the operations so far have left of the copies that were named: another operation that names the same one means what
/// is left of it. Whoever else has changed it meanwhile is not passed over.
#[derive(Default)]
pub struct Left(HashMap<(Uuid, ETag), ETag>);

impl Left {
    /// The operation as it is meant, and the tags that it names.
    pub fn meant(&self, mut operation: Operation) -> (Operation, Named) {
        let mut named = Named { id: operation.id, tags: Vec::new() };
        if let IfMatch::Tags(tags) = &mut operation.expected {
            named.tags.clone_from(tags);
            for tag in tags {
                if let Some(left) = self.0.get(&(named.id, tag.clone())) {
                    *tag = left.clone();
                }
            }
        }
        (operation, named)
    }

    /// Notes what an operation has left.
    pub fn note(&mut self, named: Named, result: &BatchResult) {
        let Some(left) = result.left() else { return };
        self.0.extend(named.tags.into_iter().map(|tag| ((named.id, tag), left.clone())));
    }
}

/// The copies that an operation names.
pub struct Named {
    id: Uuid,
    tags: Vec<ETag>,
}
