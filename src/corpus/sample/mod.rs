//! The newsroom that a first run shows: a dozen articles of a province's portal, in every state, and people to
//! sign in as. It goes through the same functions as everything that editors write.

mod files;

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use chrono::TimeDelta;
use diesel::{BoolExpressionMethods, QueryDsl, RunQueryDsl, dsl::exists};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    access::{By, Principal, Role, password, people},
    db::{
        Newsroom, Tx,
        schema::{articles, users},
    },
    http::{MergePatch, Problem, schema},
    media::{
        intake::Intake,
        library::{description::Description, store},
    },
    newsroom::{
        Transition,
        article::Case,
        articles::{input::ArticleInput, write},
        workflow::steps::{TransitionInput, take},
    },
    taxonomy::categories::{self, CategoryInput},
};

use files::Files;

const MATERIAL: &str = include_str!("newsroom.json");

/// Where the sign-ins are kept, in the data directory: lines that a shell can read.
const SIGN_INS: &str = "sample-sign-ins.env";

/// Who works in the sample newsroom. Offices, not people.
const STAFF: [(Role, &str, &str); 4] = [
    (Role::Author, "author@tintuc.example", "Tổ Phóng viên"),
    (Role::Approver, "approver@tintuc.example", "Ban Biên tập"),
    (Role::Accountant, "accountant@tintuc.example", "Phòng Kế toán"),
    (Role::Admin, "admin@tintuc.example", "Quản trị Cổng thông tin"),
];

#[derive(Deserialize)]
struct Material {
    categories: Vec<CategoryInput>,
    articles: Vec<SampleArticle>,
}

#[derive(Deserialize)]
struct SampleArticle {
    sample: Sample,
    #[serde(flatten)]
    article: Value,
}

#[derive(Deserialize)]
struct Sample {
    state: State,
    /// For how many hours it is urgent.
    urgent_hours: Option<i64>,
    /// What was wrong in it at first.
    corrected: Option<Corrected>,
}

/// A mistake that was put right.
#[derive(Deserialize)]
struct Corrected {
    /// The fields as they were.
    wrong: Map<String, Value>,
    /// What readers are told.
    note: String,
}

#[derive(Deserialize, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
enum State {
    Draft,
    Pending,
    Approved,
    Live,
}

/// Loads the sample newsroom into a database that holds nothing, and answers what to tell of its sign-ins.
///
/// # Errors
/// Where the database does not take it or the sign-ins cannot be kept.
pub async fn load_if_empty(
    newsroom: &Newsroom,
    intake: &Intake,
    data_dir: &Path,
) -> Result<Option<String>, Box<dyn std::error::Error>> {
    // Hashing passwords takes longer than all the rest of a start.
    if !newsroom.transaction_here(is_empty)? {
        return Ok(None);
    }
    let staff = STAFF.map(|(role, email, name)| (role, email, name, password::random()));
    let hashes = staff.each_ref().map(|(.., secret)| password::hash(secret));
    let mut people = Vec::new();
    for ((role, email, name, _), hash) in staff.iter().zip(hashes) {
        people.push((*role, *email, *name, hash.map_err(|error| error.to_string())?));
    }
    let files = files::make(intake).await?;
    let path = data_dir.join(SIGN_INS);
    let loaded = newsroom.transaction_here(|tx| {
        if !is_empty(tx)? {
            return Ok(false);
        }
        load(tx, &people, files)?;
        // Inside the transaction: if the file cannot be written, nobody is left without their password.
        keep(&path, &staff.each_ref().map(|(role, email, _, secret)| (*role, *email, secret)))
            .map_err(Problem::internal)?;
        Ok(true)
    })?;
    Ok(loaded.then(|| {
        let lines = staff.iter().map(|(role, email, _, secret)| {
            format!("                 {email:<26} {:<20} ({role})", secret.expose_secret())
        });
        let lines = lines.collect::<Vec<_>>().join("\n");
        format!("{lines}\n  sign-ins       kept in {}", path.display())
    }))
}

/// What to tell of the sign-ins that an earlier run made, if it did.
pub fn kept(data_dir: &Path) -> Option<String> {
    let path = data_dir.join(SIGN_INS);
    path.exists().then(|| format!("  sign-ins       kept in {}", path.display()))
}

fn is_empty(tx: &mut Tx<'_>) -> Result<bool, Problem> {
    let used = exists(users::table.select(users::id)).or(exists(articles::table.select(articles::id)));
    Ok(!diesel::select(used).get_result::<bool>(tx.conn)?)
}

fn load(tx: &mut Tx<'_>, people: &[(Role, &str, &str, String)], files: Files) -> Result<(), Problem> {
    let material: Material = serde_json::from_str(MATERIAL).map_err(Problem::internal)?;
    let mut staff = Vec::new();
    for (role, email, name, hash) in people {
        let role_argument = role.to_string().parse().map_err(|error: String| Problem::internal(error))?;
        let id = people::make(tx, email, name, hash, &[role_argument], false)?;
        staff.push((*role, Principal::with_role(id, *role)));
    }
    let of = |wanted: Role| staff.iter().find(|(role, _)| *role == wanted).map(|(_, who)| who);
    let (Some(author), Some(approver), Some(admin)) = (of(Role::Author), of(Role::Approver), of(Role::Admin)) else {
        return Err(Problem::internal("the sample newsroom lacks staff"));
    };
    for category in &material.categories {
        categories::make(tx, admin.at(tx.now), category)?;
    }
    let mut pictures = Vec::new();
    for (alt, taken) in files.pictures {
        pictures.push(
            json!({ "media_id": store::add(tx, author.at(tx.now), taken, Description::default())?.id, "alt": alt }),
        );
    }
    let recording = store::add(tx, author.at(tx.now), files.recording, Description::default())?.id;
    for (number, SampleArticle { sample, mut article }) in material.articles.into_iter().enumerate() {
        // Every other article has a picture, the first has a recording too.
        if number % 2 == 0 {
            article["image"] = pictures[number / 2 % pictures.len()].clone();
        }
        if number == 0 {
            article["audio"] = json!({ "media_id": recording, "title": "Nghe bản tin" });
        }
        // A machine whose clock is behind the sample's dates publishes it all the same.
        if let Some(date) = article["published_at"].as_str()
            && chrono::DateTime::parse_from_rfc3339(date).is_ok_and(|date| date > tx.now)
        {
            article["published_at"] = Value::Null;
        }
        let (written, reviewed) = (author.at(tx.now), approver.at(tx.now));
        let mut right = Map::new();
        for (field, wrong) in sample.corrected.iter().flat_map(|corrected| &corrected.wrong) {
            right.insert(field.clone(), std::mem::replace(&mut article[field], wrong.clone()));
        }
        let input: ArticleInput = schema::read(&article)?;
        let mut case = write::create(tx, written, input)?;
        let urgent_until = sample.urgent_hours.map(|hours| tx.now + TimeDelta::hours(hours));
        let publication = TransitionInput { urgent_until, ..TransitionInput::default() };
        go(tx, written, reviewed, &mut case, &sample.state, &publication)?;
        if let Some(Corrected { note, .. }) = sample.corrected {
            write::edit(tx, written, &mut case, &MergePatch::of(right.into())?)?;
            let publication = TransitionInput { correction: Some(note), ..TransitionInput::default() };
            go(tx, written, reviewed, &mut case, &sample.state, &publication)?;
        }
    }
    Ok(())
}

/// Brings an article that was written as far as this.
fn go(
    tx: &mut Tx<'_>,
    written: By<'_>,
    reviewed: By<'_>,
    case: &mut Case,
    to: &State,
    publication: &TransitionInput,
) -> Result<(), Problem> {
    let nothing = TransitionInput::default();
    if *to >= State::Pending {
        take(tx, written, case, Transition::Submit, &nothing)?;
    }
    if *to >= State::Approved {
        take(tx, reviewed, case, Transition::Approve, &nothing)?;
    }
    if *to >= State::Live {
        take(tx, reviewed, case, Transition::Publish, publication)?;
    }
    Ok(())
}

fn keep(path: &Path, sign_ins: &[(Role, &str, &SecretString)]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    for (role, email, secret) in sign_ins {
        let name = role.to_string().to_uppercase();
        writeln!(file, "{name}_EMAIL={email}\n{name}_PASSWORD={}", secret.expose_secret())?;
    }
    file.sync_all()
}
