//! A password ends when it is changed, also for whoever is in the middle of using it. Each test holds the account in a
//! change that is not committed yet, and lets somebody come in between.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tintuc::access::password;

use crate::support::{Author, Device, Person, Site, site::PASSWORD};

const NEW: &str = "một mật khẩu khác";

#[actix_web::test]
async fn a_sign_in_that_began_before_a_password_change_opens_no_session_after_it() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let change = Change::of(&site, &author, &new_password());

    let (sign_in, ()) = tokio::join!(site.sign_in(&author.email, PASSWORD), async {
        site.somebody_waits_for_a_lock().await;
        change.commits();
    });

    sign_in.is_problem(401, "invalid_credentials");
    assert_eq!(open_sessions(&site, &author), 0);
    site.sign_in(&author.email, NEW).await.is(200);
}

#[actix_web::test]
async fn a_sign_in_that_began_before_the_account_was_disabled_opens_no_session_after_it() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let change = Change::of(&site, &author, "disabled_at = now()");

    let (sign_in, ()) = tokio::join!(site.sign_in(&author.email, PASSWORD), async {
        site.somebody_waits_for_a_lock().await;
        change.commits();
    });

    sign_in.is_problem(401, "invalid_credentials");
    assert_eq!(open_sessions(&site, &author), 0);
}

#[actix_web::test]
async fn an_old_password_does_not_set_a_new_one() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let device = Device::of(&site, &author).await;
    let change = Change::of(&site, &author, &new_password());

    let (other_change, ()) = tokio::join!(device.changes_password(PASSWORD, "mật khẩu của kẻ trộm"), async {
        site.somebody_waits_for_a_lock().await;
        change.commits();
    });

    other_change.is_problem(401, "invalid_credentials");
    site.sign_in(&author.email, NEW).await.is(200);
    site.sign_in(&author.email, "mật khẩu của kẻ trộm").await.is_problem(401, "invalid_credentials");
}

#[actix_web::test]
async fn a_refresh_that_meets_a_password_change_waits_for_it_and_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let device = Device::of(&site, &author).await;
    let change = Change::of(&site, &author, &new_password());

    let (refresh, ()) = tokio::join!(device.refreshes(), async {
        site.somebody_waits_for_a_lock().await;
        change.commits();
    });

    refresh.is_problem(401, "unauthenticated");
    assert_eq!(open_sessions(&site, &author), 0);
}

/// What a password change does, up to its commit: the account first, then its sessions.
struct Change<'a> {
    connection: PgConnection,
    author: &'a Person<'a>,
}

impl<'a> Change<'a> {
    fn of(site: &Site, author: &'a Person<'a>, what: &str) -> Self {
        let mut connection = PgConnection::establish(site.database()).expect("a connection");
        let change = format!("BEGIN; UPDATE users SET {what} WHERE id = '{}'", author.id);
        connection.batch_execute(&change).expect("a change");
        Self { connection, author }
    }

    fn commits(mut self) {
        let end =
            "UPDATE sessions SET ended_at = now(), end_reason = 'password_changed' WHERE ended_at IS NULL AND user_id";
        let end = format!("{end} = '{}'; COMMIT", self.author.id);
        self.connection.batch_execute(&end).expect("no deadlock");
    }
}

fn new_password() -> String {
    format!("password_hash = '{}'", password::hash(&NEW.into()).expect("a hash"))
}

fn open_sessions(site: &Site, author: &Person<'_>) -> i64 {
    site.count(&format!("sessions WHERE ended_at IS NULL AND user_id = '{}'", author.id))
}
