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
    /// With these terms of the search index, as a `tsquery`.
    pub terms: Option<String>,
}

impl Filter {
    /// The view to read: where one category or one tag is asked for, the one that has it in the index's first column.
    pub(super) fn source(&self) -> &'static str {
        match (&self.tags, self.category) {
            (Some(tags), _) if tags.len() == 1 => "delivery.shown_by_tag a",
            (None, Some(_)) => "delivery.shown_by_category a",
            _ => "delivery.shown a",
        }
    }

    /// Writes the conditions on `a`, beginning with `WHERE`.
    pub(super) fn write<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" WHERE true");
        match self.tags.as_deref() {
            None => {}
            Some([only]) => {
                out.push_sql(" AND a.with_tag = ");
                out.push_bind_param::<SqlUuid, _>(only)?;
            }
            Some(several) => {
                out.push_sql(
                    " AND a.publication_id IN (SELECT publication_id FROM delivery.article_tags WHERE tag_id = ANY(",
                );
                out.push_bind_param::<Array<SqlUuid>, _>(several)?;
                out.push_sql("))");
            }
        }
        match (&self.category, &self.tags) {
            (None, _) => {}
            (Some(category), None) => {
                out.push_sql(" AND a.in_category = ");
                out.push_bind_param::<SqlUuid, _>(category)?;
            }
            (Some(category), Some(_)) => {
                out.push_sql(
                    " AND EXISTS (SELECT FROM delivery.article_categories c \
                     WHERE c.publication_id = a.publication_id AND c.category_id = ",
                );
                out.push_bind_param::<SqlUuid, _>(category)?;
                out.push_sql(")");
            }
        }
        if let Some(code) = &self.article_type {
            out.push_sql(" AND a.article_type = ");
            out.push_bind_param::<Text, _>(code)?;
        }
        if let Some(author) = &self.author {
            out.push_sql(" AND a.author_id = ");
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
            out.push_sql(" AND a.locale = ");
            out.push_bind_param::<Text, _>(locale)?;
        }
        if let Some(terms) = &self.terms {
            out.push_sql(" AND a.publication_id IN (SELECT publication_id FROM delivery.search_terms WHERE terms @@ ");
            out.push_bind_param::<Text, _>(terms)?;
            out.push_sql("::tsquery)");
        }
        Ok(())
    }
}
