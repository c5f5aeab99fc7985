//! From what an editor wrote to a snapshot: text cleaned, names looked up, rules checked, every error at once.

use std::collections::HashSet;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use url::Url;
use uuid::Uuid;

use super::input::{ArticleAuthor, ArticleInput};
use crate::{
    access::Principal,
    content::{Content, MAX_BODY_BYTES, MediaRef},
    db::{
        Tx,
        schema::{article_types, articles, media},
    },
    http::{FieldError, Problem, Text, text},
    media::{intake::Kind, library::store::visible_to},
    taxonomy::{authors, categories, tags},
    text::{clean_body, has_content, is_blank, plain},
};

/// Reads the input as a snapshot. The slug is as written; a free one is found when it is stored. What `before`, the
/// version that is edited, pointed at already may have been purged since: only new links are looked up.
///
/// # Errors
/// `validation_failed` with everything that is wrong.
pub fn resolve(
    tx: &mut Tx<'_>,
    who: &Principal,
    id: Uuid,
    before: Option<&Content>,
    input: ArticleInput,
) -> Result<Content, Problem> {
    let mut errors = Errors(Vec::new());
    check_links(tx, id, before, &input, &mut errors)?;
    let category = match &input.category {
        None => None,
        Some(named) => {
            let found = categories::find(tx.conn, named)?;
            if found.is_none() {
                errors.push("/category", "unknown", text("unknown-category").with("name", named));
            }
            found.map(|category| category.id)
        }
    };
    if let Some(code) = &input.article_type {
        let known: Vec<String> =
            article_types::table.select(article_types::code).order(article_types::code).load(tx.conn)?;
        if !known.contains(code) {
            errors.push("/article_type", "unknown", text("not-allowed").with("allowed", known.join(", ")));
        }
    }
    let author = author(tx, who, input.author, &mut errors)?;
    let title = input.title.map(|title| plain(&title));
    errors.line("/title", title.as_deref(), 300);
    for (pointer, url) in [
        ("/external_url", &input.external_url),
        ("/source/url", &input.source.as_ref().and_then(|source| source.url.clone())),
    ] {
        if url.as_deref().is_some_and(|url| !is_web_url(url)) {
            errors.push(pointer, "invalid_format", text("format-uri"));
        }
    }
    let summary = input.summary.filter(|summary| !is_blank(summary));
    if summary.as_deref().is_some_and(ammonia::is_html) {
        errors.push("/summary", "markup", text("markup"));
    }
    let body = input.body.map(|body| clean_body(&body)).filter(|body| has_content(body));
    if body.as_ref().is_some_and(|body| body.len() > MAX_BODY_BYTES) {
        errors.push("/body", "too_long", text("too-many-bytes").with("limit", MAX_BODY_BYTES));
    }
    for (index, tag) in input.tags.iter().enumerate() {
        if is_blank(tag) {
            errors.push(format!("/tags/{index}"), "too_short", text("too-short").with("limit", 1));
        }
    }
    let mut content = Content {
        title,
        slug: input.slug,
        summary,
        body,
        external_url: input.external_url,
        published_at: input.published_at,
        featured: input.featured,
        author,
        category,
        article_type: input.article_type,
        page_count: input.page_count,
        photo_count: input.photo_count,
        tags: Vec::new(),
        related: input.related,
        translations: input.translations,
        locale: input.locale,
        source: input.source,
        seo: input.seo,
        legacy_id: input.legacy_id,
        image: input.image,
        description_image: input.description_image,
        audio: input.audio,
        attachments: input.attachments,
    };
    check_media(tx, who, before, &content, &mut errors)?;
    errors.into_result()?;
    content.tags = tags::find_or_make(tx, tx.now, &input.tags)?;
    Ok(content)
}

/// The errors found so far.
struct Errors(Vec<FieldError>);

impl Errors {
    fn push(&mut self, pointer: impl Into<String>, code: &'static str, message: Text) {
        self.0.push(FieldError::new(pointer, code, message));
    }

    /// A line of plain text: something must be left of it, and no markup be in it.
    fn line(&mut self, pointer: &str, line: Option<&str>, limit: usize) {
        let Some(line) = line else { return };
        if is_blank(line) {
            self.push(pointer, "too_short", text("too-short").with("limit", 1));
        } else if line.chars().count() > limit {
            self.push(pointer, "too_long", text("too-long").with("limit", limit));
        } else if ammonia::is_html(line) {
            self.push(pointer, "markup", text("markup"));
        }
    }

    fn into_result(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::validation(self.0)) }
    }
}

fn author(
    tx: &mut Tx<'_>,
    who: &Principal,
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
            authors::find_or_make(tx, who.at(tx.now), &named.name, "/author/name").map(|author| Some(author.id))
        }
    }
}

/// An article may point at others that are there when it is written, and not at itself.
fn check_links(
    tx: &mut Tx<'_>,
    id: Uuid,
    before: Option<&Content>,
    input: &ArticleInput,
    errors: &mut Errors,
) -> Result<(), Problem> {
    let mut known: HashSet<Uuid> =
        before.into_iter().flat_map(|before| before.related.iter().chain(&before.translations)).copied().collect();
    let fresh: Vec<Uuid> =
        input.related.iter().chain(&input.translations).filter(|target| !known.contains(target)).copied().collect();
    if !fresh.is_empty() {
        let there = articles::table.filter(articles::id.eq_any(fresh)).select(articles::id);
        known.extend(there.load::<Uuid>(tx.conn)?);
    }
    for (field, targets) in [("related", &input.related), ("translations", &input.translations)] {
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
) -> Result<(), Problem> {
    let refs = content.media(tx.site);
    if refs.is_empty() {
        return Ok(());
    }
    // Locked, so that none is removed before the article is stored.
    let mut known: Vec<(Uuid, Kind)> = media::table
        .filter(media::id.eq_any(refs.iter().map(|used| used.media_id)))
        .select((media::id, media::kind))
        .for_key_share()
        .load(tx.conn)?;
    let old: HashSet<Uuid> = before.iter().flat_map(|before| before.media(tx.site)).map(|used| used.media_id).collect();
    let added: Vec<Uuid> = known.iter().map(|(id, _)| *id).filter(|id| !old.contains(id)).collect();
    if !added.is_empty() {
        let visible: Vec<Uuid> = visible_to(who)?.filter(media::id.eq_any(added)).select(media::id).load(tx.conn)?;
        known.retain(|(id, _)| old.contains(id) || visible.contains(id));
    }
    for MediaRef { pointer, media_id, kind: wanted, .. } in refs {
        match (known.iter().find(|(known, _)| *known == media_id), wanted) {
            (None, _) => errors.push(pointer, "unknown", text("unknown-media")),
            (Some((_, kind)), Some(wanted)) if <&str>::from(kind) != wanted => {
                errors.push(pointer, "wrong_kind", text("wrong-media-kind").with("wanted", wanted));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_web_url(url: &str) -> bool {
    let overlooked = |c: char| c.is_whitespace() || c.is_control();
    !url.contains(overlooked)
        && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
