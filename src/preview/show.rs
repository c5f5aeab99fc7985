//! What a preview shows: the version as the public would get it, if it had been published when the preview was made.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderName},
    web::{Data, Path},
};
use diesel::PgConnection;
use uuid::Uuid;

use crate::{
    access::{
        keys::Keys,
        pass::{Admitted, Pass},
    },
    card::{self, ArticleTypeName, Named, Notes, Says, Source},
    content::Content,
    db::{Newsroom, pool::snapshot},
    delivery::{
        cards::Labels,
        model::{Article, Card},
        store::unpublished,
    },
    http::{Item, Problem, openapi::PublicRead, reply::SiteUrl},
    newsroom::{articles::read, store},
    publication::{Standing, standing},
    text::with_addresses,
};

/// Keeps search engines from listing what they were given by mistake.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// One version of an article, public or not, as the public would get it.
///
/// Whoever has the address may read it, and the files that the version shows, until it expires or is ended.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_preview",
    params(("token" = String, Path, description = "As `POST …/preview` answered it")),
    responses((status = 200, description = "The version", body = Item<Article>), PublicRead),
)]
#[get("/preview/{token}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    labels: Data<Labels>,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (token, site) = (token.into_inner(), SiteUrl::of(&request));
    let pass = Pass::proven(&token, &keys).ok_or_else(Problem::not_found)?;
    let read = move |conn: &mut PgConnection| {
        let admitted = pass.admitted(conn)?.ok_or_else(Problem::not_found)?;
        let mut article = article(conn, &labels, admitted)?;
        let opened = |link: &str| opened(link, &token);
        article.each_own_link(&mut |link: &mut String| *link = opened(link));
        if let Some(body) = article.body_mut() {
            let ours = |url: &str| site.path_of(url).is_some_and(|path| path.starts_with("/media/"));
            *body = with_addresses(body, |url| ours(url).then(|| opened(url)));
        }
        site.complete(&mut article);
        Ok(article)
    };
    let data = newsroom.read(move |conn| snapshot(conn, read)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((ROBOTS, "noindex"))
        .json(Item { data }))
}

/// An address of a file, with the pass that opens it.
fn opened(address: &str, token: &str) -> String {
    let (address, fragment) = address.find('#').map_or((address, ""), |at| address.split_at(at));
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}preview={token}{fragment}")
}

fn article(conn: &mut PgConnection, labels: &Labels, admitted: Admitted) -> Result<Article, Problem> {
    let Admitted { article, version, made_at } = admitted;
    let content = store::content(conn, article, version)?;
    let Standing { first_published_at, corrections, .. } = standing(conn, article, made_at)?;
    let first_published_at = first_published_at.unwrap_or(made_at);
    let published_at = content.published_at.unwrap_or(first_published_at);
    let says = Says::of(&content, Notes { corrections, urgent_until: None });
    let own = content.audio.iter().chain(&content.attachments).map(|used| used.media_id);
    let files: Vec<Uuid> = says.pictures().into_iter().chain(own).collect();
    let files = card::of_version(conn, article, version, &files)?;
    let source = Source {
        article,
        slug: content.slug.clone().unwrap_or_default(),
        published_at,
        first_published_at,
        last_published_at: made_at,
        expires_at: None,
        says,
    };
    let written = card::written(source, &files)?;
    let names = read::names(conn, std::iter::once(&content), std::iter::empty())?;
    let Content { author, category, article_type, tags, .. } = &content;
    // What it was filed under may be gone by now.
    let category = category.and_then(|id| names.categories.get(&id)).ok_or_else(Problem::not_found)?;
    let code = article_type.clone().ok_or_else(Problem::not_found)?;
    let article_type = ArticleTypeName { name: names.types.get(&code).cloned().ok_or_else(Problem::not_found)?, code };
    let tags = names.tags(tags);
    let named = Named {
        author: author.and_then(|id| names.authors.get(&id)),
        category,
        article_type: &article_type,
        tags: tags.iter().map(String::as_str).collect(),
    };
    let card = Card::of(article, published_at, written, &named)?;
    unpublished(conn, labels, card, &content, &files)
}
