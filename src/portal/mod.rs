//! Pages for people, at `/portal/`: files that ask the public API like any other client. What comes with the program is
//! `examples/portal/site`; a folder of one's own takes its place by `TINTUC_PORTAL`.

mod files;
pub mod routes;

use std::sync::Arc;

use self::files::{Files, Folder};
use crate::{http::Problem, settings::PortalChoice};

/// Where people read an article that the portal shows.
pub const ARTICLE: &str = "{site}/portal/bai-viet/{slug}";

/// The portal, if there is one.
pub enum Portal {
    /// There is none.
    Off,
    /// The one that comes with the program.
    Own(Arc<Files>),
    /// One that lies in a folder.
    Of(Arc<Folder>),
}

impl Portal {
    /// The portal that was chosen.
    ///
    /// # Errors
    /// Says what is wrong with the folder.
    pub fn open(choice: PortalChoice) -> Result<Self, String> {
        Ok(match choice {
            PortalChoice::Off => Self::Off,
            PortalChoice::On => Self::Own(Arc::new(files::embedded()?)),
            PortalChoice::Folder(path) => Self::Of(Arc::new(Folder::open(path)?)),
        })
    }

    /// Whether there is one.
    pub fn is_shown(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Its files as they are now.
    ///
    /// # Errors
    /// `not_found` where there is no portal.
    async fn files(&self) -> Result<Arc<Files>, Problem> {
        match self {
            Self::Off => Err(Problem::not_found()),
            Self::Own(files) => Ok(Arc::clone(files)),
            Self::Of(folder) => {
                let folder = Arc::clone(folder);
                actix_web::web::block(move || folder.files()).await.map_err(Problem::internal)
            }
        }
    }
}
