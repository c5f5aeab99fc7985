//! Where files are used: in articles' working copies, in their trash, and in what is published.

use diesel::{ExpressionMethods, JoinOnDsl, PgConnection, QueryDsl, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::schema::{article_media, articles, published_articles, published_media},
    http::Problem,
};

/// A place where a file is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct Use {
    /// The article.
    article_id: Uuid,
    /// Its title.
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    title: Option<String>,
    /// Which of its fields; `published` for a published copy.
    #[schema(example = "image")]
    place: String,
}

/// Everywhere this file is used. Two queries.
///
/// # Errors
/// Those of the database.
pub fn of(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Use>, Problem> {
    let working: Vec<(Uuid, Option<String>, String)> = article_media::table
        .inner_join(articles::table.on(articles::id.eq(article_media::article_id)))
        .filter(article_media::media_id.eq(id))
        .order((articles::id, article_media::place))
        .select((articles::id, articles::title, article_media::place))
        .load(conn)?;
    let published: Vec<(Uuid, String)> = published_media::table
        .inner_join(
            published_articles::table.on(published_articles::publication_id.eq(published_media::publication_id)),
        )
        .filter(published_media::media_id.eq(id))
        .order(published_articles::article_id)
        .select((published_articles::article_id, published_articles::title))
        .load(conn)?;
    let working = working.into_iter().map(|(article_id, title, place)| Use { article_id, title, place });
    let published = published.into_iter().map(|(article_id, title)| {
        let (title, place) = (Some(title), "published".to_owned());
        Use { article_id, title, place }
    });
    Ok(working.chain(published).collect())
}
