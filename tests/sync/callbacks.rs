//! Callbacks beside syncs, and a console that is open the while.

use std::process::{Command, Stdio};

use crate::pty;
use crate::server::Faults;
use crate::shop;
use crate::site::{FIRST, KEY, LATER, Site, column, count, good};
use crate::world::{self, World};

/// What a callback's address and body are, sealed as WeCom seals them.
fn sealed(message: &str) -> (String, String) {
    use aes::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
    use base64::Engine;
    use sha1::Digest;
    let base64 = base64::engine::general_purpose::STANDARD;
    let key = base64.decode(format!("{KEY}=")).unwrap();
    let mut plain = b"0123456789abcdef".to_vec();
    plain.extend((message.len() as u32).to_be_bytes());
    plain.extend(message.bytes().chain("wwfake".bytes()));
    let pad = 32 - plain.len() % 32;
    plain.extend(vec![pad as u8; pad]);
    let length = plain.len();
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    cipher
        .encrypt_padded::<NoPadding>(&mut plain, length)
        .unwrap();
    let encrypted = base64.encode(&plain);
    let mut parts = ["callback-token", "1", "n", &encrypted];
    parts.sort_unstable();
    let signature: String = sha1::Sha1::digest(parts.concat().as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    (
        format!("<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"),
        signature,
    )
}

#[test]
fn a_callback_between_two_syncs_is_applied_once_and_outlives_the_next_sync() {
    let site = Site::new(World::default(), &Faults::default());
    good(&site.sync(FIRST, &[]));
    site.listen();
    let (staff, customer) = site.world.relation(5);
    let event = site.event("del_follow_user", 5, world::NOW - 10);
    let (body, signature) = sealed(&event);
    let send = |signature: &str, body: &str| site.receive(FIRST, signature, body);
    assert_eq!(
        send(&signature, &body),
        (0, "del_follow_user: 已写入\n".into())
    );
    assert_eq!(
        send(&signature, &body),
        (0, "del_follow_user: 早已知道\n".into())
    );
    assert_eq!(send(&"0".repeat(40), &body).0, 1);
    assert_eq!(send(&signature, "<!DOCTYPE x><x/>").0, 1);
    // The server goes on listing who has deleted the staff; the workspace knows better.
    good(&site.sync(LATER, &[]));
    let status: String = site
        .db()
        .query_row(
            "SELECT status FROM follow WHERE userid = ?1 AND external_userid = ?2",
            [site.world.userid(staff), site.world.customer(customer)],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(status, "deleted_by_customer");
}

/// The console shows the rows as they come in, without a key pressed.
#[test]
fn a_console_that_is_open_shows_what_a_sync_brings() {
    let relations = std::env::var("CAOPAN_BIG").ok();
    let relations: Option<usize> = relations.and_then(|n| n.parse().ok());
    let big = relations.is_some();
    let world = match relations {
        Some(relations) => World {
            staff: relations.div_ceil(1_000).max(2),
            relations,
            groups: relations * 3 / 400,
            members: 100,
            ..World::default()
        },
        None => World {
            days: 30,
            ..World::default()
        },
    };
    let more = "calls_per_second = 5000\nconcurrency = 4\n";
    let site = Site::with(world, &Faults::default(), more);
    let mut console = pty::CommandBuilder::new(shop::CAOPAN);
    console.cwd(site.shop.folder());
    console.env_clear();
    for (name, value) in site.shop.environment() {
        console.env(name, value);
    }
    console.args(["-w", "shop.db", "--lang", "zh", "--as-of", FIRST]);
    let mut console = pty::Pty::spawn(console, (120, 40));
    console.wait_for("花间集");
    let mut sync = site.command(FIRST, &[]);
    let child = if big {
        let mut timed = Command::new("/usr/bin/time");
        timed
            .arg("-v")
            .arg(sync.get_program())
            .args(sync.get_args());
        timed
            .env_clear()
            .envs(site.shop.environment())
            .current_dir(site.shop.folder());
        timed
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    } else {
        sync.stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // What the console shows in the end is what the server has; nobody touches a key.
    let customers = site.world.customers();
    let thousands = format!("{},{:03}", customers / 1_000, customers % 1_000);
    let shown = [
        customers.to_string(),
        thousands,
        format!("{:.1}万", customers as f64 / 1e4),
        format!("{}万", customers / 10_000),
    ];
    let came = console.read_until(|screen, _| {
        let screen = screen.contents();
        shown.iter().any(|count| screen.contains(count.as_str()))
    });
    assert!(came, "{}", console.text());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    if big {
        println!("{}{said}", String::from_utf8_lossy(&output.stdout));
    }
    console.send("q");
    assert_eq!(console.wait_exit().code, 0);
    site.assert_equal();
}

#[test]
fn what_lost_callbacks_did_not_tell_a_sync_finds_and_late_ones_tell_nothing_twice() {
    let mut site = Site::new(World::default(), &Faults::default());
    site.listen();
    good(&site.sync(FIRST, &[]));
    let fresh = site.world.clone();
    site.world.cut.insert(200);
    site.world.quits.insert(2, 1);
    site.fake.set_world(&site.world);
    good(&site.sync(LATER, &[]));
    site.assert_rows();
    let conn = site.db();
    let ends = "SELECT kind || ' ' || source || ' ' || occurred_at FROM follow_event WHERE kind NOT IN ('add', 'transfer_in')";
    let found = world::NOW + 60;
    assert_eq!(
        column(&conn, ends),
        [format!("del_by_staff diff {found}")].into()
    );
    let quits = "SELECT count(*) FROM group_event WHERE kind = 'quit'";
    assert_eq!(count(&conn, quits), 1);
    // Then they come after all: late, out of order, one of them twice.
    let send = |change: &str, at: i64| {
        let (body, signature) = sealed(&site.event(change, 200, at));
        let (code, text) = site.receive("2026-11-11 14:32", &signature, &body);
        assert_eq!(code, 0, "{text}");
        text
    };
    let at = world::NOW + 20;
    assert!(send("del_external_contact", at).contains("已写入"));
    assert!(send("add_external_contact", site.world.added_at(200)).contains("早已知道"));
    assert!(send("del_external_contact", at).contains("早已知道"));
    let told = [format!("del_by_staff callback {at}")].into();
    assert_eq!(column(&conn, ends), told);
    // Who left the group was removed from it, a while before anybody looked.
    let event = format!(
        "<xml><FromUserName>sys</FromUserName><CreateTime>{at}</CreateTime><MsgType>event</MsgType>
         <Event>change_external_chat</Event><ChatId>{}</ChatId><ChangeType>update</ChangeType>
         <UpdateDetail>del_member</UpdateDetail><QuitScene>1</QuitScene>
         <MemChangeList><Item>{}</Item></MemChangeList></xml>",
        site.world.chat(2),
        fresh.group_members(2)[0]
    );
    let (body, signature) = sealed(&event);
    for _ in 0..2 {
        assert_eq!(site.receive("2026-11-11 14:32", &signature, &body).0, 0);
    }
    let left = "SELECT kind || ' ' || occurred_at FROM group_event WHERE kind IN ('quit', 'kick')";
    assert_eq!(column(&conn, left), [format!("kick {at}")].into());
    let gone = "SELECT quit_at || ' ' || quit_scene FROM group_member WHERE quit_at IS NOT NULL";
    assert_eq!(column(&conn, gone), [format!("{at} 1")].into());
    let (_, customer) = site.world.relation(200);
    let one = |sql: &str| {
        count(
            &conn,
            &format!("{sql} = '{}'", site.world.customer(customer)),
        )
    };
    assert_eq!(one("SELECT ended_at FROM follow WHERE external_userid"), at);
    assert_eq!(
        one("SELECT valid_to FROM ownership_history WHERE external_userid"),
        at
    );
    good(&site.sync("2026-11-11 14:33", &[]));
    site.assert_rows();
    assert_eq!(column(&conn, ends), told);
    assert_eq!(column(&conn, left), [format!("kick {at}")].into());
}
