//! `tintuc serve`: runs the service until it is told to stop.

use std::net::TcpListener;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use secrecy::SecretString;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use super::{
    database::{self, Connected},
    failure::{self, Failure},
};
use crate::{
    app::App,
    corpus::sample,
    db::embedded::{EmbeddedError, Keeper},
    jobs::{Jobs, upkeep},
    server,
    settings::Settings,
    syndication::webhooks::sender::Sending,
};

/// Runs the service.
///
/// # Errors
/// Where it cannot start.
pub fn run(settings: Settings) -> Result<(), Failure> {
    database::leave_root(&settings)?;
    failure::start_log(&settings)?;
    raise_open_files();
    actix_web::rt::System::new().block_on(serve(settings))
}

/// Each connection is an open file, and the usual limit of 1,024 is for programs that still use `select`.
fn raise_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(soft, hard)| if soft < hard { setrlimit(Resource::RLIMIT_NOFILE, hard, hard) } else { Ok(()) });
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

async fn serve(mut settings: Settings) -> Result<(), Failure> {
    // Before the database starts: a signal that comes meanwhile is not lost and stops it in good order.
    let stop = Stop { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let listener =
        TcpListener::bind(settings.listen).map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let Connected { url, delivery, embedded } = Connected::to_serve(&settings)?;
    settings.delivery_database_url = settings.delivery_database_url.or(delivery);
    let (lose, lost) = oneshot::channel();
    let given_up = |error| {
        // Nobody hears of it who is stopping anyway.
        let _ = lose.send(error);
    };
    let keeper = embedded.map(|server| server.keep(given_up)).transpose()?;
    let outcome = answer(settings, &url, keeper.is_some(), listener, stop, lost).await;
    keeper.map_or(Ok(()), Keeper::stop)?;
    tracing::info!("stopped");
    outcome
}

/// What tells the service to stop.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

/// Answers requests until told to stop, or until the embedded database is lost, and then those under way.
async fn answer(
    settings: Settings,
    url: &SecretString,
    embedded: bool,
    listener: TcpListener,
    mut stop: Stop,
    lost: oneshot::Receiver<EmbeddedError>,
) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    let app = App::connect(settings, url)?;
    // What uploads of a process that was killed left behind.
    app.intake.storage.clean_spool().await?;
    let sign_ins = if embedded {
        let data_dir = app.settings.data_dir();
        let made = sample::load_if_empty(&app.newsroom, &app.intake, &data_dir).await?;
        made.or_else(|| sample::kept(&data_dir))
    } else {
        None
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let server = server::start(&app, listener, workers)?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let warmth = actix_web::rt::spawn(app.answers.clone().keep_warm());
    let following = actix_web::rt::spawn(app.feed.clone().follow());
    let kept = upkeep::Kept {
        sync: app.settings.sync_retention,
        audit: app.settings.audit_retention,
        deliveries: app.settings.webhooks.webhook_retention,
    };
    let jobs = Jobs::start(upkeep::jobs(&app.newsroom, app.media_purge(), app.trash_retention(), kept));
    let sending = Sending::start(&app.newsroom, app.webhooks.clone(), &app.freshness);
    app.set_ready(true);
    announce(&address.to_string(), app.portal.is_shown(), sign_ins.as_deref());

    let mut loss = None;
    tokio::select! {
        _ = stop.interrupt.recv() => tracing::info!("interrupted"),
        _ = stop.terminate.recv() => tracing::info!("told to stop"),
        Ok(error) = lost => loss = Some(error),
    }
    app.set_ready(false);
    // Nothing is begun any more, while requests under way are answered.
    let sending = actix_web::rt::spawn(sending.stop());
    // Who waits for what is new would be waited for.
    app.feed.close();
    handle.stop(true).await;
    let outcome = running.await?;
    // Their hold on the service is gone with them: nobody counts any more, and the database can be stopped.
    warmth.abort();
    following.abort();
    jobs.stop().await;
    // Stopped, whichever way.
    let _ = sending.await;
    app.search.end();
    app.freshness.end();
    app.views.end();
    app.newsroom.expect_the_end().await;
    app.delivery.expect_the_end().await;
    outcome?;
    loss.map_or(Ok(()), |error| Err(error.into()))
}

fn announce(address: &str, has_portal: bool, sign_ins: Option<&str>) {
    println!("Tintuc answers on http://{address}");
    if has_portal {
        println!("  portal         http://{address}/portal/");
    }
    println!("  documentation  http://{address}/docs/");
    println!("  articles       http://{address}/api/v1/articles");
    println!("  sign in        POST http://{address}/api/v1/auth/login");
    println!("{}", sign_ins.unwrap_or("  users          `tintuc create-user` makes them"));
}
