//! A temporary table of `seed`, which is there only while a corpus is made.

use diesel::table;

table! {
    // Where terms are put before they are in the form that is searched.
    corpus_terms (publication_id) {
        publication_id -> Uuid,
        terms -> Array<Text>,
    }
}
