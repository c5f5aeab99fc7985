//! The routes of both sides and the layers around them.

use std::{net::TcpListener, sync::LazyLock, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App as ActixApp, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data, PathConfig},
};
use utoipa::{OpenApi, ToSchema, openapi};
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    access::{self, layer::require_sign_in},
    app::App,
    delivery::{self, answers, metadata::Publisher},
    health,
    http::{
        Answer, Cursors, Found, Problem, Representation,
        answer::EXPOSED,
        client::TrustedProxies,
        fallback::{self, Routes},
        layer,
        negotiation::{Coding, accepts_json},
        openapi::{Document, require_nulls},
        reply::SiteUrl,
    },
    limits, media, newsroom, once, portal, preview,
    settings::{PublisherSettings, RateLimit, Settings},
    syndication::{
        feeds::{self, Masthead},
        ninjs, sync, webhooks,
    },
    taxonomy, trail, views,
};

/// How long requests under way may take after the service is told to stop, in seconds.
const GRACE_SECONDS: u64 = 8;

/// Starts answering on `listener`.
///
/// # Errors
/// Where the listener cannot be used.
pub fn start(app: &App, listener: TcpListener, workers: usize) -> std::io::Result<Server> {
    let app = app.clone();
    let lookup = Data::new(delivery::lookup::Lookup::new(app.delivery.clone(), app.freshness.clone()));
    let workshop = Data::new(media::serving::workshop::Workshop::new(app.intake.storage.clone()));
    let labels = Data::from(std::sync::Arc::clone(&app.labels));
    let limits = (app.settings.rate_limit == RateLimit::On).then(|| Data::new(limits::Limits::new()));
    let cursors = Data::new(Cursors::new(app.keys.derive("cursors")));
    let PublisherSettings { publisher_name: name, publisher_logo: logo } = app.settings.publisher.clone();
    let publisher = Data::new(Publisher { name, logo: logo.map(String::from) });
    let canonical = Data::new(app.canonical.clone().listening_on(listener.local_addr()?));
    let masthead = Data::new(Masthead::of(&app.settings.feeds).map_err(std::io::Error::other)?);
    let document_answer = DOCUMENT.as_ref().map_err(|problem| std::io::Error::other(problem.to_string()))?;
    let server = HttpServer::new(move || {
        let (newsroom, delivery) = (Data::new(app.newsroom.clone()), Data::new(app.delivery.clone()));
        let keys = Data::from(std::sync::Arc::clone(&app.keys));
        let (service, document) = ActixApp::new()
            .into_utoipa_app()
            .openapi(Document::openapi())
            .map(|service| service.wrap(from_fn(layer::layer)).wrap(from_fn(answers::kept::layer)))
            .configure(|config| routes(config, &app.settings))
            .split_for_parts();
        service
            .app_data(newsroom)
            .app_data(delivery)
            .app_data(keys)
            .app_data(workshop.clone())
            .app_data(Data::new(app.views.counter()))
            .app_data(cursors.clone())
            .app_data(lookup.clone())
            .app_data(labels.clone())
            .app_data(Data::new(app.intake.clone()))
            .app_data(Data::new(app.trash_retention()))
            .app_data(Data::new(app.gate.clone()))
            .app_data(Data::new(app.once.clone()))
            .app_data(Data::new(app.demand.clone()))
            .app_data(Data::from(std::sync::Arc::clone(&app.sso)))
            .app_data(Data::from(std::sync::Arc::clone(&app.webhooks)))
            .app_data(Data::from(std::sync::Arc::clone(&app.portal)))
            .app_data(Data::new(TrustedProxies(app.settings.trusted_proxies)))
            .app_data(Data::new(health::Ready(std::sync::Arc::clone(&app.ready))))
            .app_data(canonical.clone())
            .app_data(publisher.clone())
            .app_data(masthead.clone())
            .app_data(SiteUrl(app.settings.site_url.clone()))
            .app_data(PathConfig::default().error_handler(|_, _| Problem::not_found().into()))
            .app_data(Data::new(Routes::of(&document)))
            .app_data(document_answer.clone())
            .app_data(Data::new(app.answers.clone()))
            .app_data(Data::new(app.search.clone()))
            .app_data(Data::new(app.feed.clone()))
            .route("/api/openapi.json", web::get().to(document_json))
            .route("/docs", web::get().to(docs))
            .route("/portal", web::get().to(portal::routes::door))
            .route("/portal/{path:.*}", web::get().to(portal::routes::file))
            .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/api/openapi.json").validator_url("none")))
            .default_service(web::to(fallback::not_found))
            .configure(|config| {
                if let Some(limits) = &limits {
                    config.app_data(limits.clone());
                }
            })
    });
    Ok(server
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(GRACE_SECONDS)
        .client_request_timeout(Duration::from_secs(10))
        // Who has closed the connection waits for no answer: what is being read for nobody else is taken back.
        .h1_allow_half_closed(false)
        .listen(listener)?
        .run())
}

/// The document as it is answered, which is the same for every service.
static DOCUMENT: LazyLock<Result<Data<DocumentJson>, Problem>> = LazyLock::new(|| {
    let answer = Representation::of(&document(), []).map(Found::Content).and_then(Answer::new)?;
    Ok(Data::new(DocumentJson(answer)))
});

/// The OpenAPI document of the service.
pub fn document() -> openapi::OpenApi {
    let settings = Settings::defaults();
    let (_, mut document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(|config| routes(config, &settings))
        .split_for_parts();
    once::document::offer(&mut document);
    // What was not asked for is left out, and so is what not everyone may see.
    require_nulls(&mut document, |schema, member| {
        schema == delivery::fields::PartialCard::name()
            || schema == sync::PartialSingle::name()
            || (schema == newsroom::articles::model::Record::name() && member == "royalty")
    });
    document
}

fn routes(config: &mut ServiceConfig<'_>, settings: &Settings) {
    config
        .service(
            scope("/api/v1/manage")
                .service(access::routes::me)
                .service(newsroom::articles::routes::create)
                .service(newsroom::articles::list::list)
                .service(newsroom::articles::routes::show)
                .service(newsroom::overview::inbox::inbox)
                .service(newsroom::overview::dashboard::dashboard)
                .service(newsroom::articles::routes::edit)
                .service(newsroom::articles::routes::delete)
                .service(newsroom::articles::transitions::perform)
                .service(newsroom::articles::batch::routes::batch)
                .service(newsroom::workflow::history::list)
                .service(newsroom::workflow::comments::list)
                .service(newsroom::workflow::comments::create)
                .service(newsroom::articles::claim::take)
                .service(newsroom::articles::claim::end)
                .service(newsroom::articles::versions::routes::list)
                .service(newsroom::articles::versions::routes::show)
                .service(newsroom::articles::versions::routes::restore)
                .service(newsroom::articles::versions::diff::diff)
                .service(newsroom::articles::autosave::keep)
                .service(newsroom::articles::autosave::show)
                .service(newsroom::articles::autosave::remove)
                .service(newsroom::articles::lease::take)
                .service(newsroom::articles::lease::end)
                .service(preview::routes::create)
                .service(preview::routes::list)
                .service(preview::routes::end_all)
                .service(preview::routes::end_one)
                .service(views::by_day::by_day)
                .service(newsroom::royalty::show)
                .service(newsroom::royalty::set)
                .service(newsroom::royalties::report::royalties)
                .service(newsroom::royalties::rates::show)
                .service(newsroom::royalties::rates::set)
                .service(newsroom::royalties::propose::propose)
                .service(media::library::routes::create)
                .service(media::library::routes::list)
                .service(media::library::routes::show)
                .service(media::library::routes::used_by)
                .service(media::serving::link::create)
                .service(media::library::routes::describe)
                .service(media::library::routes::replace)
                .service(media::library::routes::remove)
                .service(newsroom::articles::trash::list)
                .service(newsroom::articles::trash::restore)
                .service(newsroom::articles::trash::purge)
                .service(taxonomy::categories::list)
                .service(taxonomy::categories::create)
                .service(taxonomy::categories::show)
                .service(taxonomy::category_edit::change)
                .service(taxonomy::category_edit::delete)
                .service(newsroom::workflow::stages::show)
                .service(newsroom::workflow::stages::set)
                .service(taxonomy::article_types::list)
                .service(taxonomy::article_types::create)
                .service(taxonomy::article_types::show)
                .service(taxonomy::article_types::change)
                .service(taxonomy::article_types::delete)
                .service(taxonomy::tag_edit::list)
                .service(taxonomy::tag_edit::show)
                .service(taxonomy::tag_edit::rename)
                .service(taxonomy::tag_edit::merge)
                .service(taxonomy::tag_edit::delete)
                .service(taxonomy::authors::list)
                .service(taxonomy::authors::create)
                .service(taxonomy::authors::show)
                .service(taxonomy::author_edit::change)
                .service(taxonomy::author_edit::merge)
                .service(taxonomy::author_edit::delete)
                .service(access::users::routes::create)
                .service(access::users::routes::list)
                .service(access::users::routes::show)
                .service(access::users::routes::edit)
                .service(access::users::routes::invite_again)
                .service(access::users::routes::granted)
                .service(access::users::routes::grant)
                .service(access::users::routes::sign_out)
                .service(access::totp::routes::take_off)
                .service(access::users::overview::list)
                .service(access::api_keys::routes::create)
                .service(access::api_keys::routes::list)
                .service(access::api_keys::routes::show)
                .service(access::api_keys::routes::revoke)
                .service(webhooks::routes::create)
                .service(webhooks::routes::list)
                .service(webhooks::routes::show)
                .service(webhooks::routes::change)
                .service(webhooks::routes::delete)
                .service(webhooks::routes::rotate)
                .service(webhooks::routes::resume)
                .service(webhooks::routes::ping)
                .service(webhooks::deliveries::routes::list)
                .service(webhooks::deliveries::routes::show)
                .service(webhooks::deliveries::routes::redeliver)
                .service(webhooks::deliveries::routes::redeliver_since)
                .service(trail::list)
                .wrap(from_fn(once::layer::layer))
                .wrap(from_fn(accepts_json))
                .wrap(from_fn(limits::layer::layer))
                .wrap(from_fn(require_sign_in))
                .wrap(configured_origins(settings)),
        )
        .service(
            scope("/api/v1/auth")
                .service(access::routes::login)
                .service(access::routes::refresh)
                .service(access::routes::logout)
                .service(access::session_routes::list)
                .service(access::session_routes::end)
                .service(access::session_routes::end_all)
                .service(access::accept::accept)
                .service(access::session_routes::change_password)
                .service(access::oidc::routes::begin)
                .service(access::oidc::routes::callback)
                .service(access::oidc::routes::link)
                .service(access::totp::routes::show)
                .service(access::totp::routes::begin)
                .service(access::totp::routes::confirm)
                .service(access::totp::routes::remove)
                .wrap(from_fn(accepts_json))
                .wrap(from_fn(limits::layer::layer))
                // For the cookie by which a device is known that signed in before.
                .wrap(configured_origins(settings).supports_credentials()),
        )
        .service(
            scope("/api/v1")
                // First, as what is not in memory is tried route by route.
                .service(delivery::views::count)
                .service(delivery::list::list)
                .service(delivery::articles::show)
                .service(delivery::articles::related)
                .service(ninjs::routes::show)
                .service(delivery::articles::others)
                .service(delivery::metadata::metadata)
                .service(delivery::taxonomy::categories)
                .service(delivery::taxonomy::article_types)
                .service(delivery::taxonomy::tags)
                .service(delivery::taxonomy::authors)
                .service(delivery::archive::archive)
                .service(delivery::suggest::suggest)
                .service(delivery::views::show)
                .service(delivery::views::several)
                .service(delivery::most_viewed::list)
                .service(delivery::front::front)
                .service(delivery::legacy::item)
                .service(delivery::legacy::address)
                .service(preview::show::show)
                .service(sync::routes::sync)
                .service(sync::stream::listen)
                .wrap(from_fn(accepts_json))
                .wrap(from_fn(limits::layer::layer))
                .wrap(any_origin())
                // In one order, as kept answers have it.
                .wrap(DefaultHeaders::new().add((header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED))),
        )
        .service(
            scope("/feeds")
                .service(feeds::routes::rss_feed)
                .service(feeds::routes::atom_feed)
                .service(feeds::routes::json_feed)
                .service(feeds::podcast::podcast)
                .service(feeds::opml::category_feeds)
                .wrap(from_fn(limits::layer::layer))
                .wrap(any_origin())
                .wrap(DefaultHeaders::new().add((header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED))),
        )
        .service(media::serving::download::download)
        .service(feeds::sitemap::sitemap)
        .service(feeds::sitemap::sitemap_of_period)
        .service(feeds::sitemap_news::sitemap_news)
        .service(feeds::files::robots)
        .service(feeds::files::security)
        .service(access::routes::jwks)
        .service(portal::routes::index)
        .service(health::live)
        .service(health::ready);
}

/// Public reads are for everyone, without credentials.
fn any_origin() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_header()
        .allowed_methods(["GET", "HEAD", "POST"])
        .disable_vary_header()
        .max_age(86_400)
}

fn configured_origins(settings: &Settings) -> Cors {
    let mut cors = Cors::default()
        .allow_any_header()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .expose_headers([
            "ETag",
            "Idempotency-Replayed",
            "Link",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "X-Request-Id",
        ])
        .block_on_origin_mismatch(false)
        .max_age(600);
    for origin in &settings.cors_origins {
        cors = cors.allowed_origin(origin);
    }
    cors
}

/// The OpenAPI document, serialised once.
struct DocumentJson(Answer);

async fn document_json(request: HttpRequest, document: Data<DocumentJson>) -> Result<HttpResponse, Problem> {
    let coding = Coding::negotiate(&request)?;
    document.0.encode(coding)?;
    document.0.respond(&request, coding).ok_or_else(|| Problem::internal("the document is in no form"))
}

async fn docs() -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, "/docs/")).finish()
}
