//! The console as the settings want it.

use std::str::FromStr;

use crate::config::settings::Settings;
use crate::domain::Lang;
use crate::domain::period::PeriodSpec;

use super::state::{App, DeltaColours, GlyphSet, Look, Scrolling, Times};
use super::views::layout_named;

/// The language of a locale such as `zh_CN.UTF-8`; anything that is not Chinese is English.
pub fn lang_of_locale(locale: &str) -> Lang {
    if locale.starts_with("zh") {
        Lang::Zh
    } else {
        Lang::En
    }
}

/// What the settings' `auto` means here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The locale's language.
    pub lang: Lang,
    /// The link is slow: over ssh or mosh.
    pub slow: bool,
    /// The terminal scrolls a list by itself beside panes that stay; else whole rows only.
    pub boxes: bool,
}

/// Rows that lists scroll by: what the setting says; `auto` one, but several beside other panes where each scroll sends
/// the list anew over a slow line.
fn scrolling(setting: &str, slow: bool, boxes: bool) -> Scrolling {
    match setting.parse() {
        Ok(lines) => Scrolling {
            across: lines,
            beside: lines,
        },
        Err(_) if slow && !boxes => Scrolling {
            beside: Scrolling::SEVERAL,
            ..Scrolling::default()
        },
        Err(_) => Scrolling::default(),
    }
}

impl App {
    /// Takes the settings, with what `auto` means here.
    pub fn apply_settings(&mut self, settings: &Settings, here: Surroundings) {
        let lang = match settings.lang.as_str() {
            "zh" => Lang::Zh,
            "en" => Lang::En,
            _ => here.lang,
        };
        let slow = match settings.slow.as_str() {
            "on" => true,
            "off" => false,
            _ => here.slow,
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
            slow,
            scroll: scrolling(&settings.scroll, slow, here.boxes),
            mouse: settings.mouse,
        };
        self.layout = layout_named(&settings.layout).unwrap_or_default();
        self.memory.set_layout = self.layout;
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
    use crate::app::state::Layout;
    use crate::config::state::Kept;

    #[test]
    fn the_layout_of_the_settings_holds_until_another_is_chosen() {
        let with = |layout: &str, kept: &Kept| {
            let settings = Settings {
                layout: layout.into(),
                ..Settings::default()
            };
            let mut app = App::default();
            app.apply_settings(&settings, Surroundings::default());
            app.restore_kept(kept);
            app
        };
        let mut app = with("5", &Kept::default());
        assert_eq!(app.layout, Layout::Five);
        // Nothing was chosen: another setting counts the next time.
        assert_eq!(with("3", &app.kept()).layout, Layout::Three);
        app.layout = Layout::One;
        assert_eq!(with("3", &app.kept()).layout, Layout::One);
    }

    #[test]
    fn automatic_settings_follow_the_language_and_the_link() {
        let mut app = App::default();
        let over_ssh = Surroundings {
            lang: Lang::En,
            slow: true,
            boxes: false,
        };
        app.apply_settings(&Settings::default(), over_ssh);
        assert_eq!(
            (app.look.lang, app.look.delta, app.look.slow),
            (Lang::En, DeltaColours::Intl, true)
        );
        let here = Surroundings {
            lang: lang_of_locale("zh_CN.UTF-8"),
            ..Surroundings::default()
        };
        app.apply_settings(&Settings::default(), here);
        assert_eq!(
            (app.look.lang, app.look.delta, app.look.slow),
            (Lang::Zh, DeltaColours::Cn, false)
        );
        assert_eq!(app.scope, crate::engine::request::Scope::default());
    }

    #[test]
    fn several_rows_scroll_at_once_only_where_each_scroll_sends_the_list_anew() {
        for (slow, boxes, beside) in [
            (true, false, 5),
            (true, true, 1),
            (false, false, 1),
            (false, true, 1),
        ] {
            let found = scrolling("auto", slow, boxes);
            assert_eq!((found.across, found.beside), (1, beside), "{slow} {boxes}");
        }
        for said in ["1", "7"] {
            let found = scrolling(said, true, false);
            let lines = said.parse().unwrap();
            assert_eq!((found.across, found.beside), (lines, lines));
        }
        // What the setting says of the line counts, not what the line seems to be.
        let mut app = App::default();
        let settings = Settings {
            slow: "on".to_owned(),
            ..Settings::default()
        };
        app.apply_settings(&settings, Surroundings::default());
        assert_eq!(app.look.scroll.beside, Scrolling::SEVERAL);
    }
}
