//! The provider: where people are sent, and what it says of them.

use std::time::{Duration, Instant};

use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, IdTokenClaims,
    IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, SubjectIdentifier,
    TokenResponse, UserInfoError,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
        CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::{sync::Mutex, time::timeout};
use url::Url;

use super::{
    flow::{Flow, Link},
    line::{Line, NoAnswer},
    mapping::Mapping,
};
use crate::{
    http::Problem,
    settings::{OidcSettings, Settings},
};

/// How long it is believed what the provider says of itself: its addresses and its keys.
const BELIEVED: Duration = Duration::from_secs(600);

/// How long one waits for what another is told.
const WAITING: Duration = Duration::from_secs(5);

/// The longest name that a provider has for somebody (OpenID Connect Core, section 2).
const MAX_SUBJECT: usize = 255;

/// The longest address that an account may have.
const MAX_EMAIL: usize = 254;

/// The claims that no standard knows: groups, for the most part.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Others(Map<String, Value>);

impl AdditionalClaims for Others {}

type Claims = IdTokenClaims<Others, CoreGenderClaim>;
type Refusal = StandardErrorResponse<CoreErrorResponseType>;
type Tokens = StandardTokenResponse<
    IdTokenFields<
        Others,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Connection = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    Refusal,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Single sign-on, where it is set up.
pub struct SingleSignOn(Option<Provider>);

impl SingleSignOn {
    /// As the settings have it.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of(settings: &Settings) -> Result<Self, String> {
        let Some(issuer) = &settings.oidc.oidc_issuer else { return Ok(Self(None)) };
        let site = settings.site_url.as_ref();
        Provider::of(issuer, &settings.oidc, site).map(|provider| Self(Some(provider)))
    }

    /// The provider.
    ///
    /// # Errors
    /// `not_found` where there is none.
    pub fn provider(&self) -> Result<&Provider, Problem> {
        self.0.as_ref().ok_or_else(Problem::not_found)
    }
}

/// A provider of OpenID Connect.
pub struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    scopes: Vec<Scope>,
    /// Which claims give which roles.
    pub mapping: Mapping,
    line: Line,
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

/// What the provider says.
pub enum Said {
    /// It knows somebody.
    Known(Box<Person>),
    /// It knows them no longer, or does not let them in.
    Refused,
}

/// Somebody, as the provider knows them.
#[derive(Clone)]
pub struct Person {
    /// What tells them from all others there, for ever.
    pub subject: String,
    /// Their address, if the provider knows it to be theirs.
    pub email: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// All that is said of them.
    pub claims: Value,
    /// What the provider is asked by whether it still knows them.
    pub refresh_token: Option<SecretString>,
}

impl Provider {
    fn of(issuer: &str, settings: &OidcSettings, site: Option<&Url>) -> Result<Self, String> {
        let url: Url = issuer.parse().map_err(|_| format!("`{issuer}` is no URL"))?;
        let mapping: Mapping = settings.oidc_roles.as_deref().unwrap_or_default().parse()?;
        if mapping.is_empty() {
            return Err("oidc_roles has to say who gets in, and as what".to_owned());
        }
        let redirect = match (&settings.oidc_redirect_url, site) {
            (Some(page), _) => page.clone(),
            (None, Some(site)) => site.join("/api/v1/auth/oidc/callback").map_err(|error| error.to_string())?,
            (None, None) => return Err("site_url or oidc_redirect_url has to say where people come back to".to_owned()),
        };
        Ok(Self {
            line: Line::to(&url)?,
            issuer: IssuerUrl::new(issuer.to_owned()).map_err(|error| error.to_string())?,
            client_id: ClientId::new(settings.oidc_client_id.clone().ok_or("oidc_client_id is not set")?),
            client_secret: settings
                .oidc_client_secret
                .as_ref()
                .map(|secret| ClientSecret::new(secret.expose_secret().to_owned())),
            redirect: RedirectUrl::from_url(redirect),
            scopes: settings.oidc_scopes.iter().map(|scope| Scope::new(scope.trim().to_owned())).collect(),
            mapping,
            known: Mutex::new(None),
        })
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where to send a browser, and what that is to keep meanwhile.
    ///
    /// # Errors
    /// `unavailable` where the provider does not say where it is.
    pub async fn leave(&self, link: Option<Link>) -> Result<(Url, Flow), Problem> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let connection = self.connection().await?;
        let (url, state, nonce) = connection
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .url();
        let flow = Flow::new(state.into_secret(), nonce.secret().to_owned(), verifier.into_secret(), link);
        Ok((url, flow))
    }

    /// Who came back with this code.
    ///
    /// # Errors
    /// `unavailable` where that does not become clear.
    pub async fn exchange(&self, code: String, verifier: String, nonce: String) -> Result<Said, Problem> {
        let connection = self.connection().await?;
        let request = connection.exchange_code(AuthorizationCode::new(code)).map_err(Problem::unavailable)?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        match request.request_async(&|request: HttpRequest| self.line.ask(request)).await {
            Err(error) => refused(error),
            Ok(tokens) => {
                let nonce = Nonce::new(nonce);
                let Some(claims) = self.proven(connection.clone(), &tokens, Some(&nonce)).await? else {
                    return Err(Problem::unavailable("the provider sent no ID token"));
                };
                self.person(&tokens, claims.subject().clone(), Some(&claims)).await
            }
        }
    }

    /// What it says of somebody by now.
    ///
    /// # Errors
    /// `unavailable` where that does not become clear.
    pub async fn renewed(&self, subject: String, token: SecretString) -> Result<Said, Problem> {
        let connection = self.connection().await?;
        let subject = SubjectIdentifier::new(subject);
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let request = connection.exchange_refresh_token(&token).map_err(Problem::unavailable)?;
        match request.request_async(&|request: HttpRequest| self.line.ask(request)).await {
            Err(error) => refused(error),
            Ok(tokens) => {
                let claims = self.proven(connection.clone(), &tokens, None).await?;
                if claims.as_ref().is_some_and(|claims| *claims.subject() != subject) {
                    tracing::warn!("the provider renewed somebody else's sign-in");
                    return Ok(Said::Refused);
                }
                self.person(&tokens, subject, claims.as_ref()).await
            }
        }
    }

    /// What an ID token says that is proved to be the provider's, for this service, of this sign-in, and of now.
    async fn proven(
        &self,
        connection: Connection,
        tokens: &Tokens,
        nonce: Option<&Nonce>,
    ) -> Result<Option<Claims>, Problem> {
        let Some(token) = tokens.id_token() else { return Ok(None) };
        let read = |connection: &Connection| {
            let verifier = connection.id_token_verifier();
            let same = |found: Option<&Nonce>| match (nonce, found) {
                (Some(nonce), _) => openidconnect::NonceVerifier::verify(nonce, found),
                (None, _) => Ok(()),
            };
            let claims = token.claims(&verifier, same).map_err(|error| error.to_string())?;
            if let Some(expected) = claims.access_token_hash() {
                let algorithm = token.signing_alg().map_err(|error| error.to_string())?;
                let key = token.signing_key(&verifier).map_err(|error| error.to_string())?;
                let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
                if hash.map_err(|error| error.to_string())? != *expected {
                    return Err("the access token is another's".to_owned());
                }
            }
            Ok(claims.clone())
        };
        let first: Result<Claims, String> = read(&connection);
        let read_again = match first {
            Ok(claims) => return Ok(Some(claims)),
            // Signed by a key that is newer than what is known.
            Err(_) => {
                self.known.lock().await.take();
                read(&self.connection().await?)
            }
        };
        read_again.map(Some).map_err(|error| Problem::unavailable(format!("the provider's ID token: {error}")))
    }

    /// All that is said of somebody, in the ID token and, where there is such a place, at the endpoint for it.
    async fn person(
        &self,
        tokens: &Tokens,
        subject: SubjectIdentifier,
        claims: Option<&Claims>,
    ) -> Result<Said, Problem> {
        let mut all =
            serde_json::to_value(claims).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
        let connection = self.connection().await?;
        if let Ok(request) = connection.user_info(tokens.access_token().clone(), Some(subject.clone())) {
            let told = request
                .request_async::<Others, _, CoreGenderClaim>(&|request: HttpRequest| self.line.ask(request))
                .await;
            match told {
                Ok(told) => all.extend(
                    serde_json::to_value(told).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default(),
                ),
                Err(UserInfoError::Response(status, ..)) if [401, 403].contains(&status.as_u16()) => {
                    return Ok(Said::Refused);
                }
                Err(error) => return Err(Problem::unavailable(format!("what the provider says of somebody: {error}"))),
            }
        }
        if subject.len() > MAX_SUBJECT || subject.contains('\0') {
            return Err(Problem::unavailable("the provider names somebody as nobody may be named"));
        }
        let plain = |text: &&str| !text.contains('\0');
        let told = |name: &str| all.get(name).and_then(Value::as_str).filter(plain).map(str::to_owned);
        let proved = all.get("email_verified") == Some(&Value::Bool(true));
        let email = told("email").filter(|email| proved && email.len() <= MAX_EMAIL);
        let name = told("name").or_else(|| told("preferred_username"));
        let refresh_token = tokens.refresh_token().map(|token| token.secret().to_owned().into());
        let person = Person { subject: subject.to_string(), email, name, claims: Value::Object(all), refresh_token };
        Ok(Said::Known(Box::new(person)))
    }

    /// The provider, as it says itself that it is to be asked.
    async fn connection(&self) -> Result<Connection, Problem> {
        // One asks, and the others wait for what it is told.
        let mut known = timeout(WAITING, self.known.lock()).await.map_err(Problem::unavailable)?;
        let metadata = match &*known {
            Some((since, metadata)) if since.elapsed() < BELIEVED => metadata.clone(),
            _ => {
                let ask = |request: HttpRequest| self.line.ask(request);
                let told = CoreProviderMetadata::discover_async(self.issuer.clone(), &ask).await;
                let told = told.map_err(|error| Problem::unavailable(format!("the provider: {error}")))?;
                *known = Some((Instant::now(), told.clone()));
                told
            }
        };
        let by = authentication(&metadata);
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let connection = Connection::from_provider_metadata(metadata, id, secret);
        Ok(connection.set_redirect_uri(self.redirect.clone()).set_auth_type(by))
    }
}

/// How this service proves to the provider who it is: as all of them take it, unless this one says that it does not.
fn authentication(metadata: &CoreProviderMetadata) -> AuthType {
    let taken = metadata.token_endpoint_auth_methods_supported();
    match taken {
        Some(taken) if !taken.contains(&CoreClientAuthMethod::ClientSecretBasic) => AuthType::RequestBody,
        _ => AuthType::BasicAuth,
    }
}

/// What it means that the provider gives no token.
fn refused(error: RequestTokenError<NoAnswer, Refusal>) -> Result<Said, Problem> {
    match error {
        RequestTokenError::ServerResponse(refusal) if *refusal.error() == CoreErrorResponseType::InvalidGrant => {
            Ok(Said::Refused)
        }
        RequestTokenError::ServerResponse(refusal) => {
            tracing::error!(error = ?refusal.error(), "the provider refuses this service, not a person");
            Err(Problem::unavailable("the provider refuses this service"))
        }
        RequestTokenError::Request(cause) => Err(Problem::unavailable(cause)),
        other => Err(Problem::unavailable(format!("the provider: {other}"))),
    }
}
