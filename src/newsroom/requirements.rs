//! What an article needs before it can be reviewed: drafts may be incomplete, submissions may not.

use crate::{
    content::Content,
    http::{FieldError, Problem, text},
    text::pictures,
};

/// Everything that `submit` still misses.
pub fn missing(content: &Content) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut require = |there: bool, pointer: &str| {
        if !there {
            errors.push(FieldError::new(pointer, "required", text("required")));
        }
    };
    require(content.title.is_some(), "/title");
    require(content.category.is_some(), "/category");
    require(content.article_type.is_some(), "/article_type");
    require(content.body.is_some() || content.plain.external_url.is_some(), "/body");
    for (pointer, picture) in [("/image/alt", &content.image), ("/description_image/alt", &content.description_image)] {
        let described = |alt: &Option<String>| alt.as_ref().is_some_and(|alt| !alt.trim().is_empty());
        require(picture.as_ref().is_none_or(|picture| described(&picture.alt)), pointer);
    }
    // Most bodies have none, and need not be taken apart to say so: cleaned ones write their tags in one way.
    let with_pictures = content.body.as_deref().filter(|body| body.contains("<img"));
    for picture in with_pictures.map(pictures).unwrap_or_default() {
        if picture.alt.trim().is_empty() {
            errors.push(FieldError::new("/body", "alt_required", text("alt-required").with("src", picture.src)));
        }
    }
    errors
}

/// Refuses an article that misses something.
///
/// # Errors
/// `validation_failed` with all that it misses.
pub fn check(content: &Content) -> Result<(), Problem> {
    let errors = missing(content);
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}
