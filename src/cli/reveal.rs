//! Showing whole names and phones: who asked for it stands in the journal before anything is shown.

use serde_json::json;

use crate::store::StoreError;
use crate::store::journal::Act;
use crate::store::write::Writer;

use super::error::{Exit, Failure};
use super::person;
use super::setting::Setting;
use super::when;
use crate::domain::sentence;

/// Notes that somebody looks at `what` unmasked. Where the journal cannot be written, nothing is shown.
pub fn noted(setting: &Setting, what: &str, filter: &str) -> Result<(), Failure> {
    if setting.common.read_only {
        return Err(refused());
    }
    let mut writer = match Writer::open(&setting.workspace(), &person::actor()) {
        Err(StoreError::ReadOnly { .. }) => return Err(refused()),
        other => other?,
    };
    Ok(note(&mut writer, what, filter)?)
}

/// Writes the line.
pub fn note(writer: &mut Writer, what: &str, filter: &str) -> Result<(), StoreError> {
    let detail =
        json!({ "filter": super::searched::filter(filter).chars().take(600).collect::<String>() });
    let act = Act {
        at: when::now(),
        act: "reveal",
        subject_kind: what,
        detail: Some(&detail.to_string()),
        ..Act::default()
    };
    writer.act(act, |_| Ok(()))
}

fn refused() -> Failure {
    let why = sentence!(
        "显示完整号码必须记入日志, 而工作区只能读",
        "what is shown unmasked must be written into the journal, and the workspace is open for reading only"
    );
    let help = sentence!(
        "去掉 --unmask, 或请有写权限的人来做",
        "leave --unmask out, or let somebody do it who may write"
    );
    Failure::new(Exit::Refused, why, help)
}
