//! Identities: what a selection remembers, what a drill-down asks for. Raw as stored; never drawn (see [`super::SafeText`]).

use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Arc<str>);
        impl $name {
            /// The id as the workspace stores it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(raw: &str) -> Self {
                Self(raw.into())
            }
        }
    };
}

id!(
    /// `customer.external_userid`.
    CustomerId
);
id!(
    /// `staff.userid`.
    StaffId
);
id!(
    /// `group_chat.chat_id`.
    ChatId
);
id!(
    /// `tag.tag_id`.
    TagId
);

/// `campaign.campaign_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignId(pub i64);

/// `department.dept_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeptId(pub i64);
