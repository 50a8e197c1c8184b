//! `caopan undo`: takes an act back, as long as everything is as the act left it.

use std::io::Write;

use crate::config::words::Words;
use crate::domain::{Lang, SafeText, metric, sentence};
use crate::store::journal::Entry;
use crate::store::undo::{Undone, Which};

use super::edit::writer;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;

/// Takes back the last act of one's own, or the one named.
pub fn run(setting: &Setting, id: Option<i64>, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut writer = writer(setting)?;
    let which = id.map_or(Which::Last, Which::Act);
    match writer.undo(which, when::now())? {
        Undone::Done(entry, line) => {
            let (name, customers) = about(&entry, setting.lang());
            let detail = match (customers, setting.lang()) {
                (None, _) => format!(" {name}"),
                (Some(n), Lang::Zh) => format!(" {name}: {n} 人"),
                (Some(n), Lang::En) => format!(" {name}: {n}"),
            };
            let (line, again) = (entry.id.to_string(), line.to_string());
            let holes = [
                ("line", line.as_str()),
                ("act", act_named(entry.act.as_str(), setting.lang())),
                ("detail", &detail),
                ("again", &again),
            ];
            let words = Words::new(setting.lang());
            writeln!(out, "{}", words.fill("receipt.undone", &holes))?;
            Ok(Exit::Ok)
        }
        Undone::Barred(entry, earlier) => Err(barred(&entry, earlier, setting.lang())),
        Undone::Nothing | Undone::Elsewhere(_) => Err(Failure::new(
            Exit::Refused,
            {
                let actor = writer.actor();
                sentence!(
                    "{actor} 在这里没有可撤销的操作",
                    "{actor} has done nothing here that could be taken back",
                )
            },
            sentence!(
                "`caopan journal` 列出做过的事; 写上行号可撤销别人的操作",
                "`caopan journal` lists what was done; name a line to take back another's act"
            ),
        )),
        Undone::Changed(entry, count, some) => {
            let (id, act) = (entry.id, entry.act);
            let what = sentence!(
                "操作 {id} ({act}) 不能撤销: 它动过的东西里有 {count} 项后来又改了",
                "act {id} ({act}) cannot be taken back: {count} of what it touched has been changed since",
            );
            Err(Failure::new(
                Exit::Refused,
                what,
                sentence!(
                    "没有写入; 请手工改正, 或先撤销后来的操作",
                    "nothing was written; put it right by hand, or take back the later act first"
                ),
            )
            .with(some.into_iter().map(|one| sentence!("  {one}", "  {one}"))))
        }
    }
}

/// The last act keeps nothing to put back: what could be taken back instead.
fn barred(entry: &Entry, earlier: Option<i64>, lang: Lang) -> Failure {
    let (id, act) = (entry.id, act_named(entry.act.as_str(), lang));
    let what = sentence!(
        "最近一次操作 ({id}, {act}) 不能撤销",
        "the last act ({id}, {act}) cannot be taken back",
    );
    let help = match earlier {
        Some(line) => sentence!(
            "先前的可用 `caopan undo {line}`; 这次什么都没有撤销",
            "what was done before it: `caopan undo {line}`; nothing was taken back",
        ),
        None => sentence!(
            "之前也没有可撤销的; `caopan journal` 列出做过的事",
            "nothing before it can be either; `caopan journal` lists what was done",
        ),
    };
    Failure::new(Exit::Refused, what, help)
}

/// What an act of the journal is called; a code that is not known stays.
fn act_named(act: &str, lang: Lang) -> &str {
    match (lang, act) {
        (Lang::Zh, "tag_add") => "打标签",
        (Lang::Zh, "tag_remove") => "去标签",
        (Lang::Zh, "stage_set") => "设阶段",
        (Lang::Zh, "owner_set") => "换顾问",
        (Lang::Zh, "target_set") => "设目标",
        (Lang::Zh, "target_remove") => "删目标",
        (Lang::Zh, "undo") => "撤销",
        (Lang::Zh, "redo") => "重做",
        (Lang::Zh, "import") => "导入",
        (Lang::Zh, "pull") => "拉取",
        (Lang::Zh, "sync") => "同步",
        (Lang::Zh, "erase") => "抹除",
        (Lang::Zh, "restore") => "恢复备份",
        (Lang::Zh | Lang::En, _) => act,
    }
}

/// The tag, stage or owner an act was about and of how many customers, or the target, whose it is and of when.
pub(super) fn about(entry: &Entry, lang: Lang) -> (SafeText, Option<u64>) {
    let detail = entry.detail.as_ref().map_or("", SafeText::as_str);
    let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
    let text = |key: &str| detail.get(key).and_then(serde_json::Value::as_str);
    if let Some(code) = text("target") {
        let known = metric::find(code);
        let metric = known.map_or(code, |metric| metric.name(lang));
        let period = text("period").unwrap_or_default();
        let (kind, id) = (entry.subject_kind.as_str(), entry.subject_id.as_str());
        let whose = match (lang, id) {
            (Lang::Zh, "") => "全店".to_owned(),
            (Lang::En, "") => "the workspace".to_owned(),
            (_, id) => format!("{kind}:{id}"),
        };
        let value = |key: &str| match (detail.get(key).and_then(serde_json::Value::as_f64), known) {
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
    let name = ["tag", "stage", "owner"].iter().find_map(|key| text(key));
    let customers = detail.get("customers").and_then(serde_json::Value::as_u64);
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
                text("目标 支付GMV staff:hemin month 2026-03-01 (— → 50000.00)"),
                None
            )
        );
        entry.detail = Some(text(r#"{"tag":"VIP","customers":3}"#));
        assert_eq!(about(&entry, Lang::Zh), (text("VIP"), Some(3)));
    }
}
