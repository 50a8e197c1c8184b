//! Catalogues of the demo: places, tags, channels, products. Shop and people are invented.

/// The brand whose pool the demo is.
pub(super) const BRAND: &str = "青禾日用（演示）";

/// Regions and the provinces of each.
pub(super) const REGIONS: [(&str, [&str; 3]); 4] = [
    ("华东大区", ["浙江", "江苏", "上海"]),
    ("华南大区", ["广东", "福建", "广西"]),
    ("华北大区", ["北京", "山东", "河北"]),
    ("西南大区", ["四川", "重庆", "云南"]),
];

/// Cities customers live in; the province's share of the pool follows the order.
pub(super) const CITIES: [&str; 24] = [
    "杭州",
    "上海",
    "广州",
    "深圳",
    "成都",
    "重庆",
    "南京",
    "苏州",
    "北京",
    "宁波",
    "温州",
    "佛山",
    "东莞",
    "厦门",
    "福州",
    "济南",
    "青岛",
    "石家庄",
    "南宁",
    "桂林",
    "昆明",
    "大理",
    "绵阳",
    "无锡",
];

/// Streets and malls that stores are named after.
pub(super) const STORES: [&str; 24] = [
    "湖滨银泰",
    "万象城",
    "大悦城",
    "天河城",
    "来福士",
    "春熙路",
    "观音桥",
    "新街口",
    "山塘街",
    "南塘老街",
    "五马街",
    "岭南天地",
    "松山湖",
    "中山路",
    "三坊七巷",
    "泉城路",
    "五四广场",
    "勒泰中心",
    "朝阳路",
    "东西巷",
    "翠湖",
    "古城南门",
    "凯德广场",
    "恒隆广场",
];

/// One tag group: name, `tag_group.kind`, its tags.
pub(super) struct TagFamily {
    /// Name of the tag group.
    pub(super) name: &'static str,
    /// `tag_group.kind`.
    pub(super) kind: &'static str,
    /// Names of its tags, in `ord` order; the last fixed one is followed by `more` numbered ones.
    pub(super) tags: &'static [&'static str],
    /// Numbered tags after the named ones (`一店`, `二店` …).
    pub(super) more: usize,
}

/// The 200 tags in four families and sources.
pub(super) const TAGS: [TagFamily; 16] = [
    TagFamily {
        name: "城市",
        kind: "static",
        tags: &CITIES,
        more: 0,
    },
    TagFamily {
        name: "年龄段",
        kind: "static",
        tags: &[
            "18岁以下",
            "18-24岁",
            "25-29岁",
            "30-34岁",
            "35-44岁",
            "45岁以上",
        ],
        more: 0,
    },
    TagFamily {
        name: "生日月",
        kind: "static",
        tags: &[
            "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
        ],
        more: 0,
    },
    TagFamily {
        name: "家庭",
        kind: "static",
        tags: &[
            "未婚",
            "已婚",
            "孕期",
            "宝宝0-1岁",
            "宝宝1-3岁",
            "宝宝3-6岁",
            "二孩",
            "养宠",
        ],
        more: 0,
    },
    TagFamily {
        name: "消费力",
        kind: "consumption",
        tags: &[
            "未下单",
            "单客<100",
            "单客100-500",
            "单客500-1000",
            "单客1000-3000",
            "单客3000+",
        ],
        more: 0,
    },
    TagFamily {
        name: "品类偏好",
        kind: "consumption",
        tags: &[
            "洗护", "面膜", "防晒", "彩妆", "香氛", "纸品", "家清", "零食", "茶饮", "咖啡", "母婴",
            "宠物", "家纺", "厨具", "收纳", "保健", "运动", "文具", "鲜花", "礼盒",
        ],
        more: 0,
    },
    TagFamily {
        name: "购买方式",
        kind: "consumption",
        tags: &[
            "囤货",
            "只买折扣",
            "爱用券",
            "拼团",
            "自提",
            "礼赠",
            "企业采购",
            "货到付款",
        ],
        more: 0,
    },
    TagFamily {
        name: "复购",
        kind: "consumption",
        tags: &[
            "首购",
            "二购",
            "三购以上",
            "30天内复购",
            "90天未购",
            "180天未购",
        ],
        more: 0,
    },
    TagFamily {
        name: "互动",
        kind: "behaviour",
        tags: &[
            "秒回",
            "爱提问",
            "常点赞",
            "只看不说",
            "投诉过",
            "好评过",
            "爱晒单",
            "愿意内测",
            "被打扰过",
            "夜间活跃",
        ],
        more: 0,
    },
    TagFamily {
        name: "社群",
        kind: "behaviour",
        tags: &[
            "在群",
            "群活跃",
            "群潜水",
            "签到达人",
            "团长",
            "退过群",
            "广告嫌疑",
            "帮答疑",
        ],
        more: 0,
    },
    TagFamily {
        name: "直播",
        kind: "behaviour",
        tags: &["看过直播", "直播下单", "预约直播", "常驻直播间"],
        more: 0,
    },
    TagFamily {
        name: "活动",
        kind: "behaviour",
        tags: &[
            "年度大促",
            "会员日",
            "新品首发",
            "社群秒杀",
            "裂变拉新",
            "老带新",
            "到店打卡",
            "砍价",
            "抽奖",
            "问卷",
        ],
        more: 0,
    },
    TagFamily {
        name: "会员等级",
        kind: "tier",
        tags: &["普通", "银卡", "金卡", "黑金", "员工亲友"],
        more: 0,
    },
    TagFamily {
        name: "价值分层",
        kind: "tier",
        tags: &[
            "重要价值",
            "重要发展",
            "重要保持",
            "重要挽留",
            "一般价值",
            "一般发展",
            "一般保持",
            "一般挽留",
            "KOC",
            "超级用户",
        ],
        more: 0,
    },
    TagFamily {
        name: "来源",
        kind: "channel",
        tags: &[
            "门店台卡",
            "包裹卡",
            "公众号",
            "小程序",
            "视频号",
            "朋友圈广告",
            "直播间",
            "AI外呼",
            "支付弹窗",
            "详情页",
            "裂变海报",
            "瓶身码",
            "传单",
            "历史导入",
        ],
        more: 0,
    },
    TagFamily {
        name: "归属门店",
        kind: "channel",
        tags: &STORES,
        more: 25,
    },
];

/// Position of a tag group in [`TAGS`], where the generator gives tags that agree with the rows.
pub(super) mod family {
    pub(in super::super) const CITY: usize = 0;
    pub(in super::super) const BIRTH_MONTH: usize = 2;
    pub(in super::super) const SPENDING: usize = 4;
    pub(in super::super) const REPURCHASE: usize = 7;
    pub(in super::super) const TIER: usize = 12;
    pub(in super::super) const SOURCE: usize = 14;
    pub(in super::super) const STORE: usize = 15;
}

/// Channels: `channel.kind`, name, `follow.add_way` of WeCom; in the order of the 来源 tags.
pub(super) const CHANNELS: [(&str, &str, i64); 14] = [
    ("store_sign", "门店台卡", 1),
    ("parcel_card", "包裹卡", 1),
    ("contact_way", "公众号菜单", 1),
    ("contact_way", "小程序客服", 1),
    ("acquisition_link", "视频号主页", 16),
    ("ad", "朋友圈广告", 16),
    ("live", "直播间挂件", 16),
    ("ai_call", "AI外呼加微", 2),
    ("payment_popup", "支付后弹窗", 1),
    ("detail_page", "商品详情页", 1),
    ("fission", "裂变海报", 1),
    ("bottle_label", "瓶身码", 1),
    ("leaflet", "社区传单", 1),
    ("import", "历史导入", 0),
];

/// How often each channel brings a customer.
pub(super) const CHANNEL_WEIGHTS: [u64; 14] = [18, 20, 9, 10, 7, 5, 8, 4, 6, 3, 4, 2, 2, 2];

/// A product: sku, name, category, `order_item.product_role`, price and cost in fen.
pub(super) struct Product {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) role: &'static str,
    pub(super) price: i64,
    pub(super) cost: i64,
}

const fn product(
    sku: &'static str,
    name: &'static str,
    category: &'static str,
    role: &'static str,
    price: i64,
) -> Product {
    // Cost shares by role: leads are sold near cost, premium far above it.
    let share = match role.as_bytes() {
        b"lead" => 85,
        b"premium" => 35,
        _ => 50,
    };
    Product {
        sku,
        name,
        category,
        role,
        price,
        cost: price * share / 100,
    }
}

/// What the shop sells.
pub(super) const PRODUCTS: [Product; 16] = [
    product("QH001", "厨房湿巾三包", "家清", "lead", 990),
    product("QH002", "原生竹浆抽纸一提", "纸品", "lead", 1_990),
    product("QH003", "茉莉白茶挂耳", "茶饮", "lead", 2_900),
    product("QH004", "氨基酸洗发露", "洗护", "profit", 5_900),
    product("QH005", "燕麦身体乳", "洗护", "profit", 6_800),
    product("QH006", "玻尿酸面膜一盒", "面膜", "profit", 7_900),
    product("QH007", "清透防晒乳", "防晒", "profit", 8_900),
    product("QH008", "酵素洗衣凝珠", "家清", "profit", 4_590),
    product("QH009", "冻干咖啡礼盒", "咖啡", "profit", 12_800),
    product("QH010", "儿童牙膏两支", "母婴", "profit", 3_980),
    product("QH011", "新疆棉浴巾", "家纺", "profit", 9_900),
    product("QH012", "铸铁小锅", "厨具", "premium", 29_900),
    product("QH013", "山茶花精华油", "洗护", "premium", 36_800),
    product("QH014", "东方香氛套装", "香氛", "premium", 45_900),
    product(
        "QH015",
        "群友专享尝鲜盒",
        "零食",
        "private_exclusive",
        3_990,
    ),
    product("QH016", "年节礼盒", "礼盒", "private_exclusive", 19_900),
];

/// Words a guide writes into a remark.
pub(super) const REMARKS: [&str; 14] = [
    "敏感肌",
    "宝妈",
    "要发票",
    "住得近",
    "爱问价",
    "别晚上发",
    "喜欢礼盒",
    "老公付款",
    "生日提醒",
    "转介绍多",
    "到店两次",
    "等新品",
    "退过一次",
    "要静音",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_hundred_tags_in_all_families() {
        let all: usize = TAGS.iter().map(|f| f.tags.len() + f.more).sum();
        assert_eq!(all, 200);
        for kind in ["static", "consumption", "behaviour", "tier", "channel"] {
            assert!(TAGS.iter().any(|f| f.kind == kind), "{kind}");
        }
        assert_eq!(TAGS[family::SOURCE].tags.len(), CHANNELS.len());
        assert_eq!(CHANNELS.len(), CHANNEL_WEIGHTS.len());
    }
}
