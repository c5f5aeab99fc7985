//! What the tests share: a site of their own, people who work in it, and answers that are held against the contract.

pub mod answer;
pub mod article;
pub mod authenticator;
pub mod contract;
pub mod device;
pub mod files;
pub mod mirror;
pub mod people;
pub mod person;
pub mod place;
pub mod postgres;
pub mod provider;
pub mod receiver;
pub mod refused;
pub mod s3;
pub mod site;
pub mod stable;

pub use answer::Answer;
pub use article::an_article;
pub use device::Device;
pub use person::Person;
pub use receiver::Receiver;
pub use refused::refused;
pub use site::Site;
pub use stable::stable;
pub use tintuc::access::Role::{Accountant, Admin, Approver, Author, Editor};

/// The moment so many minutes from now, as JSON has it.
pub fn in_minutes(minutes: i64) -> String {
    (chrono::Utc::now() + chrono::Duration::minutes(minutes)).to_rfc3339()
}
