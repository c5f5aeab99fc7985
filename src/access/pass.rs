//! Passes: who holds one reads one version of an article without signing in, until it expires, somebody ends it, or
//! whoever made it may no longer read the article.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use super::{
    keys::Keys,
    policy::Subject,
    principal::{By, Principal},
    role::Permission,
    session::grants,
};
use crate::{
    db::{
        Tx,
        pool::clock,
        schema::{article_previews, articles, users},
    },
    http::Problem,
    keyed,
    told_once::ToldOnce,
};

/// A pass. What it opens is looked up with each use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Which.
    pub id: Uuid,
    /// Until when at most, in seconds of the Unix epoch: after that the database need not be asked.
    expires: i64,
}

/// What a pass opens.
#[derive(Clone, Copy, Debug)]
pub struct Admitted {
    /// The article.
    pub article: Uuid,
    /// The version of it.
    pub version: i32,
    /// When the pass was made.
    pub made_at: DateTime<Utc>,
}

impl Pass {
    /// Makes one to a version that is there, and forgets those to the article that have expired.
    pub fn make(
        tx: &mut Tx<'_>,
        by: By<'_>,
        article: Uuid,
        version: i32,
        expires_at: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let of_article = article_previews::table.filter(article_previews::article_id.eq(article));
        diesel::delete(of_article.filter(article_previews::expires_at.le(by.at))).execute(tx.conn)?;
        let pass = Self { id: Uuid::now_v7(), expires: expires_at.timestamp() };
        diesel::insert_into(article_previews::table)
            .values((
                article_previews::id.eq(pass.id),
                article_previews::article_id.eq(article),
                article_previews::version.eq(version),
                article_previews::made_by.eq(by.who.id),
                article_previews::made_at.eq(by.at),
                article_previews::expires_at.eq(expires_at),
            ))
            .execute(tx.conn)?;
        Ok(pass)
    }

    /// What its holder is given.
    pub fn token(&self, keys: &Keys) -> ToldOnce {
        let signed = self.signed();
        ToldOnce::new(URL_SAFE_NO_PAD.encode([signed.as_slice(), &keyed::digest(&key(keys), &[&signed])].concat()))
    }

    /// The pass of a token, if it is of our making. Nothing is asked of the database.
    pub fn proven(token: &str, keys: &Keys) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signed, digest) = bytes.split_at_checked(24)?;
        if !keyed::is_digest(&key(keys), &[signed], digest) {
            return None;
        }
        let (id, expires) = signed.split_at(16);
        let pass = Self { id: Uuid::from_slice(id).ok()?, expires: i64::from_be_bytes(expires.try_into().ok()?) };
        Some(pass)
    }

    fn signed(&self) -> Vec<u8> {
        [self.id.as_bytes().as_slice(), &self.expires.to_be_bytes()].concat()
    }

    /// What it opens at this moment, if anything. Three statements at most.
    pub fn admitted(&self, conn: &mut PgConnection) -> Result<Option<Admitted>, Problem> {
        let found: Option<(Uuid, i32, DateTime<Utc>, Uuid, Subject)> = article_previews::table
            .inner_join(articles::table.on(articles::id.eq(article_previews::article_id)))
            .inner_join(users::table.on(users::id.eq(article_previews::made_by)))
            .filter(article_previews::id.eq(self.id))
            .filter(article_previews::expires_at.gt(clock()))
            .filter(articles::deleted_at.is_null())
            .filter(users::disabled_at.is_null())
            .select((
                article_previews::article_id,
                article_previews::version,
                article_previews::made_at,
                article_previews::made_by,
                (articles::created_by, articles::category_id),
            ))
            .first(conn)
            .optional()?;
        let Some((article, version, made_at, made_by, subject)) = found else { return Ok(None) };
        let grants = grants(conn, made_by)?;
        let maker = Principal { id: made_by, grants, four_eyes_override: false, key: None, source: None };
        Ok(maker.may(Permission::Read, subject).then_some(Admitted { article, version, made_at }))
    }
}

/// Ends the passes to an article, or one of them, and says how many those were.
pub fn end(tx: &mut Tx<'_>, article: Uuid, one: Option<Uuid>) -> Result<usize, Problem> {
    let mut passes = diesel::delete(article_previews::table)
        .filter(article_previews::article_id.eq(article))
        .filter(article_previews::expires_at.gt(tx.now))
        .into_boxed();
    if let Some(one) = one {
        passes = passes.filter(article_previews::id.eq(one));
    }
    Ok(passes.execute(tx.conn)?)
}

fn key(keys: &Keys) -> [u8; 32] {
    keys.derive("preview")
}
