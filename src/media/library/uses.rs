//! Where files are used: in articles' working copies, in their trash, in what is published, and in earlier versions.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgAnyJsonExpressionMethods,
    PgConnection, QueryDsl, RunQueryDsl,
    dsl::{auto_type, exists, not},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::revisions::Pins;

use crate::{
    content::MediaRef,
    db::{
        Tx,
        schema::{article_media, articles, media, publications, published_articles, published_media, version_media},
    },
    http::Problem,
};

/// A place where a file is used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsedIn)]
pub struct Use {
    /// The article.
    article_id: Uuid,
    /// Its title.
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    title: Option<String>,
    /// Which of its fields; `published` for a published copy.
    #[schema(example = "image")]
    place: String,
    /// Whether it shows what the file was before: the next version of the article takes over what it is now.
    outdated: bool,
}

/// Everywhere this file is used. Two queries.
pub fn of(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Use>, Problem> {
    let newest = media::table.find(id).select(media::file_revision).single_value();
    let current = version_media::article_id
        .eq(articles::id)
        .and(version_media::version.eq(articles::current_version))
        .and(version_media::media_id.eq(article_media::media_id));
    let working: Vec<(Uuid, Option<String>, String, Option<bool>)> = article_media::table
        .inner_join(articles::table.on(articles::id.eq(article_media::article_id)))
        .inner_join(version_media::table.on(current))
        .filter(article_media::media_id.eq(id))
        .order((articles::id, article_media::place))
        .select((articles::id, articles::title, article_media::place, version_media::revision.nullable().lt(newest)))
        .load(conn)?;
    let title = published_articles::card.retrieve_as_text("title");
    let newest = media::table.find(id).select(media::file_revision).single_value();
    let published: Vec<(Uuid, String, Option<bool>)> = published_media::table
        .inner_join(
            published_articles::table.on(published_articles::publication_id.eq(published_media::publication_id)),
        )
        .filter(published_media::media_id.eq(id))
        .order(published_articles::article_id)
        .select((published_articles::article_id, title, published_media::revision.nullable().lt(newest)))
        .load(conn)?;
    let outdated = |outdated: Option<bool>| outdated.unwrap_or(false);
    let working = working.into_iter().map(|(article_id, title, place, before)| Use {
        article_id,
        title,
        place,
        outdated: outdated(before),
    });
    let published = published.into_iter().map(|(article_id, title, before)| Use {
        article_id,
        title: Some(title),
        place: "published".to_owned(),
        outdated: outdated(before),
    });
    Ok(working.chain(published).collect())
}

/// Records what a new version of an article uses, in these revisions, which from now on is what its working copy does.
pub fn record(tx: &mut Tx<'_>, article: Uuid, version: i32, refs: &[MediaRef], pins: &Pins) -> Result<(), Problem> {
    diesel::delete(article_media::table.filter(article_media::article_id.eq(article))).execute(tx.conn)?;
    if refs.is_empty() {
        return Ok(());
    }
    let places = refs.iter().map(|used| {
        (
            article_media::article_id.eq(article),
            article_media::media_id.eq(used.media_id),
            article_media::place.eq(used.place),
        )
    });
    let places: Vec<_> = places.collect();
    diesel::insert_into(article_media::table).values(places).on_conflict_do_nothing().execute(tx.conn)?;
    let ids: BTreeSet<Uuid> = refs.iter().map(|used| used.media_id).collect();
    let kept = pins.iter().map(|(id, revision)| {
        (
            version_media::article_id.eq(article),
            version_media::version.eq(version),
            version_media::media_id.eq(*id),
            version_media::revision.eq(*revision),
        )
    });
    diesel::insert_into(version_media::table).values(kept.collect::<Vec<_>>()).execute(tx.conn)?;
    // In the order of their ids, so that two articles that take up the same files do not wait for each other.
    let taken_up: Vec<Uuid> = media::table
        .filter(media::id.eq_any(ids))
        .filter(media::unused_since.is_not_null())
        .order(media::id)
        .select(media::id)
        .for_no_key_update()
        .load(tx.conn)?;
    if !taken_up.is_empty() {
        diesel::update(media::table.filter(media::id.eq_any(taken_up)))
            .set(media::unused_since.eq(None::<DateTime<Utc>>))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Records that a published copy uses what its version does.
pub fn publish(tx: &mut Tx<'_>, publication: Uuid) -> Result<(), Problem> {
    let of_version =
        version_media::article_id.eq(publications::article_id).and(version_media::version.eq(publications::version));
    let used = publications::table
        .inner_join(version_media::table.on(of_version))
        .filter(publications::id.eq(publication))
        .select((publications::id, version_media::media_id));
    diesel::insert_into(published_media::table)
        .values(used)
        .into_columns((published_media::publication_id, published_media::media_id))
        .execute(tx.conn)?;
    Ok(())
}

/// Of records: that nothing uses them, not even a version that could be restored.
#[auto_type(no_type_alias)]
pub fn unused() -> _ {
    let versions = version_media::table.filter(version_media::media_id.eq(media::id));
    let working = article_media::table.filter(article_media::media_id.eq(media::id));
    let public = published_media::table.filter(published_media::media_id.eq(media::id));
    not(exists(versions)).and(not(exists(working))).and(not(exists(public)))
}
