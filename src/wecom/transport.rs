//! How a request reaches the server: a trait, so that tests need no network, and what can go wrong on the way.

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
    #[error("the host's name is not known")]
    NoHost,
    /// The connection failed or broke.
    #[error("the connection failed: {0}")]
    Connection(std::io::ErrorKind),
    /// Nothing came within the time allowed.
    #[error("no answer came in time")]
    Timeout,
    /// The other side is not who it says, or speaks no TLS.
    #[error("the server's certificate or its TLS was not accepted")]
    Tls,
    /// The server sent us elsewhere; nobody follows.
    #[error("the server redirects elsewhere (HTTP {0}), which is not followed")]
    Redirected(u16),
    /// An HTTP status other than 200.
    #[error("the server answered HTTP {0}")]
    Status(u16),
    /// A body beyond the limit.
    #[error("the answer is longer than {0} bytes")]
    TooLong(u64),
    /// A body packed in a way that was not asked for.
    #[error("the answer is packed, which was not asked for")]
    Packed,
    /// Not HTTP, or cut off.
    #[error("the answer is broken or cut off")]
    Broken,
}

impl TransportError {
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
