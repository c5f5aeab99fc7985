//! Absolute addresses, for what is read elsewhere than here: feeds, sitemaps, metadata, partners' copies.
//!
//! They never hold what a request says of its host: what one client is answered is kept for others.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use url::Url;
use uuid::Uuid;

/// Where people read an article, unless `TINTUC_ARTICLE_URL` says otherwise: an address that this service answers.
const OF_THIS_SERVICE: &str = "{site}/api/v1/articles/{slug}";

/// What may stand for something in the template.
const NAMES: [&str; 4] = ["{site}", "{category}", "{id}", "{slug}"];

/// Where the site and its articles are.
#[derive(Clone, Debug)]
pub struct Canonical {
    /// Scheme, host and port, without a slash behind.
    origin: Arc<str>,
    /// Whether that was set.
    is_set: bool,
    template: Arc<str>,
}

/// What the address of an article may be made of.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'a> {
    /// The article.
    pub id: Uuid,
    /// Its slug.
    pub slug: &'a str,
    /// That of its category.
    pub category: &'a str,
}

impl Canonical {
    /// The addresses of a site at `site`, or else of the service that listens at `listen`, with articles by this template.
    ///
    /// # Errors
    /// Says what is wrong with the template.
    pub fn new(site: Option<&Url>, listen: SocketAddr, template: Option<&str>) -> Result<Self, String> {
        let template = template.unwrap_or(OF_THIS_SERVICE);
        let rest = NAMES.iter().fold(template.to_owned(), |rest, name| rest.replace(name, ""));
        if rest.contains(['{', '}']) {
            return Err(format!("`{template}` may hold {} in braces, and nothing else", NAMES.join(", ")));
        }
        if !template.contains("{slug}") && !template.contains("{id}") {
            return Err(format!("`{template}` needs {{slug}} or {{id}}, to tell articles apart"));
        }
        let origin = site.map_or_else(|| listening(listen), |site| site.origin().ascii_serialization());
        let canonical = Self { origin: origin.into(), is_set: site.is_some(), template: template.into() };
        let sample = canonical.article(Addressed { id: Uuid::nil(), slug: "a", category: "b" });
        match Url::parse(&sample) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(canonical),
            _ => Err(format!("`{template}` makes no http(s) URL; it may begin with {{site}}")),
        }
    }

    /// The same for a service that was given this port: it is where the site is, if nobody has said that.
    #[must_use]
    pub fn listening_on(self, address: SocketAddr) -> Self {
        if self.is_set { self } else { Self { origin: listening(address).into(), ..self } }
    }

    /// The absolute form of a root-relative address; what is absolute stays as it is.
    pub fn link(&self, address: &str) -> String {
        let is_relative = address.starts_with('/') && !address.starts_with("//");
        if is_relative { format!("{}{address}", self.origin) } else { address.to_owned() }
    }

    /// The same as a redirect of this service names it: from its root on, where nobody has said where it is.
    pub fn page(&self, article: Addressed<'_>) -> String {
        let page = self.article(article);
        match page.strip_prefix(&*self.origin) {
            Some(path) if !self.is_set && path.starts_with('/') => path.to_owned(),
            _ => page,
        }
    }

    /// The page that people read an article at.
    pub fn article(&self, Addressed { id, slug, category }: Addressed<'_>) -> String {
        // Slugs and ids are letters, digits and hyphens of ASCII: nothing in them has to be encoded, nor is a name.
        self.template
            .replace("{slug}", slug)
            .replace("{id}", &id.to_string())
            .replace("{category}", category)
            .replace("{site}", &self.origin)
    }
}

/// The address that a client on this machine finds a service at.
fn listening(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "127.0.0.1:8080";

    fn of(site: Option<&str>, listen: &str, template: Option<&str>) -> Result<Canonical, String> {
        let site = site.map(|site| Url::parse(site).expect("a URL"));
        Canonical::new(site.as_ref(), listen.parse().expect("an address"), template)
    }

    fn article(canonical: &Canonical) -> String {
        canonical.article(Addressed { id: Uuid::nil(), slug: "lich-tiep-cong-dan", category: "thong-bao" })
    }

    #[test]
    fn an_article_is_where_the_template_says() {
        for (template, address) in [
            (None, "https://tinh.example/api/v1/articles/lich-tiep-cong-dan"),
            (Some("{site}/{category}/{slug}"), "https://tinh.example/thong-bao/lich-tiep-cong-dan"),
            (
                Some("https://www.tinh.example/tin/{slug}-{id}.html"),
                "https://www.tinh.example/tin/lich-tiep-cong-dan-00000000-0000-0000-0000-000000000000.html",
            ),
        ] {
            let canonical = of(Some("https://Tinh.example:443/tin/"), HERE, template).expect("a template");
            assert_eq!(article(&canonical), address);
        }
    }

    #[test]
    fn without_a_site_addresses_are_of_where_the_service_listens() {
        for (listen, origin) in
            [(HERE, "http://127.0.0.1:8080"), ("0.0.0.0:80", "http://127.0.0.1:80"), ("[::]:9", "http://[::1]:9")]
        {
            let canonical = of(None, listen, None).expect("a template");
            assert_eq!(canonical.link("/media/1/a.jpg"), format!("{origin}/media/1/a.jpg"));
        }
        let given = of(None, "127.0.0.1:0", None).expect("a template").listening_on("127.0.0.1:7".parse().expect("it"));
        assert_eq!(given.link("/feeds/rss.xml"), "http://127.0.0.1:7/feeds/rss.xml");
        let set = of(Some("https://tinh.example"), HERE, None).expect("it").listening_on(HERE.parse().expect("it"));
        assert_eq!(set.link("/"), "https://tinh.example/");
        assert_eq!(set.link("https://a.example/x"), "https://a.example/x");
        assert_eq!(set.link("//a.example/x"), "//a.example/x");
        let addressed = Addressed { id: Uuid::nil(), slug: "a", category: "b" };
        assert_eq!(set.page(addressed), "https://tinh.example/api/v1/articles/a");
        assert_eq!(of(None, HERE, None).expect("it").page(addressed), "/api/v1/articles/a");
        let elsewhere = of(None, HERE, Some("https://www.tinh.example/{slug}")).expect("a template");
        assert_eq!(elsewhere.page(addressed), "https://www.tinh.example/a");
    }

    #[test]
    fn a_template_that_makes_no_addresses_of_articles_is_refused() {
        for template in ["", "{site}/{category}", "{site}/{title}/{slug}", "{site}/{slug", "/{slug}", "ftp://a/{slug}"]
        {
            let refused = of(Some("https://tinh.example"), HERE, Some(template));
            assert!(refused.is_err_and(|why| why.contains(&format!("`{template}`"))), "{template}");
        }
    }
}
