//! `wecom.toml`: which company, which secret, how fast. Private files only.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::http::BaseUrl;
use super::secret::Secret;
use crate::domain::sentence::Fixed;
use crate::domain::{SafeText, Sentence, sentence};

/// Longest file read, bytes.
const LONGEST: u64 = 64 * 1024;
/// Where WeCom answers.
const BASE_URL: &str = "https://qyapi.weixin.qq.com/cgi-bin/";

/// What `wecom.toml` says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The company (`ww…`).
    pub corp_id: String,
    /// Where the API answers.
    pub base_url: BaseUrl,
    /// File that holds the app's secret; `None`: it comes from the environment or standard input.
    pub secret_file: Option<PathBuf>,
    /// Files of the callback's token and `EncodingAESKey`.
    pub callback_files: (Option<PathBuf>, Option<PathBuf>),
    /// Receive id in callbacks; the company's where none is given.
    pub receive_id: String,
    /// Calls a second at most.
    pub calls_per_second: f64,
    /// Calls under way at once at most.
    pub concurrency: usize,
    /// A call takes no longer than this.
    pub timeout: Duration,
    /// Pairs of staff, who handed customers over and who took them, asked after besides those the workspace knows.
    pub handovers: Vec<(String, String)>,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file cannot be read.
    Unreadable {
        /// The file.
        path: SafeText,
        /// Why not.
        why: Sentence,
    },
    /// A file that others may read.
    Open {
        /// The file.
        path: SafeText,
        /// Its permission bits.
        mode: u32,
    },
    /// A file that says something else than settings.
    Wrong {
        /// The file.
        path: SafeText,
        /// What is wrong.
        why: Sentence,
    },
    /// Nobody gave the secret.
    NoSecret {
        /// Which secret.
        what: Fixed,
    },
}

impl SettingsError {
    /// What is wrong.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Unreadable { path, why } => sentence!(
                "{path} 读不了: {why}",
                "{path} cannot be read: {why}",
                why = why,
            ),
            Self::Open { path, mode } => sentence!(
                "{path} 别人也能读 (权限 {mode:o})",
                "{path} may be read by others (mode {mode:o})",
            ),
            Self::Wrong { path, why } => {
                sentence!("{path}: {why}", "{path}: {why}", why = why)
            }
            Self::NoSecret { what: (zh, en) } => {
                sentence!("没有给出{zh}", "no {en} was given")
            }
        }
    }

    /// What to do.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Unreadable { .. } => sentence!(
                "照 config/wecom.example.toml 写一份, 或用 --wecom FILE 指定",
                "write it as config/wecom.example.toml shows, or name it with --wecom FILE",
            ),
            Self::Open { path, .. } => sentence!("chmod 600 {path}", "chmod 600 {path}"),
            Self::Wrong { .. } => sentence!(
                "config/wecom.example.toml 列出每一项设置",
                "config/wecom.example.toml shows every setting",
            ),
            Self::NoSecret { .. } => sentence!(
                "写进 wecom.toml 所指的 0600 文件, 或放进环境变量, 或从标准输入给 (--secret-stdin)",
                "put it into a file of mode 0600 named by wecom.toml, into the environment, or on standard input (--secret-stdin)",
            ),
        }
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    corp_id: String,
    secret_file: Option<PathBuf>,
    base_url: Option<String>,
    calls_per_second: Option<f64>,
    concurrency: Option<usize>,
    timeout_seconds: Option<u64>,
    callback: Option<WrittenCallback>,
    #[serde(default)]
    handovers: Vec<(String, String)>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCallback {
    token_file: Option<PathBuf>,
    aes_key_file: Option<PathBuf>,
    receive_id: Option<String>,
}

impl Settings {
    /// Reads a settings file that nobody else may read.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = private_file(path)?;
        let wrong = |why: Sentence| SettingsError::Wrong {
            path: shown(path),
            why,
        };
        // The message may quote what stands there; only what names a setting is repeated.
        let written: Written = toml::from_str(&text).map_err(|e| {
            let line = e
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count() + 1);
            let said = e.message();
            let names = said.starts_with("unknown field") || said.starts_with("missing field");
            wrong(if names {
                sentence!("第 {line} 行: {said}", "line {line}: {said}")
            } else {
                sentence!(
                    "第 {line} 行: 有一项设置写法不对",
                    "line {line}: a setting is not written as it should be",
                )
            })
        })?;
        Self::checked(written, path).map_err(wrong)
    }

    fn checked(written: Written, path: &Path) -> Result<Self, Sentence> {
        let corp_id = written.corp_id.trim().to_owned();
        let is_plain = |id: &str| {
            (1..=128).contains(&id.len())
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b))
        };
        if !is_plain(&corp_id) {
            return Err(sentence!(
                "corp_id 不是企业 ID",
                "corp_id is not a company's id"
            ));
        }
        let base_url = BaseUrl::parse(written.base_url.as_deref().unwrap_or(BASE_URL))?;
        let calls_per_second = written.calls_per_second.unwrap_or(10.0);
        if !(0.1..=10_000.0).contains(&calls_per_second) {
            return Err(sentence!(
                "calls_per_second 要在 0.1 到 10000 之间",
                "calls_per_second must lie between 0.1 and 10000"
            ));
        }
        let concurrency = written.concurrency.unwrap_or(4);
        if !(1..=16).contains(&concurrency) {
            return Err(sentence!(
                "concurrency 要在 1 到 16 之间",
                "concurrency must lie between 1 and 16"
            ));
        }
        let seconds = written.timeout_seconds.unwrap_or(30);
        if !(1..=600).contains(&seconds) {
            return Err(sentence!(
                "timeout_seconds 要在 1 到 600 之间",
                "timeout_seconds must lie between 1 and 600"
            ));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let beside = |file: Option<PathBuf>| file.map(|file| folder.join(file));
        let callback = written.callback.unwrap_or_default();
        Ok(Self {
            receive_id: callback.receive_id.unwrap_or_else(|| corp_id.clone()),
            corp_id,
            base_url,
            secret_file: beside(written.secret_file),
            callback_files: (beside(callback.token_file), beside(callback.aes_key_file)),
            calls_per_second,
            concurrency,
            timeout: Duration::from_secs(seconds),
            handovers: written.handovers,
        })
    }

    /// The app's secret: the one given, else the one of its file.
    pub fn secret(&self, given: Option<Secret>) -> Result<Secret, SettingsError> {
        from_file(
            ("应用的 Secret", "secret of the app"),
            given,
            self.secret_file.as_deref(),
        )
    }

    /// Token and `EncodingAESKey` of the callback: those given, else those of their files.
    pub fn callback(
        &self,
        token: Option<Secret>,
        key: Option<Secret>,
    ) -> Result<(Secret, Secret), SettingsError> {
        let (token_file, key_file) = &self.callback_files;
        Ok((
            from_file(
                ("回调的 token", "token of the callback"),
                token,
                token_file.as_deref(),
            )?,
            from_file(
                ("回调的 EncodingAESKey", "EncodingAESKey of the callback"),
                key,
                key_file.as_deref(),
            )?,
        ))
    }
}

fn from_file(
    what: Fixed,
    given: Option<Secret>,
    file: Option<&Path>,
) -> Result<Secret, SettingsError> {
    let found = match (given, file) {
        (Some(secret), _) => Some(secret),
        (None, Some(file)) => Secret::new(&private_file(file)?),
        (None, None) => None,
    };
    found.ok_or(SettingsError::NoSecret { what })
}

/// Reads a small text file that only its owner may read.
fn private_file(path: &Path) -> Result<String, SettingsError> {
    let unreadable = |why: Sentence| SettingsError::Unreadable {
        path: shown(path),
        why,
    };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let is_file = fs::metadata(path)
        .map_err(|e| unreadable(Sentence::of_system(&e)))?
        .is_file();
    if !is_file {
        return Err(unreadable(sentence!(
            "不是普通文件",
            "it is not a regular file"
        )));
    }
    let file = fs::File::open(path).map_err(|e| unreadable(Sentence::of_system(&e)))?;
    let meta = file
        .metadata()
        .map_err(|e| unreadable(Sentence::of_system(&e)))?;
    if meta.mode() & 0o077 != 0 {
        return Err(SettingsError::Open {
            path: shown(path),
            mode: meta.mode() & 0o777,
        });
    }
    let mut text = String::new();
    file.take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|e| unreadable(Sentence::of_system(&e)))?;
    if text.len() as u64 > LONGEST {
        return Err(unreadable(sentence!(
            "超过 {LONGEST} 字节",
            "it is longer than {LONGEST} bytes",
        )));
    }
    Ok(text)
}

fn shown(path: &Path) -> SafeText {
    SafeText::new(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wecom.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_settings_file_that_others_may_read_is_refused_with_the_command_that_mends_it() {
        for mode in [0o644, 0o640, 0o604, 0o620] {
            let (_folder, path) = file("corp_id = 'ww1'", mode);
            let error = Settings::read(&path).unwrap_err();
            assert!(matches!(error, SettingsError::Open { .. }), "{mode:o}");
            assert_eq!(
                error.help().to_string(),
                format!("chmod 600 {}", path.display())
            );
        }
        let (_folder, path) = file("corp_id = 'ww1'", 0o600);
        let settings = Settings::read(&path).unwrap();
        assert_eq!((settings.concurrency, settings.calls_per_second), (4, 10.0));
    }

    #[test]
    fn a_secret_written_into_the_settings_is_refused_and_not_repeated() {
        for text in [
            "corp_id = 'ww1'\nsecret = 'canary-7'",
            "corp_id = 'ww1'\nconcurrency = 'canary-7'",
            "corp_id = canary-7",
            "corp_id = 'ww1'\nbase_url = 'http://canary-7.example/'",
            "corp_id = 'ww1'\nbase_url = 'https://u:canary-7@example.com/'",
        ] {
            let (_folder, path) = file(text, 0o600);
            let error = Settings::read(&path).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_secret_lies_in_a_private_file_beside_the_settings() {
        let (folder, path) = file("corp_id = 'ww1'\nsecret_file = 'app.secret'", 0o600);
        let settings = Settings::read(&path).unwrap();
        let secret = folder.path().join("app.secret");
        fs::write(&secret, "s3cret\n").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            settings.secret(None),
            Err(SettingsError::Open { .. })
        ));
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(settings.secret(None).unwrap().reveal(), "s3cret");
        let given = Secret::new("other");
        assert_eq!(settings.secret(given).unwrap().reveal(), "other");
    }
}
