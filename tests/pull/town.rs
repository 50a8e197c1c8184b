//! A shop beside a PostgreSQL server with members, orders and refunds, and what is compared.

use std::process::Output;

use crate::postgres_server::{PASSWORD, USER, server};
use crate::shop::{self, Gave, Shop};
use postgres::Client;

pub const SCHEMA: &str = "
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

pub const MAPPING: &str = r#"
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
pub struct Town {
    pub hq: Client,
    pub name: &'static str,
    pub shop: Shop,
}

impl Town {
    pub fn new(name: &'static str, rows: u32) -> Self {
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

    pub fn map(&self, text: &str) {
        self.shop.write("pull.toml", text);
    }

    pub fn secret(&self, name: &str, text: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.shop.write(name, &format!("{text}\n"));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn hq(&mut self, sql: &str) {
        self.hq.batch_execute(sql).unwrap();
    }

    pub fn url(&self, port: u16) -> String {
        format!("postgres://{USER}@localhost:{port}/{}", self.name)
    }

    pub fn command(&self, port: u16, more: &[&str]) -> std::process::Command {
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

    pub fn pull(&self, more: &[&str]) -> Gave {
        gave(self.command(server().port, more).output().unwrap())
    }

    /// A pull that succeeds and has nothing to remark.
    #[track_caller]
    pub fn good(&self, more: &[&str]) -> String {
        let gave = self.pull(more);
        assert_eq!((gave.code, &*gave.err), (0, ""), "{more:?}");
        gave.out
    }

    /// The workspace's answer.
    pub fn here(&self, sql: &str) -> Vec<String> {
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
    pub fn there(&mut self, sql: &str) -> Vec<String> {
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
    pub fn agrees(&mut self) {
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
pub fn same(here: &[String], there: &[String]) {
    let differs = here.iter().zip(there).find(|(here, there)| here != there);
    assert_eq!(differs, None, "the first row that differs");
    assert_eq!(here.len(), there.len(), "rows");
}

/// What a command gave; in none of it is the password.
#[track_caller]
pub fn gave(output: Output) -> Gave {
    let gave = shop::gave(&output);
    assert!(
        !gave.out.contains("canary") && !gave.err.contains("canary"),
        "{} {}",
        gave.out,
        gave.err
    );
    gave
}
