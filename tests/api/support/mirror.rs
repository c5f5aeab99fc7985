//! A partner who follows the change feed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Answer, Site};

/// What a partner has of the articles.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    /// Parameters beside the token, each behind an ampersand.
    filter: String,
    /// Where they are; none before the first pass.
    pub token: Option<String>,
    /// The articles, by id.
    pub articles: BTreeMap<String, Value>,
}

impl Mirror {
    /// One that follows all.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that follows a part: `category=a&limit=3`.
    pub fn of(filter: &str) -> Self {
        Self { filter: format!("&{filter}"), ..Self::default() }
    }

    /// The address of the next page.
    pub fn address(&self) -> String {
        let token = self.token.as_deref().map(|token| format!("token={token}"));
        format!("/api/v1/sync?{}{}", token.unwrap_or_default(), self.filter).replacen("?&", "?", 1)
    }

    /// Asks for the next page, and takes it over. What it told: `upsert TITLE` and `REASON TITLE`, of what was not there only
    /// the reason.
    pub async fn page(&mut self, site: &Site) -> (Vec<String>, bool) {
        let answer = site.get(&self.address()).await;
        self.takes(&answer)
    }

    /// Takes a page over.
    pub fn takes(&mut self, answer: &Answer) -> (Vec<String>, bool) {
        let mut told = Vec::new();
        for change in answer.is(200).rows() {
            if change["change"] == "upsert" {
                let article = &change["article"];
                told.push(format!("upsert {}", article["title"].as_str().unwrap_or_default()));
                self.articles.insert(article["id"].as_str().expect("an id").to_owned(), article.clone());
            } else {
                assert_eq!(change["change"], "delete");
                let gone = self.articles.remove(change["id"].as_str().expect("an id"));
                let title = gone.as_ref().and_then(|article| article["title"].as_str()).unwrap_or_default();
                told.push(format!("{} {title}", change["reason"].as_str().expect("a reason")).trim_end().to_owned());
            }
        }
        self.token = Some(answer.body["meta"]["next_token"].as_str().expect("a token").to_owned());
        (told, answer.body["meta"]["has_more"].as_bool().expect("whether there is more"))
    }

    /// Is killed before it notes how far it is: it goes on from where it had come to before. A pass of which nothing is noted
    /// begins with nothing.
    pub fn forgets(&mut self, noted: Option<String>) {
        if noted.is_none() {
            self.articles.clear();
        }
        self.token = noted;
    }

    /// Follows to the end of what there is.
    pub async fn follows(&mut self, site: &Site) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let (page, has_more) = self.page(site).await;
            told.extend(page);
            if !has_more {
                return told;
            }
        }
    }

    /// The same, whatever the filter says of waiting.
    pub async fn follows_without_waiting(&mut self, site: &Site) -> Vec<String> {
        let filter = self.filter.clone();
        let others: Vec<&str> = filter.split('&').filter(|part| !part.starts_with("wait=")).collect();
        self.filter = others.join("&");
        let told = self.follows(site).await;
        self.filter = filter;
        told
    }

    /// What the public list with these filters holds, each article as it is delivered.
    pub async fn public(site: &Site, filter: &str) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let mut path = format!("/api/v1/articles?limit=100&{filter}");
        loop {
            let page = site.get(&path).await;
            for row in page.is(200).rows() {
                let id = row["id"].as_str().expect("an id");
                let mut article = site.get(&format!("/api/v1/articles/{id}")).await.is(200).data().clone();
                article.as_object_mut().expect("an article").remove("related");
                found.insert(id.to_owned(), article);
            }
            let Some(next) = page.next() else { return found };
            path = next.to_owned();
        }
    }
}
