//! `tintuc serve`: runs the service until it is told to stop.

use std::{net::TcpListener, time::Duration};

use tokio::signal::unix::{SignalKind, signal};

use super::{
    Failure,
    database::{self, Connected},
};
use crate::{app::App, auth::throttle, delivery, sample, server, settings::Settings};

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
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener =
        TcpListener::bind(settings.listen).map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let address = listener.local_addr()?;
    let database = Connected::to_serve(&settings)?;
    let app = App::connect(settings, &database.url)?;
    // What uploads of a process that was killed left behind.
    app.storage.clean_spool().await?;
    let sample = match &database.embedded {
        Some(_) => sample::load_if_empty(&app)?,
        None => None,
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let server = server::start(&app, listener, workers)?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let tidying = actix_web::rt::spawn(tidy(app.clone()));
    app.set_ready(true);
    announce(&address.to_string(), sample.as_deref());

    tokio::select! {
        _ = interrupt.recv() => tracing::info!("interrupted"),
        _ = terminate.recv() => tracing::info!("told to stop"),
    }
    app.set_ready(false);
    tidying.abort();
    handle.stop(true).await;
    running.await??;
    drop(app);
    database.release()?;
    tracing::info!("stopped");
    Ok(())
}

fn announce(address: &str, sample: Option<&str>) {
    println!("Tintuc answers on http://{address}");
    println!("  documentation  http://{address}/docs/");
    println!("  articles       http://{address}/api/v1/articles");
    match sample {
        Some(sign_ins) => println!("{sign_ins}"),
        None => println!("  sign in        POST http://{address}/api/v1/auth/login (`tintuc create-user` makes users)"),
    }
}

/// Removes traces that have served their purpose, now and then. Any replica may do it, and several at once.
async fn tidy(app: App) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        let tidied =
            app.newsroom.0.transaction(|tx| Ok((throttle::forget_old(tx)?, delivery::views::forget_old(tx)?))).await;
        match tidied {
            Ok((sign_ins, visits)) => tracing::debug!(sign_ins, visits, "tidied"),
            Err(problem) => tracing::warn!(%problem, "could not tidy"),
        }
    }
}
