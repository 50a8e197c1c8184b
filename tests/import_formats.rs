//! Files as people have them: every format and encoding gives the same rows, and what cannot be read exactly is refused.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::pedantic,
    reason = "a test binary"
)]

#[path = "support/book.rs"]
mod book;
#[path = "support/shop.rs"]
mod shop;

use std::io::Write;
use std::process::Stdio;

use book::{book, zip};
use encoding_rs::GB18030;
use rstest::rstest;
use rust_xlsxwriter::{Format, Workbook};
use shop::{Gave, Shop};

const HEADER: [&str; 5] = ["客户ID", "客户名称", "手机号", "性别", "添加时间"];
const ROWS: [[&str; 5]; 3] = [
    ["wm0001", "王芳", "12800001234", "女", "2026-03-01 10:00:00"],
    [
        "wm0002",
        "赵镕浩",
        "+86 128-0000-1235",
        "男",
        "2026/3/2 下午6:30",
    ],
    ["wm0003", "欧阳·娜娜", "", "", "2026年3月3日"],
];

/// What the rows are in the workspace, worked out by hand: +08:00.
const STORED: &str = "wm0001|王芳|12800001234|2|1772330400\nwm0002|赵镕浩|12800001235|1|1772447400\nwm0003|欧阳·娜娜|||1772467200";

fn shop() -> Shop {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    shop
}

fn stored(shop: &Shop) -> String {
    let conn = shop.connection("w.db");
    let mut rows = conn
        .prepare("SELECT concat_ws('|', external_userid, name, coalesce(phone, ''), coalesce(gender, ''), first_added_at) FROM customer ORDER BY 1")
        .unwrap();
    let rows: Vec<String> = rows
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    rows.join("\n")
}

fn separated(separator: &str) -> String {
    let line = |cells: &[&str; 5]| cells.join(separator) + "\r\n";
    line(&HEADER) + &ROWS.iter().map(line).collect::<String>()
}

fn gbk(text: &str) -> Vec<u8> {
    let (bytes, _, lost) = GB18030.encode(text);
    assert!(!lost);
    bytes.into_owned()
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let marked = if mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    marked.encode_utf16().flat_map(order).collect()
}

fn jsonl() -> String {
    let line = |cells: &[&str; 5]| {
        let pairs = HEADER
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !cell.is_empty());
        let pairs: Vec<String> = pairs
            .map(|(name, cell)| format!("\"{name}\": \"{cell}\""))
            .collect();
        format!("{{{}}}\n", pairs.join(", "))
    };
    ROWS.iter().map(line).collect()
}

fn xlsx() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet()
        .set_name("说明")
        .unwrap()
        .set_hidden(true);
    let sheet = book.add_worksheet();
    sheet.set_name("客户").unwrap().set_active(true);
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (column, heading) in (0..).zip(HEADER) {
        sheet.write_string(0, column, heading).unwrap();
    }
    // 46082 is 2026-03-01; a phone as a number, a time as a date cell.
    let serials = [46_082.0 + 10.0 / 24.0, 46_083.0 + 18.5 / 24.0, 46_084.0];
    for ((row, cells), serial) in (1..).zip(ROWS).zip(serials) {
        for (column, cell) in (0..4).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            match cell.parse::<f64>() {
                Ok(number) if column == 2 && row == 1 => sheet.write_number(row, column, number),
                _ => sheet.write_string(row, column, cell),
            }
            .unwrap();
        }
        sheet
            .write_number_with_format(row, 4, serial, &moment)
            .unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// Imports bytes as a file; what the program said.
fn import(shop: &Shop, name: &str, bytes: &[u8], more: &[&str]) -> Gave {
    std::fs::write(shop.path(name), bytes).unwrap();
    let mut arguments = vec!["import"];
    arguments.extend(more);
    arguments.extend([name, "-w", "w.db"]);
    shop.run(&arguments)
}

#[test]
fn every_format_and_encoding_gives_the_same_rows() {
    let comma = separated(",");
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a.csv", comma.clone().into(), "CSV, UTF-8"),
        ("bom.csv", format!("\u{feff}{comma}").into(), "CSV, UTF-8"),
        ("gbk.csv", gbk(&comma), "CSV, GB18030"),
        (
            "le.csv",
            utf16(&comma, u16::to_le_bytes, true),
            "CSV, UTF-16LE",
        ),
        (
            "be.txt",
            utf16(&separated("\t"), u16::to_be_bytes, true),
            "TSV, UTF-16BE",
        ),
        (
            "unmarked.csv",
            utf16(&comma, u16::to_le_bytes, false),
            "CSV, UTF-16LE",
        ),
        ("tab.tsv", separated("\t").into(), "TSV, UTF-8"),
        (
            "semicolon.csv",
            separated(";").into(),
            "CSV, UTF-8, separated by ;",
        ),
        (
            "bar.csv",
            separated("|").into(),
            "CSV, UTF-8, separated by |",
        ),
        (
            "sep.csv",
            format!("sep=;\r\n{}", separated(";")).into(),
            "CSV, UTF-8, separated by ;",
        ),
        ("old.csv", comma.replace("\r\n", "\r").into(), "CSV, UTF-8"),
        ("b.jsonl", jsonl().into(), "JSONL, UTF-8"),
        ("c.xlsx", xlsx(), "XLSX, sheet 客户 (one of 2"),
        // The contents count, not the name.
        ("misnamed.csv", xlsx(), "XLSX, sheet 客户 (one of 2"),
        ("misnamed.xlsx", gbk(&comma), "CSV, GB18030"),
    ];
    for (name, bytes, manner) in files {
        let shop = shop();
        let gave = import(&shop, name, &bytes, &[]);
        assert_eq!(
            (gave.code, stored(&shop).as_str()),
            (0, STORED),
            "{name}: {}",
            gave.err
        );
        let said = format!("caopan: {name}: read as customers (found by its headings), {manner}");
        assert!(gave.err.starts_with(&said), "{name}: {}", gave.err);
        assert!(
            gave.err.contains("  phone           <- 手机号\n"),
            "{}",
            gave.err
        );
        // The same rows again, in any dress, change nothing.
        let again = import(
            &shop,
            "a2.csv",
            separated(",").as_bytes(),
            &["customers", "--again"],
        );
        assert!(
            again.out.contains("0 new, 0 changed, 3 unchanged"),
            "{name}: {}",
            again.out
        );
    }
}

#[test]
fn standard_input_is_read_in_every_format() {
    for bytes in [
        separated("\t").into_bytes(),
        gbk(&separated(",")),
        jsonl().into_bytes(),
        xlsx(),
    ] {
        let shop = shop();
        let mut child = shop
            .command()
            .args(["import", "customers", "-", "-w", "w.db"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(stored(&shop), STORED);
    }
}

#[test]
fn an_order_export_of_a_shop_is_found_read_and_remembered() {
    let shop = shop();
    let text = "\u{feff}订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题\n\
        =\"2026030500011\",花花,\"￥1,128.50\",交易成功,2026-03-05 20:14:01,2026-03-05 20:15:30,洗发露\n\
        =\"2026030500012\",草草,59元,等待买家付款,2026/3/5 21:00,,护发素\n";
    let gave = import(&shop, "导出.csv", text.as_bytes(), &["--save-map", "小店"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(
        gave.err.contains("read as orders (found by its headings)"),
        "{}",
        gave.err
    );
    assert!(gave.err.contains("not read: 宝贝标题"), "{}", gave.err);
    let conn = shop.connection("w.db");
    let row = |id: &str| -> (i64, i64, String, Option<i64>, String) {
        conn.query_row(
            "SELECT paid_fen, list_fen, status, paid_at, buyer_key FROM sale_order WHERE order_id = ?1",
            [id],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)),
        )
        .unwrap()
    };
    assert_eq!(
        row("2026030500011"),
        (
            112_850,
            112_850,
            "completed".into(),
            Some(1_772_712_930),
            "花花".into()
        )
    );
    assert_eq!(
        row("2026030500012"),
        (0, 5_900, "created".into(), None, "草草".into())
    );
    // The next file with these headings is read in the same way, and that is said.
    let next = text.replace("0001", "0002");
    let gave = import(&shop, "next.csv", next.as_bytes(), &[]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(
        gave.err.contains("read as orders (as kept in 小店)"),
        "{}",
        gave.err
    );
}

/// What three common shops give out: their own headings and statuses, a dash or the day of no year for no time.
const SHOPS: [(&str, &str); 3] = [
    (
        "有赞.csv",
        "\u{feff}订单号,订单类型,订单状态,买家昵称,买家手机号,收货人手机号/提货人手机号,订单创建时间,买家付款时间,商品金额合计,运费,应收订单金额,订单实付金额(元),销售员,订单退款状态\n\
         E1\t,普通订单,待付款,风,12800001234,12900001111,2026-03-05 20:14:01,-,59.00,0.00,59.00,59.00,,\n\
         E2\t,普通订单,待发货,风,12800001234,12900001111,2026-03-05 20:14:01,2026-03-05 20:15:30,69.00,0.00,59.00,59.00,,\n\
         E3\t,普通订单,已发货,风,12800001234,12900001111,2026-03-05 20:14:01,2026-03-05 20:15:30,69.00,0.00,60.00,60.00,,退款中\n\
         E4\t,拼团订单,交易完成,风,12800001234,12900001111,2026-03-05 20:14:01,2026-03-05 20:15:30,69.00,0.00,61.00,61.00,,\n\
         E5\t,普通订单,交易关闭,风,12800001234,12900001111,2026-03-05 20:14:01,-,69.00,0.00,62.00,0.00,,\n\
         E6\t,普通订单,已关闭(退款),风,12800001234,12900001111,2026-03-05 20:14:01,2026-03-05 20:15:30,69.00,0.00,62.00,62.00,,全额退款\n",
    ),
    (
        "微盟.csv",
        "订单编号,订单状态,客户昵称,客户手机号,下单时间,支付时间,商品总金额,优惠总额,订单运费,应付金额,实付金额（元）\n\
         E1,待支付,风,128 0000 1234,2026/03/05 20:14:01,,59,0,0,59,0\n\
         E2,待发货,风,128 0000 1234,2026/03/05 20:14:01,2026/03/05 20:15:30,69,10,0,59,59\n\
         E3,退款中,风,128 0000 1234,2026/03/05 20:14:01,2026/03/05 20:15:30,69,9,0,60,60\n\
         E4,已完成,风,128 0000 1234,2026/03/05 20:14:01,2026/03/05 20:15:30,69,8,0,61,61\n\
         E5,已取消,风,128 0000 1234,2026/03/05 20:14:01,,69,7,0,62,0\n\
         E6,已退款,风,128 0000 1234,2026/03/05 20:14:01,2026/03/05 20:15:30,69,7,0,62,62\n",
    ),
    (
        "小鹅通.csv",
        "订 单 号,商品名称,订单状态,用户ID,用户昵称,绑定手机号,下单时间,支付时间,实付金额/元\n\
         E1,课,待付款,u_1,风,+8612800001234,2026-03-05 20:14:01,0000-00-00 00:00:00,59.00\n\
         E2,课,支付成功,u_1,风,+8612800001234,2026-03-05 20:14:01,2026-03-05 20:15:30,59.00\n\
         E3,课,部分退款,u_1,风,+8612800001234,2026-03-05 20:14:01,2026-03-05 20:15:30,60.00\n\
         E4,课,交易成功,u_1,风,+8612800001234,2026-03-05 20:14:01,2026-03-05 20:15:30,61.00\n\
         E5,课,支付失败,u_1,风,+8612800001234,2026-03-05 20:14:01,--,62.00\n\
         E6,课,已退款,u_1,风,+8612800001234,2026-03-05 20:14:01,2026-03-05 20:15:30,62.00\n",
    ),
];

#[test]
fn orders_of_common_shops_are_read_in_their_own_words() {
    for (name, text) in SHOPS {
        let shop = shop();
        let people = "external_userid,name,phone\nwm1,风,12800001234\n";
        let gave = import(&shop, "people.csv", people.as_bytes(), &[]);
        assert_eq!(gave.code, 0, "{}", gave.err);
        let gave = import(&shop, name, text.as_bytes(), &[]);
        assert_eq!(gave.code, 0, "{name}: {}", gave.err);
        for said in [
            "status: created 1, paid 2, completed 1, closed 2",
            "1 of them closed after they were paid",
            "6 orders by phone",
        ] {
            assert!(gave.out.contains(said), "{name}: {}", gave.out);
        }
        // What was not paid is no sale, whatever the file says it would have cost.
        let conn = shop.connection("w.db");
        let sold: String = conn
            .query_row(
                "SELECT group_concat(order_id || ' ' || status || ' ' || paid_fen, ', ')
                 FROM (SELECT * FROM v_paid WHERE biz_date = '2026-03-05' AND external_userid = 'wm1' ORDER BY order_id)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(
            sold, "E2 paid 5900, E3 paid 6000, E4 completed 6100, E6 closed 6200",
            "{name}"
        );
    }
}

/// What a spreadsheet makes of a CSV that it opens and saves: constants in place of `="…"`, the encoding of the house.
fn through_a_spreadsheet(text: &str) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in reader.records().map(Result::unwrap) {
        let kept = |cell: &str| {
            let constant = cell.strip_prefix("=\"").and_then(|c| c.strip_suffix('"'));
            let is_number = cell.len() > 11 && cell.bytes().all(|b| b.is_ascii_digit());
            let runs = constant.is_none() && cell.starts_with(['=', '+', '-', '@']);
            assert!(!is_number && !runs, "a spreadsheet changes {cell}");
            constant.unwrap_or(cell).to_owned()
        };
        writer.write_record(record.iter().map(kept)).unwrap();
    }
    gbk(&String::from_utf8(writer.into_inner().unwrap()).unwrap())
}

#[test]
fn rejected_rows_are_mended_in_a_spreadsheet_and_come_in() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let text = "订单号,买家昵称,买家手机号,付款时间,实付金额\n\
                2026030500010001,风,12800001234,2026-03-05 20:15:30,59\n\
                2026030500010002,=cmd|' /C calc'!A0,+86 128 0000 1235,2026-03-05 20:15:31,五十九\n\
                00007,风,12800001236,2026-03-05 20:15:32,五十九\n";
    let gave = import(&shop, "o.csv", text.as_bytes(), &["--rejects", "bad.csv"]);
    assert_eq!(gave.code, 6, "{}", gave.err);
    let bad = std::fs::read_to_string(shop.path("bad.csv")).unwrap();
    let bad = bad.strip_prefix('\u{feff}').expect("Excel needs the mark");
    assert!(bad.contains("第 3 行 实付金额 (paid_yuan) 列"), "{bad}");
    let mended = bad.replace(",五十九,", ",59,");
    let gave = import(&shop, "mended.csv", &through_a_spreadsheet(&mended), &[]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let conn = shop.connection("w.db");
    let stored: String = conn
        .query_row(
            "SELECT group_concat(order_id || ' ' || paid_at || ' ' || buyer_key, ', ')
             FROM (SELECT * FROM sale_order ORDER BY paid_at)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(
        stored,
        "2026030500010001 1772712930 12800001234, 2026030500010002 1772712931 12800001235, 00007 1772712932 12800001236"
    );
}

#[test]
fn tags_of_customers_are_found_by_their_names() {
    let shop = shop();
    let people = "external_userid,name\nwm1,风\nwm2,云\n";
    import(&shop, "people.csv", people.as_bytes(), &[]);
    let text = "客户编号,标签组,标签\nwm1,意向,高意向\nwm2,意向,高意向\n";
    let gave = import(&shop, "tags.csv", text.as_bytes(), &[]);
    assert_eq!(gave.code, 1, "{}", gave.out);
    assert!(gave.err.contains("caopan tag new"), "{}", gave.err);
    shop.good(&["tag", "new", "高意向", "--group", "意向", "-w", "w.db"]);
    let gave = import(&shop, "tags.csv", text.as_bytes(), &[]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(gave.err.contains("read as customer-tags"), "{}", gave.err);
    let conn = shop.connection("w.db");
    let tagged = "SELECT count(*) FROM customer_tag JOIN tag USING (tag_id) WHERE name = '高意向'";
    assert_eq!(
        conn.query_row(tagged, [], |row| row.get::<_, i64>(0)),
        Ok(2)
    );
    // Ids may come before their tags.
    let ids = "external_userid,tag_id\nwm1,et9\n";
    assert_eq!(import(&shop, "ids.csv", ids.as_bytes(), &[]).code, 0);
}

#[test]
fn headings_are_found_below_a_title() {
    let titled =
        "客户名单（2026年3月）,,\n,,\n客户ID,客户名称,手机号\nwm1,风,12800001234\n,,\n合计,1,\n";
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in titled.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate().filter(|(_, c)| !c.is_empty()) {
            let (row, column) = (row.try_into().unwrap(), column.try_into().unwrap());
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let book = book.save_to_buffer().unwrap();
    for (name, bytes) in [("t.csv", titled.as_bytes().to_vec()), ("t.xlsx", book)] {
        let shop = shop();
        let gave = import(&shop, name, &bytes, &[]);
        assert_eq!(gave.code, 0, "{name}: {}", gave.err);
        assert!(gave.err.contains("headings in row 3"), "{}", gave.err);
        assert!(gave.out.contains("1 rows read: 1 new"), "{}", gave.out);
        assert_eq!(stored(&shop), "wm1|风|12800001234|");
    }
    // Two cells of which none is a heading; a file of two columns; a comma in the title of one separated by tabs.
    for (name, text, row) in [
        (
            "two.csv",
            "导出时间：,2026-03-01\n客户ID,客户名称,手机号\nwm1,风,12800001234\n",
            2,
        ),
        ("pair.csv", "客户名单\n客户ID,手机号\nwm1,12800001234\n", 2),
        (
            "comma.csv",
            "店铺：甲, 三月\n客户ID\t客户名称\t手机号\nwm1\t风\t12800001234\n",
            2,
        ),
    ] {
        let shop = shop();
        let gave = import(&shop, name, text.as_bytes(), &["customers"]);
        assert_eq!(gave.code, 0, "{name}: {}", gave.err);
        let headings = format!("headings in row {row}");
        assert!(gave.err.contains(&headings), "{name}: {}", gave.err);
        assert!(gave.out.contains("1 new"), "{name}: {}", gave.out);
        assert!(stored(&shop).contains("12800001234"), "{name}");
    }
    // One column is no title.
    let shop = shop();
    let gave = import(
        &shop,
        "one.csv",
        b"external_userid\nwm1\nwm2\n",
        &["customers"],
    );
    assert!(gave.out.contains("2 new"), "{}{}", gave.out, gave.err);
}

#[test]
fn a_receipt_tells_of_what_is_paid_or_given_back_in_the_future() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let orders =
        "order_id,paid_at,paid_yuan\nE1,2026-03-05,59\nE2,2150-03-05,59\nE3,2150-03-06,59\n";
    let gave = import(&shop, "o.csv", orders.as_bytes(), &[]);
    assert!(
        gave.out.contains("注意: 2 单的付款时间在将来"),
        "{}",
        gave.out
    );
    let refunds =
        "refund_id,order_id,refunded_at,amount_yuan\nR1,E1,2026-03-06,1\nR2,E1,2150-03-06,1\n";
    let gave = import(&shop, "r.csv", refunds.as_bytes(), &[]);
    assert!(
        gave.out.contains("注意: 1 笔退款的时间在将来"),
        "{}",
        gave.out
    );
}

#[test]
fn a_status_nobody_knows_is_answered_with_those_that_are() {
    let shop = shop();
    let text = "订单号,订单状态,付款时间,实付金额\nE1,飞走了,2026-03-05 20:15,59\n";
    let gave = import(&shop, "o.csv", text.as_bytes(), &["orders"]);
    assert_eq!(gave.code, 1);
    let wanted = "line 2, column 订单状态 (status): is none of created (待付款), paid (已付款), completed (已完成), \
                  closed (交易关闭): `飞走了`";
    assert!(gave.err.contains(wanted), "{}", gave.err);
    assert_eq!(
        shop.connection("w.db")
            .query_row("SELECT count(*) FROM sale_order", [], |r| r
                .get::<_, i64>(0)),
        Ok(0)
    );
}

#[test]
fn headings_nobody_knows_are_read_as_somebody_says() {
    let shop = shop();
    let text = "单子,谁,钱,何时\nSO1,wm1,12.5,1772712930\n";
    let gave = import(&shop, "x.csv", text.as_bytes(), &["orders"]);
    assert_eq!(gave.code, 1);
    assert!(
        gave.err.contains("the header lacks order_id"),
        "{}",
        gave.err
    );
    let maps = [
        "orders",
        "--map",
        "单子=order_id",
        "--map",
        "谁=external_userid",
        "--map",
        "钱=paid_yuan",
        "--map",
        "何时=paid_at:unix",
    ];
    let gave = import(&shop, "x.csv", text.as_bytes(), &maps);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let at: i64 = shop
        .connection("w.db")
        .query_row("SELECT paid_at FROM sale_order", [], |r| r.get(0))
        .unwrap();
    assert_eq!(at, 1_772_712_930);
    // A time stamp is one only where somebody says so.
    let plain = [&maps[..7], &["--map", "何时=paid_at"]].concat();
    let gave = import(&shop, "x.csv", text.as_bytes(), &plain);
    assert!(
        gave.err
            .contains("line 2, column 何时 (paid_at): is not a time"),
        "{}",
        gave.err
    );
}

#[test]
fn a_bad_cell_is_named_by_the_files_own_heading_and_repeated_unless_it_may_be_personal() {
    let shop = shop();
    let text = "员工账号,客户id,添加时间,添加方式,备注手机\n\
        zm,wm1,2026-03-01,碰到的,1\nzm,wm2,13800001111,扫码,1\nzm,,2026-03-01,扫码,1\n";
    let gave = import(&shop, "x.csv", text.as_bytes(), &["follows"]);
    assert_eq!(gave.code, 1);
    for wanted in [
        "line 2, column 添加方式 (add_way): is none of 0 (未知), 1 (扫一扫), 2 (搜索手机号), 3 (名片), ",
        ", 202 (管理员/负责人分配): `碰到的`",
        "line 3, column 添加时间 (added_at): is not a time",
        "line 4, column 客户id (external_userid): is empty",
    ] {
        assert!(gave.err.contains(wanted), "{}", gave.err);
    }
    assert!(!gave.err.contains("13800001111"), "{}", gave.err);
}

#[test]
fn an_export_with_nicknames_and_phones_says_whose_its_orders_are() {
    let shop = shop();
    let people = "客户ID,客户名称,手机号,添加人账号,添加时间,来源,标签\n\
                  wm1,老街口的风,12800001234,zhangmin,2026-03-01,扫描二维码,老客\n";
    let gave = import(&shop, "people.csv", people.as_bytes(), &["客户"]);
    assert!(
        gave.err.contains("not read: 添加人账号, 来源, 标签")
            && gave.err.contains(
                "the same file can also be imported as follows: caopan import follows FILE"
            ),
        "{}",
        gave.err
    );
    let orders = "订单号,订单状态,买家付款时间,买家昵称,买家手机号,订单实付金额,归属员工账号,活动\n\
                  1,交易完成,2026-03-05 20:15,老街口的风,12800001234,\"¥1,128.50\",zhangmin,双11大促\n\
                  2,交易关闭,2026-03-05 20:16,老街口的风,12800001235,59,,\n\
                  3,交易完成,2026-03-05 20:17,老街口的风,,59,,\n";
    let gave = import(&shop, "有赞.csv", orders.as_bytes(), &[]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    for line in ["not read: 买家昵称", "a nickname is no key of a buyer"] {
        assert!(gave.err.contains(line), "{}", gave.err);
    }
    assert_eq!(
        gave.out,
        "orders: 3 rows read: 3 new, 0 changed, 0 unchanged\n\
        \x20 status: completed 2, closed 1\n\
        \x20 1 of them closed after they were paid: they count as GMV, import their refunds\n\
        \x20 1 orders by phone\n\
        \x20 2 orders belong to nobody in the pool (kept, and counted for the whole shop)\n\
        \x20 1 of them have neither phone nor another key: each counts as a buyer of its own\n\
        \x20 1 orders are credited to nobody of the staff, or to a name that several have (kept): import staff, then the orders with --again\n\
        \x20 1 orders name a campaign that is not in the workspace, or several of that name: they belong to none\n\
        \x20 final: undo takes no import back (a `caopan backup` made before one is the way back)\n"
    );
    let buyers: i64 = shop
        .connection("w.db")
        .query_row(
            "SELECT count(DISTINCT buyer_key) FROM sale_order",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(buyers, 3);
    // Whom the orders mean hangs on the staff: once they are there the file is read again by itself.
    std::fs::write(shop.path("staff.csv"), "userid,name\nzhangmin,张敏\n").unwrap();
    shop.good(&["import", "员工", "staff.csv", "-w", "w.db"]);
    let gave = import(&shop, "有赞.csv", orders.as_bytes(), &[]);
    assert!(
        gave.out.contains("3 unchanged") && !gave.out.contains("credited"),
        "{}",
        gave.out
    );
}

#[test]
fn daily_figures_of_groups_are_read_under_the_words_of_the_console() {
    let shop = shop();
    let text = "群ID,日期,客户总数,新增入群,退群人数,发言客户数,提问数,30分钟内回复数\n\
                wr1,2026-03-31,181,6,4,9,3,2\n";
    let gave = import(&shop, "群日报.csv", text.as_bytes(), &["群日报"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let read: String = shop
        .connection("w.db")
        .query_row(
            "SELECT concat_ws(' ', ext_total, joined, quit, speakers_ext, questions, answered_30m) FROM group_day",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(read, "181 6 4 9 3 2");
}

#[test]
fn steps_and_targets_are_read_in_the_words_of_the_console() {
    let shop = shop();
    let steps =
        "活动ID,步骤,客户ID,时间\n1,触达,wm1,2026-03-20 09:00\n1,加购,wm1,2026-03-20 09:05\n";
    let gave = import(&shop, "steps.csv", steps.as_bytes(), &["campaign-steps"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let staff = "userid,name\nzhangmin,张敏\n";
    let gave = import(&shop, "staff.csv", staff.as_bytes(), &["staff"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let targets = "指标,对象类型,对象,周期类型,开始,结束,目标\ngmv,员工,zhangmin,月,2026-03-01,2026-03-31,20000\n";
    let gave = import(&shop, "targets.csv", targets.as_bytes(), &["targets"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let db = shop.connection("w.db");
    let read: (i64, String) = db
        .query_row(
            "SELECT count(*), group_concat(step ORDER BY at) FROM campaign_step",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    assert_eq!(read, (2, "reached,added_cart".to_owned()));
    let target: (String, String) = db
        .query_row(
            "SELECT subject_kind, period_kind FROM kpi_target",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    assert_eq!(target, ("staff".to_owned(), "month".to_owned()));
}

#[test]
fn what_wecoms_console_exports_is_told_where_its_customers_come_from() {
    let shop = shop();
    let text = "客户名称,添加人账号,添加时间\n王芳,zhangmin,2026-03-01\n";
    let gave = import(&shop, "x.csv", text.as_bytes(), &["customers"]);
    assert_eq!(gave.code, 1);
    assert!(gave.err.contains("caopan sync wecom"), "{}", gave.err);
}

#[test]
fn several_kinds_are_named_and_none_is_chosen() {
    let shop = shop();
    let text =
        "外部联系人ID,客户名称,添加人账号,添加时间,备注\nwm1,王芳,zhangmin,2026-03-01,敏感肌\n";
    let gave = import(&shop, "wecom.csv", text.as_bytes(), &[]);
    assert_eq!(gave.code, 1);
    assert!(
        gave.err.contains("follows (4 of 5 headings)"),
        "{}",
        gave.err
    );
}

/// A file that must be refused, what is said, and that nothing of its contents is.
#[rstest]
#[case::mixed("mixed.csv", [b"external_userid,name\n1,\xe7\x8e\x8b\xe8\x8a\xb3\xe8\x8a\xb3\n".as_slice(), b"2,\xcd\xf5\xb7\xbc\n"].concat(), "line 2 is UTF-8, line 3 is GBK")]
#[case::neither("neither.csv", b"external_userid,name\n1,a\n2,\xff\xff\n".to_vec(), "line 3 is text in no encoding")]
#[case::ambiguous("either.csv", b"external_userid,name\n1,\xc3\xab\n".to_vec(), "line 2")]
#[case::half_utf16("half.csv", b"\xff\xfea\0b\0\x00".to_vec(), "not UTF-16LE")]
#[case::nul("nul.csv", b"external_userid,name\n1,a\0b\n".to_vec(), "line 2: holds a NUL byte")]
#[case::ragged("ragged.csv", b"external_userid,name\n1,a,b\n".to_vec(), "line 2: has 3 columns, the header has 2")]
#[case::torn("torn.csv", b"external_userid,name,region\n1,a,b\n2,secret".to_vec(), "line 3: has 2 columns, the header has 3")]
#[case::quote("quote.csv", b"external_userid,name\n1,a\n2,\"secret\n3,b\n".to_vec(), "line 3: a quote is opened")]
#[case::gzip("x.csv", b"\x1f\x8b\x08secret".to_vec(), "compressed (gzip)")]
#[case::xls("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1secret".to_vec(), "old kind (.xls)")]
#[case::encrypted("x.xlsx", [b"\xd0\xcf\x11\xe0".as_slice(), &utf16("EncryptedPackage", u16::to_le_bytes, false)].concat(), "encrypted workbook")]
#[case::html("x.xls", b"<html><table><tr><td>secret".to_vec(), "HTML or XML")]
#[case::zip("x.zip", zip(&[("secret.txt", b"x", 1)]), "ZIP archive and no workbook")]
#[case::ods("x.ods", zip(&[("content.xml", b"<x/>", 4)]), "OpenDocument")]
#[case::torn_workbook("x.xlsx", xlsx()[..2_000].to_vec(), "torn")]
#[case::bomb("x.xlsx", zip(&[("[Content_Types].xml", b"<x/>", 4), ("xl/worksheets/sheet1.xml", b"x", 2_000_000_000)]), "unpacks to far more")]
#[case::damaged("x.xlsx", zip(&[("[Content_Types].xml", b"<x/>", 4), ("xl/workbook.xml", b"<secret", 7)]), "damaged")]
#[case::nested("x.jsonl", [b"{\"external_userid\":\"1\"}\n{\"external_userid\":".as_slice(), &[b'['; 100_000]].concat(), "line 2: holds a list")]
#[case::surrogate("x.jsonl", b"{\"external_userid\":\"\\ud800secret\"}\n{\"external_userid\":\"1\"}\n".to_vec(), "line 1: is not JSON")]
#[case::long_number("x.jsonl", b"{\"external_userid\":18446744073709551616}\n".to_vec(), "line 1, column external_userid: is a number in scientific form")]
#[case::nan("x.jsonl", b"{\"external_userid\":\"1\"}\n{\"external_userid\":NaN}\n".to_vec(), "line 2: is not JSON")]
#[case::twice("x.jsonl", b"{\"external_userid\":\"1\",\"external_userid\":\"secret\"}\n".to_vec(), "line 1: gives one name twice")]
#[case::document("x.json", b"[{\"external_userid\":\"secret\"}]\n".to_vec(), "line 1: is not a JSON object")]
#[case::empty("x.csv", Vec::new(), "the file is empty")]
fn what_cannot_be_read_exactly_is_refused_by_place(
    #[case] name: &str,
    #[case] bytes: Vec<u8>,
    #[case] wanted: &str,
) {
    let shop = shop();
    let gave = import(&shop, name, &bytes, &["customers"]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert!(gave.err.contains(wanted), "{}", gave.err);
    assert!(
        !gave.err.contains("secret") && gave.err.contains("help: "),
        "{}",
        gave.err
    );
    assert_eq!(stored(&shop), "");
}

#[test]
fn text_that_reads_both_ways_is_read_as_somebody_says() {
    // 毛 in GBK is ë in UTF-8.
    let bytes = b"external_userid,name\n1,\xc3\xab\n";
    let shop = shop();
    let gave = import(&shop, "x.csv", bytes, &["--encoding", "gbk"]);
    assert_eq!(
        (gave.code, stored(&shop).as_str()),
        (0, "1|毛||"),
        "{}",
        gave.err
    );
    let gave = import(
        &shop,
        "y.csv",
        "external_userid,name\n1,王芳\n".as_bytes(),
        &["--encoding", "utf-16"],
    );
    assert!(
        gave.code == 1 && gave.err.contains("no heading is known"),
        "{}",
        gave.err
    );
}

/// A row of text cells; a number is a number cell.
fn row(number: u32, cells: &[&str]) -> String {
    let cells = (b'A'..).zip(cells).map(|(letter, cell)| {
        let at = format!("{}{number}", char::from(letter));
        match cell.parse::<f64>() {
            Ok(_) => format!("<c r=\"{at}\"><v>{cell}</v></c>"),
            Err(_) => format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
        }
    });
    format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
}

#[test]
fn long_numbers_of_a_workbook_are_refused_by_their_row() {
    let shop = shop();
    let sheet = row(1, &["external_userid", "name"])
        + &row(2, &["wm1", "a"])
        + &row(3, &["110101199003078888", "b"]);
    let gave = import(&shop, "x.xlsx", &book(&sheet, ""), &[]);
    assert_eq!(gave.code, 1);
    assert!(
        gave.err
            .contains("line 3, column external_userid: is a number in scientific form"),
        "{}",
        gave.err
    );
    let sheet = row(1, &["external_userid", "name"])
        + "<row r=\"2\"><c r=\"A2\" t=\"e\"><v>#N/A</v></c></row>";
    let gave = import(&shop, "y.xlsx", &book(&sheet, ""), &[]);
    assert!(
        gave.err
            .contains("line 2: has an error of a formula (#N/A, #REF!, …) in cell A2"),
        "{}",
        gave.err
    );
    let sheet = row(1, &["external_userid", "name"]) + &row(4, &["13800", "x"]);
    let gave = import(&shop, "z.xlsx", &book(&sheet, ""), &[]);
    assert_eq!(
        (gave.code, stored(&shop).as_str()),
        (0, "13800|x||"),
        "{}",
        gave.err
    );
}

#[test]
fn a_workbook_that_asks_for_the_world_is_refused_or_read_small() {
    let shop = shop();
    // Two cells, at the corners: a reader of rectangles asks for 550 GB.
    let corner = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let sheet = row(1, &["external_userid", "name"]) + &row(2, &["wm1", "a"]) + corner;
    let gave = import(&shop, "x.xlsx", &book(&sheet, ""), &[]);
    assert_eq!(gave.code, 1);
    assert!(
        gave.err
            .contains("line 1048576: has more than 1000 columns"),
        "{}",
        gave.err
    );
    // One text of 100 KB, used 20,000 times in one row.
    let cells: String = (0..20_000).map(|_| "<c t=\"s\"><v>0</v></c>").collect();
    let sheet = row(1, &["external_userid", "name"]) + "<row r=\"2\">" + &cells + "</row>";
    let strings = format!("<si><t>{}</t></si>", "x".repeat(100_000));
    let gave = import(&shop, "y.xlsx", &book(&sheet, &strings), &[]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert!(
        gave.err.contains("the sheet holds more than a sheet would"),
        "{}",
        gave.err
    );
    // Entities are not followed.
    let doctype = "<!DOCTYPE x [<!ENTITY a \"secret\"><!ENTITY b \"&a;&a;\">]>";
    let sheet = doctype.to_owned() + &row(1, &["external_userid"]) + &row(2, &["&b;"]);
    let gave = import(&shop, "z.xlsx", &book(&sheet, ""), &[]);
    assert_eq!(
        (gave.code, gave.err.contains("damaged")),
        (1, true),
        "{}",
        gave.err
    );
    assert_eq!(stored(&shop), "");
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let shop = shop();
    std::fs::create_dir(shop.path("folder.csv")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(shop.path("pipe.csv"))
        .status()
        .unwrap();
    assert!(fifo.success());
    std::os::unix::fs::symlink("loop.csv", shop.path("loop.csv")).unwrap();
    std::os::unix::fs::symlink("nowhere.csv", shop.path("dangling.csv")).unwrap();
    for (file, wanted) in [
        ("folder.csv", "not a regular file"),
        ("pipe.csv", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("/dev/null", "not a regular file"),
        ("loop.csv", "cannot be read"),
        ("dangling.csv", "cannot be read: No such file"),
        ("absent.csv", "cannot be read: No such file"),
        ("\u{1b}[2Jx.csv", "‹ESC›[2Jx.csv cannot be read"),
    ] {
        let gave = shop.run(&["import", "customers", file, "-w", "w.db"]);
        assert_eq!(gave.code, 1, "{file}");
        assert!(
            gave.err.contains(wanted) && !gave.err.contains('\u{1b}'),
            "{file}: {}",
            gave.err
        );
    }
    // A link to a file is a file.
    shop.write("real.csv", "external_userid\nwm1\n");
    std::os::unix::fs::symlink("real.csv", shop.path("link.csv")).unwrap();
    shop.good(&["import", "customers", "link.csv", "-w", "w.db"]);
}

#[test]
fn endless_lines_are_refused_with_little_memory() {
    let shop = shop();
    // 500 MB that take no room on the disk.
    let file = std::fs::File::create(shop.path("long.csv")).unwrap();
    file.set_len(500 << 20).unwrap();
    let gave = shop.run(&["import", "customers", "long.csv", "-w", "w.db"]);
    assert!(
        gave.code == 1 && gave.err.contains("line 1 is longer than 1048576 bytes"),
        "{}",
        gave.err
    );
    let gave = shop
        .command()
        .args(["import", "customers", "-", "-w", "w.db"])
        .stdin(std::fs::File::open("/dev/zero").unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8(gave.stderr).unwrap();
    assert!(
        gave.status.code() == Some(1) && said.contains("line 1 is longer"),
        "{said}"
    );
    let wide = format!("external_userid{}\n", ",x".repeat(20_000));
    let gave = import(&shop, "wide.csv", wide.as_bytes(), &["customers"]);
    assert!(
        gave.err
            .contains("line 1: the header has more than 1000 columns"),
        "{}",
        gave.err
    );
}

#[test]
fn sheets_are_taken_by_name() {
    let shop = shop();
    let gave = import(&shop, "c.xlsx", &xlsx(), &["--sheet", "没有"]);
    assert!(
        gave.code == 1 && gave.err.contains("no such sheet; it has 说明, 客户"),
        "{}",
        gave.err
    );
    let gave = import(&shop, "c.xlsx", &xlsx(), &["--sheet", "客户"]);
    assert_eq!(
        (gave.code, stored(&shop).as_str()),
        (0, STORED),
        "{}",
        gave.err
    );
}

#[test]
fn a_first_sheet_without_headings_is_answered_with_the_others() {
    let shop = shop();
    let mut book = Workbook::new();
    let note = book.add_worksheet().set_name("说明").unwrap();
    note.write_string(0, 0, "本表由后台导出").unwrap();
    let rows = book.add_worksheet().set_name("订单列表").unwrap();
    rows.write_string(0, 0, "订单编号").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let gave = import(&shop, "o.xlsx", &bytes, &[]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert!(
        gave.err
            .contains("other sheets: 订单列表; take one with --sheet NAME"),
        "{}",
        gave.err
    );
    let asked = import(&shop, "o.xlsx", &bytes, &["--sheet", "说明"]);
    assert!(!asked.err.contains("other sheets"), "{}", asked.err);
}

#[test]
fn each_template_imports_in_each_of_its_formats() {
    let shop = shop();
    let csv = shop.good(&["import", "orders", "--template"]);
    let jsonl = shop.good(&["import", "orders", "--template", "--format", "jsonl"]);
    let gave = import(&shop, "o.csv", csv.as_bytes(), &[]);
    assert_eq!((gave.code, gave.err.as_str()), (0, ""));
    let gave = import(&shop, "o.jsonl", jsonl.as_bytes(), &[]);
    assert!(
        gave.code == 0 && gave.out.contains("1 unchanged"),
        "{}{}",
        gave.out,
        gave.err
    );
}
