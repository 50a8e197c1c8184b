//! What the app may not do, and what is never shown: secrets and tokens.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use crate::server::{Faults, SECRET};
use crate::shop::Gave;
use crate::site::{FIRST, LATER, Site, private};
use crate::world::World;

#[test]
fn what_the_app_may_not_do_is_said_with_what_to_do() {
    let small = || World {
        staff: 4,
        relations: 20,
        groups: 3,
        ..World::default()
    };
    let site = Site::new(small(), &Faults::default());
    for (call, code, exit, words) in [
        ("department/list", 60020, 1, "10.9.8.7"),
        (
            "externalcontact/get_corp_tag_list",
            48002,
            6,
            "可调用接口的应用",
        ),
        (
            "externalcontact/groupchat/list",
            84074,
            6,
            "external contacts",
        ),
        (
            "externalcontact/get_unassigned_list",
            123_456,
            6,
            "errcode 123456",
        ),
    ] {
        site.fake.control(&Faults {
            refuse: call.into(),
            code,
            ..Faults::default()
        });
        let gave = site.sync(FIRST, &[]);
        assert_eq!(gave.code, exit, "{call}: {}", gave.err);
        assert!(gave.err.contains(words), "{call}: {}", gave.err);
        assert!(gave.err.contains("\nhelp: "));
    }
    let run: (i64, i64) = site
        .db()
        .query_row(
            "SELECT ok, errcode FROM sync_run WHERE errcode = 60020",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    assert_eq!(run, (0, 60020));
    let check = site
        .shop
        .run(&["wecom", "check", "--wecom", "wecom.toml", "--lang", "en"]);
    assert_eq!(check.code, 1);
    assert!(
        check.out.contains("ok  token") && check.out.contains("no  customers of leavers"),
        "{}",
        check.out
    );
    site.fake.control(&Faults::default());
    let check = site.shop.run(&["wecom", "check", "--wecom", "wecom.toml"]);
    assert_eq!((check.code, check.err.as_str()), (0, ""));
}

#[test]
fn neither_secret_nor_token_is_ever_shown_or_kept() {
    let site = Site::new(
        World {
            staff: 4,
            relations: 20,
            groups: 3,
            ..World::default()
        },
        &Faults::default(),
    );
    let mut said = String::new();
    let mut hear = |gave: Gave| {
        said.push_str(&gave.out);
        said.push_str(&gave.err);
        gave.code
    };
    assert_eq!(hear(site.sync(FIRST, &[])), 0);
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refuse = |call: &str, code| Faults {
        refuse: call.into(),
        code,
        ..Faults::default()
    };
    for faults in [
        refuse("department/list", 40001),
        refuse("department/list", 60020),
        refuse("department/list", 42001),
        Faults {
            wrong_type: "department/list".into(),
            ..Faults::default()
        },
        Faults {
            gzip: true,
            ..Faults::default()
        },
        Faults {
            redirect: format!(
                "http://{}/cgi-bin/steal?{SECRET}",
                elsewhere.local_addr().unwrap()
            ),
            ..Faults::default()
        },
    ] {
        site.fake.control(&faults);
        let code = hear(site.sync(LATER, &["--only", "contacts"]));
        assert!(matches!(code, 1 | 6), "{faults:?}: {code}");
    }
    no_process_list_tells(&site);
    // Nobody followed the redirect.
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err());
    private(&site.shop, "wecom.secret", "canary-secret-wrong");
    assert_eq!(hear(site.sync(LATER, &[])), 1);
    let nowhere =
        "corp_id = 'wwfake'\nbase_url = 'http://127.0.0.1:9/'\nsecret_file = 'wecom.secret'\n";
    private(&site.shop, "wecom.toml", nowhere);
    assert_eq!(hear(site.sync(LATER, &[])), 1);
    let path = site.shop.path("wecom.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(hear(site.sync(LATER, &[])), 2);
    assert!(said.contains("chmod 600 wecom.toml"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    assert!(!said.contains("access_token"), "{said}");
    nothing_holds(site.shop.folder(), b"canary");
}

/// Nothing is given away to whoever lists processes.
fn no_process_list_tells(site: &Site) {
    site.fake.control(&Faults {
        hang: "department/list".into(),
        ..Faults::default()
    });
    for way in ["file", "environment", "standard input"] {
        let asked = site.fake.counts()["department/list"];
        let mut command = site.command(LATER, &[]);
        match way {
            "environment" => command.env("CAOPAN_WECOM_SECRET", SECRET),
            "standard input" => command.arg("--secret-stdin"),
            _ => &mut command,
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(SECRET.as_bytes());
        while site.fake.counts()["department/list"] == asked {
            assert!(child.try_wait().unwrap().is_none(), "{way}");
        }
        let line = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
        assert!(memchr::memmem::find(&line, b"wecom.toml").is_some());
        assert!(memchr::memmem::find(&line, b"canary").is_none(), "{way}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Neither workspace, journal, log nor state holds it; only the file of the secret does.
fn nothing_holds(folder: &Path, word: &[u8]) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() && path.extension().is_none_or(|e| e != "secret") {
                let bytes = std::fs::read(&path).unwrap();
                let found = memchr::memmem::find(&bytes, word);
                assert!(found.is_none(), "{}", path.display());
            }
        }
    }
}
