//! A whole service for one test: its own database, its own port.

use std::{
    net::TcpListener,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use actix_web::web::block;
use diesel::{
    Connection, ExpressionMethods, QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    sql_query,
    sql_types::{BigInt, Text},
};
use futures_util::StreamExt;
use reqwest::{Client, Method, RequestBuilder, redirect};
use serde_json::json;
use tintuc::{
    access::{Role, password, people, session},
    app::App,
    corpus::seed::{self, Plan},
    db::{
        Tx, migrations,
        schema::{events, slugs, users},
    },
    http::Problem,
    media::{
        library::purge::{Purge, Removed},
        storage::Area,
    },
    server,
    settings::{PortalChoice, RateLimit, Settings, location::Location},
    syndication::webhooks::sender::Sending,
};
use uuid::Uuid;

use super::{
    Admin, Answer, Approver, Author, Editor, Person, an_article, article::ArticleBuilder, files, person::Handle,
    postgres,
};

/// Everyone's password: hashed once, for hashing is slow on purpose.
pub const PASSWORD: &str = "một mật khẩu dài";
static HASH: LazyLock<String> = LazyLock::new(|| password::hash(&PASSWORD.into()).expect("a hash"));

/// A database with the schema and nothing else, of which each test gets a copy.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let url = postgres::fresh_database(None);
    migrations::run(&url).expect("the migrations run");
    url.rsplit('/').next().and_then(|name| name.split('?').next()).expect("a name").to_owned()
});

/// The data directory of the test binary: the signing key.
static DATA: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

/// A client for plain HTTP on loopback. It is built with TLS all the same, and asks for certificates that a machine
/// need not have unless it is told not to check any.
pub fn client() -> Client {
    // Fails where it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(redirect::Policy::none()).danger_accept_invalid_certs(true);
    // The service closes what was idle for five seconds; a busy machine may not have told by the next request.
    builder.pool_idle_timeout(std::time::Duration::from_secs(2)).build().expect("a client")
}

/// A running service.
pub struct Site {
    pub app: App,
    pub base: String,
    database: String,
    client: Client,
    media: tempfile::TempDir,
    people: AtomicU32,
}

impl Site {
    /// A service over an empty newsroom.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// The same, with other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let url = postgres::fresh_database(Some(&TEMPLATE));
        Self::over(&url, change).await
    }

    /// A service over a database that is there.
    pub async fn over(database: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::defaults();
        settings.data_dir = Some(DATA.path().to_owned());
        settings.database_connections = 4;
        settings.rate_limit = RateLimit::Off;
        settings.portal = Some(PortalChoice::Off);
        let media = tempfile::tempdir().expect("a folder");
        settings.media.media_storage = Some(Location::Folder(media.path().to_owned()));
        change(&mut settings);
        let app = App::connect(settings, &database.into()).expect("the service connects");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        actix_web::rt::spawn(server::start(&app, listener, 1).expect("the service starts"));
        actix_web::rt::spawn(app.feed.clone().follow());
        app.set_ready(true);
        let client = client();
        let site = Self { app, base, database: database.to_owned(), client, media, people: AtomicU32::new(0) };
        // Another service over the same database may have made some.
        site.people.store(site.count("users").try_into().expect("a few"), Ordering::Relaxed);
        site
    }

    /// Another service over the same database, with the same key.
    pub async fn replica(&self) -> Self {
        Self::over(&self.database, |_| ()).await
    }

    /// A service whose webhooks go to receivers on this machine.
    pub async fn that_sends() -> Self {
        let site = Self::with(|settings| settings.webhooks.webhook_allow_private = true).await;
        site.sends();
        site
    }

    /// From now on this service sends what is due.
    pub fn sends(&self) -> Sending {
        Sending::start(&self.app.newsroom, self.app.webhooks.clone(), &self.app.freshness)
    }

    /// The folder of its media storage.
    pub fn media_folder(&self) -> &std::path::Path {
        self.media.path()
    }

    /// The URL of the database, as its owner.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// A signed-in person with these roles on the whole site.
    pub async fn person<const N: usize>(&self, roles: [Role; N]) -> Person<'_> {
        self.person_with(&roles.map(|role| role.to_string())).await
    }

    /// A signed-in person with roles as `create-user` takes them: `approver@kinh-te`.
    pub async fn person_with(&self, roles: &[impl AsRef<str>]) -> Person<'_> {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let (email, name) = (format!("p{number}@tintuc.example"), format!("Phòng {number}"));
        let roles: Vec<_> = roles.iter().map(|role| role.as_ref().parse().expect("a role")).collect();
        let (id, session) = self.transaction(|tx| {
            let id = people::make(tx, &email, &name, &HASH, &roles, false)?;
            let owner = people::Proven { id, password_hash: HASH.clone() };
            Ok((id, session::start(tx, &owner, "tests", None)?.session_id))
        });
        let token = self.app.keys.issue(id, session).expect("a token");
        Person::new(self, id, email, token)
    }

    /// Disables somebody's account.
    pub fn disable(&self, person: &Person<'_>) {
        self.transaction(|tx| {
            let account = users::table.find(person.id);
            Ok(diesel::update(account).set(users::disabled_at.eq(tx.now)).execute(tx.conn)?)
        });
    }

    /// What an anonymous client gets for signing in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
    }

    /// Runs `work` against the database as the owner.
    pub fn transaction<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, Problem> + Clone) -> T {
        self.app.newsroom.transaction_here(work).expect("a transaction")
    }

    /// Runs statements as the owner of the database. Every constraint is checked at once, and what is refused
    /// leaves nothing.
    pub fn sql(&self, statements: &str) -> QueryResult<()> {
        let statements = format!("{statements}; SET CONSTRAINTS ALL IMMEDIATE");
        self.transaction(|tx| Ok(tx.conn.transaction(|conn| conn.batch_execute(&statements))))
    }

    /// How many rows there are: `articles WHERE …`.
    pub fn count(&self, rows: &str) -> i64 {
        let count = sql::<BigInt>(&format!("(SELECT count(*) FROM {rows})"));
        self.transaction(|tx| Ok(diesel::select(count).get_result(tx.conn)?))
    }

    /// A digest of what these tables, or statements in brackets, hold.
    pub fn digest<const N: usize>(&self, tables: [&str; N]) -> String {
        let digests =
            tables.map(|table| format!("(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t)"));
        let digest = sql::<Text>(&format!("concat_ws(' ', {})", digests.join(", ")));
        self.transaction(|tx| Ok(diesel::select(digest).get_result(tx.conn)?))
    }

    /// What the event log says of an article, in order.
    pub fn events(&self, article: &Handle) -> Vec<String> {
        let of_article = events::table.filter(events::subject_id.eq(article.uuid()));
        self.transaction(|tx| Ok(of_article.order(events::id).select(events::kind).load(tx.conn)?))
    }

    /// Every slug that an article has or had.
    pub fn slugs(&self) -> Vec<String> {
        self.transaction(|tx| Ok(slugs::table.select(slugs::slug).load(tx.conn)?))
    }

    /// A file in the media library: an `image`, an `audio` or a `document`.
    pub async fn media(&self, kind: &str) -> Uuid {
        let (name, bytes) = match kind {
            "image" => ("Trụ sở.jpg", files::jpeg(1600, 900)),
            "audio" => ("Bản tin.wav", files::wav(1)),
            _ => ("Toàn văn.pdf", files::pdf("toàn văn")),
        };
        self.person([Author]).await.uploads(name, &bytes).await.uuid()
    }

    /// How many files the media storage keeps, renditions not counted.
    pub async fn objects(&self) -> usize {
        self.app.intake.storage.list(Area::Content).count().await
    }

    /// How many renditions the media storage keeps.
    pub async fn renditions(&self) -> usize {
        self.app.intake.storage.list(Area::Renditions).count().await
    }

    /// How many files are on their way into the media storage.
    pub fn spooled(&self) -> usize {
        let entries =
            std::fs::read_dir(self.media.path().join("spool")).expect("a spool").map(|it| it.expect("it").path());
        entries.filter(|path| path.is_dir()).map(|path| std::fs::read_dir(path).expect("a folder").count()).sum()
    }

    /// Waits until nothing is on its way into the media storage: what was refused is removed behind the answer.
    pub async fn spool_is_emptied(&self) {
        for _ in 0..500 {
            if self.spooled() == 0 {
                return;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{} files stay in the spool", self.spooled());
    }

    /// Fills it with so many articles of a province's portal, and has the database count them.
    pub async fn is_seeded(&self, articles: u32) {
        let newsroom = self.app.newsroom.clone();
        let plan = Plan { articles, seed: 1, until: "2025-12-31T17:00:00Z".parse().expect("a time") };
        let made = block(move || seed::load(&newsroom, plan, |_| ())).await.expect("a thread");
        made.expect("a corpus");
        self.sql("ANALYZE").expect("statistics");
    }

    /// What purges the media library here.
    pub fn media_purge(&self) -> Purge {
        self.app.media_purge()
    }

    /// Purges the media library, looking everywhere.
    pub async fn purges_media(&self) -> Removed {
        self.media_purge().run_thoroughly().await.expect("a purge")
    }

    /// How the database would go about a query if it had no choice but its indexes.
    pub fn plan(&self, query: &str) -> String {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
            line: String,
        }
        let lines: Vec<Line> = self.transaction(|tx| {
            tx.conn.batch_execute("SET LOCAL enable_seqscan = off")?;
            Ok(sql_query(format!("EXPLAIN {query}")).load(tx.conn)?)
        });
        lines.into_iter().map(|line| line.line + "\n").collect()
    }

    /// A category.
    pub async fn category(&self, name: &str) -> String {
        self.category_below(name, None).await
    }

    /// A category below another.
    pub async fn category_below(&self, name: &str, parent: Option<&str>) -> String {
        let admin = self.person([Admin]).await;
        let made = admin.post("/categories", &json!({ "name": name, "parent": parent })).await;
        made.is(201).data()["slug"].as_str().expect("a slug").to_owned()
    }

    /// An article to write, filed under a category of its own.
    pub async fn article(&self) -> ArticleBuilder {
        an_article().filed_under(&self.category("Thông báo").await)
    }

    /// An article that passed review: written by an editor, who may use every file, approved by somebody else.
    pub async fn approved(&self, article: ArticleBuilder) -> Handle {
        let author = self.person([Editor]).await;
        let approver = self.person([Approver]).await;
        approver.approves(&author.submits(article).await).await
    }

    /// An article that is live: written by an editor, approved and published by others.
    pub async fn live(&self, article: ArticleBuilder) -> Handle {
        let approved = self.approved(article).await;
        self.person([Approver]).await.publishes(&approved).await
    }

    /// Waits until some statement in the database waits for another transaction.
    pub async fn somebody_waits_for_a_lock(&self) {
        for _ in 0..1000 {
            if postgres::processes(&self.database, "wait_event_type = 'Lock'") > 0 {
                return;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("nobody waits");
    }

    /// Waits until every view that was counted is in the totals.
    pub async fn views_are_written(&self) {
        for _ in 0..500 {
            if self.count("view_batches WHERE number > (SELECT folded FROM view_mark)") == 0 {
                return;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("views are not written");
    }

    /// Lets time pass, for this site alone. From then on it is so long after the start.
    pub fn time_passes(&self, time: chrono::Duration) {
        let ahead = time.num_milliseconds();
        self.sql(&format!(
            "CREATE OR REPLACE FUNCTION delivery.clock() RETURNS timestamptz LANGUAGE sql STABLE \
             RETURN now() + interval '{ahead} milliseconds'; \
             UPDATE publication_state SET generation = generation + 1"
        ))
        .expect("a clock");
    }

    /// A request to this site.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request, and holds the answer against the contract.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::to(request).await
    }

    /// What an anonymous client gets.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// What an anonymous client gets for posting JSON.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// What an anonymous reader gets of an article.
    pub async fn public(&self, article: &Handle) -> Answer {
        self.get(&format!("/api/v1/articles/{}", article.id)).await
    }

    /// The titles in the public list, in order.
    pub async fn public_titles(&self, query: &str) -> Vec<String> {
        self.get(&format!("/api/v1/articles{query}")).await.is(200).titles()
    }

    /// The titles of each page of a list, to its end.
    pub async fn pages(&self, path: &str) -> Vec<Vec<String>> {
        let (mut pages, mut path) = (Vec::new(), path.to_owned());
        loop {
            let answer = self.get(&path).await;
            pages.push(answer.is(200).titles());
            let Some(next) = answer.next() else { return pages };
            assert_eq!(answer.header("link"), format!("<{next}>; rel=\"next\""));
            path = next.to_owned();
        }
    }
}
