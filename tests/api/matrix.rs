//! Every operation of the OpenAPI document, asked by everybody: who is let in, and who is not. An operation that is not told
//! of here fails the test.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use self::Right::*;
use crate::support::{
    Accountant, Admin, Answer, Approver, Author, Editor, Person, Site, an_article, contract,
    files::{form, pdf},
    in_minutes,
    people::a_user,
    person::Handle,
};

/// What an operation takes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    /// Nothing: it is for everyone.
    Nothing,
    /// To be somebody, in person.
    Person,
    /// An account, in person or by a key.
    Account,
    /// A role, wherever, in person.
    AnyRole,
    /// To read something, whatever it is.
    ListAny,
    /// To read an article of somebody else, on the site.
    ReadTheirs,
    /// The same, for something that is written.
    UseTheirs,
    /// To read numbers of its readers.
    CountTheirs,
    /// To make an article where this one is.
    Create,
    /// To make an article anywhere.
    CreateAnywhere,
    /// To do something with an article, whatever that is.
    WriteAnywhere,
    /// To edit an article of somebody else.
    EditTheirs,
    /// To review or publish one.
    ReviewTheirs,
    /// To see and set royalties.
    Pay,
    /// To see or set some.
    PayAnywhere,
    /// To administer the site.
    Administer,
    /// To administer something.
    AdministerAnything,
}

/// What each operation takes. Those that would end the sessions of whoever asks are asked in vain.
const RIGHTS: &[(&str, Right)] = &[
    ("get_jwks", Nothing),
    ("get_service_index", Nothing),
    ("get_liveness", Nothing),
    ("get_readiness", Nothing),
    ("get_file", Nothing),
    ("get_archive", Nothing),
    ("list_article_types", Nothing),
    ("list_articles", Nothing),
    ("list_changes", Nothing),
    ("get_stream", Nothing),
    ("get_ninjs", Nothing),
    ("get_rss", Nothing),
    ("get_atom", Nothing),
    ("get_json_feed", Nothing),
    ("get_podcast", Nothing),
    ("list_category_feeds", Nothing),
    ("get_sitemap", Nothing),
    ("get_sitemap_of_period", Nothing),
    ("get_news_sitemap", Nothing),
    ("get_robots", Nothing),
    ("get_security_contact", Nothing),
    ("get_article", Nothing),
    ("get_legacy_item", Nothing),
    ("get_legacy_address", Nothing),
    ("get_other_articles", Nothing),
    ("list_related_articles", Nothing),
    ("get_views", Nothing),
    ("count_view", Nothing),
    ("list_authors", Nothing),
    ("list_categories", Nothing),
    ("list_most_viewed", Nothing),
    ("get_front_page", Nothing),
    ("get_article_metadata", Nothing),
    ("list_suggestions", Nothing),
    ("list_tags", Nothing),
    ("list_views", Nothing),
    ("login", Nothing),
    ("refresh_tokens", Nothing),
    ("accept_invite", Nothing),
    ("get_single_sign_on", Nothing),
    ("get_single_sign_on_callback", Nothing),
    ("link_single_sign_on", Person),
    ("get_preview", Nothing),
    ("logout", Person),
    ("change_password", Person),
    ("get_totp", Person),
    ("begin_totp", Person),
    ("confirm_totp", Person),
    ("remove_totp", Person),
    ("list_sessions", Person),
    ("end_session", Person),
    ("end_sessions", Person),
    ("get_me", Account),
    ("list_managed_articles", ListAny),
    ("get_inbox", ListAny),
    ("get_dashboard", ListAny),
    ("list_managed_authors", ListAny),
    ("list_managed_categories", ListAny),
    ("get_category", ListAny),
    ("list_managed_article_types", ListAny),
    ("get_article_type", ListAny),
    ("list_managed_tags", ListAny),
    ("get_tag", ListAny),
    ("get_author", ListAny),
    ("list_media", ListAny),
    ("list_trash", ListAny),
    ("create_api_key", AnyRole),
    ("list_api_keys", AnyRole),
    ("get_managed_article", ReadTheirs),
    ("list_history", ReadTheirs),
    ("list_comments", ReadTheirs),
    ("comment_article", UseTheirs),
    ("claim_article", ReviewTheirs),
    ("end_claim", UseTheirs),
    ("get_review_stages", ListAny),
    ("set_review_stages", Administer),
    ("list_versions", ReadTheirs),
    ("get_version", ReadTheirs),
    ("get_media", ReadTheirs),
    ("list_media_uses", ReadTheirs),
    ("get_version_diff", ReadTheirs),
    ("get_autosave", ReadTheirs),
    ("list_previews", ReadTheirs),
    ("link_media", UseTheirs),
    ("forget_autosave", UseTheirs),
    ("end_lease", UseTheirs),
    ("make_preview", UseTheirs),
    ("end_preview", UseTheirs),
    ("end_previews", UseTheirs),
    ("get_views_by_day", CountTheirs),
    ("create_article", Create),
    ("upload_media", CreateAnywhere),
    ("create_author", CreateAnywhere),
    ("batch_articles", WriteAnywhere),
    ("edit_article", EditTheirs),
    ("restore_version", EditTheirs),
    ("keep_autosave", EditTheirs),
    ("take_lease", EditTheirs),
    ("delete_article", EditTheirs),
    ("restore_article", EditTheirs),
    ("describe_media", EditTheirs),
    ("replace_media", EditTheirs),
    ("delete_media", EditTheirs),
    ("take_transition", ReviewTheirs),
    ("get_royalty", Pay),
    ("set_royalty", Pay),
    ("set_royalty_rates", Pay),
    ("get_royalty_rates", PayAnywhere),
    ("get_royalties", PayAnywhere),
    ("propose_royalties", PayAnywhere),
    ("purge_article", Administer),
    ("create_category", Administer),
    ("change_category", Administer),
    ("delete_category", Administer),
    ("create_article_type", Administer),
    ("change_article_type", Administer),
    ("delete_article_type", Administer),
    ("rename_tag", Administer),
    ("merge_tag", Administer),
    ("delete_tag", Administer),
    ("change_author", Administer),
    ("merge_author", Administer),
    ("delete_author", Administer),
    ("list_audit", Administer),
    ("create_user", Administer),
    ("edit_user", Administer),
    ("invite_user", Administer),
    ("set_user_grants", Administer),
    ("end_user_sessions", Administer),
    ("remove_user_totp", Administer),
    ("get_api_key", Administer),
    ("revoke_api_key", Administer),
    ("create_webhook", Administer),
    ("list_webhooks", Administer),
    ("get_webhook", Administer),
    ("change_webhook", Administer),
    ("delete_webhook", Administer),
    ("rotate_webhook_secret", Administer),
    ("resume_webhook", Administer),
    ("ping_webhook", Administer),
    ("list_webhook_deliveries", Administer),
    ("get_webhook_delivery", Administer),
    ("redeliver_webhook_delivery", Administer),
    ("redeliver_webhook", Administer),
    ("list_users", AdministerAnything),
    ("list_grants", AdministerAnything),
    ("get_user", AdministerAnything),
    ("get_user_grants", AdministerAnything),
];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Caller {
    Nobody,
    OnSite(&'static str),
    Elsewhere(&'static str),
    /// A key of an administrator of the site, limited like this.
    Key(&'static str),
    /// Who was somebody: disabled, or by a key that was revoked or has expired.
    Former(&'static str),
}

const ROLES: [&str; 5] = ["author", "editor", "approver", "accountant", "admin"];

impl Right {
    /// Whether it is the caller's.
    fn is_of(self, caller: Caller) -> bool {
        use Caller::{Elsewhere, Former, Key, Nobody, OnSite};
        match (self, caller) {
            (Nothing, _) => true,
            (_, Former(_)) => false,
            (Account, Nobody | OnSite(_) | Elsewhere(_) | Key(_)) | (Person, Nobody | OnSite(_) | Elsewhere(_)) => true,
            (Person, Key(_)) | (_, Nobody) => false,
            (_, Key("views")) => self == CountTheirs,
            (ReadTheirs | CountTheirs, Key("read")) => true,
            (AnyRole, OnSite(_) | Elsewhere(_)) => true,
            (ListAny, OnSite(_) | Elsewhere(_) | Key("read")) => true,
            (ReadTheirs | UseTheirs | CountTheirs, OnSite(role)) => role != "author",
            (Create, OnSite(role)) | (CreateAnywhere, OnSite(role) | Elsewhere(role)) => {
                ["author", "editor", "admin"].contains(&role)
            }
            (WriteAnywhere, OnSite(role) | Elsewhere(role)) => role != "accountant",
            (EditTheirs, OnSite(role)) => ["editor", "admin"].contains(&role),
            (ReviewTheirs, OnSite(role)) => ["approver", "admin"].contains(&role),
            (Pay, OnSite(role)) | (PayAnywhere, OnSite(role) | Elsewhere(role)) => {
                ["accountant", "admin"].contains(&role)
            }
            (Administer, OnSite(role)) | (AdministerAnything, OnSite(role) | Elsewhere(role)) => role == "admin",
            _ => false,
        }
    }
}

/// What is asked about: all of it somebody else's, in one category.
struct Things<'a> {
    site: &'a Site,
    editor: Person<'a>,
    category: String,
    article: Handle,
    file: Handle,
    user: Person<'a>,
    key: String,
    webhook: String,
    /// The ids of the article's category, tag and author.
    taxonomy: [String; 3],
}

#[actix_web::test]
async fn every_operation_lets_in_whom_it_is_for_and_nobody_else() {
    let site = Site::start().await;
    let things = Things::on(&site).await;
    let callers = callers(&site).await;
    let (mut cells, mut wrong) = (0, Vec::new());
    for (path, item) in contract::document()["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let right = RIGHTS.iter().find(|(known, _)| *known == name).map(|(_, right)| *right);
            let right = right.unwrap_or_else(|| panic!("say in RIGHTS who may {name}"));
            let anonymous = things.asks(name, verb, path, None).await;
            let stopped = [401, 403].contains(&anonymous.status.as_u16());
            if stopped == (right == Nothing) && name != "login" && name != "refresh_tokens" {
                wrong.push(format!("{name}: {} for nobody at all", anonymous.status));
            }
            cells += 1;
            if right == Nothing {
                continue;
            }
            for (caller, person) in &callers {
                if right == Person && right.is_of(*caller) && verb != "get" {
                    continue;
                }
                let answer = things.asks(name, verb, path, Some(person)).await;
                cells += 1;
                let status = answer.status.as_u16();
                let right_answer = match caller {
                    Caller::Former(_) => status == 401,
                    _ if right.is_of(*caller) => ![401, 403, 404, 500].contains(&status) || NOT_THERE.contains(&name),
                    // A program is told that it is beyond its key; of people, those who may not read it are told nothing.
                    _ => [403, 404].contains(&status),
                };
                if !right_answer {
                    wrong.push(format!("{name}: {status} for {caller:?}: {}", answer.body["detail"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 900, "only {cells}");
}

/// Operations about something that is not there, for whoever asks.
const NOT_THERE: [&str; 7] = [
    "get_royalty",
    "get_royalty_rates",
    "get_version_diff",
    "get_autosave",
    "end_preview",
    "get_webhook_delivery",
    "redeliver_webhook_delivery",
];

#[actix_web::test]
async fn a_key_beyond_its_limits_is_always_told_so() {
    let site = Site::start().await;
    let things = Things::on(&site).await;
    let admin = site.person([Admin]).await;
    let program = admin.makes_a_key(json!({ "scopes": ["sync"] })).await;
    for (path, item) in contract::document()["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let right = RIGHTS.iter().find(|(known, _)| *known == name).map_or(Nothing, |(_, right)| *right);
            if !matches!(right, Nothing | Account) {
                let answer = things.asks(name, verb, path, Some(&program)).await;
                assert_eq!(answer.status, 403, "{name}: {:#}", answer.body);
            }
        }
    }
}

/// Everybody, whoever administers the site last: nothing is left of what they purge.
async fn callers(site: &Site) -> Vec<(Caller, Person<'_>)> {
    let elsewhere = site.category("Văn hóa").await;
    let admin = site.person([Admin]).await;
    let mut callers = vec![(Caller::Nobody, site.person([]).await)];
    let disabled = site.person([Admin]).await;
    site.disable(&disabled);
    callers.push((Caller::Former("disabled"), disabled));
    for why in ["revoked", "expired"] {
        let program = admin.makes_a_key(json!({ "grants": [{ "role": "admin" }], "expires_at": in_minutes(60) })).await;
        let column = if why == "revoked" {
            "revoked_at = now()"
        } else {
            "expires_at = now(), made_at = now() - interval '1 day'"
        };
        site.sql(&format!("UPDATE api_keys SET {column} WHERE prefix = '{}'", &program.token[..12])).unwrap();
        callers.push((Caller::Former(why), program));
    }
    for scope in ["read", "views"] {
        callers.push((Caller::Key(scope), admin.makes_a_key(json!({ "scopes": [scope] })).await));
    }
    for role in ROLES {
        callers.push((Caller::Elsewhere(role), site.person_with(&[format!("{role}@{elsewhere}")]).await));
    }
    for role in ROLES {
        callers.push((Caller::OnSite(role), site.person_with(&[role]).await));
    }
    callers
}

impl<'a> Things<'a> {
    async fn on(site: &'a Site) -> Self {
        let category = site.category("Kinh tế").await;
        let (editor, user) = (site.person([Editor]).await, site.person([Author]).await);
        let article = an_article().filed_under(&category).tagged(["Thi đua"]);
        let article = editor.submits(article.with("author", json!({ "name": "Sở Công Thương" }))).await;
        let mut taxonomy = Vec::new();
        for list in ["categories", "tags", "authors"] {
            let rows = editor.get(&format!("/{list}")).await;
            taxonomy.push(rows.is(200).rows()[0]["id"].as_str().unwrap().to_owned());
        }
        let taxonomy = taxonomy.try_into().unwrap();
        let file = editor.uploads("Toàn văn.pdf", &pdf("toàn văn")).await;
        let key = site.person([Accountant]).await.tries_to_make_a_key(json!({ "scopes": ["read"] })).await;
        let key = key.is(201).data()["id"].as_str().unwrap().to_owned();
        let hook = json!({ "url": "https://doi-tac.example/nhan", "events": ["article.published"] });
        let webhook = site.person([Admin]).await.post("/webhooks", &hook).await;
        let webhook = webhook.is(201).data()["id"].as_str().unwrap().to_owned();
        Self { site, editor, category, article, file, user, key, webhook, taxonomy }
    }

    /// An article in the trash, for nobody but this caller.
    async fn discarded(&self) -> Handle {
        let article = self.editor.creates(an_article().filed_under(&self.category)).await;
        self.editor.tries_to_delete(&article, "").await.is(204);
        article
    }

    async fn asks(&self, name: &str, verb: &str, path: &str, who: Option<&Person<'_>>) -> Answer {
        let trashed = if path.contains("/trash/{id}") { Some(self.discarded().await) } else { None };
        let address = self.address(path, trashed.as_ref());
        let method = Method::from_bytes(verb.to_uppercase().as_bytes()).unwrap();
        let request = self.site.request(method, &address);
        // One that began would not end.
        let request = if name == "get_stream" { request.header("Last-Event-ID", "x") } else { request };
        let request = match who {
            Some(person) => request.bearer_auth(&person.token),
            None => request,
        };
        Answer::to(self.with_body(name, request)).await
    }

    /// The path with everything in it named.
    fn address(&self, path: &str, trashed: Option<&Handle>) -> String {
        let id = [
            ("/trash/", trashed.map_or("", |article| article.id.as_str())),
            ("/manage/articles/", &self.article.id),
            ("/media/", &self.file.id),
            ("/users/", &self.user.id.to_string()),
            ("/api-keys/", &self.key),
            ("/webhooks/", &self.webhook),
            ("/manage/categories/", &self.taxonomy[0]),
            ("/manage/tags/", &self.taxonomy[1]),
            ("/manage/authors/", &self.taxonomy[2]),
            ("/sessions/", &self.user.id.to_string()),
        ]
        .into_iter()
        .find(|(place, _)| path.contains(place))
        .map_or(String::new(), |(_, id)| id.to_owned());
        let address =
            path.replace("{id}", &id).replace("{key}", &self.article.id).replace("{n}", "1").replace("{code}", "news");
        let address = address.replace("{period}", "2026-11");
        let address = address
            .replace("{preview}", &self.user.id.to_string())
            .replace("{delivery}", &self.user.id.to_string())
            .replace("{token}", "x");
        let name = if path.contains("/transitions/") { "approve" } else { "a.pdf" };
        let address = address.replace("{name}", name);
        assert!(!address.contains('{'), "say what stands in {path}");
        match path {
            "/api/v1/suggest" => format!("{address}?q=a"),
            "/api/v1/views" => format!("{address}?ids={}", self.article.id),
            _ => address,
        }
    }

    /// What is sent, so that it would be taken from whoever may send it, or wait for its `If-Match`.
    fn with_body(&self, name: &str, request: RequestBuilder) -> RequestBuilder {
        let body: Value = match name {
            "login" => json!({ "email": "a@tinh.example", "password": "x" }),
            "refresh_tokens" => json!({ "refresh_token": "ttr_x" }),
            "accept_invite" => json!({ "token": "tti_x", "password": "một mật khẩu dài" }),
            "change_password" => json!({ "current_password": "x", "new_password": "một mật khẩu dài" }),
            "confirm_totp" | "remove_totp" => json!({ "code": "123456" }),
            "link_single_sign_on" => json!({ "password": "x" }),
            "create_article" => an_article().filed_under(&self.category).into(),
            "batch_articles" => json!({ "atomic": false, "operations": [] }),
            "edit_article" => json!({ "title": "Khác" }),
            "take_transition" | "link_media" | "count_view" | "make_preview" | "propose_royalties" => json!({}),
            "create_webhook" => json!({ "url": "https://doi-tac.example/nhan", "events": ["article.urgent"] }),
            "change_webhook" => json!({ "description": "Khác" }),
            "redeliver_webhook" => json!({ "since": in_minutes(-60) }),
            "comment_article" => json!({ "text": "Cần dẫn nguồn" }),
            "set_review_stages" => json!({ "stages": null }),
            "keep_autosave" => json!({ "title": "Khác" }),
            "set_royalty_rates" => json!({ "rates": [] }),
            "set_royalty" => json!({ "amount": 1 }),
            "create_author" => json!({ "name": "Sở Y tế" }),
            "create_category" => json!({ "name": "Nông nghiệp" }),
            "create_article_type" => json!({ "code": "interview", "name": "Phỏng vấn" }),
            "change_category" | "change_article_type" | "rename_tag" | "change_author" => json!({ "name": "Khác" }),
            "merge_tag" | "merge_author" => json!({ "into": self.user.id }),
            "describe_media" => json!({ "title": "Khác" }),
            "create_user" => {
                let mut user = a_user(&format!("{}@tinh.example", uuid::Uuid::new_v4()));
                user["grants"] = json!([{ "role": "author" }]);
                user
            }
            "edit_user" => json!({ "name": "Khác" }),
            "set_user_grants" => json!({ "grants": [{ "role": "editor" }] }),
            "create_api_key" => json!({ "name": "Cổng thông tin", "grants": [] }),
            "upload_media" => return form(request, "file", "a.pdf", &pdf("khác")),
            // What waits for a tag waits before a file is taken, and only then it is asked whose it is.
            "replace_media" => return form(request.header("If-Match", "\"x-0\""), "file", "a.pdf", &pdf("khác")),
            _ => return request,
        };
        request.json(&body)
    }
}

#[test]
fn every_right_that_is_told_of_is_that_of_an_operation() {
    let paths = contract::document()["paths"].as_object().unwrap().values();
    let named: Vec<&str> = paths
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    for (name, _) in RIGHTS {
        assert!(named.contains(name), "there is no {name}");
    }
    // Of all roles, so that a new one is not forgotten either.
    assert_eq!(ROLES, [Author, Editor, Approver, Accountant, Admin].map(|role| role.to_string().leak() as &str));
}
