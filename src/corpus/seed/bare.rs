//! Tables without what is dear to keep up row by row: indexes that are built whole, and foreign keys that are looked at
//! whole, take a fraction of the time, and no longer a row when there are many.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{Array, Text},
};

/// What was taken off some tables, and goes back on within the same transaction: nobody ever sees them without.
#[must_use]
pub struct Bare {
    taken: Vec<Taken>,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Text)]
    off: String,
    #[diesel(sql_type = Text)]
    on_again: String,
}

impl Bare {
    /// Takes foreign keys, and indexes that forbid nothing, off these tables. Nobody reads or writes them meanwhile.
    pub fn make(conn: &mut PgConnection, tables: &[&str]) -> QueryResult<Self> {
        let taken: Vec<Taken> = sql_query(
            "SELECT format('DROP INDEX %s', indexrelid::regclass) AS off, pg_get_indexdef(indexrelid) AS on_again \
               FROM pg_index WHERE indrelid = ANY ($1::regclass[]) AND NOT indisunique \
                AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) \
              UNION ALL \
             SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
                    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
               FROM pg_constraint WHERE conrelid = ANY ($1::regclass[]) AND contype = 'f'",
        )
        .bind::<Array<Text>, _>(tables)
        .load(conn)?;
        taken.iter().try_for_each(|one| conn.batch_execute(&one.off))?;
        Ok(Self { taken })
    }

    /// Puts everything back, if what was written meanwhile is as foreign keys want it.
    pub fn dress(self, conn: &mut PgConnection) -> QueryResult<()> {
        // What waits for the commit would forbid it.
        conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
        self.taken.iter().try_for_each(|one| conn.batch_execute(&one.on_again))?;
        conn.batch_execute("SET CONSTRAINTS ALL DEFERRED")
    }
}
