//! A sentence in both languages of the interface.

use super::{Lang, SafeText};

/// Something to say to the operator, in each language; safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Chinese.
    pub zh: SafeText,
    /// English.
    pub en: SafeText,
}

impl Sentence {
    /// A sentence of two texts. What strangers wrote is made safe to show here.
    pub fn new(zh: &str, en: &str) -> Self {
        Self {
            zh: SafeText::new(zh),
            en: SafeText::new(en),
        }
    }

    /// In a language.
    pub fn say(&self, lang: Lang) -> &SafeText {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}
