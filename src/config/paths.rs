//! Where things are: configuration, data and state, each overridable by the environment.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The console's places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, `keys.toml`, `themes/`: `CAOPAN_CONFIG_DIR`, else `~/.config/caopan`.
    pub config: PathBuf,
    /// `workspace.db`: `CAOPAN_DATA_DIR`, else `~/.local/share/caopan`.
    pub data: PathBuf,
    /// Private state, logs and reports: `CAOPAN_STATE_DIR`, else `~/.local/state/caopan`.
    pub state: PathBuf,
}

impl Paths {
    /// Finds the places; `None` when there is no home directory and the environment does not name all three.
    pub fn find(env: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let named = |name: &str| {
            env(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = ProjectDirs::from("", "", "caopan");
        let home = home.as_ref();
        Some(Self {
            config: named("CAOPAN_CONFIG_DIR").or_else(|| Some(home?.config_dir().to_owned()))?,
            data: named("CAOPAN_DATA_DIR").or_else(|| Some(home?.data_dir().to_owned()))?,
            state: named("CAOPAN_STATE_DIR").or_else(|| {
                home.map(|home| {
                    home.state_dir()
                        .unwrap_or_else(|| home.data_local_dir())
                        .to_owned()
                })
            })?,
        })
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The key file.
    pub fn keys(&self) -> PathBuf {
        self.config.join("keys.toml")
    }

    /// A theme's file.
    pub fn theme(&self, name: &str) -> PathBuf {
        self.config.join("themes").join(format!("{name}.toml"))
    }

    /// The workspace opened when none is named.
    pub fn workspace(&self) -> PathBuf {
        self.data.join("workspace.db")
    }

    /// The private state of a workspace.
    pub fn kept(&self, workspace: &Path) -> PathBuf {
        super::state::file_of(&self.state, workspace)
    }

    /// Makes the state directory, for its owner only.
    pub fn make_state(&self) -> io::Result<()> {
        private_dir(&self.state)
    }

    /// Tries to write into the state directory, as a console does that keeps a view.
    pub fn can_keep(&self) -> io::Result<()> {
        self.make_state()?;
        let probe = self.state.join(format!("probe-{}", std::process::id()));
        let written = fs::write(&probe, [0; 4096]);
        let _ = fs::remove_file(&probe);
        written
    }

    /// Makes the data directory, for its owner only.
    pub fn make_data(&self) -> io::Result<()> {
        private_dir(&self.data)
    }
}

/// Makes a directory 0700. One that is there already and ours keeps its rights unless others may write into it.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let mode = fs::metadata(dir)?.permissions().mode();
    if mode & 0o022 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_each_place() {
        let env = |name: &str| Some(format!("/x/{name}"));
        let paths = Paths::find(env).unwrap();
        assert_eq!(
            paths.settings(),
            Path::new("/x/CAOPAN_CONFIG_DIR/config.toml")
        );
        assert_eq!(paths.keys(), Path::new("/x/CAOPAN_CONFIG_DIR/keys.toml"));
        assert_eq!(
            paths.workspace(),
            Path::new("/x/CAOPAN_DATA_DIR/workspace.db")
        );
        assert!(
            paths
                .kept(Path::new("w.db"))
                .starts_with("/x/CAOPAN_STATE_DIR")
        );
    }

    #[test]
    fn the_state_directory_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths {
            config: dir.path().join("c"),
            data: dir.path().join("d"),
            state: dir.path().join("a/b"),
        };
        paths.make_state().unwrap();
        paths.make_state().unwrap();
        let mode = fs::metadata(&paths.state).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::set_permissions(&paths.state, fs::Permissions::from_mode(0o777)).unwrap();
        paths.make_state().unwrap();
        let mode = fs::metadata(&paths.state).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
