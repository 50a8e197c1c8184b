//! Plans that somebody named, kept by their headers: the next file with the same headings is read in the same way.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::headings::normal;
use super::kind::Kind;
use super::plan::{Plan, Said};

/// A plan as its file holds it; what else earlier versions wrote into it is passed over.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    kind: String,
    /// Heading and column, in the file's order; `-` is not read.
    columns: Vec<(String, String)>,
}

/// A plan that was found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// What it says of the headings.
    pub said: Vec<Said>,
}

/// The plan kept in `folder` for a header, of `kind` if one is named; files that cannot be read are passed over.
pub fn find(folder: &Path, header: &[String], kind: Option<Kind>) -> Option<Remembered> {
    let wanted: Vec<String> = heard(header.iter().map(String::as_str)).collect();
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|e| e.path())
        .collect();
    files.sort();
    files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "toml"))
        .find_map(|file| {
            let kept: Kept = toml::from_str(&fs::read_to_string(file).ok()?).ok()?;
            let columns = kept.columns.iter().map(|(heading, _)| heading.as_str());
            let is_of_it = heard(columns).eq(wanted.iter().cloned());
            let found = Remembered {
                name: file.file_stem()?.to_str()?.to_owned(),
                kind: Kind::parse(&kept.kind).ok()?,
                said: kept
                    .columns
                    .into_iter()
                    .map(|(heading, field)| Said { heading, field })
                    .collect(),
            };
            (is_of_it && kind.is_none_or(|kind| kind == found.kind)).then_some(found)
        })
}

/// Keeps a plan under a name, in place of an earlier one of that name.
///
/// # Errors
/// A name that is no plain word, or what the system said.
pub fn keep(folder: &Path, name: &str, plan: &Plan) -> std::io::Result<PathBuf> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.chars().count() > 64 || !name.chars().all(is_word) {
        return Err(std::io::Error::other(
            "the name of a mapping is letters, digits, - and _, at most 64",
        ));
    }
    let kept = Kept {
        kind: plan.kind().code().to_owned(),
        columns: plan
            .said()
            .into_iter()
            .map(|Said { heading, field }| (heading, field))
            .collect(),
    };
    let text = toml::to_string(&kept).map_err(std::io::Error::other)?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let path = folder.join(format!("{name}.toml"));
    // Written beside and renamed: a reader sees the old one or the new one. Never into a file or through a link that is there.
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let begin = || {
        let mut options = fs::OpenOptions::new();
        options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
    };
    let mut file = match begin() {
        // A process of this number that was killed left it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(&beside)?;
            begin()?
        }
        other => other?,
    };
    file.write_all(text.as_bytes())?;
    fs::rename(&beside, &path)?;
    Ok(path)
}

/// What tells headers apart: the normal forms of their headings, in their order. Blank ones say nothing.
fn heard<'h>(headings: impl Iterator<Item = &'h str>) -> impl Iterator<Item = String> {
    let said = headings.filter(|heading| !heading.trim().is_empty());
    said.map(normal)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn plans_are_their_owners_alone_and_written_through_no_link() {
        let base = tempfile::TempDir::with_prefix("maps-").unwrap();
        let folder = base.path().join("state").join("maps");
        let header = ["order_id", "paid_yuan", "paid_at"].map(str::to_owned);
        let plan = Plan::guess(Some(Kind::Orders), &header, &[]).unwrap();
        keep(&folder, "小店", &plan).unwrap();
        let victim = base.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        let beside = folder.join(format!(".小店.{}", std::process::id()));
        std::os::unix::fs::symlink(&victim, &beside).unwrap();
        let kept = keep(&folder, "小店", &plan).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&kept), 0o600);
        for folder in [folder.as_path(), &base.path().join("state")] {
            assert_eq!(mode(folder), 0o700, "{folder:?}");
        }
    }

    /// Its fingerprint was of the headings with their units.
    #[test]
    fn a_plan_of_an_earlier_version_is_found_by_its_headings() {
        let folder = tempfile::TempDir::with_prefix("maps-").unwrap();
        let kept = "fingerprint = \"0123456789abcdef\"\nkind = \"orders\"\ncolumns = [[\"单子\", \"order_id\"],
            [\"收款/元\", \"paid_yuan\"], [\"备注\", \"-\"]]\n";
        fs::write(folder.path().join("小店.toml"), kept).unwrap();
        let find = |header: [&str; 3]| find(folder.path(), &header.map(str::to_owned), None);
        for header in [["单子", "收款/元", "备注"], ["单子", "收款（元）", "备注"]]
        {
            assert_eq!(find(header).map(|found| found.name), Some("小店".into()));
        }
        assert_eq!(find(["单子", "应收/元", "备注"]), None);
    }

    #[test]
    fn a_plan_is_found_again_by_its_header_and_only_by_it() {
        let folder = tempfile::TempDir::with_prefix("maps-").unwrap();
        let header: Vec<String> = ["单子", "谁", "钱", "何时"].map(str::to_owned).to_vec();
        let said: Vec<Said> = [
            "单子=order_id",
            "谁=external_userid",
            "钱=paid_yuan",
            "何时=paid_at",
        ]
        .iter()
        .map(|t| Said::parse(t).unwrap())
        .collect();
        let plan = Plan::guess(Some(Kind::Orders), &header, &said).unwrap();
        assert_eq!(find(folder.path(), &header, None), None);
        keep(folder.path(), "小店", &plan).unwrap();
        let found = find(folder.path(), &header, None).unwrap();
        assert_eq!(
            (found.name.as_str(), found.kind, &found.said),
            ("小店", Kind::Orders, &said)
        );
        assert_eq!(find(folder.path(), &header, Some(Kind::Refunds)), None);
        assert_eq!(find(folder.path(), &header[1..], None), None);
        // Blank columns are nobody's.
        let wider: Vec<String> = header.iter().cloned().chain([" ".into()]).collect();
        assert_eq!(find(folder.path(), &wider, None), Some(found));
        for name in ["../x", "", "a b", "."] {
            assert!(keep(folder.path(), name, &plan).is_err(), "{name}");
        }
    }
}
