//! WeCom's server API: a client, its pages, and the plan by which a sync brings them into the workspace.
//!
//! A call goes [`client`] → [`pace`] → [`transport`]; what comes back is a JSON object whose `errcode` is 0, or an error
//! that says what to do ([`codes`]). Neither the secret, nor the token, nor an address, nor a word the server chose is
//! ever part of an error. [`page`] reads the objects cell by cell, because the server sends numbers as strings, ids with
//! blanks behind them and names that steer terminals. [`sync`] is the plan, [`intake`] writes the rows,
//! [`callback`] applies one event.

pub mod callback;
pub mod check;
pub mod client;
pub mod clock;
pub mod codes;
pub mod http;
pub mod intake;
pub mod pace;
pub mod page;
pub mod secret;
pub mod settings;
pub mod sync;
pub mod transport;

pub use client::{CallError, Client};
pub use clock::Clock;
pub use secret::Secret;
pub use settings::{Settings, SettingsError};
