//! Servers that are slow, go away or say the same for ever, and two pulls at once.

use crate::postgres_server::{Fate, Wire, server};
use crate::town::{Town, gave};

#[test]
fn a_query_that_takes_too_long_is_ended_and_says_what_to_do() {
    let town = Town::new("slow", 4);
    town.map("statement_timeout = '1s'\npassword_file = 'password'\n[kinds.journeys]\nquery = 'SELECT 1 AS a, pg_sleep(60)::text AS b'\ncolumns = { journey_id = 'a', name = 'b' }");
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("statement timeout (57014)") && said.err.contains("statement_timeout"),
        "{}",
        said.err
    );
}

/// Pages that the wire carried before it was cut, by the rows that landed.
#[test]
fn a_server_that_goes_away_mid_page_costs_that_page_and_nothing_else() {
    let mut town = Town::new("gone", 400);
    let mut landed = Vec::new();
    for cut in [3_000, 12_000, 20_000] {
        let wire = Wire::new(server().port, move |sent, _| {
            if sent > cut { Fate::Cut } else { Fate::Goes }
        });
        let said = gave(town.command(wire.port, &[]).output().unwrap());
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(
            said.err.contains("run it again") || cut == 3_000,
            "{}",
            said.err
        );
        landed.push(
            town.here("SELECT (SELECT count(*) FROM customer) + (SELECT count(*) FROM sale_order)")
                [0]
            .parse::<u64>()
            .unwrap(),
        );
    }
    assert!(
        landed.windows(2).all(|pair| pair[0] < pair[1]) && landed[2] < 600,
        "{landed:?}"
    );
    town.good(&[]);
    town.agrees();
}

/// A server that answers every page with its first one: the rows of the first answer that has a page of them are given in
/// the place of those of every later such answer.
fn parrot(server: u16, page: usize) -> u16 {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let (mut rows, mut first): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
        let mut head = [0; 5];
        // Each message of the server: a letter, its length, its body.
        while far.read_exact(&mut head).is_ok() {
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut message = head.to_vec();
            message.resize(length as usize + 1, 0);
            far.read_exact(&mut message[5..]).unwrap();
            if head[0] == b'D' {
                rows.push(message);
                continue;
            }
            let mut rows = std::mem::take(&mut rows);
            if rows.len() == page {
                if first.is_empty() {
                    first.clone_from(&rows);
                }
                rows.clone_from(&first);
            }
            rows.push(message);
            if rows.iter().any(|m| near.write_all(m).is_err()) {
                return;
            }
        }
    });
    port
}

#[test]
fn a_server_that_answers_the_same_page_for_ever_is_left_with_a_clear_error() {
    let mut town = Town::new("parrot", 400);
    let output = town
        .command(parrot(server().port, 40), &["--only", "customers"])
        .output()
        .unwrap();
    let said = gave(output);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err
            .contains("postgres:customers: the server gives the same rows again and again")
            && said.err.contains("run it again"),
        "{}",
        said.err
    );
    // The page that was right has landed, once; an honest server is gone on with.
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["40"]);
    town.good(&[]);
    town.agrees();
}

#[test]
fn two_pulls_at_once_do_not_mix() {
    let town = Town::new("twice", 400);
    let db = town.shop.path("shop.db");
    let mut moved = false;
    let wire = Wire::new(server().port, move |_, _| {
        let conn = rusqlite::Connection::open(&db).unwrap();
        conn.busy_timeout(std::time::Duration::from_secs(30))
            .unwrap();
        if !moved {
            let changed = conn.execute("UPDATE sync_cursor SET cursor = replace(cursor, 'after', 'from') WHERE source = 'postgres:customers'", []);
            moved = changed.unwrap() > 0;
        }
        Fate::Goes
    });
    let said = gave(
        town.command(wire.port, &["--only", "customers"])
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(said.err.contains("another pull is running"), "{}", said.err);
}
