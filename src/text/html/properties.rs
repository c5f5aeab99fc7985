use proptest::prelude::*;

use super::tests::assert_harmless;
use super::*;
use crate::text::nfc;

/// Something like HTML: tags that open, close and cross, in and out of other languages, with text between.
fn htmlish() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "p",
        "div",
        "b",
        "i",
        "a",
        "table",
        "tr",
        "td",
        "th",
        "caption",
        "ul",
        "li",
        "h1",
        "h3",
        "center",
        "pre",
        "svg",
        "math",
        "mtext",
        "mglyph",
        "malignmark",
        "annotation-xml",
        "foreignObject",
        "desc",
        "title",
        "style",
        "script",
        "textarea",
        "select",
        "option",
        "template",
        "noscript",
        "form",
        "button",
        "img",
        "br",
        "iframe",
        "video",
        "source",
        "audio",
        "picture",
        "span",
        "strong",
        "plaintext",
        "nobr",
        "font",
        "ruby",
        "rt",
        "details",
        "summary",
        "dl",
        "dt",
        "colgroup",
        "col",
        "body",
        "html",
        "frameset",
        "xmp",
        "strike",
    ]);
    let attributes = prop::sample::select(vec![
        "",
        " href=javascript:a()",
        " href='/a?b=1&c=2'",
        " title=\"--><img src=x onerror=a()>\"",
        " id=\"</style><script>a</script>\"",
        " src=data:a",
        " src=\"/a b.jpg\"",
        " class=x",
        " onclick=a()",
        " lang=vi",
        " dir=\"rtl\"",
        " encoding=text/html",
        " xlink:href=vbscript:a",
        " style=x",
        " style=font-weight:normal",
        " style='font-weight:bold;font-style:italic'",
        " style=text-align:center",
        " align=right",
        " src=https://youtu.be/dQw4w9WgXcQ?t=1m",
        " start=-2",
        " alt='</p><p>'",
        " href='jav&#1;ascript:a()'",
    ]);
    let open = (names.clone(), attributes).prop_map(|(name, attribute)| format!("<{name}{attribute}>"));
    let close = names.prop_map(|name| format!("</{name}>"));
    let text = prop::sample::select(vec![
        "Đường",
        "a\u{301}",
        "\n",
        " ",
        "&nbsp;",
        "&lt;",
        "<",
        ">",
        "\"",
        "'",
        "&",
        "&#0;",
        "&#13;",
        "\r\n",
        "\u{338}",
        "&#824;",
        "\u{0}",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!--[if x]>",
        "<?x ",
        "</",
        "\u{202E}",
        "👍",
        "&#1;",
        "&amp;lt;",
        "\u{FFFE}",
    ]);
    let piece = prop_oneof![4 => open, 3 => close, 3 => text.prop_map(str::to_owned)];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_comes_in_cleaning_twice_changes_nothing(html in htmlish()) {
        assert_harmless(&html);
    }

    #[test]
    fn any_text_does_too(html in any::<String>()) {
        assert_harmless(&html);
    }

    #[test]
    fn plain_text_is_kept_to_the_last_character(text in "[^\\pC]*") {
        let text = nfc(&text).into_owned();
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let clean = clean_body(&escaped);
        let read = clean.replace("&nbsp;", "\u{A0}").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        prop_assert_eq!(read, text);
    }
}
