//! Whom a target is for: `KIND:NAME` as typed, a name that only one has or an id.

use crate::config::place::nearest;
use crate::domain::{Sentence, sentence};
use crate::store::target::{every, subjects, subjects_named, subjects_of};
use crate::store::write::Writer;

use super::error::{Exit, Failure};

/// Kind and id of the subject that is meant; of nobody named, the whole workspace. What `removes` may name as well whom
/// only a target knows: an earlier version let those in.
pub fn subject(
    writer: &Writer,
    typed: Option<&str>,
    removes: bool,
) -> Result<(&'static str, String), Failure> {
    let Some(text) = typed else {
        return Ok(("workspace", String::new()));
    };
    let (kind, name) = text
        .split_once([':', '：'])
        .and_then(|(word, name)| Some((subjects(word.trim())?.0, name.trim())))
        .filter(|(_, name)| !name.is_empty())
        .ok_or_else(|| {
            usage(
                sentence!("{text:?} 没有指明对象", "{text:?} names nobody"),
                sentence!(
                    "写 员工:名称或编号, 也可用 部门: 活动: 渠道: 群:",
                    "give dept:, staff:, campaign:, channel: or group: with a name or an id",
                ),
            )
        })?;
    let found = subjects_named(writer.look(), kind, name)?;
    match found.as_slice() {
        [one] => Ok((kind, one.id.clone())),
        [] if removes && is_kept(writer, kind, name)? => Ok((kind, name.to_owned())),
        [] => Err(nobody(writer, kind, name)?),
        several => {
            let ids: Vec<_> = several.iter().map(|one| one.id.as_str()).collect();
            let (n, ids, of) = (several.len(), ids.join(", "), counted(kind));
            Err(usage(
                sentence!(
                    "有 {n} {of}叫 {name:?}",
                    "{n} of {kind} are called {name:?}"
                ),
                sentence!("请写编号: {ids}", "give one of their ids: {ids}"),
            ))
        }
    }
}

/// The Chinese word of a kind behind a number.
fn counted(kind: &str) -> &str {
    match kind {
        "staff" => "位员工",
        "dept" => "个部门",
        "campaign" => "个活动",
        "channel" => "个渠道",
        "group" => "个群",
        other => other,
    }
}

/// A target of exactly this subject stands in the workspace.
fn is_kept(writer: &Writer, kind: &str, id: &str) -> Result<bool, Failure> {
    let kept = every(writer.look())?;
    let is_it = |subject_kind: &str, subject_id: &str| (subject_kind, subject_id) == (kind, id);
    Ok(kept
        .iter()
        .any(|(key, _)| is_it(&key.subject_kind, &key.subject_id)))
}

/// Nobody is called so: who is nearly.
fn nobody(writer: &Writer, kind: &str, name: &str) -> Result<Failure, Failure> {
    let known = subjects_of(writer.look(), kind)?;
    let near = nearest(name, known.iter().map(|one| one.name.as_str()), 1);
    let help = near.first().map_or_else(
        || {
            sentence!(
                "写名称或编号, 与导入文件和 `caopan list` 里的一样",
                "give its name or its id, as imports and `caopan list` have it",
            )
        },
        |near| sentence!("是不是 {near}?", "did you mean {near}?"),
    );
    let of = counted(kind);
    let of = of.trim_start_matches(['位', '个']);
    let what = sentence!("没有{of} {name:?}", "there is no {kind} {name:?}");
    Ok(usage(what, help))
}

fn usage(what: Sentence, help: Sentence) -> Failure {
    Failure::new(Exit::Usage, what, help)
}
