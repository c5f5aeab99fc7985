//! From what an editor wrote to a snapshot: text cleaned, names looked up, rules checked, every error at once.

use std::collections::HashSet;

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, dsl::exists};
use uuid::Uuid;

use super::input::{ArticleAuthor, ArticleInput, OwnInput};
use crate::{
    access::{By, Permission, Principal, Subject},
    content::{Content, Errors, MAX_BODY_BYTES, MediaRef},
    db::{
        Tx,
        schema::{article_types, articles, media, published_articles},
    },
    http::{Problem, text},
    media::library::{
        revisions::{Shown, newest},
        store::visible_to,
    },
    newsroom::files::leading_to,
    taxonomy::{authors, categories, tags},
    text::{clean_body_with, has_content, is_blank, plain},
};

/// Reads the input as a snapshot. The slug is as written; a free one is found when it is stored. What `before`, the
/// version that is edited, pointed at already may have been purged since: only new links are looked up. With it come the
/// files that it shows, which are the newest; the body leads to these.
///
/// # Errors
/// `validation_failed` with everything that is wrong.
pub fn resolve(
    tx: &mut Tx<'_>,
    by: By<'_>,
    id: Uuid,
    before: Option<&Content>,
    input: ArticleInput,
) -> Result<(Content, Vec<Shown>), Problem> {
    let mut errors = Errors::default();
    let ArticleInput { own, plain: plain_fields } = input;
    let OwnInput {
        title,
        slug,
        body,
        published_at,
        author: author_input,
        category: category_input,
        article_type,
        related,
        translations,
        tags: tag_names,
        image,
        description_image,
        audio,
        attachments,
    } = own;
    check_links(tx, by.who, id, before, &related, &translations, &mut errors)?;
    let category = category(tx, category_input.as_deref(), &mut errors)?;
    check_type(tx, article_type.as_deref(), &mut errors)?;
    let author = author(tx, by, author_input, &mut errors)?;
    let title = title.map(|title| plain(&title));
    errors.line("/title", title.as_deref(), 300);
    let plain_fields = plain_fields.cleaned(&mut errors);
    // What is stored was cleaned when it came. A patch of the title must not change the body because rules have changed.
    let body = match before {
        Some(before) if before.body == body => body,
        _ => body.map(|body| clean_body_with(&body, tx.players)).filter(|body| has_content(body)),
    };
    for (index, tag) in tag_names.iter().enumerate() {
        if is_blank(tag) {
            errors.push(format!("/tags/{index}"), "too_short", text("too-short").with("limit", 1));
        }
    }
    let mut content = Content {
        title,
        slug,
        body,
        published_at,
        author,
        category,
        article_type,
        tags: Vec::new(),
        related,
        translations,
        image,
        description_image,
        audio,
        attachments,
        plain: plain_fields,
    };
    let files = check_media(tx, by.who, before, &content, &mut errors)?;
    content.body = content.body.map(|body| leading_to(&files, &body, tx.site));
    if content.body.as_ref().is_some_and(|body| body.len() > MAX_BODY_BYTES) {
        errors.push("/body", "too_long", text("too-many-bytes").with("limit", MAX_BODY_BYTES));
    }
    errors.into_result()?;
    content.tags = tags::find_or_make(tx, by.at, &tag_names)?;
    Ok((content, files))
}

fn category(tx: &mut Tx<'_>, named: Option<&str>, errors: &mut Errors) -> Result<Option<Uuid>, Problem> {
    let Some(named) = named else { return Ok(None) };
    let found = categories::find(tx.conn, named)?;
    if found.is_none() {
        errors.push("/category", "unknown", text("unknown-category").with("name", named));
    }
    Ok(found.map(|category| category.id))
}

fn check_type(tx: &mut Tx<'_>, code: Option<&str>, errors: &mut Errors) -> Result<(), Problem> {
    let Some(code) = code else { return Ok(()) };
    let known: Vec<String> =
        article_types::table.select(article_types::code).order(article_types::code).load(tx.conn)?;
    if !known.iter().any(|known| known == code) {
        errors.push("/article_type", "unknown", text("not-allowed").with("allowed", known.join(", ")));
    }
    Ok(())
}

fn author(
    tx: &mut Tx<'_>,
    by: By<'_>,
    input: Option<ArticleAuthor>,
    errors: &mut Errors,
) -> Result<Option<Uuid>, Problem> {
    match input {
        None => Ok(None),
        Some(ArticleAuthor::Id(id)) => {
            let found = authors::by_id(tx.conn, id)?;
            if found.is_none() {
                errors.push("/author", "unknown", text("unknown-author"));
            }
            Ok(found.map(|author| author.id))
        }
        Some(ArticleAuthor::Named(named)) if is_blank(&named.name) => {
            errors.push("/author/name", "too_short", text("too-short").with("limit", 1));
            Ok(None)
        }
        Some(ArticleAuthor::Named(named)) => {
            authors::find_or_make(tx, by, &named.name, "/author/name").map(|author| Some(author.id))
        }
    }
}

/// An article may point at others that whoever writes it knows of: that they may read, or that are public. And not at
/// itself.
fn check_links(
    tx: &mut Tx<'_>,
    who: &Principal,
    id: Uuid,
    before: Option<&Content>,
    related: &[Uuid],
    translations: &[Uuid],
    errors: &mut Errors,
) -> Result<(), Problem> {
    let mut known: HashSet<Uuid> =
        before.into_iter().flat_map(|before| before.related.iter().chain(&before.translations)).copied().collect();
    let fresh: Vec<Uuid> =
        related.iter().chain(translations).filter(|target| !known.contains(target)).copied().collect();
    if !fresh.is_empty() {
        let visible = published_articles::starts_at
            .le(tx.now)
            .and(published_articles::ends_at.is_null().or(published_articles::ends_at.assume_not_null().gt(tx.now)));
        let public = published_articles::table.filter(published_articles::article_id.eq(articles::id)).filter(visible);
        let there: Vec<(Uuid, Subject, bool)> = articles::table
            .filter(articles::id.eq_any(fresh))
            .select((articles::id, (articles::created_by, articles::category_id), exists(public)))
            .load(tx.conn)?;
        let known_of = there.into_iter().filter(|(_, subject, public)| *public || who.may(Permission::Read, *subject));
        known.extend(known_of.map(|(id, ..)| id));
    }
    for (field, targets) in [("related", related), ("translations", translations)] {
        for (index, target) in targets.iter().enumerate() {
            let pointer = format!("/{field}/{index}");
            if *target == id {
                errors.push(pointer, "itself", text("links-to-itself"));
            } else if !known.contains(target) {
                errors.push(pointer, "unknown", text("unknown-article"));
            } else if targets[..index].contains(target) {
                errors.push(pointer, "repeated", text("repeated-item"));
            }
        }
    }
    Ok(())
}

/// The files that an article uses are there, of the kind that fits, and known to who adds them: using a file shows it.
fn check_media(
    tx: &mut Tx<'_>,
    who: &Principal,
    before: Option<&Content>,
    content: &Content,
    errors: &mut Errors,
) -> Result<Vec<Shown>, Problem> {
    let refs = content.media(tx.site);
    if refs.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = newest(tx, &refs.iter().map(|used| used.media_id).collect::<Vec<_>>())?;
    let old: HashSet<Uuid> = before.iter().flat_map(|before| before.media(tx.site)).map(|used| used.media_id).collect();
    let added: Vec<Uuid> = known.iter().map(|file| file.media_id).filter(|id| !old.contains(id)).collect();
    if !added.is_empty() {
        let visible: Vec<Uuid> = visible_to(who)?.filter(media::id.eq_any(added)).select(media::id).load(tx.conn)?;
        known.retain(|file| old.contains(&file.media_id) || visible.contains(&file.media_id));
    }
    for MediaRef { pointer, media_id, kind: wanted, .. } in refs {
        match (known.iter().find(|known| known.media_id == media_id), wanted) {
            (None, _) => errors.push(pointer, "unknown", text("unknown-media")),
            (Some(file), Some(wanted)) if <&str>::from(file.kind) != wanted => {
                errors.push(pointer, "wrong_kind", text("wrong-media-kind").with("wanted", wanted));
            }
            _ => {}
        }
    }
    Ok(known)
}
