//! Who shares a rank is listed by who reached it first, also after what another program wrote: a live board is the board
//! of who has just opened the file.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary"
)]

use std::path::{Path, PathBuf};

use caopan::domain::{AsOf, Day, Zone};
use caopan::engine::answer::{BoardMetric, BoardPage};
use caopan::engine::request::{Answer, Question, Scope};
use caopan::filter::{Ctx, Entity, parse};
use caopan::store::demo::{Plan, generate};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;
use rusqlite::Connection;

/// Three who sell most by far, each as much as the others, on the 9th of November 2026; and add as many.
const TIED: &str = "
    INSERT INTO staff (userid, name) VALUES ('x1', '甲'), ('x2', '乙'), ('x3', '丙');
    INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
      SELECT 'x' || n, (SELECT external_userid FROM customer ORDER BY 1 LIMIT 1), 'k', at, at, '2026-11-09', 'paid', 0, 90000000000, 'store', 'x' || n
      FROM (SELECT 1 AS n, unixepoch('2026-11-09 01:00') AS at UNION ALL SELECT 2, unixepoch('2026-11-09 02:00') UNION ALL SELECT 3, unixepoch('2026-11-09 03:00'));
    INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source)
      SELECT '2026-11-09', paid_at + value, credited_userid, external_userid, 'add', 'import'
      FROM sale_order, generate_series(1, 500) WHERE order_id IN ('x1', 'x2', 'x3');
";

struct Shop {
    _folder: tempfile::TempDir,
    path: PathBuf,
    now: AsOf,
    live: Workspace,
}

fn loaded(path: &Path) -> Workspace {
    let opened = open(path, Access::ReadOnly).unwrap();
    let mut workspace = Workspace::new(path.to_owned(), opened).unwrap();
    workspace.load(&|_, _| {}).unwrap();
    workspace
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("ties-").tempdir().unwrap();
        let path = folder.path().join("w.db");
        let plan = Plan {
            customers: 200,
            seed: 1,
            today: Day::parse("2026-11-11").unwrap(),
            zone: Zone::default(),
        };
        let now = AsOf {
            unix: generate(&path, &plan, &mut |_, _, _| {}).unwrap().now,
            zone: plan.zone,
        };
        let numbers = "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 500) SELECT value FROM n)";
        let sql = TIED.replace("generate_series(1, 500)", numbers);
        Connection::open(&path)
            .unwrap()
            .execute_batch(&sql)
            .unwrap();
        let live = loaded(&path);
        Self {
            _folder: folder,
            path,
            now,
            live,
        }
    }

    /// The three as the live workspace lists them under every filter, and as it says when they reached what they stand at;
    /// the same as a workspace says that has just been loaded.
    fn listed(&mut self, metric: BoardMetric) -> String {
        let mut said = Vec::new();
        let mut fresh = loaded(&self.path);
        self.live.catch_up(self.now).unwrap();
        for text in ["", "has:orders"] {
            let question = Question::Board {
                scope: Scope {
                    filter: parse(text, &Ctx::of(Entity::Customers)).unwrap(),
                    ..Scope::default()
                },
                metric,
            };
            let board = |workspace: &mut Workspace| -> BoardPage {
                match workspace.answer(&question, self.now) {
                    Some(Answer::Board(page)) => page,
                    other => panic!("{other:?}"),
                }
            };
            let (live, fresh) = (board(&mut self.live), board(&mut fresh));
            assert_eq!(live.rows, fresh.rows, "{text}");
            let three = live.rows.iter().take(3).map(|row| {
                let at = row
                    .reached_at
                    .map(|at| self.now.zone.local(at).format("%d %H:%M:%S"));
                format!("{} {} {}", row.rank.unwrap(), row.id.as_str(), at.unwrap())
            });
            said.push(three.collect::<Vec<_>>().join(", "));
        }
        said.dedup();
        said.join(" | ")
    }

    fn write(&self, sql: &str) {
        Connection::open(&self.path)
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }
}

#[test]
fn a_live_board_lists_equals_by_what_was_written_last() {
    let mut shop = Shop::new();
    let net = BoardMetric::NetGmv;
    assert_eq!(
        shop.listed(net),
        "1 x1 09 09:00:00, 1 x2 09 10:00:00, 1 x3 09 11:00:00"
    );
    // The second of an order is put right, its day and its money are not touched.
    shop.write(
        "UPDATE sale_order SET paid_at = unixepoch('2026-11-09 04:00') WHERE order_id = 'x1'",
    );
    assert_eq!(
        shop.listed(net),
        "1 x2 09 10:00:00, 1 x3 09 11:00:00, 1 x1 09 12:00:00"
    );
    // Sold and given back on the next day: the value is the same, and was reached again.
    shop.write(
        "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
           SELECT 'y', external_userid, 'k', paid_at + 86400, paid_at + 86400, '2026-11-10', 'paid', 0, 500, 'store', 'x2' FROM sale_order WHERE order_id = 'x2';
         INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES ('r', 'y', unixepoch('2026-11-10 06:30'), '2026-11-10', 500)",
    );
    assert_eq!(
        shop.listed(net),
        "1 x3 09 11:00:00, 1 x1 09 12:00:00, 1 x2 10 14:30:00"
    );
    // The refund was of an hour before; then neither was.
    shop.write("UPDATE order_refund SET refunded_at = refunded_at - 3600 WHERE refund_id = 'r'");
    assert_eq!(
        shop.listed(net),
        "1 x3 09 11:00:00, 1 x1 09 12:00:00, 1 x2 10 13:30:00"
    );
    shop.write("DELETE FROM order_refund WHERE refund_id = 'r'; DELETE FROM sale_order WHERE order_id = 'y'");
    assert_eq!(
        shop.listed(net),
        "1 x2 09 10:00:00, 1 x3 09 11:00:00, 1 x1 09 12:00:00"
    );
}

#[test]
fn a_live_board_of_adds_lists_equals_by_their_last_add() {
    let mut shop = Shop::new();
    let adds = BoardMetric::Adds;
    assert_eq!(
        shop.listed(adds),
        "1 x1 09 09:08:20, 1 x2 09 10:08:20, 1 x3 09 11:08:20"
    );
    shop.write(
        "UPDATE follow_event SET occurred_at = occurred_at + 7200 WHERE rowid = (SELECT max(rowid) FROM follow_event WHERE userid = 'x1' AND biz_date = '2026-11-09')",
    );
    assert_eq!(
        shop.listed(adds),
        "1 x2 09 10:08:20, 1 x1 09 11:08:20, 1 x3 09 11:08:20"
    );
}
