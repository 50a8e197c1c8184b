//! The transport over HTTPS. Plain HTTP is for a server on this machine only; redirects are not followed.

use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::transport::{Request, Transport, TransportError};
use crate::domain::{Sentence, sentence};

/// Longest answer read, bytes. A page of 1,000 rows is below 1 MB.
pub const LONGEST_ANSWER: u64 = 16 << 20;

/// Where the API answers: https, or http on the loopback interface. Its `Debug` is the host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: String,
    host: String,
    is_loopback: bool,
}

impl std::fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.host)
    }
}

impl BaseUrl {
    /// Reads an address; the error is one sentence that does not repeat it.
    pub fn parse(text: &str) -> Result<Self, Sentence> {
        let uri: Uri = text
            .trim()
            .parse()
            .map_err(|_| sentence!("base_url 不是地址", "base_url is not an address"))?;
        let host = uri.host().unwrap_or_default().to_owned();
        if uri.authority().is_none_or(|a| a.as_str().contains('@')) || uri.query().is_some() {
            return Err(sentence!(
                "base_url 只能是主机和路径, 不带用户和参数",
                "base_url must be a host and a path, without a user or a query",
            ));
        }
        let is_loopback = matches!(host.as_str(), "127.0.0.1" | "[::1]" | "localhost");
        match (uri.scheme_str(), is_loopback) {
            (Some("https"), _) | (Some("http"), true) => {}
            (Some("http"), false) => {
                return Err(sentence!("base_url 必须是 https", "base_url must be https"));
            }
            (_, _) => {
                return Err(sentence!(
                    "base_url 必须以 https:// 开头",
                    "base_url must begin with https://",
                ));
            }
        }
        let mut url = text.trim().to_owned();
        if !url.ends_with('/') {
            url.push('/');
        }
        Ok(Self {
            url,
            host,
            is_loopback,
        })
    }
}

/// The transport of the program: one agent, its connections kept between calls.
#[derive(Debug)]
pub struct Https {
    agent: Agent,
    base: BaseUrl,
}

impl Https {
    /// A transport to this address, a call no longer than `timeout`.
    pub fn new(base: &BaseUrl, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .https_only(!base.is_loopback)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout))
            .timeout_connect(Some(timeout.min(Duration::from_secs(10))))
            .max_response_header_size(64 * 1024)
            .accept("application/json")
            .accept_encoding("identity")
            .user_agent(concat!("caopan/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::WebPki).build());
        // A proxy of the environment is for the world outside.
        let config = if base.is_loopback {
            config.proxy(None)
        } else {
            config
        };
        Self {
            agent: config.build().new_agent(),
            base: base.clone(),
        }
    }
}

impl Transport for Https {
    fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, TransportError> {
        let url = format!("{}{}", self.base.url, request.path);
        let query = request.query.iter().copied();
        let mut answer = match request.body {
            None => self.agent.get(&url).query_pairs(query).call(),
            Some(body) => {
                let body = serde_json::to_vec(body).map_err(|_| TransportError::Broken)?;
                self.agent
                    .post(&url)
                    .query_pairs(query)
                    .content_type("application/json")
                    .send(&body[..])
            }
        }
        .map_err(meaning)?;
        match answer.status().as_u16() {
            200 => {}
            code @ 300..=399 => return Err(TransportError::Redirected(code)),
            code => return Err(TransportError::Status(code)),
        }
        if answer
            .headers()
            .get("content-encoding")
            .is_some_and(|how| how != "identity")
        {
            return Err(TransportError::Packed);
        }
        answer
            .body_mut()
            .with_config()
            .limit(LONGEST_ANSWER)
            .read_to_vec()
            .map_err(meaning)
    }
}

/// What the library's error means, without the address it may hold.
fn meaning(error: Error) -> TransportError {
    match error {
        Error::StatusCode(code) => TransportError::Status(code),
        Error::Io(e) => match e.kind() {
            std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => {
                TransportError::Timeout
            }
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData => {
                TransportError::Broken
            }
            // The library hides the limit and TLS behind I/O errors of its own.
            std::io::ErrorKind::Other => match e.downcast::<Error>() {
                Ok(inner) => meaning(inner),
                Err(_) => TransportError::Broken,
            },
            kind => TransportError::Connection(kind),
        },
        Error::Timeout(_) => TransportError::Timeout,
        Error::HostNotFound => TransportError::NoHost,
        Error::ConnectionFailed => {
            TransportError::Connection(std::io::ErrorKind::ConnectionRefused)
        }
        Error::BodyExceedsLimit(_) => TransportError::TooLong(LONGEST_ANSWER),
        Error::RedirectFailed | Error::TooManyRedirects => TransportError::Redirected(302),
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => TransportError::Tls,
        _ => TransportError::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_spoken_but_with_this_machine() {
        for good in [
            "https://qyapi.weixin.qq.com/cgi-bin/",
            "http://127.0.0.1:8080/cgi-bin",
            "http://localhost:1/",
            "http://[::1]:9/cgi-bin/",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://qyapi.weixin.qq.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example/",
            "ftp://127.0.0.1/",
            "qyapi.weixin.qq.com",
            "https://user:word@qyapi.weixin.qq.com/",
            "http://127.0.0.1@example.com/",
            "https://qyapi.weixin.qq.com/?access_token=x",
            "",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refused_connection_names_no_address() {
        let base = BaseUrl::parse("http://127.0.0.1:9/cgi-bin/").unwrap();
        let request = Request {
            path: "gettoken",
            query: &[("corpsecret", "canary-3")],
            body: None,
        };
        let error = Https::new(&base, Duration::from_secs(2))
            .send(&request)
            .unwrap_err();
        assert_eq!(
            error,
            TransportError::Connection(std::io::ErrorKind::ConnectionRefused)
        );
        assert!(!format!("{error} {error:?}").contains("127"));
    }
}
