-- Schema v2: what came in by import, by sync and by pull; tag, group and hand-over history; a journal that can be checked and undone.

------------------------------------------------------------------ imports
-- One row an import that went in, written in its own transaction.
CREATE TABLE import_run (
  run_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
  file TEXT NOT NULL CHECK (length(file) <= 512),         -- its name, without its folder
  content_hash TEXT NOT NULL CHECK (length(content_hash) = 64),  -- SHA-256 of the bytes read, hex
  mapping TEXT NOT NULL DEFAULT '' CHECK (length(mapping) <= 16384), -- JSON: heading of the file -> column
  rows_read INTEGER NOT NULL,
  rows_new INTEGER NOT NULL,
  rows_changed INTEGER NOT NULL,
  rows_unchanged INTEGER NOT NULL,
  rows_rejected INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (length(actor) <= 128),
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ix_import_content ON import_run(content_hash, kind);

------------------------------------------------------------------ sync and pull
-- One row a run of one source: 'wecom:contacts', 'postgres:orders', …
CREATE TABLE sync_run (
  run_id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 128),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  ok INTEGER CHECK (ok IN (0, 1)),
  rows INTEGER NOT NULL DEFAULT 0,
  errcode INTEGER,
  message TEXT CHECK (length(message) <= 1024)
) STRICT;
CREATE INDEX ix_sync_source ON sync_run(source, started_at);
-- Where a source goes on; written in the transaction of the page it follows.
CREATE TABLE sync_cursor (
  source TEXT PRIMARY KEY CHECK (length(source) BETWEEN 1 AND 128),
  cursor TEXT CHECK (length(cursor) <= 65536),
  covers_from TEXT CHECK (covers_from IS date(covers_from)),
  covers_to TEXT CHECK (covers_to IS date(covers_to)),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Customers of staff who left and whom nobody has taken over.
CREATE TABLE unassigned (
  handover_userid TEXT NOT NULL CHECK (length(handover_userid) BETWEEN 1 AND 128),
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  dimission_time INTEGER NOT NULL,
  PRIMARY KEY (handover_userid, external_userid)
) STRICT, WITHOUT ROWID;
CREATE TABLE handover (
  handover_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('on_job_customer','resigned_customer','on_job_group','resigned_group')),
  handover_userid TEXT NOT NULL CHECK (length(handover_userid) BETWEEN 1 AND 128),
  takeover_userid TEXT NOT NULL CHECK (length(takeover_userid) BETWEEN 1 AND 128),
  target_id TEXT NOT NULL CHECK (length(target_id) BETWEEN 1 AND 128),
  requested_at INTEGER NOT NULL,
  errcode INTEGER,
  status INTEGER,                            -- 1 done, 2 waiting, 3 refused, 4 taker at limit, 5 none
  takeover_time INTEGER,
  UNIQUE (kind, handover_userid, target_id, requested_at)
) STRICT;
CREATE INDEX ix_handover_target ON handover(target_id);

------------------------------------------------------------------ history
-- Who a customer was credited to, when: [valid_from, valid_to).
CREATE TABLE ownership_history (
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  userid TEXT NOT NULL CHECK (length(userid) BETWEEN 1 AND 128),
  valid_from INTEGER NOT NULL,
  valid_to INTEGER,
  reason TEXT CHECK (length(reason) <= 512),
  PRIMARY KEY (external_userid, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE tag_event (
  event_id INTEGER PRIMARY KEY,
  occurred_at INTEGER NOT NULL,
  external_userid TEXT NOT NULL CHECK (length(external_userid) BETWEEN 1 AND 128),
  userid TEXT CHECK (length(userid) <= 128),
  tag_id TEXT NOT NULL CHECK (length(tag_id) BETWEEN 1 AND 128),
  op TEXT NOT NULL CHECK (op IN ('add','remove')),
  cause TEXT CHECK (length(cause) <= 128)
) STRICT;
CREATE INDEX ix_tag_event_cust ON tag_event(external_userid, occurred_at);
CREATE TABLE group_event (
  event_id INTEGER PRIMARY KEY,
  biz_date TEXT NOT NULL CHECK (biz_date IS date(biz_date)),
  occurred_at INTEGER NOT NULL,
  chat_id TEXT NOT NULL CHECK (length(chat_id) BETWEEN 1 AND 128),
  kind TEXT NOT NULL CHECK (kind IN ('create','dismiss','join','quit','kick','owner','name','notice')),
  member_id TEXT CHECK (length(member_id) <= 128),
  detail TEXT CHECK (length(detail) <= 4096),
  dedup_key TEXT UNIQUE CHECK (length(dedup_key) <= 512)
) STRICT;
CREATE INDEX ix_ge_date ON group_event(biz_date, kind);

------------------------------------------------------------------ journal
-- Who did what. body is a digest of the row's content and its salt; seal chains it to the row before, so that a changed or
-- missing row shows. Erasing a person blanks content and salt and leaves body and seal: the chain holds, the person is gone.
-- Rows of schema v1 have no seal.
ALTER TABLE journal RENAME TO journal_v1;
CREATE TABLE journal (
  journal_id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (length(actor) <= 128),
  act TEXT NOT NULL CHECK (length(act) BETWEEN 1 AND 64),
  subject_kind TEXT NOT NULL DEFAULT '' CHECK (length(subject_kind) <= 64),
  subject_id TEXT NOT NULL DEFAULT '' CHECK (length(subject_id) <= 128),
  detail TEXT CHECK (length(detail) <= 4096),
  before TEXT CHECK (length(before) <= 1000000),          -- JSON: what an undo puts back; NULL where there is no undo
  undoes INTEGER,                            -- journal_id of the act this one took back
  salt TEXT,                                 -- NULL: erased, or made by schema v1
  body TEXT NOT NULL DEFAULT '',
  seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX ix_journal_undoes ON journal(undoes) WHERE undoes IS NOT NULL;
INSERT INTO journal (journal_id, at, actor, act, subject_kind, subject_id, detail)
  SELECT journal_id, at, actor, act, subject_kind, subject_id, detail FROM journal_v1;
DROP TABLE journal_v1;
