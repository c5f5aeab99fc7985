//! From what a plan says to what a version keeps: names and files by their ids here.

use std::{cell::RefCell, collections::HashSet};

use super::{
    files::{Kept, Library},
    names::Names,
    plan::{Content as FileContent, Plan, Says, Shows},
    report::{Loss, LossCode},
};
use crate::{
    access::By,
    content::{Content, MediaUse, Picture},
    db::Tx,
    http::Problem,
    media::intake::Kind,
    text::{EMPTIED, clean_body_with, has_content, is_blank, pictures, with_addresses},
};

/// What an article is filed under where nothing says.
const NO_CATEGORY: &str = "Chưa phân loại";

/// The content of a version; and what of its files the library did not take.
pub fn content(
    tx: &mut Tx<'_>,
    by: By<'_>,
    names: &mut Names,
    library: &Library,
    says: &Says,
    losses: &mut Vec<Loss>,
) -> Result<Content, Problem> {
    let Says {
        title,
        body,
        published_at,
        author,
        category,
        article_type,
        tags,
        related,
        image,
        description_image,
        audio,
        attachments,
        plain,
    } = says;
    let author = match author {
        Some(name) => Some(names.author(tx, by, name)?),
        None => None,
    };
    let category = names.category(tx, by, category.as_deref().unwrap_or(NO_CATEGORY))?;
    let mut files = Files { library, losses };
    let picture = |shows: &Option<Shows>, field, files: &mut Files<'_>| {
        let shows = shows.as_ref()?;
        let kept = files.of_kind(field, &shows.file, Some(Kind::Image))?;
        Some(Picture { media_id: kept.id, alt: shows.text.clone(), caption: None })
    };
    let named = |shows: &Shows, kept: &Kept| MediaUse {
        media_id: kept.id,
        title: shows.text.clone().filter(|text| !is_blank(text)).map(|text| text.chars().take(300).collect()),
    };
    let attachments = attachments.iter().filter_map(|shows| {
        let kept = files.of_kind("attachments", &shows.file, None)?;
        Some(named(shows, kept))
    });
    let attachments = attachments.collect();
    let audio = audio.as_ref().and_then(|shows| {
        let kept = files.of_kind("audio", &shows.file, Some(Kind::Audio))?;
        Some(named(shows, kept))
    });
    Ok(Content {
        title: title.clone(),
        slug: None,
        body: body.as_ref().map(|body| files.in_body(tx, body)).filter(|body| has_content(body)),
        published_at: *published_at,
        author,
        category: Some(category),
        article_type: article_type.clone(),
        tags: names.tags(tx, by, tags)?,
        related: related.clone(),
        translations: Vec::new(),
        image: picture(image, "image", &mut files),
        description_image: picture(description_image, "description_image", &mut files),
        audio,
        attachments,
        plain: plain.clone(),
    })
}

/// The files of a plan, and those that were not taken.
struct Files<'a> {
    library: &'a Library,
    losses: &'a mut Vec<Loss>,
}

impl Files<'_> {
    fn of_kind(&mut self, field: &str, file: &FileContent, kind: Option<Kind>) -> Option<&Kept> {
        let why = match self.library.get(file) {
            Some(Ok(kept)) if kind.is_none_or(|kind| kept.kind == kind) => return Some(kept),
            Some(Ok(kept)) => format!("{} is of another kind", kept.url),
            Some(Err(reason)) => reason.clone(),
            // Nothing is taken by who only tries.
            None => return None,
        };
        let loss = Loss::new(LossCode::MediaMissing, field, &why);
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
        None
    }

    /// A body that leads to its files where they are here. A picture that was not taken leaves nothing.
    fn in_body(&mut self, tx: &Tx<'_>, body: &str) -> String {
        let shown: HashSet<String> = pictures(body).into_iter().map(|picture| picture.src).collect();
        let places = RefCell::new(Vec::new());
        with_addresses(body, |address| {
            if let Some(stand_in) = FileContent::in_placeholder(address) {
                // Nothing is taken by who only tries.
                let file = self.library.keys().find(|file| file.stand_in() == stand_in);
                let kind = shown.contains(address).then_some(Kind::Image);
                places.borrow_mut().push((address.to_owned(), file.copied(), kind));
            }
            None
        });
        let mut urls = Vec::new();
        for (address, file, kind) in places.into_inner() {
            let url = file.and_then(|file| self.of_kind("body", &file, kind).map(|kept| kept.url.clone()));
            urls.push((address, url.unwrap_or_else(|| EMPTIED.to_owned())));
        }
        let led =
            with_addresses(body, |address| urls.iter().find(|(place, _)| place == address).map(|(_, url)| url.clone()));
        if led.contains(EMPTIED) { clean_body_with(&led, tx.players) } else { led }
    }
}

/// What a plan's versions need that none but an editor can give, if they are to be public.
pub fn lacks(plan: &Plan, content: &Content) -> Option<Loss> {
    let missing = if content.title.is_none() {
        "title"
    } else if content.body.is_none() && content.plain.external_url.is_none() {
        "body"
    } else {
        return None;
    };
    Some(Loss::new(LossCode::NotPublished, missing, &format!("#{}", plan.item)))
}
