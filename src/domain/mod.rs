//! The vocabulary and every formula. Pure: no clock, no I/O, no threads, no globals.

pub mod cells;
pub mod churn;
pub mod day;
pub mod figure;
pub mod file_name;
pub mod gmv;
pub mod group_health;
pub mod id;
pub mod kpi;
pub mod lang;
pub mod leaderboard;
pub mod mask;
pub mod metric;
pub mod money;
pub mod number;
pub mod org;
pub mod period;
pub mod repurchase;
pub mod retention;
pub mod rfm;
pub mod scorecard;
pub mod sentence;
pub mod tag;
pub mod text;

pub use day::{AsOf, Day, Fixed, Zone};
pub use figure::{Fen, Figure, Rate, nearest};
pub use id::{CampaignId, ChatId, CustomerId, DeptId, StaffId, TagId};
pub use lang::{GlyphSet, Lang};
pub use number::NumberStyle;
pub use sentence::Sentence;
pub(crate) use sentence::sentence;
pub use text::SafeText;
