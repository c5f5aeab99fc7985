//! Letters that an export turned into question marks.

/// What a text has of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// Words.
    pub words: u64,
    /// Words with a question mark inside.
    pub ruined: u64,
    /// Words with a letter that is not ASCII.
    pub whole: u64,
}

impl Marks {
    /// Counts the words of a text, HTML or not.
    pub fn count(&mut self, text: &str) {
        for word in words(text) {
            self.words += 1;
            self.ruined += u64::from(is_ruined(word));
            self.whole += u64::from(!word.is_ascii());
        }
    }

    /// Whether it can be no other than a file whose letters are gone: in Vietnamese most words have a letter that is not
    /// ASCII.
    pub fn is_ruin(&self) -> bool {
        self.ruined >= 5 && self.ruined * 50 > self.words && self.ruined > self.whole
    }
}

/// The first word of the text with a question mark inside, and what stands beside it.
pub fn sample(text: &str) -> Option<String> {
    let mut around: Vec<&str> = Vec::new();
    for word in words(text) {
        if is_ruined(word) {
            let from = around.len().saturating_sub(2);
            return Some([&around[from..], &[word]].concat().join(" "));
        }
        around.push(word);
        if around.len() > 16 {
            around.drain(..8);
        }
    }
    None
}

/// Words outside of tags.
fn words(text: &str) -> impl Iterator<Item = &str> {
    crate::text::body::pieces(text).flat_map(|(text, _)| text.split_whitespace())
}

/// A question mark between letters, the second a small one: "Th?ng". Addresses have them too, and "gì?Anh" lacks but a space.
fn is_ruined(word: &str) -> bool {
    if !word.contains('?') || word.contains(['/', '=', '&', '@', '%', '\\']) {
        return false;
    }
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).any(|three| three[0].is_alphabetic() && three[1] == '?' && three[2].is_lowercase())
        || letters
            .windows(4)
            .any(|four| four[0].is_alphabetic() && four[1] == '?' && four[2] == '?' && four[3].is_lowercase())
}
