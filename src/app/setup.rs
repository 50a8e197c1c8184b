//! The console as the settings want it.

use std::str::FromStr;

use crate::config::settings::Settings;
use crate::domain::Lang;
use crate::domain::period::PeriodSpec;

use super::state::{App, DeltaColours, GlyphSet, Look, Times};
use super::views::layout_named;

/// The language of a locale such as `zh_CN.UTF-8`; anything that is not Chinese is English.
pub fn lang_of_locale(locale: &str) -> Lang {
    if locale.starts_with("zh") {
        Lang::Zh
    } else {
        Lang::En
    }
}

impl App {
    /// Takes the settings: what `auto` means is said by the caller (the locale's language, whether the link is slow).
    pub fn apply_settings(&mut self, settings: &Settings, auto_lang: Lang, slow_link: bool) {
        let lang = match settings.lang.as_str() {
            "zh" => Lang::Zh,
            "en" => Lang::En,
            _ => auto_lang,
        };
        self.look = Look {
            lang,
            theme: settings.theme.clone(),
            glyphs: if settings.glyphs == "ascii" {
                GlyphSet::Ascii
            } else {
                GlyphSet::Unicode
            },
            delta: match (settings.delta.as_str(), lang) {
                ("cn", _) | ("auto", Lang::Zh) => DeltaColours::Cn,
                ("none", _) => DeltaColours::None,
                _ => DeltaColours::Intl,
            },
            mask: settings.mask,
            slow: match settings.slow.as_str() {
                "on" => true,
                "off" => false,
                _ => slow_link,
            },
            mouse: settings.mouse,
        };
        self.layout = layout_named(&settings.layout).unwrap_or_default();
        if let Ok(period) = PeriodSpec::from_str(&settings.period) {
            self.scope.period = period;
        }
        self.memory.times = Times {
            which_key: settings.which_key_ms,
            toast: settings.toast_ms,
            page: settings.page_seconds * 1_000,
        };
        self.dirty = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_settings_follow_the_language_and_the_link() {
        let mut app = App::default();
        app.apply_settings(&Settings::default(), Lang::En, true);
        assert_eq!(
            (app.look.lang, app.look.delta, app.look.slow),
            (Lang::En, DeltaColours::Intl, true)
        );
        app.apply_settings(&Settings::default(), lang_of_locale("zh_CN.UTF-8"), false);
        assert_eq!(
            (app.look.lang, app.look.delta, app.look.slow),
            (Lang::Zh, DeltaColours::Cn, false)
        );
        assert_eq!(app.scope, crate::engine::request::Scope::default());
    }
}
