//! The signing key of the installation, and what is made with it: access tokens (EdDSA JWTs, RFC 8037),
//! the public key set, and secrets derived for other purposes.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes, spki::der::pem::LineEnding},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::keyed;

/// Who issues tokens, and whom they are for.
const ISSUER: &str = "tintuc";
const AUDIENCE: &str = "tintuc-management";

/// How long an access token is good for, in seconds.
pub const ACCESS_SECONDS: i64 = 15 * 60;

/// The signing key could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the signing key {path}: {source}")]
    File {
        /// The key's file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{0} does not hold an Ed25519 private key in PKCS#8 PEM")]
    NotAKey(PathBuf),
}

/// The installation's key. Every replica has the same one.
pub struct Keys {
    seed: [u8; 32],
    id: String,
    public: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The user.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The public keys that verify access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// An Ed25519 public key (RFC 8037).
#[derive(Serialize, ToSchema)]
pub struct PublicKey {
    #[schema(example = "OKP")]
    kty: &'static str,
    #[schema(example = "Ed25519")]
    crv: &'static str,
    #[schema(example = "EdDSA")]
    alg: &'static str,
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    /// The key's thumbprint (RFC 7638), as in the header of each token.
    kid: String,
    /// The key itself, base64url.
    x: String,
}

impl Keys {
    /// Reads the key in `path`, making it first where there is none.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        if !path.exists() {
            create(path).map_err(failed)?;
        }
        let pem = fs::read_to_string(path).map_err(failed)?;
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| KeyError::NotAKey(path.to_owned()))?;
        Self::of(&key).map_err(|_| KeyError::NotAKey(path.to_owned()))
    }

    fn of(key: &SigningKey) -> Result<Self, Box<dyn std::error::Error>> {
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // RFC 7638: the required members, in this order, without white space.
        let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let der = private_only(key).to_pkcs8_der()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        Ok(Self {
            seed: key.to_bytes(),
            id: URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint.as_bytes())),
            encoding: EncodingKey::from_ed_der(der.as_bytes()),
            decoding: DecodingKey::from_ed_components(&public)?,
            public,
            validation,
        })
    }

    /// An access token for a session, good from now on for [`ACCESS_SECONDS`].
    ///
    /// # Errors
    /// Where signing fails.
    pub fn issue(&self, user: Uuid, session: Uuid) -> Result<String, jsonwebtoken::errors::Error> {
        let now = chrono::Utc::now().timestamp();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            iat: now,
            nbf: now,
            exp: now + ACCESS_SECONDS,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, &claims, &self.encoding)
    }

    /// What a token says, if this installation signed it and it is valid now. The algorithm is pinned: what
    /// the token's header claims of it is not trusted.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.alg != Algorithm::EdDSA || header.kid.as_deref() != Some(&self.id) {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        // The library lets a token live through the very second in which it expires.
        (claims.exp > chrono::Utc::now().timestamp()).then_some(claims)
    }

    /// The public half, for anyone.
    pub fn public(&self) -> KeySet {
        let (kid, x) = (self.id.clone(), self.public.clone());
        KeySet { keys: vec![PublicKey { kty: "OKP", crv: "Ed25519", alg: "EdDSA", usage: "sig", kid, x }] }
    }

    /// A secret for `purpose`, the same on every replica; nothing about the key or other secrets follows from it.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        keyed::digest(&self.seed, &[b"tintuc/", purpose.as_bytes()])
    }
}

/// The form that holds the private key alone: the only one that the token library takes.
fn private_only(key: &SigningKey) -> KeypairBytes {
    KeypairBytes { secret_key: key.to_bytes(), public_key: None }
}

/// Makes the key in a file of its own and then gives it its name, so that no reader sees half a key and of two
/// processes that start together one wins.
fn create(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let key = SigningKey::from_bytes(&rand::random());
    let pem = private_only(&key).to_pkcs8_pem(LineEnding::LF).map_err(std::io::Error::other)?;
    let temporary = folder.join(format!(".signing-key-{}", Uuid::new_v4()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let named = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match named {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::of(&SigningKey::from_bytes(&rand::random())).expect("keys")
    }

    fn claims(change: impl FnOnce(&mut Claims)) -> Claims {
        let now = chrono::Utc::now().timestamp();
        let mut claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: Uuid::now_v7(),
            sid: Uuid::now_v7(),
            iat: now,
            nbf: now,
            exp: now + 60,
        };
        change(&mut claims);
        claims
    }

    fn signed(keys: &Keys, claims: &Claims) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.id.clone());
        jsonwebtoken::encode(&header, claims, &keys.encoding).expect("token")
    }

    #[test]
    fn a_token_of_this_key_verifies_and_one_of_another_does_not() {
        let (ours, theirs) = (keys(), keys());
        let user = Uuid::now_v7();
        assert_eq!(ours.verify(&ours.issue(user, user).expect("token")).expect("valid").sub, user);
        assert!(ours.verify(&theirs.issue(user, user).expect("token")).is_none());
    }

    #[test]
    fn a_token_outside_its_time_or_for_others_is_refused() {
        let keys = keys();
        let now = chrono::Utc::now().timestamp();
        assert!(keys.verify(&signed(&keys, &claims(|_| ()))).is_some());
        assert!(keys.verify(&signed(&keys, &claims(|c| c.exp = now - 1))).is_none());
        assert!(keys.verify(&signed(&keys, &claims(|c| c.exp = now))).is_none());
        assert!(keys.verify(&signed(&keys, &claims(|c| c.nbf = now + 30))).is_none());
        assert!(keys.verify(&signed(&keys, &claims(|c| c.aud = "other".into()))).is_none());
        assert!(keys.verify(&signed(&keys, &claims(|c| c.iss = "other".into()))).is_none());
    }

    #[test]
    fn the_header_does_not_choose_the_algorithm() {
        let keys = keys();
        let claims = claims(|_| ());
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(keys.id.clone());
        for secret in [keys.public.as_bytes(), &URL_SAFE_NO_PAD.decode(&keys.public).expect("key")] {
            let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).expect("token");
            assert!(keys.verify(&forged).is_none());
        }
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).expect("claims"));
        let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, keys.id));
        assert!(keys.verify(&format!("{none}.{body}.")).is_none());
    }

    #[test]
    fn the_key_file_is_made_once_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("signing-key.pem");
        let made = Keys::load_or_create(&path).expect("key");
        let read = Keys::load_or_create(&path).expect("key");
        assert_eq!(made.id, read.id);
        assert_eq!(fs::metadata(&path).expect("file").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1, "no temporary file stays");
    }
}
