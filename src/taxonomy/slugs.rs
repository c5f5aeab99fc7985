//! The one way to claim a slug, for an article, a category or a tag; and how articles let go of theirs.

use std::collections::HashSet;

use diesel::{
    BoolExpressionMethods, CombineDsl, ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryResult,
    RunQueryDsl,
    dsl::{exists, not},
    sql_types::{Array, Text},
};
use uuid::Uuid;

use crate::{
    db::{
        Tx,
        schema::{articles, categories, former_category_slugs, public_slugs, slugs, tags},
    },
    http::{Problem, text},
    text::Slug,
};

diesel::define_sql_function! {
    /// Waits for a lock that is held to the end of the transaction. It answers nothing, and is not asked.
    fn pg_advisory_xact_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

diesel::define_sql_function! {
    /// A number for a text, always the same.
    fn hashtextextended(text: diesel::sql_types::Text, seed: diesel::sql_types::BigInt) -> diesel::sql_types::BigInt;
}

/// What bears a slug that no other of its kind may have.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// An article, which may have back what it has or had.
    Article(Uuid),
    /// A category, which may have back what it has or had.
    Category(Uuid),
    /// A tag.
    Tag,
}

/// What slug is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// This one, or none.
    Exactly(&'a Slug),
    /// This one, or with the lowest number that makes it free: `thong-bao`, `thong-bao-2`, `thong-bao-3`.
    Like(&'a Slug),
}

/// A slug that is free, and stays so for this transaction: whoever wants one like it waits. To store it is the
/// caller's part.
///
/// # Errors
/// `conflict` where exactly this one is wanted and taken.
pub fn claim(tx: &mut Tx<'_>, of: Of, wanted: Wanted<'_>) -> Result<Slug, Problem> {
    let (Wanted::Exactly(slug) | Wanted::Like(slug)) = wanted;
    let (from, to) = numbered(slug);
    let stem = from.trim_end_matches('-');
    let kind = match of {
        Of::Article(_) => 1,
        Of::Category(_) => 2,
        Of::Tag => 3,
    };
    diesel::select(pg_advisory_xact_lock(hashtextextended(stem, kind))).execute(tx.conn)?;
    let taken = taken(tx, of, slug, &from, &to)?;
    match wanted {
        Wanted::Exactly(slug) if taken.contains(slug.as_str()) => {
            Err(Problem::taken("/slug", text("slug-taken").with("slug", slug.as_str())))
        }
        Wanted::Exactly(slug) => Ok(slug.clone()),
        Wanted::Like(slug) => Ok(first_free(slug, &taken)),
    }
}

/// A free slug for each of these articles to come, in their order, each as with [`Wanted::Like`].
pub fn claim_all(tx: &mut Tx<'_>, wanted: &[Slug]) -> Result<Vec<Slug>, Problem> {
    #[derive(diesel::QueryableByName)]
    struct Taken {
        #[diesel(sql_type = Text)]
        slug: String,
    }
    let (from, to): (Vec<String>, Vec<String>) = wanted.iter().map(numbered).unzip();
    let mut stems: Vec<&str> = from.iter().map(|from| from.trim_end_matches('-')).collect();
    // In one order, so that two who claim many do not wait for each other.
    stems.sort_unstable();
    stems.dedup();
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended(stem, 1)) FROM unnest($1) AS stem")
        .bind::<Array<Text>, _>(stems)
        .execute(tx.conn)?;
    let taken: Vec<Taken> = diesel::sql_query(
        "SELECT s.slug FROM unnest($1, $2, $3) AS w (slug, low, high) CROSS JOIN LATERAL (\
         SELECT slug FROM slugs WHERE slug = w.slug UNION ALL SELECT slug FROM slugs WHERE slug BETWEEN w.low AND w.high) s",
    )
    .bind::<Array<Text>, _>(wanted.iter().map(Slug::as_str).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(from)
    .bind::<Array<Text>, _>(to)
    .load(tx.conn)?;
    let mut taken: HashSet<String> = taken.into_iter().map(|taken| taken.slug).collect();
    let claimed = wanted.iter().map(|slug| {
        let free = first_free(slug, &taken);
        taken.insert(free.to_string());
        free
    });
    Ok(claimed.collect())
}

/// Lets go of what a locked article holds for nothing: slugs that its working copy does not bear, under which the public
/// never saw it and is not to see it either. Others may claim them again.
pub fn release(tx: &mut Tx<'_>, article: Uuid) -> Result<(), Problem> {
    let borne = articles::table.filter(articles::id.eq(article)).filter(articles::slug.eq(slugs::slug.nullable()));
    let public = public_slugs::table.filter(public_slugs::slug.eq(slugs::slug));
    let unused =
        slugs::table.filter(slugs::article_id.eq(article)).filter(not(exists(borne))).filter(not(exists(public)));
    diesel::delete(unused).execute(tx.conn)?;
    Ok(())
}

/// The slug and its numbered forms, as far as others have them.
fn taken(tx: &mut Tx<'_>, of: Of, slug: &Slug, from: &str, to: &str) -> QueryResult<HashSet<String>> {
    macro_rules! among {
        ($table:ident) => {
            $table::table.filter($table::slug.eq(slug.as_str()).or($table::slug.between(from, to))).select($table::slug)
        };
    }
    let taken: Vec<String> = match of {
        Of::Article(id) => among!(slugs).filter(slugs::article_id.ne(id)).load(tx.conn)?,
        Of::Category(id) => {
            let present = among!(categories).filter(categories::id.ne(id));
            let former = among!(former_category_slugs).filter(former_category_slugs::category_id.ne(id));
            present.union(former).load(tx.conn)?
        }
        Of::Tag => among!(tags).load(tx.conn)?,
    };
    Ok(taken.into_iter().collect())
}

/// `wanted`, or with the lowest number that makes it free.
pub fn first_free(wanted: &Slug, taken: &HashSet<String>) -> Slug {
    let numbered = (2..).map(|number| wanted.numbered(number));
    let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
    candidates.find(|slug| !taken.contains(slug.as_str())).unwrap_or_else(|| wanted.clone())
}

/// The bounds, in byte order, between which the numbered forms of a slug lie and little else.
fn numbered(wanted: &Slug) -> (String, String) {
    let second = wanted.numbered(2).to_string();
    let stem = second.trim_end_matches('2');
    // A colon is what follows the digits.
    (stem.to_owned(), format!("{stem}:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(wanted: &str, taken: &[&str]) -> String {
        let taken = taken.iter().map(|slug| (*slug).to_owned()).collect();
        first_free(&wanted.parse().expect("a slug"), &taken).to_string()
    }

    #[test]
    fn the_lowest_free_number_is_taken() {
        assert_eq!(free("thong-bao", &[]), "thong-bao");
        assert_eq!(free("thong-bao", &["thong-bao", "thong-bao-2", "thong-bao-4"]), "thong-bao-3");
        assert_eq!(free("thong-bao", &["thong-bao-2"]), "thong-bao");
    }

    #[test]
    fn numbered_forms_lie_between_the_bounds_even_of_the_longest_slug() {
        for wanted in ["tin", "tin-2", &"a".repeat(120)] {
            let wanted: Slug = wanted.parse().expect("a slug");
            let (from, to) = numbered(&wanted);
            for number in [2, 9, 10, 99] {
                let form = wanted.numbered(number).to_string();
                assert!(from < form && form < to, "{form} is not between {from} and {to}");
            }
        }
    }
}
