//! What the server says of one staff's relation to a customer.

use std::collections::BTreeSet;

/// One staff's relation to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// `userid`.
    pub userid: String,
    /// `createtime`; `None` where it is no time.
    pub added_at: Option<i64>,
    /// `add_way`, known or not.
    pub add_way: Option<i64>,
    /// `state` of the channel.
    pub state: Option<String>,
    /// `oper_userid`.
    pub oper_userid: Option<String>,
    /// `remark`.
    pub remark: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `remark_corp_name` or `remark_company`.
    pub remark_corp_name: Option<String>,
    /// `remark_mobiles`.
    pub mobiles: Vec<String>,
    /// `wechat_channels.nickname`.
    pub channels_nickname: Option<String>,
    /// `wechat_channels.source`.
    pub channels_source: Option<i64>,
    /// Tag ids of the company.
    pub tags: BTreeSet<String>,
    /// The staff's own tags, which have no id: group and name. `None`: the answer does not speak of them.
    pub personal: Option<BTreeSet<(String, String)>>,
}
