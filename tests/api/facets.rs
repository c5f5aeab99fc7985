//! The kept numbers of articles: at each moment they are those of the lists, whatever has happened.

use chrono::{Duration, Utc};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};
use tintuc::{
    newsroom::Transition::{Submit, Unpublish, Unschedule},
    publication::counts,
};

use crate::{
    cache::until,
    support::{Admin, Approver, Editor, Person, Site, an_article, article::ArticleBuilder, in_minutes, person::Handle},
};

/// What is counted one by one, in the same form as the kept numbers.
const COUNTED: &str = "
    (SELECT facet, value, count(*) AS articles
       FROM (SELECT 'all' AS facet, '' AS value FROM delivery.articles
              UNION ALL SELECT 'type', article_type FROM delivery.articles
              UNION ALL SELECT 'locale', locale FROM delivery.articles
              UNION ALL SELECT 'featured', featured::text FROM delivery.articles
              UNION ALL SELECT 'author', author_id::text FROM delivery.articles WHERE author_id IS NOT NULL
              UNION ALL SELECT 'month', to_char(published_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM') FROM delivery.articles
              UNION ALL SELECT 'category', category_id::text FROM delivery.article_categories
              UNION ALL SELECT 'month/' || category_id, to_char(published_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM')
                          FROM delivery.article_categories
              UNION ALL SELECT 'tag', tag_id::text FROM delivery.article_tags) each
      GROUP BY facet, value)";

/// How many kept numbers are not those that are counted.
pub fn wrong(site: &Site) -> i64 {
    let (kept, counted) = ("SELECT * FROM delivery.counts", format!("SELECT * FROM {COUNTED} counted"));
    site.count(&format!("(({kept} EXCEPT {counted}) UNION ALL ({counted} EXCEPT {kept})) differences"))
}

/// Adds to the numbers what has changed, and says how much that was.
fn fold(site: &Site) -> usize {
    site.transaction(counts::fold)
}

/// A newsroom to which things happen.
struct Life<'a> {
    site: &'a Site,
    dice: Xoshiro256PlusPlus,
    people: [Person<'a>; 3],
    categories: Vec<String>,
    articles: Vec<Handle>,
    /// Minutes that the clock has gone on.
    later: i64,
}

impl<'a> Life<'a> {
    async fn of(site: &'a Site, seed: u64) -> Self {
        let mut categories = Vec::new();
        for top in ["Kinh tế", "Xã hội", "Y tế"] {
            let above = site.category(top).await;
            categories.push(site.category_below(&format!("{top} cơ sở"), Some(&above)).await);
            categories.push(above);
        }
        let people = [site.person([Editor]).await, site.person([Approver]).await, site.person([Admin]).await];
        let dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self { site, dice, people, categories, articles: Vec::new(), later: 0 }
    }

    fn one_of<'b>(&mut self, them: &[&'b str]) -> &'b str {
        them[self.dice.random_range(0..them.len())]
    }

    fn category(&mut self) -> String {
        self.categories[self.dice.random_range(0..self.categories.len())].clone()
    }

    fn soon(&mut self) -> String {
        (Utc::now() + Duration::minutes(self.later + self.dice.random_range(1..60))).to_rfc3339()
    }

    fn article(&mut self) -> ArticleBuilder {
        let tags = ["Lúa", "Bão", "Thi đua", "Dân vận"].map(|tag| (self.dice.random_range(0..2) == 0).then_some(tag));
        let month = self.dice.random_range(1..13);
        an_article()
            .filed_under(&self.category())
            .with("tags", json!(tags.iter().flatten().collect::<Vec<_>>()))
            .with("article_type", self.one_of(&["news", "video", "announcement"]))
            .with("author", json!({ "name": self.one_of(&["Sở Y tế", "Ban Dân vận", "Đài Phát thanh"]) }))
            // Near the border of two months in Vietnam.
            .with("published_at", format!("2025-{month:02}-28T{:02}:00:00Z", self.dice.random_range(0..24)))
    }

    async fn known(&mut self) -> Option<Handle> {
        let place = self.dice.random_range(0..self.articles.len().max(1));
        Some(self.people[2].sees(self.articles.get(place)?).await)
    }

    /// Something happens.
    async fn goes_on(&mut self) -> &'static str {
        match self.dice.random_range(0..13) {
            0..=2 => {
                let input = match self.dice.random_range(0..3) {
                    0 => json!({}),
                    1 => json!({ "publish_at": self.soon() }),
                    _ => json!({ "expires_at": self.soon() }),
                };
                let article = self.article();
                let approved = self.site.approved(article).await;
                self.articles.push(self.people[1].publishes_with(&approved, input).await);
                "published"
            }
            3 | 4 => {
                let Some(article) = self.known().await else { return "nothing" };
                let (number, at) = (self.dice.random_range(0..1_000_000), self.soon());
                let [editor, approver, _] = &self.people;
                let edit = editor
                    .tries_to_edit(&article, json!({ "title": format!("Sửa {number}"), "tags": ["Bão", "Mưa"] }))
                    .await;
                if edit.status != 200 {
                    return "nothing";
                }
                let approved = approver.approves(&editor.does(Submit, &Handle::of(&edit)).await).await;
                approver.publishes_with(&approved, json!({ "publish_at": at })).await;
                "to be replaced"
            }
            5 | 6 => {
                let Some(article) = self.known().await else { return "nothing" };
                let step = if self.dice.random_range(0..2) == 0 { Unpublish } else { Unschedule };
                self.people[1].tries(step, &article).await;
                "taken back"
            }
            7 => {
                let Some(article) = self.known().await else { return "nothing" };
                if self.people[2].tries_to_delete(&article, "").await.status.is_success() {
                    self.articles.retain(|other| other.id != article.id);
                }
                "deleted"
            }
            8 => {
                let (moved, below) =
                    (self.one_of(&["kinh-te-co-so", "y-te-co-so"]), self.one_of(&["xa-hoi", "y-te", ""]));
                self.sql(&format!(
                    "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = '{below}') \
                      WHERE slug = '{moved}'"
                ));
                "a category moved"
            }
            9 => {
                let (one, other) = (self.one_of(&["lua", "bao"]), self.one_of(&["thi-dua", "dan-van"]));
                self.sql(&format!(
                    "UPDATE published_tags SET tag_id = (SELECT id FROM tags WHERE slug = '{other}') \
                      WHERE tag_id = (SELECT id FROM tags WHERE slug = '{one}') \
                        AND EXISTS (SELECT FROM tags WHERE slug = '{other}'); \
                     UPDATE tags SET name = name || ' mới', name_key = name_key || ' mới' WHERE slug = '{other}'"
                ));
                "tags merged"
            }
            10 => {
                let author = "(SELECT id FROM authors WHERE name = 'Ban Dân vận')";
                self.sql(&format!(
                    "UPDATE published_articles SET author_id = {author}, article_type = 'document' \
                      WHERE author_id = (SELECT id FROM authors WHERE name = 'Sở Y tế') AND EXISTS {author}"
                ));
                "authors merged"
            }
            11 => {
                self.later += self.dice.random_range(1..40);
                self.site.time_passes(Duration::minutes(self.later));
                "time passed"
            }
            _ => {
                fold(self.site);
                "folded"
            }
        }
    }

    fn sql(&self, statements: &str) {
        self.site.sql(statements).unwrap_or_else(|error| panic!("{statements}: {error}"));
    }
}

/// The rows of a list that is read to its end.
async fn all(site: &Site, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = site.get(&path).await;
        rows.extend(page.is(200).rows().iter().cloned());
        next = page.next().map(str::to_owned);
    }
    rows
}

/// How many articles a list has: those on its pages, which its number has to be.
async fn listed(site: &Site, filter: &str) -> u64 {
    let path = format!("/api/v1/articles?limit=100&count=exact&{filter}");
    let rows = all(site, &path).await.len() as u64;
    assert_eq!(site.get(&path).await.body["meta"]["count"], rows, "{filter}");
    rows
}

/// Every number that a reader can see is that of the list which it is about.
async fn agree(site: &Site) {
    listed(site, "").await;
    for tag in all(site, "/api/v1/tags?limit=1").await {
        assert_eq!(
            tag["article_count"],
            listed(site, &format!("tag={}", tag["slug"].as_str().unwrap())).await,
            "{tag}"
        );
    }
    for author in all(site, "/api/v1/authors?limit=1").await {
        let id = author["id"].as_str().unwrap();
        assert_eq!(author["article_count"], listed(site, &format!("author={id}")).await, "{author}");
    }
    for of_type in site.get("/api/v1/article-types").await.rows() {
        let code = of_type["code"].as_str().unwrap();
        assert_eq!(of_type["article_count"], listed(site, &format!("article_type={code}")).await, "{of_type}");
    }
    let mut archives = vec![String::new()];
    let mut categories = site.get("/api/v1/categories").await.rows().clone();
    while let Some(category) = categories.pop() {
        let filter = format!("category={}", category["slug"].as_str().unwrap());
        assert_eq!(category["article_count"], listed(site, &filter).await, "{category}");
        categories.extend(category["children"].as_array().unwrap().iter().cloned());
        archives.push(filter);
    }
    for filter in archives {
        for year in site.get(&format!("/api/v1/archive?{filter}")).await.rows() {
            for month in year["months"].as_array().unwrap() {
                let [from, until] = ["from", "until"].map(|end| month[end].as_str().unwrap());
                let dates = format!("{filter}&published_after={from}&published_before={until}");
                assert_eq!(
                    month["article_count"],
                    listed(site, dates.trim_start_matches('&')).await,
                    "{filter} {month}"
                );
            }
        }
    }
}

#[actix_web::test]
async fn kept_numbers_are_those_of_the_lists_whatever_happens() {
    let site = Site::start().await;
    let seed = rand::random();
    let mut life = Life::of(&site, seed).await;
    for _ in 0..60 {
        let what = life.goes_on().await;
        assert_eq!(wrong(&site), 0, "{what}, seed {seed}");
    }

    // A replica has nothing in its memory.
    agree(&site.replica().await).await;

    // Whatever was to appear or to expire has done so.
    site.time_passes(Duration::days(30));
    assert_eq!(wrong(&site), 0, "at the end, seed {seed}");
    fold(&site);
    assert_eq!(wrong(&site), 0, "at the end, seed {seed}");
    assert_eq!(site.count("published_count_changes"), 0);
    agree(&site.replica().await).await;
}

#[actix_web::test]
async fn numbers_follow_the_clock_before_anything_is_folded() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.tagged(["Bão"])).await;
    approver.publishes_with(&approved, json!({ "publish_at": in_minutes(30), "expires_at": in_minutes(60) })).await;
    let tags = async || site.get("/api/v1/tags").await.rows().len();
    assert_eq!(tags().await, 0);

    site.time_passes(Duration::minutes(31));
    until(async || tags().await == 1).await;
    site.time_passes(Duration::minutes(61));
    until(async || tags().await == 0).await;

    assert!(site.count("published_count_changes") > 0);
    assert_eq!(wrong(&site), 0);
}

#[actix_web::test]
async fn copies_that_go_with_what_they_belong_to_are_no_longer_counted() {
    let site = Site::start().await;
    let live = site.live(site.article().await.tagged(["Bão", "Lúa"])).await;
    site.live(site.article().await.tagged(["Bão"])).await;
    fold(&site);

    let gone = format!("DELETE FROM publications WHERE article_id = '{}'", live.id);
    site.sql(&format!("SET LOCAL tintuc.purges_published = on; {gone}")).unwrap();

    assert_eq!(wrong(&site), 0);
    assert_eq!(site.get("/api/v1/articles?count=exact").await.body["meta"]["count"], 1);
}

#[actix_web::test]
async fn numbers_are_made_right_after_bulk_work() {
    let site = Site::start().await;
    for tag in ["Bão", "Lúa", "Mưa"] {
        site.live(site.article().await.tagged([tag])).await;
    }
    fold(&site);

    site.sql(
        "SELECT publication_in_bulk(); \
         DELETE FROM published_articles WHERE publication_id = (SELECT publication_id FROM published_articles LIMIT 1); \
         UPDATE published_articles SET expires_at = now() + interval '1 year', ends_at = now() + interval '1 year'",
    )
    .unwrap();

    assert_eq!(wrong(&site), 0);
    assert_eq!(site.count("delivery.tags"), 2);
    site.time_passes(Duration::days(366));
    assert_eq!(wrong(&site), 0);
    fold(&site);
    assert_eq!(wrong(&site), 0);
    assert_eq!(site.count("published_count_changes"), 0);
}
