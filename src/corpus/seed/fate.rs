//! What becomes of the articles of a corpus.

/// How an article ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Public.
    Live,
    /// Public, while somebody writes on.
    Edited,
    /// Never submitted.
    Draft,
    /// Waiting for review.
    Pending,
    /// Sent back.
    Rejected,
    /// Passed review, and no more.
    Approved,
    /// To become public in ten years: for as long as anybody looks at the corpus.
    Scheduled,
    /// Taken back.
    Withdrawn,
    /// Public until its time ran out.
    Expired,
    /// Thrown away.
    Trashed,
}

impl Fate {
    /// By the article's number, so that every state is there in small corpora too; 93 in a hundred are live.
    pub fn of(number: u32) -> Self {
        match number % 200 {
            17 | 93 | 141 | 188 => Self::Draft,
            60 | 160 => Self::Pending,
            110 => Self::Rejected,
            75 => Self::Approved,
            35 => Self::Scheduled,
            80 | 130 => Self::Withdrawn,
            45 | 120 | 170 => Self::Expired,
            195 => Self::Trashed,
            50 | 150 => Self::Edited,
            _ => Self::Live,
        }
    }

    /// Whether the article is of the corpus's last days: drafts of ten years ago would be odd.
    pub fn is_recent(self) -> bool {
        matches!(self, Self::Draft | Self::Pending | Self::Rejected | Self::Approved | Self::Scheduled | Self::Trashed)
    }
}
