//! Files of shops and of WeCom's console: orders with a row for each item, money given back, names in the place of ids.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::pedantic,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use shop::{Gave, Shop};

fn shop() -> Shop {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    shop
}

/// Imports a text under a file's name.
fn bring(shop: &Shop, name: &str, text: &str, more: &[&str]) -> Gave {
    shop.write(name, text);
    let named = [name, "-w", "w.db"];
    shop.run(&[&["import"], more, &named].concat())
}

const ITEMS: &str =
    "订单编号,下单时间,付款时间,订单状态,实付金额,商品金额,商品名称,商品编码,退款金额\n";

fn orders_of(shop: &Shop) -> String {
    shop.connection("w.db")
        .query_row(
            "SELECT group_concat(order_id || ' ' || paid_fen, ', ' ORDER BY order_id) FROM sale_order",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

#[test]
fn orders_with_a_row_for_each_item_are_one_order_each() {
    let shop = shop();
    let rows = "E1,2026-03-05 09:00,2026-03-05 09:01,交易成功,98,59,洗发露,QH1,9\n\
        E1,2026-03-05 09:00,2026-03-05 09:01,交易成功,98,39,护发素,QH2,9\n\
        E2,2026-03-05 10:00,2026-03-05 10:01,交易成功,20,20,皂,QH3,\n";
    let gave = bring(&shop, "items.csv", &format!("{ITEMS}{rows}"), &["orders"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(
        gave.out.contains("3 rows read: 2 new")
            && gave.out.contains("1 rows are further items of an order")
            && gave.out.contains("1 orders say that money was given back"),
        "{}",
        gave.out
    );
    assert_eq!(orders_of(&shop), "E1 9800, E2 2000");
    // What was paid is of an order: two amounts of one cannot both be.
    let rows = "E3,2026-03-05 09:00,2026-03-05 09:01,交易成功,59,59,洗发露,QH1,0\n\
        E3,2026-03-05 09:00,2026-03-05 09:01,交易成功,39,39,护发素,QH2,0\n";
    let gave = bring(&shop, "paid.csv", &format!("{ITEMS}{rows}"), &["orders"]);
    assert_eq!(gave.code, 1);
    assert!(
        gave.err.contains("as if each item had a line") && gave.err.contains("import order-items"),
        "{}",
        gave.err
    );
    assert_eq!(orders_of(&shop), "E1 9800, E2 2000");
}

#[test]
fn what_orders_gave_back_is_told_until_the_refunds_are_there() {
    let shop = shop();
    let rows = "G1,,2026-03-05 09:01,交易成功,98,98,洗发露,QH1,98\n\
        G2,,2026-03-05 10:01,交易成功,20,20,皂,QH3,-5.00\n\
        G3,,2026-03-05 10:01,交易成功,20,20,皂,QH3,0\nG4,,2026-03-05 10:01,交易成功,20,20,皂,QH3,无\n";
    let file = &format!("{ITEMS}{rows}");
    let told = |n: u64| format!("{n} orders say that money was given back");
    let gave = bring(&shop, "o.csv", file, &["orders"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(
        gave.out.contains(&told(2)) && gave.out.contains("caopan import refunds FILE"),
        "{}",
        gave.out
    );
    let refund = "退款编号,订单编号,退款时间,退款金额\nR1,G1,2026-03-06,98\n";
    bring(&shop, "r.csv", refund, &[]);
    let again = bring(&shop, "o.csv", file, &["orders", "--again"]);
    assert!(again.out.contains(&told(1)), "{}", again.out);
}

/// One figure or text of the workspace.
fn ask(shop: &Shop, sql: &str) -> String {
    shop.connection("w.db")
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn files_of_wecoms_console_name_staff_departments_and_members_in_its_words() {
    let shop = shop();
    let departments =
        "部门ID,上级部门ID,部门名称\n1,0,青禾小店\n2,1,湖滨店\n3,1,线上部\n4,3,客服\n5,2,客服\n";
    bring(&shop, "d.csv", departments, &["departments"]);
    let staff = "账号,姓名,部门\na,张珊,青禾小店/湖滨店\nb,李四,青禾小店/线上部;青禾小店\nc,王五,客服\nd,赵六,线上部/客服\ne,陈七,3\nf,周八,没有\n";
    let gave = bring(&shop, "s.csv", staff, &["staff"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(
        gave.out
            .contains("2 staff are in a department that the workspace does not have"),
        "{}",
        gave.out
    );
    let placed = "SELECT group_concat(userid || coalesce(main_dept_id, '-'), ' ' ORDER BY userid) FROM staff";
    assert_eq!(ask(&shop, placed), "a2 b3 c- d4 e3 f-");
    // What nobody knows leaves what is known.
    let moved = "账号,姓名,部门\na,张珊珊,没有\nb,李四,客服\n";
    bring(&shop, "m.csv", moved, &["staff"]);
    assert_eq!(ask(&shop, placed), "a2 b3 c- d4 e3 f-");
    assert_eq!(
        ask(&shop, "SELECT name FROM staff WHERE userid = 'a'"),
        "张珊珊"
    );

    let groups = "群ID,群名称,群主,创建时间\nwr1,一群,李四,2026-01-01\nwr2,二群,b,2026-01-01\nwr3,三群,某某,2026-01-01\n";
    let gave = bring(&shop, "g.csv", groups, &["groups"]);
    assert!(
        gave.out
            .contains("1 groups have an owner who is none of the staff"),
        "{}{}",
        gave.out,
        gave.err
    );
    let owners = "SELECT group_concat(owner_userid, ' ' ORDER BY chat_id) FROM group_chat";
    assert_eq!(ask(&shop, owners), "b b 某某");

    let members =
        "群ID,成员ID,入群时间,成员类型\nwr1,b,2026-01-02,企业成员\nwr1,wm1,2026-01-02,外部联系人\n";
    let gave = bring(&shop, "gm.csv", members, &["group-members"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let types = "SELECT group_concat(type, ' ' ORDER BY member_id) FROM group_member";
    assert_eq!(ask(&shop, types), "1 2");
    let wrong = "群ID,成员ID,入群时间,成员类型\nwr1,x,2026-01-02,机器人\n";
    let gave = bring(&shop, "gw.csv", wrong, &["group-members"]);
    assert!(
        gave.err.contains("is none of 1 (企业") && gave.err.contains("2 (外部"),
        "{}",
        gave.err
    );

    let days = "群ID,日期,群总人数,群消息总数\nwr1,2026-03-31,181,60\n";
    bring(&shop, "gd.csv", days, &["group-days"]);
    assert_eq!(
        ask(
            &shop,
            "SELECT member_total || ' ' || msg_total FROM group_day"
        ),
        "181 60"
    );

    let gone = "员工账号,外部联系人ID,添加时间,状态\nb,wm1,2026-01-01,已流失\n";
    let gave = bring(&shop, "f.csv", gone, &["follows"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert_eq!(ask(&shop, "SELECT status FROM follow"), "unknown_gone");
}

#[test]
fn steps_name_campaign_and_staff() {
    let shop = shop();
    let campaigns = "campaign_id,name,starts_at,ends_at\n7,会员日,2026-03-20,2026-03-22\n";
    bring(&shop, "c.csv", campaigns, &["campaigns"]);
    bring(&shop, "s.csv", "userid,name\nzhangmin,张敏\n", &["staff"]);
    let steps = "活动名称,步骤,客户ID,时间,员工\n会员日,触达,wm1,2026-03-20 09:00,张敏\n7,触达,wm2,2026-03-20 09:00,\n";
    let gave = bring(&shop, "st.csv", steps, &["campaign-steps"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let kept = "SELECT group_concat(campaign_id || ' ' || coalesce(userid, '-'), ', ' ORDER BY person_key) FROM campaign_step";
    assert_eq!(ask(&shop, kept), "7 zhangmin, 7 -");
    let again = bring(&shop, "st.csv", steps, &["campaign-steps", "--again"]);
    assert!(
        again.out.contains("0 new, 0 changed, 2 unchanged"),
        "{}",
        again.out
    );
    let stranger = "活动名称,步骤,客户ID,时间\n没有,触达,wm1,2026-03-20 09:00\n";
    let gave = bring(&shop, "sx.csv", stranger, &["campaign-steps"]);
    assert!(
        gave.err.contains("is no campaign of the workspace"),
        "{}",
        gave.err
    );
}

#[test]
fn a_receivers_phone_is_no_buyer_but_the_way_to_make_it_one_is_said() {
    let shop = shop();
    let orders = "订单号,付款时间,实付金额,收货人手机号\nE1,2026-03-05 09:00,59,12800001234\n";
    let gave = bring(&shop, "o.csv", orders, &["orders"]);
    assert!(
        gave.err.contains("--map 收货人手机号=phone"),
        "{}",
        gave.err
    );
}
