//! What search knows of published copies, which the triggers of the migration `search` write; only a corpus brings its
//! own.

use std::io::Write;

use compact_str::CompactString;
use diesel::{
    SqlType,
    expression::AsExpression,
    pg::Pg,
    serialize::{IsNull, Output, Result, ToSql},
    table,
};

/// PostgreSQL's `tsvector`.
#[derive(SqlType, Clone, Copy, Debug)]
#[diesel(postgres_type(oid = 3614, array_oid = 3643))]
pub struct TsVector;

/// Terms in the order of their bytes, each once, to be written as a `tsvector` without positions.
#[derive(AsExpression, Debug)]
#[diesel(sql_type = TsVector)]
pub struct Terms(Vec<CompactString>);

impl Terms {
    pub fn new(mut terms: Vec<CompactString>) -> Self {
        terms.sort_unstable();
        terms.dedup();
        Self(terms)
    }
}

impl ToSql<TsVector, Pg> for Terms {
    /// As `tsvectorrecv` reads it: how many there are, and each with a zero byte behind it and the number of its
    /// positions.
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> Result {
        out.write_all(&i32::try_from(self.0.len())?.to_be_bytes())?;
        for term in &self.0 {
            out.write_all(term.as_bytes())?;
            out.write_all(&[0, 0, 0])?;
        }
        Ok(IsNull::No)
    }
}

table! {
    use diesel::sql_types::{SmallInt, Uuid};
    use super::TsVector;

    published_search (publication_id) {
        publication_id -> Uuid,
        terms -> TsVector,
        rules -> SmallInt,
    }
}
