//! What is said in a group on a day, and how soon its staff answer.

use super::chats::State;
use super::rng::Rng;

/// How much a group talks.
pub(super) struct Speech {
    state: State,
    /// Speakers of ten thousand members a day.
    speakers: i64,
    /// Of a hundred questions answered in half an hour.
    answered: i64,
    /// Seconds to the first reply.
    reply: i64,
    /// Clicks on campaigns are measured.
    pub(super) clicks: bool,
}

impl Speech {
    pub(super) fn of(state: State, rng: &mut Rng) -> Self {
        let speakers = match state {
            State::Thriving | State::Full => rng.between(800, 1_800),
            State::FewVoices => rng.between(300, 800),
            State::Silent => rng.between(60, 260),
            State::Neglected => rng.between(120, 350),
            _ => rng.between(250, 900),
        };
        let (answered, reply) = match state {
            State::Neglected | State::Ownerless => (rng.between(30, 65), rng.between(800, 2_400)),
            _ => (rng.between(72, 100), rng.between(90, 800)),
        };
        Self {
            state,
            speakers,
            answered,
            reply,
            clicks: rng.chance(6_000),
        }
    }

    /// `msg_total, msg_ext, speakers_ext, speakers_ext_7d, speakers_staff, top3_msg_ext, questions, answered_30m,
    /// first_reply_s_sum, first_reply_n, checkins` of one day; `None` = nobody measured.
    pub(super) fn day(&mut self, rng: &mut Rng, members: i64, ago: usize) -> Option<[i64; 11]> {
        if self.state == State::Unmeasured {
            return None;
        }
        let quiet = self.state == State::Silent && ago <= 17;
        let staff_posts = if self.state == State::Ownerless {
            0
        } else {
            rng.between(2, 6)
        };
        if quiet || members == 0 {
            return Some([
                staff_posts,
                0,
                0,
                0,
                i64::from(staff_posts > 0),
                0,
                0,
                0,
                0,
                0,
                0,
            ]);
        }
        // The part of a person there is in a small group comes now and then.
        let parts = members * self.speakers * rng.between(60, 140);
        let rest = u64::try_from(parts % 1_000_000 / 100).unwrap_or(0);
        let speakers = (parts / 1_000_000 + i64::from(rng.chance(rest))).clamp(0, members);
        let messages = speakers * rng.between(2, 4) + rng.between(0, speakers);
        let week = (speakers * rng.between(30, 45) / 10).clamp(speakers, members);
        let top = match self.state {
            State::FewVoices => messages * 9 / 10,
            _ => (messages * rng.between(25, 60) / 100).max(messages.min(3)),
        };
        let questions = messages / 8;
        let well = u64::try_from(self.answered * 100).unwrap_or(0);
        let answered = (0..questions)
            .map(|_| i64::from(rng.chance(well)))
            .sum::<i64>();
        let replied = (answered + rng.between(0, 2)).min(questions);
        let reply_sum = replied * self.reply * rng.between(70, 130) / 100;
        Some([
            messages + staff_posts,
            messages,
            speakers,
            week,
            i64::from(staff_posts > 0),
            top,
            questions,
            answered.min(replied),
            reply_sum,
            replied,
            speakers / 3,
        ])
    }
}
