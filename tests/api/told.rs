//! What a write tells of a body that is not kept as it came, and pictures that came inside one.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{Answer, Author, Editor, Person, Site, an_article, files, person::Handle};

fn inline(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(bytes))
}

fn body(answer: &Answer) -> &str {
    answer.data()["body"].as_str().expect("a body")
}

async fn writes(author: &Person<'_>, body: &str) -> Answer {
    let answer = author.tries_to_create(an_article().with("body", body)).await;
    answer.is(201);
    answer
}

#[actix_web::test]
async fn what_cleaning_took_is_told_when_an_article_is_made_and_when_it_is_changed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let html = "<p>a</p><iframe src='https://evil.example/q'></iframe><iframe></iframe><form><input></form>\
                <script>x()</script>";
    let removed = json!([
        { "pointer": "/body", "what": "iframe", "count": 2, "sample": "https://evil.example/q", "reason": null },
        { "pointer": "/body", "what": "form", "count": 1, "sample": null, "reason": null },
        { "pointer": "/body", "what": "input", "count": 1, "sample": null, "reason": null },
        { "pointer": "/body", "what": "script", "count": 1, "sample": null, "reason": null },
    ]);

    let made = writes(&author, html).await;
    let article = Handle::of(&made);
    let edited = author.tries_to_edit(&article, json!({ "body": html.replace(">a<", ">b<") })).await;
    let untouched = author.tries_to_edit(&Handle::of(edited.is(200)), json!({ "title": "Khác" })).await;

    assert_eq!((body(&made), &made.body["meta"]["removed"]), ("<p>a</p>", &removed));
    assert_eq!((body(&edited), &edited.body["meta"]["removed"]), ("<p>b</p>", &removed));
    assert_eq!(untouched.is(200).body["meta"], json!({ "removed": [], "uploaded": [] }));
    let deep = writes(&author, &"<div>".repeat(2000)).await;
    assert_eq!(deep.body["meta"]["removed"][0]["what"], "markup");
}

#[actix_web::test]
async fn a_player_is_embedded_in_its_one_form_and_hosts_can_be_added() {
    let site = Site::with(|settings| settings.embed_hosts = vec!["tv.tinh.example".into()]).await;
    let author = site.person([Author]).await;

    let made = writes(
        &author,
        "<iframe src='https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=90' onload=x()></iframe>\
         <iframe src='http://tv.tinh.example/phat/1' title='Lễ hội'></iframe>",
    )
    .await;

    let frame = |src: &str, title: &str| {
        format!(
            "<iframe src=\"{src}\" title=\"{title}\" sandbox=\"allow-scripts allow-same-origin allow-presentation\" \
             loading=\"lazy\" allowfullscreen=\"\"></iframe>"
        )
    };
    let expected = frame("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=90", "Video")
        + &frame("https://tv.tinh.example/phat/1", "Lễ hội");
    assert_eq!(body(&made), expected);
    let removed = &made.body["meta"]["removed"];
    assert_eq!((removed[0]["what"].as_str(), removed.as_array().map(Vec::len)), (Some("onload"), Some(1)));
    let again = author.tries_to_edit(&Handle::of(&made), json!({ "body": expected })).await;
    assert_eq!(again.is(200).body["meta"]["removed"], json!([]));
    assert_eq!(again.data()["version"], 1, "writing what was read changes nothing");
}

#[actix_web::test]
async fn a_picture_that_was_pasted_becomes_a_file_and_is_shown_from_there() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let picture = inline(&files::png(40, 30));
    let html = format!("<p>a</p><img alt=\"Lễ hội\" src=\"{picture}\"><p><img src='{picture}'></p>");

    let made = writes(&author, &html).await;

    let uploaded = made.body["meta"]["uploaded"].as_array().expect("files").clone();
    assert_eq!((uploaded.len(), &made.body["meta"]["removed"]), (1, &json!([])));
    let (id, url) = (uploaded[0]["media_id"].as_str().unwrap(), uploaded[0]["url"].as_str().unwrap());
    let shown = format!("<p>a</p><img alt=\"Lễ hội\" src=\"{url}\"><p><img src=\"{url}\"></p>");
    assert_eq!(body(&made), shown);
    let record = author.get(&format!("/media/{id}")).await;
    assert_eq!((&record.is(200).data()["alt"], &record.data()["width"]), (&json!("Lễ hội"), &json!(40)));
    assert_eq!(author.get(&format!("/media/{id}/uses")).await.rows().len(), 1);
    author.downloads(&site, url).await.is(200);
    assert_eq!(site.count(&format!("events WHERE subject_id = '{id}'")), 1);

    let again = author.tries_to_edit(&Handle::of(&made), json!({ "body": html })).await;
    assert_eq!(
        (again.is(200).body["meta"]["uploaded"].clone(), &again.data()["version"]),
        (json!(uploaded), &json!(1))
    );
    assert_eq!(site.count("media"), 1, "the same bytes again are the same file");
}

#[actix_web::test]
async fn a_picture_that_cannot_be_taken_is_told_with_the_reason_and_leaves_no_empty_picture() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (wav, svg) = (STANDARD.encode(files::wav(1)), STANDARD.encode("<svg xmlns='http://www.w3.org/2000/svg'/>"));
    let torn = STANDARD.encode(&files::png(40, 30)[..60]);

    let made = writes(
        &author,
        &format!(
            "<p>a</p><img src='data:image/png;base64,{wav}'><img src='data:image/svg+xml;base64,{svg}'>\
             <img src='data:image/png;base64,{torn}'><img src='data:image/png,x'><img src='data:image/gif;base64,!!'>"
        ),
    )
    .await;

    assert_eq!(body(&made), "<p>a</p>");
    let mut told: Vec<String> = made.body["meta"]["removed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {}", it["what"].as_str().unwrap(), it["sample"].as_str().unwrap(), it["reason"]))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "img data:image/gif \"damaged\"",
            "img data:image/png \"damaged\"",
            "img data:image/png \"no_picture\"",
            "img data:image/svg+xml \"no_picture\"",
        ]
    );
    assert_eq!(site.count("media"), 0);
    site.spool_is_emptied().await;
}

#[actix_web::test]
async fn no_more_than_twenty_pictures_are_taken_from_a_body() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let html: String = (1..=22).map(|side| format!("<img src='{}'>", inline(&files::png(side, 2)))).collect();

    let made = writes(&author, &html).await;

    assert_eq!(made.body["meta"]["uploaded"].as_array().map(Vec::len), Some(20));
    let removed = &made.body["meta"]["removed"];
    assert_eq!((&removed[0]["reason"], &removed[0]["count"]), (&json!("too_many"), &json!(2)));
    assert_eq!(body(&made).matches("<img ").count(), 20);
}

#[actix_web::test]
async fn a_write_that_is_refused_records_no_picture() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let html = format!("<img src='{}'>", inline(&files::png(40, 30)));
    let draft = author.creates(an_article()).await;
    author.edits(&draft, json!({ "title": "Khác" })).await;

    author.tries_to_create(an_article().with("body", html.clone()).with("category", "khong-co")).await.is(422);
    author.tries_to_edit(&draft, json!({ "body": html })).await.is_problem(412, "stale_version");

    assert_eq!(site.count("media"), 0);
}

#[actix_web::test]
async fn a_body_with_large_pictures_may_be_larger_than_other_requests() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(1100, 1100, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    let html = format!("<img src='{}'>", inline(png.get_ref()));
    assert!(html.len() > 3 << 20);

    let made = writes(&editor, &html).await;
    let too_much = editor.tries_to_create(an_article().with("body", "x".repeat(17 << 20))).await;

    assert_eq!(made.body["meta"]["uploaded"].as_array().map(Vec::len), Some(1));
    too_much.is_problem(413, "payload_too_large");
    let long: Value = editor.tries_to_create(an_article().with("body", "x".repeat(2 << 20))).await.body.clone();
    assert_eq!(long["errors"][0]["code"], "too_long");
}

#[actix_web::test]
async fn a_film_written_with_its_sources_inside_is_played_and_what_it_loses_is_told() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let film = author.uploads("phim.mp4", files::mp4()).await;
    let html = format!(
        "<video poster='javascript:x()'><source src='/media/{}/phim.mp4' type='video/mp4'><source src='/khac.webm'>\
         <track src='/phu-de.vtt'></video><audio><source src='/nghe.mp3'></audio>\
         <picture><source srcset='/lon.webp 2x'><img src='/nho.jpg' alt=''></picture>",
        film.id
    );

    let made = writes(&author, &html).await;

    let shown = format!(
        "<video src=\"{}\" controls=\"\" preload=\"metadata\"></video><img src=\"/nho.jpg\" alt=\"\">",
        film.url()
    );
    assert_eq!(body(&made), shown);
    let told: Vec<String> = made.body["meta"]["removed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {}", it["what"].as_str().unwrap(), it["count"], it["sample"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["poster 1 javascript:x()", "source 2 /khac.webm", "track 1 /phu-de.vtt", "audio 1 /nghe.mp3"]);
    assert_eq!(author.get(&format!("/media/{}/uses", film.id)).await.rows().len(), 1);
}
