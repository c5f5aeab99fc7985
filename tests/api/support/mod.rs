//! What the tests share: a site of their own, people who work in it, and answers that are held against the contract.

pub mod answer;
pub mod article;
pub mod contract;
pub mod person;
pub mod place;
pub mod postgres;
pub mod s3;
pub mod site;

pub use answer::Answer;
pub use article::an_article;
pub use person::Person;
pub use site::Site;
pub use tintuc::auth::Role::{Accountant, Admin, Approver, Author, Editor};
