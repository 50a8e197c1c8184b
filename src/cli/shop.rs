//! `caopan --demo`: the console on an invented, living shop that is thrown away afterwards; and the first run.

use std::io::{self, BufRead, Write, stderr, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::domain::{SafeText, Zone};
use crate::store::demo::{Plan, generate};

use super::console::{self, Start};
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::{demo, init, when};

/// Customers of `--demo`: made in well under a second.
const CUSTOMERS: u32 = 5_000;
/// Transactions a second that keep its panes moving.
const PER_SECOND: f64 = 4.0;

/// A workspace that goes with this value, and the thread that writes to it.
struct Shop {
    file: PathBuf,
    stop: Arc<AtomicBool>,
    traffic: Option<JoinHandle<()>>,
}

impl Shop {
    /// Generates the shop and opens its doors.
    fn open(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join(format!("demo-{}.db", std::process::id()));
        // Left behind by a process of the same number that was killed.
        remove(&file);
        let zone = Zone::default();
        let plan = Plan {
            customers: CUSTOMERS,
            seed: 1,
            today: when::demo_day(None, zone)?,
            zone,
        };
        generate(&file, &plan, &mut |_, _, _| {})?;
        let stop = Arc::new(AtomicBool::new(false));
        let (until, path) = (Arc::clone(&stop), file.clone());
        let traffic = std::thread::Builder::new()
            .name("traffic".into())
            .spawn(move || {
                // A shop that stops selling is no reason to end the console.
                let _ = demo::keep_writing(&path, 1, PER_SECOND, &until);
            })?;
        Ok(Self {
            file,
            stop,
            traffic: Some(traffic),
        })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(traffic) = self.traffic.take() {
            let _ = traffic.join();
        }
        remove(&self.file);
    }
}

/// Removes a workspace of our own making with its side files.
fn remove(file: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        let _ = std::fs::remove_file(path);
    }
}

/// Runs the console on a shop of its own.
pub fn demo(setting: Setting, start: &Start<'_>) -> Result<Exit, Failure> {
    setting.paths.make_state()?;
    let shop = Shop::open(&setting.paths.state)?;
    let setting = setting.on(&shop.file);
    console::run(
        &setting,
        &Start {
            keeps: false,
            ..start.clone()
        },
    )
}

/// What the first run offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The demo.
    Demo,
    /// An empty workspace.
    Empty,
    /// How to import.
    Import,
    /// Another file.
    Open,
    /// Nothing.
    Leave,
}

/// Asks until the answer is one of the choices. Where input ends, nothing was chosen.
fn choose(input: &mut impl BufRead, out: &mut impl Write) -> io::Result<Choice> {
    let mut line = String::new();
    loop {
        write!(out, "1-4, q: ")?;
        out.flush()?;
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(Choice::Leave);
        }
        match line.trim() {
            "1" => return Ok(Choice::Demo),
            "2" => return Ok(Choice::Empty),
            "3" => return Ok(Choice::Import),
            "4" => return Ok(Choice::Open),
            "q" | "Q" => return Ok(Choice::Leave),
            _ => {}
        }
    }
}

/// Nobody named a workspace and there is none: offers what there is to do.
pub fn first_run(setting: Setting, start: &Start<'_>) -> Result<Exit, Failure> {
    let file = setting.workspace();
    let shown = SafeText::new(&file.to_string_lossy());
    let mut err = stderr();
    writeln!(
        err,
        "操盘 caopan: 还没有工作区 / there is no workspace yet ({shown})\n
  1  看演示 (虚构数据, 用完即删)         look around on invented rows
  2  新建空工作区                        make an empty workspace there
  3  导入 CSV                            how to import CSV files
  4  打开已有的工作区                    open another file\n"
    )?;
    let choice = choose(&mut stdin().lock(), &mut err)?;
    match choice {
        Choice::Demo => demo(setting, start),
        Choice::Empty => {
            setting.paths.make_data()?;
            let zone = Zone::default();
            let wish = init::InitArguments {
                file,
                zone: zone.0.name().to_owned(),
                name: String::new(),
            };
            init::run(&wish, setting.lang(), &mut err)?;
            console::run(&setting, start)
        }
        Choice::Import => {
            writeln!(err, "caopan init {shown}")?;
            writeln!(err, "caopan import customers --template > customers.csv")?;
            writeln!(err, "caopan import customers customers.csv -w {shown}")?;
            Ok(Exit::Ok)
        }
        Choice::Open => {
            write!(err, "file: ")?;
            err.flush()?;
            let mut line = String::new();
            stdin().lock().read_line(&mut line)?;
            console::run(&setting.on(Path::new(line.trim())), start)
        }
        Choice::Leave => Ok(Exit::Ok),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(typed: &str) -> (Choice, usize) {
        let mut said = Vec::new();
        let choice = choose(&mut typed.as_bytes(), &mut said).unwrap();
        (choice, said.len() / "1-4, q: ".len())
    }

    #[test]
    fn what_is_no_choice_is_asked_again() {
        assert_eq!(chosen("1\n"), (Choice::Demo, 1));
        assert_eq!(chosen("9\n\n\u{1b}[B\n 4 \n"), (Choice::Open, 4));
        assert_eq!(chosen("q\n"), (Choice::Leave, 1));
        assert_eq!(chosen("x\n"), (Choice::Leave, 2), "input ended");
    }
}
