//! Doing what a batch asks for: all in one transaction, or each operation in one of its own.

use std::time::{Duration, Instant};

use super::operation::{BatchResult, Left, Operation, errors};
use crate::{
    access::Principal,
    db::{Newsroom, Tx},
    http::{Code, Problem, text},
    media::intake::Intake,
    newsroom::store,
};

/// The member by which a problem says which operation it is of.
const OPERATION: &str = "operation";

/// Does all of it, in one instant, or nothing.
///
/// # Errors
/// `validation_failed`, with the operation that cannot be done and why; what keeps the database or the storage from
/// doing anything, as it is.
pub async fn together(
    newsroom: &Newsroom,
    intake: &Intake,
    who: Principal,
    mut operations: Vec<Operation>,
) -> Result<Vec<BatchResult>, Problem> {
    let writes: Vec<bool> = operations.iter().map(Operation::writes).collect();
    for (number, operation) in operations.iter_mut().enumerate() {
        let taken = operation.take_pictures(intake, &who).await;
        taken.map_err(|problem| of_the_whole(problem.with_member(OPERATION, number), &writes))?;
    }
    let all = move |tx: &mut Tx<'_>| {
        // In one order, whatever the order of the operations: two batches that share articles wait for each other once.
        store::lock_all(tx, operations.iter().map(|operation| operation.id))?;
        let (mut left, mut results) = (Left::default(), Vec::with_capacity(operations.len()));
        for (number, operation) in operations.into_iter().enumerate() {
            let (operation, named) = left.meant(operation);
            let result = operation.run(tx, &who).map_err(|problem| problem.with_member(OPERATION, number))?;
            left.note(named, &result);
            results.push(result);
        }
        Ok(results)
    };
    newsroom.transaction(all).await.map_err(|problem| of_the_whole(problem, &writes))
}

/// The refusal of a batch of which one operation is refused.
fn of_the_whole(problem: Problem, writes: &[bool]) -> Problem {
    let number = problem.member(OPERATION).and_then(|number| usize::try_from(number.as_u64()?).ok());
    let Some(number) = number.filter(|_| !problem.code().status().is_server_error()) else { return problem };
    let errors = errors(&problem, &format!("/operations/{number}"), writes.get(number) == Some(&true));
    Problem::new(Code::ValidationFailed, text("batch-refused").with("operation", number))
        .with_errors(errors)
        .with_member(OPERATION, number)
        .with_member("problem", problem.document())
}

/// Does each by itself, in order, as far as the time reaches that the database has for one request.
pub async fn one_by_one(
    newsroom: &Newsroom,
    intake: &Intake,
    who: &Principal,
    operations: Vec<Operation>,
) -> Vec<BatchResult> {
    let (began, mut left, mut results) = (Instant::now(), Left::default(), Vec::with_capacity(operations.len()));
    for operation in operations {
        let (operation, named) = left.meant(operation);
        let rest = newsroom.limit().saturating_sub(began.elapsed());
        let result = alone(newsroom, intake, who.clone(), operation, rest).await;
        let result = result.unwrap_or_else(|problem| BatchResult::refused(&problem));
        left.note(named, &result);
        results.push(result);
    }
    results
}

async fn alone(
    newsroom: &Newsroom,
    intake: &Intake,
    who: Principal,
    mut operation: Operation,
    rest: Duration,
) -> Result<BatchResult, Problem> {
    if rest.is_zero() {
        return Err(Problem::unavailable("the time of a batch is over"));
    }
    operation.take_pictures(intake, &who).await?;
    newsroom.clone().within(rest).transaction(move |tx| operation.run(tx, &who)).await
}
