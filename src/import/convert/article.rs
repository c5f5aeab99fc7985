//! The plan of an article, from all states of its item.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    links,
    values::{self, plain},
    work::{Beside, Converter, Stop, cut, named},
};
use crate::{
    content::Plain,
    import::{
        item::{Item, Moderation, Snapshot},
        mapping::Target,
        plan::{Bytes, Content, Plan, Says, Shows, Stands, Version, article_id},
        report::LossCode,
    },
    text::is_blank,
};

impl Converter<'_> {
    /// What an item becomes.
    ///
    /// # Errors
    /// Where a person has to decide something first.
    pub fn plan(&self, item: &Item) -> Result<Plan, Stop> {
        let mut beside = Beside::default();
        beside.add(item.losses.iter().cloned());
        let mut versions: Vec<Version> = Vec::with_capacity(item.versions.len());
        for snapshot in &item.versions {
            let mut version = self.version(item, snapshot, &mut beside)?;
            // Time does not stand still between two versions, whatever a clock there said.
            if let Some(before) = versions.last() {
                version.at = version.at.max(before.at + TimeDelta::milliseconds(1));
            }
            versions.push(version);
        }
        let last = item.versions.last();
        let number = |target, beside: &mut Beside| last.and_then(|last| self.number(target, last, beside));
        let (views, royalty) = (number(Target::Views, &mut beside), number(Target::Royalty, &mut beside));
        let legacy = last.map(|last| self.texts(Target::Legacy, last)).unwrap_or_default();
        let addresses =
            item.page.iter().chain(&legacy).filter_map(|address| self.links().old_address(address)).collect();
        let Beside { files, losses, .. } = beside;
        let (created, created_by) = (item.created, item.created_by.clone());
        let (item, guid) = (item.id, item.guid);
        Ok(Plan {
            item,
            guid,
            created,
            created_by,
            versions,
            views: views.unwrap_or_default(),
            royalty,
            addresses,
            files,
            losses,
        })
    }

    fn version(&self, item: &Item, snapshot: &Snapshot, beside: &mut Beside) -> Result<Version, Stop> {
        let says = self.says(item, snapshot, beside)?;
        let by = snapshot.by.clone().unwrap_or_default();
        if by.name.is_none() && by.email.is_none() && by.id.is_some() {
            beside.lose(LossCode::UserUnknown, "updated_by", &named(&by));
        }
        let stands = match snapshot.moderation {
            None | Some(Moderation::Approved | Moderation::Scheduled) => Stands::Approved,
            Some(Moderation::Denied) => Stands::Denied,
            Some(Moderation::Pending) => Stands::Pending,
            Some(Moderation::Draft) => Stands::Draft,
        };
        let later = |at: Option<DateTime<Utc>>| at.filter(|at| *at > snapshot.at);
        // What is approved is shown, whatever date was meant once.
        let publish_at = match snapshot.moderation {
            Some(Moderation::Scheduled) => {
                later(self.date(Target::PublishAt, snapshot, beside)).or_else(|| later(says.published_at))
            }
            _ => None,
        };
        let begins = publish_at.unwrap_or(snapshot.at);
        // What had expired by then was never to be seen: a moment is the least that there is.
        let expires_at =
            self.date(Target::ExpiresAt, snapshot, beside).map(|at| at.max(begins + TimeDelta::seconds(1)));
        let mut notes = self.texts(Target::History, snapshot);
        notes.extend(snapshot.comment.as_deref().map(|comment| comment.trim().to_owned()));
        notes.retain(|note| !is_blank(note));
        let comment = (!notes.is_empty()).then(|| cut(notes.join("\n"), 2000, "history", beside));
        Ok(Version { at: snapshot.at, by, stands, comment, publish_at, expires_at, says })
    }

    fn says(&self, item: &Item, snapshot: &Snapshot, beside: &mut Beside) -> Result<Says, Stop> {
        let title = self.line(Target::Title, snapshot, 300, beside);
        let body = self.html(snapshot, beside);
        let published_at = self.date(Target::PublishedAt, snapshot, beside);
        let author = self.names(Target::Author, snapshot, beside).join(", ");
        let author = (!is_blank(&author)).then(|| cut(author, 200, "author", beside));
        let category = self.names(Target::Category, snapshot, beside).into_iter().next();
        let category = category.or_else(|| self.mapping.defaults.category.clone());
        let alt = title.as_deref();
        Ok(Says {
            author,
            category,
            article_type: self.article_type(snapshot)?,
            tags: self.tags(snapshot, beside),
            related: self.related(item.id, snapshot, beside),
            image: self.picture(Target::Image, snapshot, alt, beside),
            description_image: self.picture(Target::DescriptionImage, snapshot, alt, beside),
            audio: self.audio(snapshot, beside),
            attachments: self.attachments(item, snapshot, beside),
            plain: self.plain(item, snapshot, beside),
            title,
            body,
            published_at,
        })
    }

    fn plain(&self, item: &Item, snapshot: &Snapshot, beside: &mut Beside) -> Plain {
        let locale = self.line(Target::Locale, snapshot, 6, beside);
        let locale = locale.or_else(|| self.mapping.source.locale.clone()).unwrap_or_else(|| "vi".to_owned());
        let count = |target, beside: &mut Beside| {
            let number = self.number(target, snapshot, beside).unwrap_or_default();
            i32::try_from(number.clamp(0, 100_000)).unwrap_or_default()
        };
        let source = self.line(Target::SourceName, snapshot, 200, beside).map(|name| {
            let url = self.web_address(Target::SourceUrl, snapshot, beside);
            crate::content::Source { name, url }
        });
        Plain {
            kicker: self.line(Target::Kicker, snapshot, 120, beside),
            summary: self.summary(snapshot, beside),
            external_url: self.web_address(Target::ExternalUrl, snapshot, beside),
            featured: matches!(self.value(Target::Featured, snapshot), Some((_, value)) if values::is_yes(value)),
            page_count: count(Target::PageCount, beside),
            photo_count: count(Target::PhotoCount, beside),
            source,
            seo: None,
            legacy_id: Some(item.id),
            locale,
        }
    }

    /// The texts of all columns that become this.
    fn texts(&self, target: Target, snapshot: &Snapshot) -> Vec<String> {
        let values = self.columns.of(target).iter().filter_map(|column| snapshot.values.get(&column.internal));
        values.map(values::text).map(|text| text.trim().to_owned()).filter(|text| !is_blank(text)).collect()
    }

    /// The items of this list that it is related to, in order.
    fn related(&self, item: i64, snapshot: &Snapshot, beside: &mut Beside) -> Vec<Uuid> {
        /// As many as an article may have.
        const MOST: usize = 50;
        let Some((_, value)) = self.value(Target::Related, snapshot) else { return Vec::new() };
        let mut related = Vec::new();
        for (number, text) in values::numbers(value) {
            match number.filter(|number| *number != item && self.known.is_item(*number)) {
                Some(number) if related.len() < MOST => {
                    let id = article_id(self.list, number);
                    if !related.contains(&id) {
                        related.push(id);
                    }
                }
                _ => beside.lose(LossCode::LinkUnresolved, "related", &text),
            }
        }
        related
    }

    fn picture(&self, target: Target, snapshot: &Snapshot, title: Option<&str>, beside: &mut Beside) -> Option<Shows> {
        let (_, value) = self.value(target, snapshot)?;
        let (address, alt) = values::picture(value)?;
        let file = self.file(target.name(), &address, beside)?;
        // Who does not see it is told the title: nobody there said more, and published pictures say something.
        let said = alt.map(|alt| plain(&alt)).filter(|alt| !is_blank(alt)).or_else(|| title.map(str::to_owned));
        Some(Shows { file, text: said.map(|said| said.chars().take(500).collect()) })
    }

    fn audio(&self, snapshot: &Snapshot, beside: &mut Beside) -> Option<Shows> {
        let (_, value) = self.value(Target::Audio, snapshot)?;
        let (address, text) = values::picture(value)?;
        let file = self.file("audio", &address, beside)?;
        Some(Shows { file, text: text.map(|text| plain(&text)).filter(|text| !is_blank(text)) })
    }

    /// A file of the source at this address.
    fn file(&self, field: &str, address: &str, beside: &mut Beside) -> Option<Content> {
        match self.source.file(address) {
            Some(path) => beside.file(field, links::name_of(address), Bytes::In(path)),
            None => {
                beside.lose(LossCode::MediaMissing, field, address);
                None
            }
        }
    }

    /// The item's attachments belong to its last state: nothing says what it had before, and those are what it shows.
    fn attachments(&self, item: &Item, snapshot: &Snapshot, beside: &mut Beside) -> Vec<Shows> {
        /// As many as an article may have.
        const MOST: usize = 50;
        let mut shown: Vec<Shows> = Vec::new();
        let of_columns = self.columns.of(Target::Attachments).iter();
        let of_columns = of_columns.filter_map(|column| snapshot.values.get(&column.internal));
        let of_columns = of_columns.flat_map(values::addresses).map(|path| (links::name_of(&path).to_owned(), path));
        let of_item = item.attachments.iter().map(|attached| (attached.name.clone(), attached.path.clone()));
        for (name, path) in of_item.chain(of_columns) {
            let Some(found) = self.source.file(&path) else {
                beside.lose(LossCode::MediaMissing, "attachments", &path);
                continue;
            };
            let Some(file) = beside.file("attachments", &name, Bytes::In(found)) else { continue };
            if shown.len() == MOST {
                beside.lose(LossCode::MediaMissing, "attachments", &format!("{path}: one too many"));
            } else if !shown.iter().any(|one| one.file == file) {
                shown.push(Shows { file, text: Some(plain(&name).chars().take(300).collect()) });
            }
        }
        shown
    }
}
