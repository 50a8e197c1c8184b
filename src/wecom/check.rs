//! Does it work? One small call of every part, each answered by itself.

use serde_json::{Value, json};

use super::client::{CallError, Client};
use super::page::Cells;

/// One thing that was tried.
#[derive(Debug)]
pub struct Tried {
    /// What: `token`, `departments`, …
    pub what: &'static str,
    /// How many rows came, where there are rows; or why not.
    pub gave: Result<Option<u64>, CallError>,
}

/// Tries the token, then a call of each part; without a token nothing more is tried.
pub fn check(client: &Client<'_>) -> Vec<Tried> {
    let token = client.sign_in();
    let works = token.is_ok();
    let mut tried = vec![Tried {
        what: "token",
        gave: token.map(|()| None),
    }];
    if !works {
        return tried;
    }
    let count = |list: &'static str, answer: Result<Value, CallError>| {
        answer.map(|answer| Cells::of(&answer).list(list).map(|rows| rows.len() as u64))
    };
    let groups = json!({ "status_filter": 0, "limit": 1 });
    let calls: [(&'static str, Result<Option<u64>, CallError>); 5] = [
        (
            "departments",
            count("department", client.get("department/list", &[])),
        ),
        (
            "staff",
            count(
                "follow_user",
                client.get("externalcontact/get_follow_user_list", &[]),
            ),
        ),
        (
            "tag_groups",
            count(
                "tag_group",
                client.post("externalcontact/get_corp_tag_list", &json!({})),
            ),
        ),
        (
            "groups",
            client
                .post("externalcontact/groupchat/list", &groups)
                .map(|_| None),
        ),
        (
            "leavers",
            client
                .post(
                    "externalcontact/get_unassigned_list",
                    &json!({ "page_size": 1 }),
                )
                .map(|_| None),
        ),
    ];
    tried.extend(calls.into_iter().map(|(what, gave)| {
        // Too many people for an unfiltered list: the call itself is allowed.
        let gave = match gave {
            Err(error) if matches!(error.code(), Some(81017 | 84061)) => Ok(None),
            other => other,
        };
        Tried { what, gave }
    }));
    tried
}
