//! The journal in words: what an act is called, what it was done to and what came of it.

use serde_json::{Map, Value};

use super::progress::thousands;
use crate::domain::{Lang, SafeText, metric};
use crate::import::Kind;
use crate::store::journal::Entry;

/// What an act of the journal is called; a code that is not known stays.
pub fn act_named(act: &str, lang: Lang) -> &str {
    let named = match act {
        "tag_new" => ("新建标签", "new tag"),
        "tag_add" => ("打标签", "tag"),
        "tag_remove" => ("去标签", "untag"),
        "stage_set" => ("设阶段", "set stage"),
        "owner_set" => ("换顾问", "set owner"),
        "target_set" => ("设目标", "set target"),
        "target_remove" => ("删目标", "remove target"),
        "undo" => ("撤销", "undo"),
        "redo" => ("重做", "redo"),
        "import" => ("导入", "import"),
        "export" => ("导出", "export"),
        "pull" => ("拉取", "pull"),
        "sync" => ("同步", "sync"),
        "reveal" => ("关闭脱敏", "reveal"),
        "backup" => ("备份", "backup"),
        "restore" => ("恢复备份", "restore"),
        "salvage" => ("抢救数据", "salvage"),
        "erase" => ("抹除", "erase"),
        "repair_totals" => ("重算合计", "repair totals"),
        "board_snapshot" => ("留存榜单", "keep board"),
        _ => return act,
    };
    match lang {
        Lang::Zh => named.0,
        Lang::En => named.1,
    }
}

/// What kind of thing an act was done to; a code that is not known stays.
pub fn subject_named(kind: &str, lang: Lang) -> &str {
    if lang == Lang::En {
        return match kind {
            "import_run" => "import",
            kind => kind,
        };
    }
    match kind {
        "customer" | "customers" => "客户",
        "workspace" => "全店",
        "group" => "群",
        "dept" => "部门",
        "staff" => "员工",
        "tag" => "标签",
        "campaign" => "活动",
        "channel" => "渠道",
        "import_run" => "导入",
        "source" => "来源",
        "file" => "文件",
        "board" => "销售榜",
        "kpi" => "活动 KPI 树",
        kind => Kind::parse(kind).map_or(kind, |known| known.name(lang)),
    }
}

/// What came of an act, for people.
pub fn detail_said(entry: &Entry, lang: Lang) -> SafeText {
    let Some(written) = &entry.detail else {
        return SafeText::default();
    };
    let Ok(Value::Object(detail)) = serde_json::from_str(written.as_str()) else {
        return written.clone();
    };
    let said = match entry.act.as_str() {
        "export" => exported(&detail, lang),
        "import" => imported(&detail, lang),
        "tag_new" => {
            let name = |key| text(&detail, key).unwrap_or_default();
            format!("{} ({})", name("made"), name("group"))
        }
        _ => edited(entry, &detail, lang).unwrap_or_else(|| pairs(&detail)),
    };
    SafeText::new(&said)
}

/// `订单: 新增 2, 变更 1, 未变 0, 拒收 0`.
fn imported(detail: &Map<String, Value>, lang: Lang) -> String {
    let kind = text(detail, "kind").unwrap_or_default();
    let kind = Kind::parse(kind).map_or(kind, |known| known.name(lang));
    let counts = [
        ("new", "新增"),
        ("changed", "变更"),
        ("unchanged", "未变"),
        ("rejected", "拒收"),
    ];
    let counts = counts.map(|(key, zh)| {
        let n = thousands(detail.get(key).and_then(Value::as_u64).unwrap_or(0));
        match lang {
            Lang::Zh => format!("{zh} {n}"),
            Lang::En => format!("{n} {key}"),
        }
    });
    format!("{kind}: {}", counts.join(", "))
}

/// `12 行 → best.xlsx, 已脱敏, 筛选 消费>500`.
fn exported(detail: &Map<String, Value>, lang: Lang) -> String {
    let is_zh = lang == Lang::Zh;
    let word = |zh: &'static str, en: &'static str| if is_zh { zh } else { en };
    let file = match text(detail, "file") {
        None | Some("-") => word("标准输出", "standard output"),
        Some(file) => file,
    };
    let rows = detail.get("rows").and_then(Value::as_u64);
    let rows = rows.map_or(String::new(), |n| {
        format!("{} {} ", thousands(n), word("行", "rows"))
    });
    let is_whole = detail.get("unmasked").and_then(Value::as_bool) == Some(true);
    let masked = if is_whole {
        word("未脱敏", "unmasked")
    } else {
        word("已脱敏", "masked")
    };
    let filter = match text(detail, "filter") {
        None | Some("") => String::new(),
        Some(filter) => format!(", {} {filter}", word("筛选", "filter")),
    };
    format!("{rows}→ {file}, {masked}{filter}")
}

/// What was done to customers or a target; `None` where it was neither.
fn edited(entry: &Entry, detail: &Map<String, Value>, lang: Lang) -> Option<String> {
    let edits = ["tag", "stage", "owner", "target"];
    edits.iter().find_map(|key| text(detail, key))?;
    let (name, customers) = about(entry, lang);
    let customers = customers.map(thousands);
    Some(match (customers, lang) {
        (None, _) => name.to_string(),
        (Some(n), Lang::Zh) => format!("{name}: {n} 位客户"),
        (Some(n), Lang::En) => format!("{name}: {n} customers"),
    })
}

/// Whatever else was noted, name by name; nothing of what is nothing.
fn pairs(detail: &Map<String, Value>) -> String {
    let shown = detail.iter().filter_map(|(key, value)| match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("{key} {text}")),
        other => Some(format!("{key} {other}")),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn text<'a>(detail: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    detail.get(key).and_then(Value::as_str)
}

/// The tag, stage or owner an act was about and of how many customers, or the target, whose it is and of when.
pub fn about(entry: &Entry, lang: Lang) -> (SafeText, Option<u64>) {
    let detail = entry.detail.as_ref().map_or("", SafeText::as_str);
    let detail: Value = serde_json::from_str(detail).unwrap_or_default();
    let text = |key: &str| detail.get(key).and_then(Value::as_str);
    if let Some(code) = text("target") {
        let known = metric::find(code);
        let metric = known.map_or(code, |metric| metric.name(lang));
        let period = text("period").unwrap_or_default();
        let (kind, id) = (entry.subject_kind.as_str(), entry.subject_id.as_str());
        let whose = match (lang, id) {
            (Lang::Zh, "") => "全店".to_owned(),
            (Lang::En, "") => "the workspace".to_owned(),
            (lang, id) => format!("{} {id}", subject_named(kind, lang)),
        };
        let value = |key: &str| match (detail.get(key).and_then(Value::as_f64), known) {
            (Some(value), Some(metric)) => super::target::said(value, metric),
            (Some(value), None) => value.to_string(),
            (None, _) => "—".to_owned(),
        };
        let (was, is) = (value("was"), value("is"));
        let named = match lang {
            Lang::Zh => format!("目标 {metric} {whose} {period} ({was} → {is})"),
            Lang::En => format!("target {metric}, {whose}, {period} ({was} → {is})"),
        };
        return (SafeText::new(&named), None);
    }
    if let Some(name) = text("made") {
        return (SafeText::new(name), None);
    }
    let name = ["tag", "stage", "owner"].iter().find_map(|key| text(key));
    let customers = detail.get("customers").and_then(Value::as_u64);
    (
        SafeText::new(name.unwrap_or_default()),
        Some(customers.unwrap_or(0)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_on_a_target_is_about_the_target_and_no_customers() {
        let text = SafeText::new;
        let mut entry = Entry {
            id: 1,
            at: 0,
            actor: text("a"),
            act: text("target_set"),
            subject_kind: text("staff"),
            subject_id: text("hemin"),
            detail: Some(text(
                r#"{"target":"gmv","period":"month 2026-03-01","was":null,"is":5000000.0}"#,
            )),
            undoes: None,
            can_undo: true,
        };
        assert_eq!(
            about(&entry, Lang::Zh),
            (
                text("目标 支付GMV 员工 hemin month 2026-03-01 (— → 50000.00)"),
                None
            )
        );
        entry.detail = Some(text(r#"{"tag":"VIP","customers":3}"#));
        assert_eq!(about(&entry, Lang::Zh), (text("VIP"), Some(3)));
    }

    #[test]
    fn an_act_is_told_in_words() {
        let entry = |act: &str, detail: &str| Entry {
            id: 1,
            at: 0,
            actor: SafeText::new("a"),
            act: SafeText::new(act),
            subject_kind: SafeText::new(""),
            subject_id: SafeText::new(""),
            detail: Some(SafeText::new(detail)),
            undoes: None,
            can_undo: false,
        };
        let export = r#"{"columns":["a","b"],"file":"best.xlsx","filter":"消费>500","rows":12,"unmasked":false}"#;
        let import = r#"{"changed":1,"kind":"orders","log":10,"new":2,"rejected":0,"unchanged":3}"#;
        for (act, detail, zh, en) in [
            (
                "export",
                export,
                "12 行 → best.xlsx, 已脱敏, 筛选 消费>500",
                "12 rows → best.xlsx, masked, filter 消费>500",
            ),
            (
                "export",
                r#"{"columns":null,"file":"-","filter":"","rows":null,"unmasked":true}"#,
                "→ 标准输出, 未脱敏",
                "→ standard output, unmasked",
            ),
            (
                "import",
                import,
                "订单: 新增 2, 变更 1, 未变 3, 拒收 0",
                "orders: 2 new, 1 changed, 3 unchanged, 0 rejected",
            ),
            (
                "tag_add",
                r#"{"tag":"VIP","customers":3,"where":""}"#,
                "VIP: 3 位客户",
                "VIP: 3 customers",
            ),
            (
                "erase",
                r#"{"follow":2,"customer":1}"#,
                "customer 1, follow 2",
                "customer 1, follow 2",
            ),
            (
                "pull",
                "postgres://db/crm",
                "postgres://db/crm",
                "postgres://db/crm",
            ),
        ] {
            let entry = entry(act, detail);
            assert_eq!(detail_said(&entry, Lang::Zh).as_str(), zh);
            assert_eq!(detail_said(&entry, Lang::En).as_str(), en);
        }
        assert_eq!(act_named("board_snapshot", Lang::Zh), "留存榜单");
        assert_eq!(act_named("of_tomorrow", Lang::Zh), "of_tomorrow");
        assert_eq!(subject_named("orders", Lang::Zh), "订单");
    }
}
