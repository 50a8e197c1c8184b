//! Groups and who is in them, with the daily statistics of groups and of staff.

use super::super::column::{CHAT, NAME, Role, STAFF, Spec, may, must, or};
use super::super::parse::Type;

/// Groups.
pub(super) static GROUPS: Spec = Spec {
    code: "groups",
    table: "group_chat",
    key: &["chat_id"],
    refers: None,
    made: &[("synced_at", Role::Follows)],
    instants: &["created_at", "dissolved_at"],
    columns: &[
        must("chat_id", Type::Id, "wr0001"),
        or("name", NAME, "", "湖滨福利1群"),
        must("owner_userid", Type::Id, "zhangmin"),
        must("created_at", Type::Time, "2026-01-10 09:00"),
        or("wecom_status", Type::Count, "0", "0"),
        may("dissolved_at", Type::Time, ""),
        or("capacity", Type::Count, "500", "500"),
        or("kind", Type::Text(64), "welfare", "welfare"),
        may("credited_userid", Type::Id, ""),
        may("campaign_id", Type::Count, ""),
        may("notice", Type::Text(4_096), ""),
    ],
};

/// Who is or was in which group.
pub(super) static GROUP_MEMBERS: Spec = Spec {
    code: "group-members",
    table: "group_member",
    key: &["chat_id", "member_id", "join_at"],
    refers: Some(CHAT),
    made: &[],
    instants: &["join_at", "quit_at"],
    columns: &[
        must("chat_id", Type::Id, "wr0001"),
        must("member_id", Type::Id, "wm0001"),
        must("join_at", Type::Time, "2026-01-12 20:00"),
        must("type", Type::Count, "2"),
        may("join_scene", Type::Count, "3"),
        may("invitor_userid", Type::Id, ""),
        may("state", Type::Text(128), ""),
        may("unionid", Type::Text(128), ""),
        may("name", NAME, "王芳"),
        may("group_nickname", NAME, ""),
        or("is_admin", Type::Flag, "0", "0"),
        may("quit_at", Type::Time, ""),
        may("quit_scene", Type::Count, ""),
    ],
};

/// Statistics per group and day.
pub(super) static GROUP_DAYS: Spec = Spec {
    code: "group-days",
    table: "group_day",
    key: &["chat_id", "biz_date"],
    refers: Some(CHAT),
    made: &[],
    instants: &[],
    columns: &[
        must("chat_id", Type::Id, "wr0001"),
        must("biz_date", Type::Date, "2026-03-31"),
        may("member_total", Type::Count, "182"),
        may("ext_total", Type::Count, "181"),
        may("joined", Type::Count, "6"),
        may("quit", Type::Count, "4"),
        may("kicked", Type::Count, "1"),
        may("msg_total", Type::Count, "60"),
        may("msg_ext", Type::Count, "41"),
        may("speakers_ext", Type::Count, "9"),
        may("speakers_ext_7d", Type::Count, "40"),
        may("speakers_staff", Type::Count, "1"),
        may("top3_msg_ext", Type::Count, "14"),
        may("questions", Type::Count, "3"),
        may("answered_30m", Type::Count, "3"),
        may("first_reply_s_sum", Type::Count, "1080"),
        may("first_reply_n", Type::Count, "3"),
        may("checkins", Type::Count, ""),
        may("campaign_clicks", Type::Count, ""),
        may("hits", Type::Count, ""),
    ],
};

/// Statistics per staff and day.
pub(super) static STAFF_DAYS: Spec = Spec {
    code: "staff-days",
    table: "staff_day",
    key: &["userid", "biz_date"],
    refers: Some(STAFF),
    made: &[("fetched_at", Role::Follows)],
    instants: &[],
    columns: &[
        must("userid", Type::Id, "zhangmin"),
        must("biz_date", Type::Date, "2026-03-31"),
        may("chat_cnt", Type::Count, "20"),
        may("message_cnt", Type::Count, "140"),
        may("reply_percentage", Type::Real, "92.5"),
        may("avg_reply_time", Type::Real, "3.5"),
        may("negative_feedback_cnt", Type::Count, "0"),
        may("new_apply_cnt", Type::Count, "8"),
        may("new_contact_cnt", Type::Count, "5"),
    ],
};
