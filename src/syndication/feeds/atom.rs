//! Atom (RFC 4287), in pages (RFC 5005, section 3).

use atom_syndication as atom;

use super::{
    feed::{Entry, Feed},
    xml,
};
use crate::http::Problem;

/// What it is.
pub const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// The document.
///
/// # Errors
/// `internal` where it cannot be written.
pub fn written(feed: &Feed<'_>) -> Result<Vec<u8>, Problem> {
    let link = |rel: &str, href: &String| atom::Link {
        href: href.clone(),
        rel: rel.to_owned(),
        mime_type: Some("application/atom+xml".to_owned()),
        ..Default::default()
    };
    let mut links = vec![link("self", &feed.this), plain_link("alternate", &feed.home)];
    links.extend((feed.this != feed.first).then(|| link("first", &feed.first)));
    links.extend(feed.next.iter().map(|next| link("next", next)));
    let document = atom::Feed {
        title: atom::Text::plain(&feed.title),
        id: feed.first.clone(),
        updated: feed.updated().fixed_offset(),
        // Of those articles that nobody has signed.
        authors: vec![person(&feed.masthead.name)],
        generator: Some(atom::Generator { value: "Tintuc".to_owned(), ..Default::default() }),
        links,
        subtitle: feed.masthead.description.as_ref().map(atom::Text::plain),
        entries: feed.entries.iter().map(|one| entry(one, feed.full)).collect(),
        lang: Some(feed.language.clone()),
        ..Default::default()
    };
    document.write_to(Vec::new()).map(xml::clean).map_err(Problem::internal)
}

fn entry(entry: &Entry, full: bool) -> atom::Entry {
    let Entry { story, more, page } = entry;
    let lang = Some(story.locale.clone());
    let text = |value: String| atom::Text { lang: lang.clone(), ..atom::Text::plain(value) };
    let mut links = vec![atom::Link { hreflang: lang.clone(), ..plain_link("alternate", page) }];
    let picture = story.image.iter().map(|file| (&file.url, &file.mime_type, file.size, &file.alt));
    let files = more.audio.iter().chain(&more.attachments);
    let files = files.map(|file| (&file.url, &file.mime_type, file.size, &file.title));
    links.extend(files.chain(picture).map(|(url, mime_type, size, title)| atom::Link {
        mime_type: Some(mime_type.clone()),
        length: Some(size.to_string()),
        title: title.clone(),
        ..plain_link("enclosure", url)
    }));
    links.extend(story.external_url.iter().map(|url| plain_link("related", url)));
    links.extend(story.source.iter().filter_map(|source| Some(plain_link("via", source.url.as_ref()?))));
    let filed = atom::Category {
        term: story.category.slug.clone(),
        label: Some(story.category.name.clone()),
        ..Default::default()
    };
    let tagged = story.tags.iter().map(|tag| atom::Category { term: tag.clone(), ..Default::default() });
    let content = full.then(|| entry.content()).flatten().map(|body| atom::Content {
        lang: lang.clone(),
        value: Some(body),
        content_type: Some("html".to_owned()),
        ..Default::default()
    });
    atom::Entry {
        title: text(story.title.clone()),
        id: story.uri(),
        updated: story.last_published_at.fixed_offset(),
        authors: story.author.iter().map(|author| person(&author.name)).collect(),
        categories: std::iter::once(filed).chain(tagged).collect(),
        links,
        published: Some(story.published_at.fixed_offset()),
        summary: entry.summary().map(text),
        content,
        ..Default::default()
    }
}

fn plain_link(rel: &str, href: &str) -> atom::Link {
    atom::Link { href: href.to_owned(), rel: rel.to_owned(), ..Default::default() }
}

fn person(name: &str) -> atom::Person {
    atom::Person { name: name.to_owned(), ..Default::default() }
}
