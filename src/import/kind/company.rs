//! The company: its departments, its staff, and the channels by which people come to it.

use super::super::column::{NAME, Spec, may, must, or, want};
use super::super::parse::Type;

/// The organisation.
pub(super) static DEPARTMENTS: Spec = Spec {
    code: "departments",
    table: "department",
    key: &["dept_id"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("dept_id", Type::Count, "12"),
        want("parent_id", Type::Count, ""),
        must("name", NAME, "湖滨店"),
        or(
            "kind",
            Type::OneOf(&["hq", "region", "province", "franchisee", "store", "team"]),
            "team",
            "store",
        ),
        or("ord", Type::Int, "0", "100"),
        or("is_deleted", Type::Flag, "0", "0"),
    ],
};

/// People of the company.
pub(super) static STAFF: Spec = Spec {
    code: "staff",
    table: "staff",
    key: &["userid"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("userid", Type::Id, "zhangmin"),
        must("name", NAME, "张敏"),
        or(
            "role",
            Type::OneOf(&[
                "director",
                "operator",
                "campaign_planner",
                "copywriter",
                "product_ops",
                "designer",
                "store_manager",
                "sales",
                "service",
                "distributor",
                "other",
            ]),
            "sales",
            "sales",
        ),
        may("main_dept_id", Type::Numbered, "12"),
        may("wecom_status", Type::Count, "1"),
        or("is_follow_user", Type::Flag, "1", "1"),
        may("hired_on", Type::Date, "2024-06-01"),
        may("left_at", Type::Time, ""),
    ],
};

/// Ways by which customers come.
pub(super) static CHANNELS: Spec = Spec {
    code: "channels",
    table: "channel",
    key: &["channel_id"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("channel_id", Type::Count, "3"),
        must(
            "kind",
            Type::OneOf(&[
                "contact_way",
                "join_way",
                "acquisition_link",
                "store_sign",
                "parcel_card",
                "ai_call",
                "ad",
                "live",
                "bottle_label",
                "leaflet",
                "payment_popup",
                "detail_page",
                "fission",
                "import",
                "other",
            ]),
            "parcel_card",
        ),
        must("name", NAME, "包裹卡"),
        may("state", Type::Text(128), "qr003"),
        may("config_id", Type::Text(128), ""),
        may("dept_id", Type::Count, ""),
        may("campaign_id", Type::Count, ""),
    ],
};
