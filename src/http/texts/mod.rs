//! Messages for people, in Vietnamese and English, kept as Fluent resources beside this file.

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The languages that messages exist in; the first is what a client gets that names none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// Picks by `Accept-Language` (RFC 9110, section 12.5.4); an absent or unreadable header means Vietnamese.
    pub fn accepted(header: &actix_web::http::header::AcceptLanguage) -> Self {
        header
            .ranked()
            .iter()
            .find_map(|preference| {
                let tag = preference.item()?;
                match tag.primary_language() {
                    "vi" => Some(Self::Vi),
                    "en" => Some(Self::En),
                    _ => None,
                }
            })
            .unwrap_or_default()
    }
}

/// A message that has not yet been put into a language: the key of a Fluent message and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    key: Cow<'static, str>,
    arguments: Vec<(&'static str, String)>,
}

/// The message with this key; [`Text::with`] adds arguments.
pub fn text(key: impl Into<Cow<'static, str>>) -> Text {
    Text { key: key.into(), arguments: Vec::new() }
}

impl Text {
    /// Adds the value of the placeable `name`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }

    /// The message in `language`. A key that is not in the resource shows as itself; a test forbids that.
    pub fn in_language(&self, language: Language) -> String {
        let bundle = match language {
            Language::Vi => &*VIETNAMESE,
            Language::En => &*ENGLISH,
        };
        let Some(pattern) = bundle.get_message(&self.key).and_then(|message| message.value()) else {
            return self.key.to_string();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in &self.arguments {
            arguments.set(*name, value.as_str());
        }
        bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }
}

type Bundle = FluentBundle<FluentResource>;

static VIETNAMESE: LazyLock<Bundle> = LazyLock::new(|| bundle("vi", include_str!("vi.ftl")));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle("en", include_str!("en.ftl")));

fn bundle(language: &str, source: &str) -> Bundle {
    // What parsed is used even if a message in the file is broken: a test reads both files whole.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks are for mixed-direction text; neither language needs them, and they surprise clients.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator;

    use super::*;
    use crate::http::Code;

    fn keys(source: &str) -> BTreeSet<&str> {
        assert!(FluentResource::try_new(source.to_owned()).is_ok(), "a message does not parse");
        source
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        assert_eq!(keys(include_str!("vi.ftl")), keys(include_str!("en.ftl")));
    }

    #[test]
    fn every_code_has_a_title() {
        let keys = keys(include_str!("en.ftl"));
        for code in Code::iter() {
            assert!(keys.contains(code.title_key().as_str()), "{code:?} has no title");
        }
    }

    #[test]
    fn arguments_are_filled_in() {
        let message = text("too-long").with("limit", 300).in_language(Language::Vi);
        assert!(message.contains("300"), "{message}");
    }

    /// Every key that the code names is in the resources: the sources are searched, so that none is forgotten.
    #[test]
    fn every_key_in_the_code_exists() {
        let keys = keys(include_str!("en.ftl"));
        let mut missing = Vec::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("sources").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let source = std::fs::read_to_string(&path).expect("source");
                    for (at, call) in source.match_indices("text(\"") {
                        let other_function =
                            source[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
                        let key = source[at + call.len()..].split('"').next().unwrap_or_default();
                        if !other_function && !keys.contains(key) {
                            missing.push(format!("{key} in {}", path.display()));
                        }
                    }
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
