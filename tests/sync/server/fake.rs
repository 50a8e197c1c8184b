//! The tests' end of the fake: it starts the server, asks it and ends it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::{Faults, ROLE, SECRET};
use crate::world::World;
use serde_json::Value;

/// A running server.
pub struct Fake {
    child: Child,
    _stdin: ChildStdin,
    pub port: u16,
}

impl Fake {
    /// Starts it; `test` is the name of the test that calls [`super::serve_if_asked`].
    pub fn start(test: &str, world: &World, faults: &Faults) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, serde_json::to_string(&(world, faults)).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .find_map(|line| {
                line.unwrap()
                    .strip_prefix("listening ")?
                    .trim()
                    .parse()
                    .ok()
            })
            .unwrap();
        Self {
            _stdin: child.stdin.take().unwrap(),
            child,
            port,
        }
    }

    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/cgi-bin/", self.port)
    }

    /// Changes how it misbehaves.
    pub fn control(&self, faults: &Faults) {
        self.ask("POST", "/control", &serde_json::to_string(faults).unwrap());
    }

    /// Requests of each call so far.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        serde_json::from_str(&self.ask("GET", "/count", "")).unwrap()
    }

    /// Requests in all.
    pub fn requests(&self) -> u64 {
        self.counts().values().sum()
    }

    /// Answers with each error code so far.
    pub fn errors(&self) -> BTreeMap<i64, u64> {
        serde_json::from_str(&self.ask("GET", "/errors", "")).unwrap()
    }

    /// The company as it stands.
    pub fn world(&self) -> World {
        serde_json::from_str(&self.ask("GET", "/world", "")).unwrap()
    }

    /// Makes it another company.
    pub fn set_world(&self, world: &World) {
        self.ask("POST", "/world", &serde_json::to_string(world).unwrap());
    }

    /// Sets the clock by which limits end, milliseconds.
    pub fn set_clock(&self, millis: u64) {
        self.ask("POST", "/clock", &millis.to_string());
    }

    /// Waits a little for that many requests; whether they have come.
    pub fn wait_for(&self, requests: u64) -> bool {
        self.ask("POST", "/wait", &requests.to_string()) == "true"
    }

    /// A call of the API by another program, which signs in for it.
    pub fn call(&self, call: &str, body: &Value) -> Value {
        let answer = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let sign_in = format!("/cgi-bin/gettoken?corpid=wwfake&corpsecret={SECRET}");
        let token = answer(self.ask("GET", &sign_in, ""));
        let token = token["access_token"].as_str().unwrap().to_owned();
        let target = format!("/cgi-bin/{call}?access_token={token}");
        let answer = answer(self.ask("POST", &target, &body.to_string()));
        assert_eq!(answer["errcode"], 0, "{call}: {answer}");
        answer
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        // Half a connection is enough to read by, and tells the other side that nothing follows.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
