//! Where an article's news item is.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use diesel::PgConnection;

use super::{item::item, model::Item};
use crate::{
    db::pool::snapshot,
    delivery::{answers::Answers, article_key::ArticleKey, articles::Shown, cards::Labels, store},
    http::{Canonical, Found, Problem, Representation, openapi::PublicArticle},
};

/// One published article as a news item of ninjs 3.3, by id or slug, without an envelope.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_ninjs",
    params(("key" = String, Path, description = "The article's id or slug")),
    responses(
        (status = 200, description = "The news item", body = Item),
        (status = 304, description = "The client has it"),
        PublicArticle,
    ),
)]
#[get("/articles/{key}/ninjs")]
pub async fn show(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    canonical: Data<Canonical>,
    key: Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = ArticleKey::parse(&key)?;
    let asked = key.clone();
    let read = move |conn: &mut PgConnection| {
        let (article, linked) = store::article(conn, &labels, &key)?;
        let above = store::categories_above(conn, &[&article.card.category])?.remove(&article.card.category);
        let item = item(&article, &above.unwrap_or_default(), &canonical)?;
        let shown = Shown::of(std::iter::once(&article.card).chain(&article.more.related)).and_shows(linked);
        let shown = shown.and_translations_of(article.card.id);
        let own_key = format!("article/{}", article.card.id).into();
        Ok(Found::Content(Representation { own_key, ..shown.content(&item)? }))
    };
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}
