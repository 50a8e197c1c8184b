//! What every command needs to know before it starts: settings, places, language, workspace, "now".

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::Keymap;
use crate::config::paths::Paths;
use crate::config::settings::Settings;
use crate::config::theme::{ColourLimits, Theme};
use crate::domain::period::PeriodSpec;
use crate::domain::{DeptId, GlyphSet, Lang, SafeText, Sentence, Zone, sentence};
use crate::store::{Access, Doing, Opened, open};
use crate::workspace::Workspace;

use super::error::{Exit, Failure};
use super::how::How;
use super::options::{Common, OutputFormat};
use super::when;

/// Settings in force and where things are.
pub struct Setting {
    /// Flags, environment, file and defaults, put together.
    pub settings: Settings,
    /// Places.
    pub paths: Paths,
    /// The command line's own options.
    pub common: Common,
    /// The settings file, if there is one.
    pub file: PathBuf,
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The language of a setting; of any other word than `en` and `zh` that of the locale.
fn language(word: &str) -> Lang {
    match word {
        "en" => return Lang::En,
        "zh" => return Lang::Zh,
        _ => {}
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| env(name).filter(|value| !value.is_empty()))
        .unwrap_or_default();
    // The field speaks Chinese: only a locale that names another language gives English.
    let other = !locale.is_empty()
        && !locale.starts_with("zh")
        && !locale.starts_with("C.")
        && locale != "C"
        && locale != "POSIX";
    if other { Lang::En } else { Lang::Zh }
}

/// The value of an option on a command line that was not understood.
fn flag_of(name: &str, words: impl Iterator<Item = OsString>) -> Option<String> {
    let mut words = words.map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        if word == name {
            return words.next();
        }
        let value = word
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = value {
            return Some(value.to_owned());
        }
    }
    None
}

/// A settings file that is there, or was named, and cannot be read.
fn unread(file: &Path, error: &std::io::Error) -> Failure {
    let file = SafeText::new(&file.to_string_lossy());
    Failure::new(
        Exit::Usage,
        sentence!(
            "{file} 读不了: {why}",
            "{file} cannot be read: {why}",
            why = Sentence::of_system(error),
        ),
        sentence!("检查 --config 的路径", "check the path of --config"),
    )
}

impl Setting {
    /// Reads them.
    pub fn read(common: &Common) -> Result<Self, Failure> {
        let paths = Paths::find(env).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                sentence!("没有主目录", "there is no home directory"),
                sentence!(
                    "请设 CAOPAN_CONFIG_DIR, CAOPAN_DATA_DIR 与 CAOPAN_STATE_DIR",
                    "set CAOPAN_CONFIG_DIR, CAOPAN_DATA_DIR and CAOPAN_STATE_DIR"
                ),
            )
        })?;
        let file = common.config.clone().unwrap_or_else(|| paths.settings());
        let text = match fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && common.config.is_none() =>
            {
                None
            }
            Err(error) => return Err(unread(&file, &error)),
        };
        let name = file.to_string_lossy();
        let mut flags = Vec::new();
        for (setting, value) in [
            ("lang", &common.lang),
            ("theme", &common.theme),
            ("glyphs", &common.glyphs),
        ] {
            flags.extend(value.clone().map(|value| (setting, value)));
        }
        if common.mask {
            flags.push(("mask", "true".into()));
        }
        // clap has read these from the environment already; asking again would read an empty one as a value.
        let settings = Settings::load(text.as_deref().map(|text| (&*name, text)), env, &flags)
            .map_err(|error| {
                Failure::new(
                    Exit::Usage,
                    error.sentence(),
                    sentence!(
                        "`caopan config dump` 列出生效的设置",
                        "`caopan config dump` shows what is in force"
                    ),
                )
            })?;
        Ok(Self {
            settings,
            paths,
            common: common.clone(),
            file,
        })
    }

    /// Interface language.
    pub fn lang(&self) -> Lang {
        language(&self.settings.lang)
    }

    /// Symbols of tables.
    pub fn glyphs(&self) -> GlyphSet {
        if self.settings.glyphs == "ascii" {
            GlyphSet::Ascii
        } else {
            GlyphSet::Unicode
        }
    }

    /// How rows are printed in this format and zone.
    pub fn how(&self, format: OutputFormat, zone: Zone) -> How {
        How {
            format,
            lang: self.lang(),
            glyphs: self.glyphs(),
            zone,
        }
    }

    /// The language of a failure. Without options, since the command line was not understood, that of the environment, of
    /// the settings file, and of what follows `--lang` all the same.
    pub fn lang_of(common: Option<&Common>) -> Lang {
        let setting = common.and_then(|common| Self::read(common).ok());
        if let Some(setting) = setting {
            return setting.lang();
        }
        let named = flag_of("--lang", std::env::args_os()).map(|lang| ("lang", lang));
        let flags: Vec<_> = named.into_iter().collect();
        let file = Paths::find(env).and_then(|paths| fs::read_to_string(paths.settings()).ok());
        let file = file.as_deref().map(|text| ("", text));
        let settings = Settings::load(file, env, &flags);
        language(settings.as_ref().map_or("auto", |settings| &settings.lang))
    }

    /// The link is slow: the screen goes over ssh or mosh.
    pub fn is_remote() -> bool {
        ["SSH_CONNECTION", "SSH_TTY", "MOSH_CONNECTION"]
            .iter()
            .any(|name| env(name).is_some())
    }

    /// What colours may be used.
    pub fn limits(&self) -> ColourLimits {
        let truecolor = env("COLORTERM").is_some_and(|v| v == "truecolor" || v == "24bit");
        ColourLimits {
            no_color: env("NO_COLOR").is_some_and(|v| !v.is_empty()),
            truecolor: truecolor && self.settings.truecolor,
        }
    }

    /// A theme by name, the user's file first.
    pub fn theme(&self, name: &str) -> Result<Theme, Failure> {
        let user = |name: &str| fs::read_to_string(self.paths.theme(name)).ok();
        Theme::choose(name, self.limits(), &user).map_err(|error| {
            let known: Vec<_> = Theme::names().collect();
            let known = known.join(", ");
            Failure::new(
                Exit::Usage,
                error.sentence(),
                sentence!("主题: {known}", "themes: {known}"),
            )
        })
    }

    /// The keys in force.
    pub fn keymap(&self) -> Result<Arc<Keymap>, Failure> {
        let file = self.paths.keys();
        let Ok(text) = fs::read_to_string(&file) else {
            return Ok(Arc::default());
        };
        Keymap::load(Some((&*file.to_string_lossy(), &*text)))
            .map(Arc::new)
            .map_err(|error| {
                Failure::new(
                    Exit::Usage,
                    error.sentence(),
                    sentence!("`caopan keys` 列出命令", "`caopan keys` lists the commands"),
                )
            })
    }

    /// The workspace file: flag or environment, then settings, then the data directory's.
    pub fn workspace(&self) -> PathBuf {
        match &self.common.workspace {
            Some(path) => path.clone(),
            None if self.settings.workspace.is_empty() => self.paths.workspace(),
            None => PathBuf::from(&self.settings.workspace),
        }
    }

    /// The same, on another workspace.
    #[must_use]
    pub fn on(mut self, workspace: &Path) -> Self {
        self.common.workspace = Some(workspace.to_owned());
        self
    }

    /// The folder that exports without a name go to.
    pub fn exports(&self) -> PathBuf {
        PathBuf::from(&self.settings.export_dir)
    }

    /// A workspace was named by flag, environment or settings.
    pub fn names_workspace(&self) -> bool {
        self.common.workspace.is_some() || !self.settings.workspace.is_empty()
    }

    /// Period of the scope.
    pub fn period(&self) -> PeriodSpec {
        self.common
            .period
            .or_else(|| self.settings.period.parse().ok())
            .unwrap_or(PeriodSpec::Month)
    }

    /// Opens the workspace for looking; with `--as-of` as it stood then.
    pub fn open(&self) -> Result<Workspace, Failure> {
        let mut workspace = self.open_for_first_frame()?;
        workspace.look_first()?;
        Ok(workspace)
    }

    /// The same before anybody has looked for rows dated later than now: the console looks behind its first frame.
    pub fn open_for_first_frame(&self) -> Result<Workspace, Failure> {
        let path = self.workspace();
        let opened = self.opened(&path)?;
        let mut workspace = Workspace::new(path, opened)?;
        let now = when::now();
        let Some(at) = self.fixed_now(&workspace)? else {
            workspace.begin_clock(now);
            return Ok(workspace);
        };
        workspace.stand_at(at)?;
        if at < now {
            workspace.only_look();
        }
        Ok(workspace)
    }

    /// Panes never write: every look is through a connection held to reading. What the file would allow is kept for the top bar.
    pub fn opened(&self, path: &Path) -> Result<Opened, Failure> {
        let wanted = if self.common.read_only {
            Access::ReadOnly
        } else {
            Access::ReadWrite
        };
        let opened = open(path, wanted)?;
        // One connection, held to reading: opening the file a second time would cost the first frame its speed.
        opened
            .conn
            .pragma_update(None, "query_only", true)
            .doing("holding the connection to reading")?;
        Ok(opened)
    }

    /// "Now" for every figure, when it is fixed.
    pub fn fixed_now(&self, workspace: &Workspace) -> Result<Option<i64>, Failure> {
        self.common
            .as_of
            .as_deref()
            .map(|text| when::as_of(text, workspace.zone()))
            .transpose()
    }

    /// The org node of `--org`: an id, or a name that only one node has.
    pub fn org(
        &self,
        workspace: &mut Workspace,
        now: i64,
    ) -> Result<Option<(DeptId, SafeText)>, Failure> {
        let Some(wanted) = &self.common.org else {
            return Ok(None);
        };
        let nodes = workspace.org(now)?;
        let exact: Vec<_> = nodes
            .iter()
            .filter(|n| n.name.as_str() == wanted || n.id.0.to_string() == *wanted)
            .collect();
        match exact.as_slice() {
            [one] => Ok(Some((one.id, one.name.clone()))),
            [] => Err(Failure::new(
                Exit::Usage,
                sentence!(
                    "没有叫 {wanted:?} 的部门",
                    "no department is called {wanted:?}"
                ),
                sentence!(
                    "写部门编号或全名; 操盘台里按 gs 可看全部",
                    "give its id or its whole name; `gs` in the console lists them"
                ),
            )),
            several => {
                let ids: Vec<_> = several.iter().map(|n| n.id.0.to_string()).collect();
                let (n, ids) = (several.len(), ids.join(", "));
                Err(Failure::new(
                    Exit::Usage,
                    sentence!(
                        "有 {n} 个部门叫 {wanted:?}",
                        "{n} departments are called {wanted:?}",
                    ),
                    sentence!("请写编号: {ids}", "give one of their ids: {ids}"),
                ))
            }
        }
    }
}
