//! Who is asking, and what they may do: passwords, sessions, access tokens, roles; [`pass`] lets in who has no account.

pub mod accept;
pub mod api_keys;
pub mod credentials;
pub mod demand;
pub mod gate;
pub mod keys;
pub mod layer;
pub mod oidc;
pub mod origin;
pub mod pass;
pub mod password;
pub mod people;
pub mod policy;
pub mod principal;
pub mod role;
pub mod routes;
mod secret;
pub mod session;
pub mod session_routes;
pub mod sign_in;
pub mod tally;
pub mod totp;
pub mod users;

pub use policy::{Deciding, Readable, Subject};
pub use principal::{By, Principal};
pub use role::{KeyScope, Permission, Role};
