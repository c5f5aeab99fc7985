//! An article as it is shown where somebody shares it: the Open Graph protocol (<https://ogp.me>).

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::told::Source;

/// A property, in the order in which a page has them: those of a picture stand behind it.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenGraphProperty)]
pub struct Property {
    /// Its name.
    #[schema(example = "og:title")]
    property: &'static str,
    /// What it says: plain text, to be escaped as an attribute.
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    content: String,
}

/// The properties of an article.
pub(super) fn of(source: &Source<'_>) -> Vec<Property> {
    let Source { told, audio, address, canonical, publisher, .. } = *source;
    let mut properties = Vec::new();
    let mut say = |property, content: Option<String>| {
        properties.extend(content.map(|content| Property { property, content }));
    };
    say("og:type", Some("article".to_owned()));
    say("og:title", Some(told.headline().to_owned()));
    say("og:description", told.description().map(str::to_owned));
    say("og:url", Some(address.to_owned()));
    say("og:site_name", publisher.name.clone());
    say("og:locale", Some(locale(&told.locale)));
    if let Some(picture) = told.picture() {
        match picture.to_share() {
            Some(cut) => {
                say("og:image", Some(canonical.link(&cut.url)));
                say("og:image:type", Some(cut.mime_type.clone()));
                say("og:image:width", Some(cut.width.to_string()));
                say("og:image:height", Some(cut.height.to_string()));
            }
            None => {
                say("og:image", Some(canonical.link(&picture.url)));
                say("og:image:type", Some(picture.mime_type.clone()));
                say("og:image:width", picture.width.map(|width| width.to_string()));
                say("og:image:height", picture.height.map(|height| height.to_string()));
            }
        }
        say("og:image:alt", picture.alt.clone());
    }
    if let Some(audio) = audio {
        say("og:audio", Some(canonical.link(&audio.url)));
        say("og:audio:type", Some(audio.mime_type.clone()));
    }
    say("article:published_time", Some(moment(told.published_at)));
    say("article:modified_time", Some(moment(told.last_published_at)));
    say("article:expiration_time", told.expires_at.map(moment));
    say("article:section", Some(told.category.name.clone()));
    for tag in &told.tags {
        say("article:tag", Some(tag.clone()));
    }
    properties
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A language as Open Graph has it, with a territory: `vi_VN`. Where a tag names none, that of most who read it.
fn locale(tag: &str) -> String {
    let territory = match tag {
        "vi" => "VN",
        "en" => "US",
        "lo" => "LA",
        "km" => "KH",
        "zh" => "CN",
        "th" => "TH",
        "fr" => "FR",
        "ja" => "JP",
        "ko" => "KR",
        "ru" => "RU",
        _ => return tag.replace('-', "_"),
    };
    format!("{tag}_{territory}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_their_territories() {
        assert_eq!(["vi", "en", "en-GB", "tay"].map(locale), ["vi_VN", "en_US", "en_GB", "tay"]);
    }
}
