//! The taxonomy as it is kept: order, renaming, moving, merging, deleting.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Publish;

use crate::support::{
    Admin, Answer, Approver, Author, Editor, Site, an_article,
    person::{Handle, Person},
};

/// A thing of the taxonomy as somebody last saw it.
struct Thing {
    path: String,
    etag: String,
    data: Value,
}

impl Thing {
    async fn at(who: &Person<'_>, path: &str) -> Self {
        let answer = who.get(path).await;
        Self { path: path.to_owned(), etag: answer.is(200).header("etag"), data: answer.data().clone() }
    }

    fn id(&self) -> &str {
        self.data["id"].as_str().unwrap()
    }
}

async fn patches(site: &Site, who: &Person<'_>, thing: &Thing, patch: Value) -> Answer {
    let request = who.request(Method::PATCH, &thing.path).header("If-Match", &thing.etag);
    site.send(request.header("content-type", "application/merge-patch+json").body(patch.to_string())).await
}

async fn deletes(site: &Site, who: &Person<'_>, thing: &Thing) -> Answer {
    site.send(who.request(Method::DELETE, &thing.path).header("If-Match", &thing.etag)).await
}

/// The one of this name in a list, with its tag.
async fn named(who: &Person<'_>, list: &str, name: &str) -> Thing {
    let rows = who.get(&format!("{list}?limit=100")).await.is(200).rows().clone();
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {list}"));
    Thing::at(who, &format!("{list}/{}", row["id"].as_str().unwrap())).await
}

async fn category(who: &Person<'_>, name: &str) -> Thing {
    let all = who.get("/categories").await.is(200).rows().clone();
    let row = all.iter().find(|row| row["name"] == name).unwrap();
    Thing::at(who, &format!("/categories/{}", row["id"].as_str().unwrap())).await
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.is(200).rows().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn siblings_stand_in_the_order_that_was_chosen_and_then_by_name() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    for name in ["Đời sống", "An ninh", "Du lịch"] {
        site.category(name).await;
    }
    let last = category(&admin, "Đời sống").await;

    let moved = patches(&site, &admin, &last, json!({ "position": 1 })).await;

    assert_eq!(moved.is(200).data()["position"], 1);
    assert_ne!(moved.header("etag"), last.etag);
    let order = ["Đời sống", "An ninh", "Du lịch"];
    assert_eq!(names(&admin.get("/categories").await), order);
    assert_eq!(names(&site.get("/api/v1/categories").await), order);
    patches(&site, &admin, &last, json!({ "position": 2 })).await.is_problem(412, "stale_version");
}

#[actix_web::test]
async fn a_renamed_category_is_called_so_everywhere_at_once_and_its_old_addresses_lead_on() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = site.live(an_article().titled("Lúa").filed_under(&site.category("Nông nghiệp").await)).await;
    assert_eq!(site.public_titles("?category=nong-nghiep").await, ["Lúa"]);
    let farming = category(&admin, "Nông nghiệp").await;

    let patch = json!({ "name": "Nông thôn mới", "slug": "nong-thon-moi" });
    patches(&site, &admin, &farming, patch).await.is(200);

    assert_eq!(site.public(&article).await.data()["category"]["name"], "Nông thôn mới");
    assert_eq!(site.public_titles("?category=nong-thon-moi").await, ["Lúa"]);
    for (path, by) in [("articles", "fields=slug&limit=5"), ("archive", ""), ("most-viewed", "period=all")] {
        let old = site.get(&format!("/api/v1/{path}?category=nong-nghiep&{by}")).await;
        let location = old.is(308).header("location");
        assert!(location.starts_with(&format!("/api/v1/{path}?")), "{location}");
        assert!(location.contains("category=nong-thon-moi") && location.contains(by), "{location}");
        site.get(&location).await.is(200);
    }
    // Nobody else takes the old address, and whoever had it may have it back.
    let other = admin.post("/categories", &json!({ "name": "Khác", "slug": "nong-nghiep" })).await;
    other.is_problem(409, "conflict");
    assert_eq!(site.category("Nông nghiệp").await, "nong-nghiep-2");
    let farming = category(&admin, "Nông thôn mới").await;
    patches(&site, &admin, &farming, json!({ "slug": "nong-nghiep" })).await.is(200);
    assert_eq!(site.public_titles("?category=nong-nghiep").await, ["Lúa"]);
    site.get("/api/v1/articles?category=nong-thon-moi").await.is(308);
}

#[actix_web::test]
async fn a_category_moves_with_all_below_it_and_never_below_itself() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let (economy, society) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    let rice = site.category_below("Lúa gạo", Some(&farming)).await;
    site.live(an_article().titled("Gạo").filed_under(&rice)).await;
    let farming = category(&admin, "Nông nghiệp").await;

    for below in ["lua-gao", "nong-nghiep"] {
        let refusal = patches(&site, &admin, &farming, json!({ "parent": below })).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/parent cycle"]);
    }
    let moved = patches(&site, &admin, &farming, json!({ "parent": society })).await;

    assert_eq!(moved.is(200).data()["parent"], "xa-hoi");
    assert_eq!(site.public_titles("?category=xa-hoi").await, ["Gạo"]);
    assert_eq!(site.public_titles("?category=kinh-te").await, [""; 0]);
    let farming = category(&admin, "Nông nghiệp").await;
    patches(&site, &admin, &farming, json!({ "parent": null })).await.is(200);
    assert_eq!(site.public_titles("?category=xa-hoi").await, [""; 0]);
}

#[actix_web::test]
async fn two_who_move_at_once_close_no_circle() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let admin = site.person([Admin]).await;
    for round in 0..10 {
        let (one, other) = (format!("A{round}"), format!("B{round}"));
        for name in [&one, &other] {
            site.category(name).await;
        }
        let (one, other) = (category(&admin, &one).await, category(&admin, &other).await);
        let there = admin.at(&replica);
        let (first, second) = futures_util::join!(
            patches(&site, &admin, &one, json!({ "parent": other.id() })),
            patches(&replica, &there, &other, json!({ "parent": one.id() })),
        );
        let mut both = [first.status.as_u16(), second.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 422], "round {round}");
    }
}

#[actix_web::test]
async fn moving_a_category_takes_the_right_at_both_places() {
    let site = Site::start().await;
    let (mine, other) = (site.category("Của tôi").await, site.category("Của người khác").await);
    site.category_below("Bên dưới", Some(&mine)).await;
    let admin = site.person_with(&[format!("admin@{mine}")]).await;
    let below = category(&admin, "Bên dưới").await;

    patches(&site, &admin, &below, json!({ "parent": other })).await.is_problem(403, "forbidden");
    patches(&site, &admin, &below, json!({ "parent": null })).await.is_problem(403, "forbidden");
    patches(&site, &admin, &category(&admin, "Của người khác").await, json!({ "name": "x" }))
        .await
        .is_problem(403, "forbidden");
    patches(&site, &admin, &below, json!({ "name": "Ở dưới" })).await.is(200);
}

#[actix_web::test]
async fn what_is_used_is_not_deleted_and_says_where() {
    let site = Site::start().await;
    let (admin, editor) = (site.person([Admin]).await, site.person([Editor]).await);
    let slug = site.category("Thông báo").await;
    let made = admin.post("/article-types", &json!({ "code": "interview", "name": "Phỏng vấn" })).await;
    made.is(201);
    let article = an_article().titled("Bản thảo").filed_under(&slug).tagged(["Thi đua"]);
    let article = article.with("article_type", "interview").with("author", json!({ "name": "Sở Nội vụ" }));
    let draft = editor.creates(article).await;
    editor.tries_to_delete(&draft, "").await.is(204);
    let things = [
        category(&admin, "Thông báo").await,
        Thing::at(&admin, "/article-types/interview").await,
        named(&admin, "/tags", "Thi đua").await,
        named(&admin, "/authors", "Sở Nội vụ").await,
    ];

    for thing in &things {
        let refusal = deletes(&site, &admin, thing).await;
        let problem = &refusal.is_problem(409, "conflict").body;
        assert_eq!(problem["uses"], json!([{ "article_id": draft.id, "title": "Bản thảo" }]), "{}", thing.path);
        assert_eq!(problem["used_by"], 1);
    }

    site.send(admin.request(Method::DELETE, &format!("/trash/{}", draft.id))).await.is(204);
    for thing in &things {
        deletes(&site, &admin, thing).await.is(204);
        admin.get(&thing.path).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_category_with_others_below_or_with_grants_stays() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let above = site.category("Trên").await;
    let below = site.category_below("Dưới", Some(&above)).await;
    site.person_with(&[format!("editor@{below}")]).await;

    deletes(&site, &admin, &category(&admin, "Trên").await).await.is_problem(409, "conflict");
    deletes(&site, &admin, &category(&admin, "Dưới").await).await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn article_types_are_made_renamed_and_put_in_order() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let input = json!({ "code": "interview", "name": "Phỏng vấn", "position": 0 });

    let made = admin.post("/article-types", &input).await;

    assert_eq!(made.is(201).data(), &input);
    admin.post("/article-types", &input).await.is_problem(409, "conflict");
    admin
        .post("/article-types", &json!({ "code": "Phỏng vấn", "name": "x" }))
        .await
        .is_problem(422, "validation_failed");
    assert_eq!(names(&site.get("/api/v1/article-types").await)[0], "Phỏng vấn");
    let interview = Thing::at(&admin, "/article-types/interview").await;
    patches(&site, &admin, &interview, json!({ "name": "Trò chuyện", "position": null })).await.is(200);
    assert_eq!(names(&site.get("/api/v1/article-types").await).last(), Some(&"Video"));
    assert!(names(&admin.get("/article-types").await).contains(&"Trò chuyện"));
}

#[actix_web::test]
async fn a_renamed_tag_keeps_its_address_and_a_name_that_another_has_is_refused() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = site.live(site.article().await.titled("Một").tagged(["Dân vân khéo", "Thi đua"])).await;
    let tag = named(&admin, "/tags", "Dân vân khéo").await;
    assert_eq!(tag.data["article_count"], 1);

    let renamed = patches(&site, &admin, &tag, json!({ "name": "Dân vận khéo" })).await;

    assert_eq!(renamed.is(200).data()["slug"], "dan-van-kheo");
    assert_eq!(site.public(&article).await.data()["tags"][0], "Dân vận khéo");
    assert_eq!(site.public_titles("?tag=dan-van-kheo").await, ["Một"]);
    let tag = named(&admin, "/tags", "Dân vận khéo").await;
    let taken = patches(&site, &admin, &tag, json!({ "name": "THI ĐUA" })).await;
    assert_eq!(taken.is_problem(409, "conflict").errors(), ["/name taken"]);
    assert_eq!(taken.body["existing"], named(&admin, "/tags", "Thi đua").await.data["id"]);
    patches(&site, &admin, &tag, json!({ "name": null })).await.is_problem(422, "validation_failed");
    patches(&site, &admin, &tag, json!({})).await.is(200);
}

#[actix_web::test]
async fn merged_tags_are_one_in_public_in_drafts_and_in_every_version() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let category = site.category("Thông báo").await;
    let with = |title: &str| an_article().titled(title).filed_under(&category);
    let both = site.live(with("Cả hai").tagged(["Thi đua", "Phong trào thi đua"])).await;
    let one = site.live(with("Chỉ một").tagged(["Phong trào thi đua"])).await;
    let draft = author.creates(with("Bản thảo").tagged(["Phong trào thi đua", "Thi đua"])).await;
    let approved = site.approved(with("Chờ đăng").tagged(["Phong trào thi đua", "Thi đua"])).await;
    let (gone, stays) = (named(&admin, "/tags", "Phong trào thi đua").await, named(&admin, "/tags", "Thi đua").await);

    let merged = admin.post(&format!("{}/merge", gone.path), &json!({ "into": stays.id() })).await;

    assert_eq!(
        merged.is(200).data(),
        &json!({ "id": stays.id(), "slug": "thi-dua", "name": "Thi đua", "article_count": 2 })
    );
    for article in [&both, &one] {
        let public = site.public(article).await;
        assert_eq!(public.data()["tags"], json!(["Thi đua"]));
    }
    assert_eq!(site.public_titles("?tag=thi-dua").await, ["Chỉ một", "Cả hai"]);
    assert_eq!(site.public_titles("?tag=phong-trao-thi-dua").await, ["Chỉ một", "Cả hai"], "by the old name too");
    assert_eq!(author.sees(&draft).await.data["tags"], json!(["Thi đua"]));
    let version = author.get(&format!("/articles/{}/versions/1", draft.id)).await;
    assert_eq!(version.is(200).data()["tags"], json!(["Thi đua"]));
    // What was approved before is published with what it means now.
    site.person([Approver]).await.does(Publish, &approved).await;
    assert_eq!(site.public(&approved).await.data()["tags"], json!(["Thi đua"]));
    // Who types the old name means the other.
    let typed = author.creates(with("Gõ lại").tagged(["phong trào thi đua"])).await;
    assert_eq!(typed.data["tags"], json!(["Thi đua"]));
    admin.get(&gone.path).await.is_problem(404, "not_found");
    assert_eq!(names(&admin.get("/tags").await), ["Thi đua"]);
    // And may call it so.
    let stays = named(&admin, "/tags", "Thi đua").await;
    patches(&site, &admin, &stays, json!({ "name": "Phong trào thi đua" })).await.is(200);
    assert_eq!(site.public(&one).await.data()["tags"][0], "Phong trào thi đua");
    deletes(&site, &admin, &named(&admin, "/tags", "Phong trào thi đua").await).await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn a_tag_that_was_merged_twice_means_the_last() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = site.live(site.article().await.tagged(["A", "B", "C"])).await;
    let tags =
        [named(&admin, "/tags", "A").await, named(&admin, "/tags", "B").await, named(&admin, "/tags", "C").await];

    for (gone, into) in [(0, 1), (1, 2)] {
        admin.post(&format!("{}/merge", tags[gone].path), &json!({ "into": tags[into].id() })).await.is(200);
    }

    assert_eq!(site.public(&article).await.data()["tags"], json!(["C"]));
    let editor = site.person([Editor]).await;
    assert_eq!(editor.sees(&article).await.data["tags"], json!(["C"]));
}

#[actix_web::test]
async fn merged_authors_are_one_everywhere() {
    let site = Site::start().await;
    let (admin, author) = (site.person([Admin]).await, site.person([Author]).await);
    let category = site.category("Thông báo").await;
    let by = |name: &str| an_article().titled(name).filed_under(&category).with("author", json!({ "name": name }));
    let live = site.live(by("Sở GDĐT")).await;
    let draft = author.creates(by("Sở GDĐT")).await;
    let approved = site.approved(by("Sở GDĐT")).await;
    site.live(by("Sở Giáo dục và Đào tạo")).await;
    let (gone, stays) =
        (named(&admin, "/authors", "Sở GDĐT").await, named(&admin, "/authors", "Sở Giáo dục và Đào tạo").await);

    admin.post(&format!("{}/merge", gone.path), &json!({ "into": stays.id() })).await.is(200);

    let one = json!({ "id": stays.id(), "name": "Sở Giáo dục và Đào tạo" });
    assert_eq!(site.public(&live).await.data()["author"], one);
    assert_eq!(author.sees(&draft).await.data["author"], one);
    let versions = author.get(&format!("/articles/{}/versions/1", draft.id)).await;
    assert_eq!(versions.is(200).data()["author"], one);
    site.person([Approver]).await.does(Publish, &approved).await;
    assert_eq!(site.public(&approved).await.data()["author"], one);
    assert_eq!(site.public_titles(&format!("?author={}", stays.id())).await.len(), 3);
    let edited = author.edits(&author.sees(&draft).await, json!({ "author": gone.id() })).await;
    assert_eq!(edited.data["author"], one, "the old id means the other");
    let typed = admin.post("/authors", &json!({ "name": "sở gdđt" })).await;
    assert_eq!(typed.is(200).data()["id"], stays.id());
}

#[actix_web::test]
async fn an_author_may_be_linked_to_an_account() {
    let site = Site::start().await;
    let (admin, person) = (site.person([Admin]).await, site.person([Author]).await);
    let made = admin.post("/authors", &json!({ "name": "Ban Biên tập" })).await;
    assert_eq!(made.is(201).data()["user"], Value::Null);
    let author = named(&admin, "/authors", "Ban Biên tập").await;

    let linked = patches(&site, &admin, &author, json!({ "user": person.id })).await;

    assert_eq!(linked.is(200).data()["user"]["id"], json!(person.id));
    let author = named(&admin, "/authors", "Ban Biên tập").await;
    let unknown = patches(&site, &admin, &author, json!({ "user": author.id() })).await;
    assert_eq!(unknown.is_problem(422, "validation_failed").errors(), ["/user unknown"]);
    patches(&site, &admin, &author, json!({ "user": null })).await.is(200);
}

#[actix_web::test]
async fn nothing_is_merged_into_itself_or_into_nothing_or_by_anybody_but_an_administrator() {
    let site = Site::start().await;
    let (admin, editor) = (site.person([Admin]).await, site.person([Editor]).await);
    site.live(site.article().await.tagged(["A", "B"]).with("author", json!({ "name": "X" }))).await;
    let (tag, other) = (named(&admin, "/tags", "A").await, named(&admin, "/tags", "B").await);
    let author = named(&admin, "/authors", "X").await;
    for thing in [&tag, &author] {
        let merge = format!("{}/merge", thing.path);
        let itself = admin.post(&merge, &json!({ "into": thing.id() })).await;
        assert_eq!(itself.is_problem(422, "validation_failed").errors(), ["/into itself"]);
        let nothing = json!({ "into": "0195f2f0-0000-7000-8000-000000000000" });
        let unknown = admin.post(&merge, &nothing).await;
        assert_eq!(unknown.is_problem(422, "validation_failed").errors(), ["/into unknown"]);
        editor.post(&merge, &nothing).await.is_problem(403, "forbidden");
    }
    editor.post(&format!("{}/merge", tag.path), &json!({ "into": other.id() })).await.is_problem(403, "forbidden");
    patches(&site, &editor, &tag, json!({ "name": "C" })).await.is_problem(403, "forbidden");
    deletes(&site, &editor, &author).await.is_problem(403, "forbidden");
    site.send(admin.request(Method::DELETE, &tag.path)).await.is_problem(428, "precondition_required");
}

#[actix_web::test]
async fn who_publishes_while_a_tag_is_merged_publishes_what_it_has_become() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let approver = site.person([Approver]).await;
    let category = site.category("Thông báo").await;
    let mut waiting: Vec<Handle> = Vec::new();
    for number in 0..6 {
        let article = an_article().titled(&format!("Tin {number}")).filed_under(&category);
        let tags = [format!("Cũ {number}"), format!("Mới {number}")];
        waiting.push(site.approved(article.tagged([&tags[0], &tags[1]])).await);
    }
    for (number, article) in waiting.iter().enumerate() {
        let gone = named(&admin, "/tags", &format!("Cũ {number}")).await;
        let stays = named(&admin, "/tags", &format!("Mới {number}")).await;
        let (path, into) = (format!("{}/merge", gone.path), json!({ "into": stays.id() }));
        let (published, merged) = futures_util::join!(approver.does(Publish, article), admin.post(&path, &into));
        merged.is(200);
        let public = site.public(&published).await;
        assert_eq!(public.data()["tags"], json!([format!("Mới {number}")]));
    }
    assert_eq!(site.count("published_tags p JOIN tags t ON t.id = p.tag_id WHERE t.merged_into IS NOT NULL"), 0);
}
