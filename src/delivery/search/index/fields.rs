//! How an article stands in the index.

use chrono::{DateTime, Utc};
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;

use crate::delivery::search::terms::{self, BETWEEN, Document, Terms};

/// The numbers of an article, by which it is ordered and told from others, by the names of their columns.
pub const PUBLISHED_AT: &str = "published_at";
pub const LAST_PUBLISHED_AT: &str = "last_published_at";
pub const ID_HIGH: &str = "id_high";
pub const ID_LOW: &str = "id_low";
pub const PRINT: &str = "print";

/// The fields of the index. Terms of two words are apart, so that the beginning of a word meets words only.
#[derive(Clone, Copy)]
pub struct Fields {
    words: Field,
    pairs: Field,
    published_at: Field,
    last_published_at: Field,
    id_high: Field,
    id_low: Field,
    print: Field,
}

impl Fields {
    /// The fields and the schema that they make.
    pub fn new() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let known = TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let known = TextOptions::default().set_indexing_options(known);
        let number = || NumericOptions::from(FAST);
        let fields = Self {
            words: schema.add_text_field("words", known.clone()),
            pairs: schema.add_text_field("pairs", known),
            published_at: schema.add_i64_field(PUBLISHED_AT, number()),
            last_published_at: schema.add_i64_field(LAST_PUBLISHED_AT, number()),
            id_high: schema.add_u64_field(ID_HIGH, number()),
            id_low: schema.add_u64_field(ID_LOW, number()),
            print: schema.add_i64_field(PRINT, number()),
        };
        (fields, schema.build())
    }

    /// A term where it is kept.
    pub fn term(self, term: &str) -> Term {
        Term::from_field_text(if term.contains(BETWEEN) { self.pairs } else { self.words }, term)
    }

    /// What only this article has.
    pub fn article(self, id: Uuid) -> Term {
        self.term(&format!("id:{id}"))
    }

    /// An article as the index takes it.
    pub fn document(self, document: &Document) -> TantivyDocument {
        let Terms { words, pairs } = terms::of(document);
        let (id_high, id_low) = document.article_id.as_u64_pair();
        let mut out = TantivyDocument::default();
        out.add_text(self.words, words);
        out.add_text(self.pairs, pairs);
        out.add_i64(self.published_at, micros(document.published_at));
        out.add_i64(self.last_published_at, micros(document.last_published_at));
        out.add_u64(self.id_high, id_high);
        out.add_u64(self.id_low, id_low);
        out.add_i64(self.print, document.print);
        out
    }
}

/// A time as the index has it: as exact as the database's.
pub fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}
