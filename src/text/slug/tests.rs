use proptest::prelude::*;

use super::*;

#[test]
fn titles_become_slugs() {
    let cases = [
        ("Đại hội Đảng", "dai-hoi-dang"),
        ("  Nghị quyết số 18-NQ/TW: “Đất đai”  ", "nghi-quyet-so-18-nq-tw-dat-dai"),
        ("Giá điện tăng 10.000 đồng/m²", "gia-dien-tang-10-000-dong-m2"),
        ("Bản H’Mông, buôn Ea H'leo", "ban-hmong-buon-ea-hleo"),
        ("🎉 Chúc mừng năm mới!!! 🎉", "chuc-mung-nam-moi"),
        ("Đ\u{AD}ường\u{200B} sắt", "duong-sat"),
        ("COVID-19 — ngày_mới", "covid-19-ngay-moi"),
        ("深圳 Москва", "shenzhen-moskva"),
        ("🎉🎉", "bai-viet"),
        ("— ? — ! ", "bai-viet"),
        ("\u{301}\u{202E}", "bai-viet"),
        ("", "bai-viet"),
    ];
    for (title, slug) in cases {
        assert_eq!(Slug::from_text(title).as_str(), slug, "{title:?}");
    }
}

#[test]
fn every_vietnamese_letter_has_its_base_letter_in_both_normal_forms() {
    let letters = [
        ("aàảãáạăằẳẵắặâầẩẫấậ", 'a'),
        ("eèẻẽéẹêềểễếệ", 'e'),
        ("iìỉĩíị", 'i'),
        ("oòỏõóọôồổỗốộơờởỡớợ", 'o'),
        ("uùủũúụưừửữứự", 'u'),
        ("yỳỷỹýỵ", 'y'),
        ("đ", 'd'),
    ];
    for (family, base) in letters {
        let plain: String = family.chars().map(|_| base).collect();
        for text in [family.to_owned(), family.to_uppercase()] {
            assert_eq!(Slug::from_text(&text).as_str(), plain);
            assert_eq!(Slug::from_text(&text.nfd().collect::<String>()).as_str(), plain);
        }
    }
}

#[test]
fn a_long_title_is_cut_between_words() {
    let slug = Slug::from_text(&"nghiêng ".repeat(40));
    assert_eq!(slug.as_str(), ["nghieng"; 12].join("-"));
    assert_eq!(Slug::from_text(&"x".repeat(300)).as_str().len(), 100);
    let exact = format!("{} b", "a".repeat(98));
    assert_eq!(Slug::from_text(&exact).as_str().len(), 100);
}

#[test]
fn a_slug_is_never_taken_for_a_route_or_an_id() {
    for (title, slug) in [
        ("Media", "tin-media"),
        ("Most viewed", "tin-most-viewed"),
        ("0193A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "tin-0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
        ("0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "tin-0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"),
    ] {
        assert_eq!(Slug::from_text(title).as_str(), slug);
    }
    for word in RESERVED {
        assert_eq!(word.parse::<Slug>(), Err(SlugError::Reserved));
    }
}

#[test]
fn only_slugs_are_slugs() {
    for text in ["a", "dai-hoi-dang", "2026", &"a".repeat(120)] {
        assert_eq!(text.parse::<Slug>().unwrap().to_string(), text);
    }
    for text in ["-a", "a-", "a--b", "A", "đ", "a b", "a/b", "a\n", "a_b", "."] {
        assert_eq!(text.parse::<Slug>(), Err(SlugError::Shape), "{text:?}");
    }
    for text in ["", &"a".repeat(121)] {
        assert_eq!(text.parse::<Slug>(), Err(SlugError::Length));
    }
    assert_eq!(serde_json::to_string(&Slug::from_text("Tin mới")).unwrap(), "\"tin-moi\"");
    assert!(serde_json::from_str::<Slug>("\"Tin mới\"").is_err());
}

#[test]
fn a_number_is_added_within_the_length() {
    assert_eq!(Slug::from_text("Đại hội Đảng").numbered(2).as_str(), "dai-hoi-dang-2");
    let long: Slug = format!("{}-{}", "a".repeat(100), "b".repeat(19)).parse().unwrap();
    assert_eq!(long.numbered(12).as_str(), format!("{}-12", "a".repeat(100)));
    let word: Slug = "a".repeat(120).parse().unwrap();
    assert_eq!(word.numbered(u32::MAX).as_str(), format!("{}-4294967295", "a".repeat(109)));
}

proptest! {
    #[test]
    fn any_text_gives_a_valid_slug_that_gives_itself(text in any::<String>(), n in any::<u32>()) {
        let slug = Slug::from_text(&text);
        prop_assert_eq!(slug.as_str().parse::<Slug>(), Ok(slug.clone()));
        prop_assert_eq!(Slug::from_text(slug.as_str()), slug.clone());
        let numbered = slug.numbered(n);
        prop_assert_eq!(numbered.as_str().parse::<Slug>(), Ok(numbered.clone()));
        prop_assert_eq!(Slug::from_text(numbered.as_str()), numbered);
    }
}
