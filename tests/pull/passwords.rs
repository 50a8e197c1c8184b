//! Passwords and certificates.

use std::process::Stdio;

use crate::postgres_server::{PASSWORD, USER, server};
use crate::town::{MAPPING, Town, gave};

#[test]
fn a_password_comes_from_anywhere_but_the_command_line() {
    let town = Town::new("password", 4);
    let port = server().port;
    town.map(&MAPPING.replace("password_file = \"password\"", ""));
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("cannot be asked"), "{}", said.err);
    let with = |name: &str, value: &str| {
        gave(
            town.command(port, &["--only", "refunds"])
                .env(name, value)
                .output()
                .unwrap(),
        )
    };
    assert_eq!(with("PGPASSWORD", PASSWORD).code, 0);
    let wrong = with("PGPASSWORD", "canary-wrong");
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.err.contains("password authentication failed") && wrong.err.contains("help: "),
        "{}",
        wrong.err
    );
    let escaped = PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
    town.secret(
        "pgpass",
        &format!("localhost:{port}:*:{USER}:{escaped}"),
        0o600,
    );
    let pgpass = town.shop.path("pgpass").display().to_string();
    assert_eq!(with("PGPASSFILE", &pgpass).code, 0);
    town.secret(
        "pgpass",
        &format!("localhost:{port}:*:{USER}:{escaped}"),
        0o644,
    );
    let open = with("PGPASSFILE", &pgpass);
    assert_eq!(open.code, 2);
    assert!(open.err.contains("chmod 600"), "{}", open.err);
    let mut child = town
        .command(port, &["--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{PASSWORD}\n").as_bytes(),
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    let url = format!(
        "postgres://{USER}:{}@localhost:{port}/password",
        PASSWORD.replace(':', "%3A").replace('\\', "%5C")
    );
    let argv = [
        "pull",
        "postgres",
        &url,
        "--config",
        "pull.toml",
        "-w",
        "shop.db",
    ];
    let refused = gave(town.shop.command().args(argv).output().unwrap());
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("on the command line") && refused.err.contains("PGPASSWORD"),
        "{}",
        refused.err
    );
    let environment = ["pull", "postgres", "--config", "pull.toml", "-w", "shop.db"];
    let taken = gave(
        town.shop
            .command()
            .args(environment)
            .env("CAOPAN_PULL_URL", &url)
            .output()
            .unwrap(),
    );
    assert_eq!(taken.code, 0, "{}", taken.err);
    let file = std::fs::read(town.shop.path("shop.db")).unwrap();
    assert!(
        memchr::memmem::find(&file, b"canary").is_none(),
        "the workspace holds the password"
    );
}

#[test]
fn a_server_that_must_prove_itself_is_believed_only_with_a_certificate_for_its_name() {
    let town = Town::new("tls", 4);
    let (port, authority) = (server().port, server().authority().display().to_string());
    let with = |host: &str, query: &str| {
        let url = format!("postgres://{USER}@{host}:{port}/tls?{query}");
        let argv = [
            "pull",
            "postgres",
            &url,
            "--config",
            "pull.toml",
            "-w",
            "shop.db",
        ];
        gave(town.shop.command().args(argv).output().unwrap())
    };
    let verified = with(
        "localhost",
        &format!("sslmode=verify-full&sslrootcert={authority}"),
    );
    assert_eq!(verified.code, 0, "{}", verified.err);
    let other_name = with(
        "127.0.0.1",
        &format!("sslmode=verify-full&sslrootcert={authority}"),
    );
    assert_eq!(other_name.code, 1);
    assert!(other_name.err.contains("certificate"), "{}", other_name.err);
    let stranger = with("localhost", "sslmode=verify-full");
    assert_eq!(stranger.code, 1);
    assert!(stranger.err.contains("UnknownIssuer"), "{}", stranger.err);
    assert_eq!(with("db.example.com", "sslmode=disable").code, 2);
}
