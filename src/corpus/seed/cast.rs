//! Who works in the corpus's newsroom, and what articles are filed under. All of it is made before the articles.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{dice::Dice, plan::Plan, words::Words};
use crate::{
    access::Role,
    taxonomy::slugs::first_free,
    text::{Slug, fold_key},
};

/// The people and the taxonomy of a corpus.
pub struct Cast {
    /// The material.
    pub words: Words,
    /// When all this was made: before the first article.
    pub made_at: DateTime<Utc>,
    /// Who works here. Groups, not people; nobody can sign in as them.
    pub staff: Vec<Staff>,
    /// The tree, parents before children.
    pub categories: Vec<Category>,
    /// Whom readers see as the writer, the most diligent first.
    pub authors: Vec<Named>,
    /// The tags, each once, by their key.
    pub tags: HashMap<String, Named>,
}

/// Somebody who works in the newsroom.
pub struct Staff {
    /// Their id.
    pub id: Uuid,
    /// What they may do, on the whole site.
    pub role: Role,
    /// The grant's id.
    pub grant: Uuid,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
}

/// A category.
pub struct Category {
    /// Its id.
    pub id: Uuid,
    /// Its slug.
    pub slug: String,
    /// What readers see.
    pub name: String,
    /// The one above.
    pub parent: Option<Uuid>,
    /// What its articles are about.
    pub theme: String,
    /// Its share of articles.
    pub weight: u32,
}

/// An author or a tag.
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// What readers see.
    pub name: String,
    /// Its slug.
    pub slug: String,
}

impl Cast {
    /// The cast of a plan.
    ///
    /// # Errors
    /// Where the material is not complete.
    pub fn of(plan: Plan) -> Result<Self, toml::de::Error> {
        let words = Words::read()?;
        let made_at = plan.since() - Duration::days(30);
        // A generator of its own: the same cast for every number of articles.
        let mut dice = Dice::new(plan.seed);
        let staff = staff(&mut dice, made_at);
        let categories = categories(&words, &mut dice, made_at);
        let (mut authors, mut tags) = (Names::new(made_at), Names::new(made_at));
        for office in &words.offices {
            authors.add(&mut dice, office);
        }
        for district in &words.districts {
            authors.add(&mut dice, &format!("UBND huyện {district}"));
        }
        for name in tag_names(&words) {
            tags.add(&mut dice, &name);
        }
        let tags = tags.named.into_iter().map(|tag| (fold_key(&tag.name), tag)).collect();
        Ok(Self { words, made_at, staff, categories, authors: authors.named, tags })
    }

    /// Those of this role.
    pub fn who(&self, role: Role) -> Vec<Uuid> {
        self.staff.iter().filter(|somebody| somebody.role == role).map(|somebody| somebody.id).collect()
    }
}

fn staff(dice: &mut Dice, at: DateTime<Utc>) -> Vec<Staff> {
    let teams = [
        (Role::Author, 8, "phong-vien", "Tổ Phóng viên"),
        (Role::Editor, 3, "bien-tap", "Tổ Biên tập"),
        (Role::Approver, 3, "xuat-ban", "Ban Biên tập – Trực xuất bản"),
    ];
    let mut staff = Vec::new();
    for (role, size, mailbox, name) in teams {
        for number in 1..=size {
            let (email, name) = (format!("{mailbox}-{number}@corpus.tintuc.example"), format!("{name} {number}"));
            staff.push(Staff { id: dice.id(at), role, grant: dice.id(at), email, name });
        }
    }
    staff
}

fn categories(words: &Words, dice: &mut Dice, at: DateTime<Utc>) -> Vec<Category> {
    let (mut categories, mut taken) = (Vec::<Category>::new(), HashSet::new());
    for plan in &words.categories {
        let slug = first_free(&Slug::from_text(&plan.name), &taken).to_string();
        taken.insert(slug.clone());
        let parent = categories.iter().find(|above| plan.parent.as_ref() == Some(&above.name)).map(|above| above.id);
        let (name, theme) = (plan.name.clone(), plan.theme.clone());
        categories.push(Category { id: dice.id(at), slug, name, parent, theme, weight: plan.weight });
    }
    categories
}

/// Every tag that articles may bear. Those of places are found again by name when an article is about one.
fn tag_names(words: &Words) -> impl Iterator<Item = String> {
    let districts = words.districts.iter().flat_map(|name| district_tags(name));
    let communes = words.communes.iter().map(|name| commune_tag(name));
    let themes = words.theme.values().flat_map(|theme| theme.tags.iter().cloned());
    themes.chain(words.tags.iter().cloned()).chain(words.offices.iter().cloned()).chain(districts).chain(communes)
}

/// The tags of a district, the commonest first.
pub fn district_tags(name: &str) -> [String; 3] {
    [format!("huyện {name}"), format!("UBND huyện {name}"), format!("Đảng bộ huyện {name}")]
}

/// The tag of a commune.
pub fn commune_tag(name: &str) -> String {
    format!("xã {name}")
}

/// Names that are each once, with slugs that are each once.
struct Names {
    made_at: DateTime<Utc>,
    keys: HashSet<String>,
    slugs: HashSet<String>,
    named: Vec<Named>,
}

impl Names {
    fn new(made_at: DateTime<Utc>) -> Self {
        Self { made_at, keys: HashSet::new(), slugs: HashSet::new(), named: Vec::new() }
    }

    fn add(&mut self, dice: &mut Dice, name: &str) {
        if !self.keys.insert(fold_key(name)) {
            return;
        }
        let slug = first_free(&Slug::from_text(name), &self.slugs).to_string();
        self.slugs.insert(slug.clone());
        self.named.push(Named { id: dice.id(self.made_at), name: name.to_owned(), slug });
    }
}
