//! What the running service holds, built in one place.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    access::{
        demand::Demand,
        gate::Gate,
        keys::{KeyError, Keys},
        oidc::provider::SingleSignOn,
    },
    db::{
        Delivery, Newsroom,
        delivery_role::{self, RoleError},
        locks::Locks,
        migrations::{self, MigrationError},
        pool::OpenError,
    },
    delivery::{
        answers::{Answers, Freshness, watch},
        cards::Labels,
        search::SearchIndex,
    },
    http::{Canonical, answer::STALE_IF_ERROR, reply::SiteUrl},
    media::{
        intake::Intake,
        library::purge::Purge,
        storage::{Storage, StorageError},
    },
    newsroom::articles::retention::Retention,
    once::layer::Once,
    portal::{self, Portal},
    settings::{KeepPublished, Settings},
    syndication::{
        sync::Follower,
        webhooks::{courier::Courier, line::Line, secret::Seal},
    },
    text::{Players, hexadecimal},
    views,
};

/// The service's parts. Cheap to clone: each worker thread has one.
#[derive(Clone)]
pub struct App {
    /// The pool of the management side.
    pub newsroom: Newsroom,
    /// The pool of the public side.
    pub delivery: Delivery,
    /// The watch over publications.
    pub freshness: Arc<Freshness>,
    /// What things are called in public.
    pub labels: Arc<Labels>,
    /// The public answers that are kept.
    pub answers: Answers,
    /// What articles are found by.
    pub search: SearchIndex,
    /// Follows what changes, for all who wait for it.
    pub feed: Follower,
    /// Counts readers.
    pub views: views::Counting,
    /// Takes files in, and knows where their bytes are.
    pub intake: Intake,
    /// Who may try a password now.
    pub gate: Gate,
    /// Sees to it that what is asked for twice is done once.
    pub once: Once,
    /// Of whom a second factor is demanded.
    pub demand: Demand,
    /// Who else says who people are.
    pub sso: Arc<SingleSignOn>,
    /// Where the site and its articles are.
    pub canonical: Canonical,
    /// What people see.
    pub portal: Arc<Portal>,
    /// Tells whoever wants to know what is published.
    pub webhooks: Arc<Courier>,
    /// The signing key.
    pub keys: Arc<Keys>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// False before the service is ready and once it is told to stop.
    pub ready: Arc<AtomicBool>,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// `TINTUC_REQUIRE_TOTP`.
    #[error("who has to have a second factor: {0}")]
    Demand(String),
    /// `TINTUC_OIDC_…`.
    #[error("single sign-on: {0}")]
    SingleSignOn(String),
    /// `TINTUC_ARTICLE_URL`.
    #[error("where articles are: {0}")]
    ArticleUrl(String),
    /// `TINTUC_PORTAL`.
    #[error("the portal: {0}")]
    Portal(String),
    /// The schema.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The read-only role.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The media storage.
    #[error("the media storage: {0}")]
    Storage(#[from] StorageError),
    /// The pools.
    #[error(transparent)]
    Pool(#[from] OpenError),
    /// The threads that count views, watch publications and hold locks.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl App {
    /// Brings the schema of the database at `url` up to date, makes sure of the read-only role, and connects both
    /// sides.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn connect(settings: Settings, url: &SecretString) -> Result<Self, StartError> {
        let demand = Demand::of(&settings.require_totp).map_err(StartError::Demand)?;
        let sso = Arc::new(SingleSignOn::of(&settings).map_err(StartError::SingleSignOn)?);
        let portal = Portal::open(settings.portal()).map_err(StartError::Portal)?;
        let canonical = canonical(&settings, &portal)?;
        let keys = Keys::load_or_create(&settings.signing_key_file())?;
        for migration in migrations::run(url.expose_secret())? {
            tracing::info!(%migration, "schema brought forward");
        }
        let reader = match &settings.delivery_database_url {
            Some(configured) => {
                delivery_role::adopt(url, configured)?;
                configured.clone()
            }
            None => delivery_role::ensure(url, |role| hexadecimal(&keys.derive(role)))?,
        };
        let connections = settings.database_connections;
        let seconds = |limit: u16| Duration::from_secs(limit.into());
        let delivery = Delivery::open(&reader, connections, Some(seconds(settings.public_timeout)))?;
        let freshness = watch::start(&reader, delivery.clone())?;
        let answers = Answers::new(settings.cache_size, freshness.clone(), delivery.clone(), STALE_IF_ERROR);
        let search = SearchIndex::start(settings.data_dir().join("search"), &reader, freshness.clone())?;
        let site = SiteUrl(settings.site_url.clone());
        let kept = TimeDelta::days(settings.sync_retention.into());
        let labels = Arc::<Labels>::default();
        let feed = Follower::new(delivery.clone(), freshness.clone(), Arc::clone(&labels), site.clone(), kept);
        let after_commit = freshness.clone();
        // Who publishes sees it published, whatever is kept.
        let newsroom = Newsroom::open(url, connections, Some(seconds(settings.management_timeout)))?
            .after_commit(move || after_commit.ask())
            .of_site(site.clone())
            .with_players(Players::new(&settings.embed_hosts));
        // What it reserves before a file is recorded is no write of the request that brings it.
        let intake = Intake::new(Storage::open(&settings)?, newsroom.clone().aside(), &settings.media);
        let patience = seconds(settings.management_timeout);
        let keys = Arc::new(keys);
        let line = Line::new(settings.webhooks.webhook_allow_private);
        let webhooks = Courier::new(line, Seal::of(&keys), delivery.clone(), Arc::clone(&labels), site.clone());
        Ok(Self {
            views: views::Counting::start(url, &newsroom, &keys, settings.bound_of_views())?,
            once: Once::new(newsroom.clone(), Locks::start(url)?, patience),
            newsroom,
            delivery,
            freshness,
            labels,
            answers,
            search,
            feed,
            intake,
            gate: Gate::new(&keys, settings.rate_limit),
            demand,
            sso,
            webhooks: Arc::new(webhooks),
            canonical,
            portal: Arc::new(portal),
            keys,
            settings: Arc::new(settings),
            ready: Arc::new(AtomicBool::new(false)),
        })
    }

    /// What purges the media library, as the settings have it.
    pub fn media_purge(&self) -> Purge {
        Purge::new(self.newsroom.clone(), self.intake.storage.clone(), self.settings.media.media_retention)
    }

    /// How long the trash keeps articles, as the settings have it.
    pub fn trash_retention(&self) -> Retention {
        let Settings { trash_retention, keep_published, .. } = *self.settings;
        Retention { days: trash_retention, keeps_published: keep_published == KeepPublished::On }
    }

    /// Says whether new requests are welcome.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}

/// Where articles are, as the service with these settings says.
///
/// # Errors
/// Where the template of their addresses makes none, or the portal is not what it should be.
pub fn addresses(settings: &Settings) -> Result<Canonical, StartError> {
    canonical(settings, &Portal::open(settings.portal()).map_err(StartError::Portal)?)
}

fn canonical(settings: &Settings, portal: &Portal) -> Result<Canonical, StartError> {
    let pages = portal.is_shown().then_some(portal::ARTICLE);
    let pages = settings.article_url.as_deref().or(pages);
    Canonical::new(settings.site_url.as_ref(), settings.listen, pages).map_err(StartError::ArticleUrl)
}
