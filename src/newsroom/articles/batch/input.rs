//! A batch as it is sent. What is wrong with its shape is told of all operations at once, before any is done.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::operation::{Act, Operation};
use crate::{
    http::{FieldError, IfMatch, MergePatch, Problem, schema, text},
    newsroom::{
        articles::{
            input::{ArticleInput, ArticlePatch},
            routes::Deletion,
        },
        machine::Transition,
        workflow::steps::TransitionInput,
    },
};

/// The most operations.
pub const MAX_OPERATIONS: usize = 100;

/// What is to be done with several articles, as it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "atomic": true,
    "operations": [
        { "op": "create", "article": { "title": "Lịch tiếp công dân tháng 12", "category": "thong-bao" } },
        {
            "op": "patch", "id": "01a20cb6-6a62-72d0-b72f-3033d6f4b10f", "if_match": "\"v3-r5\"",
            "article": { "summary": "Lịch tiếp công dân của lãnh đạo tỉnh." },
        },
        {
            "op": "transition", "id": "01a20cb6-6a62-72d0-b72f-3033d6f4b110", "if_match": "\"v1-r3\"",
            "transition": "publish", "input": { "publish_at": "2026-12-01T07:00:00+07:00" },
        },
        {
            "op": "delete", "id": "01a20cb6-6a62-72d0-b72f-3033d6f4b111", "if_match": "\"v2-r2\"",
            "input": { "reason": "Đăng nhầm" },
        },
    ],
}))]
pub struct BatchInput {
    /// True: all of it is done, in one instant, or nothing. False: each operation is kept or refused by itself, in order.
    pub atomic: bool,
    /// What is to be done, in this order.
    #[schema(max_items = 100)]
    pub operations: Vec<BatchOperation>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BatchOp)]
pub enum Op {
    /// An article is made, as by `POST articles`.
    Create,
    /// An article is changed, as by `PATCH articles/{id}`.
    Patch,
    /// An article is moved along its workflow, as by `POST articles/{id}/transitions/{name}`.
    Transition,
    /// An article is moved to the trash, as by `DELETE articles/{id}`.
    Delete,
}

/// One operation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchOperation {
    /// What is done.
    op: Op,
    /// The article; not with `create`.
    id: Option<Uuid>,
    /// The entity tag of the copy that is meant, as in `If-Match`; not with `create`. Of several operations on one article
    /// that name the same tag, each means the copy that the one before has left.
    #[schema(max_length = 400, example = "\"v3-r5\"")]
    if_match: Option<String>,
    /// With `create` the article as it is written, with `patch` what is to be changed of it.
    #[schema(value_type = Option<ArticlePatch>)]
    article: Option<Value>,
    /// With `transition`: which.
    transition: Option<Transition>,
    /// With `transition` what the body of its own route holds, with `delete` `{"reason"}`.
    #[schema(value_type = Option<Object>)]
    input: Option<Value>,
}

/// What is wrong, as it comes up.
struct Reading {
    place: String,
    errors: Vec<FieldError>,
}

/// A batch that was read.
pub struct Batch {
    /// Whether it is all or nothing.
    pub atomic: bool,
    /// The operations, each as its own route would read it.
    pub operations: Vec<Operation>,
}

impl Batch {
    /// Reads a [`BatchInput`]: all that is wrong with it and with each operation is told together.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn read(sent: &Value) -> Result<Self, Problem> {
        let (mut operations, mut errors) = (Vec::new(), schema::violations::<BatchInput>(sent));
        let sent_operations = sent["operations"].as_array().filter(|sent| sent.len() <= MAX_OPERATIONS);
        for (number, operation) in sent_operations.into_iter().flatten().enumerate() {
            // What does not read as one was told of above.
            let Ok(operation) = BatchOperation::deserialize(operation) else { continue };
            let mut reading = Reading { place: format!("/operations/{number}"), errors: Vec::new() };
            operations.extend(reading.operation(operation));
            for error in reading.errors {
                if !errors.iter().any(|told| (&told.pointer, told.code) == (&error.pointer, error.code)) {
                    errors.push(error);
                }
            }
        }
        if !errors.is_empty() {
            return Err(Problem::validation(errors));
        }
        let BatchInput { atomic, .. } = schema::read(sent)?;
        Ok(Self { atomic, operations })
    }
}

impl Reading {
    fn operation(&mut self, sent: BatchOperation) -> Option<Operation> {
        let BatchOperation { op, id, if_match, article, transition, input } = sent;
        let (creates, writes) = (op == Op::Create, matches!(op, Op::Create | Op::Patch));
        self.goes_with(!creates, "id", id.is_some(), true);
        // That it is missing is told behind the article: 404 comes before 428.
        self.goes_with(!creates, "if_match", if_match.is_some(), false);
        self.goes_with(writes, "article", article.is_some(), true);
        self.goes_with(op == Op::Transition, "transition", transition.is_some(), true);
        self.goes_with(!writes, "input", input.is_some(), false);
        let expected = match if_match.map(|tags| tags.parse::<IfMatch>()).transpose() {
            Ok(expected) => expected.unwrap_or(IfMatch::Absent),
            Err(problem) => {
                self.errors.push(problem.error_at(&self.at("if_match"), "invalid_format"));
                IfMatch::Absent
            }
        };
        let input = input.unwrap_or_else(|| json!({}));
        let act = match op {
            Op::Create => Act::Create(Box::new(self.read::<ArticleInput>("article", &article?)?)),
            Op::Patch => {
                let patch = MergePatch::of(article?);
                Act::Patch(patch.map_err(|problem| self.refuse("article", &problem)).ok()?)
            }
            Op::Transition => {
                let input = self.read::<TransitionInput>("input", &input);
                Act::Step(transition?, input?)
            }
            Op::Delete => Act::Delete(self.read::<Deletion>("input", &input)?.reason),
        };
        Some(Operation { id: id.unwrap_or_default(), expected, act, pasted: Default::default() })
    }

    fn at(&self, member: &str) -> String {
        format!("{}/{member}", self.place)
    }

    /// Refuses a member that does not go with the operation, or is missing.
    fn goes_with(&mut self, does: bool, member: &str, given: bool, required: bool) {
        if given && !does {
            self.errors.push(FieldError::new(self.at(member), "not_applicable", text("not-with-operation")));
        } else if does && required && !given {
            self.errors.push(FieldError::new(self.at(member), "required", text("required")));
        }
    }

    fn read<T: DeserializeOwned + ToSchema + 'static>(&mut self, member: &str, value: &Value) -> Option<T> {
        schema::read(value).map_err(|problem| self.refuse(member, &problem)).ok()
    }

    fn refuse(&mut self, member: &str, problem: &Problem) {
        self.errors.extend(problem.errors_beneath(&self.at(member)));
    }
}
