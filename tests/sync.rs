//! `caopan sync wecom` against a fake WeCom: a process of its own over loopback, misbehaviours included.
//!
//! Larger counts by hand:
//! `CAOPAN_KILLS=1000 cargo test --test sync killed` kills a thousand syncs;
//! `CAOPAN_BIG=200000 CAOPAN_PATIENCE=900 cargo test --release --test sync console -- --nocapture` syncs 200,000 relations of 200 staff, and 1,500 groups.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::manual_is_multiple_of,
    clippy::disallowed_methods,
    clippy::too_many_arguments,
    clippy::if_same_then_else,
    clippy::unnecessary_get_then_check,
    reason = "a test binary"
)]

#[path = "support/pty.rs"]
mod pty;
#[path = "support/wecom_server.rs"]
mod server;
#[path = "support/shop.rs"]
mod shop;
#[path = "support/wecom_world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use caopan::domain::{Day, Zone};
use caopan::store::{Access, open};
use caopan::wecom::client::CallError;
use caopan::wecom::http::Https;
use caopan::wecom::sync::{self, Options, PartReport, SyncError};
use caopan::wecom::transport::TransportError;
use caopan::wecom::{Client, Clock, Settings};
use rusqlite::Connection;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use server::{Fake, Faults, SECRET};
use shop::{Gave, Shop};
use world::World;

/// Before every test's first sync, and a minute later.
const FIRST: &str = "2026-11-11 14:30";
const LATER: &str = "2026-11-11 14:31";

/// Not a test of its own: the process that the others start as their server.
#[test]
fn fake_wecom() {
    server::serve_if_asked();
}

/// A clock that is moved on by whoever waits, and the server's with it.
struct Hands<'a> {
    millis: AtomicU64,
    fake: &'a Fake,
}

impl Clock for Hands<'_> {
    fn millis(&self) -> u64 {
        self.millis.load(Ordering::SeqCst)
    }

    fn unix(&self) -> i64 {
        world::NOW + i64::try_from(self.millis() / 1_000).unwrap()
    }

    fn pause(&self, millis: u64) {
        let now = self.millis.fetch_add(millis, Ordering::SeqCst) + millis;
        self.fake.set_clock(now);
    }

    fn stopped(&self) -> bool {
        false
    }
}

/// A workspace, its settings and a server.
struct Site {
    shop: Shop,
    fake: Fake,
    world: World,
}

impl Site {
    fn new(world: World, faults: &Faults) -> Self {
        Self::with(
            world,
            faults,
            "calls_per_second = 5000\nconcurrency = 4\ntimeout_seconds = 2\n",
        )
    }

    fn with(world: World, faults: &Faults, more: &str) -> Self {
        let shop = Shop::new();
        shop.good(&["init", "shop.db", "--name", "花间集"]);
        let fake = Fake::start("fake_wecom", &world, faults);
        let text = format!(
            "corp_id = 'wwfake'\nbase_url = '{}'\nsecret_file = 'wecom.secret'\n{more}",
            fake.base_url()
        );
        private(&shop, "wecom.toml", &text);
        private(&shop, "wecom.secret", SECRET);
        Self { shop, fake, world }
    }

    fn command(&self, as_of: &str, more: &[&str]) -> Command {
        let mut command = self.shop.command();
        command
            .args([
                "sync",
                "wecom",
                "-w",
                "shop.db",
                "--wecom",
                "wecom.toml",
                "--lang",
                "en",
                "--as-of",
                as_of,
            ])
            .args(more);
        command
    }

    fn sync(&self, as_of: &str, more: &[&str]) -> Gave {
        let output = self.command(as_of, more).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Gave {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Puts the callback's keys where the settings find them.
    fn listen(&self) {
        let text = std::fs::read_to_string(self.shop.path("wecom.toml")).unwrap();
        let more = "[callback]\ntoken_file = 'wecom.token'\naes_key_file = 'wecom.key'\n";
        private(&self.shop, "wecom.toml", &format!("{text}{more}"));
        private(&self.shop, "wecom.token", "callback-token");
        private(&self.shop, "wecom.key", KEY);
    }

    /// What WeCom tells of a relation.
    fn event(&self, change: &str, relation: usize, at: i64) -> String {
        let (staff, customer) = self.world.relation(relation);
        format!(
            "<xml><FromUserName>sys</FromUserName><CreateTime>{at}</CreateTime><MsgType>event</MsgType>
             <Event>change_external_contact</Event><ChangeType>{change}</ChangeType>
             <UserID>{}</UserID><ExternalUserID>{}</ExternalUserID></xml>",
            self.world.userid(staff),
            self.world.customer(customer)
        )
    }

    /// Hands a sealed callback to the program.
    fn receive(&self, as_of: &str, signature: &str, body: &str) -> (i32, String) {
        use std::io::Write;
        let mut child = self
            .shop
            .command()
            .args(["wecom", "callback", "--timestamp", "1", "--nonce", "n"])
            .args(["--msg-signature", signature])
            .args(["-w", "shop.db", "--wecom", "wecom.toml", "--as-of", as_of])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            !text.contains("callback-token") && !text.contains(KEY),
            "{text}"
        );
        (output.status.code().unwrap(), text)
    }

    /// A sync in this process, against the same server, by a clock that whoever waits moves on: nobody sleeps. What its
    /// parts did, and the milliseconds it would have taken.
    fn sync_by_hand(&self) -> (Vec<PartReport>, u64) {
        let mut settings = Settings::read(&self.shop.path("wecom.toml")).unwrap();
        settings.timeout = Duration::from_millis(500);
        let secret = settings.secret(None).unwrap();
        let transport = Https::new(&settings.base_url, settings.timeout);
        let clock = Hands {
            millis: AtomicU64::new(0),
            fake: &self.fake,
        };
        let client = Client::new(&settings, &secret, &transport, &clock);
        let mut opened = open(&self.shop.path("shop.db"), Access::ReadWrite).unwrap();
        let mut options = Options {
            only: None,
            full: false,
            since: Day::parse("2026-10-12"),
            allow_shrink: false,
            zone: Zone::default(),
            actor: "test",
            progress: &mut |_| {},
        };
        let report = sync::run(&mut opened.conn, &client, &settings, &mut options);
        (report.parts, clock.millis())
    }

    fn db(&self) -> Connection {
        self.shop.connection("shop.db")
    }

    /// The rows are the server's, and every relation was told once: as taken over where an administrator gave it (202), else
    /// as added.
    #[track_caller]
    fn assert_equal(&self) {
        self.assert_rows();
        let conn = self.db();
        for (kind, ways) in [("add", "add_way <> 202"), ("transfer_in", "add_way = 202")] {
            let told = format!("SELECT count(*) FROM follow_event WHERE kind = '{kind}'");
            let seen = format!("SELECT count(*) FROM follow WHERE status = 'active' AND {ways}");
            assert!(count(&conn, &seen) > 0, "{ways}");
            assert_eq!(count(&conn, &told), count(&conn, &seen), "{kind}");
        }
    }

    /// The rows are the server's: relations with their tags, customers, groups with their members, statistics.
    #[track_caller]
    fn assert_rows(&self) {
        let conn = self.db();
        self.assert_relations(&conn);
        self.assert_groups(&conn);
        assert_sound(&conn);
        assert_eq!(
            count(
                &conn,
                "SELECT count(*) FROM sync_cursor WHERE source LIKE 'wecom:%s/%' OR source LIKE 'wecom:chat/%'"
            ),
            0
        );
    }

    #[track_caller]
    fn assert_relations(&self, conn: &Connection) {
        let (world, mut wanted) = (&self.world, BTreeSet::new());
        let mut held = BTreeSet::new();
        for i in (0..world.relations).filter(|i| !world.is_gone(*i)) {
            let (staff, customer) = world.relation(i);
            held.insert(customer);
            wanted.insert(format!(
                "{} {} {} {} {} {}",
                world.userid(staff),
                world.customer(customer),
                world.added_at(i),
                world.add_way(i),
                world.remark(i),
                world.tags(i).join(",")
            ));
        }
        let here = column(
            conn,
            "SELECT f.userid || ' ' || f.external_userid || ' ' || added_at || ' ' || add_way || ' ' || remark || ' ' ||
               coalesce((SELECT group_concat(tag_id, ',' ORDER BY tag_id) FROM customer_tag t
                         WHERE t.external_userid = f.external_userid AND t.userid = f.userid AND tag_id LIKE 'et%'), '')
             FROM follow f WHERE status = 'active'",
        );
        let sorted = |row: &String| {
            let (head, tags) = row.rsplit_once(' ').unwrap();
            let tags: BTreeSet<&str> = tags.split(',').collect();
            format!("{head} {tags:?}")
        };
        let wanted: BTreeSet<_> = wanted.iter().map(sorted).collect();
        let here: BTreeSet<_> = here.iter().map(sorted).collect();
        assert_same(&wanted, &here, "relations");
        for customer in [0, 1, 2, 5, 6] {
            let name: String = conn
                .query_row(
                    "SELECT name FROM customer WHERE external_userid = ?1",
                    [world.customer(customer)],
                    |r| r.get(0),
                )
                .unwrap();
            assert_eq!(name, world.name(customer).replace('\0', "\u{fffd}"));
        }
        assert_eq!(
            count(conn, "SELECT count(*) FROM customer"),
            world.customers() as i64
        );
        // Everybody whom somebody holds has one owner, and a live one.
        let owned = "SELECT count(*) FROM follow WHERE is_owner = 1 AND status = 'active'";
        assert_eq!(count(conn, owned), held.len() as i64);
        let history =
            "SELECT count(*) FROM ownership_history h JOIN follow f USING (external_userid)
                       WHERE h.valid_to IS NULL AND f.is_owner = 1 AND f.userid = h.userid";
        assert_eq!(count(conn, history), held.len() as i64);
    }

    #[track_caller]
    fn assert_groups(&self, conn: &Connection) {
        let world = &self.world;
        let mut wanted = BTreeSet::new();
        for g in 0..world.groups {
            let owner = world.userid(world.owner(g));
            wanted.insert(format!("{} {owner} {owner}", world.chat(g)));
            for member in world.group_members(g) {
                wanted.insert(format!("{} {owner} {member}", world.chat(g)));
            }
        }
        let here = column(
            conn,
            "SELECT chat_id || ' ' || owner_userid || ' ' || member_id FROM group_member JOIN group_chat USING (chat_id)
             WHERE quit_at IS NULL AND dissolved_at IS NULL",
        );
        assert_same(&wanted, &here, "members");
        let mut owners = BTreeSet::new();
        for owner in (0..world.groups).map(|g| world.owner(g)) {
            for row in world.owner_days(
                owner,
                world::MIDNIGHT - 180 * world::DAY,
                world::MIDNIGHT - 1,
            ) {
                owners.insert(format!(
                    "{} {}",
                    world.userid(owner),
                    row["data"]["msg_total"]
                ));
            }
        }
        let here = column(
            conn,
            "SELECT owner_userid || ' ' || msg_total FROM owner_group_day",
        );
        assert_same(&owners, &here, "days of owners");
        let mut staff = BTreeMap::new();
        for s in 0..world.staff {
            let rows = world.staff_days(s, world::MIDNIGHT - 180 * world::DAY, world::MIDNIGHT - 1);
            let silent = rows
                .iter()
                .filter(|r| r.get("reply_percentage").is_none())
                .count();
            staff.insert(world.userid(s), (rows.len() as i64, silent as i64));
        }
        let mut statement = conn
            .prepare("SELECT userid, count(*), sum(reply_percentage IS NULL AND avg_reply_time IS NULL) FROM staff_day GROUP BY userid")
            .unwrap();
        let here: BTreeMap<String, (i64, i64)> = statement
            .query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(staff, here);
    }
}

/// The file is sound, the totals are right, and nothing was told twice.
#[track_caller]
fn assert_sound(conn: &Connection) {
    assert_eq!(
        column(conn, "PRAGMA integrity_check"),
        ["ok".to_owned()].into()
    );
    for none in [
        "SELECT count(*) FROM pragma_foreign_key_check",
        "SELECT (SELECT customers FROM pool) - (SELECT count(*) FROM customer_stat)",
        "SELECT (SELECT count(*) FROM customer) - (SELECT count(*) FROM customer_stat)",
        "SELECT active FROM bulk",
        "SELECT count(*) FROM (SELECT 1 FROM follow_event GROUP BY kind, userid, external_userid HAVING count(*) > 1)",
        "SELECT count(*) FROM (SELECT 1 FROM group_event WHERE kind <> 'owner' GROUP BY kind, chat_id, member_id HAVING count(*) > 1)",
        "SELECT count(*) FROM (SELECT 1 FROM follow WHERE is_owner = 1 GROUP BY external_userid HAVING count(*) > 1)",
        "SELECT count(*) FROM (SELECT 1 FROM ownership_history WHERE valid_to IS NULL GROUP BY external_userid HAVING count(*) > 1)",
    ] {
        assert_eq!(count(conn, none), 0, "{none}");
    }
}

fn private(shop: &Shop, name: &str, text: &str) {
    let path = shop.write(name, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn column(conn: &Connection, sql: &str) -> BTreeSet<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn count(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |r| r.get(0)).unwrap()
}

#[track_caller]
fn assert_same(wanted: &BTreeSet<String>, here: &BTreeSet<String>, what: &str) {
    let missing: Vec<_> = wanted.difference(here).take(3).collect();
    let extra: Vec<_> = here.difference(wanted).take(3).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{what}: missing {missing:?}, extra {extra:?}"
    );
}

#[track_caller]
fn good(gave: &Gave) {
    assert_eq!((gave.code, gave.err.as_str()), (0, ""), "{}", gave.out);
}

#[test]
fn the_rows_of_a_full_sync_are_the_servers_and_a_second_one_changes_nothing() {
    let site = Site::new(World::default(), &Faults::default());
    let gave = site.sync(FIRST, &[]);
    good(&gave);
    assert!(
        gave.out.contains("msg_total of group owners: cumulative"),
        "{}",
        gave.out
    );
    site.assert_equal();
    let conn = site.db();
    let before = count(&conn, "SELECT max(seq) FROM change_log");
    let requests = site.fake.requests();
    good(&site.sync(LATER, &[]));
    site.assert_equal();
    let after = "SELECT count(*) FROM change_log WHERE seq > ?1";
    let changed: i64 = conn.query_row(after, [before], |r| r.get(0)).unwrap();
    assert_eq!(changed, 0);
    // Nothing new came, and yet the customers are as of this look.
    let now = caopan::domain::AsOf {
        unix: world::NOW + 60,
        zone: Zone::default(),
    };
    let ages = caopan::store::sources::ages(&conn, now).unwrap();
    let customers = ages
        .iter()
        .find(|source| source.code == "customers")
        .unwrap();
    assert_eq!(customers.newest, Some(world::NOW + 60));
    // The statistics of the day are there already.
    assert!(site.fake.requests() - requests < requests / 2);
    assert_eq!(
        column(&conn, "SELECT DISTINCT act FROM journal"),
        ["sync".to_owned()].into()
    );
    assert_eq!(
        count(&conn, "SELECT count(*) FROM sync_run WHERE ok = 1"),
        12
    );
}

#[test]
fn statistics_that_fall_are_told_as_daily() {
    let world = World {
        cumulative: false,
        staff: 5,
        relations: 20,
        groups: 5,
        ..World::default()
    };
    let site = Site::new(world, &Faults::default());
    let gave = site.sync(FIRST, &["--format", "json"]);
    good(&gave);
    let json: serde_json::Value = serde_json::from_str(&gave.out).unwrap();
    assert_eq!(json["msg_total"], "daily");
    assert_eq!(json["parts"][0]["part"], "staff");
}

/// Misbehaviours that a sync gets over by itself. Waits are real, so there is little of each.
#[test]
fn a_server_that_stumbles_is_followed_to_the_end() {
    let stumbles = [
        Faults {
            token_calls: 40,
            overlap: 7,
            ..Faults::default()
        },
        Faults {
            expire_cursors: 1,
            at_once: 2,
            ..Faults::default()
        },
        Faults {
            cut_every: 83,
            ..Faults::default()
        },
        Faults {
            html_every: 71,
            busy_every: 97,
            ..Faults::default()
        },
    ];
    std::thread::scope(|scope| {
        for faults in stumbles {
            scope.spawn(move || {
                let world = World {
                    days: 30,
                    staff: 6,
                    relations: 1200,
                    ..World::default()
                };
                let site = Site::new(world, &faults);
                let gave = site.sync(FIRST, &["--since", "2026-10-12"]);
                assert_eq!(
                    (gave.code, gave.err.as_str()),
                    (0, ""),
                    "{faults:?} {}",
                    gave.out
                );
                site.assert_equal();
            });
        }
    });
}

#[test]
fn a_member_nobody_may_see_does_not_hide_the_others() {
    let world = World::default();
    let faults = Faults {
        poison: world.userid(3),
        ..Faults::default()
    };
    // One block of all members, so that it has to be halved.
    let more = "calls_per_second = 5000\nconcurrency = 1\n";
    let site = Site::with(world, &faults, more);
    let gave = site.sync(FIRST, &["--only", "contacts"]);
    good(&gave);
    assert!(
        gave.out.contains("1 not given by the server"),
        "{}",
        gave.out
    );
    let here = column(&site.db(), "SELECT DISTINCT userid FROM follow");
    assert!(here.contains("staff0002") && here.contains("staff0004"));
}

#[test]
fn a_server_that_turns_in_a_circle_is_left_after_few_requests() {
    const BATCH: &str = "externalcontact/batch/get_by_user";
    for circle in [true, false] {
        let faults = Faults {
            circle: if circle { BATCH.into() } else { String::new() },
            same_page: if circle { String::new() } else { BATCH.into() },
            ..Faults::default()
        };
        let site = Site::new(World::default(), &faults);
        let gave = site.sync(FIRST, &["--only", "contacts"]);
        assert_eq!(gave.code, 6, "{}", gave.err);
        assert!(
            gave.err.contains("the same page again and again"),
            "{}",
            gave.err
        );
        assert!(site.fake.counts()[BATCH] <= 40, "{:?}", site.fake.counts());
        // When it has come to its senses, the sync goes on.
        site.fake.control(&Faults::default());
        good(&site.sync(LATER, &[]));
        site.assert_equal();
    }
}

#[test]
fn what_is_not_listed_any_more_ends_only_where_it_is_little_or_allowed() {
    let site = Site::new(World::default(), &Faults::default());
    good(&site.sync(FIRST, &[]));
    let mut world = site.world.clone();
    // One in 30 is 3.3 %, one in 10 is 10 %.
    world.gone_every = 30;
    let mut site = Site {
        fake: Fake::start("fake_wecom", &world, &Faults::default()),
        world,
        ..site
    };
    let repoint = |site: &Site| {
        let text = format!(
            "corp_id = 'wwfake'\nbase_url = '{}'\nsecret_file = 'wecom.secret'\ncalls_per_second = 5000\n",
            site.fake.base_url()
        );
        private(&site.shop, "wecom.toml", &text);
    };
    repoint(&site);
    good(&site.sync(LATER, &["--only", "contacts"]));
    let conn = site.db();
    let live = "SELECT count(*) FROM follow WHERE status = 'active'";
    let gone = site.world.relations as i64 / 30;
    assert_eq!(count(&conn, live), site.world.relations as i64 - gone);
    assert_eq!(
        count(
            &conn,
            "SELECT count(*) FROM follow_event WHERE kind = 'del_by_staff'"
        ),
        gone
    );
    assert_eq!(
        count(
            &conn,
            "SELECT count(*) FROM follow WHERE is_owner = 1 AND status <> 'active'"
        ),
        0
    );
    site.world.gone_every = 10;
    site.fake = Fake::start("fake_wecom", &site.world, &Faults::default());
    repoint(&site);
    let gave = site.sync("2026-11-11 14:32", &["--only", "contacts"]);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(
        gave.err.contains(" relations (6.")
            && gave.err.contains("more than 5 %")
            && gave
                .err
                .contains("caopan sync wecom --only contacts --allow-shrink -w shop.db"),
        "{}",
        gave.err
    );
    assert_eq!(count(&conn, live), site.world.relations as i64 - gone);
    good(&site.sync(
        "2026-11-11 14:33",
        &["--only", "contacts", "--allow-shrink"],
    ));
    assert_eq!(count(&conn, live), site.world.relations as i64 * 9 / 10);
}

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
    // Nothing is given away to whoever lists processes.
    site.fake.control(&Faults {
        hang: "department/list".into(),
        ..Faults::default()
    });
    for way in ["file", "environment", "standard input"] {
        use std::io::Write;
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
    // Neither workspace, journal, log nor state holds it.
    let mut folders = vec![site.shop.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() && path.extension().is_none_or(|e| e != "secret") {
                let bytes = std::fs::read(&path).unwrap();
                let found = memchr::memmem::find(&bytes, b"canary");
                assert!(found.is_none(), "{}", path.display());
            }
        }
    }
}

#[test]
fn ctrl_c_ends_a_wait() {
    let more = "calls_per_second = 5000\ntimeout_seconds = 60\n";
    let site = Site::with(
        World {
            staff: 4,
            relations: 20,
            groups: 3,
            ..World::default()
        },
        &Faults::default(),
        more,
    );
    let busy = Faults {
        busy_every: 1,
        ..Faults::default()
    };
    site.fake.control(&busy);
    let child = site
        .command(FIRST, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It is waiting before its second try when the server has seen the first.
    while site.fake.counts().get("department/list").is_none() {
        std::thread::yield_now();
    }
    rustix::process::kill_process(Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The next of a fixed row of numbers (xorshift).
fn next(dice: &mut u64) -> u64 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    *dice
}

/// Kills a process somewhere between that request and a few milliseconds later; whether it was still there.
fn kill_at(mut child: Child, fake: &Fake, request: u64, millis: u64) -> bool {
    let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).unwrap();
    let ends_within = |millis: u64| {
        let until = Timespec {
            tv_sec: 0,
            tv_nsec: i64::try_from(millis * 1_000_000).unwrap(),
        };
        poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&until)).unwrap() > 0
    };
    while !fake.wait_for(request) && !ends_within(0) {}
    ends_within(millis);
    let _ = child.kill();
    child.wait().unwrap().code().is_none()
}

/// Each time the same command again, which goes on and ends with the server's rows. Every fifth begins with an empty
/// workspace; before the others the server has changed.
#[test]
fn a_sync_killed_at_any_moment_goes_on_and_ends_with_the_servers_rows() {
    let kills = std::env::var("CAOPAN_KILLS").map_or(8, |n| n.parse::<u64>().expect("a count"));
    let fresh = World {
        staff: 5,
        relations: 2_400,
        groups: 6,
        members: 8,
        days: 30,
        ..World::default()
    };
    let mut site = Site::new(fresh.clone(), &Faults::default());
    let (path, empty) = (site.shop.path("shop.db"), site.shop.path("empty.db"));
    std::fs::copy(&path, &empty).unwrap();
    let since = ["--since", "2026-10-12"];
    good(&site.sync(FIRST, &since));
    site.assert_equal();
    let whole = site.fake.requests();
    let (mut dice, mut killed) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    for n in 0..kills {
        if n % 5 == 0 {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
            std::fs::copy(&empty, &path).unwrap();
            site.world = fresh.clone();
        } else {
            let i = (next(&mut dice) % 2_400) as usize;
            site.world.cut.insert(i);
            site.world
                .tagged
                .insert((i + 7) % 2_400, vec!["et0001".into()]);
            site.world
                .remarks
                .insert((i + 11) % 2_400, format!("改{n}"));
            *site.world.quits.entry(i % 6).or_default() += 1;
        }
        site.fake.set_world(&site.world);
        let more: &[&str] = if n % 2 == 0 {
            &since
        } else {
            &["--full", "--since", "2026-10-12"]
        };
        let at = |seconds: u64| {
            let s = 1_800 + seconds;
            format!(
                "2026-11-11 {:02}:{:02}:{:02}",
                14 + s / 3600,
                s / 60 % 60,
                s % 60
            )
        };
        let request = site.fake.requests() + next(&mut dice) % whole;
        let child = site
            .command(&at(2 * n), more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        killed += u64::from(kill_at(child, &site.fake, request, next(&mut dice) % 40));
        assert_sound(&site.db());
        good(&site.sync(&at(2 * n + 1), more));
        site.assert_rows();
        let conn = site.db();
        let ended = "SELECT count(*) FROM follow_event WHERE kind = 'del_by_staff'";
        assert_eq!(count(&conn, ended), site.world.cut.len() as i64, "kill {n}");
        let open = "SELECT count(*) FROM sync_run WHERE ended_at IS NULL";
        assert_eq!(count(&conn, open), 0);
        if n % 100 == 99 {
            println!("{} kills, {killed} of them before the end", n + 1);
        }
    }
    assert!(killed > kills / 2, "{killed} of {kills} were killed");
    site.shop.good(&["journal", "verify", "-w", "shop.db"]);
}

/// What a callback's address and body are, sealed as WeCom seals them.
fn sealed(message: &str) -> (String, String) {
    use aes::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
    use base64::Engine;
    use sha1::Digest;
    let base64 = base64::engine::general_purpose::STANDARD;
    let key = base64.decode(format!("{KEY}=")).unwrap();
    let mut plain = b"0123456789abcdef".to_vec();
    plain.extend((message.len() as u32).to_be_bytes());
    plain.extend(message.bytes().chain("wwfake".bytes()));
    let pad = 32 - plain.len() % 32;
    plain.extend(vec![pad as u8; pad]);
    let length = plain.len();
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    cipher
        .encrypt_padded::<NoPadding>(&mut plain, length)
        .unwrap();
    let encrypted = base64.encode(&plain);
    let mut parts = ["callback-token", "1", "n", &encrypted];
    parts.sort_unstable();
    let signature: String = sha1::Sha1::digest(parts.concat().as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    (
        format!("<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"),
        signature,
    )
}

/// 43 characters, of which the last carries no spare bits.
const KEY: &str = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU";

#[test]
fn a_callback_between_two_syncs_is_applied_once_and_outlives_the_next_sync() {
    let site = Site::new(World::default(), &Faults::default());
    good(&site.sync(FIRST, &[]));
    site.listen();
    let (staff, customer) = site.world.relation(5);
    let event = site.event("del_follow_user", 5, world::NOW - 10);
    let (body, signature) = sealed(&event);
    let send = |signature: &str, body: &str| site.receive(FIRST, signature, body);
    assert_eq!(
        send(&signature, &body),
        (0, "del_follow_user: 已写入\n".into())
    );
    assert_eq!(
        send(&signature, &body),
        (0, "del_follow_user: 早已知道\n".into())
    );
    assert_eq!(send(&"0".repeat(40), &body).0, 1);
    assert_eq!(send(&signature, "<!DOCTYPE x><x/>").0, 1);
    // The server goes on listing who has deleted the staff; the workspace knows better.
    good(&site.sync(LATER, &[]));
    let status: String = site
        .db()
        .query_row(
            "SELECT status FROM follow WHERE userid = ?1 AND external_userid = ?2",
            [site.world.userid(staff), site.world.customer(customer)],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(status, "deleted_by_customer");
}

/// The console shows the rows as they come in, without a key pressed.
#[test]
fn a_console_that_is_open_shows_what_a_sync_brings() {
    let relations = std::env::var("CAOPAN_BIG").ok();
    let relations: Option<usize> = relations.and_then(|n| n.parse().ok());
    let big = relations.is_some();
    let world = match relations {
        Some(relations) => World {
            staff: relations.div_ceil(1_000).max(2),
            relations,
            groups: relations * 3 / 400,
            members: 100,
            ..World::default()
        },
        None => World {
            days: 30,
            ..World::default()
        },
    };
    let more = "calls_per_second = 5000\nconcurrency = 4\n";
    let site = Site::with(world, &Faults::default(), more);
    let mut console = pty::CommandBuilder::new(shop::CAOPAN);
    console.cwd(site.shop.folder());
    console.env_clear();
    for (name, value) in site.shop.environment() {
        console.env(name, value);
    }
    console.args(["-w", "shop.db", "--lang", "zh", "--as-of", FIRST]);
    let mut console = pty::Pty::spawn(console, (120, 40));
    console.wait_for("花间集");
    let mut sync = site.command(FIRST, &[]);
    let child = if big {
        let mut timed = Command::new("/usr/bin/time");
        timed
            .arg("-v")
            .arg(sync.get_program())
            .args(sync.get_args());
        timed
            .env_clear()
            .envs(site.shop.environment())
            .current_dir(site.shop.folder());
        timed
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    } else {
        sync.stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // What the console shows in the end is what the server has; nobody touches a key.
    let customers = site.world.customers();
    let thousands = format!("{},{:03}", customers / 1_000, customers % 1_000);
    let shown = [
        customers.to_string(),
        thousands,
        format!("{:.1}万", customers as f64 / 1e4),
        format!("{}万", customers / 10_000),
    ];
    let came = console.read_until(|screen, _| {
        let screen = screen.contents();
        shown.iter().any(|count| screen.contains(count.as_str()))
    });
    assert!(came, "{}", console.text());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    if big {
        println!("{}{said}", String::from_utf8_lossy(&output.stdout));
    }
    console.send("q");
    assert_eq!(console.wait_exit().code, 0);
    site.assert_equal();
}

#[track_caller]
fn all_done(parts: &[PartReport]) {
    for part in parts {
        assert!(part.error.is_none(), "{part:?}");
    }
}

#[test]
fn a_limit_of_calls_is_waited_out_for_a_minute_and_the_rows_are_whole() {
    let world = World {
        days: 30,
        ..World::default()
    };
    let site = Site::new(
        world,
        &Faults {
            per_minute: 30,
            ..Faults::default()
        },
    );
    let (parts, millis) = site.sync_by_hand();
    all_done(&parts);
    site.assert_equal();
    let refused = site.fake.errors()[&45009];
    // Each wait of a minute began with one refusal, or with those that were under way with it.
    assert!(millis >= 60_000, "{millis}");
    assert!(
        refused >= 2 && refused <= millis / 60_000 * 4,
        "{refused} in {millis}"
    );
    // A limit that stays ends the sync, and the next goes on.
    site.fake.control(&Faults {
        refuse: "externalcontact/batch/get_by_user".into(),
        code: 45009,
        ..Faults::default()
    });
    let (parts, _) = site.sync_by_hand();
    let last = parts.last().unwrap();
    assert_eq!(last.error.as_ref().and_then(SyncError::code), Some(45009));
    site.fake.control(&Faults::default());
    all_done(&site.sync_by_hand().0);
    site.assert_equal();
}

#[test]
fn a_server_that_is_busy_at_random_is_asked_again() {
    for seed in [1, 2] {
        let world = World {
            days: 30,
            relations: 2_000,
            ..World::default()
        };
        let faults = Faults {
            busy_percent: 4,
            seed: seed * 0x9e37_79b9,
            ..Faults::default()
        };
        let site = Site::new(world, &faults);
        let (parts, millis) = site.sync_by_hand();
        all_done(&parts);
        site.assert_equal();
        assert!(site.fake.errors()[&-1] > 0 && millis >= 1_000);
    }
}

#[test]
fn an_answer_that_never_comes_ends_in_time_and_the_next_sync_goes_on() {
    let site = Site::new(
        World {
            days: 30,
            ..World::default()
        },
        &Faults {
            hang: "externalcontact/batch/get_by_user".into(),
            ..Faults::default()
        },
    );
    let (parts, _) = site.sync_by_hand();
    let last = parts.last().unwrap();
    let is_timeout = matches!(
        &last.error,
        Some(SyncError::Call(CallError::Transport {
            source: TransportError::Timeout,
            ..
        }))
    );
    assert!(is_timeout, "{last:?}");
    // Departments and tags are in; nothing that was not heard is.
    assert_eq!(count(&site.db(), "SELECT count(*) FROM follow"), 0);
    assert_eq!(count(&site.db(), "SELECT count(*) FROM tag"), 100);
    site.fake.control(&Faults::default());
    all_done(&site.sync_by_hand().0);
    site.assert_equal();
}

#[test]
fn what_was_changed_through_the_api_is_found_by_the_next_sync() {
    let mut site = Site::new(World::default(), &Faults::default());
    good(&site.sync(FIRST, &[]));
    let (staff, customer) = site.world.relation(103);
    let (staff, customer) = (site.world.userid(staff), site.world.customer(customer));
    let tags = site.world.tags(103);
    let mark = serde_json::json!({"userid": staff, "external_userid": customer, "add_tag": ["et0099"], "remove_tag": [tags[0]]});
    site.fake.call("externalcontact/mark_tag", &mark);
    let remark =
        serde_json::json!({"userid": staff, "external_userid": customer, "remark": "老客户"});
    site.fake.call("externalcontact/remark", &remark);
    // The second group stands in the list of failures, with errcode 0: it keeps its owner.
    let chats = [site.world.chat(12), site.world.chat(13)];
    let give = serde_json::json!({"chat_id_list": chats, "new_owner": site.world.userid(7)});
    let answer = site
        .fake
        .call("externalcontact/groupchat/onjob_transfer", &give);
    let failed = answer["failed_chat_list"].as_array().unwrap();
    assert_eq!(
        (failed.len(), &failed[0]["errcode"]),
        (1, &serde_json::json!(0))
    );
    good(&site.sync(LATER, &[]));
    site.world = site.fake.world();
    assert!(site.world.tags(103).contains(&"et0099".to_owned()));
    site.assert_equal();
    let conn = site.db();
    assert_eq!(
        column(
            &conn,
            "SELECT op || ' ' || tag_id || ' ' || cause FROM tag_event"
        ),
        [
            "add et0099 sync".to_owned(),
            format!("remove {} sync", tags[0])
        ]
        .into()
    );
    assert_eq!(
        column(
            &conn,
            "SELECT chat_id || ' ' || detail FROM group_event WHERE kind = 'owner'"
        ),
        [format!("{} {}", chats[0], site.world.userid(7))].into()
    );
    // A sync only asks: whoever changed something was the other program.
    let counts = site.fake.counts();
    for call in ["mark_tag", "remark", "groupchat/onjob_transfer"] {
        assert_eq!(counts[&format!("externalcontact/{call}")], 1);
    }
    assert!(
        !counts
            .keys()
            .any(|call| call.ends_with("transfer_customer"))
    );
}

#[test]
fn a_customer_handed_over_waits_a_day_and_is_then_the_takers() {
    let mut site = Site::with(
        World::default(),
        &Faults::default(),
        "calls_per_second = 5000\nhandovers = [['staff0004', 'staff0006']]\n",
    );
    let from_four = |i: &usize| site.world.relation(*i).0 == 4;
    let of: Vec<usize> = (90..site.world.customers())
        .filter(from_four)
        .take(2)
        .collect();
    let ids: Vec<String> = of
        .iter()
        .map(|i| site.world.customer(site.world.relation(*i).1))
        .collect();
    good(&site.sync(FIRST, &[]));
    let ask = serde_json::json!({"handover_userid": "staff0004", "takeover_userid": "staff0006", "external_userid": ids});
    site.fake.call("externalcontact/transfer_customer", &ask);
    let mut world = site.fake.world();
    world.transfers[1].refused = true;
    let mut at = |site: &mut Site, as_of: &str, seconds: i64| {
        world.now = world::NOW + seconds;
        site.fake.set_world(&world);
        site.world = world.clone();
        good(&site.sync(as_of, &[]));
    };
    let rows =
        "SELECT target_id || ' ' || status || ' ' || coalesce(takeover_time, '-') FROM handover";
    // Nothing is told in the first minute; then both wait; after an hour one has refused.
    at(&mut site, "2026-11-11 14:30:30", 30);
    assert_eq!(column(&site.db(), rows), BTreeSet::new());
    at(&mut site, "2026-11-11 14:35", 300);
    let waiting: BTreeSet<String> = ids.iter().map(|id| format!("{id} 2 -")).collect();
    assert_eq!(column(&site.db(), rows), waiting);
    at(&mut site, "2026-11-11 16:30", 7_200);
    let owner = "SELECT userid FROM follow WHERE is_owner = 1 AND external_userid IN (SELECT target_id FROM handover)";
    assert_eq!(column(&site.db(), owner), ["staff0004".to_owned()].into());
    // A day and a half hour later.
    at(&mut site, "2026-11-12 15:00", world::DAY + 1_800);
    let (conn, done) = (site.db(), world::NOW + world::DAY);
    assert_eq!(
        column(&conn, rows),
        [format!("{} 1 {done}", ids[0]), format!("{} 3 -", ids[1])].into()
    );
    let told = |sql: &str| column(&conn, &format!("{sql} = '{}'", ids[0]));
    assert_eq!(
        told(
            "SELECT userid || ' ' || status || ' ' || is_owner || ' ' || coalesce(ended_at, '-') FROM follow WHERE external_userid"
        ),
        [
            format!("staff0004 transferred 0 {done}"),
            "staff0006 active 1 -".to_owned()
        ]
        .into()
    );
    assert_eq!(
        told(
            "SELECT userid || ' ' || kind || ' ' || occurred_at FROM follow_event WHERE occurred_at > 1794378600 AND external_userid"
        ),
        [
            format!("staff0004 transfer_out {done}"),
            format!("staff0006 transfer_in {done}")
        ]
        .into()
    );
    let added = site.world.added_at(of[1]);
    assert!(added < done);
    assert_eq!(
        told(
            "SELECT userid || ' ' || valid_from || ' ' || coalesce(valid_to, '-') || ' ' || reason FROM ownership_history WHERE valid_from > 1794378600 AND external_userid"
        ),
        [format!("staff0006 {done} - transfer")].into()
    );
    assert_eq!(
        told(
            "SELECT userid || ' ' || valid_to FROM ownership_history WHERE valid_to IS NOT NULL AND external_userid"
        ),
        [format!("staff0004 {done}")].into()
    );
    site.assert_relations(&conn);
    let head = count(&conn, "SELECT max(seq) FROM change_log");
    at(&mut site, "2026-11-12 15:01", world::DAY + 1_860);
    assert_eq!(count(&conn, "SELECT max(seq) FROM change_log"), head);
    // What an earlier version told as an add too is the taking over alone.
    let added = format!(
        "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, dedup_key)
         VALUES ('2026-11-12', {done} + 3, 'staff0006', '{}', 'add', 'diff', 'of before')",
        ids[0]
    );
    conn.execute(&added, []).unwrap();
    at(&mut site, "2026-11-12 15:02", world::DAY + 1_920);
    let taken = format!(
        "SELECT kind FROM follow_event WHERE userid = 'staff0006' AND external_userid = '{}'",
        ids[0]
    );
    assert_eq!(column(&conn, &taken), ["transfer_in".to_owned()].into());
}

#[test]
fn what_lost_callbacks_did_not_tell_a_sync_finds_and_late_ones_tell_nothing_twice() {
    let mut site = Site::new(World::default(), &Faults::default());
    site.listen();
    good(&site.sync(FIRST, &[]));
    let fresh = site.world.clone();
    site.world.cut.insert(200);
    site.world.quits.insert(2, 1);
    site.fake.set_world(&site.world);
    good(&site.sync(LATER, &[]));
    site.assert_rows();
    let conn = site.db();
    let ends = "SELECT kind || ' ' || source || ' ' || occurred_at FROM follow_event WHERE kind NOT IN ('add', 'transfer_in')";
    let found = world::NOW + 60;
    assert_eq!(
        column(&conn, ends),
        [format!("del_by_staff diff {found}")].into()
    );
    let quits = "SELECT count(*) FROM group_event WHERE kind = 'quit'";
    assert_eq!(count(&conn, quits), 1);
    // Then they come after all: late, out of order, one of them twice.
    let send = |change: &str, at: i64| {
        let (body, signature) = sealed(&site.event(change, 200, at));
        let (code, text) = site.receive("2026-11-11 14:32", &signature, &body);
        assert_eq!(code, 0, "{text}");
        text
    };
    let at = world::NOW + 20;
    assert!(send("del_external_contact", at).contains("已写入"));
    assert!(send("add_external_contact", site.world.added_at(200)).contains("早已知道"));
    assert!(send("del_external_contact", at).contains("早已知道"));
    let told = [format!("del_by_staff callback {at}")].into();
    assert_eq!(column(&conn, ends), told);
    // Who left the group was removed from it, a while before anybody looked.
    let event = format!(
        "<xml><FromUserName>sys</FromUserName><CreateTime>{at}</CreateTime><MsgType>event</MsgType>
         <Event>change_external_chat</Event><ChatId>{}</ChatId><ChangeType>update</ChangeType>
         <UpdateDetail>del_member</UpdateDetail><QuitScene>1</QuitScene>
         <MemChangeList><Item>{}</Item></MemChangeList></xml>",
        site.world.chat(2),
        fresh.group_members(2)[0]
    );
    let (body, signature) = sealed(&event);
    for _ in 0..2 {
        assert_eq!(site.receive("2026-11-11 14:32", &signature, &body).0, 0);
    }
    let left = "SELECT kind || ' ' || occurred_at FROM group_event WHERE kind IN ('quit', 'kick')";
    assert_eq!(column(&conn, left), [format!("kick {at}")].into());
    let gone = "SELECT quit_at || ' ' || quit_scene FROM group_member WHERE quit_at IS NOT NULL";
    assert_eq!(column(&conn, gone), [format!("{at} 1")].into());
    let (_, customer) = site.world.relation(200);
    let one = |sql: &str| {
        count(
            &conn,
            &format!("{sql} = '{}'", site.world.customer(customer)),
        )
    };
    assert_eq!(one("SELECT ended_at FROM follow WHERE external_userid"), at);
    assert_eq!(
        one("SELECT valid_to FROM ownership_history WHERE external_userid"),
        at
    );
    good(&site.sync("2026-11-11 14:33", &[]));
    site.assert_rows();
    assert_eq!(column(&conn, ends), told);
    assert_eq!(column(&conn, left), [format!("kick {at}")].into());
}

#[test]
fn a_leavers_customer_waits_for_a_taker_and_is_then_theirs() {
    let mut site = Site::new(World::default(), &Faults::default());
    // More than a twentieth of so few staff.
    let allow = ["--allow-shrink"];
    let i = (90..810).find(|i| site.world.relation(*i).0 == 2).unwrap();
    let customer = site.world.customer(i);
    good(&site.sync(FIRST, &[]));
    let mut world = site.world.clone();
    world.left.insert(2);
    world.transfers.push(world::Transfer {
        relation: i,
        from: 2,
        to: 6,
        asked_at: world::NOW,
        refused: false,
    });
    let mut at = |site: &mut Site, as_of: &str, now: i64| {
        world.now = now;
        site.fake.set_world(&world);
        site.world = world.clone();
        good(&site.sync(as_of, &allow));
    };
    let held = format!(
        "SELECT userid || ' ' || status || ' ' || is_owner FROM follow WHERE external_userid = '{customer}'"
    );
    at(&mut site, LATER, world::NOW + 60);
    let conn = site.db();
    let held_before = ["staff0002 active 1".to_owned()];
    assert_eq!(column(&conn, &held), held_before.into());
    at(
        &mut site,
        "2026-11-12 15:00",
        world::NOW + world::DAY + 1_800,
    );
    let held_after = ["staff0002 transferred 0", "staff0006 active 1"];
    assert_eq!(column(&conn, &held), held_after.map(str::to_owned).into());
    assert_eq!(
        column(
            &conn,
            "SELECT kind || ' ' || target_id || ' ' || takeover_time FROM handover WHERE status = 1"
        ),
        [format!(
            "resigned_customer {customer} {}",
            world::NOW + world::DAY
        )]
        .into()
    );
    site.assert_relations(&conn);
}

#[test]
fn departments_and_staff_that_are_gone_are_marked_and_come_back() {
    let mut site = Site::new(
        World {
            staff: 60,
            relations: 60,
            groups: 0,
            departments: 30,
            days: 30,
            ..World::default()
        },
        &Faults::default(),
    );
    let sync = |site: &Site, as_of: &str| {
        site.fake.set_world(&site.world);
        site.sync(as_of, &["--only", "handover"])
    };
    good(&sync(&site, FIRST));
    let gone = "SELECT 'staff ' || userid FROM staff WHERE left_at IS NOT NULL
                UNION SELECT 'department ' || dept_id FROM department WHERE is_deleted = 1";
    assert_eq!(column(&site.db(), gone), BTreeSet::new());
    // An operator's own department is none of the server's.
    site.db()
        .execute(
            "INSERT INTO department (dept_id, name) VALUES (900, '自建')",
            [],
        )
        .unwrap();
    site.world.left.insert(7);
    site.world.departments = 29;
    good(&sync(&site, LATER));
    let marked = ["department 30".to_owned(), "staff staff0007".to_owned()];
    assert_eq!(column(&site.db(), gone), marked.into());
    site.world.left.clear();
    site.world.departments = 30;
    good(&sync(&site, "2026-11-11 14:32"));
    assert_eq!(column(&site.db(), gone), BTreeSet::new());
    site.world.departments = 20;
    let gave = sync(&site, "2026-11-11 14:33");
    assert_eq!(gave.code, 5);
    let words = "10 of 30 departments (33.3 %)";
    let command = "caopan sync wecom --only handover --allow-shrink -w shop.db";
    assert!(
        gave.err.contains(words) && gave.err.contains(command),
        "{}",
        gave.err
    );
    assert_eq!(column(&site.db(), gone), BTreeSet::new());
}
