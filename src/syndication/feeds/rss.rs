//! RSS 2.0, as the RSS Advisory Board's profile has it, with links of Atom (RFC 5005 for pages) and pictures of Media RSS.

use std::collections::BTreeMap;

use rss::{
    Category, Channel, Enclosure, Guid, Item,
    extension::{Extension, ExtensionMap, atom, dublincore::DublinCoreExtension},
};

use super::{
    feed::{Entry, Feed},
    xml,
};
use crate::http::Problem;

/// What it is.
pub const MEDIA_TYPE: &str = "application/rss+xml; charset=utf-8";

/// Media RSS, of which pictures are.
const MEDIA: (&str, &str) = ("media", "http://search.yahoo.com/mrss/");

/// The document.
///
/// # Errors
/// `internal` where it cannot be written.
pub fn written(feed: &Feed<'_>) -> Result<Vec<u8>, Problem> {
    let items = feed.entries.iter().map(|entry| item(entry, feed.full)).collect();
    document(&Channel { items, ..channel(feed) })
}

/// A channel as bytes.
///
/// # Errors
/// `internal` where it cannot be written.
pub fn document(channel: &Channel) -> Result<Vec<u8>, Problem> {
    channel.write_to(Vec::new()).map(xml::clean).map_err(Problem::internal)
}

/// The channel without its items.
pub fn channel(feed: &Feed<'_>) -> Channel {
    let link = |rel: &str, href: &String| atom::Link {
        href: href.clone(),
        rel: rel.to_owned(),
        mime_type: Some("application/rss+xml".to_owned()),
        ..Default::default()
    };
    let mut links = vec![link("self", &feed.this)];
    links.extend((feed.this != feed.first).then(|| link("first", &feed.first)));
    links.extend(feed.next.iter().map(|next| link("next", next)));
    Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: feed.description().to_owned(),
        language: Some(feed.language.clone()),
        last_build_date: (!feed.entries.is_empty()).then(|| feed.updated().to_rfc2822()),
        generator: Some("Tintuc".to_owned()),
        atom_ext: Some(atom::AtomExtension { links }),
        namespaces: [(MEDIA.0.to_owned(), MEDIA.1.to_owned())].into(),
        ..Default::default()
    }
}

/// An article. It has one enclosure, as readers expect: the recording, or else the picture.
pub fn item(entry: &Entry, full: bool) -> Item {
    let Entry { story, more, page } = entry;
    let recording = more.audio.as_ref().map(|file| (&file.url, file.size, &file.mime_type));
    let picture = story.image.as_ref().map(|file| (&file.url, file.size, &file.mime_type));
    let enclosure = recording.or(picture).map(|(url, size, mime_type)| Enclosure {
        url: url.clone(),
        length: size.to_string(),
        mime_type: mime_type.clone(),
    });
    let names = std::iter::once(&story.category.name).chain(&story.tags);
    let named = |name: &String| Category { name: name.clone(), domain: None };
    let author = story.author.as_ref().map(|author| author.name.clone());
    let source = story.source.as_ref().map(|source| source.url.clone().unwrap_or_else(|| source.name.clone()));
    Item {
        title: Some(story.title.clone()),
        link: Some(page.clone()),
        // Readers take it for HTML.
        description: entry.summary().map(|summary| xml::html(&summary).into_owned()),
        categories: names.map(named).collect(),
        enclosure,
        guid: Some(Guid { value: story.uri(), permalink: false }),
        pub_date: Some(story.published_at.to_rfc2822()),
        content: full.then(|| entry.content()).flatten(),
        // `author` would be an address to write to.
        dublin_core_ext: Some(DublinCoreExtension {
            creators: author.into_iter().collect(),
            sources: source.into_iter().collect(),
            ..Default::default()
        }),
        extensions: pictures(entry),
        ..Default::default()
    }
}

fn pictures(entry: &Entry) -> ExtensionMap {
    let content = entry.story.image.iter().map(|picture| {
        let said = picture.caption.as_ref().or(picture.alt.as_ref()).map(|text| {
            let described = element("media:description", Some(text.clone()), [("type", "plain".to_owned())]);
            ("description".to_owned(), vec![described])
        });
        let sizes = [("width", picture.width), ("height", picture.height)];
        let sizes = sizes.into_iter().filter_map(|(name, size)| Some((name, size?.to_string())));
        let attributes = [
            ("url", picture.url.clone()),
            ("fileSize", picture.size.to_string()),
            ("type", picture.mime_type.clone()),
            ("medium", "image".to_owned()),
        ];
        let content = element("media:content", None, attributes.into_iter().chain(sizes));
        Extension { children: said.into_iter().collect(), ..content }
    });
    let content: Vec<Extension> = content.collect();
    if content.is_empty() {
        return ExtensionMap::new();
    }
    [(MEDIA.0.to_owned(), [("content".to_owned(), content)].into())].into()
}

/// An element of another vocabulary.
pub fn element(
    name: &str,
    value: Option<String>,
    attributes: impl IntoIterator<Item = (&'static str, String)>,
) -> Extension {
    let attrs = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Extension { name: name.to_owned(), value, attrs, children: BTreeMap::new() }
}
