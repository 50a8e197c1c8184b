//! A shop beside a fake WeCom: its process, its world, its settings, and what is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::server::{Fake, Faults, SECRET};
use crate::shop::{self, Gave, Shop};
use crate::world::{self, World};
use caopan::domain::{Day, Zone};
use caopan::store::{Access, open};
use caopan::wecom::http::Https;
use caopan::wecom::sync::{self, Options, PartReport};
use caopan::wecom::{Client, Clock, Settings};
use rusqlite::Connection;

/// Before every test's first sync, and a minute later.
pub const FIRST: &str = "2026-11-11 14:30";

pub const LATER: &str = "2026-11-11 14:31";

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
pub struct Site {
    pub shop: Shop,
    pub fake: Fake,
    pub world: World,
}

impl Site {
    pub fn new(world: World, faults: &Faults) -> Self {
        Self::with(
            world,
            faults,
            "calls_per_second = 5000\nconcurrency = 4\ntimeout_seconds = 2\n",
        )
    }

    pub fn with(world: World, faults: &Faults, more: &str) -> Self {
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

    pub fn command(&self, as_of: &str, more: &[&str]) -> Command {
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

    pub fn sync(&self, as_of: &str, more: &[&str]) -> Gave {
        shop::gave(&self.command(as_of, more).output().unwrap())
    }

    /// Puts the callback's keys where the settings find them.
    pub fn listen(&self) {
        let text = std::fs::read_to_string(self.shop.path("wecom.toml")).unwrap();
        let more = "[callback]\ntoken_file = 'wecom.token'\naes_key_file = 'wecom.key'\n";
        private(&self.shop, "wecom.toml", &format!("{text}{more}"));
        private(&self.shop, "wecom.token", "callback-token");
        private(&self.shop, "wecom.key", KEY);
    }

    /// What WeCom tells of a relation.
    pub fn event(&self, change: &str, relation: usize, at: i64) -> String {
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
    pub fn receive(&self, as_of: &str, signature: &str, body: &str) -> (i32, String) {
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
    pub fn sync_by_hand(&self) -> (Vec<PartReport>, u64) {
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

    pub fn db(&self) -> Connection {
        self.shop.connection("shop.db")
    }

    /// The rows are the server's, and every relation was told once: as taken over where an administrator gave it (202), else
    /// as added.
    #[track_caller]
    pub fn assert_equal(&self) {
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
    pub fn assert_rows(&self) {
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
    pub fn assert_relations(&self, conn: &Connection) {
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
    pub fn assert_groups(&self, conn: &Connection) {
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
pub fn assert_sound(conn: &Connection) {
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

pub fn private(shop: &Shop, name: &str, text: &str) {
    let path = shop.write(name, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub fn column(conn: &Connection, sql: &str) -> BTreeSet<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

pub fn count(conn: &Connection, sql: &str) -> i64 {
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
pub fn good(gave: &Gave) {
    assert_eq!((gave.code, gave.err.as_str()), (0, ""), "{}", gave.out);
}

/// 43 characters, of which the last carries no spare bits.
pub const KEY: &str = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU";
