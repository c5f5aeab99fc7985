//! What the site says of itself in feeds and to search engines, as its settings have it.

use url::Url;

use crate::settings::{FeedSettings, Indexing};

/// What the site says of itself.
#[derive(Clone, Debug)]
pub struct Masthead {
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The cover of the podcast.
    pub podcast_image: Option<Url>,
    /// What directories of podcasts file it under.
    pub podcast_category: String,
    /// Whether search engines may list it.
    pub is_indexed: bool,
    /// How many addresses a sitemap holds at most.
    pub sitemap_size: i64,
    /// What `/.well-known/security.txt` says, if somebody can be written to.
    pub security: Option<String>,
}

impl Masthead {
    /// What the settings say.
    ///
    /// # Errors
    /// Says what is missing for `security.txt`.
    pub fn of(settings: &FeedSettings) -> Result<Self, String> {
        Ok(Self {
            name: settings.site_name.clone(),
            description: settings.site_description.clone(),
            podcast_image: settings.podcast_image.clone(),
            podcast_category: settings.podcast_category.clone(),
            is_indexed: settings.indexing == Indexing::On,
            sitemap_size: settings.sitemap_size.into(),
            security: security(settings)?,
        })
    }
}

/// `security.txt` (RFC 9116), but for where it is.
fn security(settings: &FeedSettings) -> Result<Option<String>, String> {
    let FeedSettings { security_contact, security_expires, security_policy, .. } = settings;
    let expires = match (security_contact.is_empty(), security_expires) {
        (true, _) => return Ok(None),
        (false, None) => return Err("security_contact needs security_expires: until when it is right".to_owned()),
        (false, Some(expires)) => expires,
    };
    let mut lines: Vec<String> = security_contact.iter().map(|contact| format!("Contact: {contact}")).collect();
    lines.push(format!("Expires: {}", expires.format("%Y-%m-%dT%H:%M:%SZ")));
    lines.push("Preferred-Languages: vi, en".to_owned());
    lines.extend(security_policy.iter().map(|policy| format!("Policy: {policy}")));
    Ok(Some(lines.join("\n") + "\n"))
}
