//! Sentences in both languages.

/// The language to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

/// One sentence, said in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Text {
    /// What is the same in every language: a number, a field's name, code.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { zh: en.clone(), en }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::English => &self.en,
            Lang::Chinese => &self.zh,
        }
    }
}

/// A [`Text`] from two format strings that capture the same variables.
macro_rules! say {
    ($en:literal, $zh:literal $(, $($args:tt)*)?) => {
        $crate::words::Text {
            en: format!($en $(, $($args)*)?),
            zh: format!($zh $(, $($args)*)?),
        }
    };
}
pub(crate) use say;
