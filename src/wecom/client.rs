//! The client: one call is a paced request with a token, repeated where the server's code says so.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::clock::Clock;
use super::codes::{Does, meaning};
use super::pace::Pace;
use super::secret::Secret;
use super::settings::Settings;
use super::transport::{Request, Transport, TransportError};
use crate::domain::{Sentence, sentence};

/// Times a call is repeated when the server is busy or the line broke.
const REPEATS: u32 = 3;
/// Times a call is repeated after a rate limit.
const COOLINGS: u32 = 2;
/// Times a call is repeated when too many were under way.
const SLOWINGS: u32 = 6;

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Somebody wanted it to end.
    Stopped,
    /// No answer came.
    Transport {
        /// The call, as the API names it.
        call: &'static str,
        /// What went wrong.
        source: TransportError,
    },
    /// An answer that is not what the API says: not JSON, or of other types.
    Strange {
        /// The call, as the API names it.
        call: &'static str,
        /// What was missing or wrong.
        why: &'static str,
    },
    /// The server said no.
    Api {
        /// The call, as the API names it.
        call: &'static str,
        /// `errcode`.
        code: i64,
        /// The address we were seen from, where the server refuses it.
        ip: Option<IpAddr>,
    },
}

impl CallError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Stopped => sentence!("已中断", "interrupted"),
            Self::Transport { call, source } => {
                sentence!("{call}: {why}", "{call}: {why}", why = source.what())
            }
            Self::Strange { call, why } => sentence!(
                "{call}: 应答不是企微的格式 ({why})",
                "{call}: the answer is not what WeCom sends ({why})",
            ),
            Self::Api { call, code, ip } => {
                let (zh, en) = meaning(*code).what;
                match ip {
                    None => sentence!(
                        "{call}: {zh} (errcode {code})",
                        "{call}: {en} (errcode {code})",
                    ),
                    Some(ip) => sentence!(
                        "{call}: {zh} (errcode {code}, 来自 IP {ip})",
                        "{call}: {en} (errcode {code}, from IP {ip})",
                    ),
                }
            }
        }
    }

    /// `errcode`, when the server gave one.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Api { code, .. } => Some(*code),
            Self::Stopped | Self::Transport { .. } | Self::Strange { .. } => None,
        }
    }

    /// What the client does about it; nothing works without answers.
    pub fn does(&self) -> Does {
        match self {
            Self::Api { code, .. } => meaning(*code).does,
            Self::Strange { .. } => Does::StopPart,
            Self::Stopped | Self::Transport { .. } => Does::StopAll,
        }
    }

    /// What the operator does about it.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Stopped => sentence!(
                "再次运行同一条命令，会从中断处继续",
                "run the same command again; it goes on where it stopped",
            ),
            Self::Transport { .. } => sentence!(
                "检查网络、代理与 wecom.toml 的 base_url；之后重新运行会从中断处继续",
                "check the network, the proxy and base_url in wecom.toml; run again and it goes on where it stopped",
            ),
            Self::Strange { .. } => sentence!(
                "检查 base_url 与代理是否改写了应答；之后重新运行会从中断处继续",
                "check base_url, and whether a proxy rewrites answers; run again and it goes on where it stopped",
            ),
            Self::Api { code, .. } => meaning(*code).help.into(),
        }
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// The token in use; `turn` counts fetches, so that two threads that met the same dead token fetch one new one.
#[derive(Debug, Default)]
struct Token {
    value: Option<Secret>,
    turn: u64,
}

/// Calls the API for one app of one company.
pub struct Client<'a> {
    transport: &'a dyn Transport,
    /// Time, shared with whoever runs the client.
    pub clock: &'a dyn Clock,
    corp_id: &'a str,
    secret: &'a Secret,
    token: Mutex<Token>,
    pace: Pace,
    calls: AtomicU64,
    dice: AtomicU64,
}

impl<'a> Client<'a> {
    /// A client with the pace of the settings.
    pub fn new(
        settings: &'a Settings,
        secret: &'a Secret,
        transport: &'a dyn Transport,
        clock: &'a dyn Clock,
    ) -> Self {
        Self {
            transport,
            clock,
            corp_id: &settings.corp_id,
            secret,
            token: Mutex::default(),
            pace: Pace::new(settings.calls_per_second, settings.concurrency),
            calls: AtomicU64::new(0),
            dice: AtomicU64::new(clock.unix().unsigned_abs() | 1),
        }
    }

    /// Requests sent so far, tokens and repeats included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// A GET with these parameters.
    pub fn get(&self, call: &'static str, query: &[(&str, &str)]) -> Result<Value, CallError> {
        self.call(call, query, None)
    }

    /// A POST of this body.
    pub fn post(&self, call: &'static str, body: &Value) -> Result<Value, CallError> {
        self.call(call, &[], Some(body))
    }

    /// Sees to it that there is a token: the first thing that can go wrong.
    pub fn sign_in(&self) -> Result<(), CallError> {
        self.token(0).map(|_| ())
    }

    fn call(
        &self,
        call: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, CallError> {
        let (mut repeats, mut coolings, mut slowings, mut refreshed) = (0, 0, 0, false);
        let mut stale = 0;
        loop {
            let (token, turn) = self.token(stale)?;
            let mut with_token = Vec::with_capacity(query.len() + 1);
            with_token.push(("access_token", token.reveal()));
            with_token.extend_from_slice(query);
            let error = match self.once(call, &with_token, body) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match (&error, error.does()) {
                // A token that has just died may also be called a wrong secret.
                (CallError::Api { code: 40001, .. }, _) | (_, Does::Refresh) if !refreshed => {
                    refreshed = true;
                    stale = turn;
                }
                (CallError::Transport { source, .. }, _)
                    if source.may_pass() && repeats < REPEATS =>
                {
                    self.back_off(&mut repeats);
                }
                // A body cut off, or a proxy's page in between.
                (CallError::Strange { .. }, _) | (_, Does::Retry) if repeats < REPEATS => {
                    self.back_off(&mut repeats);
                }
                (_, Does::CoolDown) if coolings < COOLINGS => {
                    coolings += 1;
                    self.pace.cool_down(self.clock);
                }
                (_, Does::Slower) if slowings < SLOWINGS => {
                    slowings += 1;
                    self.pace.slow_down();
                    self.clock.pause(1_000);
                }
                (_, _) => return Err(error),
            }
        }
    }

    /// Waits 1, 2, 4… seconds and up to half as long again.
    fn back_off(&self, repeats: &mut u32) {
        let wait = 1_000_u64 << (*repeats).min(10);
        *repeats += 1;
        let mut dice = self.dice.load(Ordering::Relaxed);
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        self.dice.store(dice, Ordering::Relaxed);
        self.clock.pause(wait + dice % (wait / 2));
    }

    /// The token in use, fetched when there is none or `stale` is the one in use. Whoever comes meanwhile waits for it.
    fn token(&self, stale: u64) -> Result<(Secret, u64), CallError> {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = &token.value
            && token.turn > stale
        {
            return Ok((value.clone(), token.turn));
        }
        let mut repeats = 0;
        let query = [
            ("corpid", self.corp_id),
            ("corpsecret", self.secret.reveal()),
        ];
        let answer = loop {
            match self.once("gettoken", &query, None) {
                Ok(answer) => break answer,
                Err(error) => {
                    let may_pass = match &error {
                        CallError::Transport { source, .. } => source.may_pass(),
                        CallError::Strange { .. } => true,
                        CallError::Api { code, .. } => meaning(*code).does == Does::Retry,
                        CallError::Stopped => false,
                    };
                    if !may_pass || repeats >= REPEATS {
                        return Err(error);
                    }
                    self.back_off(&mut repeats);
                }
            }
        };
        let value = answer
            .get("access_token")
            .and_then(Value::as_str)
            .filter(|text| text.len() <= 4096)
            .and_then(Secret::new)
            .ok_or(CallError::Strange {
                call: "gettoken",
                why: "no access_token",
            })?;
        token.turn += 1;
        token.value = Some(value.clone());
        Ok((value, token.turn))
    }

    /// One request, as it comes.
    fn once(
        &self,
        call: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, CallError> {
        let permit = self.pace.wait(self.clock).ok_or(CallError::Stopped)?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let request = Request {
            path: call,
            query,
            body,
        };
        let bytes = self
            .transport
            .send(&request)
            .map_err(|source| CallError::Transport { call, source })?;
        drop(permit);
        let strange = |why| CallError::Strange { call, why };
        let answer: Value =
            serde_json::from_slice(&bytes).map_err(|_| strange("not JSON, or cut off"))?;
        let code = match answer.get("errcode") {
            Some(Value::Number(n)) => n.as_i64(),
            Some(Value::String(s)) => s.trim().parse().ok(),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
        };
        match code {
            Some(0) => Ok(answer),
            Some(code) => Err(CallError::Api {
                call,
                code,
                ip: (code == 60020).then(|| address(&answer)).flatten(),
            }),
            None => Err(strange("no errcode")),
        }
    }
}

/// The address in `… from ip: 1.2.3.4, more info …`: of the message, only what reads as an address is kept.
fn address(answer: &Value) -> Option<IpAddr> {
    let (_, after) = answer.get("errmsg")?.as_str()?.split_once("from ip:")?;
    after
        .split([',', ' '])
        .find(|word| !word.is_empty())
        .and_then(|word| word.parse().ok())
}

/// A clock and a server for tests.
#[cfg(test)]
pub(in crate::wecom) mod testing {
    use super::*;

    /// A clock that is moved on by whoever waits.
    #[derive(Debug, Default)]
    pub struct Hands(pub AtomicU64);

    impl Clock for Hands {
        fn millis(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn unix(&self) -> i64 {
            1_794_378_600
        }

        fn pause(&self, millis: u64) {
            self.0.fetch_add(millis, Ordering::Relaxed);
        }

        fn stopped(&self) -> bool {
            false
        }
    }

    type Answer = Box<dyn FnMut(&str, &str) -> Result<String, TransportError> + Send>;

    /// A server that answers with what a function says of path and token.
    pub struct Says(pub Mutex<Answer>);

    impl Says {
        /// A server.
        pub fn new(
            answer: impl FnMut(&str, &str) -> Result<String, TransportError> + Send + 'static,
        ) -> Self {
            Self(Mutex::new(Box::new(answer)))
        }
    }

    impl Transport for Says {
        fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, TransportError> {
            let token = request.query.iter().find(|(k, _)| *k == "access_token");
            let token = token.map_or("", |(_, v)| *v);
            (self.0.lock().unwrap())(request.path, token).map(String::into_bytes)
        }
    }

    /// Settings of a company.
    pub fn settings() -> Settings {
        Settings {
            corp_id: "ww1".into(),
            base_url: super::super::http::BaseUrl::parse("http://127.0.0.1:1/").unwrap(),
            secret_file: None,
            callback_files: (None, None),
            receive_id: "ww1".into(),
            calls_per_second: 1000.0,
            concurrency: 4,
            timeout: std::time::Duration::from_secs(1),
            handovers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Hands, Says, settings};
    use super::*;

    const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

    fn error(code: i64) -> String {
        format!(
            r#"{{"errcode":{code},"errmsg":"hint: [1], from ip: 10.1.2.3, more info at https://canary"}}"#
        )
    }

    /// What `n` calls give, how many requests went out and how long it took.
    fn run(says: &Says, n: usize) -> (Vec<Result<Value, CallError>>, u64, u64) {
        let (settings, secret, clock) =
            (settings(), Secret::new("canary").unwrap(), Hands::default());
        let client = Client::new(&settings, &secret, says, &clock);
        let gave = (0..n).map(|_| client.get("department/list", &[])).collect();
        (gave, client.calls(), clock.millis())
    }

    /// A server with tokens `t1`, `t2`, …; calls answer with what a function says of the token.
    fn with_tokens(
        mut answer: impl FnMut(&str) -> Result<String, TransportError> + Send + 'static,
    ) -> Says {
        let mut given = 0;
        Says::new(move |path, token| {
            if path == "gettoken" {
                given += 1;
                return Ok(format!(
                    r#"{{"errcode":0,"access_token":"t{given}","expires_in":7200}}"#
                ));
            }
            answer(token)
        })
    }

    #[test]
    fn a_dead_token_is_fetched_anew_once_and_the_call_repeated_once() {
        for code in [40014, 42001, 40001, 41001] {
            let says = with_tokens(move |token| {
                Ok(if token == "t1" {
                    error(code)
                } else {
                    OK.into()
                })
            });
            let (gave, calls, _) = run(&says, 2);
            assert!(gave.iter().all(Result::is_ok), "{code}");
            // Token, call, token, call; then one more call with the second token.
            assert_eq!(calls, 5, "{code}");
            let says = with_tokens(move |_| Ok(error(code)));
            let (gave, calls, _) = run(&says, 1);
            assert_eq!(
                (gave[0].as_ref().unwrap_err().code(), calls),
                (Some(code), 4)
            );
        }
    }

    #[test]
    fn a_busy_server_is_asked_three_times_more_with_growing_waits() {
        for code in [-1, 6000] {
            let (gave, calls, millis) = run(&with_tokens(move |_| Ok(error(code))), 1);
            assert_eq!(gave[0].as_ref().unwrap_err().code(), Some(code));
            assert_eq!(calls, 5);
            // 1 + 2 + 4 seconds, each up to half as long again.
            assert!((7_000..=10_600).contains(&millis), "{millis}");
        }
    }

    #[test]
    fn a_broken_line_and_a_page_that_is_not_json_are_tried_again() {
        let mut n = 0;
        let says = with_tokens(move |_| {
            n += 1;
            match n {
                1 => Err(TransportError::Timeout),
                2 => Ok("<html>gateway</html>".into()),
                3 => Ok(r#"{"errcode":0,"depart"#.into()),
                _ => Ok(OK.into()),
            }
        });
        assert!(run(&says, 1).0[0].is_ok());
        let (gave, calls, _) = run(&with_tokens(|_| Ok("<html>".into())), 1);
        assert!(matches!(gave[0], Err(CallError::Strange { .. })));
        assert_eq!(calls, 5);
        let (gave, calls, _) = run(&with_tokens(|_| Err(TransportError::Redirected(302))), 1);
        assert!(matches!(gave[0], Err(CallError::Transport { .. })));
        assert_eq!(calls, 2);
    }

    #[test]
    fn a_rate_limit_is_waited_out_and_given_up_when_it_stays() {
        let mut n = 0;
        let says = with_tokens(move |_| {
            n += 1;
            Ok(if n == 1 { error(45009) } else { OK.into() })
        });
        let (gave, calls, millis) = run(&says, 1);
        assert!(gave[0].is_ok());
        assert!(calls == 3 && millis >= 60_000);
        let (gave, calls, _) = run(&with_tokens(|_| Ok(error(45009))), 1);
        assert_eq!(
            (gave[0].as_ref().unwrap_err().code(), calls),
            (Some(45009), 4)
        );
    }

    #[test]
    fn a_refused_address_is_named_and_nothing_else_of_the_message() {
        let (gave, calls, _) = run(&with_tokens(|_| Ok(error(60020))), 1);
        let error = gave[0].as_ref().unwrap_err();
        assert!(error.to_string().contains("10.1.2.3"), "{error}");
        assert!(!format!("{error} {error:?} {}", error.help()).contains("canary"));
        assert_eq!(calls, 2);
    }

    #[test]
    fn many_threads_that_meet_a_dead_token_fetch_one_new_one() {
        let says = with_tokens(|token| {
            Ok(if token == "t1" {
                error(42001)
            } else {
                OK.into()
            })
        });
        let (settings, secret, clock) = (settings(), Secret::new("s").unwrap(), Hands::default());
        let client = Client::new(&settings, &secret, &says, &clock);
        client.sign_in().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| client.get("department/list", &[]).unwrap());
            }
        });
        let token = client.token(0).unwrap().0;
        assert_eq!(token.reveal(), "t2");
    }
}
