//! Callbacks: one sealed event, opened, read and applied.
//!
//! `seal` checks who sent it, `xml` reads it, `apply` writes it in one transaction. The same event twice does nothing
//! the second time; events out of order end as if they had come in order.

mod apply;
mod seal;
mod xml;

use rusqlite::Connection;

use super::intake::{When, within};
use super::secret::Secret;
use crate::domain::sentence::Fixed;
use crate::domain::{Sentence, sentence};
use crate::store::StoreError;

pub use apply::Applied;
pub use seal::{Sealed, Signature};
pub use xml::Words;

/// Longest callback read, bytes.
pub const LONGEST: usize = 1 << 20;

/// Why a callback was not applied.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// The signature is another's.
    Signature,
    /// `EncodingAESKey` is no key.
    Key,
    /// It does not open, or is for another company.
    Sealed(Fixed),
    /// It is not the XML of a callback.
    Xml(Fixed),
    /// The workspace.
    Store(#[from] StoreError),
}

impl CallbackError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Signature => sentence!("签名对不上", "the signature does not match"),
            Self::Key => sentence!(
                "EncodingAESKey 不是 43 个字符的密钥",
                "EncodingAESKey is not a key of 43 characters",
            ),
            Self::Sealed((zh, en)) => {
                sentence!("消息解不开: {zh}", "the message does not open: {en}")
            }
            Self::Xml((zh, en)) => {
                sentence!("不是回调的 XML: {zh}", "not a callback's XML: {en}")
            }
            Self::Store(error) => error.what(),
        }
    }

    /// What to do.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Signature => sentence!(
                "核对 token 是「接收消息」页的那个, 并且地址里的三个参数都完整传到",
                "see that the token is that of the app's page 接收消息, and that the address's three words came through whole",
            ),
            Self::Key => sentence!(
                "从应用的「接收消息」页复制 EncodingAESKey",
                "copy EncodingAESKey from the app's page 接收消息",
            ),
            Self::Sealed(_) => sentence!(
                "核对 EncodingAESKey 与 corp_id 属于这个应用",
                "see that EncodingAESKey and corp_id are those of this app",
            ),
            Self::Xml(_) => sentence!(
                "把回调的正文原样传来",
                "give the body of the callback as it came",
            ),
            Self::Store(error) => error.help(),
        }
    }
}

impl std::fmt::Display for CallbackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// What a callback is opened with.
#[derive(Debug)]
pub struct Keys {
    /// The token of the app's page 接收消息.
    pub token: Secret,
    /// Its `EncodingAESKey`.
    pub aes_key: Secret,
    /// Whom it must be for: the company's id.
    pub receive_id: String,
}

/// Opens the `echostr` of the address check: what has to be answered.
pub fn echo(
    keys: &Keys,
    signature: &Signature<'_>,
    echostr: &str,
) -> Result<String, CallbackError> {
    let plain = seal::open(keys, signature, echostr)?;
    String::from_utf8(plain).map_err(|_| CallbackError::Sealed(("不是文字", "it is no text")))
}

/// Opens a callback's body and reads the event in it.
pub fn read(keys: &Keys, signature: &Signature<'_>, body: &str) -> Result<Words, CallbackError> {
    let envelope = Words::read(body)?;
    let encrypted = envelope
        .get("Encrypt")
        .ok_or(CallbackError::Xml(("里面没有 Encrypt", "no Encrypt in it")))?;
    let plain = seal::open(keys, signature, encrypted)?;
    let text = String::from_utf8(plain)
        .map_err(|_| CallbackError::Xml(("不是 UTF-8", "it is no UTF-8")))?;
    Words::read(&text)
}

/// Applies an event: all of it or nothing.
pub fn apply(conn: &mut Connection, words: &Words, when: When) -> Result<Applied, CallbackError> {
    Ok(within(conn, |tx| apply::apply(tx, words, when))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;
    use crate::store::{Birth, create};

    const NOW: i64 = 1_794_378_600;

    struct Site {
        conn: Connection,
        _folder: tempfile::TempDir,
    }

    fn site() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let birth = Birth {
            zone: "Asia/Shanghai",
            corp_name: "",
            workspace_id: "",
            now: NOW,
        };
        let conn = create(&folder.path().join("w.db"), &birth).unwrap().conn;
        Site {
            conn,
            _folder: folder,
        }
    }

    impl Site {
        fn apply(&mut self, inner: &str) -> Applied {
            let words = Words::read(&format!("<xml>{inner}</xml>")).unwrap();
            let when = When {
                now: NOW,
                zone: Zone::default(),
            };
            apply(&mut self.conn, &words, when).unwrap()
        }

        fn contact(&mut self, change: &str, at: i64) -> Applied {
            self.apply(&format!(
                "<Event>change_external_contact</Event><ChangeType>{change}</ChangeType><CreateTime>{at}</CreateTime>
                 <UserID>zhang</UserID><ExternalUserID>wm1</ExternalUserID><State><![CDATA[st]]></State>"
            ))
        }

        fn chat(&mut self, more: &str, at: i64) -> Applied {
            self.apply(&format!(
                "<Event>change_external_chat</Event><ChatId>wr1</ChatId><CreateTime>{at}</CreateTime>{more}"
            ))
        }

        fn text(&self, sql: &str) -> String {
            self.conn.query_row(sql, [], |row| row.get(0)).unwrap()
        }
    }

    const EVENTS: &str =
        "SELECT coalesce(group_concat(kind, ' ' ORDER BY occurred_at), '') FROM follow_event";
    const RELATION: &str =
        "SELECT status || ' ' || is_owner || ' ' || coalesce(ended_at, 0) FROM follow";

    #[test]
    fn a_customer_comes_and_goes_once_however_often_it_is_told() {
        let mut site = site();
        assert_eq!(
            site.contact("add_external_contact", NOW - 50),
            Applied::Done
        );
        assert_eq!(
            site.contact("add_external_contact", NOW - 50),
            Applied::Known
        );
        assert_eq!(site.text(RELATION), "active 1 0");
        assert_eq!(site.contact("del_follow_user", NOW - 40), Applied::Done);
        assert_eq!(site.contact("del_follow_user", NOW - 40), Applied::Known);
        assert_eq!(
            site.text(RELATION),
            format!("deleted_by_customer 0 {}", NOW - 40)
        );
        assert_eq!(site.text(EVENTS), "add del_by_customer");
        assert_eq!(
            site.contact("add_external_contact", NOW - 30),
            Applied::Done
        );
        assert_eq!(site.text(RELATION), "active 1 0");
        // The old end once more does not end the new relation.
        assert_eq!(site.contact("del_follow_user", NOW - 40), Applied::Known);
        assert_eq!(site.text(RELATION), "active 1 0");
    }

    #[test]
    fn an_end_told_before_its_beginning_still_ends_it() {
        let mut site = site();
        assert_eq!(
            site.contact("del_external_contact", NOW - 40),
            Applied::Done
        );
        assert_eq!(
            site.contact("add_external_contact", NOW - 50),
            Applied::Done
        );
        assert_eq!(
            site.text(RELATION),
            format!("deleted_by_staff 0 {}", NOW - 40)
        );
        assert_eq!(site.text(EVENTS), "add del_by_staff");
    }

    #[test]
    fn members_come_and_go_and_a_dissolved_group_is_marked() {
        let mut site = site();
        assert_eq!(
            site.chat("<ChangeType>create</ChangeType>", NOW - 90),
            Applied::Later
        );
        site.conn
            .execute(
                "INSERT INTO group_chat (chat_id, owner_userid, created_at, member_version) VALUES ('wr1', 'zhang', 1, 'v1')",
                [],
            )
            .unwrap();
        let members = "<MemChangeList><Item>wm1</Item><Item>wm2</Item></MemChangeList>";
        let add = format!(
            "<ChangeType>update</ChangeType><UpdateDetail>add_member</UpdateDetail><JoinScene>3</JoinScene>{members}"
        );
        assert_eq!(site.chat(&add, NOW - 80), Applied::Done);
        assert_eq!(site.chat(&add, NOW - 80), Applied::Later);
        let del = "<ChangeType>update</ChangeType><UpdateDetail>del_member</UpdateDetail><QuitScene>1</QuitScene><MemChangeList><Item>wm1</Item></MemChangeList>";
        assert_eq!(site.chat(del, NOW - 70), Applied::Done);
        // The joining once more does not bring the member back.
        site.chat(&add, NOW - 80);
        let here = "SELECT group_concat(member_id) FROM group_member WHERE quit_at IS NULL";
        assert_eq!(site.text(here), "wm2");
        assert_eq!(
            site.text("SELECT coalesce(member_version, 'none') FROM group_chat"),
            "none"
        );
        assert_eq!(
            site.chat("<ChangeType>dismiss</ChangeType>", NOW - 60),
            Applied::Done
        );
        assert_eq!(
            site.chat("<ChangeType>dismiss</ChangeType>", NOW - 60),
            Applied::Known
        );
        let kinds =
            "SELECT group_concat(kind, ' ' ORDER BY occurred_at, member_id) FROM group_event";
        assert_eq!(site.text(kinds), "create join join kick dismiss");
    }

    #[test]
    fn events_of_other_kinds_and_without_ids_change_nothing() {
        let mut site = site();
        for inner in [
            "<Event>change_contact</Event><CreateTime>1794378600</CreateTime>",
            "<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType><CreateTime>1794378600</CreateTime>",
            "<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType><UserID>z</UserID><ExternalUserID>wm1</ExternalUserID>",
            "<Event>change_external_contact</Event><CreateTime>253402300799</CreateTime>",
            "<MsgType>text</MsgType>",
        ] {
            assert_eq!(site.apply(inner), Applied::Foreign, "{inner}");
        }
        assert_eq!(
            site.text(
                "SELECT ((SELECT count(*) FROM customer) + (SELECT count(*) FROM follow_event)) || ''"
            ),
            "0"
        );
    }

    #[test]
    fn a_sealed_event_is_read_and_a_foreign_one_is_not() {
        let keys = seal::testing::keys();
        let (encrypted, signature) =
            seal::testing::seal(&keys, "<xml><Event>x</Event></xml>", "ww1");
        let body = format!(
            "<xml><ToUserName>ww1</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        );
        let signed = Signature {
            msg_signature: &signature,
            timestamp: "1",
            nonce: "n",
        };
        assert_eq!(read(&keys, &signed, &body).unwrap().get("Event"), Some("x"));
        let other = Signature {
            nonce: "m",
            ..signed
        };
        assert!(matches!(
            read(&keys, &other, &body),
            Err(CallbackError::Signature)
        ));
        assert!(matches!(
            read(&keys, &signed, "<xml/>"),
            Err(CallbackError::Xml(_))
        ));
    }
}
