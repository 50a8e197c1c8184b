-- Triggers of the workspace, schema v1: kept totals, then the change log. All of them sleep while bulk.active is 1.
-- They recompute a customer's totals rather than add to them, so they are right after any statement by any writer.
-- INSERT OR REPLACE fires no delete trigger, so the *_replace triggers note whom a replaced row belonged to.

------------------------------------------------------------------ kept totals
-- A customer of the pool has one row of totals.
CREATE TRIGGER keep_customer_insert AFTER INSERT ON customer WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO customer_stat (external_userid) SELECT NEW.external_userid
    WHERE NOT EXISTS (SELECT 1 FROM customer_stat WHERE external_userid = NEW.external_userid);
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid = NEW.external_userid;
  UPDATE customer_stat SET last_contact_at =
      (SELECT MAX(MAX(COALESCE(f.last_touch_at, f.last_inbound_at), COALESCE(f.last_inbound_at, f.last_touch_at)))
       FROM follow f WHERE f.external_userid = customer_stat.external_userid)
    WHERE external_userid = NEW.external_userid;
END;
CREATE TRIGGER keep_customer_rename AFTER UPDATE OF external_userid ON customer
  WHEN (SELECT active FROM bulk) = 0 AND NEW.external_userid <> OLD.external_userid BEGIN
  DELETE FROM customer_stat WHERE external_userid = OLD.external_userid;
  INSERT INTO customer_stat (external_userid) SELECT NEW.external_userid
    WHERE NOT EXISTS (SELECT 1 FROM customer_stat WHERE external_userid = NEW.external_userid);
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid = NEW.external_userid;
  UPDATE customer_stat SET last_contact_at =
      (SELECT MAX(MAX(COALESCE(f.last_touch_at, f.last_inbound_at), COALESCE(f.last_inbound_at, f.last_touch_at)))
       FROM follow f WHERE f.external_userid = customer_stat.external_userid)
    WHERE external_userid = NEW.external_userid;
END;
CREATE TRIGGER keep_customer_delete AFTER DELETE ON customer WHEN (SELECT active FROM bulk) = 0 BEGIN
  DELETE FROM customer_stat WHERE external_userid = OLD.external_userid;
END;

-- Orders and refunds move money and the last purchase.
CREATE TRIGGER keep_order_replace BEFORE INSERT ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT OR IGNORE INTO stat_due SELECT o.external_userid FROM sale_order o
    WHERE o.order_id = NEW.order_id AND o.external_userid IS NOT NULL AND o.external_userid IS NOT NEW.external_userid;
END;
CREATE TRIGGER keep_refund_replace BEFORE INSERT ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT OR IGNORE INTO stat_due SELECT o.external_userid FROM order_refund r JOIN sale_order o ON o.order_id = r.order_id
    WHERE r.refund_id = NEW.refund_id AND r.order_id <> NEW.order_id AND o.external_userid IS NOT NULL;
  INSERT INTO change_log (entity, key) SELECT 6, r.order_id FROM order_refund r
    WHERE r.refund_id = NEW.refund_id AND r.order_id <> NEW.order_id;
END;
CREATE TRIGGER keep_order_insert AFTER INSERT ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (SELECT NEW.external_userid UNION ALL SELECT external_userid FROM stat_due);
  DELETE FROM stat_due;
END;
CREATE TRIGGER keep_order_update AFTER UPDATE OF order_id, external_userid, paid_at, paid_fen, is_test ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (OLD.external_userid, NEW.external_userid);
END;
CREATE TRIGGER keep_order_delete AFTER DELETE ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid = OLD.external_userid;
END;
CREATE TRIGGER keep_refund_insert AFTER INSERT ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (SELECT o.external_userid FROM sale_order o WHERE o.order_id = NEW.order_id UNION ALL SELECT external_userid FROM stat_due);
  DELETE FROM stat_due;
END;
CREATE TRIGGER keep_refund_update AFTER UPDATE OF order_id, amount_fen ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (SELECT o.external_userid FROM sale_order o WHERE o.order_id IN (OLD.order_id, NEW.order_id));
END;
CREATE TRIGGER keep_refund_delete AFTER DELETE ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (SELECT o.external_userid FROM sale_order o WHERE o.order_id = OLD.order_id);
END;

-- Follow relations move the last contact.
CREATE TRIGGER keep_follow_insert AFTER INSERT ON follow WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET last_contact_at =
      (SELECT MAX(MAX(COALESCE(f.last_touch_at, f.last_inbound_at), COALESCE(f.last_inbound_at, f.last_touch_at)))
       FROM follow f WHERE f.external_userid = customer_stat.external_userid)
    WHERE external_userid = NEW.external_userid;
END;
CREATE TRIGGER keep_follow_update AFTER UPDATE OF external_userid, last_touch_at, last_inbound_at ON follow WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET last_contact_at =
      (SELECT MAX(MAX(COALESCE(f.last_touch_at, f.last_inbound_at), COALESCE(f.last_inbound_at, f.last_touch_at)))
       FROM follow f WHERE f.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (OLD.external_userid, NEW.external_userid);
END;
CREATE TRIGGER keep_follow_delete AFTER DELETE ON follow WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE customer_stat SET last_contact_at =
      (SELECT MAX(MAX(COALESCE(f.last_touch_at, f.last_inbound_at), COALESCE(f.last_inbound_at, f.last_touch_at)))
       FROM follow f WHERE f.external_userid = customer_stat.external_userid)
    WHERE external_userid = OLD.external_userid;
END;

-- The pool counts the rows of totals.
CREATE TRIGGER keep_pool_insert AFTER INSERT ON customer_stat WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE pool SET customers = customers + 1, spend_fen = spend_fen + NEW.spend_fen;
END;
CREATE TRIGGER keep_pool_update AFTER UPDATE OF spend_fen ON customer_stat WHEN (SELECT active FROM bulk) = 0 AND NEW.spend_fen <> OLD.spend_fen BEGIN
  UPDATE pool SET spend_fen = spend_fen - OLD.spend_fen + NEW.spend_fen;
END;
CREATE TRIGGER keep_pool_delete AFTER DELETE ON customer_stat WHEN (SELECT active FROM bulk) = 0 BEGIN
  UPDATE pool SET customers = customers - 1, spend_fen = spend_fen - OLD.spend_fen;
END;

------------------------------------------------------------------ change log
-- The key is what has to be read again: the customer, the order, the group. group_member logs the member as 11 and the group as 9.
-- 99 is a sweep: read everything again.

-- 1 customer
CREATE TRIGGER log_customer_insert AFTER INSERT ON customer WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (1, NEW.external_userid);
END;
CREATE TRIGGER log_customer_update AFTER UPDATE ON customer WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (1, NEW.external_userid);
  INSERT INTO change_log (entity, key) SELECT 1, OLD.external_userid WHERE OLD.external_userid <> NEW.external_userid;
END;
CREATE TRIGGER log_customer_delete AFTER DELETE ON customer WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (1, OLD.external_userid);
END;

-- 2 follow
CREATE TRIGGER log_follow_insert AFTER INSERT ON follow WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (2, NEW.external_userid);
END;
CREATE TRIGGER log_follow_update AFTER UPDATE ON follow WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (2, NEW.external_userid);
  INSERT INTO change_log (entity, key) SELECT 2, OLD.external_userid WHERE OLD.external_userid <> NEW.external_userid;
END;
CREATE TRIGGER log_follow_delete AFTER DELETE ON follow WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (2, OLD.external_userid);
END;

-- 3 customer_tag
CREATE TRIGGER log_customer_tag_insert AFTER INSERT ON customer_tag WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (3, NEW.external_userid);
END;
CREATE TRIGGER log_customer_tag_update AFTER UPDATE ON customer_tag WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (3, NEW.external_userid);
  INSERT INTO change_log (entity, key) SELECT 3, OLD.external_userid WHERE OLD.external_userid <> NEW.external_userid;
END;
CREATE TRIGGER log_customer_tag_delete AFTER DELETE ON customer_tag WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (3, OLD.external_userid);
END;

-- 4 customer_stage
CREATE TRIGGER log_customer_stage_insert AFTER INSERT ON customer_stage WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (4, NEW.external_userid);
END;
CREATE TRIGGER log_customer_stage_update AFTER UPDATE ON customer_stage WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (4, NEW.external_userid);
  INSERT INTO change_log (entity, key) SELECT 4, OLD.external_userid WHERE OLD.external_userid <> NEW.external_userid;
END;
CREATE TRIGGER log_customer_stage_delete AFTER DELETE ON customer_stage WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (4, OLD.external_userid);
END;

-- 5 sale_order
CREATE TRIGGER log_sale_order_insert AFTER INSERT ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (5, NEW.order_id);
END;
CREATE TRIGGER log_sale_order_update AFTER UPDATE ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (5, NEW.order_id);
  INSERT INTO change_log (entity, key) SELECT 5, OLD.order_id WHERE OLD.order_id <> NEW.order_id;
END;
CREATE TRIGGER log_sale_order_delete AFTER DELETE ON sale_order WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (5, OLD.order_id);
END;

-- 6 order_refund
CREATE TRIGGER log_order_refund_insert AFTER INSERT ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (6, NEW.order_id);
END;
CREATE TRIGGER log_order_refund_update AFTER UPDATE ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (6, NEW.order_id);
  INSERT INTO change_log (entity, key) SELECT 6, OLD.order_id WHERE OLD.order_id <> NEW.order_id;
END;
CREATE TRIGGER log_order_refund_delete AFTER DELETE ON order_refund WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (6, OLD.order_id);
END;

-- 7 order_item
CREATE TRIGGER log_order_item_insert AFTER INSERT ON order_item WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (7, NEW.order_id);
END;
CREATE TRIGGER log_order_item_update AFTER UPDATE ON order_item WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (7, NEW.order_id);
  INSERT INTO change_log (entity, key) SELECT 7, OLD.order_id WHERE OLD.order_id <> NEW.order_id;
END;
CREATE TRIGGER log_order_item_delete AFTER DELETE ON order_item WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (7, OLD.order_id);
END;

-- 8 follow_event
CREATE TRIGGER log_follow_event_insert AFTER INSERT ON follow_event WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (8, NEW.external_userid);
END;
CREATE TRIGGER log_follow_event_update AFTER UPDATE ON follow_event WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (8, NEW.external_userid);
  INSERT INTO change_log (entity, key) SELECT 8, OLD.external_userid WHERE OLD.external_userid <> NEW.external_userid;
END;
CREATE TRIGGER log_follow_event_delete AFTER DELETE ON follow_event WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (8, OLD.external_userid);
END;

-- 9 group_chat
CREATE TRIGGER log_group_chat_insert AFTER INSERT ON group_chat WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (9, NEW.chat_id);
END;
CREATE TRIGGER log_group_chat_update AFTER UPDATE ON group_chat WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (9, NEW.chat_id);
  INSERT INTO change_log (entity, key) SELECT 9, OLD.chat_id WHERE OLD.chat_id <> NEW.chat_id;
END;
CREATE TRIGGER log_group_chat_delete AFTER DELETE ON group_chat WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (9, OLD.chat_id);
END;

-- 10 group_day
CREATE TRIGGER log_group_day_insert AFTER INSERT ON group_day WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (10, NEW.chat_id);
END;
CREATE TRIGGER log_group_day_update AFTER UPDATE ON group_day WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (10, NEW.chat_id);
  INSERT INTO change_log (entity, key) SELECT 10, OLD.chat_id WHERE OLD.chat_id <> NEW.chat_id;
END;
CREATE TRIGGER log_group_day_delete AFTER DELETE ON group_day WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (10, OLD.chat_id);
END;

-- 11 group_member
CREATE TRIGGER log_group_member_insert AFTER INSERT ON group_member WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (11, NEW.member_id);
  INSERT INTO change_log (entity, key) VALUES (9, NEW.chat_id);
END;
CREATE TRIGGER log_group_member_update AFTER UPDATE ON group_member WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (11, NEW.member_id);
  INSERT INTO change_log (entity, key) VALUES (9, NEW.chat_id);
  INSERT INTO change_log (entity, key) SELECT 11, OLD.member_id WHERE OLD.member_id <> NEW.member_id;
  INSERT INTO change_log (entity, key) SELECT 9, OLD.chat_id WHERE OLD.chat_id <> NEW.chat_id;
END;
CREATE TRIGGER log_group_member_delete AFTER DELETE ON group_member WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (11, OLD.member_id);
  INSERT INTO change_log (entity, key) VALUES (9, OLD.chat_id);
END;

-- 12 campaign
CREATE TRIGGER log_campaign_insert AFTER INSERT ON campaign WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (12, NEW.campaign_id);
END;
CREATE TRIGGER log_campaign_update AFTER UPDATE ON campaign WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (12, NEW.campaign_id);
  INSERT INTO change_log (entity, key) SELECT 12, OLD.campaign_id WHERE OLD.campaign_id <> NEW.campaign_id;
END;
CREATE TRIGGER log_campaign_delete AFTER DELETE ON campaign WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (12, OLD.campaign_id);
END;

-- 13 campaign_step
CREATE TRIGGER log_campaign_step_insert AFTER INSERT ON campaign_step WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (13, NEW.campaign_id || '/' || NEW.person_key);
END;
CREATE TRIGGER log_campaign_step_update AFTER UPDATE ON campaign_step WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (13, NEW.campaign_id || '/' || NEW.person_key);
  INSERT INTO change_log (entity, key) SELECT 13, OLD.campaign_id || '/' || OLD.person_key WHERE OLD.campaign_id || '/' || OLD.person_key <> NEW.campaign_id || '/' || NEW.person_key;
END;
CREATE TRIGGER log_campaign_step_delete AFTER DELETE ON campaign_step WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (13, OLD.campaign_id || '/' || OLD.person_key);
END;

-- 14 kpi_node
CREATE TRIGGER log_kpi_node_insert AFTER INSERT ON kpi_node WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (14, NEW.node_id);
END;
CREATE TRIGGER log_kpi_node_update AFTER UPDATE ON kpi_node WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (14, NEW.node_id);
  INSERT INTO change_log (entity, key) SELECT 14, OLD.node_id WHERE OLD.node_id <> NEW.node_id;
END;
CREATE TRIGGER log_kpi_node_delete AFTER DELETE ON kpi_node WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (14, OLD.node_id);
END;

-- 15 kpi_target
CREATE TRIGGER log_kpi_target_insert AFTER INSERT ON kpi_target WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (15, NEW.target_id);
END;
CREATE TRIGGER log_kpi_target_update AFTER UPDATE ON kpi_target WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (15, NEW.target_id);
  INSERT INTO change_log (entity, key) SELECT 15, OLD.target_id WHERE OLD.target_id <> NEW.target_id;
END;
CREATE TRIGGER log_kpi_target_delete AFTER DELETE ON kpi_target WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (15, OLD.target_id);
END;

-- 16 staff
CREATE TRIGGER log_staff_insert AFTER INSERT ON staff WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (16, NEW.userid);
END;
CREATE TRIGGER log_staff_update AFTER UPDATE ON staff WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (16, NEW.userid);
  INSERT INTO change_log (entity, key) SELECT 16, OLD.userid WHERE OLD.userid <> NEW.userid;
END;
CREATE TRIGGER log_staff_delete AFTER DELETE ON staff WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (16, OLD.userid);
END;

-- 17 department
CREATE TRIGGER log_department_insert AFTER INSERT ON department WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (17, NEW.dept_id);
END;
CREATE TRIGGER log_department_update AFTER UPDATE ON department WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (17, NEW.dept_id);
  INSERT INTO change_log (entity, key) SELECT 17, OLD.dept_id WHERE OLD.dept_id <> NEW.dept_id;
END;
CREATE TRIGGER log_department_delete AFTER DELETE ON department WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (17, OLD.dept_id);
END;

-- 18 tag
CREATE TRIGGER log_tag_insert AFTER INSERT ON tag WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (18, NEW.tag_id);
END;
CREATE TRIGGER log_tag_update AFTER UPDATE ON tag WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (18, NEW.tag_id);
  INSERT INTO change_log (entity, key) SELECT 18, OLD.tag_id WHERE OLD.tag_id <> NEW.tag_id;
END;
CREATE TRIGGER log_tag_delete AFTER DELETE ON tag WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (18, OLD.tag_id);
END;

-- 19 tag_group
CREATE TRIGGER log_tag_group_insert AFTER INSERT ON tag_group WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (19, NEW.group_id);
END;
CREATE TRIGGER log_tag_group_update AFTER UPDATE ON tag_group WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (19, NEW.group_id);
  INSERT INTO change_log (entity, key) SELECT 19, OLD.group_id WHERE OLD.group_id <> NEW.group_id;
END;
CREATE TRIGGER log_tag_group_delete AFTER DELETE ON tag_group WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (19, OLD.group_id);
END;

-- 20 journey_stage
CREATE TRIGGER log_journey_stage_insert AFTER INSERT ON journey_stage WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (20, NEW.stage_id);
END;
CREATE TRIGGER log_journey_stage_update AFTER UPDATE ON journey_stage WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (20, NEW.stage_id);
  INSERT INTO change_log (entity, key) SELECT 20, OLD.stage_id WHERE OLD.stage_id <> NEW.stage_id;
END;
CREATE TRIGGER log_journey_stage_delete AFTER DELETE ON journey_stage WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (20, OLD.stage_id);
END;

-- 21 channel
CREATE TRIGGER log_channel_insert AFTER INSERT ON channel WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (21, NEW.channel_id);
END;
CREATE TRIGGER log_channel_update AFTER UPDATE ON channel WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (21, NEW.channel_id);
  INSERT INTO change_log (entity, key) SELECT 21, OLD.channel_id WHERE OLD.channel_id <> NEW.channel_id;
END;
CREATE TRIGGER log_channel_delete AFTER DELETE ON channel WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (21, OLD.channel_id);
END;

-- 22 incentive_rule
CREATE TRIGGER log_incentive_rule_insert AFTER INSERT ON incentive_rule WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (22, NEW.rule_id);
END;
CREATE TRIGGER log_incentive_rule_update AFTER UPDATE ON incentive_rule WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (22, NEW.rule_id);
  INSERT INTO change_log (entity, key) SELECT 22, OLD.rule_id WHERE OLD.rule_id <> NEW.rule_id;
END;
CREATE TRIGGER log_incentive_rule_delete AFTER DELETE ON incentive_rule WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (22, OLD.rule_id);
END;

-- 23 leaderboard_snapshot
CREATE TRIGGER log_leaderboard_snapshot_insert AFTER INSERT ON leaderboard_snapshot WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (23, NEW.board);
END;
CREATE TRIGGER log_leaderboard_snapshot_update AFTER UPDATE ON leaderboard_snapshot WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (23, NEW.board);
  INSERT INTO change_log (entity, key) SELECT 23, OLD.board WHERE OLD.board <> NEW.board;
END;
CREATE TRIGGER log_leaderboard_snapshot_delete AFTER DELETE ON leaderboard_snapshot WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (23, OLD.board);
END;

-- 24 task
CREATE TRIGGER log_task_insert AFTER INSERT ON task WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (24, NEW.task_id);
END;
CREATE TRIGGER log_task_update AFTER UPDATE ON task WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (24, NEW.task_id);
  INSERT INTO change_log (entity, key) SELECT 24, OLD.task_id WHERE OLD.task_id <> NEW.task_id;
END;
CREATE TRIGGER log_task_delete AFTER DELETE ON task WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (24, OLD.task_id);
END;

-- 25 meta
CREATE TRIGGER log_meta_insert AFTER INSERT ON meta WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (25, NEW.key);
END;
CREATE TRIGGER log_meta_update AFTER UPDATE ON meta WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (25, NEW.key);
  INSERT INTO change_log (entity, key) SELECT 25, OLD.key WHERE OLD.key <> NEW.key;
END;
CREATE TRIGGER log_meta_delete AFTER DELETE ON meta WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (25, OLD.key);
END;
