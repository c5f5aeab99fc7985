//! Small XML documents, written element by element.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::xml;
use crate::http::Problem;

/// What XML is that has no type of its own.
pub const MEDIA_TYPE: &str = "application/xml; charset=utf-8";

/// The document with this element at its root.
///
/// # Errors
/// `internal` where it cannot be written.
pub fn document(
    root: &str,
    attributes: &[(&str, &str)],
    content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>,
) -> Result<Vec<u8>, Problem> {
    let mut writer = Writer::new(Vec::new());
    let declaration = Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None));
    writer.write_event(declaration).map_err(Problem::internal)?;
    let root = writer.create_element(root).with_attributes(attributes.iter().copied());
    root.write_inner_content(content).map_err(Problem::internal)?;
    Ok(xml::clean(writer.into_inner()))
}

/// An element that holds text.
///
/// # Errors
/// Those of the writer.
pub fn text(writer: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(text))?;
    Ok(())
}
