-- Schema v3: what a row leaves that another one takes the place of is logged and counted too, and so is a journey.
-- INSERT OR REPLACE and UPDATE OR REPLACE fire no delete trigger for the row that goes: these look before it is gone.
-- UPDATE OF spares the statements that leave the keys alone.

------------------------------------------------------------------ kept totals
-- An order or a refund takes another one's id: the owner of the one that goes has other totals.
CREATE TRIGGER keep_order_displace BEFORE UPDATE OF order_id ON sale_order WHEN (SELECT active FROM bulk) = 0 AND NEW.order_id <> OLD.order_id BEGIN
  INSERT OR IGNORE INTO stat_due SELECT o.external_userid FROM sale_order o
    WHERE o.order_id = NEW.order_id AND o.external_userid IS NOT NULL;
END;
CREATE TRIGGER keep_order_displaced AFTER UPDATE OF order_id ON sale_order WHEN (SELECT active FROM bulk) = 0 AND NEW.order_id <> OLD.order_id BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (SELECT external_userid FROM stat_due);
  DELETE FROM stat_due;
END;
CREATE TRIGGER keep_refund_displace BEFORE UPDATE OF refund_id ON order_refund WHEN (SELECT active FROM bulk) = 0 AND NEW.refund_id <> OLD.refund_id BEGIN
  INSERT OR IGNORE INTO stat_due SELECT o.external_userid FROM order_refund r JOIN sale_order o ON o.order_id = r.order_id
    WHERE r.refund_id = NEW.refund_id AND o.external_userid IS NOT NULL;
  INSERT INTO change_log (entity, key) SELECT 6, r.order_id FROM order_refund r WHERE r.refund_id = NEW.refund_id;
END;
CREATE TRIGGER keep_refund_displaced AFTER UPDATE OF refund_id ON order_refund WHEN (SELECT active FROM bulk) = 0 AND NEW.refund_id <> OLD.refund_id BEGIN
  UPDATE customer_stat SET (spend_fen, orders, last_paid_at) =
      (SELECT COALESCE(SUM(net_fen), 0), COUNT(*), MAX(paid_at) FROM v_valid v WHERE v.external_userid = customer_stat.external_userid)
    WHERE external_userid IN (SELECT external_userid FROM stat_due);
  DELETE FROM stat_due;
END;

------------------------------------------------------------------ change log
-- 8 follow_event: the event that goes may be another customer's. The number of an event has all the names SQLite gives a row.
CREATE TRIGGER log_follow_event_replace BEFORE INSERT ON follow_event WHEN (SELECT active FROM bulk) = 0
  AND (EXISTS (SELECT 1 FROM follow_event WHERE event_id = NEW.event_id)
    OR EXISTS (SELECT 1 FROM follow_event WHERE dedup_key = NEW.dedup_key)) BEGIN
  INSERT INTO change_log (entity, key) SELECT 8, e.external_userid FROM follow_event e
    WHERE (e.event_id = NEW.event_id OR e.dedup_key = NEW.dedup_key) AND e.external_userid <> NEW.external_userid;
END;
CREATE TRIGGER log_follow_event_displace BEFORE UPDATE OF event_id, rowid, _rowid_, oid, dedup_key ON follow_event
  WHEN (SELECT active FROM bulk) = 0 AND (NEW.event_id <> OLD.event_id OR NEW.dedup_key IS NOT OLD.dedup_key) BEGIN
  INSERT INTO change_log (entity, key) SELECT 8, e.external_userid FROM follow_event e
    WHERE (e.event_id = NEW.event_id OR e.dedup_key = NEW.dedup_key) AND e.event_id <> OLD.event_id;
END;

-- 26 journey: the first one says what every customer's stage is.
CREATE TRIGGER log_journey_insert AFTER INSERT ON journey WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (26, NEW.journey_id);
END;
CREATE TRIGGER log_journey_update AFTER UPDATE ON journey WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (26, NEW.journey_id);
  INSERT INTO change_log (entity, key) SELECT 26, OLD.journey_id WHERE OLD.journey_id <> NEW.journey_id;
END;
CREATE TRIGGER log_journey_delete AFTER DELETE ON journey WHEN (SELECT active FROM bulk) = 0 BEGIN
  INSERT INTO change_log (entity, key) VALUES (26, OLD.journey_id);
END;
