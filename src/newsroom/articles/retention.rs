//! How long the trash keeps what was deleted, and what it never lets go of.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, QueryDsl, RunQueryDsl, define_sql_function,
    dsl::{exists, not},
    select,
    sql_types::{Bool, Text},
};
use uuid::Uuid;

use crate::{
    audit::{self, Event, Stamp},
    db::{
        Tx,
        schema::{articles, publications},
    },
    http::{Problem, text},
    publication::standing::ever_public,
};

/// How many articles go in one transaction: each takes its versions along.
const AT_ONCE: i64 = 20;

define_sql_function! {
    /// Sets a parameter, to the end of the transaction where it is local.
    fn set_config(name: Text, value: Text, local: Bool) -> Text;
}

/// What becomes of articles in the trash.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// After how many days they are purged by the service itself; 0 is never.
    pub days: u16,
    /// Whether those that were ever public stay, whoever wants them gone.
    pub keeps_published: bool,
}

impl Retention {
    /// When an article is purged that was deleted at that moment; never, if none.
    pub fn end(self, deleted_at: DateTime<Utc>, was_public: bool) -> Option<DateTime<Utc>> {
        let stays = self.days == 0 || (self.keeps_published && was_public);
        (!stays).then(|| deleted_at + TimeDelta::days(self.days.into()))
    }

    /// Deletes a locked article for good, with its versions, history and slugs.
    ///
    /// # Errors
    /// `conflict` where it is kept because it was public.
    pub fn purge(self, tx: &mut Tx<'_>, stamp: Stamp, id: Uuid) -> Result<(), Problem> {
        if self.keeps_published && ever_public(tx.conn, &[id])?.contains(&id) {
            return Err(Problem::conflict(text("published-is-kept")));
        }
        self.remove(tx, stamp, &[id])
    }

    /// Purges some of what has been in the trash for too long, and says how many. What somebody is just restoring, or another
    /// replica purging, is left to them.
    pub fn purge_old(self, tx: &mut Tx<'_>) -> Result<usize, Problem> {
        if self.days == 0 {
            return Ok(0);
        }
        // What is in the trash is not to become public.
        let was_public = exists(publications::table.filter(publications::article_id.eq(articles::id)));
        let old: Vec<Uuid> = articles::table
            .filter(articles::deleted_at.lt(tx.now - TimeDelta::days(self.days.into())))
            .filter(not(was_public.and(self.keeps_published.into_sql::<Bool>())))
            .order((articles::deleted_at, articles::id))
            .limit(AT_ONCE)
            .select(articles::id)
            .for_update()
            .skip_locked()
            .load(tx.conn)?;
        if !old.is_empty() {
            self.remove(tx, Stamp::by_service(tx.now), &old)?;
        }
        Ok(old.len())
    }

    fn remove(self, tx: &mut Tx<'_>, stamp: Stamp, ids: &[Uuid]) -> Result<(), Problem> {
        if !self.keeps_published {
            // Else the database refuses.
            select(set_config("tintuc.purges_published", "on", true)).execute(tx.conn)?;
        }
        diesel::delete(articles::table.filter(articles::id.eq_any(ids))).execute(tx.conn)?;
        audit::record_each(tx.conn, ids, stamp, &Event::ArticlePurged {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_no_end() {
        let deleted = DateTime::UNIX_EPOCH;
        let end = |days, keeps_published, was_public| Retention { days, keeps_published }.end(deleted, was_public);
        let in_93_days = Some(deleted + TimeDelta::days(93));
        assert_eq!((end(93, true, false), end(93, true, true)), (in_93_days, None));
        assert_eq!((end(93, false, true), end(0, false, false)), (in_93_days, None));
    }
}
