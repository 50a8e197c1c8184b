//! A PostgreSQL server of the tests' own: a new cluster on loopback, gone with the test binary, however that ends.
#![allow(
    dead_code,
    missing_docs,
    reason = "shared by test binaries that use parts of it"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use postgres::{Client, NoTls};

/// The user of every test.
pub const USER: &str = "hq";
/// Its password, which may be seen nowhere.
pub const PASSWORD: &str = "canary:5ecret\\word";

const MISSING: &str = "these tests need PostgreSQL's server programs (initdb, pg_ctl, postgres): apt-get install postgresql, or put their folder into PATH";

/// Runs until its standard input ends, which is when the test binary does.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
set -e
cd "$HERE"
printf '%s' "$PASSWORD" > pw
initdb -D data -U hq --pwfile=pw --auth=scram-sha-256 --no-sync -E UTF8 --locale=C >init.log 2>&1 || { cat init.log >&2; exit 1; }
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj /CN=hq-ca >ssl.log 2>&1
openssl req -newkey rsa:2048 -nodes -keyout data/server.key -out server.csr -subj /CN=localhost >>ssl.log 2>&1
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' > ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out data/server.crt -days 3650 -extfile ext >>ssl.log 2>&1
chmod 600 data/server.key
chmod 644 ca.pem
chmod 755 .
pg_ctl -D data -w -t 60 -l log -o "-p $PORT -c listen_addresses=localhost -c unix_socket_directories= -c ssl=on -c fsync=off -c full_page_writes=off -c autovacuum=off -c shared_buffers=32MB -c max_connections=60" start >start.log 2>&1 || { cat start.log log >&2; exit 1; }
echo ready
cat >/dev/null || true
pg_ctl -D data -m immediate stop >/dev/null 2>&1
cd / && rm -rf "$HERE"
"#;

pub struct Server {
    pub port: u16,
    folder: PathBuf,
    /// Its standard input stays open as long as this process lives.
    _shell: Child,
}

/// Where the server's programs are.
fn programs() -> PathBuf {
    let has = |folder: &Path| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| folder.join(name).exists())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|folder| has(folder)) {
        return folder;
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<PathBuf> = versions
        .map(|v| v.path().join("bin"))
        .filter(|f| has(f))
        .collect();
    found.sort();
    found.pop().expect(MISSING)
}

/// The server that all tests of a binary share.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(start)
}

fn start() -> Server {
    let programs = programs();
    let folder = tempfile::Builder::new()
        .prefix("pull-postgres-")
        .tempdir()
        .expect("a folder")
        .keep();
    // The server refuses root; its own user then owns the folder.
    let mut shell = if rustix::process::geteuid().is_root() {
        let owned = Command::new("chown")
            .arg("postgres:postgres")
            .arg(&folder)
            .status()
            .expect("chown");
        assert!(owned.success(), "{MISSING} (there is no user postgres)");
        let mut shell = Command::new("setpriv");
        shell.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "sh",
            "-c",
            SCRIPT,
        ]);
        shell
    } else {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]);
        shell
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("bound")
        .port();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = shell
        .env_clear()
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("HERE", &folder)
        .env("PORT", port.to_string())
        .env("PASSWORD", PASSWORD)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut said = String::new();
    BufReader::new(shell.stdout.take().expect("piped"))
        .read_line(&mut said)
        .expect("read");
    assert_eq!(
        said, "ready\n",
        "PostgreSQL did not start; what it said stands above"
    );
    Server {
        port,
        folder,
        _shell: shell,
    }
}

impl Server {
    /// The certificate of the authority that vouches for the server.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    pub fn version(&self) -> String {
        let mut client = self.client("postgres");
        client
            .query_one("SHOW server_version", &[])
            .expect("a version")
            .get(0)
    }

    pub fn client(&self, database: &str) -> Client {
        postgres::Config::new()
            .host("localhost")
            .port(self.port)
            .user(USER)
            .password(PASSWORD)
            .dbname(database)
            .connect(NoTls)
            .expect("the server answers")
    }

    /// A new database.
    pub fn database(&self, name: &str) -> Client {
        self.client("postgres")
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a database");
        self.client(name)
    }
}

/// A line to the server that can be watched and cut.
pub struct Wire {
    pub port: u16,
}

/// What becomes of a wire.
pub enum Fate {
    Goes,
    Cut,
}

impl Wire {
    /// Carries one connection. `watch` is told how many bytes the server has sent, and the last of them, before they are
    /// passed on.
    pub fn new(server: u16, mut watch: impl FnMut(u64, &[u8]) -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        thread::spawn(move || {
            let (near, _) = listener.accept().expect("the program connects");
            let far = TcpStream::connect(("127.0.0.1", server)).expect("the server answers");
            let (mut from, mut to) = (
                near.try_clone().expect("a socket"),
                far.try_clone().expect("a socket"),
            );
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
            let (mut far_end, mut near_end) = (
                far.try_clone().expect("a socket"),
                near.try_clone().expect("a socket"),
            );
            let (mut sent, mut bytes) = (0, vec![0; 4_096]);
            while let Ok(n @ 1..) = far_end.read(&mut bytes) {
                sent += n as u64;
                if matches!(watch(sent, &bytes[..n]), Fate::Cut)
                    || near_end.write_all(&bytes[..n]).is_err()
                {
                    break;
                }
            }
            let _ = near.shutdown(Shutdown::Both);
            let _ = far.shutdown(Shutdown::Both);
        });
        Self { port }
    }
}
