//! In which department staff are of whom a file gives no number: by its name, or by the path that WeCom's console writes
//! (`青禾小店/湖滨店`; of several the first).

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params};

use super::kind::Kind;
use super::parse::bare;
use super::prepared::Cells;
use super::row::Sheet;
use super::silent::{Left, SILENT};

/// What stands between several departments of a cell.
const BETWEEN: [char; 5] = [';', '；', ',', '，', '、'];
/// What stands between the parts of a path.
const STEPS: [char; 3] = ['/', '／', '>'];

/// The departments of the workspace.
pub(super) struct Placing {
    slot: usize,
    /// Where and how it is said that the cell says nothing.
    silent: Option<(usize, Left)>,
    /// Numbers, and names from the department up to the root.
    paths: Vec<(i64, Vec<String>)>,
}

impl Placing {
    /// `None` where a sheet holds no staff.
    pub(super) fn of(conn: &Connection, sheet: &Sheet) -> rusqlite::Result<Option<Self>> {
        // Parents that go round in a circle end at ten.
        const PATHS: &str = "WITH RECURSIVE up (dept_id, name, parent_id, depth) AS (
               SELECT dept_id, name, parent_id, 0 FROM department WHERE is_deleted = 0
               UNION ALL SELECT up.dept_id, d.name, d.parent_id, depth + 1 FROM up JOIN department d ON d.dept_id = up.parent_id
                 WHERE depth < ?1)
             SELECT dept_id, name FROM up ORDER BY dept_id, depth";
        let Some(slot) = sheet
            .slot("main_dept_id")
            .filter(|_| sheet.kind == Kind::Staff)
        else {
            return Ok(None);
        };
        let left = sheet.slots.get(slot).and_then(|slot| slot.left);
        let mut paths: Vec<(i64, Vec<String>)> = Vec::new();
        let mut statement = conn.prepare(PATHS)?;
        let mut rows = statement.query(params![10])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            // What is no text, in a file that somebody else wrote, no cell could say.
            let name = bare(row.get_ref(1)?.as_str().unwrap_or_default()).to_owned();
            match paths.last_mut() {
                Some((last, path)) if *last == id => path.push(name),
                Some(_) | None => paths.push((id, vec![name])),
            }
        }
        Ok(Some(Self {
            slot,
            silent: sheet.slot(SILENT).zip(left),
            paths,
        }))
    }

    /// What takes the place of the row's own cells, and whether it names a department that nobody knows.
    pub(super) fn find(&self, row: &impl Cells) -> (Vec<(usize, Value)>, bool) {
        let ValueRef::Text(said) = row.cell(self.slot) else {
            return (Vec::new(), false);
        };
        if let Some(id) = self.meant(&String::from_utf8_lossy(said)) {
            return (vec![(self.slot, Value::Integer(id))], false);
        }
        let mut over = vec![(self.slot, Value::Null)];
        if let Some((at, left)) = self.silent {
            let silent = row.cell(at).as_i64().unwrap_or(0);
            over.push((at, Value::Integer(left.silenced(silent))));
        }
        (over, true)
    }

    /// The one department that has the name, of several the one whose path is most like the one said.
    fn meant(&self, said: &str) -> Option<i64> {
        let first = said
            .split(BETWEEN)
            .map(bare)
            .find(|part| !part.is_empty())?;
        let steps: Vec<&str> = first
            .split(STEPS)
            .map(bare)
            .filter(|step| !step.is_empty())
            .collect();
        let alike = |path: &[String]| {
            let pairs = steps.iter().rev().zip(path);
            pairs.take_while(|(said, name)| *said == name).count()
        };
        let most = self.paths.iter().map(|(_, path)| alike(path)).max()?;
        let mut best = self
            .paths
            .iter()
            .filter(|(_, path)| most > 0 && alike(path) == most);
        match (best.next(), best.next()) {
            (Some((id, _)), None) => Some(*id),
            _ => None,
        }
    }
}
