//! The four-eyes rule: whoever edited any version since the last published one may not approve, whatever roles
//! they hold.

use std::collections::HashMap;

use diesel::{ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use crate::{
    access::Principal,
    db::schema::article_versions,
    http::{Code, Problem, text},
};

/// Who edited an article last, by person.
pub type Edits = HashMap<Uuid, i32>;

/// For each of these articles, everyone who edited it and the last version that each of them made. One query.
///
/// # Errors
/// Those of the database.
pub fn editors(conn: &mut PgConnection, articles: &[Uuid]) -> Result<HashMap<Uuid, Edits>, Problem> {
    let rows: Vec<(Uuid, Uuid, Option<i32>)> = article_versions::table
        .filter(article_versions::article_id.eq_any(articles))
        .group_by((article_versions::article_id, article_versions::edited_by))
        .select((
            article_versions::article_id,
            article_versions::edited_by,
            diesel::dsl::max(article_versions::version),
        ))
        .load(conn)?;
    let mut editors: HashMap<Uuid, Edits> = HashMap::new();
    for (article, user, last) in rows {
        editors.entry(article).or_default().insert(user, last.unwrap_or_default());
    }
    Ok(editors)
}

/// Whether `user` edited any version since the one that was the last to be published.
pub fn edited_since(edits: &Edits, user: Uuid, last_published: Option<i32>) -> bool {
    edits.get(&user).is_some_and(|last| *last > last_published.unwrap_or(0))
}

/// Refuses an approval by somebody who had a hand in the text, unless they hold the override and use it, with a
/// comment. Answers whether the rule was overridden.
///
/// # Errors
/// `four_eyes`; `validation_failed` for an override without a comment.
pub fn require_fresh_eyes(
    who: &Principal,
    edited_by_actor: bool,
    asks_override: bool,
    comment: Option<&str>,
) -> Result<bool, Problem> {
    if !edited_by_actor {
        return Ok(false);
    }
    if !(asks_override && who.four_eyes_override) {
        return Err(Problem::new(Code::FourEyes, text("four-eyes")));
    }
    if comment.is_none() {
        return Err(Problem::invalid("/comment", "required", text("comment-required")));
    }
    Ok(true)
}
