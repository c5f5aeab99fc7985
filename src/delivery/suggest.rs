//! Titles and tags as one types.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use diesel::{ExpressionMethods, PgAnyJsonExpressionMethods, PgConnection, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answers::Answers;
use super::search::{self, Hit, SearchIndex};
use crate::{
    db::schema::delivery::articles,
    http::{
        All, Found, Problem, Query, Representation,
        depends::{Depends, Key},
        openapi::PublicList,
    },
};

/// What was typed so far.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Typed {
    /// With marks or without; its last word may be unfinished.
    #[schema(value_type = String, example = "dan v")]
    #[param(value_type = String)]
    q: search::Query,
    /// Suggestions at most.
    #[serde(default = "default_limit")]
    #[schema(minimum = 1, maximum = 20, default = 8)]
    #[param(minimum = 1, maximum = 20, default = 8)]
    limit: i64,
}

fn default_limit() -> i64 {
    8
}

/// What is suggested.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// An article, by its title.
    Article,
    /// A tag, by its name.
    Tag,
}

/// Something that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// What it is.
    kind: SuggestionKind,
    /// Its id.
    id: Uuid,
    /// Its slug: an article's address, or what lists take as `tag`.
    #[schema(example = "dan-van-kheo")]
    slug: String,
    /// The title or the name.
    #[schema(example = "Dân vận khéo")]
    text: String,
}

/// Titles and tags with all these words, the last of which may be unfinished.
///
/// Tags come first, those of most articles before others, and take half of the places at most unless titles leave more;
/// then articles, the newest first.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_suggestions",
    params(Typed),
    responses(
        (status = 200, description = "What may be meant; empty where no letter was typed", body = All<Suggestion>),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/suggest")]
pub async fn suggest(
    request: HttpRequest,
    answers: Data<Answers>,
    index: Data<SearchIndex>,
    Query(typed): Query<Typed>,
) -> Result<HttpResponse, Problem> {
    let asked = typed.clone();
    let read = move |conn: &mut PgConnection| {
        let (data, is_behind) = suggestions(conn, &index, &typed)?;
        let shown = data.iter().filter(|it| matches!(it.kind, SuggestionKind::Article)).map(|it| Key::article(it.id));
        let depends = Depends::on(shown).and_lists([Key::articles()]).and_lists(is_behind.then(Key::search));
        let content = Representation::of(&All { data }, ["articles".to_owned()])?;
        Ok(Found::Content(Representation { depends, ..content }))
    };
    answers.answer(&request, &asked, read).await
}

/// What is suggested, and whether the index was behind. Three queries.
fn suggestions(
    conn: &mut PgConnection,
    index: &SearchIndex,
    typed: &Typed,
) -> Result<(Vec<Suggestion>, bool), Problem> {
    let query = &typed.q;
    if query.is_empty() {
        return Ok((Vec::new(), false));
    }
    let mut suggested: Vec<Suggestion> = search::tags_as_typed(conn, query, typed.limit)?
        .into_iter()
        .map(|(id, slug, text)| Suggestion { kind: SuggestionKind::Tag, id, slug, text })
        .collect();
    let limit = usize::try_from(typed.limit).map_err(Problem::internal)?;
    let view = index.view(conn)?;
    let hits = search::titles_as_typed(&view, query, limit)?;
    suggested.truncate(limit.div_ceil(2).max(limit.saturating_sub(hits.len())));
    suggested.extend(titles(conn, &hits)?);
    suggested.truncate(limit);
    Ok((suggested, view.is_behind()))
}

/// The articles found, by title, in order.
fn titles(conn: &mut PgConnection, hits: &[Hit]) -> Result<Vec<Suggestion>, Problem> {
    let title = articles::card.retrieve_as_text("title");
    let rows: Vec<(Uuid, String, String)> = articles::table
        .filter(articles::article_id.eq_any(hits.iter().map(|hit| hit.article_id)))
        .select((articles::article_id, articles::slug, title))
        .load(conn)?;
    let mut rows: HashMap<Uuid, (String, String)> =
        rows.into_iter().map(|(id, slug, title)| (id, (slug, title))).collect();
    let suggestion = |hit: &Hit| {
        let (slug, text) = rows.remove(&hit.article_id)?;
        Some(Suggestion { kind: SuggestionKind::Article, id: hit.article_id, slug, text })
    };
    Ok(hits.iter().filter_map(suggestion).collect())
}
