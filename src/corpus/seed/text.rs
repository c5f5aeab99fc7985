//! Titles, summaries and bodies, made of the material.

use chrono::{DateTime, Datelike, Duration, FixedOffset, Utc};

use super::{
    dice::Dice,
    words::{Theme, Words},
};
use crate::calendar::local;

/// What an article is about, so that its title and its sentences speak of the same.
pub struct Scene<'a> {
    /// The material.
    pub words: &'a Words,
    /// The part of it that fits.
    pub theme: &'a Theme,
    /// The matter.
    pub matter: &'a str,
    /// The name of its commune.
    pub commune: &'a str,
    /// The name of its district.
    pub district: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether in English.
    pub english: bool,
}

impl Scene<'_> {
    /// The text of one of these templates.
    pub fn say_one(&self, dice: &mut Dice, templates: &[String]) -> String {
        let template = dice.pick(templates);
        self.say(dice, template)
    }

    /// The text of a template, beginning with a capital.
    pub fn say(&self, dice: &mut Dice, template: &str) -> String {
        let mut text = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, slot_and_rest)) = rest.split_once('{') {
            let (slot, after) = slot_and_rest.split_once('}').unwrap_or((slot_and_rest, ""));
            text.push_str(before);
            text.push_str(&self.slot(dice, slot));
            rest = after;
        }
        text.push_str(rest);
        let first = text.chars().next().filter(|first| first.is_lowercase());
        match first {
            Some(first) => first.to_uppercase().chain(text.chars().skip(1)).collect(),
            None => text,
        }
    }

    fn slot(&self, dice: &mut Dice, slot: &str) -> String {
        let at = local(self.at);
        match slot {
            "viec" => self.matter.to_owned(),
            "xa" => self.commune_named(self.commune),
            "huyen" => self.district_named(self.district),
            "noi" if dice.chance(50) => self.commune_named(dice.pick::<String>(&self.words.communes)),
            "noi" => self.district_named(dice.pick::<String>(&self.words.districts)),
            "coquan" if dice.chance(70) => dice.pick(&self.theme.offices).clone(),
            "coquan" => dice.pick(&self.words.offices).clone(),
            "ngay" => day(at - Duration::days(i64::from(dice.below(12)))),
            "han" => day(at + Duration::days(i64::from(dice.between(5, 40)))),
            "thang" if self.english => at.format("%B %Y").to_string(),
            "thang" => format!("tháng {}/{}", at.month(), at.year()),
            "quy" => format!("quý {}/{}", ["I", "II", "III", "IV"][at.month0() as usize / 3], at.year()),
            "nam" => at.year().to_string(),
            "namsau" => (at.year() + 5).to_string(),
            "n" => dice.between(3, 28).to_string(),
            "so" => dice.between(12, 3400).to_string(),
            "tram" => dice.between(45, 960).to_string(),
            "nghin" => format!("{}.{}00", dice.between(1, 48), dice.below(10)),
            "ty" => dice.between(2, 180).to_string(),
            "pt" => self.decimal(dice.between(600, 985)),
            "tang" => self.decimal(dice.between(15, 146)),
            // A word in braces that is no slot would be seen by every reader; a test looks for braces.
            other => format!("{{{other}}}"),
        }
    }

    fn commune_named(&self, name: &str) -> String {
        if self.english { format!("{name} commune") } else { format!("xã {name}") }
    }

    fn district_named(&self, name: &str) -> String {
        if self.english { format!("{name} district") } else { format!("huyện {name}") }
    }

    fn decimal(&self, tenths: u32) -> String {
        let point = if self.english { '.' } else { ',' };
        format!("{}{point}{}", tenths / 10, tenths % 10)
    }

    /// A body of about so many bytes: paragraphs, with a heading, a list, a quotation or a table here and there.
    pub fn body(&self, dice: &mut Dice, bytes: usize) -> String {
        let common = &self.words.common;
        let pool: Vec<&String> = match self.english {
            true => self.words.english.sentences.iter().collect(),
            false => self.theme.sentences.iter().chain(&common.sentences).collect(),
        };
        let mut deck = Vec::new();
        let mut body = String::with_capacity(bytes + 1024);
        while body.len() < bytes {
            if !body.is_empty() {
                body.push('\n');
            }
            let kind = if self.english || body.is_empty() { 100 } else { dice.below(100) };
            match kind {
                0..10 => body.push_str(&format!("<h2>{}</h2>\n", dice.pick(&common.headings))),
                10..18 => body.push_str(&format!("{}\n", self.list(dice))),
                18..24 => {
                    body.push_str(&format!("<blockquote><p>“{}”</p></blockquote>\n", dice.pick(&common.quotes)));
                }
                24..27 => body.push_str(&format!("{}\n", self.table(dice))),
                _ => {}
            }
            body.push_str("<p>");
            if body == "<p>" && !self.english {
                body.push_str(&self.say_one(dice, &common.leads));
                body.push(' ');
            }
            for place in 0..dice.between(2, 4) {
                if deck.is_empty() {
                    deck.clone_from(&pool);
                    dice.shuffle(&mut deck);
                }
                if place > 0 {
                    body.push(' ');
                }
                let sentence = deck.pop().map_or_else(String::new, |template| self.say(dice, template));
                body.push_str(&sentence);
            }
            body.push_str("</p>");
        }
        body
    }

    fn list(&self, dice: &mut Dice) -> String {
        let mut items: Vec<&String> = self.words.common.items.iter().collect();
        dice.shuffle(&mut items);
        let kept = items.into_iter().take(dice.between(3, 5) as usize);
        let items: String = kept.map(|item| format!("<li>{};</li>", self.say(dice, item))).collect();
        format!("<ul>{items}</ul>")
    }

    fn table(&self, dice: &mut Dice) -> String {
        let mut rows = String::new();
        for _ in 0..dice.between(3, 6) {
            let row = self.say(dice, "<td>{tram}</td><td>{pt}%</td>");
            rows.push_str(&format!("<tr><td>Xã {}</td>{row}</tr>", dice.pick(&self.words.communes)));
        }
        format!(
            "<table><thead><tr><th>Đơn vị</th><th>Số lượng</th><th>Tỷ lệ</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    }
}

fn day(at: DateTime<FixedOffset>) -> String {
    format!("ngày {}/{}/{}", at.day(), at.month(), at.year())
}
