//! The content type "Tin Tức Mở Rộng": what an article says, as a version keeps it. docs/api.md, The content type, says
//! what each field is. Both sides know these types; where an article stands is not among them.
//!
//! - [`plain`]: the fields that are alike in every form; [`article`]: all of them, as they are stored.
//! - [`parts`]: what fields are made of; [`refs`]: what articles are filed under and signed with.
//! - [`media`]: the files that an article uses.

pub mod article;
pub mod errors;
pub mod media;
pub mod parts;
pub mod plain;
pub mod refs;

pub use article::{CONTENT_TYPE, Content, MAX_BODY_BYTES};
pub use errors::Errors;
pub use media::MediaRef;
pub use parts::{Correction, MediaUse, Picture, Seo, Source};
pub use plain::{Plain, PlainInput, joined_answer};
pub use refs::{ArticleTypeRef, AuthorRef, CategoryRef, KeyRef, UserRef};
