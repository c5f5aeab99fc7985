//! Feeds, as their readers have them: each form is read by a library of its own, and they have to say the same.

mod content;
mod lists;
mod podcast;
mod sitemaps;

use crate::support::{Answer, Site};

/// Where feeds are.
const FEEDS: [&str; 3] = ["/feeds/rss.xml", "/feeds/atom.xml", "/feeds/feed.json"];

/// What a page of a feed says, whatever it is written in.
#[derive(Debug, PartialEq)]
struct Said {
    title: String,
    language: String,
    this: String,
    next: Option<String>,
    entries: Vec<Entry>,
}

/// What it says of an article.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    id: String,
    title: String,
    page: String,
    published: String,
    names: Vec<String>,
    authors: Vec<String>,
    content: Option<String>,
}

impl Said {
    fn titles(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.title.as_str()).collect()
    }

    fn ids(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.id.as_str()).collect()
    }
}

/// A page of a feed, read.
async fn read(site: &Site, path: &str) -> Said {
    let answer = site.get(path).await;
    let said = said(&answer);
    assert_eq!(said.this, format!("{}{path}", site.base), "where it says that it is");
    let linked = said.next.as_ref().map(|next| format!("<{next}>; rel=\"next\"")).unwrap_or_default();
    assert_eq!(answer.header("link"), linked);
    said
}

/// What an answer says.
fn said(answer: &Answer) -> Said {
    match answer.is(200).header("content-type").as_str() {
        "application/rss+xml; charset=utf-8" => of_rss(&rss(answer)),
        "application/atom+xml; charset=utf-8" => of_atom(&atom(answer)),
        "application/feed+json" => of_json(&answer.body),
        other => panic!("{other} is no feed"),
    }
}

fn rss(answer: &Answer) -> rss::Channel {
    rss::Channel::read_from(&*answer.bytes).expect("RSS")
}

fn atom(answer: &Answer) -> atom_syndication::Feed {
    atom_syndication::Feed::read_from(&*answer.bytes).expect("Atom")
}

fn of_rss(channel: &rss::Channel) -> Said {
    let links = channel.atom_ext().expect("links").links();
    let link = |rel: &str| links.iter().find(|link| link.rel == rel).map(|link| link.href.clone());
    let entries = channel.items().iter().map(|item| {
        let guid = item.guid().expect("an id");
        assert!(!guid.is_permalink());
        assert!(item.author().is_none(), "an address to write to");
        Entry {
            id: guid.value().to_owned(),
            title: item.title().expect("a title").to_owned(),
            page: item.link().expect("a link").to_owned(),
            published: moment(&chrono::DateTime::parse_from_rfc2822(item.pub_date().expect("a date")).expect("a date")),
            names: item.categories().iter().map(|category| category.name().to_owned()).collect(),
            authors: item.dublin_core_ext().map(|it| it.creators().to_vec()).unwrap_or_default(),
            content: item.content().map(str::to_owned),
        }
    });
    Said {
        title: channel.title().to_owned(),
        language: channel.language().expect("a language").to_owned(),
        this: link("self").expect("an address"),
        next: link("next"),
        entries: entries.collect(),
    }
}

fn of_atom(feed: &atom_syndication::Feed) -> Said {
    let link = |links: &[atom_syndication::Link], rel: &str| {
        links.iter().find(|link| link.rel() == rel).map(|link| link.href().to_owned())
    };
    let entries = feed.entries().iter().map(|entry| Entry {
        id: entry.id().to_owned(),
        title: entry.title().as_str().to_owned(),
        page: link(entry.links(), "alternate").expect("a page"),
        published: moment(entry.published().expect("a date")),
        names: entry.categories().iter().map(|it| it.label().unwrap_or(it.term()).to_owned()).collect(),
        authors: entry.authors().iter().map(|author| author.name().to_owned()).collect(),
        content: entry.content().map(|content| content.value().expect("content").to_owned()),
    });
    Said {
        title: feed.title().as_str().to_owned(),
        language: feed.lang().expect("a language").to_owned(),
        this: link(feed.links(), "self").expect("an address"),
        next: link(feed.links(), "next"),
        entries: entries.collect(),
    }
}

fn of_json(feed: &serde_json::Value) -> Said {
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let entries = feed["items"].as_array().expect("items").iter().map(|item| Entry {
        id: text(&item["id"]),
        title: text(&item["title"]),
        page: text(&item["url"]),
        published: moment(
            &text(&item["date_published"]).parse::<chrono::DateTime<chrono::FixedOffset>>().expect("a date"),
        ),
        names: item["tags"].as_array().expect("tags").iter().map(text).collect(),
        authors: item["authors"].as_array().into_iter().flatten().map(|author| text(&author["name"])).collect(),
        content: item["content_html"].as_str().map(str::to_owned),
    });
    Said {
        title: text(&feed["title"]),
        language: text(&feed["language"]),
        this: text(&feed["feed_url"]),
        next: feed["next_url"].as_str().map(str::to_owned),
        entries: entries.collect(),
    }
}

/// A moment, to the second.
fn moment(at: &chrono::DateTime<chrono::FixedOffset>) -> String {
    at.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The path of an address of this site.
fn path_at<'a>(site: &Site, address: &'a str) -> &'a str {
    address.strip_prefix(&site.base).expect("an address of this site")
}
