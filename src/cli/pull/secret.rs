//! Where to pull from and with which password: from the command line, the environment, or files that only their owner reads.

use std::fs::File;
use std::io::{BufRead, Read, stdin};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cli::error::{Exit, Failure};
use crate::domain::{Sentence, sentence};
use crate::pull::{Address, Mapping, Origin};

use super::{Postgres, shown};

/// A password is a line, not a file.
const PASSWORD_BYTES: u64 = 4_096;

/// Where to ask, with the password.
pub(super) fn address(wish: &Postgres, mapping: &Mapping) -> Result<Address, Failure> {
    let of_environment = || {
        std::env::var("CAOPAN_PULL_URL")
            .ok()
            .filter(|url| !url.is_empty())
    };
    let given = match (&wish.url, of_environment(), &mapping.url) {
        (Some(url), _, _) => Address::parse(url, Origin::CommandLine)?,
        (None, Some(url), _) => Address::parse(&url, Origin::Environment)?,
        (None, None, Some(url)) => Address::parse(url, Origin::File)?,
        (None, None, None) => {
            let help = sentence!(
                "写作 postgres://USER@HOST:5432/DATABASE, 放在 CAOPAN_PULL_URL 或 pull.toml 的 url",
                "give it as postgres://USER@HOST:5432/DATABASE, in CAOPAN_PULL_URL or as url in pull.toml"
            );
            return Err(Failure::new(
                Exit::Usage,
                sentence!("没有写数据库地址", "no URL was given"),
                help,
            ));
        }
    };
    let mut address = given;
    if let Some(password) = password(wish, mapping, &address)? {
        address.set_password(&password);
    }
    Ok(address)
}

/// The password from the first place that has one; `None` leaves what the URL of the environment said, or goes without.
fn password(
    wish: &Postgres,
    mapping: &Mapping,
    address: &Address,
) -> Result<Option<String>, Failure> {
    if wish.password_stdin {
        return first_line(stdin().lock(), &sentence!("标准输入", "standard input")).map(Some);
    }
    if let Some(file) = &mapping.password_file {
        let file = Path::new(file);
        let opened = private(file)?;
        return first_line(
            std::io::BufReader::new(opened),
            &Sentence::quoted(shown(file)),
        )
        .map(Some);
    }
    if address.has_password() {
        return Ok(None);
    }
    if let Some(password) = std::env::var("PGPASSWORD").ok().filter(|p| !p.is_empty()) {
        return Ok(Some(password));
    }
    let named = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pgpass"));
    let Some(file) = named.or_else(home).filter(|file| file.exists()) else {
        return Ok(None);
    };
    let mut text = String::new();
    private(&file)?.take(1 << 20).read_to_string(&mut text)?;
    Ok(address.password_in(&text))
}

/// Opens a file of secrets, which only its owner may read.
fn private(file: &Path) -> Result<File, Failure> {
    let name = shown(file);
    let refuse = |why: Sentence, help: Sentence| {
        let what = sentence!(
            "{name} 不能用: {why}",
            "{name} cannot be used: {why}",
            why = why
        );
        Failure::new(Exit::Usage, what, help)
    };
    let unread = |error: std::io::Error| {
        let help = sentence!("检查它的路径", "check its path");
        refuse(Sentence::of_system(&error), help)
    };
    let opened = File::open(file).map_err(unread)?;
    let meta = opened.metadata().map_err(unread)?;
    if !meta.is_file() || meta.mode() & 0o077 != 0 {
        let why = sentence!(
            "里面有密码, 而主人以外的人也能读",
            "it holds a password, and others than its owner may read it",
        );
        return Err(refuse(
            why,
            sentence!("chmod 600 {name}", "chmod 600 {name}"),
        ));
    }
    Ok(opened)
}

fn first_line(from: impl BufRead, name: &Sentence) -> Result<String, Failure> {
    let mut line = String::new();
    from.take(PASSWORD_BYTES).read_line(&mut line)?;
    let line = line.trim_end_matches(['\n', '\r']);
    if line.is_empty() {
        let what = sentence!(
            "{name} 的第一行没有密码",
            "{name} has no password on its first line",
            name = name,
        );
        return Err(Failure::new(
            Exit::Usage,
            what,
            sentence!(
                "把密码单独写在一行",
                "write the password there, alone on a line"
            ),
        ));
    }
    Ok(line.to_owned())
}
