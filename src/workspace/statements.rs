//! Whatever statement another program writes with, on whatever table: the console that followed it says what one says that
//! has just been opened.

#[cfg(test)]
mod tests {

    use std::path::Path;

    use rusqlite::types::Value;
    use rusqlite::{Connection, OpenFlags, params_from_iter};

    use super::super::standing::shows;
    use super::super::{CaughtUp, Cells, Workspace, needs};
    use crate::domain::kpi::GmvKind;
    use crate::domain::period::PeriodSpec;
    use crate::domain::{Day, DeptId, Zone};
    use crate::engine::answer::BoardMetric;
    use crate::engine::request::{Answer, GroupSort, Question, Scope};
    use crate::filter::{Ctx, Field, Filter, SortKey, parse};
    use crate::store::demo::{Plan, generate};
    use crate::store::{Access, open};

    /// 2026-11-11 14:30 in Shanghai.
    const NOW: i64 = 1_794_378_600;

    /// Splitmix64.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            usize::try_from((z ^ (z >> 31)) % u64::try_from(n.max(1)).unwrap()).unwrap()
        }
    }

    /// A table as the schema has it.
    struct Table {
        name: String,
        columns: Vec<String>,
        /// Places of the columns of each key, the primary one first.
        keys: Vec<Vec<usize>>,
    }

    type Row = Vec<Value>;

    /// A statement, what it is called in a message, and its values.
    struct Statement {
        sql: String,
        values: Row,
    }

    fn texts(conn: &Connection, sql: &str) -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    impl Table {
        fn of(conn: &Connection, name: &str) -> Self {
            let columns = texts(
                conn,
                &format!("SELECT name FROM pragma_table_info('{name}')"),
            );
            let place = |column: &String| columns.iter().position(|c| c == column).unwrap();
            let primary = texts(
                conn,
                &format!("SELECT name FROM pragma_table_info('{name}') WHERE pk > 0 ORDER BY pk"),
            );
            let mut keys = vec![primary.iter().map(place).collect()];
            let indexes = texts(
                conn,
                &format!(
                    "SELECT name FROM pragma_index_list('{name}') WHERE \"unique\" = 1 AND origin <> 'pk'"
                ),
            );
            for index in indexes {
                let of =
                    format!("SELECT name FROM pragma_index_info('{index}') WHERE name IS NOT NULL");
                keys.push(texts(conn, &of).iter().map(place).collect());
            }
            Self {
                name: name.to_owned(),
                columns,
                keys,
            }
        }

        fn rows(&self, conn: &Connection) -> Vec<Row> {
            let sql = format!("SELECT * FROM {}", self.name);
            let mut statement = conn.prepare(&sql).unwrap();
            let width = self.columns.len();
            let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect());
            rows.unwrap().map(Result::unwrap).collect()
        }

        fn insert(&self, verb: &str, row: Row, end: &str) -> Statement {
            let marks = vec!["?"; row.len()].join(",");
            Statement {
                sql: format!("{verb} INTO {} VALUES ({marks}) {end}", self.name),
                values: row,
            }
        }

        /// `UPDATE verb SET these columns = values WHERE it is the row`.
        fn update(&self, verb: &str, set: &[(usize, Value)], row: &Row) -> Statement {
            let named = |i: &usize| format!("{} IS ?", self.columns[*i]);
            let sets: Vec<_> = set
                .iter()
                .map(|(i, _)| format!("{} = ?", self.columns[*i]))
                .collect();
            let wheres: Vec<_> = self.keys[0].iter().map(named).collect();
            let mut values: Row = set.iter().map(|(_, v)| v.clone()).collect();
            values.extend(self.keys[0].iter().map(|i| row[*i].clone()));
            Statement {
                sql: format!(
                    "UPDATE {verb} {} SET {} WHERE {}",
                    self.name,
                    sets.join(", "),
                    wheres.join(" AND ")
                ),
                values,
            }
        }

        /// A statement of a kind, of rows drawn by lot; `None` where the table has no such kind or no row.
        #[expect(clippy::too_many_lines, reason = "one arm a kind of statement")]
        fn draw(&self, conn: &Connection, kind: Kind, dice: &mut Dice) -> Option<Statement> {
            let rows = self.rows(conn);
            let (a, b) = (
                rows.get(dice.below(rows.len()))?,
                rows.get(dice.below(rows.len()))?,
            );
            let new = |key: &[usize], row: &mut Row, dice: &mut Dice| {
                for i in key {
                    row[*i] = fresh(&row[*i], rows.iter().map(|row| &row[*i]), dice);
                }
            };
            Some(match kind {
                Kind::Replace(at) => {
                    let key = self.keys.get(at)?;
                    let mut row = b.clone();
                    self.keys
                        .iter()
                        .for_each(|other| new(other, &mut row, dice));
                    for i in key {
                        row[*i] = a[*i].clone();
                    }
                    self.insert("INSERT OR REPLACE", row, "")
                }
                Kind::Upsert => {
                    let mut row = b.clone();
                    self.keys
                        .iter()
                        .skip(1)
                        .for_each(|other| new(other, &mut row, dice));
                    self.keys[0].iter().for_each(|i| row[*i] = a[*i].clone());
                    let set: Vec<_> = self
                        .columns
                        .iter()
                        .map(|c| format!("{c} = excluded.{c}"))
                        .collect();
                    self.insert(
                        "INSERT",
                        row,
                        &format!("ON CONFLICT DO UPDATE SET {}", set.join(", ")),
                    )
                }
                Kind::Insert => {
                    let mut row = b.clone();
                    self.keys.iter().for_each(|key| new(key, &mut row, dice));
                    self.insert("INSERT", row, "")
                }
                Kind::Displace(at) => {
                    let key = self.keys.get(at)?;
                    let set: Vec<_> = key.iter().map(|i| (*i, a[*i].clone())).collect();
                    self.update("OR REPLACE", &set, b)
                }
                Kind::Set(column) => {
                    let _ = self.columns.get(column)?;
                    self.update("OR REPLACE", &[(column, a[column].clone())], b)
                }
                Kind::Clear(column) => {
                    let _ = self.columns.get(column)?;
                    self.update("", &[(column, Value::Null)], b)
                }
                Kind::Other(column) => {
                    let _ = self.columns.get(column)?;
                    let mut row = b.clone();
                    new(&[column], &mut row, dice);
                    self.update("", &[(column, row[column].clone())], b)
                }
                Kind::Delete => {
                    let named = |i: &usize| format!("{} IS ?", self.columns[*i]);
                    let wheres: Vec<_> = self.keys[0].iter().map(named).collect();
                    Statement {
                        sql: format!("DELETE FROM {} WHERE {}", self.name, wheres.join(" AND ")),
                        values: self.keys[0].iter().map(|i| b[*i].clone()).collect(),
                    }
                }
            })
        }
    }

    /// Kinds of statements; the numbers are places of keys or columns.
    #[derive(Clone, Copy, Debug)]
    enum Kind {
        /// A row in the place of the one that has this key.
        Replace(usize),
        /// The same by `ON CONFLICT DO UPDATE`.
        Upsert,
        /// A row of no key there is.
        Insert,
        /// A row takes another one's key, which goes.
        Displace(usize),
        /// A cell becomes what it is in another row.
        Set(usize),
        /// A cell becomes NULL.
        Clear(usize),
        /// A cell becomes what it is in no row.
        Other(usize),
        /// A row goes.
        Delete,
    }

    /// A value no row has: below all of them or above.
    fn fresh<'a>(value: &Value, all: impl Iterator<Item = &'a Value>, dice: &mut Dice) -> Value {
        match value {
            Value::Integer(_) => {
                let numbers = all.filter_map(|v| match v {
                    Value::Integer(n) => Some(*n),
                    _ => None,
                });
                let numbers: Vec<i64> = numbers.collect();
                let (low, high) = (numbers.iter().min().unwrap(), numbers.iter().max().unwrap());
                Value::Integer(if dice.below(2) == 0 {
                    low - 1
                } else {
                    high + 1
                })
            }
            Value::Text(text) => Value::Text(match Day::parse(text) {
                Some(day) => day.plus(-1).to_string(),
                None => format!("{text}{}", dice.below(10)),
            }),
            Value::Real(real) => Value::Real(real + 1.0),
            Value::Null | Value::Blob(_) => value.clone(),
        }
    }

    fn scope(filter: &str, org: Option<i64>, period: PeriodSpec) -> Scope {
        Scope {
            org: org.map(DeptId),
            period,
            filter: parse(filter, &Ctx::default()).unwrap_or_else(|e| panic!("{filter}: {e:?}")),
        }
    }

    const FILTERS: [&str; 14] = [
        "",
        "no:tag",
        "spend>0",
        "last<30d",
        "has:source",
        "has:stage",
        "has:group",
        "has:owner",
        "gender:女",
        "has:birthday",
        "has:campaign",
        "buyer:本月",
        "has:step",
        "has:added",
    ];

    /// Questions to every pane.
    #[expect(clippy::too_many_lines, reason = "one question a pane after the other")]
    fn questions(conn: &Connection) -> Vec<Question> {
        let month = PeriodSpec::Month;
        let list = |filter: &str, field: Field| Question::Customers {
            scope: scope(filter, None, month),
            sort: vec![SortKey {
                field,
                descending: false,
            }],
            offset: 0,
            rows: 300,
            anchor: None,
        };
        let mut asked = vec![Question::Sources, Question::Org];
        for field in [
            Field::ValueAtRisk,
            Field::Name,
            Field::Stage,
            Field::Owner,
            Field::Source,
        ] {
            asked.push(list("", field));
        }
        for filter in FILTERS {
            if parse(filter, &Ctx::default()).is_ok() {
                asked.push(list(filter, Field::Id));
            }
        }
        let first = texts(conn, "SELECT CAST(max(dept_id) AS TEXT) FROM department");
        let dept = first.first().and_then(|id| id.parse().ok());
        for metric in [BoardMetric::NetGmv, BoardMetric::Adds] {
            asked.push(Question::Board {
                scope: scope("", None, PeriodSpec::Year),
                metric,
            });
        }
        for (filter, org) in [("", None), ("", dept), ("spend>0", None)] {
            asked.push(Question::Tags(scope(filter, org, month)));
            asked.push(Question::Groups {
                scope: scope(filter, org, month),
                own_filter: Filter::default(),
                sort: GroupSort::Worst,
                reversed: false,
            });
            asked.push(Question::Kpi {
                scope: scope(filter, org, month),
                campaign: None,
                gmv: GmvKind::NetByRefundDate,
            });
            for metric in [
                BoardMetric::NetGmv,
                BoardMetric::Adds,
                BoardMetric::Achievement,
            ] {
                asked.push(Question::Board {
                    scope: scope(filter, org, month),
                    metric,
                });
            }
        }
        for id in texts(conn, "SELECT campaign_id || '' FROM campaign") {
            asked.push(Question::Kpi {
                scope: Scope::default(),
                campaign: Some(crate::domain::CampaignId(id.parse().unwrap())),
                gmv: GmvKind::Gross,
            });
        }
        for id in texts(conn, "SELECT external_userid FROM customer LIMIT 2") {
            asked.push(Question::Customer(id.as_str().into()));
        }
        asked
    }

    fn workspace(path: &Path) -> Workspace {
        let mut workspace =
            Workspace::new(path.to_owned(), open(path, Access::ReadOnly).unwrap()).unwrap();
        reload(&mut workspace);
        workspace
    }

    fn reload(workspace: &mut Workspace) {
        let path = workspace.opening().path.clone();
        let mut conn = open(&path, Access::ReadOnly).unwrap().conn;
        workspace.adopt(crate::engine::load::load(&mut conn, None, &|_, _| {}).unwrap());
    }

    /// What a commit made known, where it was not everything.
    enum Told {
        Nothing,
        Cells(Cells),
    }

    /// A live console beside a writer.
    struct Live {
        _folder: tempfile::TempDir,
        conn: Connection,
        console: Workspace,
        said: Vec<(Question, Option<Answer>)>,
        gaps: Vec<String>,
    }

    impl Live {
        fn new() -> Self {
            let folder = tempfile::Builder::new().prefix("live-").tempdir().unwrap();
            let path = folder.path().join("w.db");
            let plan = Plan {
                customers: 100,
                seed: 3,
                today: Day::parse("2026-11-11").unwrap(),
                zone: Zone::default(),
            };
            generate(&path, &plan, &mut |_, _, _| {}).unwrap();
            let conn =
                Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
            conn.execute_batch(
            "PRAGMA synchronous = OFF;
             INSERT INTO journey VALUES (7, '支线');
             INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (71, 7, 1, '别处'), (72, 7, 2, '远处');
             INSERT INTO customer_stage SELECT 7, external_userid, 71, 5 FROM customer LIMIT 9;
             UPDATE follow_event SET dedup_key = 'e' || event_id;
             INSERT OR IGNORE INTO sync_run (source, started_at, ended_at, ok) VALUES ('wecom:contacts', 1, 2, 1), ('x', 1, 2, 0);",
        )
        .unwrap();
            Self {
                console: workspace(&path),
                _folder: folder,
                conn,
                said: Vec::new(),
                gaps: Vec::new(),
            }
        }

        /// Runs a statement; says what the live console answers otherwise than a fresh one.
        fn differ(&mut self, statement: &Statement) -> Option<String> {
            let as_of = self.console.as_of(NOW);
            if self.said.is_empty() {
                let console = &mut self.console;
                let asked = questions(&self.conn).into_iter();
                self.said = asked
                    .map(|q| (q.clone(), console.answer(&q, as_of)))
                    .collect();
            }
            let ran = self
                .conn
                .execute(&statement.sql, params_from_iter(&statement.values));
            if !ran.is_ok_and(|rows| rows > 0) {
                return None;
            }
            let told = match self.console.catch_up(as_of).unwrap() {
                CaughtUp::Nothing => Some(Told::Nothing),
                CaughtUp::Changed(_, cells) => cells.map(Told::Cells),
                CaughtUp::Gap => {
                    self.gaps.push(statement.sql.clone());
                    reload(&mut self.console);
                    None
                }
            };
            // Scores of all move a little with every order; they are made anew once a minute.
            self.console.tidy(as_of);
            let path = self.console.opening().path.clone();
            let mut fresh = workspace(&path);
            let mut found = None;
            let old = std::mem::take(&mut self.said);
            for question in questions(&self.conn) {
                let before = old.iter().find(|(q, _)| *q == question);
                let is_due = match &told {
                    None => true,
                    // After any commit the ages of the sources are looked at.
                    Some(Told::Nothing) => question == Question::Sources,
                    Some(Told::Cells(cells)) => {
                        needs::concerned(&question, cells) || shown(before, cells)
                    }
                };
                let mut shown = match before {
                    Some((_, answer)) if !is_due => answer.clone(),
                    Some(_) | None => self.console.answer(&question, as_of),
                };
                let right = fresh.answer(&question, as_of);
                let same = match (&mut shown, &right) {
                    (Some(shown), Some(right)) => shown.says_the_same(right),
                    (shown, right) => shown.is_none() && right.is_none(),
                };
                if !same && found.is_none() {
                    found = Some(format!(
                        "{question:?}\n    {}",
                        apart(&format!("{shown:?}"), &format!("{right:?}"))
                    ));
                }
                self.said.push((question, shown));
            }
            if found.is_some() {
                // Each statement is judged by itself.
                reload(&mut self.console);
                self.console.facts = None;
                self.said.clear();
            }
            found
        }
    }

    /// What was said is a list that shows one of these cells.
    fn shown(before: Option<&(Question, Option<Answer>)>, cells: &Cells) -> bool {
        match before {
            Some((_, Some(Answer::Customers(page)))) => shows(page, cells),
            Some(_) | None => false,
        }
    }

    /// Where two texts part.
    fn apart(live: &str, fresh: &str) -> String {
        let same = live
            .chars()
            .zip(fresh.chars())
            .take_while(|(a, b)| a == b)
            .count();
        let piece = |text: &str| -> String {
            text.chars()
                .skip(same.saturating_sub(200))
                .take(300)
                .collect()
        };
        format!("live:  {}\n    fresh: {}", piece(live), piece(fresh))
    }

    #[test]
    fn whatever_is_written_the_live_console_says_what_a_fresh_one_says() {
        let mut live = Live::new();
        let mut dice = Dice(7);
        let names = texts(
            &live.conn,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
         AND name NOT IN ('customer_stat', 'stat_due', 'pool', 'change_log', 'bulk', 'journal')",
        );
        let mut wrong = Vec::new();
        for name in &names {
            let table = Table::of(&live.conn, name);
            let mut kinds = vec![Kind::Upsert, Kind::Insert];
            for at in 0..table.keys.len() {
                kinds.extend([Kind::Replace(at), Kind::Displace(at)]);
            }
            for at in 0..table.columns.len() {
                let of_a_cell = [Kind::Set(at), Kind::Clear(at), Kind::Other(at)];
                kinds.push(of_a_cell[dice.below(of_a_cell.len())]);
            }
            kinds.push(Kind::Delete);
            for kind in kinds {
                let Some(statement) = table.draw(&live.conn, kind, &mut dice) else {
                    continue;
                };
                if let Some(question) = live.differ(&statement) {
                    wrong.push(format!(
                        "{name} {kind:?}: {}\n    {question}",
                        statement.sql
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn an_event_given_to_another_customer_and_a_new_first_journey_are_followed() {
        let mut live = Live::new();
        for sql in [
        "REPLACE INTO follow_event (event_id, biz_date, occurred_at, userid, external_userid, kind, source)
           SELECT e.event_id, e.biz_date, e.occurred_at, e.userid, max(c.external_userid), 'del_by_customer', e.source
           FROM follow_event e, customer c WHERE e.event_id =
             (SELECT max(event_id) FROM follow_event WHERE kind = 'add' AND biz_date >= '2026-11-01')",
        // An add of another customer goes, and SQLite's own name of the number says so.
        "UPDATE OR REPLACE follow_event SET rowid =
             (SELECT max(event_id) FROM follow_event WHERE kind = 'add' AND biz_date >= '2026-11-01')
           WHERE event_id = (SELECT min(event_id) FROM follow_event)",
        "INSERT INTO journey (journey_id, name) VALUES (-5, '更早的旅程')",
        "INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (91, -5, 1, '起点')",
        "INSERT INTO customer_stage SELECT -5, max(external_userid), 91, 5 FROM customer",
    ] {
        let statement = Statement {
            sql: sql.to_owned(),
            values: Row::new(),
        };
        assert_eq!(live.differ(&statement), None, "{sql}");
    }
        // The stage of everybody is another one: everything is read again.
        assert_eq!(live.gaps.len(), 1, "{:?}", live.gaps);
    }
}
