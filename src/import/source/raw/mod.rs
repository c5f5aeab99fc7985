//! Files as they are: letters, JSON, tables and folders, before anybody asks what is in them.

pub mod folder;
pub mod letters;
pub mod refused;
pub mod stream;
pub mod table;
