//! The people of the pool: who they are, who knows them, what they are tagged with, where they stand.

use super::super::column::{CUSTOMER, NAME, Role, Spec, TAG_GROUP, may, must, or};
use super::super::parse::Type;

/// People of the pool.
pub(super) static CUSTOMERS: Spec = Spec {
    code: "customers",
    table: "customer",
    key: &["external_userid"],
    refers: None,
    made: &[("synced_at", Role::Follows)],
    instants: &["first_added_at"],
    columns: &[
        must("external_userid", Type::Id, "wm0001"),
        or("name", NAME, "", "王芳"),
        may("phone", Type::Phone, "12800001234"),
        may("gender", Type::Gender, "女"),
        may("region", Type::Text(128), "杭州"),
        may("birthday", Type::Date, "1992-05-20"),
        may("first_added_at", Type::Time, "2026-03-01 10:00"),
        may("type", Type::Count, "1"),
        may("unionid", Type::Text(128), ""),
        may("avatar", Type::Text(2_048), ""),
        may("corp_name", NAME, ""),
        may("corp_full_name", NAME, ""),
        may("position", NAME, ""),
    ],
};

/// Who knows whom, as it stands.
pub(super) static FOLLOWS: Spec = Spec {
    code: "follows",
    table: "follow",
    key: &["userid", "external_userid"],
    refers: Some(CUSTOMER),
    // Where the row does not say it, what is known stands for it.
    made: &[("status", Role::Compared), ("ended_at", Role::Compared)],
    instants: &["added_at", "ended_at", "last_touch_at", "last_inbound_at"],
    columns: &[
        must("userid", Type::Id, "zhangmin"),
        must("external_userid", Type::Id, "wm0001"),
        must("added_at", Type::Time, "2026-03-01 10:00"),
        may(
            "status",
            Type::OneOf(&[
                "active",
                "deleted_by_customer",
                "deleted_by_staff",
                "transferred",
                "unknown_gone",
            ]),
            "active",
        ),
        may("ended_at", Type::Time, ""),
        may("add_way", Type::Count, "1"),
        may("state", Type::Text(128), "qr003"),
        may("channel_id", Type::Count, "3"),
        may("oper_userid", Type::Id, ""),
        may("remark", NAME, "敏感肌"),
        may("description", Type::Text(4_096), ""),
        may("remark_corp_name", NAME, ""),
        may("remark_mobiles", Type::Text(1_024), ""),
        or("is_owner", Type::Flag, "0", "1"),
        may("last_touch_at", Type::Time, "2026-03-20 18:30"),
        may("last_inbound_at", Type::Time, ""),
    ],
};

/// Adds, losses, transfers.
pub(super) static FOLLOW_EVENTS: Spec = Spec {
    code: "follow-events",
    table: "follow_event",
    key: &["dedup_key"],
    refers: Some(CUSTOMER),
    made: &[("dedup_key", Role::Key), ("biz_date", Role::Compared)],
    instants: &["occurred_at"],
    columns: &[
        must("occurred_at", Type::Time, "2026-03-01 10:00"),
        must("userid", Type::Id, "zhangmin"),
        must("external_userid", Type::Id, "wm0001"),
        must(
            "kind",
            Type::OneOf(&[
                "add",
                "half_add",
                "edit",
                "del_by_staff",
                "del_by_customer",
                "transfer_out",
                "transfer_in",
                "transfer_fail",
                "vanished",
            ]),
            "add",
        ),
        or(
            "source",
            Type::OneOf(&["callback", "diff", "import", "local"]),
            "import",
            "import",
        ),
        may("detail", Type::Text(4_096), ""),
        may("dedup_key", Type::Text(256), ""),
    ],
};

/// Tag groups.
pub(super) static TAG_GROUPS: Spec = Spec {
    code: "tag-groups",
    table: "tag_group",
    key: &["group_id"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("group_id", Type::Id, "eg01"),
        must("name", NAME, "会员等级"),
        or(
            "kind",
            Type::OneOf(&[
                "static",
                "consumption",
                "behaviour",
                "tier",
                "channel",
                "other",
            ]),
            "other",
            "tier",
        ),
        or("ord", Type::Int, "0", "10"),
        or("source", Type::Count, "1", "1"),
        may("created_at", Type::Time, ""),
        or("is_deleted", Type::Flag, "0", "0"),
    ],
};

/// Tags.
pub(super) static TAGS: Spec = Spec {
    code: "tags",
    table: "tag",
    key: &["tag_id"],
    refers: Some(TAG_GROUP),
    made: &[],
    instants: &[],
    columns: &[
        must("tag_id", Type::Id, "et0101"),
        must("group_id", Type::Id, "eg01"),
        must("name", NAME, "金卡"),
        or("ord", Type::Int, "0", "3"),
        may("created_at", Type::Time, ""),
        or("is_deleted", Type::Flag, "0", "0"),
    ],
};

/// Who carries which tag.
pub(super) static CUSTOMER_TAGS: Spec = Spec {
    code: "customer-tags",
    table: "customer_tag",
    key: &["tag_id", "external_userid", "userid"],
    refers: Some(CUSTOMER),
    made: &[],
    instants: &[],
    columns: &[
        // An id or a name, or several of them.
        must("tag_id", NAME, "et0101"),
        must("external_userid", Type::Id, "wm0001"),
        // Tells tags of one name apart.
        may("group_name", NAME, ""),
        or("userid", Type::Text(128), "", "zhangmin"),
        or(
            "origin",
            Type::OneOf(&["manual", "rule", "import", "wecom"]),
            "import",
            "import",
        ),
        may("tagged_at", Type::Time, "2026-03-02"),
    ],
};

/// Journeys.
pub(super) static JOURNEYS: Spec = Spec {
    code: "journeys",
    table: "journey",
    key: &["journey_id"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("journey_id", Type::Count, "1"),
        must("name", NAME, "会员旅程"),
    ],
};

/// Stages of journeys.
pub(super) static STAGES: Spec = Spec {
    code: "stages",
    table: "journey_stage",
    key: &["stage_id"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("stage_id", Type::Count, "3"),
        must("journey_id", Type::Count, "1"),
        must("ord", Type::Int, "3"),
        must("name", NAME, "首购"),
        may("rule", Type::Text(4_096), "1单"),
    ],
};

/// Where customers stand.
pub(super) static CUSTOMER_STAGES: Spec = Spec {
    code: "customer-stages",
    table: "customer_stage",
    key: &["journey_id", "external_userid"],
    refers: Some(CUSTOMER),
    made: &[],
    instants: &[],
    columns: &[
        must("journey_id", Type::Count, "1"),
        must("external_userid", Type::Id, "wm0001"),
        must("stage_id", Type::Count, "3"),
        must("since_at", Type::Time, "2026-03-05"),
    ],
};
