//! What is kept of styles: that words are bold or not, slanted, and to which side they are set.

use std::fmt::Write;

/// The part of a style that a body keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Bold, or expressly not.
    pub bold: Option<bool>,
    /// Slanted, or expressly not.
    pub italic: Option<bool>,
    /// `left`, `right`, `center` or `justify`.
    pub align: Option<&'static str>,
}

/// The sides that text can be set to.
const SIDES: [&str; 4] = ["left", "right", "center", "justify"];

/// Elements in which the side counts: tables, pictures, and what stands beside them.
const ALIGNED: [&str; 16] = [
    "p",
    "div",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "td",
    "th",
    "tr",
    "caption",
    "figure",
    "figcaption",
    "li",
    "blockquote",
    "table",
];

impl Style {
    /// Reads declarations as editors write them; what is not known says nothing.
    pub fn parse(declarations: &str) -> Self {
        let mut style = Self::default();
        for declaration in declarations.split(';') {
            let Some((name, value)) = declaration.split_once(':') else { continue };
            let value = value.to_lowercase();
            let value = value.trim().trim_end_matches("!important").trim_end();
            match name.trim().to_lowercase().as_str() {
                "font-weight" => style.bold = weight(value).or(style.bold),
                "font-style" => match value {
                    "italic" | "oblique" => style.italic = Some(true),
                    "normal" => style.italic = Some(false),
                    _ => {}
                },
                "text-align" => style.align = side(value).or(style.align),
                _ => {}
            }
        }
        style
    }

    /// The same as an attribute's value; empty where nothing is kept.
    pub fn declarations(self) -> String {
        let mut out = String::new();
        for (name, value) in [
            ("font-weight", self.bold.map(|bold| if bold { "bold" } else { "normal" })),
            ("font-style", self.italic.map(|italic| if italic { "italic" } else { "normal" })),
            ("text-align", self.align),
        ] {
            if let Some(value) = value {
                // Writing to a string does not fail.
                let _ = write!(out, "{}{name}:{value}", if out.is_empty() { "" } else { ";" });
            }
        }
        out
    }

    /// The side, where it counts for such an element.
    pub fn side_of(self, element: &str) -> Option<&'static str> {
        self.align.filter(|_| ALIGNED.contains(&element))
    }
}

/// One of the four sides.
pub fn side(value: &str) -> Option<&'static str> {
    let value = match value {
        "start" => "left",
        "end" => "right",
        "middle" => "center",
        value => value,
    };
    SIDES.into_iter().find(|side| side.eq_ignore_ascii_case(value))
}

fn weight(value: &str) -> Option<bool> {
    match value {
        "bold" | "bolder" => Some(true),
        "normal" | "lighter" => Some(false),
        number => number.parse::<u32>().ok().map(|weight| weight >= 600),
    }
}
