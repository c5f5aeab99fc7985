//! Which part of the articles somebody follows.

use std::collections::HashMap;

use diesel::{CombineDsl, ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    db::schema::delivery::{categories, merged_tags, tags_told},
    delivery::{listing, renamed, store},
    http::{Problem, depends::Key},
};

/// The part as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Part {
    /// In this category or below, by slug.
    pub category: Option<String>,
    /// With any of these tags, by slug.
    pub tags: Option<Vec<String>>,
    /// Of this type, by code.
    pub article_type: Option<String>,
    /// In this language.
    pub locale: Option<String>,
}

/// What a part names, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The category, if there is one of that slug.
    pub category: Option<Uuid>,
    /// The tags.
    pub tags: Vec<Uuid>,
}

/// A part with what it names looked up.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// What it names now.
    pub names: Names,
    /// What an article has to be filed under, all of it, beside what is named.
    pub all: Vec<String>,
    /// And of which any: the category, if one is asked for.
    pub category: Option<Vec<String>>,
    /// And of which any: the tags, if some are.
    pub tags: Option<Vec<String>>,
}

/// A part that is followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// What it is now.
    pub now: Named,
    /// What it is or was: what is in here and not in that is to be removed.
    pub ever: Named,
}

impl Part {
    /// The part that these parameters ask for; several tags are a comma list.
    pub fn of(
        category: Option<String>,
        tag: Option<&str>,
        article_type: Option<String>,
        locale: Option<String>,
    ) -> Self {
        let mut tags = listing::tags(tag);
        if let Some(tags) = &mut tags {
            tags.sort_unstable();
            tags.dedup();
        }
        Self { category, tags, article_type, locale }
    }

    /// What a token is bound to.
    pub fn name(&self) -> String {
        let Self { category, tags, article_type, locale } = self;
        format!("sync {:?}", (category, tags, article_type, locale))
    }

    /// Looks up what it names: three statements at most.
    pub fn named(&self, conn: &mut PgConnection) -> Result<Named, Problem> {
        let category = self.category.as_deref().map(|slug| category(conn, slug)).transpose()?;
        let tags = self.tags.as_deref().map(|slugs| tags(conn, slugs)).transpose()?;
        let own = [self.article_type.as_deref().map(Key::article_type), self.locale.as_deref().map(Key::locale)];
        let keys = |ids: &[Uuid], key: fn(Uuid) -> Key| ids.iter().copied().map(key).map(owned).collect();
        Ok(Named {
            all: own.into_iter().flatten().map(owned).collect(),
            category: category.map(|id| keys(id.as_slice(), Key::category)),
            tags: tags.as_deref().map(|ids| keys(ids, Key::tag)),
            names: Names { category: category.flatten(), tags: tags.unwrap_or_default() },
        })
    }
}

fn owned(key: Key) -> String {
    key.as_str().to_owned()
}

/// The category that has this slug, or the one that had it before where none has it now.
fn category(conn: &mut PgConnection, slug: &str) -> Result<Option<Uuid>, Problem> {
    if let Some(id) = store::category(conn, slug)? {
        return Ok(Some(id));
    }
    renamed::present(conn, slug)?.map_or(Ok(None), |slug| store::category(conn, &slug))
}

/// The tags with these slugs, also those that nothing public bears any more: what was under them has to be removed.
fn tags(conn: &mut PgConnection, slugs: &[String]) -> Result<Vec<Uuid>, Problem> {
    let merged = merged_tags::table.filter(merged_tags::slug.eq_any(slugs)).select(merged_tags::merged_into);
    Ok(tags_told::table.filter(tags_told::slug.eq_any(slugs)).select(tags_told::id).union(merged).load(conn)?)
}

/// What categories and tags are called, now: by slug, the key of each that has it.
#[derive(Debug, Default)]
pub struct Called {
    categories: HashMap<String, String>,
    tags: HashMap<String, String>,
}

impl Called {
    /// What those of these keys are called that are categories and tags. Two statements.
    ///
    /// # Errors
    /// Those of the database.
    pub fn of<'k>(conn: &mut PgConnection, keys: impl Iterator<Item = &'k String> + Clone) -> Result<Self, Problem> {
        let ids = |kind: &str| -> Vec<Uuid> {
            keys.clone().filter_map(|key| Uuid::parse_str(key.strip_prefix(kind)?).ok()).collect()
        };
        let (above, borne) = (ids("category/"), ids("tag/"));
        let filed = categories::table.filter(categories::id.eq_any(above));
        let filed = filed.select((categories::slug, categories::id)).load::<(String, Uuid)>(conn)?;
        let merged = merged_tags::table.filter(merged_tags::merged_into.eq_any(borne.clone()));
        let merged = merged.select((merged_tags::slug, merged_tags::merged_into));
        let tags = tags_told::table.filter(tags_told::id.eq_any(borne)).select((tags_told::slug, tags_told::id));
        let tags = tags.union(merged).load::<(String, Uuid)>(conn)?;
        let called = |ids: Vec<(String, Uuid)>, key: fn(Uuid) -> Key| {
            ids.into_iter().map(|(slug, id)| (slug, owned(key(id)))).collect()
        };
        Ok(Self { categories: called(filed, Key::category), tags: called(tags, Key::tag) })
    }

    /// Whether a part names something by a slug that was not there, or was another's, when the part was looked up.
    pub fn is_news_to(&self, part: &Part, named: &Named) -> bool {
        let unknown = |called: &HashMap<String, String>, slug: &String, known: &Option<Vec<String>>| {
            called.get(slug).is_some_and(|key| known.as_ref().is_some_and(|known| !known.contains(key)))
        };
        part.category.iter().any(|slug| unknown(&self.categories, slug, &named.category))
            || part.tags.iter().flatten().any(|slug| unknown(&self.tags, slug, &named.tags))
    }
}

impl Named {
    /// Whether something is in the part that is filed under these.
    pub fn holds(&self, filed: &[String]) -> bool {
        let any = |wanted: &Option<Vec<String>>| {
            wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|key| filed.contains(key)))
        };
        self.all.iter().all(|key| filed.contains(key)) && any(&self.category) && any(&self.tags)
    }

    /// The same part by what it named before, too: what was in it then has to be removed.
    #[must_use]
    pub fn and_before(&self, before: &Names) -> Self {
        let mut both = self.clone();
        for (keys, ids, key) in [
            (&mut both.category, before.category.as_slice(), Key::category as fn(Uuid) -> Key),
            (&mut both.tags, before.tags.as_slice(), Key::tag),
        ] {
            let Some(keys) = keys else { continue };
            let before = ids.iter().copied().map(key).map(owned);
            let more: Vec<String> = before.filter(|key| !keys.contains(key)).collect();
            keys.extend(more);
        }
        both.names.category = both.names.category.or(before.category);
        both.names.tags.extend(before.tags.iter().copied().filter(|tag| !self.names.tags.contains(tag)));
        both
    }

    /// Whether nothing is followed but what there is none of.
    pub fn is_nothing(&self) -> bool {
        [&self.category, &self.tags].into_iter().any(|keys| keys.as_ref().is_some_and(Vec::is_empty))
    }

    /// Whether it is all articles.
    pub fn is_all(&self) -> bool {
        self.all.is_empty() && self.category.is_none() && self.tags.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filed(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn a_part_holds_what_is_filed_under_all_that_it_asks_for_and_any_of_its_tags() {
        let (all, category) = (filed(&["locale/vi"]), Some(filed(&["category/a"])));
        let part = Named { all, category, tags: Some(filed(&["tag/1", "tag/2"])), ..Named::default() };
        assert!(part.holds(&filed(&["category/a", "locale/vi", "tag/2", "type/news"])));
        assert!(!part.holds(&filed(&["category/a", "locale/vi", "tag/3"])));
        assert!(!part.holds(&filed(&["category/a", "tag/1"])));
        assert!(Named::default().holds(&[]));
        assert!(!Named { category: Some(vec![]), ..Named::default() }.holds(&filed(&["category/a"])));
    }

    #[test]
    fn what_it_named_before_is_followed_until_it_is_removed() {
        let [now, then] = [1, 2].map(Uuid::from_u128);
        let names = Names { category: None, tags: vec![now] };
        let part = Named { tags: Some(vec![owned(Key::tag(now))]), names, ..Named::default() };
        let both = part.and_before(&Names { category: Some(then), tags: vec![then] });
        assert!(both.holds(&[owned(Key::tag(then))]) && both.holds(&[owned(Key::tag(now))]));
        assert!(!part.holds(&[owned(Key::tag(then))]));
        assert_eq!(both.names, Names { category: Some(then), tags: vec![now, then] });
        assert!(both.category.is_none(), "nobody asked for one");
    }

    #[test]
    fn tokens_are_bound_to_the_part_however_it_is_written() {
        let part = |tag: &str| Part::of(None, Some(tag), None, None);
        assert_eq!(part("b, a,a").name(), part("a,b").name());
        assert_eq!(part(" ,"), Part::default());
        assert_ne!(part("a").name(), Part::default().name());
        assert_ne!(
            Part::of(Some("a".into()), None, None, None).name(),
            Part::of(None, None, Some("a".into()), None).name()
        );
    }
}
