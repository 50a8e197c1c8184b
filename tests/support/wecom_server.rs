//! A fake WeCom over HTTP on the loopback interface, std only, a process of its own: the test executable starts itself
//! again as the server. It keeps to what the API documents say, traps included, and misbehaves on demand.
//!
//! `POST /control` with a JSON of [`Faults`] changes how it misbehaves; `GET /count` gives the requests of each call,
//! `GET /errors` the answers of each error code; `GET /world` and `POST /world` show and change the company; `POST /clock`
//! sets the clock by which limits end; `POST /wait` answers when so many requests have come, or soon.
#![allow(
    dead_code,
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::manual_is_multiple_of,
    clippy::disallowed_methods,
    clippy::too_many_arguments,
    clippy::if_same_then_else,
    clippy::unnecessary_get_then_check,
    clippy::exit,
    reason = "shared by test binaries that use parts of it"
)]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::world::{DAY, MIDNIGHT, Transfer, World};

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

/// A running server.
pub struct Fake {
    child: Child,
    _stdin: ChildStdin,
    pub port: u16,
}

impl Fake {
    /// Starts it; `test` is the name of the test that calls [`serve_if_asked`].
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

    fn answer(&mut self, call: &str, query: &HashMap<&str, String>, body: &Value) -> Value {
        let world = self.world.clone();
        let staff_of = |id: &str| (0..world.staff).find(|i| world.userid(*i) == id);
        match call {
            "department/list" => {
                let first = [json!({"id": 1, "name": "总部", "parentid": 0, "order": 100})];
                let others = (2..=world.departments)
                    .map(|d| json!({"id": d, "name": format!("区域{d}"), "parentid": 1, "order": d * 10}));
                json!({"department": first.into_iter().chain(others).collect::<Vec<_>>()})
            }
            "user/list" => {
                let dept = query
                    .get("department_id")
                    .and_then(|d| d.parse::<usize>().ok())
                    .unwrap_or(0);
                let users: Vec<Value> = world
                    .present()
                    .filter(|i| i % world.departments + 1 == dept)
                    .map(|i| json!({"userid": world.userid(i), "name": format!("店员{i}"), "department": [dept], "main_department": dept, "status": 1}))
                    .collect();
                json!({"userlist": users})
            }
            "externalcontact/get_follow_user_list" => {
                json!({"follow_user": world.present().map(|i| world.userid(i)).collect::<Vec<_>>()})
            }
            "externalcontact/get_corp_tag_list" => {
                let groups: Vec<Value> = (0..10)
                    .map(|g| {
                        let tags: Vec<Value> = (0..10)
                            .map(|t| json!({"id": format!("et{:04}", g * 10 + t), "name": format!("标签{g}-{t}"), "create_time": 1_600_000_000, "order": t}))
                            .collect();
                        json!({"group_id": format!("eg{g}"), "group_name": format!("组{g}"), "create_time": "1600000000", "order": g, "tag": tags})
                    })
                    .collect();
                json!({"tag_group": groups})
            }
            "externalcontact/batch/get_by_user" => {
                let Some(ids) = body["userid_list"]
                    .as_array()
                    .filter(|l| (1..=100).contains(&l.len()))
                else {
                    return error(40058);
                };
                if ids.iter().any(|id| id == &json!(self.faults.poison)) {
                    return error(84084);
                }
                let staff: Option<Vec<usize>> =
                    ids.iter().map(|id| staff_of(id.as_str()?)).collect();
                let Some(staff) = staff else {
                    return error(40003);
                };
                let rows: Vec<usize> = staff
                    .iter()
                    .flat_map(|s| self.by_staff[*s].iter().copied())
                    .collect();
                let made = |i: &usize| world.batch_row(*i);
                self.page(call, "external_contact_list", &rows, made, body, 100)
            }
            "externalcontact/list" => {
                let Some(staff) = query.get("userid").and_then(|id| staff_of(id)) else {
                    return error(40003);
                };
                let rows = &self.by_staff[staff];
                if rows.is_empty() {
                    return error(84061);
                }
                let ids: Vec<String> = rows
                    .iter()
                    .map(|i| world.customer(world.relation(*i).1))
                    .collect();
                json!({"external_userid": ids})
            }
            "externalcontact/get" => {
                let id = query.get("external_userid").cloned().unwrap_or_default();
                match id
                    .strip_prefix("wmCUST")
                    .and_then(|n| n.parse::<usize>().ok())
                {
                    Some(n) if n < world.customers() => world.contact(n),
                    _ => error(84061),
                }
            }
            "externalcontact/groupchat/list" => self.groups(call, body),
            "externalcontact/groupchat/get" => {
                let id = body["chat_id"].as_str().unwrap_or("");
                match (0..world.groups).find(|g| world.chat(*g) == id) {
                    Some(g) => json!({"group_chat": world.group(g)}),
                    None => error(40050),
                }
            }
            "externalcontact/groupchat/statistic_group_by_day" => {
                let owners = body["owner_filter"]["userid_list"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let (Some(from), Some(to)) = (
                    body["day_begin_time"].as_i64(),
                    body["day_end_time"].as_i64(),
                ) else {
                    return error(600_019);
                };
                if let Some(code) = bad_range(&world, from, to) {
                    return error(code);
                }
                let [owner] = owners.as_slice() else {
                    return error(40058);
                };
                match owner.as_str().and_then(staff_of) {
                    Some(owner) => json!({"items": world.owner_days(owner, from, to)}),
                    None => error(40003),
                }
            }
            "externalcontact/get_user_behavior_data" => {
                let ids = body["userid"].as_array().cloned().unwrap_or_default();
                let (Some(from), Some(to)) =
                    (body["start_time"].as_i64(), body["end_time"].as_i64())
                else {
                    return error(600_019);
                };
                if let Some(code) = bad_range(&world, from, to) {
                    return error(code);
                }
                let [id] = ids.as_slice() else {
                    return error(40058);
                };
                match id.as_str().and_then(staff_of) {
                    Some(staff) => json!({"behavior_data": world.staff_days(staff, from, to)}),
                    None => error(40003),
                }
            }
            "externalcontact/get_unassigned_list" => json!({"info": [
                {"handover_userid": "left01 ", "external_userid": world.customer(1), "dimission_time": MIDNIGHT - DAY},
            ], "is_last": true, "next_cursor": ""}),
            "externalcontact/transfer_result" | "externalcontact/resigned/transfer_result" => {
                let is_pair = |t: &&Transfer| {
                    body["handover_userid"] == json!(world.userid(t.from))
                        && body["takeover_userid"] == json!(world.userid(t.to))
                        && call.contains("resigned") == world.left.contains(&t.from)
                };
                let told = |t: &Transfer| {
                    let status = t.status(world.now)?;
                    let customer = world.customer(world.relation(t.relation).1);
                    let mut row = json!({"external_userid": customer, "status": status});
                    if status == 1 {
                        row["takeover_time"] = json!(t.done_at());
                    }
                    Some(row)
                };
                let rows: Vec<Value> = world
                    .transfers
                    .iter()
                    .filter(is_pair)
                    .filter_map(told)
                    .collect();
                json!({ "customer": rows, "next_cursor": "" })
            }
            _ => self.changed(call, world, body),
        }
    }

    /// Calls that change the company. None of them fires a callback.
    fn changed(&mut self, call: &str, mut world: World, body: &Value) -> Value {
        let text = |name: &str| body[name].as_str().unwrap_or("").to_owned();
        let texts = |name: &str| -> Vec<String> {
            let list = body[name].as_array().cloned().unwrap_or_default();
            list.iter()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect()
        };
        let staff_of = |id: &str| (0..world.staff).find(|i| world.userid(*i) == id);
        let answer = match call {
            "externalcontact/mark_tag" | "externalcontact/remark" => {
                let Some(i) = world.find(&text("userid"), &text("external_userid")) else {
                    return error(84061);
                };
                if call.ends_with("remark") {
                    world.remarks.insert(i, text("remark"));
                } else {
                    let (add, remove) = (texts("add_tag"), texts("remove_tag"));
                    let mut tags = world.tags(i);
                    tags.retain(|tag| !remove.contains(tag) && !add.contains(tag));
                    tags.extend(add);
                    world.tagged.insert(i, tags);
                }
                json!({})
            }
            "externalcontact/transfer_customer" => {
                let from = staff_of(&text("handover_userid"));
                let (Some(from), Some(to)) = (from, staff_of(&text("takeover_userid"))) else {
                    return error(40003);
                };
                let mut rows = Vec::new();
                for id in texts("external_userid") {
                    let found = world.find(&world.userid(from), &id);
                    let code = if found.is_some() { 0 } else { 40131 };
                    rows.push(json!({"external_userid": id, "errcode": code}));
                    world.transfers.extend(found.map(|relation| Transfer {
                        relation,
                        from,
                        to,
                        asked_at: world.now,
                        refused: false,
                    }));
                }
                json!({ "customer": rows })
            }
            // A group that could not be handed over stands in the list of failures; its errcode may be 0 all the same.
            "externalcontact/groupchat/transfer" | "externalcontact/groupchat/onjob_transfer" => {
                let Some(to) = staff_of(&text("new_owner")) else {
                    return error(40003);
                };
                let mut failed = Vec::new();
                for (n, chat) in texts("chat_id_list").into_iter().enumerate() {
                    match (0..world.groups).find(|g| world.chat(*g) == chat) {
                        Some(g) if n % 2 == 0 => {
                            world.owners.insert(g, to);
                        }
                        _ => failed.push(
                            json!({"chat_id": chat, "errcode": 0, "errmsg": "owner is not left"}),
                        ),
                    }
                }
                json!({ "failed_chat_list": failed })
            }
            _ => return error(48002),
        };
        self.change(world);
        answer
    }

    fn groups(&mut self, call: &str, body: &Value) -> Value {
        let world = self.world.clone();
        let Some(limit) = body["limit"].as_u64() else {
            return error(600_041);
        };
        if !(1..=1000).contains(&limit) {
            return error(600_041);
        }
        if body["status_filter"] == json!(1) {
            return json!({"group_chat_list": [], "next_cursor": ""});
        }
        let owners = body["owner_filter"]["userid_list"].as_array().cloned();
        let rows: Vec<usize> = (0..world.groups)
            .filter(|g| {
                let owner = json!(world.userid(world.owner(*g)));
                owners.as_ref().is_none_or(|list| list.contains(&owner))
            })
            .collect();
        let made = |g: &usize| json!({"chat_id": world.chat(*g), "status": 0});
        self.page(call, "group_chat_list", &rows, made, body, 1000)
    }

    /// One page: cursors are opaque, bound to what was asked, and the last page has an empty one or none.
    fn page(
        &mut self,
        call: &str,
        list: &str,
        rows: &[usize],
        made: impl Fn(&usize) -> Value,
        body: &Value,
        most: u64,
    ) -> Value {
        let limit = body["limit"].as_u64().unwrap_or(50);
        if limit == 0 || limit > most {
            return error(40058);
        }
        let mut asked = body.clone();
        asked.as_object_mut().unwrap().remove("cursor");
        let (asked, cursor) = (asked.to_string(), body["cursor"].as_str().unwrap_or(""));
        let mut at = 0;
        if !cursor.is_empty() {
            if self.faults.expire_cursors > 0 {
                self.faults.expire_cursors -= 1;
                return error(50100);
            }
            match self.cursors.get(cursor) {
                Some((of, place)) if *of == asked => at = *place,
                _ => return error(50100),
            }
        }
        if self.faults.same_page == call {
            at = 0;
        }
        let at = at.min(rows.len());
        let end = (at + limit as usize).min(rows.len());
        let page: Vec<Value> = rows[at..end].iter().map(made).collect();
        let mut answer = json!({ list: page });
        let endless = [&self.faults.same_page, &self.faults.circle]
            .iter()
            .any(|f| *f == call);
        if end < rows.len() || endless {
            let name = if self.faults.circle == call {
                format!(
                    "circle{}",
                    asked
                        .bytes()
                        .fold(7_u64, |n, b| n.wrapping_mul(31).wrapping_add(u64::from(b)))
                )
            } else {
                format!("cur{}x{}", self.cursors.len(), end)
            };
            let next = end.saturating_sub(self.faults.overlap).max(at + 1);
            self.cursors.insert(name.clone(), (asked, next));
            answer["next_cursor"] = json!(name);
        } else if rows.len() % 2 == 0 {
            answer["next_cursor"] = json!("");
        }
        answer
    }
}

/// Yesterday to 180 days ago, at most 30 of them.
fn bad_range(world: &World, from: i64, to: i64) -> Option<i64> {
    let midnight = world.midnight();
    let oldest = midnight - 180 * DAY;
    let bad = from < oldest || to >= midnight || from > to || to - from > 29 * DAY;
    bad.then_some(600_018)
}
