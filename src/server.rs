//! The routes of both sides and the layers around them.

use std::{net::TcpListener, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App as ActixApp, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data, PathConfig},
};
use utoipa::{OpenApi, openapi};
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    app::App,
    auth::{self, layer::require_sign_in},
    delivery, health,
    http::{
        Answer, Content, Found, Problem,
        answer::EXPOSED,
        client::TrustedProxies,
        context,
        fallback::{self, Routes},
        negotiation::{Coding, accepts_json},
        openapi::Document,
        reply::SiteUrl,
    },
    media, newsroom,
    publication::cache,
    settings::Settings,
    taxonomy, workflow,
};

/// How long requests under way may take after the service is told to stop, in seconds.
const GRACE_SECONDS: u64 = 8;

/// Starts answering on `listener`.
///
/// # Errors
/// Where the listener cannot be used.
pub fn start(app: &App, listener: TcpListener, workers: usize) -> std::io::Result<Server> {
    let app = app.clone();
    let robots = Data::new(robots());
    let lookup = Data::new(delivery::views::Lookup::new(app.delivery.clone(), app.freshness.clone()));
    let workshop = Data::new(media::workshop::Workshop::default());
    let document_answer = Content::of(&document(), []).map(Found::Content).and_then(Answer::new);
    let document_answer = Data::new(DocumentJson(document_answer.map_err(std::io::Error::other)?));
    let server = HttpServer::new(move || {
        let (newsroom, delivery) = (Data::new(app.newsroom.clone()), Data::new(app.delivery.clone()));
        let keys = Data::from(std::sync::Arc::clone(&app.keys));
        let (service, document) = ActixApp::new()
            .into_utoipa_app()
            .openapi(Document::openapi())
            .map(|service| service.wrap(from_fn(context::layer)).wrap(from_fn(cache::layer)))
            .configure(|config| routes(config, &app.settings))
            .split_for_parts();
        service
            .app_data(newsroom)
            .app_data(delivery)
            .app_data(keys)
            .app_data(robots.clone())
            .app_data(workshop.clone())
            .app_data(Data::new(app.views.counter()))
            .app_data(lookup.clone())
            .app_data(Data::new(app.storage.clone()))
            .app_data(Data::new(app.clone()))
            .app_data(Data::new(app.settings.rate_limit))
            .app_data(Data::new(TrustedProxies(app.settings.trusted_proxies)))
            .app_data(Data::new(health::Ready(std::sync::Arc::clone(&app.ready))))
            .app_data(SiteUrl(app.settings.site_url.clone()))
            .app_data(PathConfig::default().error_handler(|_, _| Problem::not_found().into()))
            .app_data(Data::new(Routes::of(&document)))
            .app_data(document_answer.clone())
            .app_data(Data::new(app.cache.clone()))
            .route("/api/openapi.json", web::get().to(document_json))
            .route("/docs", web::get().to(docs))
            .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/api/openapi.json").validator_url("none")))
            .default_service(web::to(fallback::not_found))
    });
    Ok(server
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(GRACE_SECONDS)
        .client_request_timeout(Duration::from_secs(10))
        .listen(listener)?
        .run())
}

/// The OpenAPI document of the service.
pub fn document() -> openapi::OpenApi {
    let settings = crate::commands::default_settings();
    let (_, document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(|config| routes(config, &settings))
        .split_for_parts();
    document
}

fn routes(config: &mut ServiceConfig<'_>, settings: &Settings) {
    config
        .service(
            scope("/api/v1/manage")
                .service(auth::routes::me)
                .service(newsroom::routes::create)
                .service(newsroom::list::list)
                .service(newsroom::routes::show)
                .service(newsroom::routes::edit)
                .service(newsroom::routes::delete)
                .service(workflow::routes::perform)
                .service(workflow::history::list)
                .service(newsroom::versions::list)
                .service(newsroom::versions::show)
                .service(newsroom::views::by_day)
                .service(newsroom::royalty::show)
                .service(newsroom::royalty::set)
                .service(media::library::create)
                .service(media::library::list)
                .service(media::library::show)
                .service(media::library::used_by)
                .service(media::link::create)
                .service(media::library::describe)
                .service(media::library::replace)
                .service(media::library::remove)
                .service(newsroom::trash::list)
                .service(newsroom::trash::restore)
                .service(newsroom::trash::purge)
                .service(taxonomy::categories::list)
                .service(taxonomy::categories::create)
                .service(taxonomy::authors::list)
                .service(taxonomy::authors::create)
                .wrap(from_fn(accepts_json))
                .wrap(from_fn(require_sign_in))
                .wrap(configured_origins(settings)),
        )
        .service(
            scope("/api/v1/auth")
                .service(auth::routes::login)
                .service(auth::routes::refresh)
                .service(auth::routes::logout)
                .service(auth::session_routes::list)
                .service(auth::session_routes::end)
                .service(auth::session_routes::change_password)
                .wrap(from_fn(accepts_json))
                .wrap(configured_origins(settings)),
        )
        .service(
            scope("/api/v1")
                // First, as what is not in memory is tried route by route.
                .service(delivery::views::routes::count)
                .service(delivery::list::list)
                .service(delivery::article::show)
                .service(delivery::article::related)
                .service(delivery::article::others)
                .service(delivery::taxonomy::categories)
                .service(delivery::taxonomy::article_types)
                .service(delivery::taxonomy::tags)
                .service(delivery::taxonomy::authors)
                .service(delivery::archive::archive)
                .service(delivery::suggest::suggest)
                .service(delivery::views::routes::show)
                .service(delivery::views::routes::several)
                .service(delivery::views::most_viewed::list)
                .wrap(from_fn(accepts_json))
                .wrap(any_origin())
                // In one order, as kept answers have it.
                .wrap(DefaultHeaders::new().add((header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED))),
        )
        .service(media::delivery::download)
        .service(auth::routes::jwks)
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
        .expose_headers(["ETag", "Link", "Location", "Retry-After", "X-Request-Id"])
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

/// Programs that fetch pages for no reader. HTTP libraries are not among them: a frontend's server counts for people.
fn robots() -> isbot::Bots {
    let mut robots = isbot::Bots::default();
    robots.remove(&["^curl", "pycurl", "python-requests", "axios", "okhttp"]);
    robots
}
