//! The files that a snapshot uses, wherever it names them.

use uuid::Uuid;

use super::Content;
use crate::text::pictures;

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
    /// Every file that this snapshot uses.
    pub fn media(&self) -> Vec<MediaRef> {
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
        refs.extend(in_html(body).into_iter().map(|id| one("/body".into(), id, "body", Some("image"))));
        refs
    }
}

/// The pictures that a body shows from the media library: `<img src="/media/{id}/…">`.
fn in_html(body: &str) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for picture in pictures(body) {
        let id = picture.src.strip_prefix("/media/").and_then(|rest| rest.split('/').next()?.parse().ok());
        if let Some(id) = id.filter(|id| !ids.contains(id)) {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_the_library_are_found_in_a_body() {
        let id = Uuid::now_v7();
        let body = format!(
            "<p>/media/{}</p><img src=\"/media/{id}/anh.jpg?v=1\" alt=\"x\"><img alt=\"y\" src=\"/media/{id}/thumb.webp\">\
             <img src=\"https://a.example/media/b.jpg\">",
            Uuid::now_v7()
        );
        assert_eq!(in_html(&body), [id]);
    }
}
