//! What is copied: rows, values, tables.

use super::super::console::Console;
use super::super::desk::text;
use super::NARROW;
use crate::app::msg::{Effect, Msg};
use crate::domain::rfm::Rfm;
use crate::domain::{Fen, Lang};

fn copied(console: &Console) -> &str {
    match console.effects.last() {
        Some(Effect::Copy(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn marked_rows_are_copied_also_from_outside_the_window() {
    let mut console = Console::new(10_000, NARROW);
    console.desk.customers[1].name = text("=HYPERLINK(1)");
    console.commit();
    console.keys("<space><space>G<space>yy");
    let rows: Vec<&str> = copied(&console)
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(rows, ["客户0", "'=HYPERLINK(1)", "客户9999"]);
    console.send(Msg::Copied(Ok("OSC 52")));
    assert!(
        console.toasts().contains("已复制 3 行 (yy)"),
        "{}",
        console.toasts()
    );
}

#[test]
fn ranges_are_marked_and_everything_under_the_filter() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("<space>jjjv");
    assert_eq!(console.app.panes.customers.list.marked.len(), 5);
    let marks = |console: &Console| console.app.panes.customers.list.marks(1_000);
    console.keys("*");
    assert_eq!(marks(&console), 1_000 - 5);
    console.keys("a");
    assert_eq!(marks(&console), 1_000);
    console.keys("<space>");
    assert_eq!(marks(&console), 999, "all but one");
    console.keys("aa");
    assert_eq!(marks(&console), 0);
}

#[test]
fn one_value_a_shell_line_and_json_are_copied() {
    let mut console = Console::new(10, NARROW);
    console.keys("yi");
    assert_eq!(copied(&console), "c0000000");
    console.keys("yc");
    assert_eq!(copied(&console), "0.05");
    console.keys("yp");
    assert_eq!(copied(&console), "138****2210");
    console.keys("/spend>500 name:\"O'Neil\"<ret>soyl");
    assert_eq!(
        copied(&console),
        "caopan list customers --period month 'spend>500 name:\"O'\\''Neil\" sort:-orders'"
    );
    console.app.workspace.path = Some("/srv/我的 店/shop.db".into());
    console.app.workspace.as_of = Some("2026-11-11 14:30".into());
    console.app.scope.org = Some(crate::domain::DeptId(3));
    console.keys("/<ctrl-u>-tag:VIP<ret>yl");
    assert_eq!(
        copied(&console),
        "caopan list customers -w '/srv/我的 店/shop.db' --period month --org 3 --as-of '2026-11-11 14:30' \
         -- '-tag:VIP sort:-orders'"
    );
    console.keys("4yl");
    assert!(
        copied(&console).starts_with("caopan kpi 7 --gmv gross -w "),
        "{}",
        copied(&console)
    );
    assert!(
        copied(&console).ends_with(" --filter='-tag:VIP'"),
        "{}",
        copied(&console)
    );
    console.keys("5yl");
    assert!(copied(&console).starts_with("caopan board --metric net-gmv -w "));
    console.keys("1yj");
    let rows: serde_json::Value = serde_json::from_str(copied(&console)).unwrap();
    assert_eq!(rows[0]["name"], "客户0");
    console.keys("ym");
    assert_eq!(copied(&console).lines().count(), 3);
    console.keys("3yn");
    assert_eq!(copied(&console), "群0");
}

#[test]
fn the_score_of_a_group_is_copied_as_the_pane_says_it() {
    let mut console = Console::new(10, NARROW);
    console.keys("3");
    let page = console.app.panes.groups.page.value.as_mut().unwrap();
    for row in &mut page.rows {
        row.score = Some(48.896);
    }
    console.keys("yc");
    assert_eq!(copied(&console), "48.8", "rounded down as its band is");
    console.keys("ym");
    assert!(
        copied(&console).contains("| 48.8 |"),
        "{}",
        copied(&console)
    );
}

/// What the pane shows first of a customer is copied too: the money at risk, and the segment by its name.
#[test]
fn the_figures_of_the_pane_are_in_the_copy() {
    let mut console = Console::new(10, NARROW);
    console.desk.customers[0].value_at_risk = Some(Fen(316_100));
    console.desk.customers[0].rfm = Some(Rfm::new(3, 5, 5));
    console.commit();
    console.keys("ym");
    let row = copied(&console).lines().last().unwrap().to_owned();
    assert!(row.contains("| 1 | 3161.00 |"), "{row}");
    assert!(row.ends_with("| 重要保持 | 355 |"), "{row}");
    console.keys("yj");
    let rows: serde_json::Value = serde_json::from_str(copied(&console)).unwrap();
    let values = ["value", "rfm", "segment"].map(|key| rows[0][key].clone());
    assert_eq!(values, ["3161.00", "355", "重要保持"]);
}

#[test]
fn a_copied_table_has_the_headings_of_the_pane_in_the_language_of_the_console() {
    let heading = |keys: &str, lang: Lang| {
        let mut console = Console::new(10, NARROW);
        console.app.look.lang = lang;
        console.keys(keys).keys("ym");
        copied(&console).lines().next().unwrap().to_owned()
    };
    assert_eq!(
        heading("1", Lang::Zh),
        "| 姓名 | 流失等级 | 风险值 | 手机 | 标签 | 阶段 | 累计消费 | 单数 | 购买 | 联系 | 顾问 | RFM | RFM 分 |"
    );
    assert_eq!(heading("2j", Lang::Zh), "| 标签 | 客户数 | 命中 |");
    assert_eq!(
        heading("3", Lang::Zh),
        "| 群名 | 群主 | 人数 | 上限 | 7日进 | 7日退 | 健康 |"
    );
    assert_eq!(heading("4", Lang::Zh), "| 活动 / 指标 | 实际 | 目标 |");
    assert_eq!(
        heading("5mo", Lang::Zh),
        "| 名 | 顾问 | 部门 | 支付单数 | 单数 | 加粉 | 目标 | 达成 |"
    );
    assert!(heading("5mo", Lang::En).contains("| paid orders |"));
    // Programs read the same keys in every language.
    let mut console = Console::new(10, NARROW);
    console.keys("3yj");
    let rows: serde_json::Value = serde_json::from_str(copied(&console)).unwrap();
    assert!(rows[0].get("joined_7d").is_some(), "{rows}");
}

#[test]
fn a_node_without_a_name_of_its_own_is_copied_by_the_name_of_its_metric() {
    let mut console = Console::new(10, NARROW);
    console.keys("4jyn");
    let (name, code) = (
        copied(&console).to_owned(),
        console.app.panes.kpi.node().unwrap().code,
    );
    assert_eq!(
        name,
        crate::domain::metric::find(code).unwrap().name(Lang::Zh)
    );
}
