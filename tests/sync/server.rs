//! A fake WeCom over HTTP on the loopback interface, std only, a process of its own: the test executable starts itself
//! again as the server. It keeps to what the API documents say, traps included, and misbehaves on demand.
//!
//! `POST /control` with a JSON of [`Faults`] changes how it misbehaves; `GET /count` gives the requests of each call,
//! `GET /errors` the answers of each error code; `GET /world` and `POST /world` show and change the company; `POST /clock`
//! sets the clock by which limits end; `POST /wait` answers when so many requests have come, or soon.
#![allow(
    clippy::exit,
    reason = "the server is a process of its own and ends as one"
)]

mod answers;
mod fake;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::world::World;
pub use fake::Fake;

/// The secret that is accepted, and the tokens' beginning: neither may ever be printed.
pub const SECRET: &str = "canary-secret-7f3a";
pub const TOKEN: &str = "canary-token-";

/// How it misbehaves; 0, false and empty for not at all. "Every n" counts API calls.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// A token dies after so many calls.
    pub token_calls: u64,
    /// −1 every so many calls.
    pub busy_every: u64,
    /// −1 at random for so many calls of a hundred, from this seed.
    pub busy_percent: u64,
    pub seed: u64,
    /// The body is cut off every so many calls.
    pub cut_every: u64,
    /// An HTML page with status 200 every so many calls.
    pub html_every: u64,
    /// 45009 beyond so many calls a minute, and then for a minute, by the clock that `/clock` sets.
    pub per_minute: u64,
    /// 45033 where more than so many calls are under way.
    pub at_once: u64,
    /// Cursors are refused with 50100, that many times.
    pub expire_cursors: u64,
    /// The cursor of every page of this call is the same.
    pub circle: String,
    /// Every page of this call is the first, under ever new cursors.
    pub same_page: String,
    /// This call answers with this code.
    pub refuse: String,
    pub code: i64,
    /// This call's list is a text.
    pub wrong_type: String,
    /// Every answer is a redirect to this address.
    pub redirect: String,
    /// Every answer claims to be gzip.
    pub gzip: bool,
    /// A member whom `batch/get_by_user` does not give: the block fails.
    pub poison: String,
    /// Pages overlap by so many rows.
    pub overlap: usize,
    /// This call is not answered until the control says otherwise.
    pub hang: String,
}

struct Server {
    world: World,
    faults: Faults,
    calls: u64,
    counts: BTreeMap<String, u64>,
    errors: BTreeMap<i64, u64>,
    /// Milliseconds; the calls of the minute that began then; until when everything is refused.
    clock: u64,
    minute: (u64, u64),
    blocked_until: u64,
    dice: u64,
    token: u64,
    token_age: u64,
    under_way: u64,
    cursors: HashMap<String, (String, usize)>,
    by_staff: Vec<Vec<usize>>,
}

/// The variable that makes a test executable the server.
const ROLE: &str = "FAKE_WECOM";

/// Runs the server when this process was started as one; call it from a test of that name and do nothing else there.
pub fn serve_if_asked() {
    let Ok(text) = std::env::var(ROLE) else {
        return;
    };
    let (world, faults): (World, Faults) = serde_json::from_str(&text).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "\nlistening {}", listener.local_addr().unwrap().port()).unwrap();
    out.flush().unwrap();
    // The parent holds our standard input: when it is gone, so are we.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let server = Server {
        by_staff: by_staff(&world),
        dice: faults.seed | 1,
        world,
        faults,
        calls: 0,
        counts: BTreeMap::new(),
        errors: BTreeMap::new(),
        clock: 0,
        minute: (0, 0),
        blocked_until: 0,
        token: 0,
        token_age: 0,
        under_way: 0,
        cursors: HashMap::new(),
    };
    let server = Arc::new((Mutex::new(server), Condvar::new()));
    for stream in listener.incoming() {
        let (server, stream) = (Arc::clone(&server), stream.unwrap());
        std::thread::spawn(move || connection(stream, &server));
    }
}

/// The relations of each staff.
fn by_staff(world: &World) -> Vec<Vec<usize>> {
    let mut by_staff = vec![Vec::new(); world.staff];
    for i in (0..world.relations).filter(|i| !world.is_gone(*i)) {
        by_staff[world.relation(i).0].push(i);
    }
    by_staff
}

/// The state and who waits for requests.
type Shared = (Mutex<Server>, Condvar);

fn connection(stream: TcpStream, shared: &Shared) {
    let (server, came) = shared;
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split_whitespace();
        let (method, target) = (
            words.next().unwrap_or("").to_owned(),
            words.next().unwrap_or("").to_owned(),
        );
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
            if header.trim().is_empty() {
                break;
            }
            if let Some(n) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = n.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let text = |body: &str| {
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let answer = match target.as_str() {
            "/count" => text(&json!(server.lock().unwrap().counts).to_string()),
            "/errors" => text(&json!(server.lock().unwrap().errors).to_string()),
            "/control" | "/world" | "/clock" => {
                text(&server.lock().unwrap().set(&target, &method, &body))
            }
            "/wait" => {
                let wanted: u64 = serde_json::from_slice(&body).unwrap();
                let requests = |s: &Server| s.counts.values().sum::<u64>();
                let soon = std::time::Duration::from_millis(20);
                let guard = server.lock().unwrap();
                let (guard, _) = came
                    .wait_timeout_while(guard, soon, |s| requests(s) < wanted)
                    .unwrap();
                text(&(requests(&guard) >= wanted).to_string())
            }
            _ => {
                let answer = api(shared, &method, &target, &body);
                let Some(answer) = answer else {
                    return;
                };
                answer
            }
        };
        if answer.ends_with("\0cut") {
            let cut = answer.trim_end_matches("\0cut");
            let _ = writer.write_all(&cut.as_bytes()[..cut.len() * 2 / 3]);
            return;
        }
        if writer.write_all(answer.as_bytes()).is_err() || !target.starts_with("/cgi-bin/") {
            return;
        }
    }
}

/// An API call with its faults around it; `None` hangs up.
fn api(shared: &Shared, method: &str, target: &str, body: &[u8]) -> Option<String> {
    let (server, came) = shared;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let call = path.strip_prefix("/cgi-bin/").unwrap_or("").to_owned();
    let query: HashMap<&str, String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(k, v)| (k, v.replace("%20", " ")))
        .collect();
    {
        let mut server = server.lock().unwrap();
        *server.counts.entry(call.clone()).or_default() += 1;
        server.under_way += 1;
        came.notify_all();
    }
    while server.lock().unwrap().faults.hang == call {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    let crowd = server.lock().unwrap().faults.at_once;
    if crowd > 0 {
        // Long enough that those who come together are together.
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    let mut server = server.lock().unwrap();
    let under_way = server.under_way;
    server.under_way -= 1;
    let faults = server.faults.clone();
    let http = |status: &str, more: &str, body: &str| {
        format!(
            "HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    if !faults.redirect.is_empty() {
        return Some(http(
            "302 Found",
            &format!("Location: {}\r\n", faults.redirect),
            "",
        ));
    }
    let mut answer = if call == "gettoken" {
        server.sign_in(&query)
    } else {
        server.calls += 1;
        let n = server.calls;
        let every = |k: u64| k > 0 && n % k == 0;
        if every(faults.html_every) {
            return Some(http(
                "200 OK",
                "Content-Type: text/html\r\n",
                "<html><body>502 Bad Gateway</body></html>",
            ));
        }
        match server.token_error(&query) {
            Some(code) => error(code),
            None if every(faults.busy_every) || server.is_busy() => error(-1),
            None if server.is_over_limit() => error(45009),
            None if crowd > 0 && under_way > crowd => error(45033),
            None if faults.refuse == call => error(faults.code),
            None => {
                let body: Value = if method == "POST" {
                    serde_json::from_slice(body).unwrap_or(Value::Null)
                } else {
                    Value::Null
                };
                server.answer(&call, &query, &body)
            }
        }
    };
    match answer.get("errcode").and_then(Value::as_i64) {
        Some(code) => *server.errors.entry(code).or_default() += 1,
        None => {
            answer["errcode"] = json!(0);
            answer["errmsg"] = json!("ok");
        }
    }
    if faults.wrong_type == call {
        for (key, value) in answer.as_object_mut().unwrap() {
            if value.is_array() && key != "errcode" {
                *value = json!("not a list");
            }
        }
    }
    let more = if faults.gzip {
        "Content-Encoding: gzip\r\n"
    } else {
        ""
    };
    let mut text = http("200 OK", more, &answer.to_string());
    if faults.cut_every > 0 && server.calls % faults.cut_every == 0 && call != "gettoken" {
        text.push_str("\0cut");
    }
    Some(text)
}

fn error(code: i64) -> Value {
    json!({
        "errcode": code,
        "errmsg": format!("hint: [17], from ip: 10.9.8.7, more info at https://open.work.weixin.qq.com/devtool/query?e={code} {TOKEN}"),
    })
}

impl Server {
    /// What stands behind the addresses that are not WeCom's.
    fn set(&mut self, target: &str, method: &str, body: &[u8]) -> String {
        match (target, method) {
            ("/control", _) => {
                self.faults = serde_json::from_slice(body).unwrap();
                self.dice = self.faults.seed | 1;
                self.calls = 0;
            }
            ("/clock", _) => self.clock = serde_json::from_slice(body).unwrap(),
            ("/world", "POST") => self.change(serde_json::from_slice(body).unwrap()),
            _ => return serde_json::to_string(&self.world).unwrap(),
        }
        "{}".into()
    }

    fn change(&mut self, world: World) {
        self.by_staff = by_staff(&world);
        self.world = world;
    }

    fn is_busy(&mut self) -> bool {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % 100 < self.faults.busy_percent
    }

    /// So many calls a minute; who comes beyond is refused for a minute, with everybody else.
    fn is_over_limit(&mut self) -> bool {
        if self.faults.per_minute == 0 {
            return false;
        }
        if self.clock < self.blocked_until {
            return true;
        }
        if self.clock >= self.minute.0 + 60_000 {
            self.minute = (self.clock, 0);
        }
        self.minute.1 += 1;
        if self.minute.1 <= self.faults.per_minute {
            return false;
        }
        self.blocked_until = self.clock + 60_000;
        self.minute = (self.blocked_until, 0);
        true
    }

    fn sign_in(&mut self, query: &HashMap<&str, String>) -> Value {
        if query.get("corpid").map(String::as_str) != Some("wwfake") {
            return error(40013);
        }
        if query.get("corpsecret").map(String::as_str) != Some(SECRET) {
            return error(40001);
        }
        self.token += 1;
        self.token_age = 0;
        json!({"errcode": 0, "errmsg": "ok", "access_token": format!("{TOKEN}{}", self.token), "expires_in": 7200})
    }

    fn token_error(&mut self, query: &HashMap<&str, String>) -> Option<i64> {
        let Some(token) = query.get("access_token") else {
            return Some(41001);
        };
        if *token != format!("{TOKEN}{}", self.token) {
            return Some(40014);
        }
        self.token_age += 1;
        let dead = self.faults.token_calls > 0 && self.token_age > self.faults.token_calls;
        dead.then_some(if self.token % 2 == 0 { 40014 } else { 42001 })
    }
}
