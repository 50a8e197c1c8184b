//! Why a sync, or a part of it, ended before its end.

use crate::domain::sentence::Fixed;
use crate::domain::{Sentence, sentence};
use crate::store::StoreError;
use crate::wecom::client::CallError;
use crate::wecom::codes::Does;

/// What ended a part.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The server, or the way to it.
    Call(#[from] CallError),
    /// The workspace.
    Store(#[from] StoreError),
    /// The same page or cursor came again.
    Circle {
        /// The call, as the API names it.
        call: &'static str,
    },
    /// Too much would end.
    Shrink {
        /// What.
        what: Fixed,
        /// How many.
        gone: u64,
        /// Of how many.
        of: u64,
    },
    /// The thread that wrote, or one that fetched, has ended; the other says why.
    Closed,
}

/// A share in percent, with one digit behind the point.
fn percent(part: u64, of: u64) -> String {
    let thousandths = part.saturating_mul(1_000) / of.max(1);
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

impl SyncError {
    /// `errcode`, when the server gave one.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Call(error) => error.code(),
            Self::Store(_) | Self::Circle { .. } | Self::Shrink { .. } | Self::Closed => None,
        }
    }

    /// The next part would fail alike.
    pub fn ends_all(&self) -> bool {
        match self {
            Self::Call(error) => matches!(
                error.does(),
                Does::StopAll | Does::Refresh | Does::CoolDown | Does::Retry
            ),
            Self::Store(_) | Self::Closed => true,
            Self::Circle { .. } | Self::Shrink { .. } => false,
        }
    }

    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Call(error) => error.what(),
            Self::Store(error) => error.what(),
            Self::Circle { call } => sentence!(
                "{call}: 服务器反复给同一页",
                "{call}: the server gives the same page again and again",
            ),
            Self::Shrink {
                what: (zh, en),
                gone,
                of,
            } => {
                let share = percent(*gone, *of);
                sentence!(
                    "{of} 个{zh}里有 {gone} 个 ({share} %) 不再列出, 超过 5 %: 一个也没有标为结束",
                    "{gone} of {of} {en} ({share} %) are not listed any more, which is more than 5 %: none of them was ended",
                )
            }
            Self::Closed => sentence!("已停止", "stopped"),
        }
    }

    /// What to do; for [`Self::Shrink`] a command follows it.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Call(error) => error.help(),
            Self::Store(error) => error.help(),
            Self::Circle { .. } => sentence!(
                "稍后重试；如持续出现，请检查代理是否缓存了应答",
                "try again later; if it stays, see whether a proxy keeps old answers",
            ),
            Self::Shrink { .. } => sentence!(
                "先确认应用的可见范围与权限没有变小；确认属实后运行",
                "see that the app's visible range and rights have not shrunk; if it is true, run",
            ),
            Self::Closed => sentence!("重新运行", "run again"),
        }
    }

    /// The exit code of the command line (product.md, decision 14).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Call(CallError::Stopped) => 130,
            Self::Store(error) => error.exit_code(),
            Self::Shrink { .. } => 5,
            Self::Call(_) | Self::Circle { .. } | Self::Closed => 1,
        }
    }
}

impl std::fmt::Display for SyncError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}
