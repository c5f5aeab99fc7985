//! `tintuc serve`: runs the service until it is told to stop.

use std::{net::TcpListener, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    Failure,
    database::{self, Connected},
};
use crate::{app::App, auth::throttle, delivery, media::purge::Purge, sample, server, settings::Settings};

/// How often files that nothing uses are purged.
const PURGE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Every how many purges the whole media storage is looked through: that takes a request for each thousand files.
const THOROUGH_EVERY: u32 = 24;

/// How often what only grows is tidied.
const TIDY_EVERY: Duration = Duration::from_secs(10 * 60);

/// Runs the service.
///
/// # Errors
/// Where it cannot start.
pub fn run(settings: Settings) -> Result<(), Failure> {
    database::leave_root(&settings)?;
    super::start_log(&settings)?;
    actix_web::rt::System::new().block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    // Before the database starts: a signal that comes meanwhile is not lost and stops it in good order.
    let stop = Stop { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let listener =
        TcpListener::bind(settings.listen).map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let database = Connected::to_serve(&settings)?;
    let outcome = answer(settings, &database, listener, stop).await;
    database.release()?;
    tracing::info!("stopped");
    outcome
}

/// What tells the service to stop.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

/// Answers requests until told to stop, and then those under way.
async fn answer(
    settings: Settings,
    database: &Connected,
    listener: TcpListener,
    mut stop: Stop,
) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    let app = App::connect(settings, &database.url)?;
    // What uploads of a process that was killed left behind.
    app.storage.clean_spool().await?;
    let sign_ins = match &database.embedded {
        Some(_) => sample::load_if_empty(&app).await?.or_else(|| sample::kept(&app.settings)),
        None => None,
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let server = server::start(&app, listener, workers)?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let tidying = actix_web::rt::spawn(tidy(app.clone()));
    let purging = actix_web::rt::spawn(purge_media(app.clone()));
    app.set_ready(true);
    announce(&address.to_string(), sign_ins.as_deref());

    tokio::select! {
        _ = stop.interrupt.recv() => tracing::info!("interrupted"),
        _ = stop.terminate.recv() => tracing::info!("told to stop"),
    }
    app.set_ready(false);
    tidying.abort();
    purging.abort();
    handle.stop(true).await;
    let outcome = running.await?;
    // Its hold on the service is gone with it: nobody counts any more, and the database can be stopped.
    let _ = tidying.await;
    Ok(outcome?)
}

fn announce(address: &str, sign_ins: Option<&str>) {
    println!("Tintuc answers on http://{address}");
    println!("  documentation  http://{address}/docs/");
    println!("  articles       http://{address}/api/v1/articles");
    println!("  sign in        POST http://{address}/api/v1/auth/login");
    println!("{}", sign_ins.unwrap_or("  users          `tintuc create-user` makes them"));
}

/// Removes traces that have served their purpose, now and then. Any replica may do it, and several at once.
async fn tidy(app: App) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        let tidied = app
            .newsroom
            .0
            .transaction(|tx| Ok((throttle::forget_old(tx)?, delivery::views::retention::forget_old(tx)?)))
            .await;
        match tidied {
            Ok((sign_ins, views)) => tracing::debug!(sign_ins, views, "tidied"),
            Err(problem) => tracing::warn!(%problem, "could not tidy"),
        }
    }
}

/// Purges files that nothing has used for long, and what a crash left in the media storage. Any replica may do it, and
/// several at once.
async fn purge_media(app: App) {
    let purge = Purge::of(&app);
    // The first a whole turn after the start: a service that keeps failing has other things to do.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PURGE_EVERY, PURGE_EVERY);
    for turn in 1_u32.. {
        ticks.tick().await;
        let purged = if turn % THOROUGH_EVERY == 0 { purge.run_thoroughly().await } else { purge.run().await };
        match purged {
            Ok(removed) => tracing::debug!(?removed, "media purged"),
            Err(problem) => tracing::warn!(%problem, "could not purge media"),
        }
    }
}
