//! `tintuc serve`: runs the service until it is told to stop.

use std::net::TcpListener;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    database::{self, Connected},
    failure::{self, Failure},
};
use crate::{
    app::App,
    corpus::sample,
    jobs::{Jobs, upkeep},
    server,
    settings::Settings,
};

/// Runs the service.
///
/// # Errors
/// Where it cannot start.
pub fn run(settings: Settings) -> Result<(), Failure> {
    database::leave_root(&settings)?;
    failure::start_log(&settings)?;
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
    app.intake.storage.clean_spool().await?;
    let sign_ins = match &database.embedded {
        Some(_) => {
            let data_dir = app.settings.data_dir();
            let made = sample::load_if_empty(&app.newsroom, &app.intake, &data_dir).await?;
            made.or_else(|| sample::kept(&data_dir))
        }
        None => None,
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let server = server::start(&app, listener, workers)?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let jobs = Jobs::start(upkeep::jobs(&app.newsroom, app.media_purge()));
    app.set_ready(true);
    announce(&address.to_string(), sign_ins.as_deref());

    tokio::select! {
        _ = stop.interrupt.recv() => tracing::info!("interrupted"),
        _ = stop.terminate.recv() => tracing::info!("told to stop"),
    }
    app.set_ready(false);
    handle.stop(true).await;
    let outcome = running.await?;
    // Their hold on the service is gone with them: nobody counts any more, and the database can be stopped.
    jobs.stop().await;
    Ok(outcome?)
}

fn announce(address: &str, sign_ins: Option<&str>) {
    println!("Tintuc answers on http://{address}");
    println!("  documentation  http://{address}/docs/");
    println!("  articles       http://{address}/api/v1/articles");
    println!("  sign in        POST http://{address}/api/v1/auth/login");
    println!("{}", sign_ins.unwrap_or("  users          `tintuc create-user` makes them"));
}
