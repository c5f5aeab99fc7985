//! What an item is to become: with names instead of ids and files by their content, so that the same item under the same
//! mapping is always the same plan, whatever database it goes into.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::{item::Person, report::Loss};
use crate::{content::Plain, text::hexadecimal};

/// An article to be made, or brought up to date.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The item's number.
    pub item: i64,
    /// Its GUID.
    pub guid: Option<Uuid>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// By whom.
    pub created_by: Option<Person>,
    /// Its states, the oldest first; one at least.
    pub versions: Vec<Version>,
    /// What its readers there add to those here.
    pub views: i64,
    /// In dong; none where nothing says.
    pub royalty: Option<i64>,
    /// Addresses that it had beside that of its list.
    pub addresses: Vec<String>,
    /// Files that its versions show.
    pub files: BTreeMap<Content, File>,
    /// What could not be kept.
    pub losses: Vec<Loss>,
}

/// A state of an item.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// When it was saved.
    pub at: DateTime<Utc>,
    /// By whom.
    #[serde(serialize_with = "as_person")]
    pub by: Person,
    /// Where it stood.
    pub stands: Stands,
    /// What was said of that.
    pub comment: Option<String>,
    /// When it was or is to become public, if later than it was saved.
    pub publish_at: Option<DateTime<Utc>>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it says.
    pub says: Says,
}

/// Where a state of an item stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Stands {
    /// Nobody was asked.
    Draft,
    /// Somebody was.
    Pending,
    /// And said no.
    Denied,
    /// And said yes: it is public, or was, or will be.
    Approved,
}

/// What an article says, by names.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the fields of `Content`")]
pub struct Says {
    pub title: Option<String>,
    pub body: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub author: Option<String>,
    pub category: Option<String>,
    pub article_type: Option<String>,
    pub tags: Vec<String>,
    pub related: Vec<Uuid>,
    pub image: Option<Shows>,
    pub description_image: Option<Shows>,
    pub audio: Option<Shows>,
    pub attachments: Vec<Shows>,
    pub plain: Plain,
}

/// A file as an article shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Shows {
    /// The file.
    pub file: Content,
    /// What a picture shows, or what a file is called.
    pub text: Option<String>,
}

/// A file by what is in it: its digest (SHA-256).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content(pub [u8; 32]);

impl Content {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// What stands in a body for the file until it has an address here. A file of the library looks so too, and none has this id.
    pub fn placeholder(&self) -> String {
        format!("/media/{}/taken-over", self.stand_in())
    }

    /// The id in a placeholder, if an address is one.
    pub fn in_placeholder(address: &str) -> Option<Uuid> {
        address.strip_prefix("/media/")?.strip_suffix("/taken-over")?.parse().ok()
    }

    /// The id in the placeholder.
    pub fn stand_in(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hexadecimal(&self.0))
    }
}

/// Where a file is until it is taken.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is called.
    pub name: String,
    /// Where its bytes are.
    pub bytes: Bytes,
}

/// Where bytes are.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// In a file.
    In(PathBuf),
    /// Here: they stood in a body.
    These(Vec<u8>),
}

fn as_person<S: Serializer>(person: &Person, serializer: S) -> Result<S::Ok, S::Error> {
    (person.id, &person.name, &person.email).serialize(serializer)
}

impl Plan {
    /// Of each version alone, the oldest first.
    pub fn digests(&self) -> Vec<[u8; 32]> {
        self.versions.iter().map(digest).collect()
    }

    /// Of all of it.
    pub fn digest(&self) -> [u8; 32] {
        let Self { item, guid, created: _, created_by: _, versions: _, views, royalty, addresses, files: _, losses: _ } =
            self;
        digest(&(item, guid, self.digests(), views, royalty, addresses))
    }

    /// About how much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        let bodies = self.versions.iter().map(|version| version.says.body.as_ref().map_or(0, String::len));
        let files = self.files.values().map(|file| match &file.bytes {
            Bytes::In(_) => 0,
            Bytes::These(bytes) => bytes.len(),
        });
        bodies.sum::<usize>() + files.sum::<usize>()
    }

    /// Of one version.
    pub fn digest_of(version: &Version) -> [u8; 32] {
        digest(version)
    }
}

fn digest(of: &impl Serialize) -> [u8; 32] {
    // Strings, numbers and dates: there is nothing that JSON could not hold.
    Sha256::digest(serde_json::to_vec(of).unwrap_or_default()).into()
}

/// The article that an item becomes: known before it is made, so that others can point at it. In the order of the list,
/// which is that of its making; the time in it is none of any clock.
pub fn article_id(list: Uuid, item: i64) -> Uuid {
    const FIRST: u64 = 946_684_800_000;
    let millis = FIRST + u64::try_from(item).unwrap_or_default();
    let digest = Sha256::new().chain_update(list).chain_update(item.to_be_bytes()).finalize();
    id(millis, &digest)
}

/// The publication of a version of an article.
pub fn publication_id(article: Uuid, version: &[u8; 32], at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    id(millis, &Sha256::new().chain_update(article).chain_update(version).finalize())
}

fn id(millis: u64, digest: &[u8]) -> Uuid {
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&digest[..10]);
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
