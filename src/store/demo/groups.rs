//! Groups: who is in them, how they did on each of the last 90 days, what is due in them.

use rusqlite::{Connection, Statement, params};

use super::calendar::Calendar;
use super::chats::{Chat, Chats, State};
use super::ids::Ids;
use super::org::Org;
use super::pool::{Pool, Tie};
use super::rng::Rng;
use super::speech::Speech;
use super::words::STORES;

/// Days of statistics each group has, yesterday included.
pub(super) const DAYS: usize = 90;

/// Somebody's time in a group.
struct Stay {
    /// Customer, or a number for people outside the pool.
    who: Result<u32, u64>,
    joined: i64,
    /// When they went, and whether they were removed.
    quit: Option<(i64, bool)>,
}

/// Writes the groups.
pub(super) struct Groups<'a, 'c> {
    calendar: &'a Calendar,
    org: &'a Org,
    ids: &'a Ids,
    pool: &'a Pool,
    /// Where each guide's relations begin in `pool.ties`.
    ties_from: Vec<usize>,
    /// Guides per store.
    by_store: Vec<Vec<u16>>,
    rng: Rng,
    chat: Statement<'c>,
    member: Statement<'c>,
    day: Statement<'c>,
    task: Statement<'c>,
    outsiders: u64,
}

impl<'a, 'c> Groups<'a, 'c> {
    /// `pool.ties` must be sorted by guide.
    pub(super) fn new(
        conn: &'c Connection,
        (calendar, org, ids): (&'a Calendar, &'a Org, &'a Ids),
        pool: &'a Pool,
        rng: Rng,
    ) -> rusqlite::Result<Self> {
        let ties_from = (0..=org.staff.len())
            .map(|s| pool.ties.partition_point(|t| usize::from(t.staff) < s))
            .collect();
        let mut by_store =
            vec![Vec::new(); org.staff.iter().map(|s| s.store + 1).max().unwrap_or(1)];
        for guide in &org.sellers {
            let store = org.at(*guide).map_or(0, |s| s.store);
            if let Some(list) = by_store.get_mut(store) {
                list.push(*guide);
            }
        }
        Ok(Self {
            calendar,
            org,
            ids,
            pool,
            ties_from,
            by_store,
            rng,
            chat: conn.prepare(
                "INSERT INTO group_chat (chat_id, name, owner_userid, created_at, wecom_status, dissolved_at, capacity,
                   kind, credited_userid, campaign_id, synced_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?3,?9,?10)",
            )?,
            member: conn.prepare(
                "INSERT INTO group_member (chat_id, member_id, join_at, type, join_scene, is_admin, quit_at, quit_scene)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
            )?,
            day: conn.prepare(
                "INSERT INTO group_day (chat_id, biz_date, member_total, ext_total, joined, quit, kicked, msg_total,
                   msg_ext, speakers_ext, speakers_ext_7d, speakers_staff, top3_msg_ext, questions, answered_30m,
                   first_reply_s_sum, first_reply_n, checkins, campaign_clicks)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)",
            )?,
            task: conn.prepare(
                "INSERT INTO task (kind, userid, chat_id, due_at, done_at, status) VALUES ('group_post',?1,?2,?3,?4,?5)",
            )?,
            outsiders: 0,
        })
    }

    /// Writes all groups, one after the other.
    pub(super) fn write(
        &mut self,
        chats: &Chats,
        mut tick: impl FnMut(u64),
    ) -> rusqlite::Result<()> {
        for (n, chat) in chats.list.iter().enumerate() {
            let stays = self.stays(chat);
            self.chat(n, chat)?;
            self.members(chat, &stays)?;
            self.days(chat, &stays)?;
            self.tasks(chat)?;
            tick(u64::try_from(stays.len() + DAYS).unwrap_or(0));
        }
        Ok(())
    }

    fn chat(&mut self, n: usize, chat: &Chat) -> rusqlite::Result<()> {
        let store = self.org.at(chat.owner).map_or(0, |s| s.store);
        let place = STORES.get(store % STORES.len()).copied().unwrap_or("");
        let theme = self.rng.pick(&[
            "福利群",
            "宝妈群",
            "新品体验群",
            "VIP会员群",
            "团购群",
            "签到打卡群",
            "邻里群",
        ]);
        let name = match (chat.state, n % 41) {
            (State::Flash, _) => format!("{place}秒杀快闪{}群", n + 1),
            (_, 7) => format!("{place}\u{202E}{theme}{}群🎁", n + 1),
            _ => format!("{place}{theme}{}", n + 1),
        };
        let dissolved = (chat.state == State::Dissolved).then(|| self.calendar.start(20) + 50_000);
        let (kind, campaign) = match chat.state {
            State::Flash => ("flash", Some(2)),
            _ => (
                self.rng
                    .pick(&["welfare", "welfare", "vip", "new_product", "local"]),
                None,
            ),
        };
        let capacity = if chat.state == State::Full || n.is_multiple_of(3) {
            200
        } else {
            500
        };
        self.chat.execute(params![
            chat.id,
            name,
            self.org.userid(chat.owner),
            chat.created,
            u8::from(chat.state == State::Ownerless),
            dissolved,
            capacity,
            kind,
            campaign,
            self.calendar.now
        ])?;
        Ok(())
    }

    /// Draws the external members: customers of the owner's store, and some whom nobody of the staff knows.
    fn stays(&mut self, chat: &Chat) -> Vec<Stay> {
        let size = match chat.state {
            State::Tiny => 6,
            State::New => self.rng.between(15, 60),
            State::Full => self.rng.between(192, 197),
            _ => self.rng.between(30, 120) + self.rng.between(0, 120),
        };
        let size = usize::try_from(size).unwrap_or(0);
        let mut who: Vec<u32> = Vec::new();
        for _ in 0..size * 97 / 100 {
            who.extend(self.somebody(chat.owner, size));
        }
        who.sort_unstable();
        who.dedup();
        let strangers = u64::try_from(size.saturating_sub(who.len())).unwrap_or(0);
        let strangers = (0..strangers)
            .map(|s| Err(self.outsiders + s))
            .collect::<Vec<_>>();
        self.outsiders += u64::try_from(strangers.len()).unwrap_or(0);
        // Of ten thousand members, those who leave a week.
        let leaving = match chat.state {
            State::Full => 0,
            State::Neglected => self.rng.between(100, 280),
            _ => self.rng.between(10, 110),
        };
        who.into_iter()
            .map(Ok)
            .chain(strangers)
            .map(|who| self.stay(chat, who, leaving))
            .collect()
    }

    fn stay(&mut self, chat: &Chat, who: Result<u32, u64>, leaving: i64) -> Stay {
        let (rng, now) = (&mut self.rng, self.calendar.now);
        let known = who
            .ok()
            .and_then(|n| self.pool.added.get(usize::try_from(n).ok()?))
            .copied()
            .unwrap_or(0);
        let earliest = chat.created.max(known) + 1;
        // Most come in a group's first weeks; the rest trickles in.
        let spread = (now - earliest - 1).max(0);
        let joined = earliest
            + if rng.chance(6_000) {
                rng.between(0, spread.min(21 * 86_400))
            } else {
                rng.between(0, spread)
            };
        let removed = rng.chance(1_500);
        let leaving = u64::try_from(leaving * (now - joined) / (7 * 86_400)).unwrap_or(0);
        let quit = if chat.state == State::Exits && rng.chance(1_100) {
            Some(now - rng.between(3_600, 4 * 86_400))
        } else if rng.chance(leaving.min(7_500)) {
            Some(joined + rng.between(600, (now - joined).max(600)))
        } else {
            None
        };
        let quit = quit
            .filter(|at| *at > joined && *at <= now)
            .map(|at| (at, removed));
        Stay { who, joined, quit }
    }

    fn somebody(&mut self, owner: u16, size: usize) -> Option<u32> {
        let store = self.org.at(owner).map_or(0, |s| s.store);
        let near = self.by_store.get(store).map_or(&[][..], Vec::as_slice);
        let guide = self.rng.pick(near);
        let at = usize::from(guide);
        let from = self.ties_from.get(at).copied().unwrap_or(0);
        let to = self.ties_from.get(at + 1).copied().unwrap_or(from);
        // Too few customers around: anybody may come.
        let tie: Option<&Tie> = if (to - from) * near.len() < size * 2 {
            self.pool.ties.get(self.rng.index(self.pool.ties.len()))
        } else {
            self.pool.ties.get(from + self.rng.index(to - from))
        };
        tie.map(|t| t.customer)
    }

    fn members(&mut self, chat: &Chat, stays: &[Stay]) -> rusqlite::Result<()> {
        let mut id = String::new();
        let owner = self.org.userid(chat.owner);
        let mut staff_written = false;
        for stay in stays {
            match stay.who {
                Ok(n) => self.ids.customer(n, &mut id),
                Err(n) => self.ids.outsider(n, &mut id),
            }
            if !staff_written && *owner < *id.as_str() {
                self.owner(chat, owner)?;
                staff_written = true;
            }
            let scene = if stay.joined % 3 == 0 { 2 } else { 3 };
            let quit = stay.quit.map(|q| q.0);
            let quit_scene = stay.quit.map(|q| u8::from(q.1));
            self.member.execute(params![
                chat.id,
                id,
                stay.joined,
                2,
                scene,
                0,
                quit,
                quit_scene
            ])?;
        }
        if !staff_written {
            self.owner(chat, owner)?;
        }
        Ok(())
    }

    /// The owner's own row among the members.
    fn owner(&mut self, chat: &Chat, userid: &str) -> rusqlite::Result<()> {
        let never = None::<i64>;
        let row = params![chat.id, userid, chat.created, 1, 1, 1, never, never];
        self.member.execute(row)?;
        Ok(())
    }

    fn days(&mut self, chat: &Chat, stays: &[Stay]) -> rusqlite::Result<()> {
        let mut moves = vec![[0_i64; 3]; DAYS + 1];
        let mut members = 0;
        let mut count = |at: i64, kind: usize, sign: i64| {
            let ago = usize::try_from(self.calendar.days_ago(at)).unwrap_or(0);
            match moves.get_mut(ago).and_then(|m| m.get_mut(kind)) {
                Some(n) => *n += 1,
                None => members += sign,
            }
        };
        for stay in stays {
            count(stay.joined, 0, 1);
            if let Some((at, removed)) = stay.quit {
                count(at, 1 + usize::from(removed), -1);
            }
        }
        let mut speech = Speech::of(chat.state, &mut self.rng);
        let age = usize::try_from(self.calendar.days_ago(chat.created)).unwrap_or(0);
        for ago in (1..=DAYS).rev().filter(|ago| *ago <= age) {
            let [joined, quit, kicked] = moves.get(ago).copied().unwrap_or_default();
            members += joined - quit - kicked;
            let said = speech.day(&mut self.rng, members, ago);
            let day = self.calendar.today.plus(-i32::try_from(ago).unwrap_or(0));
            let s = |i: usize| said.and_then(|s| s.get(i).copied());
            self.day.execute(params![
                chat.id,
                self.calendar.text(day),
                members + 1,
                members,
                joined,
                quit,
                kicked,
                s(0),
                s(1),
                s(2),
                s(3),
                s(4),
                s(5),
                s(6),
                s(7),
                s(8),
                s(9),
                s(10),
                speech
                    .clicks
                    .then(|| said.map_or(0, |s| s.get(2).copied().unwrap_or(0) / 2)),
            ])?;
        }
        Ok(())
    }

    /// Two posts a day are due for a week; most are done on time.
    fn tasks(&mut self, chat: &Chat) -> rusqlite::Result<()> {
        if chat.state == State::Dissolved {
            return Ok(());
        }
        let owner = self.org.userid(chat.owner);
        let care = match chat.state {
            State::Ownerless => 0,
            State::Neglected => self.rng.between(5_500, 8_500),
            _ => self.rng.between(7_500, 10_000),
        };
        for ago in (0..=7).rev() {
            for hour in [10, 20] {
                let due = self.calendar.start(ago) + hour * 3_600;
                if due < chat.created {
                    continue;
                }
                let (status, done) = if due > self.calendar.now {
                    ("open", None)
                } else if self.rng.chance(u64::try_from(care).unwrap_or(0)) {
                    ("done", Some(due - self.rng.between(0, 1_800)))
                } else if self.rng.chance(4_000) && due + 7_200 < self.calendar.now {
                    ("late_done", Some(due + self.rng.between(600, 7_000)))
                } else {
                    ("missed", None)
                };
                self.task
                    .execute(params![owner, chat.id, due, done, status])?;
            }
        }
        Ok(())
    }
}
