-- The workspace, schema v1.
-- *_at = INTEGER unix seconds UTC; biz_date and *_on = TEXT 'YYYY-MM-DD' in the workspace's zone (meta.tz).
-- Money = INTEGER fen. Column names that WeCom has are WeCom's. Triggers: triggers.sql.
-- Text is bounded and free of NUL; money stays under 1e15 fen so that sums fit; dates are real calendar days.

PRAGMA application_id = 0x43504F31; -- 'CPO1'

------------------------------------------------------------------ workspace, organisation
-- workspace_id, corp_id, corp_name, tz, currency, day_start_minute, is_demo, health_mode, created_at
CREATE TABLE meta (
  key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
  value TEXT NOT NULL CHECK (length(value) <= 4096 AND instr(value, char(0)) = 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE department (
  dept_id INTEGER PRIMARY KEY,
  parent_id INTEGER CHECK (parent_id <> dept_id),
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  kind TEXT NOT NULL DEFAULT 'team' CHECK (kind IN ('hq','region','province','franchisee','store','team')),
  ord INTEGER NOT NULL DEFAULT 0,            -- bigger first, as in WeCom
  is_deleted INTEGER NOT NULL DEFAULT 0 CHECK (is_deleted IN (0, 1))
) STRICT;

CREATE TABLE staff (
  userid TEXT PRIMARY KEY CHECK (length(userid) BETWEEN 1 AND 128 AND instr(userid, char(0)) = 0),
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  wecom_status INTEGER,                      -- 1 active, 2 disabled, 4 not activated, 5 left
  role TEXT NOT NULL DEFAULT 'sales' CHECK (role IN
    ('director','operator','campaign_planner','copywriter','product_ops','designer','store_manager','sales','service','distributor','other')),
  main_dept_id INTEGER,
  is_follow_user INTEGER NOT NULL DEFAULT 1 CHECK (is_follow_user IN (0, 1)),
  hired_on TEXT CHECK (hired_on IS date(hired_on)),
  left_at INTEGER
) STRICT, WITHOUT ROWID;

-- Who belonged where, when: [valid_from, valid_to).
CREATE TABLE staff_dept_history (
  userid TEXT NOT NULL CHECK (length(userid) BETWEEN 1 AND 128),
  dept_id INTEGER NOT NULL,
  valid_from TEXT NOT NULL CHECK (valid_from IS date(valid_from)),
  valid_to TEXT CHECK (valid_to IS date(valid_to)),
  PRIMARY KEY (userid, dept_id, valid_from)
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------ customers, follow relations
CREATE TABLE channel (
  channel_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('contact_way','join_way','acquisition_link','store_sign','parcel_card','ai_call','ad',
    'live','bottle_label','leaflet','payment_popup','detail_page','fission','import','other')),
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  state TEXT CHECK (length(state) <= 128),
  config_id TEXT CHECK (length(config_id) <= 128),
  dept_id INTEGER,
  campaign_id INTEGER
) STRICT;
CREATE UNIQUE INDEX ux_channel_state ON channel(state) WHERE state IS NOT NULL;

CREATE TABLE customer (
  external_userid TEXT PRIMARY KEY CHECK (length(external_userid) BETWEEN 1 AND 128 AND instr(external_userid, char(0)) = 0),
  name TEXT NOT NULL DEFAULT '' CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  avatar TEXT CHECK (length(avatar) <= 2048),
  type INTEGER,                              -- 1 WeChat, 2 WeCom
  gender INTEGER,                            -- 0 unknown, 1 male, 2 female
  unionid TEXT CHECK (length(unionid) <= 128),
  corp_name TEXT CHECK (length(corp_name) <= 512),
  corp_full_name TEXT CHECK (length(corp_full_name) <= 512),
  position TEXT CHECK (length(position) <= 512),
  birthday TEXT CHECK (length(birthday) <= 10),
  region TEXT CHECK (length(region) <= 128 AND instr(region, char(0)) = 0),
  first_added_at INTEGER,
  synced_at INTEGER NOT NULL,
  phone TEXT CHECK (length(phone) <= 32 AND instr(phone, char(0)) = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_customer_union ON customer(unionid) WHERE unionid IS NOT NULL;
CREATE INDEX ix_customer_synced ON customer(synced_at);

-- One staff's relation to one customer, as it stands.
CREATE TABLE follow (
  userid TEXT NOT NULL CHECK (length(userid) BETWEEN 1 AND 128),
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active','deleted_by_customer','deleted_by_staff','transferred','unknown_gone')),
  added_at INTEGER NOT NULL,
  ended_at INTEGER,
  add_way INTEGER,
  state TEXT CHECK (length(state) <= 128),
  channel_id INTEGER,
  oper_userid TEXT CHECK (length(oper_userid) <= 128),
  remark TEXT CHECK (length(remark) <= 512 AND instr(remark, char(0)) = 0),
  description TEXT CHECK (length(description) <= 4096 AND instr(description, char(0)) = 0),
  remark_corp_name TEXT CHECK (length(remark_corp_name) <= 512),
  remark_mobiles TEXT CHECK (length(remark_mobiles) <= 1024), -- JSON array
  wechat_channels_nickname TEXT CHECK (length(wechat_channels_nickname) <= 512),
  wechat_channels_source INTEGER,
  is_owner INTEGER NOT NULL DEFAULT 0 CHECK (is_owner IN (0, 1)), -- the one staff who gets the credit
  last_touch_at INTEGER,
  last_inbound_at INTEGER,
  PRIMARY KEY (userid, external_userid)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_follow_cust ON follow(external_userid, status);
CREATE UNIQUE INDEX ux_follow_owner ON follow(external_userid) WHERE is_owner = 1;

-- Append-only.
CREATE TABLE follow_event (
  event_id INTEGER PRIMARY KEY,
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  occurred_at INTEGER NOT NULL,
  userid TEXT NOT NULL CHECK (length(userid) BETWEEN 1 AND 128),
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  kind TEXT NOT NULL CHECK (kind IN ('add','half_add','edit','del_by_staff','del_by_customer','transfer_out','transfer_in','transfer_fail','vanished')),
  source TEXT NOT NULL CHECK (source IN ('callback','diff','import','local')),
  detail TEXT CHECK (length(detail) <= 4096),
  dedup_key TEXT UNIQUE CHECK (length(dedup_key) <= 256)
) STRICT;
CREATE INDEX ix_fe_date ON follow_event(biz_date, kind, userid, occurred_at);
CREATE INDEX ix_fe_cust ON follow_event(external_userid, occurred_at);

------------------------------------------------------------------ tags, journey
CREATE TABLE tag_group (
  group_id TEXT PRIMARY KEY CHECK (length(group_id) BETWEEN 1 AND 128 AND instr(group_id, char(0)) = 0),
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  ord INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL DEFAULT 'other' CHECK (kind IN ('static','consumption','behaviour','tier','channel','other')),
  source INTEGER NOT NULL DEFAULT 1,         -- 1 corp, 2 personal, 3 rule group, 9 local
  created_at INTEGER,
  is_deleted INTEGER NOT NULL DEFAULT 0 CHECK (is_deleted IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  tag_id TEXT PRIMARY KEY CHECK (length(tag_id) BETWEEN 1 AND 128 AND instr(tag_id, char(0)) = 0),
  group_id TEXT NOT NULL CHECK (length(group_id) BETWEEN 1 AND 128),
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  ord INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER,
  is_deleted INTEGER NOT NULL DEFAULT 0 CHECK (is_deleted IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_tag (
  tag_id TEXT NOT NULL CHECK (length(tag_id) BETWEEN 1 AND 128),
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  userid TEXT NOT NULL DEFAULT '' CHECK (length(userid) <= 128),
  origin TEXT NOT NULL DEFAULT 'manual' CHECK (origin IN ('manual','rule','import','wecom')),
  tagged_at INTEGER,
  PRIMARY KEY (tag_id, external_userid, userid)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_ctag_cust ON customer_tag(external_userid);

CREATE TABLE journey (
  journey_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) <= 512 AND instr(name, char(0)) = 0)
) STRICT;

CREATE TABLE journey_stage (
  stage_id INTEGER PRIMARY KEY,
  journey_id INTEGER NOT NULL REFERENCES journey,
  ord INTEGER NOT NULL,
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  rule TEXT CHECK (length(rule) <= 4096),
  UNIQUE (journey_id, ord)
) STRICT;

CREATE TABLE customer_stage (
  journey_id INTEGER NOT NULL,
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  stage_id INTEGER NOT NULL,
  since_at INTEGER NOT NULL,
  PRIMARY KEY (journey_id, external_userid)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_cstage ON customer_stage(stage_id);

------------------------------------------------------------------ groups
CREATE TABLE group_chat (
  chat_id TEXT PRIMARY KEY CHECK (length(chat_id) BETWEEN 1 AND 128 AND instr(chat_id, char(0)) = 0),
  name TEXT NOT NULL DEFAULT '' CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  owner_userid TEXT NOT NULL CHECK (length(owner_userid) <= 128),
  created_at INTEGER NOT NULL,
  notice TEXT CHECK (length(notice) <= 4096),
  member_version TEXT CHECK (length(member_version) <= 128),
  wecom_status INTEGER NOT NULL DEFAULT 0,   -- 0 ok, 1 owner left, 2 transferring, 3 transferred
  dissolved_at INTEGER,
  capacity INTEGER NOT NULL DEFAULT 500 CHECK (capacity BETWEEN 0 AND 1000000),
  kind TEXT NOT NULL DEFAULT 'welfare' CHECK (length(kind) <= 64),
  credited_userid TEXT CHECK (length(credited_userid) <= 128),
  campaign_id INTEGER,
  synced_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_group_owner ON group_chat(owner_userid);

CREATE TABLE group_member (
  chat_id TEXT NOT NULL CHECK (length(chat_id) BETWEEN 1 AND 128),
  member_id TEXT NOT NULL CHECK (length(member_id) BETWEEN 1 AND 128),
  join_at INTEGER NOT NULL,
  type INTEGER NOT NULL,                     -- 1 staff, 2 external
  join_scene INTEGER,
  invitor_userid TEXT CHECK (length(invitor_userid) <= 128),
  state TEXT CHECK (length(state) <= 128),
  unionid TEXT CHECK (length(unionid) <= 128),
  name TEXT CHECK (length(name) <= 512),
  group_nickname TEXT CHECK (length(group_nickname) <= 512),
  is_admin INTEGER NOT NULL DEFAULT 0 CHECK (is_admin IN (0, 1)),
  quit_at INTEGER,
  quit_scene INTEGER,                        -- 0 left by self, 1 removed
  PRIMARY KEY (chat_id, member_id, join_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_gm_member ON group_member(member_id);

-- Per group and day. Message columns NULL = nobody measured them.
CREATE TABLE group_day (
  chat_id TEXT NOT NULL CHECK (length(chat_id) BETWEEN 1 AND 128),
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  member_total INTEGER, ext_total INTEGER, joined INTEGER, quit INTEGER, kicked INTEGER,
  msg_total INTEGER, msg_ext INTEGER, speakers_ext INTEGER,
  speakers_ext_7d INTEGER,                   -- distinct over the trailing 7 days
  speakers_staff INTEGER, top3_msg_ext INTEGER,
  questions INTEGER, answered_30m INTEGER, first_reply_s_sum INTEGER, first_reply_n INTEGER,
  checkins INTEGER, campaign_clicks INTEGER, hits INTEGER,
  PRIMARY KEY (chat_id, biz_date)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_gday_date ON group_day(biz_date);

CREATE TABLE owner_group_day (
  owner_userid TEXT NOT NULL CHECK (length(owner_userid) BETWEEN 1 AND 128),
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  new_chat_cnt INTEGER, chat_total INTEGER, chat_has_msg INTEGER, new_member_cnt INTEGER, member_total INTEGER,
  member_has_msg INTEGER, msg_total INTEGER, migrate_trainee_chat_cnt INTEGER,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (owner_userid, biz_date)
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------ staff behaviour
CREATE TABLE staff_day (
  userid TEXT NOT NULL CHECK (length(userid) BETWEEN 1 AND 128),
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  chat_cnt INTEGER, message_cnt INTEGER,
  reply_percentage REAL, avg_reply_time REAL, -- %, minutes; NULL without chats
  negative_feedback_cnt INTEGER, new_apply_cnt INTEGER, new_contact_cnt INTEGER,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (userid, biz_date)
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------ commerce
CREATE TABLE sale_order (
  order_id TEXT PRIMARY KEY CHECK (length(order_id) BETWEEN 1 AND 128 AND instr(order_id, char(0)) = 0),
  external_userid TEXT CHECK (length(external_userid) BETWEEN 1 AND 128), -- may be nobody of the pool
  buyer_key TEXT NOT NULL CHECK (length(buyer_key) BETWEEN 1 AND 256),
  ordered_at INTEGER NOT NULL,
  paid_at INTEGER,
  biz_date TEXT CHECK (biz_date IS date(biz_date)), -- of paid_at
  status TEXT NOT NULL CHECK (status IN ('created','paid','completed','closed')),
  list_fen INTEGER NOT NULL CHECK (abs(list_fen) < 1000000000000000),
  discount_fen INTEGER NOT NULL DEFAULT 0 CHECK (abs(discount_fen) < 1000000000000000),
  freight_fen INTEGER NOT NULL DEFAULT 0 CHECK (abs(freight_fen) < 1000000000000000),
  paid_fen INTEGER NOT NULL DEFAULT 0 CHECK (paid_fen BETWEEN 0 AND 999999999999999),
  source TEXT NOT NULL CHECK (source IN ('mini_program','group','moments','live','store','ecom_platform','distributor','other')),
  credited_userid TEXT CHECK (length(credited_userid) <= 128),
  credited_dept_id INTEGER,
  chat_id TEXT CHECK (length(chat_id) <= 128),
  campaign_id INTEGER,
  channel_id INTEGER,
  coupon_id TEXT CHECK (length(coupon_id) <= 128),
  is_test INTEGER NOT NULL DEFAULT 0 CHECK (is_test IN (0, 1)),
  CHECK ((paid_at IS NULL) = (biz_date IS NULL))
) STRICT, WITHOUT ROWID;
-- Covers the totals of a customer.
CREATE INDEX ix_order_cust ON sale_order(external_userid, paid_at, paid_fen, is_test) WHERE external_userid IS NOT NULL;
CREATE INDEX ix_order_day ON sale_order(biz_date, paid_at, credited_userid, paid_fen) WHERE paid_at IS NOT NULL AND is_test = 0;
CREATE INDEX ix_order_camp ON sale_order(campaign_id, biz_date) WHERE campaign_id IS NOT NULL;

CREATE TABLE order_item (
  order_id TEXT NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
  line_no INTEGER NOT NULL,
  sku TEXT NOT NULL CHECK (length(sku) <= 128),
  name TEXT CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  category TEXT CHECK (length(category) <= 128),
  product_role TEXT CHECK (product_role IN ('lead','profit','premium','private_exclusive','other')),
  qty INTEGER NOT NULL CHECK (qty BETWEEN 0 AND 1000000000),
  line_fen INTEGER NOT NULL CHECK (abs(line_fen) < 1000000000000000),
  cost_fen INTEGER CHECK (abs(cost_fen) < 1000000000000000),
  PRIMARY KEY (order_id, line_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_refund (
  refund_id TEXT PRIMARY KEY CHECK (length(refund_id) BETWEEN 1 AND 128 AND instr(refund_id, char(0)) = 0),
  order_id TEXT NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
  refunded_at INTEGER NOT NULL,
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  amount_fen INTEGER NOT NULL CHECK (amount_fen BETWEEN 1 AND 999999999999999),
  is_full INTEGER NOT NULL DEFAULT 0 CHECK (is_full IN (0, 1)),
  reason TEXT CHECK (length(reason) <= 512)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_refund_order ON order_refund(order_id, amount_fen);
CREATE INDEX ix_refund_day ON order_refund(biz_date);

CREATE TABLE cost (
  cost_id INTEGER PRIMARY KEY,
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  amount_fen INTEGER NOT NULL CHECK (abs(amount_fen) < 1000000000000000),
  kind TEXT NOT NULL CHECK (kind IN ('media','coupon','gift','commission','tool','labour','fission_reward','other')),
  campaign_id INTEGER,
  channel_id INTEGER,
  dept_id INTEGER,
  userid TEXT CHECK (length(userid) <= 128),
  note TEXT CHECK (length(note) <= 512)
) STRICT;

------------------------------------------------------------------ campaigns, KPI
CREATE TABLE campaign (
  campaign_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  kind TEXT NOT NULL CHECK (kind IN ('festival','member_day','self_made','flash','live','fission','group_buy','coupon','brand','other')),
  warmup_at INTEGER,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  owner_userid TEXT CHECK (length(owner_userid) <= 128),
  status TEXT NOT NULL CHECK (status IN ('planned','warmup','running','ended','reviewed','cancelled'))
) STRICT;

-- The funnel: one row per person and step, the first time only.
CREATE TABLE campaign_step (
  campaign_id INTEGER NOT NULL,
  step TEXT NOT NULL CHECK (step IN ('reached','opened','clicked','joined_group','added_cart','ordered','paid','shared')),
  person_key TEXT NOT NULL CHECK (length(person_key) BETWEEN 1 AND 256),
  at INTEGER NOT NULL,
  userid TEXT CHECK (length(userid) <= 128),
  chat_id TEXT CHECK (length(chat_id) <= 128),
  PRIMARY KEY (campaign_id, step, person_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_cstep_person ON campaign_step(person_key);
CREATE INDEX ix_cstep_at ON campaign_step(at);

CREATE TABLE kpi_node (
  node_id INTEGER PRIMARY KEY,
  campaign_id INTEGER,
  plan TEXT CHECK (length(plan) <= 128),
  parent_id INTEGER REFERENCES kpi_node CHECK (parent_id <> node_id),
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 6),
  ord INTEGER NOT NULL,
  label TEXT NOT NULL CHECK (length(label) <= 512 AND instr(label, char(0)) = 0),
  metric_code TEXT NOT NULL CHECK (length(metric_code) BETWEEN 1 AND 64),
  op TEXT NOT NULL CHECK (op IN ('leaf','product','sum','ratio','attainment')),
  filter TEXT CHECK (length(filter) <= 4096)
) STRICT;

CREATE TABLE kpi_target (
  target_id INTEGER PRIMARY KEY,
  node_id INTEGER,
  metric_code TEXT NOT NULL CHECK (length(metric_code) BETWEEN 1 AND 64),
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('workspace','dept','staff','campaign','channel','group')),
  subject_id TEXT NOT NULL CHECK (length(subject_id) <= 128),
  period_kind TEXT NOT NULL CHECK (period_kind IN ('day','week','month','quarter','year','campaign')),
  period_start TEXT NOT NULL CHECK (period_start IS date(period_start)),
  period_end TEXT NOT NULL CHECK (period_end IS date(period_end)), -- included
  floor_value REAL,
  target_value REAL NOT NULL CHECK (abs(target_value) < 1e15),
  stretch_value REAL,
  penalty_allowed INTEGER NOT NULL DEFAULT 1 CHECK (penalty_allowed IN (0, 1)),
  pacing TEXT NOT NULL DEFAULT 'linear' CHECK (length(pacing) <= 64)
) STRICT;
-- A NULL node is a value of its own, else an import would add the same target again.
CREATE UNIQUE INDEX ux_kpi_target ON kpi_target(metric_code, subject_kind, subject_id, period_kind, period_start, ifnull(node_id, -1));

CREATE TABLE incentive_rule (
  rule_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) <= 512 AND instr(name, char(0)) = 0),
  metric_code TEXT NOT NULL CHECK (length(metric_code) BETWEEN 1 AND 64),
  period_kind TEXT NOT NULL CHECK (length(period_kind) <= 64),
  scope TEXT NOT NULL CHECK (scope IN ('staff','dept')),
  kind TEXT NOT NULL CHECK (kind IN ('threshold','rank','attainment','title')),
  threshold REAL,
  rank_max INTEGER,
  attain_band TEXT CHECK (length(attain_band) <= 64),
  reward_fen INTEGER CHECK (abs(reward_fen) < 1000000000000000),
  reward_text TEXT CHECK (length(reward_text) <= 512 AND instr(reward_text, char(0)) = 0),
  valid_from TEXT CHECK (valid_from IS date(valid_from)),
  valid_to TEXT CHECK (valid_to IS date(valid_to))
) STRICT;

CREATE TABLE leaderboard_snapshot (
  board TEXT NOT NULL CHECK (length(board) BETWEEN 1 AND 64),
  period_kind TEXT NOT NULL CHECK (length(period_kind) BETWEEN 1 AND 64),
  period_start TEXT NOT NULL CHECK (period_start IS date(period_start)),
  taken_at INTEGER NOT NULL,
  subject_id TEXT NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 128),
  value REAL NOT NULL,
  rank INTEGER NOT NULL CHECK (rank >= 1),
  PRIMARY KEY (board, period_kind, period_start, taken_at, subject_id)
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------ execution
CREATE TABLE task (
  task_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('moments','message','group_post','call_back','festival_greeting','birthday','visit','training','coupon_reminder','recall','inspection','other')),
  step_id INTEGER,
  campaign_id INTEGER,
  userid TEXT NOT NULL CHECK (length(userid) BETWEEN 1 AND 128),
  external_userid TEXT CHECK (length(external_userid) BETWEEN 1 AND 128),
  chat_id TEXT CHECK (length(chat_id) BETWEEN 1 AND 128),
  due_at INTEGER NOT NULL,
  done_at INTEGER,
  status TEXT NOT NULL CHECK (status IN ('open','done','late_done','missed','void'))
) STRICT;
CREATE INDEX ix_task_due ON task(status, due_at);
CREATE INDEX ix_task_user ON task(userid, due_at);
CREATE INDEX ix_task_chat ON task(chat_id, due_at) WHERE chat_id IS NOT NULL;

-- What people did in the console; written in the same transaction as the act.
CREATE TABLE journal (
  journal_id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (length(actor) <= 128),
  act TEXT NOT NULL CHECK (length(act) BETWEEN 1 AND 64),
  subject_kind TEXT NOT NULL DEFAULT '' CHECK (length(subject_kind) <= 64),
  subject_id TEXT NOT NULL DEFAULT '' CHECK (length(subject_id) <= 128),
  detail TEXT CHECK (length(detail) <= 4096)
) STRICT;

------------------------------------------------------------------ kept totals, change log, bulk mode
-- One row per customer of the pool: totals over v_valid and the last contact over follow. Kept by triggers; totals::rebuild recomputes.
CREATE TABLE customer_stat (
  external_userid TEXT PRIMARY KEY,
  spend_fen INTEGER NOT NULL DEFAULT 0,
  orders INTEGER NOT NULL DEFAULT 0,
  last_paid_at INTEGER,
  last_contact_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_stat_spend ON customer_stat(spend_fen DESC, external_userid);

-- Customers whose order or refund a REPLACE is taking away; empty between statements that succeed.
CREATE TABLE stat_due (external_userid TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- One row: customers in the pool and their spend in all.
CREATE TABLE pool (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  customers INTEGER NOT NULL,
  spend_fen INTEGER NOT NULL
) STRICT;
INSERT INTO pool VALUES (1, 0, 0);

-- What changed, in commit order. Entities are numbered in triggers.sql and changes.rs.
CREATE TABLE change_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  entity INTEGER NOT NULL,
  key TEXT NOT NULL
) STRICT;

-- One row. A bulk writer sets active to 1 inside its transaction, rebuilds the totals, logs one sweep and sets it back before it
-- commits, so nobody else ever sees it set. While it is set the triggers do nothing.
CREATE TABLE bulk (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;
INSERT INTO bulk VALUES (1, 0);

------------------------------------------------------------------ definitions in one place
-- Every paid order that is not a test: the only source of GMV.
CREATE VIEW v_paid AS
  SELECT o.*, COALESCE((SELECT SUM(r.amount_fen) FROM order_refund r WHERE r.order_id = o.order_id), 0) AS refund_fen
  FROM sale_order o WHERE o.paid_at IS NOT NULL AND o.is_test = 0;
-- Purchases that still stand: not refunded in full.
CREATE VIEW v_valid AS
  SELECT *, paid_fen - refund_fen AS net_fen FROM v_paid WHERE paid_fen - refund_fen > 0;
