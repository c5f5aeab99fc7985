//! What a request costs: as many statements however much it finds.

use std::ops::Sub;

use serde_json::json;

use tintuc::newsroom::Transition::Submit;

use crate::support::{Admin, Approver, Editor, Person, Site, article::ArticleBuilder, person::Handle};

/// Statements run so far, by the public side and by the management side.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spent(u64, u64);

impl Sub for Spent {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

fn spent(site: &Site) -> Spent {
    Spent(site.app.delivery.statements(), site.app.newsroom.statements())
}

/// What each of the four reads costs now.
async fn costs(site: &Site, article: &Handle, articles: usize) -> [Spent; 4] {
    let admin = site.person([Admin]).await;
    // What things are called is known from then on.
    site.get("/api/v1/articles?limit=99").await.is(200);
    let mut costs = Vec::new();
    for path in ["/api/v1/articles?limit=100&count=exact", &format!("/api/v1/articles/{}", article.id)] {
        let before = spent(site);
        site.get(path).await.is(200);
        costs.push(spent(site) - before);
    }
    for path in ["/articles?limit=100&count=exact", &format!("/articles/{}", article.id)] {
        let before = spent(site);
        admin.get(path).await.is(200);
        costs.push(spent(site) - before);
    }
    assert_eq!(site.count("delivery.articles"), i64::try_from(articles).unwrap());
    costs.try_into().unwrap()
}

#[actix_web::test]
async fn fifty_articles_cost_as_many_statements_as_one() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Thi đua"]).with("author", json!({ "name": "Sở Y tế" }));
    let other = site.live(article.clone()).await;
    let mut live = vec![site.live(article.clone().with("related", json!([other.id]))).await];
    let one = costs(&site, &live[0], 2).await;
    for number in 0..47 {
        live.push(site.live(article.clone().tagged(["Thi đua", &format!("Số {number}")])).await);
    }
    let related: Vec<&str> = live.iter().map(|live| live.id.as_str()).collect();
    let whole = site.live(article.with("related", json!(related)).with("translations", json!(related[..20]))).await;

    let fifty = costs(&site, &whole, 50).await;

    assert_eq!(one, fifty);
    assert!(one.iter().all(|Spent(delivery, newsroom)| delivery + newsroom > 0), "{one:?}");
}

/// How many statements something costs, a sign-in of one included.
async fn cost(site: &Site, work: impl Future<Output = Handle>) -> (u64, Handle) {
    let before = spent(site);
    let handle = work.await;
    let Spent(delivery, newsroom) = spent(site) - before;
    (delivery + newsroom, handle)
}

#[actix_web::test]
async fn a_request_reads_what_it_decides_on_and_answers_once() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Thi đua"]).with("author", json!({ "name": "Sở Y tế" }));
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    editor.creates(article.clone()).await;

    let (create, draft) = cost(&site, editor.creates(article)).await;
    let (edit, edited) = cost(&site, editor.edits(&draft, json!({ "title": "Khác" }))).await;
    let (submit, pending) = cost(&site, editor.does(Submit, &edited)).await;
    let (approve, approved) = cost(&site, approver.approves(&pending)).await;
    let (publish, live) = cost(&site, approver.publishes(&approved)).await;
    let (read, _) = cost(&site, editor.sees(&live)).await;
    let before = spent(&site);
    editor.get("/articles?limit=100").await.is(200);
    let Spent(_, list) = spent(&site) - before;
    let before = spent(&site);
    site.public(&live).await.is(200);
    let Spent(public, _) = spent(&site) - before;

    assert_eq!(
        [create, edit, submit, approve, publish],
        [17, 20, 15, 14, 22],
        "writes: to submit asks through which stages"
    );
    assert_eq!([read, list, public], [9, 8, 5], "reads");
}

/// Statements that a management read costs an administrator.
async fn managed(site: &Site, admin: &Person<'_>, path: &str) -> u64 {
    let before = spent(site);
    admin.get(path).await.is(200);
    let Spent(delivery, newsroom) = spent(site) - before;
    delivery + newsroom
}

/// What a preview, a difference and a report cost, of an article that points at these.
async fn dear(site: &Site, article: ArticleBuilder) -> [u64; 3] {
    let (editor, admin) = (site.person([Editor]).await, site.person([Admin]).await);
    let draft = editor.creates(article).await;
    editor.edits(&draft, json!({ "tags": [], "related": [] })).await;
    let made = editor.post(&format!("/articles/{}/preview", draft.id), &json!({ "version": 1 })).await;
    let preview = made.is(201).data()["url"].as_str().unwrap().to_owned();
    // What things are called is known from then on.
    site.get(&preview).await.is(200);
    let before = spent(site);
    site.get(&preview).await.is(200);
    let Spent(delivery, newsroom) = spent(site) - before;
    assert_eq!(delivery, 0, "the public side has no part in it");
    let diff = managed(site, &admin, &format!("/articles/{}/versions/2/diff", draft.id)).await;
    [newsroom, diff, managed(site, &admin, "/royalties?group_by=article").await]
}

#[actix_web::test]
async fn an_inbox_costs_as_many_statements_however_much_waits() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let article = site.article().await;
    editor.submits(article.clone()).await;
    let one = managed(&site, &approver, "/inbox?limit=100").await;
    for _ in 0..20 {
        editor.submits(article.clone()).await;
    }

    assert_eq!(managed(&site, &approver, "/inbox?limit=100").await, one);
}

#[actix_web::test]
async fn previews_differences_and_reports_cost_as_many_statements_however_much_they_show() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Thi đua"]).with("author", json!({ "name": "Sở Y tế" }));
    let mut live = vec![site.live(article.clone()).await];
    let one = dear(&site, article.clone().with("related", json!([live[0].id]))).await;
    for _ in 0..20 {
        live.push(site.live(article.clone()).await);
    }
    site.sql(
        "INSERT INTO royalties (article_id, revision, amount, currency, set_by, set_at) \
         SELECT id, 1, 5, 'VND', created_by, now() FROM articles",
    )
    .unwrap();
    let related: Vec<&str> = live.iter().map(|live| live.id.as_str()).collect();

    let many = dear(&site, article.tagged(["a", "b", "c", "d"]).with("related", json!(related))).await;

    assert_eq!(one, many);
}

#[actix_web::test]
async fn a_key_costs_some_statements_and_its_repetition_few() {
    let site = Site::start().await;
    let (editor, article) = (site.person([Editor]).await, site.article().await.into());
    crate::idempotency::post(&editor, "k", "/articles", &article).await.is(201);
    let before = spent(&site);
    editor.post("/articles", &article).await.is(201);
    let without = spent(&site) - before;
    let before = spent(&site);
    crate::idempotency::post(&editor, "l", "/articles", &article).await.is(201);
    let with = spent(&site) - before;
    let before = spent(&site);
    crate::idempotency::post(&editor, "l", "/articles", &article).await.is(201);
    let again = spent(&site) - before;

    assert_eq!((with - without, again), (Spent(0, 6), Spent(0, 2)));
}
