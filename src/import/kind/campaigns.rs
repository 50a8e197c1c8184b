//! Campaigns, how far people came in them, and what is asked and rewarded.

use super::super::column::{CAMPAIGN, NAME, Spec, may, must, or, want};
use super::super::parse::Type;

/// Campaigns.
pub(super) static CAMPAIGNS: Spec = Spec {
    code: "campaigns",
    table: "campaign",
    key: &["campaign_id"],
    refers: None,
    made: &[],
    instants: &[],
    columns: &[
        must("campaign_id", Type::Count, "7"),
        must("name", NAME, "春季会员日"),
        must("starts_at", Type::Time, "2026-03-20"),
        must("ends_at", Type::End, "2026-03-22"),
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
};

/// Who came how far in a campaign.
pub(super) static CAMPAIGN_STEPS: Spec = Spec {
    code: "campaign-steps",
    table: "campaign_step",
    key: &["campaign_id", "step", "person_key"],
    refers: Some(CAMPAIGN),
    made: &[],
    instants: &["at"],
    columns: &[
        must("campaign_id", Type::Numbered, "7"),
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
};

/// Targets.
pub(super) static TARGETS: Spec = Spec {
    code: "targets",
    table: "kpi_target",
    refers: None,
    made: &[],
    instants: &[],
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
};

/// Reward rules.
pub(super) static INCENTIVES: Spec = Spec {
    code: "incentives",
    table: "incentive_rule",
    key: &["rule_id"],
    refers: None,
    made: &[],
    instants: &[],
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
};
