//! All old addresses of public articles and where they lead, for a server in front.
//!
//! Rows are read one by one and written as they come.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use diesel::{PgConnection, QueryDsl, QueryableByName, RunQueryDsl, pg::PgRowByRowLoadingMode, sql_query, sql_types};
use uuid::Uuid;

use crate::{
    db::schema::delivery::legacy_lists,
    http::{Canonical, canonical::Addressed, table::harmless},
};

/// As what they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Maps for nginx.
    Nginx,
    /// A table: `old,new`.
    Csv,
}

/// What hinders.
#[derive(Debug, thiserror::Error)]
pub enum RedirectsError {
    /// The database.
    #[error("cannot read the old addresses: {0}")]
    Database(#[from] diesel::result::Error),
    /// Whatever is written to.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    /// The list that was asked for.
    #[error("nothing was imported from the list {0}")]
    NoList(Uuid),
}

/// What is said on top of the maps.
const HOW_TO: &str = r#"# Old addresses and where they lead, for nginx. Write this file anew whenever articles have been published or renamed.
#
#   http {
#       include /etc/nginx/tintuc-redirects.conf;   # this file
#       server {
#           …
#           if ($tintuc_new) { return 308 $tintuc_new; }
#       }
#   }
#
# Addresses are compared without regard to case (of letters of ASCII), escapes and other parameters. For whatever else an old
# address may look like, have the service asked, which knows all of it:
#   location ~* \.aspx$ { return 307 /api/v1/legacy?url=$tintuc_asked; }
# with `$tintuc_asked` the escaped `$request_uri`. If nginx says that it could not build a map, raise the sizes below.
map_hash_max_size 262144;
map_hash_bucket_size 512;
"#;

/// Where an item of a list is now.
#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = sql_types::Uuid)]
    list_id: Uuid,
    #[diesel(sql_type = sql_types::BigInt)]
    item_id: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    address: Option<String>,
    #[diesel(sql_type = sql_types::Uuid)]
    article_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    slug: String,
    #[diesel(sql_type = sql_types::Text)]
    category: String,
}

// In SQL by hand, for both are read row by row, and sorted as bytes are whatever the order of the database is.
const ITEMS: &str = r"
    SELECT i.list_id, i.item_id, NULL::text AS address, a.article_id, a.slug, c.slug AS category
      FROM delivery.legacy_items i
           JOIN delivery.articles a USING (article_id)
           JOIN delivery.categories c ON c.id = a.category_id
     WHERE i.list_id = $1 ORDER BY i.item_id";
const ADDRESSES: &str = r"
    SELECT o.list_id, o.item_id, o.address, a.article_id, a.slug, c.slug AS category
      FROM delivery.legacy_addresses o
           JOIN delivery.legacy_items i ON i.list_id = o.list_id AND i.item_id = o.item_id
           JOIN delivery.articles a USING (article_id)
           JOIN delivery.categories c ON c.id = a.category_id
     WHERE o.list_id = ANY($1) ORDER BY o.address COLLATE ucs_basic, o.list_id, o.item_id";

/// A list that was imported.
type List = (Uuid, Option<String>, Vec<String>);

/// Writes all old addresses, or those of one list, and says how many.
///
/// # Errors
/// See [`RedirectsError`].
pub fn write(
    conn: &mut PgConnection,
    canonical: &Canonical,
    form: Form,
    only: Option<Uuid>,
    out: &mut impl Write,
) -> Result<u64, RedirectsError> {
    conn.build_transaction().read_only().repeatable_read().run(|conn| {
        let columns = (legacy_lists::list_id, legacy_lists::folder, legacy_lists::patterns);
        let mut lists: Vec<List> = legacy_lists::table.order(legacy_lists::list_id).select(columns).load(conn)?;
        if let Some(only) = only {
            lists.retain(|(list, ..)| *list == only);
            if lists.is_empty() {
                return Err(RedirectsError::NoList(only));
            }
        }
        let count = match form {
            Form::Nginx => nginx(conn, canonical, &lists, out)?,
            Form::Csv => csv(conn, canonical, &lists, out)?,
        };
        out.flush()?;
        Ok(count)
    })
}

fn nginx(
    conn: &mut PgConnection,
    canonical: &Canonical,
    lists: &[List],
    out: &mut impl Write,
) -> Result<u64, RedirectsError> {
    out.write_all(HOW_TO.as_bytes())?;
    let mut count = 0;
    let is_only = lists.len() == 1;
    for (number, (list, folder, patterns)) in (1..).zip(lists) {
        writeln!(out, "\n# List {list}: the number that an address names, and where that is now.")?;
        writeln!(out, "map \"$uri?$arg_id&$arg_listid\" $tintuc_id_{number} {{\n    default \"\";")?;
        let mut form = |regex: &str| writeln!(out, "    \"~*{regex}\" $tintuc_n;");
        match folder {
            Some(folder) => {
                let folder = regex(folder.trim_end_matches('/'));
                form(&format!("^{folder}/(?:.*/)?(?:dispform|listform)\\.aspx\\?(?<tintuc_n>[0-9]+)&"))?;
            }
            // Nobody knows where it was: whatever looks like an item is one of the only list.
            None if is_only => form("/(?:dispform|listform)\\.aspx\\?(?<tintuc_n>[0-9]+)&")?,
            None => {}
        }
        form(&format!("/listform\\.aspx\\?(?<tintuc_n>[0-9]+)&(?:\\{{|%7B)?{list}(?:\\}}|%7D)?$"))?;
        for pattern in patterns.iter().filter_map(|pattern| pattern_as_regex(pattern)) {
            form(&format!("^{pattern}\\?"))?;
        }
        writeln!(out, "}}\nmap $tintuc_id_{number} $tintuc_item_{number} {{\n    default \"\";")?;
        let rows = sql_query(ITEMS).bind::<sql_types::Uuid, _>(list);
        for row in rows.load_iter::<Moved, PgRowByRowLoadingMode>(conn)? {
            let row = row?;
            writeln!(out, "    {} \"{}\";", row.item_id, quoted(&row.to(canonical)))?;
            count += 1;
        }
        writeln!(out, "}}")?;
    }
    writeln!(out, "\n# Pages of libraries, and addresses that a column held.")?;
    writeln!(out, "map $uri $tintuc_page {{\n    default \"\";")?;
    let mut last = String::new();
    let ids: Vec<Uuid> = lists.iter().map(|(list, ..)| *list).collect();
    let rows = sql_query(ADDRESSES).bind::<sql_types::Array<sql_types::Uuid>, _>(ids);
    for row in rows.load_iter::<Moved, PgRowByRowLoadingMode>(conn)? {
        let row = row?;
        // A map takes each once; what has two meanings has the first, as nobody can be asked.
        let Some(address) = row.address.as_deref().filter(|address| *address != last) else { continue };
        if !address.contains(char::is_control) {
            writeln!(out, "    \"{}\" \"{}\";", quoted(address), quoted(&row.to(canonical)))?;
            count += 1;
        }
        address.clone_into(&mut last);
    }
    let items: String = (1..).zip(lists).map(|(number, _): (u32, _)| format!(" $tintuc_item_{number}")).collect();
    writeln!(out, "}}\n\n# The first that is known.\nmap \"$tintuc_page{items}\" $tintuc_new {{\n    default \"\";")?;
    writeln!(out, "    \"~^ *(?<tintuc_first>[^ ]+)\" $tintuc_first;\n}}")?;
    Ok(count)
}

fn csv(
    conn: &mut PgConnection,
    canonical: &Canonical,
    lists: &[List],
    out: &mut impl Write,
) -> Result<u64, RedirectsError> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let written = |error: csv::Error| RedirectsError::Output(error.into());
    table.write_record(["old", "new"]).map_err(written)?;
    let mut count = 0;
    let folders: HashMap<Uuid, &str> =
        lists.iter().filter_map(|(list, folder, _)| Some((*list, folder.as_deref()?.trim_end_matches('/')))).collect();
    for (list, ..) in lists {
        // Without its folder an item has no address of its own, but the one that names the list.
        let rows = sql_query(ITEMS).bind::<sql_types::Uuid, _>(list);
        for row in rows.load_iter::<Moved, PgRowByRowLoadingMode>(conn)? {
            let row = row?;
            let old = match folders.get(&row.list_id) {
                Some(folder) => format!("{folder}/DispForm.aspx?ID={}", row.item_id),
                None => format!("/_layouts/15/listform.aspx?PageType=4&ListId={{{list}}}&ID={}", row.item_id),
            };
            table.write_record([harmless(&old), row.to(canonical)]).map_err(written)?;
            count += 1;
        }
    }
    let ids: Vec<Uuid> = lists.iter().map(|(list, ..)| *list).collect();
    let rows = sql_query(ADDRESSES).bind::<sql_types::Array<sql_types::Uuid>, _>(ids);
    for row in rows.load_iter::<Moved, PgRowByRowLoadingMode>(conn)? {
        let row = row?;
        table
            .write_record([harmless(row.address.as_deref().unwrap_or_default()), row.to(canonical)])
            .map_err(written)?;
        count += 1;
    }
    table.flush()?;
    Ok(count)
}

impl Moved {
    fn to(&self, canonical: &Canonical) -> String {
        canonical.page(Addressed { id: self.article_id, slug: &self.slug, category: &self.category })
    }
}

/// A text between quotation marks of nginx.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A text as a regular expression between quotation marks of nginx that matches it alone.
fn regex(text: &str) -> String {
    let mut regex = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '"' => regex.push_str("\\x22"),
            '\\' => regex.push_str("\\x5C"),
            '$' => regex.push_str("\\x24"),
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' => regex.extend(['\\', c]),
            c => regex.push(c),
        }
    }
    regex
}

/// A pattern of the mapping as a regular expression; none of one that names no number.
fn pattern_as_regex(pattern: &str) -> Option<String> {
    let (before, after) = pattern.split_once("{id}")?;
    let part = |text: &str| text.split("{any}").map(regex).collect::<Vec<_>>().join("[^/]+");
    Some(format!("{}(?<tintuc_n>[0-9]+){}", part(before), part(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_regular_expression_that_means_no_more() {
        assert_eq!(
            pattern_as_regex("/tin-tuc/{any}-{id}.html").as_deref(),
            Some("/tin-tuc/[^/]+-(?<tintuc_n>[0-9]+)\\.html")
        );
        assert_eq!(pattern_as_regex("/a\"$(x)/{id}").as_deref(), Some("/a\\x22\\x24\\(x\\)/(?<tintuc_n>[0-9]+)"));
        assert_eq!(pattern_as_regex("/tin-tuc/{any}"), None);
    }
}
