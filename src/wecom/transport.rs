//! How a request reaches the server: a trait, so that tests need no network, and what can go wrong on the way.

use crate::domain::{Sentence, sentence};

use serde_json::Value;

/// A request to the API.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Path behind the base address, e.g. `externalcontact/list`.
    pub path: &'a str,
    /// Query parameters, not yet encoded.
    pub query: &'a [(&'a str, &'a str)],
    /// JSON body: with one it is a POST, without one a GET.
    pub body: Option<&'a Value>,
}

/// Sends requests.
pub trait Transport: Sync {
    /// Sends one and gives the body of the answer.
    fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, TransportError>;
}

/// Why no answer came. None of them holds an address or a word of the server's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The name of the host is not known.
    NoHost,
    /// The connection failed or broke.
    Connection(std::io::ErrorKind),
    /// Nothing came within the time allowed.
    Timeout,
    /// The other side is not who it says, or speaks no TLS.
    Tls,
    /// The server sent us elsewhere; nobody follows.
    Redirected(u16),
    /// An HTTP status other than 200.
    Status(u16),
    /// A body beyond the limit.
    TooLong(u64),
    /// A body packed in a way that was not asked for.
    Packed,
    /// Not HTTP, or cut off.
    Broken,
}

impl TransportError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::NoHost => sentence!("不认识这个主机名", "the host's name is not known"),
            Self::Connection(kind) => sentence!(
                "连接失败: {why}",
                "the connection failed: {why}",
                why = Sentence::of_system(&(*kind).into()),
            ),
            Self::Timeout => sentence!("没有及时应答", "no answer came in time"),
            Self::Tls => sentence!(
                "服务器的证书或 TLS 未被接受",
                "the server's certificate or its TLS was not accepted",
            ),
            Self::Redirected(code) => sentence!(
                "服务器转向别处 (HTTP {code}), 不跟随",
                "the server redirects elsewhere (HTTP {code}), which is not followed",
            ),
            Self::Status(code) => {
                sentence!("服务器应答 HTTP {code}", "the server answered HTTP {code}")
            }
            Self::TooLong(most) => sentence!(
                "应答超过 {most} 字节",
                "the answer is longer than {most} bytes",
            ),
            Self::Packed => sentence!(
                "应答是压缩的, 并没有这样要求",
                "the answer is packed, which was not asked for",
            ),
            Self::Broken => sentence!("应答残缺或不是 HTTP", "the answer is broken or cut off",),
        }
    }

    /// Worth trying again: it may be gone in a moment.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout | Self::Broken => true,
            Self::Status(code) => *code >= 500 || *code == 429,
            Self::NoHost | Self::Tls | Self::Redirected(_) | Self::TooLong(_) | Self::Packed => {
                false
            }
        }
    }
}

impl std::fmt::Display for TransportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}
