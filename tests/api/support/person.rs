//! Somebody who works in the newsroom.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Site, article::ArticleBuilder};
use tintuc::newsroom::Transition;

/// A signed-in person.
pub struct Person<'a> {
    pub id: Uuid,
    pub email: String,
    pub token: String,
    site: &'a Site,
}

/// An article as somebody saw it last.
#[derive(Clone, Debug)]
pub struct Handle {
    pub id: String,
    pub etag: String,
    pub data: Value,
}

impl Handle {
    /// What an answer shows.
    pub fn of(answer: &Answer) -> Self {
        let data = answer.data().clone();
        Self { id: data["id"].as_str().expect("an id").to_owned(), etag: answer.header("etag"), data }
    }

    /// The id.
    pub fn uuid(&self) -> Uuid {
        self.id.parse().expect("an id")
    }

    /// A field.
    pub fn field(&self, name: &str) -> &Value {
        &self.data[name]
    }

    /// The slug.
    pub fn slug(&self) -> &str {
        self.data["slug"].as_str().expect("a slug")
    }
}

impl<'a> Person<'a> {
    pub(super) fn new(site: &'a Site, id: Uuid, email: String, token: String) -> Self {
        Self { id, email, token, site }
    }

    /// The same person at another replica.
    pub fn at<'b>(&self, site: &'b Site) -> Person<'b> {
        Person::new(site, self.id, self.email.clone(), self.token.clone())
    }

    /// A program that acts in their name.
    pub fn acting_by(&self, key: &str) -> Self {
        Person::new(self.site, self.id, self.email.clone(), key.to_owned())
    }

    /// Where they work.
    pub fn site(&self) -> &'a Site {
        self.site
    }

    /// A request of theirs to the management side.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.site.request(method, &format!("/api/v1/manage{path}")).bearer_auth(&self.token)
    }

    /// What they get.
    pub async fn get(&self, path: &str) -> Answer {
        self.site.send(self.request(Method::GET, path)).await
    }

    /// What they get for posting JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.site.send(self.request(Method::POST, path).json(body)).await
    }

    /// Tries to write an article.
    pub async fn tries_to_create(&self, article: ArticleBuilder) -> Answer {
        self.post("/articles", &article.into()).await
    }

    /// Writes an article.
    pub async fn creates(&self, article: ArticleBuilder) -> Handle {
        Handle::of(self.tries_to_create(article).await.is(201))
    }

    /// Writes an article and asks for its review.
    pub async fn submits(&self, article: ArticleBuilder) -> Handle {
        let draft = self.creates(article).await;
        self.does(Transition::Submit, &draft).await
    }

    /// Approves.
    pub async fn approves(&self, article: &Handle) -> Handle {
        self.does(Transition::Approve, article).await
    }

    /// Publishes, now.
    pub async fn publishes(&self, article: &Handle) -> Handle {
        self.does(Transition::Publish, article).await
    }

    /// Publishes with further input: `publish_at`, `expires_at`.
    pub async fn publishes_with(&self, article: &Handle, input: Value) -> Handle {
        Handle::of(self.tries_with(Transition::Publish, article, input).await.is(200))
    }

    /// Takes a step that must succeed.
    pub async fn does(&self, step: Transition, article: &Handle) -> Handle {
        Handle::of(self.tries(step, article).await.is(200))
    }

    /// Takes a step that may be refused.
    pub async fn tries(&self, step: Transition, article: &Handle) -> Answer {
        self.tries_with(step, article, json!({})).await
    }

    /// The same, with input.
    pub async fn tries_with(&self, step: Transition, article: &Handle, input: Value) -> Answer {
        let path = format!("/articles/{}/transitions/{step}", article.id);
        let request = self.request(Method::POST, &path).header("If-Match", &article.etag);
        self.site.send(request.json(&input)).await
    }

    /// Edits an article.
    pub async fn edits(&self, article: &Handle, patch: Value) -> Handle {
        Handle::of(self.tries_to_edit(article, patch).await.is(200))
    }

    /// Edits an article, which may be refused.
    pub async fn tries_to_edit(&self, article: &Handle, patch: Value) -> Answer {
        let request = self.request(Method::PATCH, &format!("/articles/{}", article.id));
        let request = request.header("If-Match", &article.etag).header("content-type", "application/merge-patch+json");
        self.site.send(request.body(patch.to_string())).await
    }

    /// Makes an earlier version the working copy again, which may be refused.
    pub async fn tries_to_restore(&self, article: &Handle, version: i32) -> Answer {
        let path = format!("/articles/{}/versions/{version}/restore", article.id);
        self.site.send(self.request(Method::POST, &path).header("If-Match", &article.etag)).await
    }

    /// Makes an earlier version the working copy again.
    pub async fn restores(&self, article: &Handle, version: i32) -> Handle {
        Handle::of(self.tries_to_restore(article, version).await.is(200))
    }

    /// Deletes an article, which may be refused.
    pub async fn tries_to_delete(&self, article: &Handle, query: &str) -> Answer {
        let request = self.request(Method::DELETE, &format!("/articles/{}{query}", article.id));
        self.site.send(request.header("If-Match", &article.etag)).await
    }

    /// The article's history: what happened to it, newest first.
    pub async fn history(&self, article: &Handle) -> Vec<Value> {
        self.get(&format!("/articles/{}/history", article.id)).await.is(200).rows().clone()
    }

    /// The titles of each page of a list, to its end.
    pub async fn pages(&self, path: &str) -> Vec<Vec<String>> {
        let (mut pages, mut path) = (Vec::new(), path.to_owned());
        loop {
            let answer = self.get(&path).await;
            pages.push(answer.is(200).titles());
            let Some(next) = answer.next() else { return pages };
            next.strip_prefix("/api/v1/manage").expect("a page of the same side").clone_into(&mut path);
        }
    }

    /// The article as they see it now.
    pub async fn sees(&self, article: &Handle) -> Handle {
        Handle::of(self.looks_at(article).await.is(200))
    }

    /// The article as they see it now, if they do.
    pub async fn looks_at(&self, article: &Handle) -> Answer {
        self.get(&format!("/articles/{}", article.id)).await
    }
}
