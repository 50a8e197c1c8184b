//! What can be imported, as data: per kind its table, its natural key and its columns.

use super::parse::Type;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The organisation.
    Departments,
    /// People of the company.
    Staff,
    /// People of the pool.
    Customers,
    /// Who knows whom, as it stands.
    Follows,
    /// Adds, losses, transfers.
    FollowEvents,
    /// Tag groups.
    TagGroups,
    /// Tags.
    Tags,
    /// Who carries which tag.
    CustomerTags,
    /// Journeys.
    Journeys,
    /// Stages of journeys.
    Stages,
    /// Where customers stand.
    CustomerStages,
    /// Ways by which customers come.
    Channels,
    /// Groups.
    Groups,
    /// Who is or was in which group.
    GroupMembers,
    /// Statistics per group and day.
    GroupDays,
    /// Statistics per staff and day.
    StaffDays,
    /// Orders.
    Orders,
    /// Lines of orders.
    OrderItems,
    /// Refunds.
    Refunds,
    /// Costs.
    Costs,
    /// Campaigns.
    Campaigns,
    /// Who came how far in a campaign.
    CampaignSteps,
    /// Targets.
    Targets,
    /// Reward rules.
    Incentives,
}

/// What an empty cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// It may not be empty.
    Refused,
    /// NULL.
    Null,
    /// This text.
    Text(&'static str),
}

/// A column of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Header. `…_yuan` fills `…_fen`, anything else the column of that name.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) ty: Type,
    /// The header must have it.
    pub(super) required: bool,
    /// What an empty cell means.
    pub(super) empty: Empty,
    /// A value for the template.
    pub(super) sample: &'static str,
}

impl Column {
    /// The column of the table.
    pub(super) fn field(&self) -> String {
        self.name
            .strip_suffix("_yuan")
            .map_or_else(|| self.name.to_owned(), |n| format!("{n}_fen"))
    }
}

/// What a row should find in the workspace: counted as unmatched when it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refers {
    /// Column of the file.
    pub(super) column: &'static str,
    /// `SELECT 1 … WHERE … = ?1`.
    pub(super) sql: &'static str,
}

/// Everything about a kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// As given on the command line.
    pub(super) code: &'static str,
    pub(super) table: &'static str,
    /// Natural key: names of columns, in the order of the table's index.
    pub(super) key: &'static [&'static str],
    pub(super) columns: &'static [Column],
    pub(super) refers: Option<Refers>,
}

/// The header must have it and no cell may be empty.
const fn must(name: &'static str, ty: Type, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: true,
        empty: Empty::Refused,
        sample,
    }
}

/// The header must have it; a cell may be empty.
const fn want(name: &'static str, ty: Type, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: true,
        empty: Empty::Null,
        sample,
    }
}

/// May be missing or empty.
const fn may(name: &'static str, ty: Type, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: false,
        empty: Empty::Null,
        sample,
    }
}

/// May be missing; an empty cell means `empty`.
const fn or(name: &'static str, ty: Type, empty: &'static str, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: false,
        empty: Empty::Text(empty),
        sample,
    }
}

const NAME: Type = Type::Text(512);

const CUSTOMER: Refers = Refers {
    column: "external_userid",
    sql: "SELECT 1 FROM customer WHERE external_userid = ?1",
};
const ORDER: Refers = Refers {
    column: "order_id",
    sql: "SELECT 1 FROM sale_order WHERE order_id = ?1",
};
const CHAT: Refers = Refers {
    column: "chat_id",
    sql: "SELECT 1 FROM group_chat WHERE chat_id = ?1",
};
const TAG_GROUP: Refers = Refers {
    column: "group_id",
    sql: "SELECT 1 FROM tag_group WHERE group_id = ?1",
};
const STAFF: Refers = Refers {
    column: "userid",
    sql: "SELECT 1 FROM staff WHERE userid = ?1",
};
const CAMPAIGN: Refers = Refers {
    column: "campaign_id",
    sql: "SELECT 1 FROM campaign WHERE campaign_id = ?1",
};

/// All kinds, in an order in which a whole business can be imported.
pub(super) const SPECS: &[(Kind, Spec)] = &[
    (
        Kind::Departments,
        Spec {
            code: "departments",
            table: "department",
            key: &["dept_id"],
            refers: None,
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
        },
    ),
    (
        Kind::Staff,
        Spec {
            code: "staff",
            table: "staff",
            key: &["userid"],
            refers: None,
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
                may("main_dept_id", Type::Count, "12"),
                may("wecom_status", Type::Count, "1"),
                or("is_follow_user", Type::Flag, "1", "1"),
                may("hired_on", Type::Date, "2024-06-01"),
                may("left_at", Type::Time, ""),
            ],
        },
    ),
    (
        Kind::Channels,
        Spec {
            code: "channels",
            table: "channel",
            key: &["channel_id"],
            refers: None,
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
        },
    ),
    (
        Kind::Customers,
        Spec {
            code: "customers",
            table: "customer",
            key: &["external_userid"],
            refers: None,
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
        },
    ),
    (
        Kind::Follows,
        Spec {
            code: "follows",
            table: "follow",
            key: &["userid", "external_userid"],
            refers: Some(CUSTOMER),
            columns: &[
                must("userid", Type::Id, "zhangmin"),
                must("external_userid", Type::Id, "wm0001"),
                must("added_at", Type::Time, "2026-03-01 10:00"),
                or(
                    "status",
                    Type::OneOf(&[
                        "active",
                        "deleted_by_customer",
                        "deleted_by_staff",
                        "transferred",
                        "unknown_gone",
                    ]),
                    "active",
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
        },
    ),
    (
        Kind::FollowEvents,
        Spec {
            code: "follow-events",
            table: "follow_event",
            key: &["dedup_key"],
            refers: Some(CUSTOMER),
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
        },
    ),
    (
        Kind::TagGroups,
        Spec {
            code: "tag-groups",
            table: "tag_group",
            key: &["group_id"],
            refers: None,
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
        },
    ),
    (
        Kind::Tags,
        Spec {
            code: "tags",
            table: "tag",
            key: &["tag_id"],
            refers: Some(TAG_GROUP),
            columns: &[
                must("tag_id", Type::Id, "et0101"),
                must("group_id", Type::Id, "eg01"),
                must("name", NAME, "金卡"),
                or("ord", Type::Int, "0", "3"),
                may("created_at", Type::Time, ""),
                or("is_deleted", Type::Flag, "0", "0"),
            ],
        },
    ),
    (
        Kind::CustomerTags,
        Spec {
            code: "customer-tags",
            table: "customer_tag",
            key: &["tag_id", "external_userid", "userid"],
            refers: Some(CUSTOMER),
            columns: &[
                must("tag_id", Type::Id, "et0101"),
                must("external_userid", Type::Id, "wm0001"),
                or("userid", Type::Text(128), "", "zhangmin"),
                or(
                    "origin",
                    Type::OneOf(&["manual", "rule", "import", "wecom"]),
                    "import",
                    "import",
                ),
                may("tagged_at", Type::Time, "2026-03-02"),
            ],
        },
    ),
    (
        Kind::Journeys,
        Spec {
            code: "journeys",
            table: "journey",
            key: &["journey_id"],
            refers: None,
            columns: &[
                must("journey_id", Type::Count, "1"),
                must("name", NAME, "会员旅程"),
            ],
        },
    ),
    (
        Kind::Stages,
        Spec {
            code: "stages",
            table: "journey_stage",
            key: &["stage_id"],
            refers: None,
            columns: &[
                must("stage_id", Type::Count, "3"),
                must("journey_id", Type::Count, "1"),
                must("ord", Type::Int, "3"),
                must("name", NAME, "首购"),
                may("rule", Type::Text(4_096), "1单"),
            ],
        },
    ),
    (
        Kind::CustomerStages,
        Spec {
            code: "customer-stages",
            table: "customer_stage",
            key: &["journey_id", "external_userid"],
            refers: Some(CUSTOMER),
            columns: &[
                must("journey_id", Type::Count, "1"),
                must("external_userid", Type::Id, "wm0001"),
                must("stage_id", Type::Count, "3"),
                must("since_at", Type::Time, "2026-03-05"),
            ],
        },
    ),
    (
        Kind::Groups,
        Spec {
            code: "groups",
            table: "group_chat",
            key: &["chat_id"],
            refers: None,
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
        },
    ),
    (
        Kind::GroupMembers,
        Spec {
            code: "group-members",
            table: "group_member",
            key: &["chat_id", "member_id", "join_at"],
            refers: Some(CHAT),
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
        },
    ),
    (
        Kind::GroupDays,
        Spec {
            code: "group-days",
            table: "group_day",
            key: &["chat_id", "biz_date"],
            refers: Some(CHAT),
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
        },
    ),
    (
        Kind::StaffDays,
        Spec {
            code: "staff-days",
            table: "staff_day",
            key: &["userid", "biz_date"],
            refers: Some(STAFF),
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
        },
    ),
    (
        Kind::Campaigns,
        Spec {
            code: "campaigns",
            table: "campaign",
            key: &["campaign_id"],
            refers: None,
            columns: &[
                must("campaign_id", Type::Count, "7"),
                must("name", NAME, "春季会员日"),
                must("starts_at", Type::Time, "2026-03-20"),
                must("ends_at", Type::Time, "2026-03-23"),
                or(
                    "kind",
                    Type::OneOf(&[
                        "festival",
                        "member_day",
                        "self_made",
                        "flash",
                        "live",
                        "fission",
                        "group_buy",
                        "coupon",
                        "brand",
                        "other",
                    ]),
                    "other",
                    "member_day",
                ),
                or(
                    "status",
                    Type::OneOf(&[
                        "planned",
                        "warmup",
                        "running",
                        "ended",
                        "reviewed",
                        "cancelled",
                    ]),
                    "planned",
                    "ended",
                ),
                may("warmup_at", Type::Time, "2026-03-17"),
                may("owner_userid", Type::Id, ""),
            ],
        },
    ),
    (
        Kind::CampaignSteps,
        Spec {
            code: "campaign-steps",
            table: "campaign_step",
            key: &["campaign_id", "step", "person_key"],
            refers: Some(CAMPAIGN),
            columns: &[
                must("campaign_id", Type::Count, "7"),
                must(
                    "step",
                    Type::OneOf(&[
                        "reached",
                        "opened",
                        "clicked",
                        "joined_group",
                        "added_cart",
                        "ordered",
                        "paid",
                        "shared",
                    ]),
                    "reached",
                ),
                must("person_key", Type::Text(256), "wm0001"),
                must("at", Type::Time, "2026-03-20 09:00"),
                may("userid", Type::Id, "zhangmin"),
                may("chat_id", Type::Id, ""),
            ],
        },
    ),
    (
        Kind::Orders,
        Spec {
            code: "orders",
            table: "sale_order",
            key: &["order_id"],
            refers: Some(CUSTOMER),
            columns: &[
                must("order_id", Type::Id, "SO20260305001"),
                want("external_userid", Type::Id, "wm0001"),
                want("paid_at", Type::Time, "2026-03-05 20:15:30"),
                must("paid_yuan", Type::Money, "128.50"),
                may(
                    "status",
                    Type::OneOf(&["created", "paid", "completed", "closed"]),
                    "paid",
                ),
                may(
                    "source",
                    Type::OneOf(&[
                        "mini_program",
                        "group",
                        "moments",
                        "live",
                        "store",
                        "ecom_platform",
                        "distributor",
                        "other",
                    ]),
                    "mini_program",
                ),
                may("credited_userid", Type::Id, "zhangmin"),
                may("chat_id", Type::Id, ""),
                may("campaign_id", Type::Count, ""),
                may("ordered_at", Type::Time, "2026-03-05 20:14"),
                may("buyer_key", Type::Text(256), ""),
                may("list_yuan", Type::Money, "138.50"),
                or("discount_yuan", Type::SignedMoney, "0", "10.00"),
                or("freight_yuan", Type::SignedMoney, "0", "0"),
                may("credited_dept_id", Type::Count, "12"),
                may("channel_id", Type::Count, ""),
                may("coupon_id", Type::Id, ""),
                or("is_test", Type::Flag, "0", "0"),
            ],
        },
    ),
    (
        Kind::OrderItems,
        Spec {
            code: "order-items",
            table: "order_item",
            key: &["order_id", "line_no"],
            refers: Some(ORDER),
            columns: &[
                must("order_id", Type::Id, "SO20260305001"),
                must("line_no", Type::Count, "1"),
                must("sku", Type::Text(128), "QH004"),
                must("qty", Type::Count, "2"),
                must("line_yuan", Type::SignedMoney, "118.00"),
                may("name", NAME, "氨基酸洗发露"),
                may("category", Type::Text(128), "洗护"),
                may(
                    "product_role",
                    Type::OneOf(&["lead", "profit", "premium", "private_exclusive", "other"]),
                    "profit",
                ),
                may("cost_yuan", Type::SignedMoney, "59.00"),
            ],
        },
    ),
    (
        Kind::Refunds,
        Spec {
            code: "refunds",
            table: "order_refund",
            key: &["refund_id"],
            refers: Some(ORDER),
            columns: &[
                must("refund_id", Type::Id, "RF001"),
                must("order_id", Type::Id, "SO20260305001"),
                must("refunded_at", Type::Time, "2026-03-09 11:00"),
                must("amount_yuan", Type::Money, "30.00"),
                or("is_full", Type::Flag, "0", "0"),
                may("reason", NAME, "少件"),
            ],
        },
    ),
    (
        Kind::Costs,
        Spec {
            code: "costs",
            table: "cost",
            key: &["cost_id"],
            refers: None,
            columns: &[
                must("cost_id", Type::Count, "1"),
                must("biz_date", Type::Date, "2026-03-20"),
                must("amount_yuan", Type::SignedMoney, "500"),
                must(
                    "kind",
                    Type::OneOf(&[
                        "media",
                        "coupon",
                        "gift",
                        "commission",
                        "tool",
                        "labour",
                        "fission_reward",
                        "other",
                    ]),
                    "gift",
                ),
                may("campaign_id", Type::Count, "7"),
                may("channel_id", Type::Count, ""),
                may("dept_id", Type::Count, ""),
                may("userid", Type::Id, ""),
                may("note", NAME, "会员日赠品"),
            ],
        },
    ),
    (
        Kind::Targets,
        Spec {
            code: "targets",
            table: "kpi_target",
            refers: None,
            key: &[
                "metric_code",
                "subject_kind",
                "subject_id",
                "period_kind",
                "period_start",
            ],
            columns: &[
                must("metric_code", Type::Text(64), "net_gmv_refund"),
                must(
                    "subject_kind",
                    Type::OneOf(&["workspace", "dept", "staff", "campaign", "channel", "group"]),
                    "staff",
                ),
                want("subject_id", Type::Id, "zhangmin"),
                must(
                    "period_kind",
                    Type::OneOf(&["day", "week", "month", "quarter", "year", "campaign"]),
                    "month",
                ),
                must("period_start", Type::Date, "2026-03-01"),
                must("period_end", Type::Date, "2026-03-31"),
                must("target_value", Type::Measure, "24000"),
                may("floor_value", Type::Measure, "15000"),
                may("stretch_value", Type::Measure, "30000"),
                or("penalty_allowed", Type::Flag, "1", "1"),
                or("pacing", Type::Text(64), "linear", "linear"),
            ],
        },
    ),
    (
        Kind::Incentives,
        Spec {
            code: "incentives",
            table: "incentive_rule",
            key: &["rule_id"],
            refers: None,
            columns: &[
                must("rule_id", Type::Count, "1"),
                must("name", NAME, "月净销第一档"),
                must("metric_code", Type::Text(64), "net_gmv_refund"),
                must(
                    "period_kind",
                    Type::OneOf(&["day", "week", "month", "quarter", "year", "campaign"]),
                    "month",
                ),
                must(
                    "kind",
                    Type::OneOf(&["threshold", "rank", "attainment", "title"]),
                    "threshold",
                ),
                or("scope", Type::OneOf(&["staff", "dept"]), "staff", "staff"),
                may("threshold", Type::Measure, "20000"),
                may("rank_max", Type::Count, ""),
                may("attain_band", Type::Text(64), ""),
                may("reward_yuan", Type::Money, "200"),
                may("reward_text", NAME, "¥200 奖金"),
                may("valid_from", Type::Date, "2026-01-01"),
                may("valid_to", Type::Date, ""),
            ],
        },
    ),
];

/// Metrics whose targets are amounts of money.
pub(super) const MONEY_METRICS: [&str; 8] = [
    "gmv",
    "net_gmv_refund",
    "net_gmv_order",
    "value_per_buyer",
    "aov",
    "price_per_item",
    "spend",
    "value_at_risk",
];

impl Kind {
    /// All kinds, in an order in which a whole business can be imported.
    pub fn all() -> impl Iterator<Item = Self> {
        SPECS.iter().map(|(kind, _)| *kind)
    }

    /// As given on the command line: `order-items`.
    pub fn code(self) -> &'static str {
        self.spec().code
    }

    /// Reads a kind; the error names the nearest one.
    pub fn parse(text: &str) -> Result<Self, String> {
        SPECS
            .iter()
            .find(|(_, s)| s.code == text)
            .map(|(k, _)| *k)
            .ok_or_else(|| {
                let codes = || SPECS.iter().map(|(_, s)| s.code);
                match nearest(text, codes()) {
                    Some(code) => format!("there is no kind `{text}`; did you mean `{code}`?"),
                    None => format!(
                        "there is no kind `{text}`; there are {}",
                        codes().collect::<Vec<_>>().join(", ")
                    ),
                }
            })
    }

    /// Header and one sample row of a kind: a file that imports cleanly.
    pub fn template(self) -> String {
        let columns = self.spec().columns;
        let line = |cell: fn(&Column) -> &'static str| {
            columns.iter().map(cell).collect::<Vec<_>>().join(",")
        };
        format!("{}\n{}\n", line(|c| c.name), line(|c| c.sample))
    }

    /// Its columns: name, and whether the header must have it.
    pub fn columns(self) -> impl Iterator<Item = (&'static str, bool)> {
        self.spec().columns.iter().map(|c| (c.name, c.required))
    }

    pub(super) fn spec(self) -> &'static Spec {
        const NONE: Spec = Spec {
            code: "",
            table: "",
            key: &[],
            columns: &[],
            refers: None,
        };
        SPECS
            .iter()
            .find(|(k, _)| *k == self)
            .map_or(&NONE, |(_, s)| s)
    }
}

/// The known word that is most like the one typed, if any is near.
pub(super) fn nearest<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words
        .map(|w| (strsim::damerau_levenshtein(typed, w), w))
        .filter(|(d, w)| *d <= 2.max(w.len() / 3))
        .min_by_key(|(d, _)| *d)
        .map(|(_, w)| w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_among_the_columns_and_comes_required_or_is_made() {
        for (_, spec) in SPECS {
            for key in spec.key {
                assert!(
                    spec.columns.iter().any(|c| c.name == *key),
                    "{} {key}",
                    spec.code
                );
            }
            assert!(spec.columns.iter().any(|c| c.required), "{}", spec.code);
        }
    }

    #[test]
    fn a_mistyped_kind_is_answered_with_the_nearest() {
        assert_eq!(Kind::parse("order-items"), Ok(Kind::OrderItems));
        assert!(
            Kind::parse("custmers")
                .unwrap_err()
                .contains("did you mean `customers`")
        );
        assert!(
            Kind::parse("zzzzzzzzzz")
                .unwrap_err()
                .contains("there are departments")
        );
        assert_eq!(Kind::all().count(), 24);
    }
}
