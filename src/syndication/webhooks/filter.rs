//! What a receiver is told of something that happened: what it is to them, who may follow a part of the articles only. Pure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a webhook may be told of.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[schema(as = WebhookEvent)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Kind {
    /// An article appears.
    #[serde(rename = "article.published")]
    #[strum(serialize = "article.published")]
    Published,
    /// Another version takes the place of the one that was public.
    #[serde(rename = "article.updated")]
    #[strum(serialize = "article.updated")]
    Updated,
    /// An article is no longer public.
    #[serde(rename = "article.unpublished")]
    #[strum(serialize = "article.unpublished")]
    Unpublished,
    /// An article is urgent from now on.
    #[serde(rename = "article.urgent")]
    #[strum(serialize = "article.urgent")]
    Urgent,
}

crate::text_enum!(Kind);

/// Where an article is filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The category.
    pub category: Uuid,
    /// The code of the type.
    pub article_type: String,
}

/// Something that happened to what the public sees of an article.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Where it was filed before; nowhere where it was not public.
    pub before: Option<Filed>,
    /// Where it is from then on.
    pub after: Option<Filed>,
    /// Whether it is urgent from then on.
    pub urgent: bool,
    /// Why it is not public from then on.
    pub reason: Option<String>,
}

/// What a webhook is limited to.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// These events.
    pub events: HashSet<Kind>,
    /// A category and all below it.
    pub categories: Option<HashSet<Uuid>>,
    /// A type.
    pub article_type: Option<String>,
}

/// What a receiver is told: what it is to them, and why, of what is no longer theirs to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The event.
    pub kind: Kind,
    /// `withdrawn`, `expired`, `deleted`, or `moved` out of what they follow.
    pub reason: Option<String>,
}

impl Limits {
    fn hold(&self, filed: Option<&Filed>) -> bool {
        filed.is_some_and(|filed| {
            self.categories.as_ref().is_none_or(|categories| categories.contains(&filed.category))
                && self.article_type.as_ref().is_none_or(|article_type| *article_type == filed.article_type)
        })
    }

    /// What its receiver is told of this. An article that comes into what they follow appears to them, and one that leaves it is
    /// gone.
    pub fn told(&self, happened: &Happening) -> Vec<Told> {
        let (was, is) = (self.hold(happened.before.as_ref()), self.hold(happened.after.as_ref()));
        let plain = |kind| Told { kind, reason: None };
        let mut told = match (was, is) {
            (false, false) => return Vec::new(),
            (false, true) => vec![plain(Kind::Published)],
            (true, true) => vec![plain(Kind::Updated)],
            (true, false) => {
                let reason = happened.reason.clone().unwrap_or_else(|| "moved".to_owned());
                vec![Told { kind: Kind::Unpublished, reason: Some(reason) }]
            }
        };
        if is && happened.urgent {
            told.push(plain(Kind::Urgent));
        }
        told.retain(|told| self.events.contains(&told.kind));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWS: Uuid = Uuid::from_u128(1);
    const SPORTS: Uuid = Uuid::from_u128(2);

    fn filed(category: Uuid, article_type: &str) -> Option<Filed> {
        Some(Filed { category, article_type: article_type.to_owned() })
    }

    fn told(limits: &Limits, before: Option<Filed>, after: Option<Filed>, urgent: bool) -> Vec<String> {
        let reason = after.is_none().then(|| "expired".to_owned());
        let told = limits.told(&Happening { before, after, urgent, reason });
        told.into_iter()
            .map(|Told { kind, reason }| {
                format!("{} {}", <&str>::from(kind), reason.unwrap_or_default()).trim().to_owned()
            })
            .collect()
    }

    fn all() -> HashSet<Kind> {
        HashSet::from([Kind::Published, Kind::Updated, Kind::Unpublished, Kind::Urgent])
    }

    #[test]
    fn who_follows_everything_is_told_what_happened() {
        let limits = Limits { events: all(), ..Limits::default() };
        let news = || filed(NEWS, "news");
        assert_eq!(told(&limits, None, news(), false), ["article.published"]);
        assert_eq!(told(&limits, news(), filed(SPORTS, "news"), false), ["article.updated"]);
        assert_eq!(told(&limits, news(), None, false), ["article.unpublished expired"]);
        assert_eq!(told(&limits, news(), news(), true), ["article.updated", "article.urgent"]);
    }

    #[test]
    fn who_follows_a_part_is_told_what_comes_into_it_and_leaves_it() {
        for limits in [
            Limits { categories: Some(HashSet::from([NEWS])), ..Limits::default() },
            Limits { article_type: Some("news".to_owned()), ..Limits::default() },
        ] {
            let limits = Limits { events: all(), ..limits };
            let (inside, outside) = (|| filed(NEWS, "news"), || filed(SPORTS, "video"));
            assert_eq!(told(&limits, outside(), inside(), false), ["article.published"]);
            assert_eq!(told(&limits, inside(), outside(), true), ["article.unpublished moved"]);
            assert_eq!(told(&limits, inside(), None, false), ["article.unpublished expired"]);
            assert!(told(&limits, outside(), None, false).is_empty());
            assert!(told(&limits, None, outside(), true).is_empty());
        }
    }

    #[test]
    fn nobody_is_told_of_what_they_did_not_ask_for() {
        let limits = Limits { events: HashSet::from([Kind::Urgent]), ..Limits::default() };
        assert!(told(&limits, None, filed(NEWS, "news"), false).is_empty());
        assert_eq!(told(&limits, None, filed(NEWS, "news"), true), ["article.urgent"]);
    }
}
