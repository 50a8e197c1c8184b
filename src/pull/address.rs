//! Where to ask: the URL, the password that must not stand in it, and a connection nobody can listen to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PullError;
use super::server::said;
use crate::domain::sentence::Fixed;
use crate::domain::{Sentence, sentence};

/// Where a URL was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line, where every user of the machine reads it.
    CommandLine,
    /// In the environment of this process.
    Environment,
    /// In a file.
    File,
}

impl Origin {
    /// A password that stands there.
    fn exposed(self) -> Fixed {
        match self {
            Self::CommandLine => (
                "密码写在了命令行里, 本机的每个用户都能读到",
                "the password stands on the command line, where every user of this machine can read it",
            ),
            Self::File | Self::Environment => (
                "密码写在了 pull.toml 里",
                "the password stands in pull.toml",
            ),
        }
    }
}

/// A database server, a database and a user.
pub struct Address {
    config: Config,
    tls: Tls,
}

/// How the server proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tls {
    /// Not at all: it is on this machine.
    None,
    /// By a certificate for its name, from an authority of the web or from one in this PEM file.
    Verified(Option<String>),
}

const PASSWORD_HELP: Fixed = (
    "地址里不写密码, 用 PGPASSWORD, ~/.pgpass, pull.toml 的 password_file 或 --password-stdin 给",
    "leave it out of the URL and give it by PGPASSWORD, ~/.pgpass, password_file in pull.toml or --password-stdin",
);
const URL_HELP: Fixed = (
    "写作 postgres://USER@HOST:5432/DATABASE",
    "write it as postgres://USER@HOST:5432/DATABASE",
);

fn wrong(what: impl Into<Sentence>, help: Fixed) -> PullError {
    PullError::Address {
        what: what.into(),
        help: help.into(),
    }
}

impl Address {
    /// Reads a URL. Errors do not repeat it.
    pub fn parse(url: &str, origin: Origin) -> Result<Self, PullError> {
        let rest = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme))
            .ok_or_else(|| {
                let what = (
                    "地址不以 postgres:// 开头",
                    "the URL does not begin with postgres://",
                );
                wrong(what, URL_HELP)
            })?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut mode, mut root, mut kept) = (None, None, Vec::new());
        let user = place.rsplit_once('@').map_or("", |(user, _)| user);
        let mut has_password = user.contains(':');
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("sslmode", value) => mode = Some(value),
                ("sslrootcert", value) => root = Some(decoded(value)),
                ("hostaddr", _) => {
                    return Err(wrong(
                        ("不支持 hostaddr", "hostaddr is not supported"),
                        ("用主机名指定服务器", "name the server by its host"),
                    ));
                }
                (name, _) => {
                    has_password |= name == "password";
                    kept.push(pair);
                }
            }
        }
        if has_password && origin != Origin::Environment {
            return Err(wrong(origin.exposed(), PASSWORD_HELP));
        }
        let query = kept.join("&");
        let mut config = Config::from_str(&format!("postgres://{place}?{query}"))
            .map_err(|_| wrong(("看不懂这个地址", "the URL cannot be understood"), URL_HELP))?;
        if config.get_user().is_none()
            || config.get_dbname().is_none()
            || config.get_hosts().is_empty()
        {
            return Err(wrong(
                (
                    "地址缺少用户, 主机或数据库",
                    "the URL lacks user, host or database",
                ),
                URL_HELP,
            ));
        }
        let tls = tls(mode, root, config.get_hosts())?;
        config.ssl_mode(if tls == Tls::None {
            SslMode::Disable
        } else {
            SslMode::Require
        });
        Ok(Self { config, tls })
    }

    /// The URL held a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Gives the password.
    pub fn set_password(&mut self, password: &str) {
        self.config.password(password);
    }

    /// The password of a `.pgpass` file for this address: the first line that fits.
    pub fn password_in(&self, pgpass: &str) -> Option<String> {
        let user = self.config.get_user()?;
        let database = self.config.get_dbname()?;
        let port = self.port().to_string();
        let host = self.host();
        let mine = [host.as_str(), &port, database, user];
        pgpass
            .lines()
            .filter(|line| !line.starts_with('#'))
            .find_map(|line| {
                let fields = pgpass_fields(line);
                let (password, place) = fields.split_last()?;
                let fits = place.len() == mine.len()
                    && place
                        .iter()
                        .zip(mine)
                        .all(|(field, mine)| field == "*" || field == mine);
                fits.then(|| password.clone())
            })
    }

    /// Name of the database.
    pub(super) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    fn port(&self) -> u16 {
        self.config.get_ports().first().copied().unwrap_or(5_432)
    }

    fn host(&self) -> String {
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            // What libpq looks for in .pgpass where the server is asked through a socket.
            Some(Host::Unix(_)) | None => "localhost".into(),
        }
    }

    /// Connects. A server that does not answer is given up after ten seconds, one that falls silent after about a minute.
    pub(super) fn connect(&self) -> Result<Client, PullError> {
        let mut config = self.config.clone();
        config
            .application_name("caopan pull")
            .connect_timeout(Duration::from_secs(10))
            .tcp_user_timeout(Duration::from_secs(60))
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3);
        let client = match &self.tls {
            Tls::None => config.connect(NoTls),
            Tls::Verified(root) => config.connect(MakeRustlsConnect::new(trust(root.as_deref())?)),
        };
        client.map_err(|e| PullError::Connect {
            at: self.to_string(),
            why: said(&e),
        })
    }
}

/// `user@host:port/database`, never a password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.config.get_user().unwrap_or_default();
        write!(
            f,
            "{user}@{}:{}/{}",
            self.host(),
            self.port(),
            self.database()
        )
    }
}

/// What `sslmode` means here: a connection is either verified or to this machine.
fn tls(mode: Option<&str>, root: Option<String>, hosts: &[Host]) -> Result<Tls, PullError> {
    let here = hosts.iter().all(is_here);
    match mode {
        None | Some("disable") if here && root.is_none() => Ok(Tls::None),
        Some("disable") => Err(wrong(
            (
                "sslmode=disable 会把客户与密码明文发上网络",
                "sslmode=disable would send customers and the password readable over the network",
            ),
            (
                "去掉 sslmode (服务器要出示自己名字的证书), 或用终点在本机的隧道",
                "leave sslmode out (the server must show a certificate for its name), or use a tunnel that ends on this machine",
            ),
        )),
        None | Some("require" | "verify-ca" | "verify-full") => {
            Ok(Tls::Verified(root.filter(|root| root != "system")))
        }
        Some("allow" | "prefer") => Err(wrong(
            (
                "sslmode=prefer 与 allow 由应答的一方说了算",
                "sslmode=prefer and allow let whoever answers choose",
            ),
            (
                "用 sslmode=verify-full, 本机的服务器可用 disable",
                "use sslmode=verify-full, or disable for a server on this machine",
            ),
        )),
        Some(_) => Err(wrong(
            ("不认识这个 sslmode", "sslmode is unknown"),
            (
                "用 verify-full, 本机的服务器可用 disable",
                "use verify-full, or disable for a server on this machine",
            ),
        )),
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

/// Whom a server's certificate may come from.
fn trust(root: Option<&str>) -> Result<ClientConfig, PullError> {
    const HELP: Fixed = (
        "sslrootcert 是存有颁发者证书的 PEM 文件, 或 `system`",
        "sslrootcert names a PEM file with the certificate of the authority, or is `system`",
    );
    let mut roots = RootCertStore::empty();
    match root {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let unreadable = |why: Sentence| {
                let what = sentence!(
                    "{file} 不能用: {why}",
                    "{file} cannot be used: {why}",
                    why = why
                );
                wrong(what, HELP)
            };
            let pem = std::fs::read(file).map_err(|e| unreadable(Sentence::of_system(&e)))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|e| unreadable(Sentence::quoted(e)))?;
                roots
                    .add(certificate)
                    .map_err(|e| unreadable(Sentence::quoted(e)))?;
            }
            if roots.is_empty() {
                return Err(unreadable(sentence!(
                    "里面没有证书",
                    "it holds no certificate"
                )));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(sentence!("没有 TLS: {e}", "no TLS: {e}"), HELP))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// `%2F` → `/`; what is no such escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        let hex = after.split_at_checked(2);
        let byte = hex.and_then(|(hex, after)| Some((u8::from_str_radix(hex, 16).ok()?, after)));
        let (byte, after) = byte.unwrap_or((b'%', after));
        bytes.push(byte);
        rest = after;
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Fields between colons; `\:` and `\\` stand for themselves.
fn pgpass_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => chars.next().unwrap_or('\\'),
            c => c,
        };
        if let Some(field) = fields.last_mut() {
            field.push(c);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn refused(url: &str, origin: Origin) -> String {
        match Address::parse(url, origin) {
            Err(e) => format!("{e} {}", e.help()),
            Ok(address) => panic!("{address}"),
        }
    }

    #[rstest]
    #[case("postgres://ann:s3cret@db.example.com/crm")]
    #[case("postgres://ann@db.example.com/crm?password=s3cret")]
    #[case("postgresql://:s3cret@db.example.com/crm")]
    fn a_password_is_taken_from_the_environment_only_and_never_repeated(#[case] url: &str) {
        for (origin, place) in [
            (Origin::CommandLine, "command line"),
            (Origin::File, "pull.toml"),
        ] {
            let said = refused(url, origin);
            assert!(
                said.contains(place) && said.contains("PGPASSWORD"),
                "{said}"
            );
            assert!(!said.contains("s3cret"), "{said}");
        }
        if let Ok(address) = Address::parse(url, Origin::Environment) {
            assert!(address.has_password());
            assert!(!address.to_string().contains("s3cret"));
        }
    }

    #[rstest]
    #[case("postgres://a@db.example.com/crm", Some(Tls::Verified(None)))]
    #[case(
        "postgres://a@db.example.com/crm?sslmode=require",
        Some(Tls::Verified(None))
    )]
    #[case("postgres://a@db.example.com/crm?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem", Some(Tls::Verified(Some("/etc/ca.pem".into()))))]
    #[case("postgres://a@db.example.com/crm?sslmode=disable", None)]
    #[case("postgres://a@db.example.com/crm?sslmode=prefer", None)]
    #[case("postgres://a@10.0.0.1/crm?sslmode=disable", None)]
    #[case("postgres://a@localhost,db.example.com/crm?sslmode=disable", None)]
    #[case("postgres://a@localhost/crm", Some(Tls::None))]
    #[case("postgres://a@127.0.0.9:5433/crm?sslmode=disable", Some(Tls::None))]
    #[case("postgres://a@[::1]/crm", Some(Tls::None))]
    #[case("postgres://a@%2Fvar%2Frun%2Fpostgresql/crm", Some(Tls::None))]
    #[case("postgres://a@localhost/crm?sslrootcert=ca.pem", Some(Tls::Verified(Some("ca.pem".into()))))]
    fn a_server_elsewhere_must_prove_itself(#[case] url: &str, #[case] wanted: Option<Tls>) {
        assert_eq!(
            Address::parse(url, Origin::CommandLine).ok().map(|a| a.tls),
            wanted
        );
    }

    #[rstest]
    #[case("mysql://a@localhost/crm")]
    #[case("host=localhost password=s3cret")]
    #[case("postgres://localhost/crm")]
    #[case("postgres://a@localhost")]
    #[case("postgres:///crm")]
    #[case("postgres://a@localhost:99999/crm")]
    #[case("postgres://a@localhost/crm?hostaddr=10.0.0.1")]
    #[case("postgres://a@localhost/crm?nonsense=s3cret")]
    fn what_is_no_address_is_refused_without_being_repeated(#[case] url: &str) {
        assert!(!refused(url, Origin::CommandLine).contains("s3cret"));
    }

    #[test]
    fn the_first_line_of_pgpass_that_fits_gives_the_password() {
        let address = Address::parse(
            "postgres://ann@db.example.com:6000/crm",
            Origin::CommandLine,
        )
        .unwrap();
        let lines = "# db.example.com:6000:crm:ann:no\n\
                     db.example.com:5432:crm:ann:other port\n\
                     db.example.com:6000:*:ann:a\\:b\\\\c:d\n\
                     *:*:*:*:last\n";
        assert_eq!(address.password_in(lines).as_deref(), Some("a:b\\c:d"));
        let other = Address::parse("postgres://bob@localhost/crm", Origin::CommandLine).unwrap();
        assert_eq!(other.password_in(lines).as_deref(), Some("last"));
        assert_eq!(other.password_in("localhost:5432:crm"), None);
    }
}
