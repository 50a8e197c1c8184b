//! What a file dates later than now counts from then on: live, by command, with `--as-of` and in reports alike.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/loaded.rs"]
mod loaded;
#[path = "support/shop.rs"]
mod shop;

use caopan::domain::period::{PeriodKind, PeriodSpec};
use caopan::domain::{AsOf, Day, StaffId};
use caopan::engine::answer::BoardMetric;
use caopan::engine::request::{Answer, GroupSort, Question, Scope};
use caopan::store::board::BoardKey;
use caopan::store::write::{BoardLine, KeptBoard, Writer};
use caopan::workspace::{CaughtUp, Workspace};
use loaded::{load_whole, opened, standing_at};
use serde_json::Value;
use shop::Shop;

/// 2026-11-11 14:30 in Shanghai.
const NOW: i64 = 1_794_378_600;
/// Nine hours later, in the night: the next day in Shanghai has not begun.
const TONIGHT: i64 = NOW + 9 * 3600;
/// The day after.
const TOMORROW: i64 = NOW + 86_400;

/// One of everything that carries an instant, of tonight and of tomorrow.
const LATER: &str = "
INSERT INTO customer (external_userid, name, first_added_at, synced_at) VALUES ('late', '夜客', {tonight}, 5);
INSERT INTO follow (userid, external_userid, added_at, is_owner) SELECT userid, 'late', {tonight}, 1 FROM staff WHERE role = 'sales' ORDER BY 1 LIMIT 1;
INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, dedup_key)
  SELECT '2026-11-11', {tonight}, userid, 'late', 'add', 'import', 'late' FROM staff WHERE role = 'sales' ORDER BY 1 LIMIT 1;
INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid, campaign_id)
  SELECT 'tonight', external_userid, external_userid, {tonight}, {tonight}, '2026-11-11', 'paid', 7654321, 7654321, 'live',
    (SELECT userid FROM staff WHERE role = 'sales' ORDER BY 1 LIMIT 1), (SELECT max(campaign_id) FROM campaign)
  FROM customer WHERE external_userid <> 'late' ORDER BY 1 LIMIT 1;
INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
  VALUES ('tomorrow', 'late', 'late', {tomorrow}, {tomorrow}, '2026-11-12', 'paid', 1234500, 1234500, 'live');
INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen)
  SELECT 'late', order_id, {tonight}, '2026-11-11', 1 FROM sale_order WHERE paid_at < {now} AND is_test = 0 ORDER BY order_id LIMIT 1;
INSERT INTO group_member (chat_id, member_id, join_at, type) SELECT chat_id, 'late', {tomorrow}, 2 FROM group_chat WHERE dissolved_at IS NULL ORDER BY 1 LIMIT 1;
INSERT INTO group_chat (chat_id, name, owner_userid, created_at) SELECT 'late', '夜群', userid, {tomorrow} FROM staff ORDER BY 1 LIMIT 1;
INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT max(campaign_id), 'clicked', 'late', {tonight} FROM campaign;
UPDATE follow SET status = 'deleted_by_customer', ended_at = {tomorrow} WHERE (userid, external_userid) IN
  (SELECT userid, external_userid FROM follow WHERE status = 'active' AND external_userid <> 'late' ORDER BY 2, 1 LIMIT 1);
";

fn later(shop: &Shop) {
    let sql = LATER
        .replace("{tonight}", &TONIGHT.to_string())
        .replace("{tomorrow}", &TOMORROW.to_string())
        .replace("{now}", &NOW.to_string());
    shop.connection("w.db").execute_batch(&sql).unwrap();
}

/// Catches up as the console does: reads everything again where it must.
fn caught_up(workspace: &mut Workspace, as_of: AsOf) -> bool {
    match workspace.catch_up(as_of).unwrap() {
        CaughtUp::Nothing => false,
        CaughtUp::Changed(..) => true,
        CaughtUp::Gap => {
            load_whole(workspace);
            assert_eq!(workspace.catch_up(as_of).unwrap(), CaughtUp::Nothing);
            true
        }
    }
}

fn questions() -> Vec<Question> {
    let scope = |period| Scope {
        period,
        ..Scope::default()
    };
    let mut questions = vec![
        Question::Groups {
            scope: Scope::default(),
            own_filter: caopan::filter::Filter::default(),
            sort: GroupSort::default(),
            reversed: false,
        },
        Question::Tags(Scope::default()),
        Question::Kpi {
            scope: Scope::default(),
            campaign: None,
            gmv: caopan::engine::answer::GmvKind::Gross,
        },
    ];
    for metric in [BoardMetric::Gmv, BoardMetric::NetGmv, BoardMetric::Adds] {
        for period in [PeriodSpec::Today, PeriodSpec::Month] {
            let scope = scope(period);
            questions.push(Question::Board { scope, metric });
        }
    }
    questions.push(Question::Customers {
        scope: Scope::default(),
        sort: Vec::new(),
        offset: 0,
        rows: 400,
        anchor: None,
    });
    questions
}

/// One that opens now, with "now" fixed.
fn fixed(shop: &Shop, at: i64) -> Workspace {
    let mut workspace = standing_at(shop.path("w.db"), at);
    load_whole(&mut workspace);
    workspace
}

fn say_the_same(live: &mut Workspace, fixed: &mut Workspace, at: i64, what: &str) {
    let as_of = live.as_of(at);
    live.tidy(as_of);
    for question in questions() {
        let (mut one, other) = (
            live.answer(&question, as_of).unwrap(),
            fixed.answer(&question, as_of).unwrap(),
        );
        assert!(!matches!(one, Answer::Failed(_)), "{one:?}");
        if let (Answer::Customers(one), Answer::Customers(other)) = (&one, &other) {
            for (one, other) in one.rows.iter().zip(&other.rows) {
                assert_eq!(one, other, "{what} at {at}");
            }
        }
        assert!(
            one.says_the_same(&other),
            "{what} at {at}: {question:?}\n{one:?}\n{other:?}"
        );
    }
}

/// What is there, what comes in by itself, and what goes back to the tables when nothing waits any more.
fn goes_through(shop: &Shop, live: &mut Workspace, what: &str) {
    assert!(live.is_held(), "{what}");
    for (at, waiting, news) in [
        (NOW, 10, false),
        (TONIGHT - 1, 10, false),
        (TONIGHT, 4, true),
        (TOMORROW - 1, 4, false),
        (TOMORROW, 0, true),
    ] {
        let as_of = live.as_of(at);
        assert_eq!(caught_up(live, as_of), news, "{what} at {at}");
        assert_eq!(live.waiting(), waiting, "{what} at {at}");
        say_the_same(live, &mut fixed(shop, at), at, what);
    }
    assert!(!live.is_held() && !live.is_past(), "{what}");
}

#[test]
fn rows_dated_later_than_now_come_in_when_their_time_has_come() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    later(&shop);
    let mut live = opened(shop.path("w.db"));
    live.follow_clock(NOW).unwrap();
    assert_eq!(live.waiting(), 10);
    load_whole(&mut live);
    goes_through(&shop, &mut live, "opened with them");
}

#[test]
fn rows_dated_later_than_now_that_are_committed_to_an_open_workspace_wait_as_well() {
    for is_swept in [false, true] {
        let shop = Shop::new();
        shop.demo("w.db", 300);
        let mut live = opened(shop.path("w.db"));
        live.follow_clock(NOW).unwrap();
        assert!(!live.is_held());
        load_whole(&mut live);
        let as_of = live.as_of(NOW);
        assert!(!caught_up(&mut live, as_of));
        later(&shop);
        if is_swept {
            let sweep = "INSERT INTO change_log (entity, key) VALUES (99, '')";
            shop.connection("w.db").execute(sweep, []).unwrap();
        }
        assert!(caught_up(&mut live, as_of));
        goes_through(&shop, &mut live, "committed");
    }
}

#[test]
fn what_was_dated_wrongly_and_is_corrected_waits_no_more() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let mut live = opened(shop.path("w.db"));
    live.follow_clock(NOW).unwrap();
    load_whole(&mut live);
    let as_of = live.as_of(NOW);
    caught_up(&mut live, as_of);
    let conn = shop.connection("w.db");
    let order = "(SELECT order_id FROM sale_order WHERE paid_at < 1794000000 AND is_test = 0 ORDER BY 1 LIMIT 1)";
    let dated = |year: &str| {
        let sql = format!(
            "UPDATE sale_order SET paid_at = unixepoch('{year}-11-05 04:00:00'), biz_date = '{year}-11-05' WHERE order_id = {order}"
        );
        conn.execute(&sql, []).unwrap();
    };
    conn.execute(
        &format!("UPDATE sale_order SET order_id = '0' WHERE order_id = {order}"),
        [],
    )
    .unwrap();
    dated("2027");
    assert!(caught_up(&mut live, as_of));
    assert_eq!((live.waiting(), live.is_held()), (1, true));
    say_the_same(&mut live, &mut fixed(&shop, NOW), NOW, "a year too late");
    conn.execute(
        "UPDATE sale_order SET paid_at = 1793851200, biz_date = '2026-11-05' WHERE order_id = '0'",
        [],
    )
    .unwrap();
    assert!(caught_up(&mut live, as_of));
    assert_eq!((live.waiting(), live.is_held()), (0, false));
    say_the_same(&mut live, &mut fixed(&shop, NOW), NOW, "corrected");
}

/// A shop whose receipts say what is dated a hundred years too late.
fn dated_late() -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.write(
        "c.csv",
        "external_userid,name,first_added_at\nA,安心,2026-03-01 10:00\nB,白云,2100-03-12 10:00\n",
    );
    let gave = shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
    assert!(gave.contains("1 行的时间在将来"), "{gave}");
    shop.write(
        "o.csv",
        "order_id,external_userid,paid_at,paid_yuan\no1,A,2026-03-09 09:00,100\no2,A,2100-03-11 09:00,40\no3,A,2100-03-11 09:00,2\n",
    );
    let gave = shop.good(&["import", "orders", "o.csv", "-w", "w.db"]);
    assert!(
        gave.contains("2 单的付款时间在将来: 到那时才计入"),
        "{gave}"
    );
    shop.write(
        "f.csv",
        "userid,external_userid,added_at\ns,A,2026-03-01 10:00\ns,B,2100-03-12 10:00\n",
    );
    let gave = shop.good(&["import", "follows", "f.csv", "-w", "w.db"]);
    assert!(gave.contains("1 行的时间在将来"), "{gave}");
    shop
}

/// Told of now and told as of the same second.
#[test]
fn commands_and_reports_tell_the_same_with_and_without_as_of_this_second() {
    let shop = dated_late();
    let json = |question: &[&str]| -> (Value, String) {
        let told = shop.good(&[question, &["-w", "w.db"]].concat());
        (serde_json::from_str(&told).unwrap_or_default(), told)
    };
    for question in [
        &["metrics", "--format", "json"][..],
        &["metrics", "--format", "json", "--period", "2100-03"],
        &[
            "board", "--format", "json", "--metric", "gmv", "--period", "2100-03",
        ],
        &["report", "daily", "--format", "json"],
        &["report", "evening", "--format", "json"],
        &["tags", "--format", "json"],
        &["groups", "--format", "json"],
    ] {
        let (page, told) = json(question);
        let at = page["as_of"].as_str().unwrap_or_else(|| panic!("{told}"));
        let (_, then) = json(&[question, &["--as-of", at]].concat());
        assert_eq!(told, then, "{question:?}");
        assert!(!told.contains("2100-03-1"), "{told}");
    }
    let (_, listed) = json(&["list", "customers", "--format", "jsonl"]);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.contains("\"spend_yuan\":100"), "{listed}");
    let (_, then) = json(&[
        "list",
        "customers",
        "--format",
        "jsonl",
        "--as-of",
        "2100-03-12 11:00",
    ]);
    assert_eq!(then.lines().count(), 2, "{then}");
    assert!(then.contains("\"spend_yuan\":142"), "{then}");
    let doctor = shop.run(&["doctor", "-w", "w.db", "--lang", "en"]);
    assert!(
        doctor.out.contains("4 rows are dated in the future"),
        "{}",
        doctor.out
    );
}

/// A large pool is not walked for rows that no index tells: who brings them says so.
#[test]
fn an_import_into_a_large_pool_says_that_relations_begin_later() {
    let shop = Shop::new();
    let mut rows = vec!["external_userid,first_added_at".to_owned()];
    rows.extend((0..20_001).map(|n| format!("wm{n},2025-03-01 10:00")));
    shop.write("c.csv", &rows.join("\n"));
    shop.good(&["init", "w.db"]);
    shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
    let listed = || {
        let list = ["list", "customers", "--format", "jsonl", "-w", "w.db"];
        shop.good(&list).lines().count()
    };
    assert_eq!(listed(), 20_001);
    shop.write(
        "c.csv",
        "external_userid,first_added_at\nwm7,2100-03-01 10:00\n",
    );
    shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
    assert_eq!(listed(), 20_000);
}

/// A frame of a pane, at a width.
fn frame(shop: &Shop, size: &str, rest: &[&str]) -> String {
    let pane = [
        "snapshot",
        "--pane",
        "customers",
        "--size",
        size,
        "-w",
        "w.db",
    ];
    shop.good(&[&pane, rest].concat())
}

#[test]
fn a_console_whose_now_stands_still_names_its_instant_at_every_width() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let at = ["--as-of", "2026-11-10 11:07"];
    for (size, word) in [
        ("60x16", "截至 11-10 11:07"),
        ("80x24", "截至 2026-11-10 11:07"),
        ("120x40", "截至 2026-11-10 11:07"),
    ] {
        let told = frame(&shop, size, &at);
        assert!(told.contains(word), "{size}\n{told}");
        assert!(!told.contains("实时"), "{size}\n{told}");
        let live = frame(&shop, size, &[]);
        assert!(!live.contains("截至"), "{size}\n{live}");
    }
    // Nothing is dated later than its last instant, which is over all the same.
    let told = frame(&shop, "120x40", &["--as-of", shop::NOW]);
    let bar = told.lines().next().unwrap();
    assert!(bar.contains("只读") && bar.contains("过去"), "{bar}");
    let told = frame(
        &shop,
        "120x40",
        &["--as-of", "2100-01-01 09:00", "--lang", "en"],
    );
    assert!(told.contains("as of 2100-01-01 09:00"), "{told}");
    let bar = told.lines().next().unwrap();
    assert!(bar.contains("future") && !bar.contains("live"), "{bar}");
}

#[test]
fn a_console_says_how_many_rows_are_to_come() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let sql = "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
         VALUES ('later', 'b', 4105000000, 4105000000, '2100-01-30', 'paid', 500, 500, 'live')";
    assert!(!frame(&shop, "120x40", &[]).contains("在将来"));
    shop.connection("w.db").execute(sql, []).unwrap();
    for (size, lang, word) in [
        ("120x40", "zh", "1 行在将来"),
        ("100x30", "en", "1 rows to come"),
    ] {
        let told = frame(&shop, size, &["--lang", lang]);
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn a_period_that_has_not_begun_is_said_to_and_has_neither_movement_nor_rewards() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let board = |period: &str, rest: &[&str]| {
        let ask = ["board", "--period", period, "--as-of", shop::NOW];
        shop.good(&[&ask[..], &["-w", "w.db"], rest].concat())
    };
    let json = |period: &str| -> Value {
        serde_json::from_str(&board(period, &["--format", "json"])).unwrap()
    };
    let (month, next) = (json("month"), json("2026-12"));
    assert_eq!(month["period"]["begun"], true);
    assert_eq!(next["period"]["begun"], false);
    let told = |page: &Value, column: &str| {
        let rows = page["rows"].as_array().unwrap().iter();
        rows.filter(|row| !row[column].is_null()).count()
    };
    assert!(told(&month, "to_reward") > 0 && told(&month, "movement") > 0);
    for column in ["to_reward", "reward", "movement"] {
        assert_eq!(told(&next, column), 0, "{column}: {next:#}");
    }
    let said = board("2026-12", &[]);
    assert!(said.contains("2026-12-01..2026-12-31 (未开始)"), "{said}");
    assert!(!said.contains("至今"), "{said}");
    let said = frame(
        &shop,
        "120x40",
        &["--period", "2026-12", "--as-of", shop::NOW],
    );
    assert!(said.contains("12-01..12-31 未开始"), "{said}");
}

#[test]
fn boards_of_a_day_are_kept_by_the_hour_for_thirty_days_and_then_as_the_day_ended() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let mut writer = Writer::open(&shop.path("w.db"), "t").unwrap();
    let start = Day::parse("2026-11-11").unwrap();
    let mut keep = |kind: PeriodKind, start: Day, taken_at: i64, now: i64| {
        let line = BoardLine {
            id: StaffId::from("s"),
            value: 1.0,
            rank: 1,
        };
        let board = "gmv";
        let kept = KeptBoard {
            key: BoardKey { board, kind, start },
            taken_at,
            lines: vec![line],
        };
        assert_eq!(writer.keep_boards(&[kept], now).unwrap(), 1);
    };
    let hours: Vec<i64> = (0..5).map(|hour| NOW + hour * 3600).collect();
    for at in &hours {
        keep(PeriodKind::Day, start, *at, *at);
        keep(
            PeriodKind::Month,
            Day::parse("2026-11-01").unwrap(),
            *at,
            *at,
        );
    }
    let conn = shop.connection("w.db");
    let taken = |kind: &str| -> Vec<i64> {
        let sql = "SELECT taken_at FROM leaderboard_snapshot WHERE period_kind = ?1 ORDER BY 1";
        let mut statement = conn.prepare(sql).unwrap();
        let found = statement.query_map([kind], |row| row.get(0)).unwrap();
        found.map(Result::unwrap).collect()
    };
    let month = 30 * 86_400;
    // Of the second board on, thirty days have not passed.
    let at = hours[1] + month;
    keep(PeriodKind::Day, Day::parse("2026-12-11").unwrap(), at, at);
    assert_eq!(taken("day"), [&hours[1..], &[at]].concat());
    let next = hours[4] + month + 1;
    keep(
        PeriodKind::Day,
        Day::parse("2026-12-12").unwrap(),
        next,
        next,
    );
    assert_eq!(taken("day"), [hours[4], at, next]);
    assert_eq!(taken("month"), hours);
}

#[test]
fn a_day_alone_is_over_and_a_second_earlier_it_goes_on() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    for (as_of, goes_on) in [
        ("2026-11-10", false),
        ("2026-11-10 23:59:58", true),
        ("2026-11-11 00:00:00", false),
    ] {
        let day = "2026-11-10..2026-11-10";
        let ask = ["-w", "w.db", "--period", day, "--as-of", as_of];
        let told = |command: &[&str]| shop.good(&[command, &ask].concat());
        let json: Value = serde_json::from_str(&told(&["board", "--format", "json"])).unwrap();
        assert_eq!(json["period"]["partial"], goes_on, "{as_of}");
        for command in ["board", "kpi", "groups"] {
            assert_eq!(
                told(&[command]).contains("至今"),
                goes_on,
                "{command} {as_of}"
            );
        }
    }
}

/// What is written at random: of an instant `{at}` on its day `{day}`, about one of a few of each kind.
const WRITTEN: [&str; 15] = [
    "INSERT OR REPLACE INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
       SELECT 'x{k}', {customer}, {customer}, {at}, {at}, '{day}', 'paid', 500, 5000, 'live', {staff}",
    "UPDATE sale_order SET paid_at = {at}, biz_date = '{day}', ordered_at = {at} WHERE order_id = 'x{k}'",
    "DELETE FROM sale_order WHERE order_id = 'x{k}'",
    "INSERT OR REPLACE INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) SELECT 'r{k}', {order}, {at}, '{day}', 1",
    "DELETE FROM order_refund WHERE refund_id = 'r{k}'",
    "INSERT OR REPLACE INTO customer (external_userid, name, first_added_at, synced_at) VALUES ('n{k}', '新', {at}, 5)",
    "DELETE FROM customer WHERE external_userid = 'n{k}'",
    "INSERT OR REPLACE INTO follow (userid, external_userid, added_at, is_owner) SELECT {staff}, 'n{k}', {at}, 0",
    "UPDATE follow SET status = 'deleted_by_customer', ended_at = {at} WHERE external_userid = {customer}",
    "UPDATE follow SET last_touch_at = {at} WHERE external_userid = {customer}",
    "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source) SELECT '{day}', {at}, {staff}, {customer}, 'add', 'import'",
    "INSERT OR REPLACE INTO group_member (chat_id, member_id, join_at, type) SELECT {group}, {customer}, {at}, 2",
    "UPDATE group_member SET quit_at = {at} WHERE chat_id = {group} AND join_at < {at}",
    "INSERT OR REPLACE INTO campaign_step (campaign_id, step, person_key, at) SELECT max(campaign_id), 'clicked', 'p{k}', {at} FROM campaign",
    "UPDATE group_chat SET dissolved_at = {at} WHERE chat_id = {group}",
];

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    /// One below `n`.
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_041);
        u32::try_from(self.0 >> 33).unwrap() % n
    }

    fn seconds(&mut self, most: u32) -> i64 {
        self.below(most).into()
    }

    /// One of the first `n` of a column, in SQL.
    fn one_of(&mut self, (column, rows): (&str, &str), n: u32) -> String {
        let at = self.below(n);
        format!("(SELECT {column} FROM {rows} ORDER BY 1 LIMIT 1 OFFSET {at})")
    }

    /// Something written around an instant.
    fn written(&mut self, now: i64) -> String {
        let at = now
            + match self.below(4) {
                0 => -self.seconds(86_400),
                1 => self.seconds(100),
                2 => self.seconds(40_000),
                _ => self.seconds(200_000),
            };
        let day = caopan::domain::Zone::default().day_of(at);
        let which = usize::try_from(self.below(15)).unwrap();
        WRITTEN[which]
            .replace("{at}", &at.to_string())
            .replace("{day}", &day.to_string())
            .replace("{k}", &self.below(5).to_string())
            .replace(
                "{customer}",
                &self.one_of(("external_userid", "customer"), 30),
            )
            .replace("{group}", &self.one_of(("chat_id", "group_chat"), 3))
            .replace("{order}", &self.one_of(("order_id", "sale_order"), 10))
            .replace(
                "{staff}",
                &self.one_of(("userid", "staff WHERE role = 'sales'"), 3),
            )
    }
}

/// A console that stayed open and one that opens this second tell the same, whatever was written when and of when.
#[test]
fn whatever_is_written_of_whichever_instant_an_open_console_tells_what_a_new_one_tells() {
    for seed in 1..4 {
        let mut chance = Chance(seed);
        let shop = Shop::new();
        shop.demo("w.db", 120);
        let conn = shop.connection("w.db");
        let mut live = opened(shop.path("w.db"));
        live.follow_clock(NOW).unwrap();
        load_whole(&mut live);
        let (mut now, mut said, mut waited) = (NOW, Vec::new(), 0);
        for _ in 0..20 {
            now += match chance.below(3) {
                0 => chance.seconds(60),
                1 => chance.seconds(7_200),
                _ => chance.seconds(30_000),
            };
            for _ in 0..chance.below(7) {
                let sql = chance.written(now);
                // What stands against it (nobody, a group that is gone) is no news.
                let done = conn.execute(&sql, []);
                said.push(format!("{now}: {sql}: {done:?}"));
            }
            let as_of = live.as_of(now);
            caught_up(&mut live, as_of);
            waited += u32::from(live.waiting() > 0);
            let what = said.join("\n");
            say_the_same(&mut live, &mut fixed(&shop, now), now, &what);
        }
        assert!(waited > 5, "{waited} of 20 times something waited");
    }
}
