//! What a column can become.

use serde::Deserialize;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// What a column becomes; in TOML by these names in snake_case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, EnumIter, EnumString, IntoStaticStr, Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Target {
    /// The title.
    Title,
    /// The line above it.
    Kicker,
    /// The summary.
    Summary,
    /// The text.
    Body,
    /// A link that stands in for the text.
    ExternalUrl,
    /// The date that readers see.
    PublishedAt,
    /// When it goes.
    ExpiresAt,
    /// When it comes, where it is scheduled.
    PublishAt,
    /// Whether it is shown prominently.
    Featured,
    /// Who wrote it.
    Author,
    /// What it is filed under.
    Category,
    /// What sort of article it is.
    ArticleType,
    /// How many pages it has.
    PageCount,
    /// How many photos it has.
    PhotoCount,
    /// What it earned.
    Royalty,
    /// Other articles.
    Related,
    /// The lead picture.
    Image,
    /// The picture of cards.
    DescriptionImage,
    /// The recording.
    Audio,
    /// Files to download, beside those that are attached.
    Attachments,
    /// Keywords.
    Tags,
    /// How often it was read.
    Views,
    /// An address that it had before.
    Legacy,
    /// What is noted in its history.
    History,
    /// The language.
    Locale,
    /// Where it was taken from.
    SourceName,
    /// The address of that.
    SourceUrl,
}

impl Target {
    /// Whether several columns may become it.
    pub fn takes_many(self) -> bool {
        matches!(self, Self::Tags | Self::Attachments | Self::Legacy | Self::History)
    }

    /// Its name in a mapping, and in reports.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it is a date.
    pub fn is_date(self) -> bool {
        matches!(self, Self::PublishedAt | Self::ExpiresAt | Self::PublishAt)
    }
}
