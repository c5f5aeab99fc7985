//! The event log: what happened, who did it, from where and by which request, written in the transaction in which it
//! happened. It is appended to; the database refuses whatever else is tried with it, but for forgetting what is old.

pub mod retention;
mod source;

use chrono::{DateTime, Utc};
use diesel::{Insertable, PgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{db::schema::events, http::Problem};

pub use source::Source;

/// Who did something and when, as it is written down. For what the service does by itself nobody is named.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The account.
    pub actor: Option<Uuid>,
    /// The key by which a program did it in the account's name.
    pub key: Option<Uuid>,
    /// The request that it was done by.
    pub source: Option<Source>,
    /// The moment.
    pub at: DateTime<Utc>,
}

impl Stamp {
    /// What the service, or whoever runs it, does at that moment.
    pub fn by_service(at: DateTime<Utc>) -> Self {
        Self { actor: None, key: None, source: None, at }
    }
}

/// What happened, with what else is to be known of it. Amounts of royalties are in none of them: more people read this.
#[derive(Debug, Serialize, strum::IntoStaticStr, strum::VariantNames)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the variants are named after what happened, their fields after what they are")]
pub enum Event<'a> {
    #[strum(serialize = "article.created")]
    ArticleCreated { version: i32 },
    /// `fields`: the names of those that changed; `restored_from`: the earlier version that was made the working copy again.
    #[strum(serialize = "article.edited")]
    ArticleEdited {
        version: i32,
        fields: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        restored_from: Option<i32>,
    },
    #[strum(serialize = "article.submitted")]
    ArticleSubmitted { version: i32 },
    #[strum(serialize = "article.recalled")]
    ArticleRecalled { version: i32 },
    /// `overridden`: by somebody who had a hand in it.
    #[strum(serialize = "article.approved")]
    ArticleApproved { version: i32, overridden: bool },
    /// It passed a stage of its review, and goes on to the next.
    #[strum(serialize = "article.passed")]
    ArticlePassed { version: i32, stage: &'a str, overridden: bool },
    #[strum(serialize = "article.rejected")]
    ArticleRejected { version: i32 },
    /// It is to become public.
    #[strum(serialize = "article.scheduled")]
    ArticleScheduled(Published<'a>),
    /// It became public, and was not before.
    #[strum(serialize = "article.published")]
    ArticlePublished(Published<'a>),
    /// It is public, and another version of it was before.
    #[strum(serialize = "article.updated")]
    ArticleUpdated(Published<'a>),
    /// It became public as urgent.
    #[strum(serialize = "article.urgent")]
    ArticleUrgent { publication: Uuid, version: i32, urgent_until: DateTime<Utc> },
    /// What was to become public will not.
    #[strum(serialize = "article.unscheduled")]
    ArticleUnscheduled { publication: Uuid, version: i32 },
    /// It is no longer public. `reason` is `withdrawn` or `deleted`, `comment` what was said of it, `notice` what readers are told.
    #[strum(serialize = "article.unpublished")]
    ArticleUnpublished {
        publication: Uuid,
        version: i32,
        reason: &'static str,
        comment: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        notice: Option<&'a str>,
    },
    #[strum(serialize = "article.deleted")]
    ArticleDeleted { reason: Option<&'a str> },
    #[strum(serialize = "article.restored")]
    ArticleRestored {},
    #[strum(serialize = "article.purged")]
    ArticlePurged {},
    /// It was brought along from a SharePoint list, with so many versions: as this item, by this run. `article.edited` and what
    /// follows tell of what a later run brings.
    #[strum(serialize = "article.imported")]
    ArticleImported { list: Uuid, item: i64, run: i64, versions: usize },
    /// Somebody says that they are at its review.
    #[strum(serialize = "article.claimed")]
    ArticleClaimed { stage: &'a str },
    /// They are no more; `of`: whose claim it was.
    #[strum(serialize = "article.released")]
    ArticleReleased { of: Uuid },
    #[strum(serialize = "article.commented")]
    ArticleCommented { comment: Uuid },
    /// Somebody made an address by which anyone may read the version.
    #[strum(serialize = "preview.made")]
    PreviewMade { version: i32, expires_at: DateTime<Utc> },
    /// So many of these were ended before their time.
    #[strum(serialize = "preview.ended")]
    PreviewEnded { previews: usize },
    #[strum(serialize = "royalty.set")]
    RoyaltySet { revision: i32 },
    #[strum(serialize = "rates.set")]
    RatesSet { revision: i32 },
    #[strum(serialize = "media.created")]
    MediaCreated { file_name: &'a str },
    #[strum(serialize = "media.described")]
    MediaDescribed {},
    /// `sha256` of the new bytes, in hexadecimal digits.
    #[strum(serialize = "media.replaced")]
    MediaReplaced { revision: i32, sha256: String },
    #[strum(serialize = "media.linked")]
    MediaLinked { expires_at: DateTime<Utc> },
    #[strum(serialize = "media.deleted")]
    MediaDeleted {},
    /// `sha256` in hexadecimal digits.
    #[strum(serialize = "media.purged")]
    MediaPurged { file_name: &'a str, sha256: String },
    #[strum(serialize = "category.created")]
    CategoryCreated { name: &'a str, slug: &'a str },
    #[strum(serialize = "category.changed")]
    CategoryChanged { name: &'a str, slug: &'a str, fields: Vec<&'static str> },
    #[strum(serialize = "category.deleted")]
    CategoryDeleted { name: &'a str, slug: &'a str },
    /// The names of its stages; none where it has those of the category above again.
    #[strum(serialize = "review.set")]
    ReviewSet { revision: i32, stages: Option<Vec<&'a str>> },
    #[strum(serialize = "article_type.created")]
    ArticleTypeCreated { code: &'a str, name: &'a str },
    #[strum(serialize = "article_type.changed")]
    ArticleTypeChanged { code: &'a str, name: &'a str },
    #[strum(serialize = "article_type.deleted")]
    ArticleTypeDeleted { code: &'a str, name: &'a str },
    #[strum(serialize = "tag.renamed")]
    TagRenamed { from: &'a str, to: &'a str },
    #[strum(serialize = "tag.merged")]
    TagMerged { name: &'a str, into: Uuid, into_name: &'a str },
    #[strum(serialize = "tag.deleted")]
    TagDeleted { name: &'a str },
    #[strum(serialize = "author.created")]
    AuthorCreated { name: &'a str },
    #[strum(serialize = "author.changed")]
    AuthorChanged { from: &'a str, to: &'a str, fields: Vec<&'static str> },
    #[strum(serialize = "author.merged")]
    AuthorMerged { name: &'a str, into: Uuid, into_name: &'a str },
    #[strum(serialize = "author.deleted")]
    AuthorDeleted { name: &'a str },
    #[strum(serialize = "user.created")]
    UserCreated {},
    #[strum(serialize = "user.invited")]
    UserInvited { expires_at: DateTime<Utc> },
    /// An invitation was accepted: there is a password from now on, or another one.
    #[strum(serialize = "user.joined")]
    UserJoined {},
    #[strum(serialize = "user.renamed")]
    UserRenamed { name: &'a str },
    #[strum(serialize = "user.disabled")]
    UserDisabled {},
    #[strum(serialize = "user.enabled")]
    UserEnabled {},
    /// Roles as `create-user` takes them; `four_eyes_override` where that was changed.
    #[strum(serialize = "user.granted")]
    UserGranted { given: Vec<String>, taken: Vec<String>, four_eyes_override: Option<bool> },
    /// It is from now on that of somebody whom this provider of single sign-on knows.
    #[strum(serialize = "user.linked")]
    UserLinked { issuer: &'a str },
    /// Somebody signed in, by a `password`, an `invitation` or a `provider`.
    #[strum(serialize = "session.started")]
    SessionStarted { session: Uuid, by: &'static str },
    /// A password was wrong, or there is no account that it could be of, or that is disabled.
    #[strum(serialize = "session.refused")]
    SessionRefused {},
    /// One session, or all of the account's. `reason` as `sessions` has it.
    #[strum(serialize = "session.ended")]
    SessionEnded { session: Option<Uuid>, reason: &'static str },
    #[strum(serialize = "password.changed")]
    PasswordChanged {},
    /// From now on a code is asked for at each sign-in.
    #[strum(serialize = "totp.enrolled")]
    TotpEnrolled {},
    /// It no longer is: by its owner, or by whoever looks after the account.
    #[strum(serialize = "totp.removed")]
    TotpRemoved {},
    /// A recovery code was used in the place of a code; so many are left.
    #[strum(serialize = "totp.recovered")]
    TotpRecovered { left: i64 },
    /// A code was wrong or used before, though what it was asked for beside was right.
    #[strum(serialize = "totp.refused")]
    TotpRefused {},
    #[strum(serialize = "key.created")]
    KeyCreated { name: &'a str },
    #[strum(serialize = "key.revoked")]
    KeyRevoked {},
    /// Of its address the host alone is told: what is behind it may be known to the receiver only.
    #[strum(serialize = "webhook.created")]
    WebhookCreated { host: &'a str },
    #[strum(serialize = "webhook.changed")]
    WebhookChanged { host: &'a str, fields: Vec<&'static str> },
    #[strum(serialize = "webhook.deleted")]
    WebhookDeleted { host: &'a str },
    /// It has another secret.
    #[strum(serialize = "webhook.rotated")]
    WebhookRotated {},
    /// Nothing is sent any more. `reason`: `requested`, `failing` for a day, or `gone`.
    #[strum(serialize = "webhook.paused")]
    WebhookPaused { reason: &'static str },
    #[strum(serialize = "webhook.resumed")]
    WebhookResumed {},
    /// So many deliveries are sent again: one, or all of what happened `since`.
    #[strum(serialize = "webhook.redelivered")]
    WebhookRedelivered { since: Option<DateTime<Utc>>, deliveries: usize },
    /// A corpus was loaded: how many articles, made from which number, before when.
    #[strum(serialize = "corpus.seeded")]
    CorpusSeeded { articles: u32, seed: u64, until: DateTime<Utc> },
    /// So many of its articles were added so far.
    #[strum(serialize = "corpus.added")]
    CorpusAdded { articles: u32, seed: u64, until: DateTime<Utc>, added: u32 },
}

/// A publication, as events tell of it.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "the columns of `publications`")]
pub struct Published<'a> {
    pub publication: Uuid,
    pub version: i32,
    pub starts_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent_until: Option<DateTime<Utc>>,
}

/// An event as it is stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct EventRow {
    kind: &'static str,
    subject_id: Uuid,
    actor_id: Option<Uuid>,
    key_id: Option<Uuid>,
    data: Value,
    recorded_at: DateTime<Utc>,
    request_id: Option<Uuid>,
    address: Option<String>,
}

impl EventRow {
    /// The event, which happened to `subject`.
    pub fn of(subject: Uuid, stamp: Stamp, event: &Event<'_>) -> Self {
        Self {
            kind: event.into(),
            subject_id: subject,
            actor_id: stamp.actor,
            key_id: stamp.key,
            // Texts, numbers and moments: there is nothing that JSON could not hold.
            data: serde_json::to_value(event).unwrap_or_default(),
            recorded_at: stamp.at,
            request_id: stamp.source.map(|source| source.request),
            address: stamp.source.map(|source| source.address.to_string()),
        }
    }
}

/// Appends an event that happened to `subject`.
pub fn record(conn: &mut PgConnection, subject: Uuid, stamp: Stamp, event: &Event<'_>) -> Result<(), Problem> {
    diesel::insert_into(events::table).values(EventRow::of(subject, stamp, event)).execute(conn)?;
    Ok(())
}

/// Appends one and the same event that happened to each of these.
pub fn record_each(conn: &mut PgConnection, subjects: &[Uuid], stamp: Stamp, event: &Event<'_>) -> Result<(), Problem> {
    // A statement takes 65,535 values.
    for some in subjects.chunks(5_000) {
        let rows: Vec<EventRow> = some.iter().map(|subject| EventRow::of(*subject, stamp, event)).collect();
        diesel::insert_into(events::table).values(rows).execute(conn)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use strum::VariantNames;

    use super::*;

    #[test]
    fn events_are_named_by_what_happened_to_what() {
        for name in Event::VARIANTS {
            let (subject, happened) = name.split_once('.').expect("two words");
            assert!(
                [subject, happened]
                    .iter()
                    .all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')),
                "{name}"
            );
        }
    }

    #[test]
    fn an_event_is_stored_as_its_fields() {
        let stamp = Stamp::by_service(DateTime::UNIX_EPOCH);
        let edited = Event::ArticleEdited { version: 2, fields: vec!["title".to_owned()], restored_from: None };
        let row = EventRow::of(Uuid::nil(), stamp, &edited);
        assert_eq!((row.kind, row.data), ("article.edited", serde_json::json!({ "version": 2, "fields": ["title"] })));
        let row = EventRow::of(Uuid::nil(), stamp, &Event::ArticlePurged {});
        assert_eq!(row.data, serde_json::json!({}));
    }
}
