//! The feeds of all categories in one list (OPML 2.0), which readers subscribe to at once.

use std::io;

use actix_web::{HttpRequest, HttpResponse, get};
use diesel::PgConnection;
use quick_xml::Writer;

use super::{
    document::{document, text},
    press::Press,
};
use crate::{
    db::pool::snapshot,
    delivery::taxonomy::{CategoryNode, tree},
    http::{Canonical, Found, Problem, Representation, openapi::PublicList},
};

/// What it is.
const MEDIA_TYPE: &str = "text/x-opml; charset=utf-8";

/// The feeds of all categories, as OPML.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "list_category_feeds",
    responses(
        (status = 200, description = "The feeds, those of the categories below within those above",
         content_type = "text/x-opml", body = String),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/categories.opml")]
pub async fn category_feeds(request: HttpRequest, press: Press) -> Result<HttpResponse, Problem> {
    let answers = press.answers.clone();
    let read = move |conn: &mut PgConnection| {
        let categories = snapshot(conn, tree)?.top;
        let body = document("opml", &[("version", "2.0")], |writer| {
            writer
                .create_element("head")
                .write_inner_content(|writer| text(writer, "title", &press.masthead.name))?
                .create_element("body")
                .write_inner_content(|writer| outlines(writer, &press.canonical, &categories))?;
            Ok(())
        })?;
        Ok(Found::Content(Representation { media_type: MEDIA_TYPE, ..Representation::written(body, []) }))
    };
    answers.answer(&request, &(), read).await
}

fn outlines(writer: &mut Writer<Vec<u8>>, canonical: &Canonical, categories: &[CategoryNode]) -> io::Result<()> {
    for CategoryNode { slug, name, children, .. } in categories {
        let feed = canonical.link(&format!("/feeds/rss.xml?category={slug}"));
        let (name, feed) = (name.as_str(), feed.as_str());
        let attributes = [("text", name), ("title", name), ("type", "rss"), ("version", "RSS2"), ("xmlUrl", feed)];
        let outline = writer.create_element("outline").with_attributes(attributes);
        if children.is_empty() {
            outline.write_empty()?;
        } else {
            outline.write_inner_content(|writer| outlines(writer, canonical, children))?;
        }
    }
    Ok(())
}
