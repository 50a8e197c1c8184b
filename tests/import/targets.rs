//! Targets: whose they are, in which unit, of which metric.

use crate::{reasons, workspace};
use caopan::import::Kind;

#[test]
fn a_target_is_for_who_has_the_id_or_alone_has_the_name_and_never_below_nothing() {
    let mut w = workspace();
    w.good(
        Kind::Departments,
        "dept_id,parent_id,name,kind\n2,,东店,store\n",
    );
    w.good(
        Kind::Staff,
        "userid,name\nlinxia,林霞\nzs01,王芳\nzs02,王芳\n",
    );
    let head =
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n";
    let row = |kind: &str, whom: &str, value: &str| {
        format!("净GMV,{kind},{whom},月,2026/12/1,2026/12/31,{value}\n")
    };
    let good = [
        head.to_owned(),
        row("员工", "林霞", "7万"),
        row("员工", "zs01", "6万"),
        row("部门", "东店", "13万"),
    ];
    assert_eq!(w.good(Kind::Targets, &good.concat()).new, 3);
    let kept = "SELECT group_concat(subject_kind || ':' || subject_id || '=' || target_value, ' ' ORDER BY target_value) FROM kpi_target";
    let wanted = "staff:zs01=6000000.0 staff:linxia=7000000.0 dept:2=13000000.0";
    assert_eq!(w.text(kept), wanted);
    assert_eq!(w.good(Kind::Targets, &good.concat()).unchanged, 3);
    for (kind, whom, value, why) in [
        ("员工", "王芳", "1万", "several of kind staff"),
        ("员工", "林夏", "1万", "is no staff of the workspace"),
        ("部门", "西店", "1万", "is no dept of the workspace"),
        ("员工", "林霞", "-1", "is negative"),
        ("活动", "7", "1万", "must be campaign for a campaign"),
    ] {
        let text = [head.to_owned(), row(kind, whom, value)].concat();
        let found = reasons(w.import(Kind::Targets, &text));
        assert!(found[0].contains(why), "{found:?}");
    }
    assert_eq!(w.text(kept), wanted);
}

#[test]
fn a_target_over_no_unit_or_with_a_bound_that_contradicts_it_is_refused() {
    let mut w = workspace();
    let head = "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value,floor_value,stretch_value\n";
    for (row, column, why) in [
        (
            "orders,workspace,,month,2026-11-05,2026-11-30,100,,",
            "period_start",
            "2026-11-01 to 2026-11-30",
        ),
        (
            "orders,workspace,,month,2026-11-01,2026-11-29,100,,",
            "period_end",
            "2026-11-01 to 2026-11-30",
        ),
        (
            "orders,workspace,,week,2026-11-03,2026-11-09,100,,",
            "period_start",
            "2026-11-02 to 2026-11-08",
        ),
        (
            "orders,workspace,,campaign,2026-11-03,2026-11-09,100,,",
            "period_kind",
            "for nothing else",
        ),
        (
            "orders,workspace,,day,2026-11-03,2026-11-03,100,,50",
            "stretch_value",
            "falls short",
        ),
        (
            "orders,workspace,,day,2026-11-03,2026-11-03,100,101,",
            "floor_value",
            "lies beyond",
        ),
        (
            "rfm,workspace,,day,2026-11-03,2026-11-03,100,,",
            "metric_code",
            "that have: gmv, ",
        ),
        (
            "orders,workspace,东店,day,2026-11-03,2026-11-03,100,,",
            "subject_id",
            "must be empty for the whole workspace",
        ),
    ] {
        let found = reasons(w.import(Kind::Targets, &format!("{head}{row}\n")));
        assert!(
            found[0].contains(column) && found[0].contains(why),
            "{found:?}"
        );
    }
    let row = "orders,workspace,,week,2026-11-02,2026-11-08,100,50,100\n";
    assert_eq!(w.good(Kind::Targets, &format!("{head}{row}")).new, 1);
    // What the whole is called is no id of it.
    let row = "orders,全店, 全店 ,week,2026-11-02,2026-11-08,200,50,\n";
    assert_eq!(w.good(Kind::Targets, &format!("{head}{row}")).changed, 1);
    assert_eq!(
        w.text("SELECT subject_kind || subject_id || ' ' || target_value FROM kpi_target WHERE period_kind = 'week'"),
        "workspace 200.0"
    );
}

#[test]
fn targets_are_read_in_their_metrics_unit_and_found_again_without_a_node() {
    let mut w = workspace();
    w.good(
        Kind::Campaigns,
        "campaign_id,name,starts_at,ends_at\n7,会员日,2026-03-20,2026-03-22\n",
    );
    let text = "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n\
                gmv,campaign,7,campaign,2026-03-20,2026-03-22,240000\n\
                conversion,campaign,7,campaign,2026-03-20,2026-03-22,4%\n\
                gmv,workspace,,month,2026-03-01,2026-03-31,500000.50\n";
    assert_eq!(w.good(Kind::Targets, text).new, 3);
    assert_eq!(w.good(Kind::Targets, text).unchanged, 3);
    assert_eq!(
        w.number(
            "SELECT CAST(sum(target_value) AS INTEGER) FROM kpi_target WHERE metric_code = 'gmv'"
        ),
        74_000_050
    );
    assert_eq!(
        w.text(
            "SELECT CAST(target_value AS TEXT) FROM kpi_target WHERE metric_code = 'conversion'"
        ),
        "0.04"
    );
}

#[test]
fn a_metric_is_taken_by_its_name_and_an_unknown_one_is_refused_with_the_list() {
    let mut w = workspace();
    let head =
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n";
    let row = |metric: &str, value: &str| {
        format!("{metric},workspace,,month,2026-03-01,2026-03-31,{value}\n")
    };
    let text = [
        head.to_owned(),
        row("净GMV", "\"¥8,000\""),
        row("GMV", "1.2万"),
        row("加粉数", "\"8,000\""),
        row("支付单数", "1.2万"),
        row("returning share", "4％").replace("returning share", "老客占比"),
    ]
    .concat();
    assert_eq!(w.good(Kind::Targets, &text).new, 5);
    assert_eq!(
        w.text("SELECT group_concat(metric_code || '=' || target_value, ' ' ORDER BY metric_code) FROM kpi_target"),
        "adds=8000.0 gmv=1200000.0 net_gmv_refund=800000.0 orders=12000.0 returning_share=0.04"
    );
    let wrong = [head.to_owned(), row("瞎写的", "1"), row("adds", "¥8")].concat();
    let found = reasons(w.import(Kind::Targets, &wrong));
    assert!(
        found[0].contains("is no metric: `瞎写的`; there are gmv, net_gmv_refund,"),
        "{found:?}"
    );
    assert!(found[1].ends_with("is not a number: `¥8`"), "{found:?}");
    let rule = "rule_id,name,metric_code,period_kind,kind,threshold\n1,一档,净GMV(现金口径),month,threshold,\"¥280,000\"\n";
    w.good(Kind::Incentives, rule);
    assert_eq!(
        w.text("SELECT metric_code || ' ' || threshold FROM incentive_rule"),
        "net_gmv_refund 28000000.0"
    );
}
