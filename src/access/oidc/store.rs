//! Who somebody at the provider is here, and what their sessions are renewed by.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{flow::Link, provider::Person};
use crate::{
    access::{
        credentials::address,
        keys::Keys,
        password::NOT_SET,
        people::{self, RoleAt},
        principal::GrantView,
        session::{self, Continued, Refresh, SessionEnd},
        totp,
        users::{grants, invites, store},
    },
    audit::{self, Event, Source, Stamp},
    content::CategoryRef,
    db::{
        Tx,
        schema::{categories, identities, provider_sessions, sessions, users},
    },
    http::{Code, Problem, text},
    keyed,
};

/// The key under which what the provider gave is kept.
#[derive(Clone, Copy)]
pub struct Seal([u8; 32]);

impl Seal {
    /// The one of this installation: the same on every replica.
    pub fn of(keys: &Keys) -> Self {
        Self(keys.derive("oidc sessions"))
    }

    fn seal(self, session: Uuid, token: &SecretString) -> Vec<u8> {
        keyed::seal(&self.0, session.as_bytes(), token.expose_secret().as_bytes())
    }

    fn open(self, session: Uuid, sealed: &[u8]) -> Option<SecretString> {
        String::from_utf8(keyed::open(&self.0, session.as_bytes(), sealed)?).ok().map(Into::into)
    }
}

/// Somebody whom the provider sent.
#[derive(Clone)]
pub struct Arrival {
    /// Who, as the provider says.
    pub person: Person,
    /// Who says so.
    pub issuer: String,
    /// The roles that its claims give.
    pub roles: Vec<RoleAt>,
    /// The account that is to be theirs from now on, of somebody who is signed in.
    pub link: Option<Link>,
    /// The request they came by.
    pub source: Source,
    /// Their client.
    pub user_agent: String,
}

impl Arrival {
    /// Lets them in. What they are refused for is the answer when all that was written is kept.
    pub fn enter(&self, tx: &mut Tx<'_>, key: Seal) -> Result<Result<Continued, Problem>, Problem> {
        let stamp = Stamp { source: Some(self.source), ..Stamp::by_service(tx.now) };
        let wanted = granted(tx.conn, &self.roles)?;
        let known = self.known(tx.conn)?;
        if known.is_none() && wanted.is_empty() {
            return Ok(Err(no_role()));
        }
        let account = match (known, &self.link) {
            (Some(known), Some(link)) if known != link.account => return Err(Problem::conflict(text("oidc-linked"))),
            (Some(known), _) => known,
            (None, Some(link)) => still_theirs(tx, link)?,
            (None, None) => self.account(tx, stamp)?,
        };
        let mut user = store::lock(tx, account)?;
        if user.disabled {
            audit::record(tx.conn, user.id, stamp, &Event::SessionRefused {})?;
            return Ok(Err(Problem::invalid_credentials()));
        }
        if known.is_none() {
            self.takes(tx, Stamp { actor: Some(user.id), ..stamp }, user.id)?;
        }
        grants::give_by_claims(tx, stamp, &mut user, wanted)?;
        if user.grants.is_empty() {
            audit::record(tx.conn, user.id, stamp, &Event::SessionRefused {})?;
            return Ok(Err(no_role()));
        }
        let begun = session::open(tx, user.id, &self.user_agent, None)?;
        let sealed = self.person.refresh_token.as_ref().map(|token| key.seal(begun.session_id, token));
        if sealed.is_none() {
            tracing::warn!("the provider gave no refresh token: the session ends with its access token");
        }
        diesel::insert_into(provider_sessions::table)
            .values((
                provider_sessions::session_id.eq(begun.session_id),
                provider_sessions::issuer.eq(&self.issuer),
                provider_sessions::sealed.eq(sealed),
            ))
            .execute(tx.conn)?;
        session::note_start(tx, self.source, &begun, "provider")?;
        Ok(Ok(begun))
    }

    fn known(&self, conn: &mut PgConnection) -> Result<Option<Uuid>, Problem> {
        let theirs = identities::table.find((&self.issuer, &self.person.subject));
        Ok(theirs.select(identities::user_id).first(conn).optional()?)
    }

    /// Makes a locked account theirs, and nobody's by any other way: a password that was set, what was begun by it, and an
    /// invitation that may lie about would outlast what they are at the provider.
    fn takes(&self, tx: &mut Tx<'_>, stamp: Stamp, user: Uuid) -> Result<(), Problem> {
        let linked = diesel::insert_into(identities::table)
            .values((
                identities::issuer.eq(&self.issuer),
                identities::subject.eq(&self.person.subject),
                identities::user_id.eq(user),
                identities::linked_at.eq(tx.now),
            ))
            .on_conflict_do_nothing()
            .execute(tx.conn)?;
        if linked == 0 {
            return Err(Problem::conflict(text("oidc-linked")));
        }
        invites::withdraw(tx, user)?;
        totp::store::remove(tx, stamp, user)?;
        diesel::update(users::table.find(user)).set(users::password_hash.eq(NOT_SET)).execute(tx.conn)?;
        session::end_all(tx, stamp, user, SessionEnd::PasswordChanged)?;
        people::touch(tx, user)?;
        audit::record(tx.conn, user, stamp, &Event::UserLinked { issuer: &self.issuer })
    }

    /// The account of somebody who comes for the first time: one that was made for their address and has no password yet, or a
    /// new one.
    fn account(&self, tx: &mut Tx<'_>, stamp: Stamp) -> Result<Uuid, Problem> {
        let no_address = || Problem::new(Code::Forbidden, text("oidc-no-address"));
        let email = self.person.email.as_deref().map(address).ok_or_else(no_address)?;
        let found: Option<(Uuid, String)> = users::table
            .filter(users::email.eq(&email))
            .select((users::id, users::password_hash))
            .for_update()
            .first(tx.conn)
            .optional()?;
        match found {
            Some((user, hash)) if hash == NOT_SET => Ok(user),
            // Whoever has the address at the provider need not be who has the password here.
            Some(_) => Err(Problem::conflict(text("oidc-address-taken"))),
            None => {
                let named = self.person.name.as_deref().filter(|name| people::line(name).is_ok());
                let name: String = named.unwrap_or(&email).chars().take(200).collect();
                people::add(tx, stamp, &email, &name, NOT_SET)
            }
        }
    }
}

/// The account that somebody links, locked, if its password is the one by which they proved that it is theirs.
fn still_theirs(tx: &mut Tx<'_>, link: &Link) -> Result<Uuid, Problem> {
    let account = users::table.find(link.account).select(users::password_hash).for_update();
    let hash: String = account.first(tx.conn)?;
    if link.holds(&hash) { Ok(link.account) } else { Err(Problem::invalid_credentials()) }
}

fn no_role() -> Problem {
    Problem::new(Code::Forbidden, text("oidc-no-role"))
}

/// Roles with the categories in which they hold. One in a category that is not there gives nothing.
fn granted(conn: &mut PgConnection, roles: &[RoleAt]) -> Result<Vec<GrantView>, Problem> {
    let named: Vec<&String> = roles.iter().filter_map(|role| role.category.as_ref()).collect();
    let found: Vec<CategoryRef> =
        categories::table.filter(categories::slug.eq_any(named)).select(CategoryRef::as_select()).load(conn)?;
    let mut grants: Vec<GrantView> = Vec::new();
    for RoleAt { role, category } in roles {
        let category = match category {
            None => None,
            Some(slug) => match found.iter().find(|category| category.slug == *slug) {
                Some(category) => Some(category.clone()),
                None => {
                    tracing::warn!(%slug, "a claim gives a role in a category that is not there");
                    continue;
                }
            },
        };
        let grant = GrantView { role: *role, category };
        if !grants.iter().any(|other| grants::same(other, &grant)) {
            grants.push(grant);
        }
    }
    Ok(grants)
}

/// What a session is renewed by.
pub struct Held {
    /// Who they are at the provider.
    pub subject: String,
    /// What it is asked by; none where it gave nothing, or it is another provider by now.
    pub token: Option<SecretString>,
}

/// What the provider is asked by about a session.
pub fn held(conn: &mut PgConnection, key: Seal, provider: &str, session: Uuid) -> Result<Option<Held>, Problem> {
    let found: Option<(String, Option<Vec<u8>>)> = provider_sessions::table
        .inner_join(sessions::table.on(sessions::id.eq(provider_sessions::session_id)))
        .inner_join(identities::table.on(identities::user_id.eq(sessions::user_id)))
        .filter(provider_sessions::session_id.eq(session))
        .filter(provider_sessions::issuer.eq(provider))
        .filter(identities::issuer.eq(provider))
        .select((identities::subject, provider_sessions::sealed))
        .first(conn)
        .optional()?;
    let held = |(subject, sealed): (String, Option<Vec<u8>>)| Held {
        subject,
        token: sealed.and_then(|sealed| key.open(session, &sealed)),
    };
    Ok(found.map(held))
}

/// Renews a session of somebody whom the provider still knows: as whom it knows them now.
pub fn renew(
    tx: &mut Tx<'_>,
    key: Seal,
    source: Source,
    refresh_token: &str,
    asked: session::Asked,
    person: &Person,
    roles: &[RoleAt],
) -> Result<Refresh, Problem> {
    let stamp = Stamp { source: Some(source), ..Stamp::by_service(tx.now) };
    let wanted = granted(tx.conn, roles)?;
    let mut user = store::lock(tx, asked.user)?;
    grants::give_by_claims(tx, stamp, &mut user, wanted)?;
    if user.grants.is_empty() {
        session::end(tx, stamp, asked.user, asked.session, SessionEnd::Provider)?;
        return Ok(Refresh::Refused);
    }
    let theirs = diesel::update(provider_sessions::table.find(asked.session));
    let nobody = provider_sessions::asked_until.eq(None::<DateTime<Utc>>);
    match &person.refresh_token {
        Some(token) => {
            let sealed = provider_sessions::sealed.eq(key.seal(asked.session, token));
            theirs.set((nobody, sealed)).execute(tx.conn)?
        }
        None => theirs.set(nobody).execute(tx.conn)?,
    };
    session::refresh(tx, refresh_token, session::Vouched::ByProvider)
}

/// Lets somebody else ask about a session: nothing became of it.
pub fn leave(tx: &mut Tx<'_>, session: Uuid) -> Result<(), Problem> {
    let nobody = provider_sessions::asked_until.eq(None::<DateTime<Utc>>);
    diesel::update(provider_sessions::table.find(session)).set(nobody).execute(tx.conn)?;
    Ok(())
}

/// Ends a session of somebody whom the provider knows no longer.
pub fn end(tx: &mut Tx<'_>, source: Source, asked: session::Asked) -> Result<(), Problem> {
    let stamp = Stamp { source: Some(source), ..Stamp::by_service(tx.now) };
    session::end(tx, stamp, asked.user, asked.session, SessionEnd::Provider)
}
