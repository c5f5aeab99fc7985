use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::*;

const RICH: &str = concat!(
    "<h2>Lịch tiếp công dân</h2><p lang=\"vi\">Đồng chí <strong>Chủ tịch</strong> tiếp “công dân” ‘định kỳ’ – ",
    "từ <time datetime=\"2026-11-02\">2/11</time>…</p>",
    "<ul><li>một</li><li>hai</li></ul><ol start=\"3\" type=\"a\"><li>ba</li></ol>",
    "<figure><img src=\"/media/1/lead.jpg\" alt=\"Ảnh\" width=\"640\" height=\"480\"><figcaption>Ảnh: TTXVN</figcaption></figure>",
    "<table><caption>Bảng</caption><thead><tr><th scope=\"col\" colspan=\"2\">A</th></tr></thead>",
    "<tbody><tr><td rowspan=\"2\">1</td><td>2</td></tr></tbody></table>",
    "<blockquote cite=\"https://a.vn/b?c=1&amp;d=2\"><p>Trích</p></blockquote><hr>",
    "<p>m<sup>2</sup>, CO<sub>2</sub>, 1 &lt; 2 &amp; 3 &gt; 2, 10&nbsp;%, 👨‍👩‍👧 𠮷</p>",
    "<details><summary>Xem thêm</summary><div dir=\"rtl\">x</div></details><dl><dt>a</dt><dd>b</dd></dl>",
    "<p><a href=\"mailto:a@b.vn\" rel=\"noopener noreferrer\">thư</a> <a href=\"../x#y\" title=\"z\" rel=\"noopener noreferrer\">x</a></p>",
    "<pre>\n\n  code\n</pre>",
);

/// Every tag of the result, read as an attacker's browser would: its name, and its attributes with their values.
fn tags(html: &str) -> impl Iterator<Item = (&str, Vec<(&str, &str)>)> {
    let tags = html.split('<').skip(1).filter_map(|piece| piece.split('>').next());
    tags.map(|tag| {
        let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let parts: Vec<&str> = rest.split('"').collect();
        let attributes = parts.chunks_exact(2).map(|pair| (pair[0].trim().trim_end_matches('='), pair[1])).collect();
        (name.trim_start_matches('/'), attributes)
    })
}

/// Cleans, and looks at the result with other eyes than the cleaner's.
pub(super) fn assert_harmless(given: &str) -> String {
    let clean = clean_body(given);
    assert_eq!(clean_body(&clean), clean, "cleaning {given:?} twice");
    assert!(is_nfc(&clean), "{given:?}");
    assert!(!clean.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{given:?}");
    for (name, attributes) in tags(&clean) {
        let (_, allowed) = ELEMENTS.iter().find(|(element, _)| *element == name).expect(given);
        for (attribute, value) in attributes {
            assert!(
                allowed.contains(&attribute) || ["rel", "lang", "dir"].contains(&attribute),
                "{given:?} left {attribute}"
            );
            let letters: String = value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
            assert!(
                !["javascript:", "vbscript:", "data:"].iter().any(|scheme| letters.starts_with(scheme)),
                "{given:?} left {value}"
            );
        }
    }
    clean
}

#[test]
fn a_news_body_stays_as_it_is() {
    assert_eq!(assert_harmless(RICH), RICH);
    let long = format!("<p>{}</p>", "Nghị quyết của Đảng bộ tỉnh – “thứ ba”, ngày 3/11; … ".repeat(2000));
    assert_eq!(clean_body(&long), long);
    assert_eq!(clean_body("Chữ trần, không thẻ"), "Chữ trần, không thẻ");
    assert_eq!(clean_body(""), "");
}

#[test]
fn attacks_come_out_harmless() {
    let cases = [
        ("<p onclick=x()>a</p><script>alert(1)</script>b", "<p>a</p>b"),
        ("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", ""),
        ("<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", ""),
        ("<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", ""),
        ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<img src=\"x\">\"&gt;"),
        (
            "<img src=/a.jpg srcset='/b.jpg 2x' style='x:y' onerror=a() class=c id=d alt=e>",
            "<img src=\"/a.jpg\" alt=\"e\">",
        ),
        ("<button formaction=javascript:a()>x</button>", "x"),
        ("<form action=//evil.vn><input value=a>x</form>", "x"),
        ("<svg><a xlink:href='javascript:a()'><text>x</text></a></svg>", ""),
        ("<a href='javascript:a()'>x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<a href='java&#9;script:a()'>x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<a href='java&#1;script:a()'>x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<a href=' &#14;JaVaScRiPt:a()'>x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<a href='vbscript:a'>x</a><img src='data:image/svg+xml,x'>", "<a rel=\"noopener noreferrer\">x</a><img>"),
        ("<a href='//a.vn' target=_blank rel=opener>x</a>", "<a href=\"//a.vn\" rel=\"noopener noreferrer\">x</a>"),
        ("a<!--[if gte mso 9]><script>x</script><![endif]-->b<!-- c -->d<![if !x]>e", "abde"),
        ("<iframe src=//a.vn></iframe><object data=x></object><embed src=y><base href=//b>", ""),
        ("<p>a<b>b<i>c", "<p>a<b>b<i>c</i></b></p>"),
        ("<ol type=z start=x><li value=2>a</ol>", "<ol><li value=\"2\">a</li></ol>"),
        ("<style>p{}</style><title>t</title><p style=\"background:url(javascript:x)\">a</p>", "<p>a</p>"),
        ("<plaintext><script>a</script>", "&lt;script&gt;a&lt;/script&gt;"),
        ("a\u{0}b&#0;c&#13;d\u{1}", "ab\u{FFFD}c\nd"),
    ];
    for (given, expected) in cases {
        let clean = assert_harmless(given);
        if !expected.is_empty() {
            assert_eq!(clean, expected, "{given:?}");
        }
    }
}

#[test]
fn old_elements_come_in_under_plainer_names() {
    assert_eq!(
        assert_harmless(
            "<H1 lang=vi>A</H1><center>b</center><section class=x>c</section><strike>d</strike><tt>e</tt><h1x>f</h1x>"
        ),
        "<h2 lang=\"vi\">A</h2><div>b</div><div>c</div><s>d</s><code>e</code>f",
    );
}

#[test]
fn decomposed_letters_are_composed_without_touching_the_tags() {
    let decomposed: String = "<p>Tiếng Việt</p>".nfd().collect();
    assert_eq!(assert_harmless(&decomposed), "<p>Tiếng Việt</p>");
    assert_eq!(assert_harmless("<p>e&#769;</p>"), "<p>é</p>");
    assert_eq!(assert_harmless("<img alt='e&#769;'>"), "<img alt=\"é\">");
    assert_eq!(assert_harmless("<p>\u{338}a</p>&lt;\u{338}"), "<p>&#x338;a</p>&lt;\u{338}");
}

#[test]
fn the_first_lines_of_a_pre_survive() {
    assert_eq!(assert_harmless("<pre>\n\n\n\n\n\n\n\n\na</pre>"), "<pre>\n\n\n\n\n\n\n\n\na</pre>");
    assert_eq!(assert_harmless("<pre>\na</pre>"), "<pre>a</pre>");
}

#[test]
fn what_would_grow_out_of_bounds_comes_back_as_text() {
    let deep = "<div>".repeat(20_000);
    assert_eq!(assert_harmless(&deep), "&lt;div&gt;".repeat(20_000));
    assert!(has_content(&deep));
    let opened: String = (0..200).map(|n| format!("<b id={n}>")).collect();
    let bomb = format!("<p>{opened}</p>{}", "<div>x\r\n\u{A0}\u{1}</div>".repeat(5_000));
    assert!(assert_harmless(&bomb).contains("&lt;div&gt;x\n&nbsp;&lt;/div&gt;"));
}

#[test]
fn a_body_without_text_or_picture_has_no_content() {
    for empty in [
        "",
        " \n",
        "<p></p>",
        "<p>&nbsp;<br>\u{200B}</p>",
        "<hr>",
        "<table><tr><td> </table>",
        "<script>a</script>",
        "<!-- a -->",
        "<img alt=a>",
        "<img src=''>",
        "<img src='data:image/png,x'>",
        "<a href='/a'></a>",
    ] {
        assert!(!has_content(empty), "{empty:?}");
        assert!(!has_content(&clean_body(empty)), "{empty:?}");
    }
    for full in ["a", "<p>.</p>", "<p><b>👍</b></p>", "<p><img src='/a.jpg'></p>", "1 &lt; 2", "&lt;"] {
        assert!(has_content(full), "{full:?}");
        assert!(has_content(&clean_body(full)), "{full:?}");
    }
}
