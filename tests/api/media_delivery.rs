//! Sending files: to whom, when, in which parts and in which sizes.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Submit, Unpublish};

use crate::support::{
    Admin, Answer, Approver, Author, Editor, Site,
    article::ArticleBuilder,
    files::{jpeg, pdf, wav},
    in_minutes,
    person::Handle,
};

/// An article with this file attached.
async fn with_file(site: &Site, file: &Handle) -> ArticleBuilder {
    site.article().await.with("attachments", json!([{ "media_id": file.id }]))
}

/// A picture, a recording and a document, all attached to a live article.
async fn live_with_files(site: &Site) -> ([Handle; 3], Handle) {
    let editor = site.person([Editor]).await;
    let files = [
        editor.uploads("Trụ sở.jpg", &jpeg(1600, 900)).await,
        editor.uploads("Bản tin.wav", &wav(1)).await,
        editor.uploads("Kế hoạch.pdf", &pdf("x")).await,
    ];
    let attached: Vec<Value> = files.iter().map(|file| json!({ "media_id": file.id })).collect();
    let article = site.live(site.article().await.with("attachments", attached)).await;
    (files, article)
}

/// What a reader gets with a header.
async fn with_header(site: &Site, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = site.request(Method::GET, path);
    site.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

/// Nobody gets these files without signing in, whatever they ask for.
async fn are_closed(site: &Site, [picture, recording, document]: &[Handle; 3]) {
    let anything = format!("/media/{}/anything.jpg", picture.id);
    let paths = [
        picture.url(),
        picture.rendition("thumb.webp"),
        picture.rendition("share.jpg"),
        recording.url(),
        document.url(),
        &anything,
    ];
    for path in paths {
        let answer = site.get(path).await;
        assert_eq!(answer.is_problem(404, "not_found").header("etag"), "", "{path}");
        with_header(site, path, &[("range", "bytes=0-3")]).await.is_problem(404, "not_found");
        with_header(site, path, &[("if-none-match", "*")]).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn files_are_closed_until_a_live_article_uses_them() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let files = [
        editor.uploads("a.jpg", &jpeg(400, 300)).await,
        editor.uploads("b.wav", &wav(1)).await,
        editor.uploads("c.pdf", &pdf("x")).await,
    ];
    are_closed(&site, &files).await;
    let attached: Vec<Value> = files.iter().map(|file| json!({ "media_id": file.id })).collect();
    let article = site.approved(site.article().await.with("attachments", attached)).await;
    are_closed(&site, &files).await;
    let approver = site.person([Approver]).await;
    let ahead = json!({ "publish_at": in_minutes(10), "expires_at": in_minutes(20) });
    let scheduled = approver.publishes_with(&article, ahead).await;
    are_closed(&site, &files).await;

    site.time_passes(chrono::Duration::minutes(11));
    for file in &files {
        assert_eq!(site.get(file.url()).await.is(200).header("cache-control"), "public, no-cache");
    }
    site.get(files[0].rendition("thumb.webp")).await.is(200);
    site.time_passes(chrono::Duration::minutes(21));
    are_closed(&site, &files).await;
    assert_eq!(approver.sees(&scheduled).await.field("status"), "expired");
}

#[actix_web::test]
async fn files_close_at_once_when_their_article_is_withdrawn_or_deleted() {
    let site = Site::start().await;
    let (files, article) = live_with_files(&site).await;
    site.get(files[0].rendition("thumb.webp")).await.is(200);
    site.get(files[0].rendition("share.jpg")).await.is(200);
    let approver = site.person([Approver]).await;

    let withdrawn = approver.does(Unpublish, &article).await;
    are_closed(&site, &files).await;
    let live = approver.publishes(&withdrawn).await;
    site.get(files[0].url()).await.is(200);

    site.person([Admin]).await.tries_to_delete(&live, "?reason=nhầm").await.is(204);
    are_closed(&site, &files).await;
}

#[actix_web::test]
async fn a_file_closes_with_the_version_that_used_it() {
    let site = Site::start().await;
    let (files, article) = live_with_files(&site).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);

    let edited = editor.edits(&article, json!({ "attachments": [] })).await;
    site.get(files[2].url()).await.is(200);
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    site.get(files[2].url()).await.is(200);
    approver.publishes(&approved).await;

    are_closed(&site, &files).await;
}

#[actix_web::test]
async fn a_draft_does_not_open_what_it_adds() {
    let site = Site::start().await;
    let (_, article) = live_with_files(&site).await;
    let editor = site.person([Editor]).await;
    let added = editor.uploads("Phụ lục.pdf", &pdf("phụ lục")).await;

    editor.edits(&article, json!({ "attachments": [{ "media_id": added.id }] })).await;

    site.get(added.url()).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn who_may_read_the_article_has_its_files_before_the_public() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let nobody = site.person([]).await;
    let file = author.uploads("Dự thảo.pdf", &pdf("dự thảo")).await;
    author.creates(with_file(&site, &file).await).await;

    for person in [&author, &site.person([Approver]).await] {
        let answer = person.downloads(&site, file.url()).await;
        assert_eq!(answer.is(200).header("cache-control"), "private, no-store");
    }
    for person in [&stranger, &nobody] {
        person.downloads(&site, file.url()).await.is_problem(404, "not_found");
    }
    with_header(&site, file.url(), &[("authorization", "Bearer x")]).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_file_can_do_nothing_where_it_is_opened() {
    let site = Site::start().await;
    let (files, _) = live_with_files(&site).await;
    let dispositions = [
        "inline; filename=\"Tru so.jpg\"; filename*=UTF-8''Tr%E1%BB%A5%20s%E1%BB%9F.jpg",
        "inline; filename=\"Ban tin.wav\"; filename*=UTF-8''B%E1%BA%A3n%20tin.wav",
        "attachment; filename=\"Ke hoach.pdf\"; filename*=UTF-8''K%E1%BA%BF%20ho%E1%BA%A1ch.pdf",
    ];
    for (file, disposition) in files.iter().zip(dispositions) {
        let answer = site.get(file.url()).await;
        for (name, value) in [
            ("content-disposition", disposition),
            ("content-type", file.field("mime_type").as_str().unwrap()),
            ("content-length", &file.field("size").to_string()),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("access-control-allow-origin", "*"),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(answer.is(200).header(name), value, "{name}");
        }
        let tag = answer.header("etag");
        assert!(tag.starts_with('"'), "strong");
        let again = with_header(&site, file.url(), &[("if-none-match", &tag)]).await;
        assert!(again.is(304).bytes.is_empty());
        for name in ["etag", "cache-control", "content-security-policy", "x-content-type-options"] {
            assert_eq!(again.header(name), answer.header(name), "{name}");
        }
    }
}

#[actix_web::test]
async fn a_recording_is_sent_in_parts() {
    let site = Site::start().await;
    let (files, _) = live_with_files(&site).await;
    let (url, whole) = (files[1].url(), wav(1));
    let size = whole.len();
    for (range, first, last) in [
        ("bytes=0-9", 0, 9),
        ("bytes=100-", 100, size - 1),
        ("bytes=-5", size - 5, size - 1),
        ("bytes=40-999999", 40, size - 1),
        ("bytes=-999999", 0, size - 1),
    ] {
        let answer = with_header(&site, url, &[("range", range)]).await;
        assert_eq!(answer.is(206).header("content-range"), format!("bytes {first}-{last}/{size}"), "{range}");
        assert_eq!(answer.bytes, whole[first..=last], "{range}");
        assert_eq!(answer.header("content-length"), (last + 1 - first).to_string());
    }
    for beyond in [format!("bytes={size}-"), "bytes=-0".to_owned()] {
        let answer = with_header(&site, url, &[("range", &beyond)]).await;
        assert_eq!(answer.is_problem(416, "range_not_satisfiable").header("content-range"), format!("bytes */{size}"));
    }
    for ignored in ["bytes=0-1,5-6", "bytes=5-2", "lines=0-1", "nonsense"] {
        let answer = with_header(&site, url, &[("range", ignored)]).await;
        assert_eq!(answer.is(200).bytes.len(), size, "{ignored}");
    }
}

#[actix_web::test]
async fn a_part_is_sent_only_of_what_the_client_has_begun() {
    let site = Site::start().await;
    let (files, _) = live_with_files(&site).await;
    let url = files[1].url();
    let tag = site.get(url).await.header("etag");
    let weak = format!("W/{tag}");

    let current = with_header(&site, url, &[("range", "bytes=0-3"), ("if-range", &tag)]).await;
    assert_eq!(current.is(206).bytes, b"RIFF");
    for other in ["\"old\"", &weak, "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"] {
        let answer = with_header(&site, url, &[("range", "bytes=0-3"), ("if-range", other)]).await;
        assert_eq!(answer.is(200).bytes.len(), 8044, "{other}");
    }
}

#[actix_web::test]
async fn head_has_the_headers_and_no_body() {
    let site = Site::start().await;
    let (files, _) = live_with_files(&site).await;
    for path in [files[1].url(), files[0].rendition("card.webp")] {
        let full = site.get(path).await;
        let head = site.send(site.request(Method::HEAD, path)).await;
        assert!(head.is(200).bytes.is_empty());
        for name in ["etag", "content-length", "content-type", "accept-ranges", "cache-control", "content-disposition"]
        {
            assert_eq!(head.header(name), full.header(name), "{name} of {path}");
        }
    }
}
