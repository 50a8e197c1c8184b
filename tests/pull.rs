//! Pulls from a real PostgreSQL: the server's rows, once, through updates, late commits, deletions, bad rows, cut lines
//! and kills; and never a password.
//!
//! `CAOPAN_PULL_KILLS=1000 cargo test --release --test pull killed` kills a thousand times;
//! `CAOPAN_PULL_ROWS=100000 cargo test --release --test pull flat -- --nocapture` prints rate and memory.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test binary"
)]

#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/shop.rs"]
mod shop;

use std::process::{Child, Output, Stdio};
use std::sync::mpsc;

use postgres::Client;
use postgres_server::{Fate, PASSWORD, USER, Wire, server};
use rstest::rstest;
use shop::Shop;

const SCHEMA: &str = "
CREATE SCHEMA crm; CREATE SCHEMA trade;
CREATE TYPE trade.state AS ENUM ('created','paid','completed','closed');
CREATE TABLE crm.member (member_id bigint PRIMARY KEY, external_userid text NOT NULL, nickname text, mobile varchar(20),
  gender smallint, \"City\" text, region text NOT NULL, joined_at timestamptz, deleted_at timestamptz,
  updated_at timestamptz NOT NULL);
CREATE INDEX ON crm.member (updated_at, member_id);
CREATE TABLE trade.orders (order_no text PRIMARY KEY, member_id bigint, pay_time timestamp, pay_amount numeric(14,4) NOT NULL,
  state trade.state NOT NULL, region text NOT NULL, made_at timestamptz NOT NULL DEFAULT '2026-03-01 12:00+08',
  updated_at timestamptz NOT NULL);
CREATE INDEX ON trade.orders (updated_at, order_no);
CREATE TABLE trade.refund (refund_no uuid PRIMARY KEY, order_no text NOT NULL, done_at timestamptz NOT NULL,
  amount_cents bigint NOT NULL, updated_at timestamptz NOT NULL);";

/// Rows of before yesterday, of two regions; every third order is a refund too, every seventh is not paid.
const ROWS: &str = "
INSERT INTO crm.member SELECT n, 'wm' || n, CASE WHEN n % 5 = 0 THEN NULL ELSE '顾客' || n END, '1280000' || lpad(n::text, 4, '0'),
    n % 3, '杭州', CASE WHEN n % 4 = 0 THEN 'west' ELSE 'east' END, timestamptz '2026-01-01 00:00+08' + n * interval '1 hour', NULL,
    now() - interval '20 days' + n * interval '1 second'
  FROM generate_series(1, $N) n;
INSERT INTO trade.orders (order_no, member_id, pay_time, pay_amount, state, region, updated_at) SELECT 'SO' || n, n, CASE WHEN n % 7 = 0 THEN NULL ELSE timestamp '2026-03-01 23:30:00.25' + n * interval '13 minutes' END,
    (n * 37 % 100000)::numeric / 100, (CASE WHEN n % 7 = 0 THEN 'created' ELSE 'paid' END)::trade.state,
    CASE WHEN n % 4 = 0 THEN 'west' ELSE 'east' END, now() - interval '20 days' + (n / 10) * interval '1 second'
  FROM generate_series(1, $N) n;
INSERT INTO trade.refund SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'SO' || n, timestamptz '2026-05-01 12:00+08' + n * interval '1 minute',
    n + 4, now() - interval '20 days'
  FROM generate_series(1, $N) n WHERE n % 3 = 0 AND n % 4 <> 0;";

const MAPPING: &str = r#"
zone = "Asia/Shanghai"
page = 40
password_file = "password"

[kinds.customers]
table = "crm.member"
key = ["member_id"]
updated_at = "updated_at"
where = "region = 'east' -- this slice"
deleted = "deleted_at"
columns = { external_userid = "external_userid", name = "nickname", phone = "mobile", gender = "gender", region = "City", first_added_at = "joined_at" }

[kinds.orders]
query = """
SELECT o.*, m.external_userid FROM trade.orders o LEFT JOIN crm.member m USING (member_id)
WHERE o.region = 'east';"""
updated_at = "updated_at"
columns = { order_id = "order_no", external_userid = "external_userid", paid_at = "pay_time", paid_yuan = "pay_amount", status = "state", ordered_at = "made_at" }

[kinds.refunds]
table = "trade.refund"
updated_at = "updated_at"
columns = { refund_id = "refund_no", order_id = "order_no", refunded_at = "done_at", amount_fen = "amount_cents" }
"#;

/// A headquarters of its own, a shop with an empty workspace and a mapping between them.
struct Town {
    hq: Client,
    name: &'static str,
    shop: Shop,
}

impl Town {
    fn new(name: &'static str, rows: u32) -> Self {
        let mut hq = server().database(name);
        hq.batch_execute(SCHEMA).unwrap();
        hq.batch_execute(&ROWS.replace("$N", &rows.to_string()))
            .unwrap();
        let shop = Shop::english();
        shop.good(&["init", "shop.db"]);
        let town = Self { hq, name, shop };
        town.map(MAPPING);
        town.secret("password", PASSWORD, 0o600);
        town
    }

    fn map(&self, text: &str) {
        self.shop.write("pull.toml", text);
    }

    fn secret(&self, name: &str, text: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.shop.write(name, &format!("{text}\n"));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn hq(&mut self, sql: &str) {
        self.hq.batch_execute(sql).unwrap();
    }

    fn url(&self, port: u16) -> String {
        format!("postgres://{USER}@localhost:{port}/{}", self.name)
    }

    fn command(&self, port: u16, more: &[&str]) -> std::process::Command {
        let mut command = self.shop.command();
        command
            .args([
                "pull",
                "postgres",
                &self.url(port),
                "--config",
                "pull.toml",
                "-w",
                "shop.db",
            ])
            .args(more);
        command
    }

    fn pull(&self, more: &[&str]) -> Gave {
        gave(self.command(server().port, more).output().unwrap())
    }

    /// A pull that succeeds and has nothing to remark.
    #[track_caller]
    fn good(&self, more: &[&str]) -> String {
        let gave = self.pull(more);
        assert_eq!((gave.code, &*gave.err), (0, ""), "{more:?}");
        gave.out
    }

    /// The workspace's answer.
    fn here(&self, sql: &str) -> Vec<String> {
        let conn = self.shop.connection("shop.db");
        let mut statement = conn.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let cell = |at| {
                Ok(match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Null => String::new(),
                    rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                    rusqlite::types::ValueRef::Text(text) => {
                        String::from_utf8(text.to_vec()).unwrap()
                    }
                    other => panic!("{other:?}"),
                })
            };
            Ok((0..columns)
                .map(cell)
                .collect::<rusqlite::Result<Vec<_>>>()?
                .join("|"))
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The server's answer, every column as text.
    fn there(&mut self, sql: &str) -> Vec<String> {
        let rows = self.hq.query(sql, &[]).unwrap();
        let cell = |row: &postgres::Row, at| row.get::<_, Option<String>>(at).unwrap_or_default();
        rows.iter()
            .map(|row| {
                (0..row.len())
                    .map(|at| cell(row, at))
                    .collect::<Vec<_>>()
                    .join("|")
            })
            .collect()
    }

    /// The workspace holds the slice and nothing else, and what it adds up to.
    #[track_caller]
    fn agrees(&mut self) {
        let customers = "SELECT external_userid, coalesce(nickname, ''), mobile, gender::text, \"City\", floor(extract(epoch FROM joined_at))::bigint::text
            FROM crm.member WHERE region = 'east' AND deleted_at IS NULL ORDER BY member_id";
        let here = "SELECT external_userid, name, phone, gender, region, first_added_at FROM customer ORDER BY CAST(substr(external_userid, 3) AS INTEGER)";
        same(&self.here(here), &self.there(customers));
        let orders = "SELECT order_no, external_userid, floor(extract(epoch FROM pay_time AT TIME ZONE 'Asia/Shanghai'))::bigint::text, pay_time::date::text,
            CASE WHEN pay_time IS NULL THEN '0' ELSE (pay_amount * 100)::bigint::text END, state::text
            FROM trade.orders o JOIN crm.member USING (member_id) WHERE o.region = 'east' ORDER BY order_no";
        let here = "SELECT order_id, external_userid, paid_at, biz_date, paid_fen, status FROM sale_order ORDER BY order_id";
        same(&self.here(here), &self.there(orders));
        let refunds = "SELECT refund_no::text, order_no, amount_cents::text, (done_at AT TIME ZONE 'Asia/Shanghai')::date::text FROM trade.refund ORDER BY refund_no";
        let here =
            "SELECT refund_id, order_id, amount_fen, biz_date FROM order_refund ORDER BY refund_id";
        same(&self.here(here), &self.there(refunds));
        let spent = "SELECT coalesce(sum(greatest(0, (pay_amount * 100)::bigint - coalesce(r.cents, 0))), 0)::bigint::text
            FROM trade.orders o JOIN crm.member m USING (member_id)
            LEFT JOIN (SELECT order_no, sum(amount_cents)::bigint AS cents FROM trade.refund GROUP BY 1) r USING (order_no)
            WHERE o.region = 'east' AND pay_time IS NOT NULL AND m.deleted_at IS NULL";
        same(&self.here("SELECT spend_fen FROM pool"), &self.there(spent));
        assert_eq!(
            self.here("SELECT sum(spend_fen) FROM customer_stat"),
            self.there(spent)
        );
        assert_eq!(self.here("PRAGMA integrity_check"), ["ok"]);
    }
}

/// Like `assert_eq`, but names the first difference only.
#[track_caller]
fn same(here: &[String], there: &[String]) {
    let differs = here.iter().zip(there).find(|(here, there)| here != there);
    assert_eq!(differs, None, "the first row that differs");
    assert_eq!(here.len(), there.len(), "rows");
}

struct Gave {
    code: i32,
    out: String,
    err: String,
}

/// What a command gave; in none of it is the password.
#[track_caller]
fn gave(output: Output) -> Gave {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let gave = Gave {
        code: output.status.code().unwrap_or(-1),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    assert!(
        !gave.out.contains("canary") && !gave.err.contains("canary"),
        "{} {}",
        gave.out,
        gave.err
    );
    gave
}

#[test]
fn the_slice_comes_in_and_a_second_pull_reads_nothing_again() {
    let mut town = Town::new("first", 400);
    assert_eq!(
        town.good(&[]),
        "customers: 300 rows read: 300 new, 0 changed, 0 unchanged\n\
         orders: 300 rows read: 300 new, 0 changed, 0 unchanged\n\
         refunds: 100 rows read: 100 new, 0 changed, 0 unchanged\n"
    );
    town.agrees();
    let logged = town.here("SELECT max(seq) FROM change_log");
    assert_eq!(
        town.good(&[]),
        "customers: 0 rows read: 0 new, 0 changed, 0 unchanged\n\
         orders: 0 rows read: 0 new, 0 changed, 0 unchanged\n\
         refunds: 0 rows read: 0 new, 0 changed, 0 unchanged\n"
    );
    assert_eq!(town.here("SELECT max(seq) FROM change_log"), logged);
    let runs = "SELECT source, ok, rows, ended_at IS NOT NULL, message FROM sync_run ORDER BY run_id LIMIT 3";
    assert_eq!(
        town.here(runs),
        [
            "postgres:customers|1|300|1|",
            "postgres:orders|1|300|1|",
            "postgres:refunds|1|100|1|"
        ]
    );
    let journal = "SELECT act, subject_id, detail FROM journal WHERE act = 'pull'";
    let from = format!("{USER}@localhost:{}/first", server().port);
    assert_eq!(
        town.here(journal).len(),
        3,
        "a pull that changes nothing is not journalled"
    );
    assert_eq!(
        town.here(journal)[0],
        format!("pull|postgres:customers|{from}")
    );
}

#[test]
fn what_was_changed_or_added_comes_with_the_next_pull_and_nothing_else() {
    let mut town = Town::new("incremental", 400);
    town.good(&[]);
    town.hq("UPDATE crm.member SET nickname = '改名', updated_at = now() WHERE member_id = 7;
        INSERT INTO crm.member VALUES (1001, 'wm1001', '新客', '12800009999', 1, '上海', 'east', now(), NULL, now());
        UPDATE trade.orders SET pay_amount = 0.01, updated_at = now() WHERE order_no = 'SO1'");
    assert_eq!(
        town.good(&[]),
        "customers: 2 rows read: 1 new, 1 changed, 0 unchanged\n\
         orders: 1 rows read: 0 new, 1 changed, 0 unchanged\n\
         refunds: 0 rows read: 0 new, 0 changed, 0 unchanged\n"
    );
    town.agrees();
    let json = town.good(&["--only", "customers", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let wanted = serde_json::json!({"schema_version": 1, "dry_run": false, "complete": true, "kinds": [
        {"kind": "customers", "rows": 2, "new": 0, "changed": 0, "unchanged": 2, "deleted": 0, "rejected": 0, "unmatched": 0}]});
    assert_eq!(
        json, wanted,
        "what is younger than the overlap is read again"
    );
}

/// `overlap` is what makes the difference.
#[rstest]
#[case("late_in", "5m", 1)]
#[case("late_out", "0s", 0)]
fn a_row_committed_late_is_found_inside_the_overlap(
    #[case] name: &'static str,
    #[case] overlap: &str,
    #[case] found: u64,
) {
    let mut town = Town::new(name, 40);
    town.map(&format!("overlap = '{overlap}'\n{MAPPING}"));
    let mut slow = server().client(name);
    let mut open = slow.transaction().unwrap();
    // now() is when the transaction began.
    open.batch_execute("INSERT INTO crm.member VALUES (1001, 'wm1001', '慢', NULL, 1, '上海', 'east', now(), NULL, now())").unwrap();
    town.hq("INSERT INTO crm.member VALUES (1002, 'wm1002', '快', NULL, 1, '上海', 'east', now(), NULL, now())");
    assert!(town.good(&["--only", "customers"]).contains(": 31 new"));
    open.commit().unwrap();
    let said = town.good(&["--only", "customers"]);
    assert!(said.contains(&format!(": {found} new")), "{said}");
}

#[test]
fn a_row_committed_late_between_two_pages_is_found_by_the_next_pull() {
    let mut town = Town::new("between", 4);
    town.map(&MAPPING.replace("page = 40", "page = 1"));
    town.hq("INSERT INTO crm.member VALUES (5001, 'wm5001', 'A', NULL, 1, '上海', 'east', now(), NULL, now() - interval '100 seconds'),
        (5002, 'wm5002', 'C', NULL, 1, '上海', 'east', now(), NULL, now() - interval '10 seconds')");
    let mut late = Some(server().client("between"));
    let wire = Wire::new(server().port, move |_, bytes| {
        // A's page has been read, and its watermark set; C's has not. What comes now is just old enough to be overtaken by it.
        if memchr::memmem::find(bytes, b"wm5001").is_some()
            && let Some(mut client) = late.take()
        {
            let sql = "INSERT INTO crm.member VALUES (5003, 'wm5003', 'B', NULL, 1, '上海', 'east', now(), NULL, clock_timestamp() - interval '5 minutes')";
            client.batch_execute(sql).unwrap();
        }
        Fate::Goes
    });
    let said = gave(
        town.command(wire.port, &["--only", "customers"])
            .output()
            .unwrap(),
    );
    assert!(
        said.out.contains("5 rows read: 5 new"),
        "{} {}",
        said.out,
        said.err
    );
    assert!(
        town.good(&["--only", "customers"])
            .contains("3 rows read: 1 new, 0 changed, 2 unchanged")
    );
}

#[test]
fn a_row_dated_in_the_future_does_not_hide_those_that_come_after_it() {
    let mut town = Town::new("future", 40);
    town.hq("UPDATE crm.member SET updated_at = '2999-01-01' WHERE member_id = 1");
    town.good(&[]);
    town.hq("INSERT INTO crm.member VALUES (1001, 'wm1001', '后来', NULL, 1, '上海', 'east', now(), NULL, now())");
    assert!(
        town.good(&["--only", "customers"])
            .contains("2 rows read: 1 new, 0 changed, 1 unchanged")
    );
}

#[test]
fn many_rows_of_one_moment_are_read_page_by_page() {
    let mut town = Town::new("moment", 400);
    town.hq("UPDATE crm.member SET updated_at = '2026-06-01 00:00+08'");
    town.good(&[]);
    town.agrees();
}

#[test]
fn what_the_source_marks_as_deleted_is_taken_out() {
    let mut town = Town::new("deleted", 400);
    town.good(&[]);
    town.hq("UPDATE crm.member SET deleted_at = now(), updated_at = now(), joined_at = 'infinity' WHERE member_id IN (1, 2, 3)");
    let said = town.good(&[]);
    assert!(
        said.contains("3 rows read: 0 new, 0 changed, 0 unchanged, 3 taken out"),
        "{said}"
    );
    town.hq("UPDATE crm.member SET deleted_at = NULL, joined_at = '2026-02-02', updated_at = now() WHERE member_id = 2");
    town.good(&[]);
    town.agrees();
}

#[test]
fn a_full_pass_takes_out_what_is_gone_there_but_not_more_than_one_in_twenty_unasked() {
    let mut town = Town::new("whole", 400);
    town.good(&[]);
    town.hq("DELETE FROM crm.member WHERE member_id <= 8; UPDATE trade.orders SET region = 'west' WHERE member_id <= 8");
    assert!(!town.good(&[]).contains("taken out"));
    let dry = town.good(&["--full", "--dry-run"]);
    assert!(
        dry.contains(
            "customers (dry run): 294 rows read: 0 new, 0 changed, 294 unchanged, 6 taken out"
        ),
        "{dry}"
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["300"]);
    let said = town.good(&["--full"]);
    assert!(said.contains("294 unchanged, 6 taken out"), "{said}");
    town.agrees();
    town.hq("DELETE FROM crm.member WHERE member_id < 40; UPDATE trade.orders SET region = 'west' WHERE member_id < 40");
    for _ in 0..2 {
        let refused = town.pull(&["--full", "--only", "customers"]);
        assert_eq!(refused.code, 5, "{}", refused.err);
        assert!(
            refused
                .err
                .contains("postgres:customers: 24 of 294 rows would be taken out"),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("--allow-shrink"), "{}", refused.err);
        assert_eq!(town.here("SELECT count(*) FROM customer"), ["294"]);
    }
    town.good(&["--full", "--allow-shrink"]);
    town.agrees();
}

#[test]
fn marks_of_deletion_are_counted_over_kept_pages_and_later_pulls() {
    let mut town = Town::new("shrink", 400);
    town.good(&[]);
    // 15 of 300 are one in twenty; pages are 40 rows.
    town.hq("UPDATE crm.member SET updated_at = now() - interval '1 day' + member_id * interval '1 second';
        UPDATE crm.member SET deleted_at = now() WHERE member_id IN (1, 2, 3, 5, 6, 7, 9, 10, 11, 13) OR member_id BETWEEN 200 AND 210");
    for _ in 0..3 {
        let refused = town.pull(&["--only", "customers"]);
        assert_eq!(refused.code, 5, "{}", refused.err);
        assert_eq!(town.here("SELECT count(*) FROM customer"), ["290"]);
    }
    town.good(&["--allow-shrink"]);
    town.agrees();
}

#[test]
fn missing_rows_stay_where_the_mapping_keeps_them() {
    let mut town = Town::new("keeps", 40);
    town.map(&MAPPING.replace("deleted = \"deleted_at\"", "missing = 'keep'"));
    town.good(&[]);
    town.hq("DELETE FROM crm.member WHERE member_id = 1");
    town.good(&["--full", "--only", "customers"]);
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["30"]);
}

#[test]
fn a_bad_row_is_named_by_source_key_column_and_reason_and_its_page_waits() {
    let mut town = Town::new("bad", 400);
    town.hq("UPDATE trade.orders SET pay_amount = 12.345 WHERE order_no = 'SO200'; UPDATE trade.orders SET pay_amount = 1.001 WHERE order_no = 'SO201';
        UPDATE trade.orders SET pay_amount = 1.001, order_no = '=SO202' WHERE order_no = 'SO202';
        UPDATE trade.orders SET region = 'east' WHERE order_no = 'SO200'; UPDATE crm.member SET mobile = E'\\x1b[31mred' WHERE member_id = 398");
    let stopped = town.pull(&["--only", "orders"]);
    assert_eq!(stopped.code, 1);
    assert!(
        stopped
            .err
            .contains("postgres:orders, key SO200, column paid_yuan: "),
        "{}",
        stopped.err
    );
    assert!(
        stopped
            .err
            .contains("postgres:orders, key SO201, column paid_yuan: "),
        "{}",
        stopped.err
    );
    // An amount tells of nobody.
    assert!(stopped.err.contains(": `12.345`"), "{}", stopped.err);
    let landed: u64 = town.here("SELECT count(*) FROM sale_order")[0]
        .parse()
        .unwrap();
    assert!(
        landed > 0 && landed < 200 && landed.is_multiple_of(40),
        "whole pages: {landed}"
    );
    assert_eq!(
        town.here("SELECT ok, message IS NOT NULL FROM sync_run"),
        ["0|1"]
    );
    let partly = town.pull(&["--on-error", "reject", "--rejects", "bad.csv"]);
    assert_eq!(partly.code, 6, "{}", partly.err);
    assert!(
        partly.out.contains("3 rejected (see bad.csv)"),
        "{}",
        partly.out
    );
    let rejects = std::fs::read_to_string(town.shop.path("bad.csv")).unwrap();
    let rejects = rejects
        .strip_prefix('\u{feff}')
        .expect("Excel needs the mark");
    let heads: Vec<_> = rejects
        .lines()
        .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(
        heads,
        [
            "source,key,column",
            "postgres:customers,398,phone",
            // A key a spreadsheet would run.
            "postgres:orders,'=SO202,paid_yuan",
            "postgres:orders,SO200,paid_yuan",
            "postgres:orders,SO201,paid_yuan"
        ]
    );
    town.hq("UPDATE trade.orders SET order_no = 'SO202' WHERE order_no = '=SO202';
        UPDATE trade.orders SET pay_amount = 12.34, updated_at = now() WHERE order_no IN ('SO200', 'SO201', 'SO202');
        UPDATE crm.member SET mobile = NULL, updated_at = now() WHERE member_id = 398");
    town.good(&[]);
    assert_eq!(town.here("SELECT count(*) FROM sale_order"), ["301"]);
    assert_eq!(town.pull(&["--on-error", "reject"]).code, 2);
}

#[test]
fn rows_without_a_time_or_a_key_are_not_passed_over_in_silence() {
    let mut town = Town::new("nulls", 40);
    town.hq("ALTER TABLE crm.member ALTER updated_at DROP NOT NULL; UPDATE crm.member SET updated_at = NULL WHERE member_id = 5");
    let said = town.pull(&["--only", "customers"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains("postgres:customers, key 5: updated_at, member_id is NULL"),
        "{}",
        said.err
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["0"]);
    let said = town.pull(&["--only", "customers", "--rejects", "bad.csv"]);
    assert_eq!(
        (said.code, town.here("SELECT count(*) FROM customer")),
        (6, vec!["29".to_owned()])
    );
}

#[test]
fn a_row_without_a_key_is_never_read_however_far_a_pull_has_come() {
    let mut town = Town::new("keyless", 100);
    town.map(&MAPPING.replace("page = 40", "page = 20"));
    town.hq("ALTER TABLE crm.member DROP CONSTRAINT member_pkey; ALTER TABLE crm.member ALTER member_id DROP NOT NULL;
        UPDATE crm.member SET member_id = NULL WHERE member_id IN (45, 90);
        UPDATE crm.member SET member_id = NULL, updated_at = now() WHERE member_id = 97");
    let pull = ["--only", "customers", "--rejects", "bad.csv"];
    let only = |town: &Town| {
        town.here("SELECT count(*), max(external_userid IN ('wm45', 'wm90', 'wm97')) FROM customer")
    };
    let said = town.pull(&pull);
    assert!(
        said.out.contains("72 rows read: 72 new") && said.out.contains("3 rejected"),
        "{}{}",
        said.out,
        said.err
    );
    assert_eq!(only(&town), ["72|0"]);
    let again = ["--only", "customers", "--rejects", "again.csv"];
    let said = town.pull(&again);
    assert_eq!(said.code, 6, "{}{}", said.out, said.err);
    // A place that an earlier version kept of such a row.
    let conn = town.shop.connection("shop.db");
    let moved = conn.execute(
        "UPDATE sync_cursor SET cursor = json_set(cursor, '$.place.after.key[0]', '') WHERE source = 'postgres:customers'",
        [],
    );
    assert_eq!(moved.unwrap(), 1);
    drop(conn);
    let last = ["--only", "customers", "--rejects", "last.csv"];
    let said = town.pull(&last);
    assert_eq!(said.code, 6, "{}{}", said.out, said.err);
    assert_eq!(only(&town), ["72|0"]);
}

#[test]
fn a_customer_whose_owners_relation_is_taken_out_goes_to_whoever_follows_them() {
    let mut town = Town::new("heirs", 4);
    town.hq("CREATE TABLE crm.friend (userid text, external_userid text, at timestamptz, gone boolean DEFAULT FALSE,
          updated_at timestamptz NOT NULL DEFAULT now() - interval '1 day', PRIMARY KEY (userid, external_userid));
        INSERT INTO crm.friend (userid, external_userid, at) SELECT u.id, 'wm' || c, timestamptz '2026-01-01 00:00+08' + u.n * interval '1 month'
          FROM generate_series(1, 30) c, (VALUES ('a', 1), ('b', 2), ('c', 3)) AS u(id, n)");
    town.map(
        "[kinds.follows]
table = 'crm.friend'
key = ['userid', 'external_userid']
updated_at = 'updated_at'
deleted = 'gone'
columns = { userid = 'userid', external_userid = 'external_userid', added_at = 'at' }
[kinds.staff]
query = \"SELECT DISTINCT userid FROM crm.friend\"
columns = { userid = 'userid', name = 'userid' }
",
    );
    let town_secret = "password_file = \"password\"\n";
    let text = std::fs::read_to_string(town.shop.path("pull.toml")).unwrap();
    town.map(&format!("{town_secret}{text}"));
    let owner = "SELECT userid FROM follow WHERE external_userid = 'wm1' AND is_owner = 1";
    let pull = ["--only", "follows"];
    assert_eq!(town.pull(&pull).code, 0);
    assert_eq!(town.here(owner), ["a"]);
    town.hq("UPDATE crm.friend SET gone = TRUE, updated_at = now() WHERE userid = 'a' AND external_userid = 'wm1'");
    assert_eq!(town.pull(&pull).code, 0);
    assert_eq!(town.here(owner), ["b"]);
    town.hq("DELETE FROM crm.friend WHERE userid = 'b' AND external_userid = 'wm1'");
    assert_eq!(town.pull(&["--only", "follows", "--full"]).code, 0);
    assert_eq!(town.here(owner), ["c"]);
    let history = "SELECT userid, valid_to IS NULL FROM ownership_history WHERE external_userid = 'wm1' ORDER BY valid_from, userid";
    assert_eq!(town.here(history).last().map(String::as_str), Some("c|1"));
}

#[test]
fn a_changed_mapping_reads_everything_anew_and_says_so() {
    let mut town = Town::new("anew", 40);
    town.good(&[]);
    town.map(&MAPPING.replace("region = 'east' -- this slice", "region <> ''"));
    let said = town.pull(&["--only", "customers"]);
    assert_eq!(said.code, 0);
    assert!(
        said.err
            .contains("note: customers: the mapping has changed"),
        "{}",
        said.err
    );
    assert!(
        said.out
            .contains("40 rows read: 10 new, 0 changed, 30 unchanged"),
        "{}",
        said.out
    );
    town.hq("SELECT 1");
}

#[test]
fn a_dry_run_says_what_would_come_and_leaves_the_file_as_it_was() {
    let town = Town::new("dry", 400);
    let before = town.here("SELECT count(*) FROM journal");
    let said = town.good(&["--dry-run"]);
    assert!(
        said.starts_with("customers (dry run): 300 rows read: 300 new"),
        "{said}"
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["0"]);
    assert_eq!(
        town.here("SELECT count(*) FROM sync_cursor UNION ALL SELECT count(*) FROM sync_run"),
        ["0", "0"]
    );
    assert_eq!(town.here("SELECT count(*) FROM journal"), before);
}

#[test]
fn a_kind_without_times_is_read_whole_each_time() {
    let mut town = Town::new("undated", 1);
    town.hq("CREATE TABLE dept (id int PRIMARY KEY, parent int, name text); INSERT INTO dept SELECT n, NULLIF(n - 1, 0), '门店' || n FROM generate_series(1, 100) n");
    town.map("page = 30\npassword_file = 'password'\n[kinds.departments]\ntable = 'public.dept'\ncolumns = { dept_id = 'id', parent_id = 'parent', name = 'name' }");
    assert!(town.good(&[]).contains("100 rows read: 100 new"));
    town.hq("UPDATE dept SET name = '旗舰店' WHERE id = 50");
    assert!(
        town.good(&[])
            .contains("100 rows read: 0 new, 1 changed, 99 unchanged")
    );
    town.hq("UPDATE dept SET parent = 100 WHERE id = 90");
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("its own parent"), "{}", said.err);
}

#[rstest]
#[case("paid_yuan = 'j'", "cannot come from `j` of type jsonb")]
#[case("paid_yuan = 'f'", "a float is not exact")]
#[case("paid_yuan = 'b'", "of type bool: it does not fit")]
#[case("paid_fen = 'n'", "of type numeric: it does not fit")]
#[case("paid_yuan = 'n', paid_at = 'n'", "`paid_at` cannot come from `n`")]
#[case("paid_yuan = 'n', status = 'a'", "of type _text: cast it in a query")]
#[case("paid_yuan = 'n', stauts = 't'", "there is no column `stauts`")]
#[case("paid_yuan = 'n', paid_at = 'l'", "name the zone of such columns")]
#[case("paid_yuan = 'nowhere'", "column s.nowhere does not exist")]
fn columns_that_do_not_fit_are_refused_by_name_before_anything_is_written(
    #[case] columns: &str,
    #[case] why: &str,
) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static N: AtomicU32 = AtomicU32::new(0);
    let name: &'static str = format!("types_{}", N.fetch_add(1, Ordering::Relaxed)).leak();
    let mut town = Town::new(name, 4);
    town.hq("CREATE TABLE o (k text PRIMARY KEY, p text, j jsonb, f float8, b bool, n numeric, a text[], t text, l timestamp)");
    let paid_at = if columns.contains("paid_at") {
        ""
    } else {
        "paid_at = 't', "
    };
    let start = MAPPING
        .split("[kinds.orders]")
        .next()
        .unwrap()
        .replace("zone = \"Asia/Shanghai\"", "");
    town.map(&format!("{start}[kinds.orders]\ntable = 'o'\ncolumns = {{ order_id = 'k', external_userid = 'p', {paid_at}{columns} }}"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("orders: ") && said.err.contains(why),
        "{}",
        said.err
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["0"]);
}

#[test]
fn amounts_and_times_are_exact_at_their_edges() {
    let mut town = Town::new("exact", 1);
    town.hq("CREATE TABLE o (k int PRIMARY KEY, paid numeric, cents bigint, at timestamptz, p text);
        INSERT INTO o VALUES (1, 9999999999999.9900, -5, '2026-03-01 00:00:00.999999+08', 'a'), (2, 0.1, 7, '2026-02-28 16:00:00+00', NULL),
          (3, 1e3, 123456789012345, '1986-09-14 01:30+09', 'c')");
    let one = "password_file = 'password'\n[kinds.orders]\ntable = 'o'\ncolumns = { order_id = 'k', external_userid = 'p', paid_at = 'at', paid_yuan = 'paid', discount_fen = 'cents' }";
    town.map(one);
    let said = town.good(&[]);
    assert!(said.contains("3 new"), "{said}");
    assert_eq!(
        town.here("SELECT order_id, external_userid, paid_fen, discount_fen, paid_at FROM sale_order ORDER BY order_id"),
        ["1|a|999999999999999|-5|1772294400", "2||10|7|1772294400", "3|c|100000|123456789012345|527013000"]
    );
}

#[test]
fn a_source_that_is_always_newer_ends_at_what_was_newest_at_the_start() {
    let mut town = Town::new("newer", 1);
    // Row 2 is changed by every look; page by page of one row it would come for ever.
    town.hq("CREATE TABLE j (k int PRIMARY KEY, at timestamptz);
        INSERT INTO j VALUES (1, '2026-03-01 00:00+08'), (2, '2026-03-02 00:00+08'), (3, '2026-03-03 00:00+08')");
    let mapping = |at: &str| {
        format!(
            "password_file = 'password'\npage = 1\n[kinds.journeys]\nquery = \"\"\"SELECT k, 'x' || k::text AS name, {at} AS at FROM j\"\"\"
             key = ['k']\nupdated_at = 'at'\ncolumns = {{ journey_id = 'k', name = 'name' }}"
        )
    };
    town.map(&mapping(
        "CASE WHEN k = 2 THEN clock_timestamp() ELSE at END",
    ));
    let said = town.pull(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("another at every look are left out"),
        "{}",
        said.err
    );
    assert_eq!(
        town.here("SELECT journey_id FROM journey ORDER BY 1"),
        ["1", "3"]
    );
    town.map(&mapping("at"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("left out"), "{}", said.err);
    assert_eq!(
        town.here("SELECT journey_id FROM journey ORDER BY 1"),
        ["1", "2", "3"]
    );
    // Where another row is the newest at every look, people are at work: that is no reason to warn.
    let busy = "SELECT k, 'x' || k::text AS name, CASE WHEN k = 1 + (floor(extract(epoch FROM statement_timestamp()) * 1000000)::bigint % 997)
        THEN statement_timestamp() ELSE '2026-03-01 00:00+08'::timestamptz END AS at FROM generate_series(1, 997) AS k";
    let each = mapping("at").replace("page = 1\n", "page = 1000\n");
    let (head, query) = each.split_once("SELECT").unwrap();
    let (_, tail) = query.split_once("FROM j").unwrap();
    town.map(&format!("{head}{busy}{tail}"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("left out"), "{}", said.err);
    // Where that is so of all rows, nothing can be read in order, and that is said.
    town.map(&mapping("clock_timestamp()"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("another at every look"), "{}", said.err);
}

#[test]
fn the_mapping_can_only_read() {
    let mut town = Town::new("readonly", 4);
    town.hq("CREATE TABLE touched (n int); CREATE FUNCTION touch() RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO touched VALUES (1); RETURN 1; END'");
    let mapping = |query: &str| {
        format!(
            "password_file = 'password'\n[kinds.journeys]\nquery = '''{query}'''\ncolumns = {{ journey_id = 'a', name = 'b' }}"
        )
    };
    town.map(&mapping("SELECT touch() AS a, 'x'::text AS b"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("read-only transaction"), "{}", said.err);
    for query in [
        "DELETE FROM touched RETURNING 1 AS a, 'x'::text AS b",
        "SELECT 1 AS a, 'x'::text AS b) AS s; DROP TABLE touched; --",
    ] {
        town.map(&mapping(query));
        assert_eq!(town.pull(&[]).code, 2, "{query}");
    }
    town.hq("INSERT INTO touched VALUES (2)");
    assert_eq!(town.there("SELECT count(*)::text FROM touched"), ["1"]);
}

#[test]
fn a_password_comes_from_anywhere_but_the_command_line() {
    let town = Town::new("password", 4);
    let port = server().port;
    town.map(&MAPPING.replace("password_file = \"password\"", ""));
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("cannot be asked"), "{}", said.err);
    let with = |name: &str, value: &str| {
        gave(
            town.command(port, &["--only", "refunds"])
                .env(name, value)
                .output()
                .unwrap(),
        )
    };
    assert_eq!(with("PGPASSWORD", PASSWORD).code, 0);
    let wrong = with("PGPASSWORD", "canary-wrong");
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.err.contains("password authentication failed") && wrong.err.contains("help: "),
        "{}",
        wrong.err
    );
    let escaped = PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
    town.secret(
        "pgpass",
        &format!("localhost:{port}:*:{USER}:{escaped}"),
        0o600,
    );
    let pgpass = town.shop.path("pgpass").display().to_string();
    assert_eq!(with("PGPASSFILE", &pgpass).code, 0);
    town.secret(
        "pgpass",
        &format!("localhost:{port}:*:{USER}:{escaped}"),
        0o644,
    );
    let open = with("PGPASSFILE", &pgpass);
    assert_eq!(open.code, 2);
    assert!(open.err.contains("chmod 600"), "{}", open.err);
    let mut child = town
        .command(port, &["--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{PASSWORD}\n").as_bytes(),
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    let url = format!(
        "postgres://{USER}:{}@localhost:{port}/password",
        PASSWORD.replace(':', "%3A").replace('\\', "%5C")
    );
    let argv = [
        "pull",
        "postgres",
        &url,
        "--config",
        "pull.toml",
        "-w",
        "shop.db",
    ];
    let refused = gave(town.shop.command().args(argv).output().unwrap());
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("on the command line") && refused.err.contains("PGPASSWORD"),
        "{}",
        refused.err
    );
    let environment = ["pull", "postgres", "--config", "pull.toml", "-w", "shop.db"];
    let taken = gave(
        town.shop
            .command()
            .args(environment)
            .env("CAOPAN_PULL_URL", &url)
            .output()
            .unwrap(),
    );
    assert_eq!(taken.code, 0, "{}", taken.err);
    let file = std::fs::read(town.shop.path("shop.db")).unwrap();
    assert!(
        memchr::memmem::find(&file, b"canary").is_none(),
        "the workspace holds the password"
    );
}

#[test]
fn a_server_that_must_prove_itself_is_believed_only_with_a_certificate_for_its_name() {
    let town = Town::new("tls", 4);
    let (port, authority) = (server().port, server().authority().display().to_string());
    let with = |host: &str, query: &str| {
        let url = format!("postgres://{USER}@{host}:{port}/tls?{query}");
        let argv = [
            "pull",
            "postgres",
            &url,
            "--config",
            "pull.toml",
            "-w",
            "shop.db",
        ];
        gave(town.shop.command().args(argv).output().unwrap())
    };
    let verified = with(
        "localhost",
        &format!("sslmode=verify-full&sslrootcert={authority}"),
    );
    assert_eq!(verified.code, 0, "{}", verified.err);
    let other_name = with(
        "127.0.0.1",
        &format!("sslmode=verify-full&sslrootcert={authority}"),
    );
    assert_eq!(other_name.code, 1);
    assert!(other_name.err.contains("certificate"), "{}", other_name.err);
    let stranger = with("localhost", "sslmode=verify-full");
    assert_eq!(stranger.code, 1);
    assert!(stranger.err.contains("UnknownIssuer"), "{}", stranger.err);
    assert_eq!(with("db.example.com", "sslmode=disable").code, 2);
}

/// Tables as the README and the template speak of them.
const SPOKEN_OF: &str = "
CREATE SCHEMA crm; CREATE SCHEMA shop; CREATE SCHEMA hr;
CREATE TABLE hr.employee (wecom_userid text PRIMARY KEY, display_name text, dept_id int, hired_on date, region text, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crm.member (member_id bigint PRIMARY KEY, external_userid text, nickname text, mobile text, gender smallint, city text, region text,
  joined_at timestamptz, deleted_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crm.member_staff (wecom_userid text, external_userid text, bound_at timestamp, is_primary boolean, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE shop.orders (order_no text PRIMARY KEY, member_id bigint, region text, pay_time timestamp, pay_amount numeric(12,2), amount numeric(12,2), state text, guide text,
  created_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE shop.refund (refund_no text PRIMARY KEY, order_no text, done_at timestamptz, amount_cents bigint, updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO hr.employee VALUES ('zhangmin', '张敏', 12, '2024-06-01', 'east');
INSERT INTO crm.member VALUES (1, 'wm0001', '王芳', '12800001234', 2, '杭州', 'east', '2026-03-01 10:00+08');
INSERT INTO crm.member_staff VALUES ('zhangmin', 'wm0001', '2026-03-01 10:00', true);
INSERT INTO shop.orders VALUES ('SO1', 1, 'east', '2026-03-05 20:15:30', 128.50, 128.50, 'paid', 'zhangmin', '2026-03-05 20:14+08');
INSERT INTO shop.refund VALUES ('RF1', 'SO1', '2026-03-09 11:00+08', 3000);";

#[test]
fn the_template_works_on_the_tables_it_speaks_of() {
    let town = Town::new("template", 1);
    server()
        .database("spoken")
        .batch_execute(SPOKEN_OF)
        .unwrap();
    let template = town.shop.good(&["pull", "postgres", "--template"]);
    town.map(&template.replace(
        "# password_file = \"/etc/caopan/pull.password\"",
        "password_file = \"password\"",
    ));
    let url = format!("postgres://{USER}@localhost:{}/spoken", server().port);
    town.shop.good(&[
        "pull",
        "postgres",
        &url,
        "--config",
        "pull.toml",
        "-w",
        "shop.db",
    ]);
    let spent = "SELECT s.name, c.name, t.spend_fen, t.orders FROM customer c JOIN customer_stat t USING (external_userid) JOIN follow f USING (external_userid) JOIN staff s USING (userid) WHERE f.is_owner";
    assert_eq!(town.here(spent), ["张敏|王芳|9850|1"]);
}

#[test]
fn the_readme_works_as_pasted() {
    let town = Town::new("readme", 1);
    server()
        .database("pasted")
        .batch_execute(SPOKEN_OF)
        .unwrap();
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, section) = text.split_once("## Headquarters' database").unwrap();
    let block = |word: &str| {
        section
            .split_once(&format!("```{word}\n"))
            .unwrap()
            .1
            .split("```")
            .next()
            .unwrap()
    };
    town.map(block("toml"));
    let programs = std::path::Path::new(shop::CAOPAN)
        .parent()
        .unwrap()
        .display()
        .to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    for line in block("sh").lines() {
        let line = line.replace(
            "reader@db.example.com:5432/crm",
            &format!("{USER}@localhost:{}/pasted", server().port),
        );
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &line])
            .env_clear()
            .envs(town.shop.environment())
            .env("PATH", &path)
            .env("PGPASSWORD", PASSWORD);
        let said = gave(shell.current_dir(town.shop.folder()).output().unwrap());
        assert_eq!((said.code, &*said.err), (0, ""), "{line}");
    }
    assert_eq!(town.here("SELECT spend_fen FROM pool"), ["12850"]);
}

#[test]
fn a_query_that_takes_too_long_is_ended_and_says_what_to_do() {
    let town = Town::new("slow", 4);
    town.map("statement_timeout = '1s'\npassword_file = 'password'\n[kinds.journeys]\nquery = 'SELECT 1 AS a, pg_sleep(60)::text AS b'\ncolumns = { journey_id = 'a', name = 'b' }");
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("statement timeout (57014)") && said.err.contains("statement_timeout"),
        "{}",
        said.err
    );
}

/// Pages that the wire carried before it was cut, by the rows that landed.
#[test]
fn a_server_that_goes_away_mid_page_costs_that_page_and_nothing_else() {
    let mut town = Town::new("gone", 400);
    let mut landed = Vec::new();
    for cut in [3_000, 12_000, 20_000] {
        let wire = Wire::new(server().port, move |sent, _| {
            if sent > cut { Fate::Cut } else { Fate::Goes }
        });
        let said = gave(town.command(wire.port, &[]).output().unwrap());
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(
            said.err.contains("run it again") || cut == 3_000,
            "{}",
            said.err
        );
        landed.push(
            town.here("SELECT (SELECT count(*) FROM customer) + (SELECT count(*) FROM sale_order)")
                [0]
            .parse::<u64>()
            .unwrap(),
        );
    }
    assert!(
        landed.windows(2).all(|pair| pair[0] < pair[1]) && landed[2] < 600,
        "{landed:?}"
    );
    town.good(&[]);
    town.agrees();
}

/// A server that answers every page with its first one: the rows of the first answer that has a page of them are given in
/// the place of those of every later such answer.
fn parrot(server: u16, page: usize) -> u16 {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let (mut rows, mut first): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
        let mut head = [0; 5];
        // Each message of the server: a letter, its length, its body.
        while far.read_exact(&mut head).is_ok() {
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut message = head.to_vec();
            message.resize(length as usize + 1, 0);
            far.read_exact(&mut message[5..]).unwrap();
            if head[0] == b'D' {
                rows.push(message);
                continue;
            }
            let mut rows = std::mem::take(&mut rows);
            if rows.len() == page {
                if first.is_empty() {
                    first.clone_from(&rows);
                }
                rows.clone_from(&first);
            }
            rows.push(message);
            if rows.iter().any(|m| near.write_all(m).is_err()) {
                return;
            }
        }
    });
    port
}

#[test]
fn a_server_that_answers_the_same_page_for_ever_is_left_with_a_clear_error() {
    let mut town = Town::new("parrot", 400);
    let output = town
        .command(parrot(server().port, 40), &["--only", "customers"])
        .output()
        .unwrap();
    let said = gave(output);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err
            .contains("postgres:customers: the server gives the same rows again and again")
            && said.err.contains("run it again"),
        "{}",
        said.err
    );
    // The page that was right has landed, once; an honest server is gone on with.
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["40"]);
    town.good(&[]);
    town.agrees();
}

#[test]
fn two_pulls_at_once_do_not_mix() {
    let town = Town::new("twice", 400);
    let db = town.shop.path("shop.db");
    let mut moved = false;
    let wire = Wire::new(server().port, move |_, _| {
        let conn = rusqlite::Connection::open(&db).unwrap();
        conn.busy_timeout(std::time::Duration::from_secs(30))
            .unwrap();
        if !moved {
            let changed = conn.execute("UPDATE sync_cursor SET cursor = replace(cursor, 'after', 'from') WHERE source = 'postgres:customers'", []);
            moved = changed.unwrap() > 0;
        }
        Fate::Goes
    });
    let said = gave(
        town.command(wire.port, &["--only", "customers"])
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(said.err.contains("another pull is running"), "{}", said.err);
}

/// A generator of no importance (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}

fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn a_pull_killed_at_any_moment_goes_on_and_ends_with_the_rows_of_the_server() {
    let mut town = Town::new("killed", 400);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let full = town.good(&["--dry-run"]).len() as u64;
    assert!(full > 0);
    for round in 0..number("CAOPAN_PULL_KILLS", 12) {
        // Everything comes again, a little changed, so that each pull has pages to lose.
        let when = format!("now() - interval '15 days' + {round} * interval '10 minutes'");
        town.hq(&format!("UPDATE crm.member SET nickname = '顾客' || member_id || '/{round}', updated_at = {when} + member_id * interval '1 second' WHERE nickname IS NOT NULL;
            UPDATE crm.member SET updated_at = {when} + member_id * interval '1 second' WHERE nickname IS NULL;
            UPDATE trade.orders SET updated_at = {when}; UPDATE trade.refund SET updated_at = {when}"));
        if round % 50 == 49 {
            // The server of the tests does not clean up by itself.
            town.hq("VACUUM crm.member");
            town.hq("VACUUM trade.orders");
            town.hq("VACUUM trade.refund");
        }
        let (at, breath) = (2_000 + dice.below(90_000), dice.below(3_000_000));
        let (tell, told) = mpsc::channel();
        let wire = Wire::new(server().port, move |sent, _| {
            if sent > at {
                let _ = tell.send(());
            }
            Fate::Goes
        });
        let more: &[&str] = if round % 3 == 2 { &["--full"] } else { &[] };
        let mut child = town
            .command(wire.port, more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The sender goes with the wire: a pull that ends before the moment comes is one that was not killed.
        if told.recv().is_ok() {
            for _ in 0..breath {
                std::hint::spin_loop();
            }
        }
        kill(&mut child);
        assert_eq!(town.here("PRAGMA foreign_key_check"), Vec::<String>::new());
        let again = gave(town.command(server().port, more).output().unwrap());
        assert_eq!(again.code, 0, "round {round}: {}", again.err);
        town.agrees();
    }
}

#[test]
fn memory_stays_flat_however_many_rows_come() {
    let rows = number("CAOPAN_PULL_ROWS", 8_000);
    let mut town = Town::new("flat", 1);
    town.hq(&format!("INSERT INTO crm.member SELECT n, 'wm' || n, '顾客' || n, NULL, 1, '杭州', 'east', now(), NULL, now() - interval '1 day' FROM generate_series(10, {rows} + 9) n"));
    town.map(&MAPPING.replace("page = 40", "page = 1000"));
    let (pid, child_pid) = mpsc::channel::<u32>();
    let (tell, told) = mpsc::channel();
    let mut of = None;
    let wire = Wire::new(server().port, move |sent, _| {
        let pid = *of.get_or_insert_with(|| child_pid.recv().unwrap());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
        let _ = tell.send((sent, peak.unwrap_or(0)));
        Fate::Goes
    });
    let begun = std::time::Instant::now();
    let mut child = town
        .command(wire.port, &["--only", "customers"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    pid.send(child.id()).unwrap();
    assert!(child.wait().unwrap().success());
    let seconds = begun.elapsed().as_secs_f64();
    let peaks: Vec<(u64, u64)> = told.iter().collect();
    let all = peaks.last().unwrap().0;
    let at = |share: u64| {
        peaks
            .iter()
            .find(|(sent, _)| *sent >= all * share / 100)
            .unwrap()
            .1
    };
    let (early, late) = (at(30), peaks.iter().map(|p| p.1).max().unwrap());
    println!(
        "{rows} rows from PostgreSQL {}: {:.0} rows/s, peak {} MB at 30 %, {} MB at the end",
        server().version(),
        rows as f64 / seconds,
        early >> 10,
        late >> 10
    );
    assert!(late < early + 16 * 1024, "{early} kB, then {late} kB");
    assert_eq!(
        town.here("SELECT count(*) FROM customer"),
        [(rows + 1).to_string()]
    );
}
