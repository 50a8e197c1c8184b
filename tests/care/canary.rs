//! A customer whose every word is known: where it stands, and what is left of it.

use std::fs;

use crate::number;
use crate::shop::{self, Shop};
use rusqlite::Connection;

/// A customer with a trace of every kind, each word of theirs unlike any other.
pub const CANARIES: [&str; 12] = [
    "wmCanaryCanaryCanary0001",
    "oUnionCanary0001",
    "13977770001",
    "金丝雀小姐",
    "金丝雀备注甲",
    "金丝雀的生日是五月",
    "13977770002",
    "金丝雀群名片",
    "金丝雀群昵称",
    "金丝雀要退货",
    "https://avatar.example/canary",
    "金丝雀视频号",
];

/// A demo of so many customers with the canary among them, and a connection to it.
pub fn canary_shop(customers: u32) -> (Shop, Connection) {
    let shop = Shop::new();
    shop.demo("w.db", customers);
    let conn = shop.connection("w.db");
    with_canary(&conn);
    (shop, conn)
}

pub fn with_canary(conn: &Connection) {
    let [
        id,
        union,
        phone,
        name,
        remark,
        about,
        mobile,
        member,
        nickname,
        reason,
        avatar,
        channels,
    ] = CANARIES;
    let hash = "0".repeat(64);
    conn.execute_batch(&format!(
        "INSERT INTO customer (external_userid, name, unionid, phone, avatar, synced_at) VALUES ('{id}', '{name}', '{union}', '{phone}', '{avatar}', 9);
         INSERT INTO follow (userid, external_userid, added_at, remark, description, remark_mobiles, wechat_channels_nickname, is_owner)
           SELECT userid, '{id}', 5, '{remark}', '{about}', '[\"{mobile}\"]', '{channels}', 1 FROM staff LIMIT 1;
         INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, detail, dedup_key)
           SELECT '2026-11-10', 1794200000, userid, '{id}', 'add', 'callback', '{name}', 'add/{id}/5' FROM staff LIMIT 1;
         INSERT INTO customer_tag (tag_id, external_userid) SELECT tag_id, '{id}' FROM tag LIMIT 3;
         INSERT INTO customer_stage SELECT journey_id, '{id}', stage_id, 5 FROM journey_stage LIMIT 1;
         INSERT INTO tag_event (occurred_at, external_userid, tag_id, op) VALUES (5, '{id}', 't', 'add');
         INSERT INTO ownership_history VALUES ('{id}', 'u', 5, NULL, NULL);
         INSERT INTO unassigned VALUES ('u', '{id}', 5);
         INSERT INTO handover (kind, handover_userid, takeover_userid, target_id, requested_at) VALUES ('on_job_customer', 'a', 'b', '{id}', 5);
         INSERT INTO group_member (chat_id, member_id, join_at, type, unionid, name, group_nickname)
           SELECT chat_id, '{id}', 5, 2, '{union}', '{member}', '{nickname}' FROM group_chat LIMIT 2;
         INSERT INTO group_event (biz_date, occurred_at, chat_id, kind, member_id, detail, dedup_key)
           SELECT '2026-11-10', 5, chat_id, 'join', '{id}', '{name}', 'join/{id}' FROM group_chat LIMIT 1;
         INSERT INTO task (kind, userid, external_userid, due_at, status) SELECT 'visit', userid, '{id}', 5, 'done' FROM staff LIMIT 1;
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT campaign_id, 'paid', '{id}', 5 FROM campaign LIMIT 1;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
           SELECT 'oc' || n.value, '{id}', '{id}', 1794300000, 1794300000, '2026-11-10', 'paid', 20000, 12345, 'live', (SELECT userid FROM staff LIMIT 1)
           FROM (SELECT 1 AS value UNION SELECT 2 UNION SELECT 3) n;
         INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, reason) VALUES ('rc1', 'oc1', 1794310000, '2026-11-10', 100, '{reason}');
         INSERT INTO sync_run (source, started_at, message) VALUES ('postgres:customers', 5, 'postgres:customers, key {id}: the name is too long');
         INSERT INTO sync_cursor (source, cursor, updated_at) VALUES ('postgres:customers',
           '{{\"mapping\":\"m\",\"place\":{{\"after\":{{\"changed\":\"2026-11-10 06:00:00+00\",\"key\":[\"{id}\"]}}}},\"full\":false,\"open\":null}}', 5);
         INSERT INTO import_run (kind, file, content_hash, rows_read, rows_new, rows_changed, rows_unchanged, rows_rejected, actor, started_at, ended_at)
           VALUES ('customers', '{name}.csv', '{hash}', 1, 1, 0, 0, 0, 'ops', 5, 5);
         UPDATE customer SET name = name || '。' WHERE external_userid = '{id}';
         UPDATE customer SET name = '{name}' WHERE external_userid = '{id}';"
    ))
    .unwrap();
}

/// Canaries in the bytes of the workspace and its side files.
pub fn canaries_left(shop: &Shop) -> Vec<(String, &'static str)> {
    let mut left = Vec::new();
    let state: Vec<String> = fs::read_dir(shop.path("state"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| format!("state/{}", entry.file_name().to_string_lossy()))
        .collect();
    let files = ["w.db", "w.db-wal", "w.db-shm"].map(str::to_owned);
    for name in files.into_iter().chain(state) {
        let name = name.as_str();
        let bytes = fs::read(shop.path(name)).unwrap_or_default();
        for canary in CANARIES {
            if memchr::memmem::find(&bytes, canary.as_bytes()).is_some() {
                left.push((name.to_owned(), canary));
            }
        }
    }
    left
}

pub fn totals_of(shop: &Shop) -> Vec<String> {
    let sums = shop.connection("w.db");
    let mut all: Vec<String> = [
        "SELECT sum(paid_fen) FROM sale_order",
        "SELECT sum(amount_fen) FROM order_refund",
        "SELECT count(DISTINCT coalesce(external_userid, buyer_key)) FROM sale_order",
        "SELECT count(*) FROM follow_event WHERE kind = 'add'",
        "SELECT count(*) FROM group_member",
        "SELECT count(*) FROM campaign_step",
        "SELECT count(*) FROM task",
    ]
    .map(|sql| number(&sums, sql).to_string())
    .into();
    drop(sums);
    let now = ["--as-of", shop::NOW, "-w", "w.db"];
    for command in [
        &["board", "--format", "csv"][..],
        &["kpi", "--format", "csv"],
        &["groups", "--format", "csv"],
    ] {
        let arguments: Vec<&str> = command.iter().chain(&now).copied().collect();
        all.push(shop.good(&arguments));
    }
    all
}
