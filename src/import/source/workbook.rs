//! The importing side of a workbook: starts the process that reads the cells ([`super::cells`]) and takes its rows.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::cells::Frame;
use super::error::{ReadError, halt};
use super::{Reader, Record};
use crate::domain::sentence::Fixed;
use crate::domain::{SafeText, Sentence, sentence};

/// Seconds of silence after which the reader is given up.
const PATIENCE: u32 = 30;
/// Looks a second at whoever wants it stopped.
const LOOKS: u32 = 5;
/// The time between two of them.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 1_000_000_000 / LOOKS as i64,
};
/// The command that reads cells, hidden from the lists.
pub const COMMAND: &str = "__cells";

/// A workbook being read.
pub(super) struct Workbook {
    child: Child,
    frames: BufReader<Patient>,
    /// The sheet and how many there are.
    pub(super) sheet: (SafeText, u32),
    /// Names of the first others.
    pub(super) others: Vec<SafeText>,
    /// Fields each record has; 0 while the header is read.
    width: usize,
}

impl Workbook {
    /// Starts the reader on a file.
    pub(super) fn begin(
        file: &File,
        sheet: Option<&str>,
        reader: &Reader,
        width: usize,
    ) -> Result<Self, ReadError> {
        let mut input = file.try_clone()?;
        input.seek(SeekFrom::Start(0))?;
        let own = Path::new("/proc/self/exe");
        let program = if reader.program.as_os_str().is_empty() {
            own
        } else {
            &reader.program
        };
        let mut child = Command::new(program)
            .arg(COMMAND)
            .args(sheet)
            .env_clear()
            // The allocator would reserve more address space than the limits leave.
            .env("MIMALLOC_ARENA_RESERVE", "65536")
            .current_dir("/")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C is for the import, which ends its reader.
            .process_group(0)
            .spawn()?;
        let out = child.stdout.take().ok_or(ReadError::NotAFile)?;
        let mut book = Self {
            child,
            frames: BufReader::with_capacity(1 << 16, Patient::new(out, reader)),
            sheet: (SafeText::default(), 0),
            others: Vec::new(),
            width,
        };
        match book.frame()? {
            Frame::Sheet(name, count, others) => {
                book.sheet = (SafeText::new(&name), count);
                book.others = others.iter().map(|name| SafeText::new(name)).collect();
                Ok(book)
            }
            Frame::Row(..) | Frame::Spoilt(..) | Frame::Broken(_) | Frame::End => Err(book.death()),
        }
    }

    /// The next record, as [`super::Records::next`] says.
    pub(super) fn next(
        &mut self,
        record: &mut Record,
    ) -> Result<Option<Result<(), Sentence>>, ReadError> {
        Ok(match self.frame()? {
            Frame::Row(row, cells) => {
                record.line = row.into();
                record.fields = cells;
                if record.fields.len() < self.width {
                    record.fields.resize(self.width, String::new());
                }
                Some(Ok(()))
            }
            Frame::Spoilt(row, why) => {
                record.line = row.into();
                record.fields.clear();
                Some(Err(why))
            }
            Frame::End => None,
            Frame::Sheet(..) | Frame::Broken(_) => return Err(self.death()),
        })
    }

    fn frame(&mut self) -> Result<Frame, ReadError> {
        match Frame::read(&mut self.frames) {
            Ok(Some(Frame::Broken(why))) => Err(ReadError::Workbook(why)),
            Ok(Some(frame)) => Ok(frame),
            Ok(None) => Err(self.death()),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Err(too_much(("时间", "time")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Why the reader ended early.
    fn death(&mut self) -> ReadError {
        // A reader that goes on although nobody understands it is ended.
        let _ = self.child.kill();
        let signal = self.child.wait().ok().and_then(|status| status.signal());
        match signal {
            Some(24) => too_much(("处理器时间", "processor time")),
            // Allocations that fail abort; the kernel may end it as well.
            Some(6 | 9 | 11) => too_much(("内存", "memory")),
            _ => ReadError::Workbook(sentence!(
                "工作簿已损坏, 请在表格软件里打开后另存",
                "the workbook is damaged; open it in a spreadsheet program and save it again",
            )),
        }
    }
}

fn too_much((zh, en): Fixed) -> ReadError {
    ReadError::Workbook(sentence!(
        "读这个工作簿占用太多{zh}, 不导入; 如果是真的, 请另存为 CSV UTF-8",
        "the workbook takes more {en} than a workbook would; it is refused (save it as CSV UTF-8 if it is real)",
    ))
}

impl Drop for Workbook {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for bytes, but not for ever, and not when somebody wants it stopped.
struct Patient {
    out: ChildStdout,
    stop: Option<Arc<AtomicBool>>,
}

impl Patient {
    fn new(out: ChildStdout, reader: &Reader) -> Self {
        let stop = reader.stop.clone();
        Self { out, stop }
    }

    fn is_stopped(&self) -> bool {
        let stop = self.stop.as_ref();
        stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for _ in 0..PATIENCE * LOOKS {
            if self.is_stopped() {
                return Err(halt());
            }
            let mut waits = [PollFd::new(&self.out, PollFlags::IN)];
            match poll(&mut waits, Some(&LOOK)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return self.out.read(buffer),
                Err(error) => return Err(error.into()),
            }
        }
        Err(std::io::ErrorKind::TimedOut.into())
    }
}
