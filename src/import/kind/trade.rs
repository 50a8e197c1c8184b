//! Orders, their lines, refunds and costs.

use super::super::column::{CUSTOMER, NAME, ORDER, Role, Spec, may, must, or, want};
use super::super::parse::Type;

/// Orders.
pub(super) static ORDERS: Spec = Spec {
    code: "orders",
    table: "sale_order",
    key: &["order_id"],
    refers: Some(CUSTOMER),
    made: &[
        ("biz_date", Role::Compared),
        ("status", Role::Compared),
        ("source", Role::Birth),
        ("ordered_at", Role::Birth),
        ("list_fen", Role::Birth),
    ],
    instants: &["paid_at"],
    columns: &[
        must("order_id", Type::Id, "SO20260305001"),
        want("paid_at", Type::Time, "2026-03-05 20:15:30"),
        must("paid_yuan", Type::Money, "128.50"),
        may("external_userid", Type::Id, "wm0001"),
        may("phone", Type::Phone, ""),
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
        may("campaign_id", Type::Numbered, ""),
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
};

/// Lines of orders.
pub(super) static ORDER_ITEMS: Spec = Spec {
    code: "order-items",
    table: "order_item",
    key: &["order_id", "line_no"],
    refers: Some(ORDER),
    made: &[],
    instants: &[],
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
};

/// Refunds.
pub(super) static REFUNDS: Spec = Spec {
    code: "refunds",
    table: "order_refund",
    key: &["refund_id"],
    refers: Some(ORDER),
    made: &[("biz_date", Role::Compared)],
    instants: &["refunded_at"],
    columns: &[
        must("refund_id", Type::Id, "RF001"),
        must("order_id", Type::Id, "SO20260305001"),
        must("refunded_at", Type::Time, "2026-03-09 11:00"),
        must("amount_yuan", Type::SignedMoney, "30.00"),
        may(
            "status",
            Type::OneOf(&["refunded", "pending", "refused"]),
            "refunded",
        ),
        or("is_full", Type::Flag, "0", "0"),
        may("reason", NAME, "少件"),
    ],
};

/// Costs.
pub(super) static COSTS: Spec = Spec {
    code: "costs",
    table: "cost",
    key: &["cost_id"],
    refers: None,
    made: &[],
    instants: &[],
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
        may("campaign_id", Type::Numbered, "7"),
        may("channel_id", Type::Count, ""),
        may("dept_id", Type::Count, ""),
        may("userid", Type::Id, ""),
        may("note", NAME, "会员日赠品"),
    ],
};
