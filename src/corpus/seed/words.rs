//! What the corpus is written with, read from `words.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

const MATERIAL: &str = include_str!("words.toml");

/// All of it.
#[derive(Deserialize)]
pub struct Words {
    /// Names of districts.
    pub districts: Vec<String>,
    /// Names of communes.
    pub communes: Vec<String>,
    /// The tree, parents before children.
    pub categories: Vec<CategoryPlan>,
    /// Offices that write.
    pub offices: Vec<String>,
    /// Publishers that items are taken over from, with the name of their site.
    pub sources: Vec<(String, String)>,
    /// Tags that fit any article.
    pub tags: Vec<String>,
    /// Titles by article type.
    pub titles: Titles,
    /// What fits any article.
    pub common: Common,
    /// For translations.
    pub english: English,
    /// What fits the categories of one theme.
    pub theme: BTreeMap<String, Theme>,
}

/// A category of the corpus.
#[derive(Deserialize)]
pub struct CategoryPlan {
    /// What readers see.
    pub name: String,
    /// The name of the one above.
    pub parent: Option<String>,
    /// What its articles are about.
    pub theme: String,
    /// Its share of articles.
    pub weight: u32,
}

/// Titles by article type.
#[derive(Deserialize)]
#[expect(missing_docs, reason = "the codes of the article types")]
pub struct Titles {
    pub news: Vec<String>,
    pub announcement: Vec<String>,
    pub document: Vec<String>,
    pub photo_story: Vec<String>,
    pub video: Vec<String>,
}

/// What fits any article.
#[derive(Deserialize)]
pub struct Common {
    /// Summaries.
    pub summaries: Vec<String>,
    /// Sentences that begin an article.
    pub leads: Vec<String>,
    /// Sentences of paragraphs.
    pub sentences: Vec<String>,
    /// What people say.
    pub quotes: Vec<String>,
    /// Headings within bodies.
    pub headings: Vec<String>,
    /// Items of lists.
    pub items: Vec<String>,
    /// Why articles are sent back.
    pub rejections: Vec<String>,
    /// What approvers note.
    pub approvals: Vec<String>,
}

/// For translations.
#[derive(Deserialize)]
pub struct English {
    /// Titles.
    pub titles: Vec<String>,
    /// Summaries.
    pub summaries: Vec<String>,
    /// Sentences of paragraphs.
    pub sentences: Vec<String>,
}

/// What fits the categories of one theme.
#[derive(Deserialize)]
pub struct Theme {
    /// What translations say it is about.
    pub english: String,
    /// The offices in charge, which write most of it.
    pub offices: Vec<String>,
    /// What articles are about.
    pub matters: Vec<String>,
    /// Titles of news, each for the matter in the same place.
    pub titles: Vec<String>,
    /// Sentences of paragraphs.
    pub sentences: Vec<String>,
    /// Tags, the commonest first.
    pub tags: Vec<String>,
}

impl Words {
    /// Reads the material.
    ///
    /// # Errors
    /// Where it is not complete; a test reads it.
    pub fn read() -> Result<Self, toml::de::Error> {
        toml::from_str(MATERIAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_has_a_theme_and_stands_below_one_that_was_named_before() {
        let words = Words::read().expect("the material");
        for (place, category) in words.categories.iter().enumerate() {
            assert!(words.theme.contains_key(&category.theme), "{}", category.name);
            let known = |parent: &String| words.categories[..place].iter().any(|above| above.name == *parent);
            assert!(category.parent.as_ref().is_none_or(known), "{}", category.name);
        }
        for theme in words.theme.values() {
            assert!(theme.titles.len() <= theme.matters.len());
            assert!(theme.offices.iter().all(|office| words.offices.contains(office)));
        }
    }
}
