//! What a failure of the database is to the client.

use diesel::result::{DatabaseErrorKind, Error, QueryResult};

use super::{Problem, problem::Mishap};

/// What libpq and the server say of a connection that is no more.
const LOST: [&str; 4] =
    ["terminating connection", "server closed the connection", "no connection to the server", "connection reset"];

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match &error {
            // A row that code takes for granted. One that the client asked for is told by [`OrNotFound`].
            Error::NotFound => Self::internal("a row is missing"),
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::unavailable(error).through(Mishap::GaveWay)
            }
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
                Self::unavailable(error).through(Mishap::ConnectionLost)
            }
            // Diesel tells the SQLSTATE of few errors. The others that are the state of the machine, or of what else is
            // going on, and no defect, are known by their text.
            Error::DatabaseError(_, info) if info.message().contains("No space left on device") => {
                tracing::error!(cause = %error, "the database has no space left");
                Self::insufficient_storage()
            }
            Error::DatabaseError(DatabaseErrorKind::Unknown, info) if info.message() == "deadlock detected" => {
                Self::unavailable(error).through(Mishap::GaveWay)
            }
            Error::DatabaseError(DatabaseErrorKind::Unknown, info)
                if LOST.iter().any(|sign| info.message().contains(sign)) =>
            {
                Self::unavailable(error).through(Mishap::ConnectionLost)
            }
            Error::DatabaseError(DatabaseErrorKind::Unknown, info)
                if ["is shutting down", "is starting up", "canceling statement due to"]
                    .iter()
                    .any(|sign| info.message().contains(sign)) =>
            {
                Self::unavailable(error)
            }
            // The commit failed, and undoing it as well: what counts is why.
            Error::RollbackErrorOnCommit { .. } => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

/// For the row that a request is about.
pub trait OrNotFound<T> {
    /// The row; where there is none, the client is told so.
    ///
    /// # Errors
    /// `not_found`.
    fn or_not_found(self) -> Result<T, Problem>;
}

impl<T> OrNotFound<T> for QueryResult<T> {
    fn or_not_found(self) -> Result<T, Problem> {
        self.map_err(|error| if error == Error::NotFound { Problem::not_found() } else { error.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Code;

    #[test]
    fn a_row_that_is_missing_is_not_found_only_where_the_client_asked_for_it() {
        assert_eq!(Problem::from(Error::NotFound).code(), Code::Internal);
        let asked: QueryResult<()> = Err(Error::NotFound);
        assert_eq!(asked.or_not_found().unwrap_err().code(), Code::NotFound);
    }
}
