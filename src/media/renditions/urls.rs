//! The addresses of files. They hold a part of the content's digest, so that they change when the bytes do.

use serde::Serialize;
use strum::IntoEnumIterator;
use url::form_urlencoded::byte_serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Focal, Format, Preset, dimensions};
use crate::media::{intake::Kind, renditions as rendition};
use crate::{http::reply::Linked, text::hexadecimal};

/// A file, as far as its addresses depend on it.
#[derive(Clone, Debug)]
pub struct FileRef<'a> {
    /// The media record.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub file_name: &'a str,
    /// The digest of its bytes.
    pub sha256: &'a [u8],
    /// In pixels, for pictures.
    pub size: Option<(u32, u32)>,
    /// Where the eye goes.
    pub focal: Option<Focal>,
}

/// A picture in another size or format, ready for `srcset`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Rendition)]
pub struct RenditionLink {
    /// What it is for.
    preset: Preset,
    /// Where it is.
    #[schema(example = "/media/01a20cb6-6a62-72d0-b72f-3033d6f4b10f/card.webp?v=9f86d081884c7d65")]
    url: String,
    /// Its format.
    #[schema(example = "image/webp")]
    mime_type: &'static str,
    /// In pixels.
    #[schema(minimum = 1, example = 640)]
    width: u32,
    /// In pixels.
    #[schema(minimum = 1, example = 427)]
    height: u32,
}

impl Linked for RenditionLink {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.url);
    }
}

/// What an address means by the name in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The file itself, by its own name.
    File,
    /// A rendition.
    Rendition(Preset, Format),
    /// The file, by a name that is not, or no longer, its own.
    Another,
    /// A rendition that there is none of.
    Nothing,
}

impl FileRef<'_> {
    /// Where the file itself is.
    pub fn url(&self) -> String {
        // A form's encoding of bytes, but for the space, which is a plus only in queries.
        let name: String = byte_serialize(self.own_name().as_bytes()).collect();
        format!("/media/{}/{}?v={}", self.id, name.replace('+', "%20"), self.version(None))
    }

    /// Where its renditions are; a file that is no picture has none.
    pub fn renditions(&self) -> Vec<RenditionLink> {
        let (Kind::Image, Some(size)) = (self.kind, self.size) else { return Vec::new() };
        let mut links = Vec::new();
        for preset in Preset::iter() {
            let (width, height) = dimensions(size, preset);
            for format in Format::iter() {
                let url = self.rendition(preset, format);
                links.push(RenditionLink { preset, url, mime_type: format.mime(), width, height });
            }
        }
        links
    }

    /// What a name means in an address of this file: as it came, without percent encoding.
    pub fn named(&self, name: &str) -> Named {
        if let Some((preset, format)) = rendition::named(name).filter(|_| self.kind == Kind::Image) {
            return Named::Rendition(preset, format);
        }
        if name == self.own_name() {
            return Named::File;
        }
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        if stem.to_ascii_lowercase().parse::<Preset>().is_ok() { Named::Nothing } else { Named::Another }
    }

    /// Whether a name is of a format that only renditions of this file have.
    pub fn asks_for_another_format(&self, name: &str) -> bool {
        let extension = |name: &str| name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        extension(name).is_some_and(|it| it.parse::<Format>().is_ok()) && extension(name) != extension(self.file_name)
    }

    /// The right address of what a name means. None of a rendition that there is none of.
    pub fn right(&self, name: Named) -> Option<String> {
        match name {
            Named::File | Named::Another => Some(self.url()),
            Named::Rendition(preset, format) => Some(self.rendition(preset, format)),
            Named::Nothing => None,
        }
    }

    /// What the parameter `v` is in addresses of this file or of a rendition: it tells revisions apart, as far as their
    /// bytes differ.
    pub fn version(&self, preset: Option<Preset>) -> String {
        // The focal point changes what is cropped, and so the bytes.
        let focal = preset.map(|preset| focal_name(preset, self.focal)).unwrap_or_default();
        format!("{}{focal}", hexadecimal(self.sha256.get(..8).unwrap_or_default()))
    }

    /// A picture that was called as a rendition is must not be taken for one; the name in addresses is for people.
    fn own_name(&self) -> String {
        let other = if rendition::named(self.file_name).is_some() { "tep-" } else { "" };
        format!("{other}{}", self.file_name)
    }

    fn rendition(&self, preset: Preset, format: Format) -> String {
        let (name, extension) = (<&str>::from(preset), <&str>::from(format));
        format!("/media/{}/{name}.{extension}?v={}", self.id, self.version(Some(preset)))
    }
}

/// What the focal point adds to the name of a rendition: nothing where it makes no difference.
pub fn focal_name(preset: Preset, focal: Option<Focal>) -> String {
    match (preset, focal) {
        (Preset::Share, Some((x, y))) => format!("-{:.0}-{:.0}", x * 1000.0, y * 1000.0),
        _ => String::new(),
    }
}

/// The name under which the storage keeps a rendition, among those of the same content.
pub fn kept_as(preset: Preset, format: Format, focal: Option<Focal>) -> String {
    format!("{}{}.{}", <&str>::from(preset), focal_name(preset, focal), <&str>::from(format))
}
