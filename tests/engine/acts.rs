//! What a shop's rows go through: one act of every sort at a time.

use crate::shop::{CUSTOMERS, Shop};

impl Shop {
    /// One act of a shop, of every sort.
    pub fn act(&mut self) {
        let id = self.someone();
        let order = format!("o{:05}", 1 + self.dice.below(self.orders + 3));
        match self.dice.below(20) {
            0 => self.customer(&id),
            1 => {
                let id = format!("wm{:04}", self.dice.below(CUSTOMERS * 7));
                self.customer(&id);
            }
            2 => {
                let id = format!("wx{}", self.dice.below(12));
                self.customer(&id);
            }
            3 => drop(
                self.conn
                    .execute("DELETE FROM customer WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            4 => self.tag(&id),
            5 => drop(
                self.conn
                    .execute("DELETE FROM customer_tag WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            6 => self.follow(&id),
            7 => drop(
                self.conn
                    .execute("DELETE FROM follow WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            8 => self.stage(&id),
            9 => self.order(Some(order)),
            10 => self.order(None),
            11 => drop(
                self.conn
                    .execute("DELETE FROM sale_order WHERE order_id = ?1", [&order])
                    .unwrap(),
            ),
            12 => self.refund(),
            13 => {
                let id = format!("r{:04}", self.dice.below(5_000));
                self.conn
                    .execute(
                        "DELETE FROM order_refund WHERE refund_id >= ?1 AND refund_id < ?1 || '~'",
                        [&id],
                    )
                    .unwrap();
            }
            14 => {
                let person = self.anyone();
                self.member(&person);
            }
            15 => drop(
                self.conn
                    .execute(
                        "UPDATE group_member SET quit_at = 7 WHERE member_id = ?1",
                        [&id],
                    )
                    .unwrap(),
            ),
            16 => {
                let person = self.anyone();
                self.step(&person);
            }
            17 => drop(
                self.conn
                    .execute("DELETE FROM campaign_step WHERE person_key = ?1", [&id])
                    .unwrap(),
            ),
            18 => drop(
                self.conn
                    .execute("DELETE FROM follow_event WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            _ => {
                let sql = *self.dice.pick(&[
                    "UPDATE tag SET name = name || '旧' WHERE tag_id = 't3'",
                    "UPDATE tag SET is_deleted = 1 - is_deleted WHERE tag_id = 't6'",
                    "UPDATE staff SET name = '何敏' WHERE userid = 's3'",
                    "UPDATE group_chat SET dissolved_at = 3 WHERE chat_id = 'c2'",
                    "UPDATE group_chat SET dissolved_at = NULL WHERE chat_id = 'c4'",
                    "DELETE FROM group_chat WHERE chat_id = 'c3'",
                    "DELETE FROM order_item WHERE line_no = 1",
                ]);
                self.conn.execute(sql, []).unwrap();
            }
        }
    }
}
