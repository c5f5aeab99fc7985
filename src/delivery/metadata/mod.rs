//! What pages of an article tell machines: its canonical address, JSON-LD for search engines, Open Graph for whoever shares it.

mod json_ld;
mod open_graph;
mod told;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use diesel::PgConnection;
use serde::Serialize;
use utoipa::ToSchema;

pub use self::told::Publisher;
use self::{
    json_ld::NewsArticle,
    open_graph::Property,
    told::{Source, Told},
};
use super::{answers::Answers, article_key::ArticleKey, articles::Shown, cards::Labels, store};
use crate::{
    db::pool::snapshot,
    http::{
        Canonical, Found, Item, Problem, Representation,
        canonical::Addressed,
        depends::{Depends, Key},
        openapi::PublicArticle,
    },
};

/// What pages of an article tell machines.
#[derive(Serialize, ToSchema)]
#[schema(as = ArticleMetadata)]
pub struct Metadata {
    /// The page that people read the article at.
    #[schema(example = "https://tinh.example/tin/lich-tiep-cong-dan-thang-12")]
    canonical: String,
    /// For search engines: to be written into the page as JSON-LD, with each `<` as `\u003c`.
    json_ld: NewsArticle,
    /// For whoever shares the page: to be written into it as `<meta property="…" content="…">`, in this order.
    open_graph: Vec<Property>,
}

/// What pages of an article tell machines: its canonical address, JSON-LD (schema.org `NewsArticle`), and Open Graph.
///
/// Every address in it is absolute.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_article_metadata",
    params(("key" = String, Path, description = "The article's id or slug")),
    responses(
        (status = 200, description = "The metadata", body = Item<Metadata>),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The slug has changed; `Location` says to what"),
        PublicArticle,
    ),
)]
#[get("/articles/{key}/metadata")]
pub async fn metadata(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    canonical: Data<Canonical>,
    publisher: Data<Publisher>,
    key: Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = ArticleKey::parse(&key)?;
    let asked = key.clone();
    let read = move |conn: &mut PgConnection| find(conn, &labels, &canonical, &publisher, &key);
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}

fn find(
    conn: &mut PgConnection,
    labels: &Labels,
    canonical: &Canonical,
    publisher: &Publisher,
    key: &ArticleKey,
) -> Result<Found, Problem> {
    let (card, audio) = store::with_audio(conn, labels, key)?;
    let told: Told = card.read()?;
    if matches!(key, ArticleKey::Slug(asked) if asked.as_str() != told.slug) {
        let depends = Depends::on([Key::article(card.id)]);
        return Ok(Found::Moved { to: format!("/api/v1/articles/{}/metadata", told.slug), depends });
    }
    let addressed = Addressed { id: told.id, slug: &told.slug, category: &told.category.slug };
    let address = canonical.article(addressed);
    let by_person = match &told.author {
        Some(author) => store::is_person(conn, author.id)?,
        None => false,
    };
    let source = Source { told: &told, by_person, audio: audio.as_ref(), address: &address, canonical, publisher };
    let (json_ld, open_graph) = (NewsArticle::of(&source), open_graph::of(&source));
    let own_key = format!("article/{}", card.id).into();
    let data = Metadata { canonical: address, json_ld, open_graph };
    let content = Shown::of(std::iter::once(&card)).content(&Item { data })?;
    Ok(Found::Content(Representation { own_key, ..content }))
}
