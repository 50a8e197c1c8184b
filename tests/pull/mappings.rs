//! Mappings: changed, rehearsed, of kinds without times, only reading; the template and README's own.

use crate::postgres_server::{PASSWORD, USER, server};
use crate::shop;
use crate::town::{MAPPING, Town, gave};

#[test]
fn a_changed_mapping_reads_everything_anew_and_says_so() {
    let mut town = Town::new("anew", 40);
    town.good(&[]);
    town.map(&MAPPING.replace("region = 'east' -- this slice", "region <> ''"));
    let said = town.pull(&["--only", "customers"]);
    assert_eq!(said.code, 0);
    assert!(
        said.err
            .contains("note: customers: the mapping has changed"),
        "{}",
        said.err
    );
    assert!(
        said.out
            .contains("40 rows read: 10 new, 0 changed, 30 unchanged"),
        "{}",
        said.out
    );
    town.hq("SELECT 1");
}

#[test]
fn a_dry_run_says_what_would_come_and_leaves_the_file_as_it_was() {
    let town = Town::new("dry", 400);
    let before = town.here("SELECT count(*) FROM journal");
    let said = town.good(&["--dry-run"]);
    assert!(
        said.starts_with("customers (dry run): 300 rows read: 300 new"),
        "{said}"
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["0"]);
    assert_eq!(
        town.here("SELECT count(*) FROM sync_cursor UNION ALL SELECT count(*) FROM sync_run"),
        ["0", "0"]
    );
    assert_eq!(town.here("SELECT count(*) FROM journal"), before);
}

#[test]
fn a_kind_without_times_is_read_whole_each_time() {
    let mut town = Town::new("undated", 1);
    town.hq("CREATE TABLE dept (id int PRIMARY KEY, parent int, name text); INSERT INTO dept SELECT n, NULLIF(n - 1, 0), '门店' || n FROM generate_series(1, 100) n");
    town.map("page = 30\npassword_file = 'password'\n[kinds.departments]\ntable = 'public.dept'\ncolumns = { dept_id = 'id', parent_id = 'parent', name = 'name' }");
    assert!(town.good(&[]).contains("100 rows read: 100 new"));
    town.hq("UPDATE dept SET name = '旗舰店' WHERE id = 50");
    assert!(
        town.good(&[])
            .contains("100 rows read: 0 new, 1 changed, 99 unchanged")
    );
    town.hq("UPDATE dept SET parent = 100 WHERE id = 90");
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("its own parent"), "{}", said.err);
}

#[test]
fn the_mapping_can_only_read() {
    let mut town = Town::new("readonly", 4);
    town.hq("CREATE TABLE touched (n int); CREATE FUNCTION touch() RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO touched VALUES (1); RETURN 1; END'");
    let mapping = |query: &str| {
        format!(
            "password_file = 'password'\n[kinds.journeys]\nquery = '''{query}'''\ncolumns = {{ journey_id = 'a', name = 'b' }}"
        )
    };
    town.map(&mapping("SELECT touch() AS a, 'x'::text AS b"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("read-only transaction"), "{}", said.err);
    for query in [
        "DELETE FROM touched RETURNING 1 AS a, 'x'::text AS b",
        "SELECT 1 AS a, 'x'::text AS b) AS s; DROP TABLE touched; --",
    ] {
        town.map(&mapping(query));
        assert_eq!(town.pull(&[]).code, 2, "{query}");
    }
    town.hq("INSERT INTO touched VALUES (2)");
    assert_eq!(town.there("SELECT count(*)::text FROM touched"), ["1"]);
}

/// Tables as the README and the template speak of them.
const SPOKEN_OF: &str = "
CREATE SCHEMA crm; CREATE SCHEMA shop; CREATE SCHEMA hr;
CREATE TABLE hr.employee (wecom_userid text PRIMARY KEY, display_name text, dept_id int, hired_on date, region text, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crm.member (member_id bigint PRIMARY KEY, external_userid text, nickname text, mobile text, gender smallint, city text, region text,
  joined_at timestamptz, deleted_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crm.member_staff (wecom_userid text, external_userid text, bound_at timestamp, is_primary boolean, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE shop.orders (order_no text PRIMARY KEY, member_id bigint, region text, pay_time timestamp, pay_amount numeric(12,2), amount numeric(12,2), state text, guide text,
  created_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE shop.refund (refund_no text PRIMARY KEY, order_no text, done_at timestamptz, amount_cents bigint, updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO hr.employee VALUES ('zhangmin', '张敏', 12, '2024-06-01', 'east');
INSERT INTO crm.member VALUES (1, 'wm0001', '王芳', '12800001234', 2, '杭州', 'east', '2026-03-01 10:00+08');
INSERT INTO crm.member_staff VALUES ('zhangmin', 'wm0001', '2026-03-01 10:00', true);
INSERT INTO shop.orders VALUES ('SO1', 1, 'east', '2026-03-05 20:15:30', 128.50, 128.50, 'paid', 'zhangmin', '2026-03-05 20:14+08');
INSERT INTO shop.refund VALUES ('RF1', 'SO1', '2026-03-09 11:00+08', 3000);";

#[test]
fn the_template_works_on_the_tables_it_speaks_of() {
    let town = Town::new("template", 1);
    server()
        .database("spoken")
        .batch_execute(SPOKEN_OF)
        .unwrap();
    let template = town.shop.good(&["pull", "postgres", "--template"]);
    town.map(&template.replace(
        "# password_file = \"/etc/caopan/pull.password\"",
        "password_file = \"password\"",
    ));
    let url = format!("postgres://{USER}@localhost:{}/spoken", server().port);
    town.shop.good(&[
        "pull",
        "postgres",
        &url,
        "--config",
        "pull.toml",
        "-w",
        "shop.db",
    ]);
    let spent = "SELECT s.name, c.name, t.spend_fen, t.orders FROM customer c JOIN customer_stat t USING (external_userid) JOIN follow f USING (external_userid) JOIN staff s USING (userid) WHERE f.is_owner";
    assert_eq!(town.here(spent), ["张敏|王芳|9850|1"]);
}

#[test]
fn the_readme_works_as_pasted() {
    let town = Town::new("readme", 1);
    server()
        .database("pasted")
        .batch_execute(SPOKEN_OF)
        .unwrap();
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, section) = text.split_once("## Headquarters' database").unwrap();
    let block = |word: &str| {
        section
            .split_once(&format!("```{word}\n"))
            .unwrap()
            .1
            .split("```")
            .next()
            .unwrap()
    };
    town.map(block("toml"));
    let programs = std::path::Path::new(shop::CAOPAN)
        .parent()
        .unwrap()
        .display()
        .to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    for line in block("sh").lines() {
        let line = line.replace(
            "reader@db.example.com:5432/crm",
            &format!("{USER}@localhost:{}/pasted", server().port),
        );
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &line])
            .env_clear()
            .envs(town.shop.environment())
            .env("PATH", &path)
            .env("PGPASSWORD", PASSWORD);
        let said = gave(shell.current_dir(town.shop.folder()).output().unwrap());
        assert_eq!((said.code, &*said.err), (0, ""), "{line}");
    }
    assert_eq!(town.here("SELECT spend_fen FROM pool"), ["12850"]);
}
