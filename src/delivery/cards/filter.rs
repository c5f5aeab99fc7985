//! Which articles a list holds, and the conditions that this is in SQL.

use chrono::{DateTime, Utc};
use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::AstPass,
    sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

/// Which articles a list holds. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this category, or below.
    pub category: Option<Uuid>,
    /// With any of these tags.
    pub tags: Option<Vec<Uuid>>,
    /// Of this type, by code.
    pub article_type: Option<String>,
    /// By this author.
    pub author: Option<Uuid>,
    /// Featured, or not.
    pub featured: Option<bool>,
    /// Dated at this moment or later.
    pub published_after: Option<DateTime<Utc>>,
    /// Dated before this moment.
    pub published_before: Option<DateTime<Utc>>,
    /// In this language.
    pub locale: Option<String>,
}

/// A condition whose articles an index has in the order of their dates: a list walks one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Those that bear the one tag.
    Tag,
    /// Those that bear any of several: a range for each, merged.
    Tags,
    /// Those in the category or below.
    Category,
    /// Those by the author.
    Author,
    /// Those of the type.
    ArticleType,
    /// Those in the language.
    Locale,
    /// Those that are featured.
    Featured,
}

/// The view to read where this range is walked.
pub(super) fn source(walked: Option<Range>) -> &'static str {
    match walked {
        Some(Range::Tag | Range::Tags) => "delivery.shown_by_tag a",
        Some(Range::Category) => "delivery.shown_by_category a",
        _ => "delivery.shown a",
    }
}

/// A range, and as which facet and values the numbers of its articles are kept.
pub type Counted = (Range, &'static str, Vec<String>);

impl Filter {
    /// The ranges that a list may walk.
    pub fn ranges(&self) -> Vec<Counted> {
        let Self { category, tags, article_type, author, featured, locale, .. } = self;
        let tags = tags.as_ref().map(|tags| {
            let range = if tags.len() == 1 { Range::Tag } else { Range::Tags };
            (range, "tag", tags.iter().map(Uuid::to_string).collect())
        });
        let ranges = [
            tags,
            category.map(|id| (Range::Category, "category", vec![id.to_string()])),
            author.map(|id| (Range::Author, "author", vec![id.to_string()])),
            article_type.clone().map(|code| (Range::ArticleType, "type", vec![code])),
            locale.clone().map(|tag| (Range::Locale, "locale", vec![tag])),
            featured.filter(|featured| *featured).map(|_| (Range::Featured, "featured", vec!["true".to_owned()])),
        ];
        ranges.into_iter().flatten().collect()
    }

    /// Writes the conditions on `a`, beginning with `WHERE`. What is not walked is written so that no index answers it:
    /// the planner, which does not know the values, would take one for the other.
    pub(super) fn write<'b>(&'b self, walked: Option<Range>, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let equals = |range: Range| if walked == Some(range) { " = " } else { " IS NOT DISTINCT FROM " };
        out.push_sql(" WHERE true");
        match self.tags.as_deref() {
            None => {}
            Some([only]) if walked == Some(Range::Tag) => {
                out.push_sql(" AND a.with_tag = ");
                out.push_bind_param::<SqlUuid, _>(only)?;
            }
            Some([only]) => {
                out.push_sql(
                    " AND EXISTS (SELECT FROM delivery.article_tags t \
                     WHERE t.publication_id = a.publication_id AND t.tag_id = ",
                );
                out.push_bind_param::<SqlUuid, _>(only)?;
                out.push_sql(" OFFSET 0)");
            }
            Some(_) if walked == Some(Range::Tags) => out.push_sql(" AND a.with_tag = wanted.tag"),
            Some(several) if walked.is_some() => {
                out.push_sql(
                    " AND EXISTS (SELECT FROM delivery.article_tags t \
                     WHERE t.publication_id = a.publication_id AND t.tag_id = ANY(",
                );
                out.push_bind_param::<Array<SqlUuid>, _>(several)?;
                out.push_sql(") OFFSET 0)");
            }
            Some(several) => {
                out.push_sql(
                    " AND a.publication_id IN (SELECT publication_id FROM delivery.article_tags WHERE tag_id = ANY(",
                );
                out.push_bind_param::<Array<SqlUuid>, _>(several)?;
                out.push_sql("))");
            }
        }
        if let Some(category) = &self.category {
            if walked == Some(Range::Category) {
                out.push_sql(" AND a.in_category = ");
                out.push_bind_param::<SqlUuid, _>(category)?;
            } else {
                out.push_sql(
                    " AND EXISTS (SELECT FROM delivery.article_categories c \
                     WHERE c.publication_id = a.publication_id AND c.category_id = ",
                );
                out.push_bind_param::<SqlUuid, _>(category)?;
                out.push_sql(" OFFSET 0)");
            }
        }
        if let Some(code) = &self.article_type {
            out.push_sql(" AND a.article_type");
            out.push_sql(equals(Range::ArticleType));
            out.push_bind_param::<Text, _>(code)?;
        }
        if let Some(author) = &self.author {
            out.push_sql(" AND a.author_id");
            out.push_sql(equals(Range::Author));
            out.push_bind_param::<SqlUuid, _>(author)?;
        }
        match self.featured {
            None => {}
            // Written out, for the index is a partial one.
            Some(true) => out.push_sql(" AND a.featured"),
            Some(false) => out.push_sql(" AND NOT a.featured"),
        }
        if let Some(after) = &self.published_after {
            out.push_sql(" AND a.published_at >= ");
            out.push_bind_param::<Timestamptz, _>(after)?;
        }
        if let Some(before) = &self.published_before {
            out.push_sql(" AND a.published_at < ");
            out.push_bind_param::<Timestamptz, _>(before)?;
        }
        if let Some(locale) = &self.locale {
            out.push_sql(" AND a.locale");
            out.push_sql(equals(Range::Locale));
            out.push_bind_param::<Text, _>(locale)?;
        }
        Ok(())
    }
}
