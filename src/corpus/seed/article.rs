//! Writing: what an article of the corpus says, as a version keeps it.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{
    cast::{Cast, commune_tag, district_tags},
    dice::{Dice, Weighted},
    fate::Fate,
    plan::Plan,
    text::Scene,
    words::Theme,
};
use crate::{
    content::{Content, Plain, Seo, Source},
    taxonomy::slugs::first_free,
    text::{Slug, clean_body, fold_key},
};

/// What is to be written.
pub struct Assignment {
    /// The article's number in the corpus.
    pub number: u32,
    /// The place of its category.
    pub category: usize,
    /// When it is begun.
    pub created: DateTime<Utc>,
    /// When it is done.
    pub at: DateTime<Utc>,
    /// What will become of it.
    pub fate: Fate,
}

/// Writes articles, and knows which slugs are taken and what was published before.
pub struct Writer<'a> {
    cast: &'a Cast,
    /// Articles from before this moment came from the list that the service replaced.
    replaced: DateTime<Utc>,
    categories: Weighted,
    bylines: Weighted,
    own_tags: Weighted,
    general_tags: Weighted,
    types: Weighted,
    slugs: HashSet<String>,
    /// For each category, what was published last.
    earlier: Vec<VecDeque<(Uuid, DateTime<Utc>)>>,
}

/// The article types and how many in a hundred are of each.
const TYPES: [(&str, u32); 5] =
    [("news", 60), ("announcement", 15), ("document", 10), ("photo_story", 8), ("video", 7)];

/// How many earlier articles of its category an article chooses its relatives from.
const REMEMBERED: usize = 12;

impl<'a> Writer<'a> {
    /// A writer of this cast.
    pub fn new(plan: Plan, cast: &'a Cast) -> Self {
        let own_tags = cast.words.theme.values().map(|theme| theme.tags.len()).min();
        Self {
            cast,
            replaced: plan.until - Duration::days(4 * 365),
            categories: Weighted::by(cast.categories.iter().map(|category| category.weight)),
            bylines: Weighted::zipf(cast.authors.len()),
            own_tags: Weighted::zipf(own_tags.unwrap_or(1)),
            general_tags: Weighted::zipf(cast.words.tags.len() + cast.words.offices.len()),
            types: Weighted::by(TYPES.map(|(_, share)| share)),
            slugs: HashSet::new(),
            earlier: vec![VecDeque::with_capacity(REMEMBERED); cast.categories.len()],
        }
    }

    /// The place of a category, by its share of articles.
    pub fn category(&self, dice: &mut Dice) -> usize {
        self.categories.draw(dice)
    }

    /// Remembers what was published.
    pub fn remember(&mut self, category: usize, article: Uuid, at: DateTime<Utc>) {
        let earlier = &mut self.earlier[category];
        if earlier.len() == REMEMBERED {
            earlier.pop_front();
        }
        earlier.push_back((article, at));
    }

    /// An article.
    pub fn article(&mut self, dice: &mut Dice, of: &Assignment) -> Content {
        let (scene, own_title) = self.scene(dice, of.category, of.at);
        let code = match of.fate {
            Fate::Expired => "announcement",
            _ => TYPES[self.types.draw(dice)].0,
        };
        let title = self.title(dice, &scene, own_title, code);
        let elsewhere = matches!(code, "announcement" | "document") && dice.chance(10);
        let unfinished = of.fate == Fate::Draft && dice.chance(25);
        // From two thousand bytes to eight, and half of them below four.
        let bytes = 2000 + dice.below(6000).min(dice.below(6000));
        let body = (!elsewhere && !unfinished).then(|| clean_body(&scene.body(dice, bytes as usize)));
        let summary = scene.say_one(dice, &scene.words.common.summaries);
        let republished = dice.chance(if code == "announcement" { 70 } else { 4 });
        let imported = of.at < self.replaced && dice.chance(95);
        Content {
            slug: Some(self.claim_slug(&title)),
            // The editor's date lies a little before the moment of publication, where there is one.
            published_at: dice.chance(75).then(|| of.at - dice.minutes(0, 90)),
            author: Some(self.byline(dice, scene.theme)),
            category: Some(self.cast.categories[of.category].id),
            article_type: Some(code.to_owned()),
            tags: self.tags(dice, &scene),
            related: if dice.chance(30) { self.related(dice, of) } else { Vec::new() },
            plain: Plain {
                kicker: dice.chance(15).then(|| self.cast.categories[of.category].name.clone()),
                seo: dice.chance(6).then(|| Seo { title: Some(title.clone()), description: Some(summary.clone()) }),
                summary: (!unfinished).then_some(summary),
                page_count: body.as_ref().map_or(1, |body| 1 + body.len().try_into().unwrap_or(0) / 2800),
                photo_count: match code {
                    "photo_story" => dice.between(8, 30),
                    "news" => dice.below(5),
                    _ => 0,
                }
                .try_into()
                .unwrap_or(0),
                external_url: elsewhere
                    .then(|| format!("https://congbao.example/van-ban/{}", 1000 + dice.below(90_000))),
                featured: dice.chance(2),
                source: republished.then(|| {
                    let (name, site) = dice.pick(&self.cast.words.sources);
                    let url = format!("https://{site}.example/tin/{}", 1000 + dice.below(900_000));
                    Source { name: name.clone(), url: Some(url) }
                }),
                legacy_id: imported.then(|| 1000 + i64::from(of.number)),
                ..Plain::blank("vi")
            },
            title: Some(title),
            body,
            ..Content::blank("vi")
        }
    }

    /// An article in English about one in Vietnamese.
    pub fn translation(
        &mut self,
        dice: &mut Dice,
        of: Uuid,
        category: usize,
        author: Option<Uuid>,
        at: DateTime<Utc>,
    ) -> Content {
        let (scene, _) = self.scene(dice, category, at);
        let scene = Scene { matter: &scene.theme.english, english: true, ..scene };
        let english = &self.cast.words.english;
        let title = scene.say_one(dice, &english.titles);
        let summary = Some(scene.say_one(dice, &english.summaries));
        Content {
            slug: Some(self.claim_slug(&title)),
            title: Some(title),
            body: Some(clean_body(&scene.body(dice, 2000))),
            author,
            category: Some(self.cast.categories[category].id),
            article_type: Some("news".to_owned()),
            translations: vec![of],
            plain: Plain { summary, page_count: 1, ..Plain::blank("en") },
            ..Content::blank("en")
        }
    }

    /// Why an article is sent back.
    pub fn rejection(&self, dice: &mut Dice, category: usize, at: DateTime<Utc>) -> String {
        let (scene, _) = self.scene(dice, category, at);
        scene.say_one(dice, &self.cast.words.common.rejections)
    }

    /// What an article of this category is about, and the title that goes with that, if there is one.
    fn scene(&self, dice: &mut Dice, category: usize, at: DateTime<Utc>) -> (Scene<'a>, Option<&'a String>) {
        let words = &self.cast.words;
        let theme = &words.theme[&self.cast.categories[category].theme];
        let titles = theme.titles.iter().map(Some).chain(std::iter::repeat(None));
        let matters: Vec<_> = theme.matters.iter().zip(titles).collect();
        let (matter, title) = *dice.pick(&matters);
        let (commune, district) = (dice.pick(&words.communes), dice.pick(&words.districts));
        (Scene { words, theme, matter, commune, district, at, english: false }, title)
    }

    /// Whom readers see as the writer: most often an office in charge.
    fn byline(&self, dice: &mut Dice, theme: &Theme) -> Uuid {
        let office = dice.pick(&theme.offices);
        let in_charge = self.cast.authors.iter().find(|author| author.name == *office);
        let anybody = &self.cast.authors[self.bylines.draw(dice)];
        in_charge.filter(|_| dice.chance(60)).unwrap_or(anybody).id
    }

    fn title(&self, dice: &mut Dice, scene: &Scene<'_>, own: Option<&String>, code: &str) -> String {
        let titles = &self.cast.words.titles;
        let templates = match code {
            "announcement" => &titles.announcement,
            "document" => &titles.document,
            "photo_story" => &titles.photo_story,
            "video" => &titles.video,
            _ => match own {
                Some(own) if dice.chance(75) => return scene.say(dice, own),
                _ => &titles.news,
            },
        };
        scene.say_one(dice, templates)
    }

    /// A free slug of this title, by the rules of the service.
    fn claim_slug(&mut self, title: &str) -> String {
        let slug = first_free(&Slug::from_text(title), &self.slugs).to_string();
        self.slugs.insert(slug.clone());
        slug
    }

    /// Two to six: of the theme, general ones, and those of the places.
    fn tags(&self, dice: &mut Dice, scene: &Scene<'_>) -> Vec<Uuid> {
        let words = &self.cast.words;
        let mut names: Vec<String> = Vec::new();
        for _ in 0..dice.between(1, 3) {
            names.push(scene.theme.tags[self.own_tags.draw(dice)].clone());
        }
        for _ in 0..dice.between(1, 2) {
            let place = self.general_tags.draw(dice);
            let general = words.tags.get(place).or_else(|| words.offices.get(place - words.tags.len()));
            names.extend(general.cloned());
        }
        if dice.chance(40) {
            let [district, council, party] = district_tags(scene.district);
            names.push(match dice.below(6) {
                0 => party,
                1 | 2 => council,
                _ => district,
            });
        }
        if dice.chance(15) {
            names.push(commune_tag(scene.commune));
        }
        let mut ids = Vec::new();
        for tag in names.iter().filter_map(|name| self.cast.tags.get(&fold_key(name))) {
            if !ids.contains(&tag.id) {
                ids.push(tag.id);
            }
        }
        ids
    }

    /// Three of the last in the category, or as many as there are.
    fn related(&self, dice: &mut Dice, of: &Assignment) -> Vec<Uuid> {
        let before = self.earlier[of.category].iter().filter(|(_, published)| *published < of.created);
        let mut before: Vec<Uuid> = before.map(|(article, _)| *article).collect();
        dice.shuffle(&mut before);
        before.truncate(3);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::story::What;
    use crate::corpus::seed::story::Stories;
    use crate::{
        newsroom::requirements,
        text::{is_blank, plain},
    };

    fn written(seed: u64) -> Vec<Content> {
        let until = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let plan = Plan { articles: 400, seed, until };
        let cast = Cast::of(plan).expect("a cast");
        let actions = Stories::new(plan, &cast).flat_map(|story| story.actions);
        let contents = actions.filter_map(|action| match action.what {
            What::Write(content) => Some(*content),
            _ => None,
        });
        contents.collect()
    }

    #[test]
    fn what_is_written_would_pass_the_newsrooms_checks_unchanged() {
        for content in written(1) {
            let title = content.title.as_deref().expect("a title");
            assert!(!title.contains('{') && !ammonia::is_html(title) && title.chars().count() <= 300, "{title}");
            assert_eq!(plain(title), title);
            content.slug.as_deref().expect("a slug").parse::<Slug>().expect("a slug");
            let summary = content.plain.summary.as_deref().unwrap_or("-");
            assert!(!summary.contains('{') && !ammonia::is_html(summary) && !is_blank(summary), "{summary}");
            if let Some(body) = &content.body {
                assert_eq!(clean_body(body), *body);
                assert!(!body.contains('{') && (1800..10_000).contains(&body.len()), "{} {body}", body.len());
            }
            if content.body.is_some() || content.plain.external_url.is_some() {
                assert!(requirements::check(&content).is_ok());
            }
        }
    }

    #[test]
    fn another_seed_writes_other_articles() {
        let titles = |seed| written(seed).into_iter().filter_map(|content| content.title).collect::<Vec<_>>();
        assert_eq!(titles(1), titles(1));
        assert_ne!(titles(1), titles(2));
    }
}
