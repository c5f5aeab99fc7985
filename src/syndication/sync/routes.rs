//! `GET sync`.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    web::{Data, block},
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, OneOfBuilder, Type},
    },
};

use super::{
    fields::{FeedArticle, Fields},
    filter::Part,
    follower::{Follower, Heard},
    log::Page,
    place::Place,
    told::{Form, Removal, Told},
};
use crate::{
    http::{Canonical, Cursors, FieldError, Problem, Query, negotiation::Coding, openapi::PublicFeed, text},
    syndication::ninjs::Item,
};

/// What to follow, from where, and how long to wait.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SyncQuery {
    /// Where the previous answer ended: its `meta.next_token`. Without one a full pass begins.
    #[schema(max_length = 4000)]
    #[param(max_length = 4000)]
    token: Option<String>,
    /// Only what is in this category or below, by slug.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    category: Option<String>,
    /// Only what has any of these tags, by slug, separated by commas.
    #[schema(max_length = 2000, example = "dan-van-kheo,thi-dua")]
    #[param(max_length = 2000)]
    tag: Option<String>,
    /// Only what is of this type, by code.
    #[schema(max_length = 40, example = "announcement")]
    #[param(max_length = 40)]
    article_type: Option<String>,
    /// Only what is in this language.
    #[schema(max_length = 35, example = "vi")]
    #[param(max_length = 35)]
    locale: Option<String>,
    /// Only these fields of each article, separated by commas, and `id`.
    #[schema(max_length = 400, example = "slug,title,body")]
    #[param(max_length = 400)]
    fields: Option<String>,
    /// How articles are told: as they are delivered, or as news items of ninjs 3.3 (IPTC).
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// Changes in an answer, at most.
    #[serde(default = "hundred")]
    #[schema(minimum = 1, maximum = 500, default = 100)]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: i64,
    /// For how many seconds to wait for a change where there is none yet.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 30, default = 0)]
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait: u32,
}

/// In which form articles are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FeedFormat)]
enum Format {
    /// As they are delivered.
    #[default]
    Json,
    /// As news items of ninjs.
    Ninjs,
}

fn hundred() -> i64 {
    100
}

/// Changes of what is public, in the order of their commits.
#[derive(ToSchema)]
#[schema(as = ChangeFeed)]
#[expect(dead_code, reason = "for the document: the answer is written from articles that are JSON already")]
struct ChangeFeed {
    /// What has changed.
    data: Vec<FeedChange>,
    /// How to go on.
    meta: FeedMeta,
}

/// A change, for the document.
struct FeedChange;

/// The article is there, and says this.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
struct Upserted {
    /// The article, as it is delivered, without what is related.
    article: FeedArticle,
}

/// The same as a news item, with `format=ninjs`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
struct UpsertedItem {
    /// The news item.
    item: Box<Item>,
}

/// What a change says, and which kind it is.
fn told(change: &str, mut says: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(says)) = &mut says {
        let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([change]));
        says.properties.insert("change".to_owned(), kind.into());
        says.required.push("change".to_owned());
    }
    says
}

impl PartialSchema for FeedChange {
    // Not by `serde(tag)`, which would make two objects of a removal: generators of clients do not read that.
    fn schema() -> RefOr<Schema> {
        let one = OneOfBuilder::new()
            .item(told("upsert", Upserted::schema()))
            .item(told("upsert", UpsertedItem::schema()))
            .item(told("delete", Removal::schema()));
        RefOr::T(one.description(Some("A change.")).into())
    }
}

impl ToSchema for FeedChange {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Upserted::schemas(schemas);
        UpsertedItem::schemas(schemas);
        Removal::schemas(schemas);
    }
}

/// How to go on.
#[derive(Serialize, ToSchema)]
struct FeedMeta {
    /// What to ask with the next time. It is good for 90 days, unless the service is set otherwise.
    next_token: String,
    /// Whether there is more already.
    has_more: bool,
}

/// What has changed of what is public: all of it at first, then changes and removals in the order of their commits.
///
/// Ask without a token, then each time with `meta.next_token` of the answer before: at once while `has_more`, later where not,
/// or with `wait`. An article that has changed several times meanwhile comes once, as it is now; one may come again that has
/// not changed. `delete` tells why it is gone: `moved` where it has left what is asked for.
#[utoipa::path(
    tag = "Syndication",
    operation_id = "list_changes",
    params(SyncQuery),
    responses((status = 200, description = "Changes, if there are any", body = ChangeFeed), PublicFeed),
)]
#[get("/sync")]
pub async fn sync(
    request: HttpRequest,
    follower: Data<Follower>,
    cursors: Data<Cursors>,
    canonical: Data<Canonical>,
    Query(asked): Query<SyncQuery>,
) -> Result<HttpResponse, Problem> {
    let coding = Coding::negotiate(&request)?;
    let SyncQuery { token, category, tag, article_type, locale, fields, format, limit, wait } = asked;
    let part = Part::of(category, tag.as_deref(), article_type, locale);
    let fields = fields.as_deref().map(Fields::parse).transpose()?;
    let form = match (&fields, format) {
        (None, Format::Json) => Form::Article,
        (Some(fields), Format::Json) => Form::Fields(fields),
        (None, Format::Ninjs) => Form::Ninjs,
        (Some(_), Format::Ninjs) => {
            let error = FieldError::new("/fields", "not_with_ninjs", text("no-fields-of-ninjs"));
            return Err(Problem::bad_request(text("invalid-parameters")).with_errors(vec![error]));
        }
    };
    let ninjs = (format == Format::Ninjs).then(|| canonical.get_ref().clone());
    let place = Place::read(&cursors, &part, token.as_deref())?;
    let until = Instant::now() + Duration::from_secs(wait.into());
    let answer = Answer { part: &part, form, ninjs, cursors: &cursors };
    let json = match wait {
        0 => answer.page(&answer.read(&follower, place, limit).await?)?,
        _ => waited(&follower, &answer, place, limit, until).await?,
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept-Encoding"));
    let Some(name) = coding.name() else { return Ok(response.body(json)) };
    let coded = block(move || coding.encode(&json)).await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok(response.insert_header((header::CONTENT_ENCODING, name)).body(coded))
}

/// The answer when there is something, or when it is time.
async fn waited(
    follower: &Follower,
    answer: &Answer<'_>,
    mut from: Option<Place>,
    limit: i64,
    until: Instant,
) -> Result<Vec<u8>, Problem> {
    let mut listening = follower.listen().await?;
    // What is heard is of articles as they are delivered; another form is read.
    let most = if answer.ninjs.is_some() { 0 } else { usize::try_from(limit).unwrap_or(1) };
    loop {
        let page = answer.read(follower, from, limit).await?;
        let some = page.has_more || page.entries.iter().any(|entry| entry.told(&page.named).is_some());
        if some {
            return answer.page(&page);
        }
        let mut place = page.to;
        loop {
            match timeout_at(until, listening.hear()).await {
                Err(_) | Ok(Heard::Over) => return answer.of([], &place, false),
                Ok(Heard::Missed) => break,
                Ok(Heard::News(news)) if news.names_anew(answer.part, &page.named) => {
                    listening.turn().await;
                    break;
                }
                Ok(Heard::News(news)) => {
                    let told: Vec<Told<'_>> = news.told(&place, &page.named).map(|(_, told)| told).collect();
                    let moved = news.moved(&place);
                    match told.len() {
                        0 => place = moved,
                        some if some <= most => {
                            listening.turn().await;
                            return answer.of(told, &moved, false);
                        }
                        // In pages, as always.
                        _ => break,
                    }
                }
            }
        }
        from = Some(place);
    }
}

/// What makes an answer of changes.
struct Answer<'a> {
    part: &'a Part,
    form: Form<'a>,
    /// Where articles are, where they are told as news items.
    ninjs: Option<Canonical>,
    cursors: &'a Cursors,
}

impl Answer<'_> {
    async fn read(&self, follower: &Follower, from: Option<Place>, limit: i64) -> Result<Page, Problem> {
        follower.read_as(self.ninjs.clone(), self.part.clone(), from, limit).await
    }

    fn page(&self, page: &Page) -> Result<Vec<u8>, Problem> {
        self.of(page.entries.iter().filter_map(|entry| entry.told(&page.named)), &page.to, page.has_more)
    }

    fn of<'t>(&self, told: impl IntoIterator<Item = Told<'t>>, to: &Place, has_more: bool) -> Result<Vec<u8>, Problem> {
        let mut json = b"{\"data\":[".to_vec();
        for (at, told) in told.into_iter().enumerate() {
            if at > 0 {
                json.push(b',');
            }
            told.write(self.form, &mut json)?;
        }
        json.extend_from_slice(b"],\"meta\":");
        let meta = FeedMeta { next_token: to.token(self.cursors, self.part), has_more };
        serde_json::to_writer(&mut json, &meta).map_err(Problem::internal)?;
        json.push(b'}');
        Ok(json)
    }
}
