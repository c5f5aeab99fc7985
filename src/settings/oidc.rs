//! The settings for single sign-on.

use clap::Args;
use secrecy::SecretString;
use url::Url;

use super::secret::secret;

/// Who else says who people are.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings for single sign-on")]
pub struct OidcSettings {
    /// The provider of OpenID Connect, as it calls itself: an https URL, or http on this machine; unset, people sign in by
    /// password alone
    #[arg(long, global = true, env = "TINTUC_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,

    /// What this service is called there
    #[arg(long, global = true, env = "TINTUC_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,

    /// What it proves that by; unset, by the code challenge alone
    #[arg(long, global = true, env = "TINTUC_OIDC_CLIENT_SECRET", hide_env_values = true, value_parser = secret,
          value_name = "SECRET")]
    pub oidc_client_secret: Option<SecretString>,

    /// Which claims give which roles: claim:value=role or role@category, separated by semicolons, such as
    /// groups:bientap=editor;groups:lanhdao=approver@van-hoa
    #[arg(long, global = true, env = "TINTUC_OIDC_ROLES", value_name = "RULES")]
    pub oidc_roles: Option<String>,

    /// What is asked for besides `openid`, separated by commas; some providers renew sign-ins for `offline_access` only
    #[arg(
        long,
        global = true,
        env = "TINTUC_OIDC_SCOPES",
        value_delimiter = ',',
        default_value = "email,profile",
        value_name = "SCOPES"
    )]
    pub oidc_scopes: Vec<String>,

    /// Where the provider sends people back to: a page that passes `code` and `state` on
    /// [default: /api/v1/auth/oidc/callback of the site]
    #[arg(long, global = true, env = "TINTUC_OIDC_REDIRECT_URL", value_name = "URL")]
    pub oidc_redirect_url: Option<Url>,
}
