//! The files that a snapshot uses, wherever it names them.

use std::collections::HashSet;

use uuid::Uuid;

use super::Content;
use crate::{http::reply::SiteUrl, text::references};

/// A use of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRef {
    /// Where in the written form: a JSON pointer.
    pub pointer: String,
    /// The file.
    pub media_id: Uuid,
    /// The place, as the schema names it.
    pub place: &'static str,
    /// The kind that fits; any where none is said.
    pub kind: Option<&'static str>,
}

impl Content {
    /// Every file that this snapshot uses, on a site that is there.
    pub fn media(&self, site: &SiteUrl) -> Vec<MediaRef> {
        let one = |pointer: String, media_id, place, kind| MediaRef { pointer, media_id, place, kind };
        let mut refs = Vec::new();
        for (place, picture) in [("image", &self.image), ("description_image", &self.description_image)] {
            refs.extend(picture.iter().map(|it| one(format!("/{place}/media_id"), it.media_id, place, Some("image"))));
        }
        refs.extend(self.audio.iter().map(|it| one("/audio/media_id".into(), it.media_id, "audio", Some("audio"))));
        refs.extend((0..).zip(&self.attachments).map(|(index, it): (u32, _)| {
            one(format!("/attachments/{index}/media_id"), it.media_id, "attachment", None)
        }));
        let body = self.body.as_deref().unwrap_or_default();
        refs.extend(in_html(body, site).into_iter().map(|(id, kind)| one("/body".into(), id, "body", kind)));
        refs
    }
}

/// What a body has from the media library, each file once: pictures that it shows (`<img src="/media/{id}/…">`, and the
/// `poster` of a `<video>`), which have to be pictures, what it plays (`<video src="/media/{id}/…">`), and files of any kind that it links to (`<a href="/media/{id}/…">`).
fn in_html(body: &str, site: &SiteUrl) -> Vec<(Uuid, Option<&'static str>)> {
    let id =
        |url: &str| -> Option<Uuid> { site.path_of(url)?.strip_prefix("/media/")?.split('/').next()?.parse().ok() };
    let refs = references(body);
    let shown = refs.pictures.iter().filter_map(|picture| Some((id(&picture.src)?, Some("image"))));
    let posters = refs.posters.iter().filter_map(|poster| Some((id(poster)?, Some("image"))));
    let played = refs.videos.iter().filter_map(|video| Some((id(video)?, Some("video"))));
    let linked = refs.links.iter().filter_map(|link| Some((id(link)?, None)));
    let mut seen = HashSet::new();
    shown.chain(posters).chain(played).chain(linked).filter(|(id, _)| seen.insert(*id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_library_are_found_in_a_body() {
        let (id, document, elsewhere) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let site = SiteUrl(Some("https://tinh.example/".parse().expect("a URL")));
        let body = format!(
            "<p>/media/{}</p><img src=\"/media/{id}/anh.jpg?v=1\" alt=\"x\"><img alt=\"y\" src=\"/media/{id}/thumb.webp\">\
             <img src=\"https://a.example/media/b.jpg\"><a href=\"/media/{id}/anh.jpg\">x</a>\
             <a href=\"https://tinh.example/media/{document}/a.pdf\">y</a>\
             <a href=\"https://a.example/media/{elsewhere}/a.pdf\">z</a>",
            Uuid::now_v7()
        );
        assert_eq!(in_html(&body, &site), [(id, Some("image")), (document, None)]);
        assert_eq!(in_html(&body, &SiteUrl::default()), [(id, Some("image"))]);
    }
}
