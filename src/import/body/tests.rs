use std::time::{Duration, Instant};

use proptest::prelude::*;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::*;
use crate::text::{clean_body, nfc, plain_body};

fn clean(html: &str) -> String {
    cleaned(html, &Players::default()).0
}

/// What there is to read, however it is marked up: words, in NFC and without what nobody sees.
fn text(html: &str) -> String {
    let seen: String = plain_body(&clean_body(html), 1 << 24)
        .chars()
        .filter(|c| !matches!(c, '\u{200B}' | '\u{FEFF}'))
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    // The one entity beside those of a cleaned body.
    nfc(&seen.replace("&#x338;", "\u{338}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_an_editor_left_around_a_text_goes_and_the_text_stays() {
    for (given, left) in [
        ("<div class=\"ExternalClass9A\"><p>Giá&#58; 20.000 đ&#8203;</p></div>", "<p>Giá: 20.000 đ</p>"),
        ("<div class='ExternalClassAB12'><div class=ExternalClassCD>Giá&#58; 20</div></div>", "Giá: 20"),
        ("\u{feff}<p class=\"ms-rteElement-P MsoNormal\" style='margin:0;mso-x:y'>a\u{200b}</p>", "<p>a</p>"),
        ("<p>Tie\u{302}\u{301}ng <font face=\"Times\" size=3>Vi&#7879;t</font></p>", "<p>Tiếng Việt</p>"),
        ("<p>a<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p>\u{200b}</p><p>b</p>", "<p>a</p><p>b</p>"),
        ("<p><span>a <span class=\"ms-rteFontSize-2\">b</span></span> <span lang=EN-US>c</span></p>", "<p>a b c</p>"),
        ("<p><!--[if gte mso 9]><xml><w:a>x</w:a></xml><![endif]-->a<!-- b --></p>", "<p>a</p>"),
        ("<xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><p>a</p>", "<p>a</p>"),
        ("<p style=\"text-align:center;color:red\">a</p>", "<p style=\"text-align:center\">a</p>"),
        ("<p><span style=\"font-weight:bold;font-family:Arial\">a</span></p>", "<p><strong>a</strong></p>"),
        ("<p><strong>&nbsp;</strong></p><h2> </h2><div><br></div><p>a</p>", "<p>a</p>"),
        ("<p>10&nbsp;% &lt;b&gt; &amp; \"x\"</p>", "<p>10&nbsp;% &lt;b&gt; &amp; \"x\"</p>"),
        ("<p><img src=\"/a.jpg\" alt=\"x\"></p>", "<p><img src=\"/a.jpg\" alt=\"x\"></p>"),
        ("<p lang=\"en\">Hello</p>", "<p lang=\"en\">Hello</p>"),
    ] {
        assert_eq!(clean(given), left, "{given}");
    }
}

#[test]
fn where_a_wrapper_parted_words_they_stay_apart() {
    for (given, left) in [
        ("một<div class=\"ExternalClass1\">hai</div>ba", "một<br>hai<br>ba"),
        ("một<p>&nbsp;</p>hai", "một<br>hai"),
        ("<p>một</p><div class=\"ExternalClass1\">hai</div>", "<p>một</p>hai"),
        ("<xml>một <w:a>hai <p>ba</p>", "một hai <p>ba</p>"),
        ("<xml>một", "một"),
    ] {
        assert_eq!(clean(given), left, "{given}");
    }
}

#[test]
fn what_word_marks_up_as_a_list_stays_readable() {
    let item = |mark: &str, text: &str| {
        format!(
            "<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]>\
             <span style='font-family:Symbol;mso-fareast-font-family:Symbol'><span style='mso-list:Ignore'>{mark}<span \
             style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>{text}<o:p></o:p></p>"
        )
    };
    assert_eq!(clean(&item("·", "Một")), "<p>• Một</p>");
    assert_eq!(clean(&item("§", "Hai")), "<p>• Hai</p>");
    assert_eq!(clean(&item("\u{F0D8}", "Hai")), "<p>• Hai</p>");
    assert_eq!(clean(&item("1.", "Ba")), "<p>1. Ba</p>");
    assert_eq!(clean("<p><span style='mso-list:Ignore'>a)</p><p>Bốn</p>"), "<p>a) </p><p>Bốn</p>");
}

#[test]
fn what_the_cleaner_takes_is_told_once_for_each_kind() {
    let (body, losses) = cleaned(
        "<div class=\"ExternalClass1\"><p>a</p><p><iframe src=\"https://quang-cao.example/1\"></iframe></p><iframe \
         src=\"https://quang-cao.example/2\"></iframe><script>x()</script><p onclick=\"y()\">b</p></div>",
        &Players::default(),
    );
    assert_eq!(body, "<p>a</p><p>b</p>");
    let told: Vec<&str> = losses.iter().map(|loss| &*loss.sample).collect();
    assert_eq!(told, ["iframe ×2: https://quang-cao.example/1", "script", "onclick: y()"]);
    assert!(losses.iter().all(|loss| loss.code == LossCode::MarkupRemoved && loss.field == "body"));
}

#[test]
fn debris_alone_is_no_loss() {
    let html = "<p class=MsoNormal style='mso-a:b'><font color=red>a</font><o:p>&nbsp;</o:p><!-- x --></p>";
    assert_eq!(cleaned(html, &Players::default()), ("<p>a&nbsp;</p>".to_owned(), Vec::new()));
}

#[test]
fn notes_are_text() {
    for (given, left) in [
        ("Một dòng", "Một dòng"),
        ("<div class=\"ExternalClass1\">Giá&#58; 20.000&#160;đ&#8203;</div>", "Giá: 20.000 đ"),
        ("một<br>hai<br/><br/>ba", "một\nhai\nba"),
        ("<p>một  \n hai</p><p>&nbsp;</p><div>ba</div>", "một hai\nba"),
        ("một\r\nhai", "một\nhai"),
        ("a < b & c > d &#58; x", "a < b & c > d : x"),
        ("lãi <5% mỗi năm", "lãi <5% mỗi năm"),
        ("&lt;b&gt;x&lt;/b&gt;", "< b>x< /b>"),
        ("<tr><td>a</td><td>b</td></tr>", "a b"),
        ("<style>p{}</style><p>a</p><script>x<p></script>", "a"),
        ("", ""),
    ] {
        assert_eq!(plain_text(given), left, "{given}");
    }
}

#[test]
fn a_long_body_ends_with_a_block() {
    let body = clean_body(
        "<h2>Đầu</h2><p>một <strong>hai</strong></p><ul><li>ba</li><li>bốn &amp; năm</li></ul><table><tbody><tr><td>x</td></tr>\
         <tr><td>y</td></tr></tbody></table>",
    );
    assert_eq!(cut(&body, body.len()), body);
    assert_eq!(cut(&body, 60), "<h2>Đầu</h2><p>một <strong>hai</strong></p>");
    assert_eq!(cut(&body, 75), "<h2>Đầu</h2><p>một <strong>hai</strong></p><ul><li>ba</li></ul>");
    for limit in 0..body.len() {
        let cut = cut(&body, limit);
        assert!(cut.len() <= limit, "{limit}: {cut}");
        assert_eq!(clean_body(&cut), cut, "{limit}");
        assert!(text(&body).replace(' ', "").starts_with(&text(&cut).replace(' ', "")), "{limit}: {cut}");
    }
    let endless = format!("<p>{}</p>", "chữ &amp; ".repeat(100));
    assert!((80..=100).contains(&cut(&endless, 100).len()));
    assert_eq!(cut("<p>chữchữchữ</p>", 12), "<p>chữ</p>");
}

#[test]
fn a_large_body_is_done_in_bounded_time() {
    let fill = |piece: &str, kilobytes: usize| piece.repeat((kilobytes << 10) / piece.len());
    let many: String = (0..10_000).map(|n| format!(" a{n}")).collect();
    let word = "<p class=MsoNormal><span style='mso-x:y'>Đường <font size=2>sắt</font></span><o:p></o:p></p>\n";
    let mut all = vec![fill(word, 900), fill("<div class=ExternalClass1>", 900), fill("<font><span>", 900)];
    all.push(format!("<p{many}>a</p>"));
    // Written to be slow, and so are parsers without optimisation.
    let slow = [
        "<b><p>&nbsp;",
        "<p>&nbsp;</p>",
        "<span style='mso-list:Ignore'>",
        "</p></div></span>",
        "<xml><w:a>",
        "<",
        "&",
    ];
    all.extend(slow.map(|piece| fill(piece, 20)));
    for html in all {
        let begun = Instant::now();
        let (body, _) = cleaned(&html, &Players::default());
        plain_text(&html);
        cut(&body, html.len() / 2);
        assert!(begun.elapsed() < Duration::from_secs(30), "{}: {:?}", &html[..20], begun.elapsed());
    }
}

/// Something like what SharePoint serves.
fn debris() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<div class=\"ExternalClass1\">",
        "<div>",
        "</div>",
        "<p>",
        "<p class=MsoNormal>",
        "</p>",
        "<span>",
        "</span>",
        "<br>",
        "<span style='font-weight:bold'>",
        "<span lang=EN-US>",
        "<span lang=\"en\">",
        "<font size=2>",
        "</font>",
        "<o:p>",
        "</o:p>",
        "<strong>",
        "</strong>",
        "<b>",
        "</b>",
        "<em>",
        "</em>",
        "<ul>",
        "<li>",
        "</li>",
        "</ul>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</tr>",
        "</table>",
        "<h2>",
        "</h2>",
        "<a href=\"/x\">",
        "</a>",
        "<img src=\"/a.jpg\">",
        "<pre>",
        "</pre>",
        "<hr>",
        "<blockquote>",
        "</blockquote>",
        "<!-- x -->",
        "<![if !a]>",
        "<![endif]>",
        "&nbsp;",
        "&#8203;",
        "\u{200b}",
        "\u{feff}",
        "&#58;",
        "một",
        "hai ",
        " ba",
        "\n",
        "e\u{302}",
        "\u{301}",
        "\u{338}",
        "&lt;",
        "&amp;nbsp;",
        "<",
        ">",
        "&",
        "đ",
        "\u{a0}",
        "<center>",
        "</center>",
        "<sub>",
        "</sub>",
        "<iframe src=\"https://x.example\"></iframe>",
        "<u>",
        "</u>",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// The same, with every tag closed where it should be.
fn orderly() -> impl Strategy<Value = String> {
    let words = vec![
        "một",
        "hai ",
        " ba",
        "&nbsp;",
        "&#8203;",
        "\u{feff}",
        "&#58;",
        "e\u{302}",
        "\u{301}",
        "<br>",
        "<!-- x -->",
        "\n",
    ];
    let around = vec![
        ("<div class=\"ExternalClass1\">", "</div>"),
        ("<div>", "</div>"),
        ("<p class=MsoNormal>", "</p>"),
        ("<h2>", "</h2>"),
        ("<span>", "</span>"),
        ("<span style='font-weight:bold'>", "</span>"),
        ("<font size=2>", "</font>"),
        ("<o:p>", "</o:p>"),
        ("<strong>", "</strong>"),
        ("<ul><li>", "</li></ul>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("<blockquote>", "</blockquote>"),
        ("<a href=\"/x\">", "</a>"),
    ];
    let leaf = prop::sample::select(words).prop_map(str::to_owned);
    leaf.prop_recursive(5, 24, 5, move |inner| {
        let inside = prop::collection::vec(inner, 0..5).prop_map(|pieces| pieces.concat());
        (prop::sample::select(around.clone()), inside)
            .prop_map(|((begin, end), inside)| format!("{begin}{inside}{end}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_letter_is_lost_whatever_comes(html in debris()) {
        let letters = |html: &str| nfc(&text(html).replace(' ', "")).into_owned();
        // Letters come together where a space between them was no word's end.
        prop_assert_eq!(letters(&unwrapped(&html)), letters(&html));
        prop_assert_eq!(letters(&clean(&html)), letters(&html));
    }

    #[test]
    fn no_word_is_glued_to_another(pieces in prop::collection::vec(orderly(), 0..5)) {
        let html = pieces.concat();
        prop_assert_eq!(text(&unwrapped(&html)), text(&html));
        prop_assert_eq!(text(&clean(&html)), text(&html));
    }

    #[test]
    fn once_is_enough(html in debris()) {
        let once = unwrapped(&html);
        prop_assert_eq!(&unwrapped(&once), &once);
        let body = clean(&html);
        prop_assert_eq!(&clean(&body), &body);
        prop_assert_eq!(clean_body(&body), body);
    }

    #[test]
    fn any_text_stays_one(words in "[^<&\\pC]*") {
        prop_assert_eq!(text(&unwrapped(&words)), text(&words));
        let once = plain_text(&words);
        prop_assert_eq!(plain_text(&once), once);
    }

    #[test]
    fn what_is_cut_is_the_beginning_and_well_formed(html in debris(), limit in 0usize..300) {
        let body = clean(&html);
        let cut = cut(&body, limit);
        prop_assert!(cut.len() <= limit);
        prop_assert_eq!(&clean_body(&cut), &cut);
        // Marks aside: one behind a tag may belong to the letter before it, and several stand in an order of their own.
        let letters = |html: &str| text(html).nfd().filter(|c| *c != ' ' && !is_combining_mark(*c)).collect::<String>();
        prop_assert!(letters(&body).starts_with(&letters(&cut)));
    }
}
