//! The directory at the end of a ZIP file, read before anything in it is unpacked.
//!
//! A workbook is a ZIP of XML; a few kilobytes can unpack to gigabytes. The directory says how large each part becomes, so
//! the plain bombs are refused before a byte is unpacked. A directory may lie: the limits of the process that unpacks
//! (`cells`) stand behind it.

use crate::domain::{Sentence, sentence};

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};

/// The most that a workbook may unpack to, bytes.
const MOST_UNPACKED: u64 = 1 << 30;
/// Parts under this size may pack as well as they like.
const SMALL: u64 = 16 << 20;
/// The most that a larger part may grow in unpacking. Sheets of real workbooks grow ten- to fiftyfold.
const MOST_GROWTH: u64 = 200;
/// The most parts.
const MOST_PARTS: u64 = 20_000;
/// The largest directory that is read, bytes.
const MOST_DIRECTORY: u64 = 8 << 20;

/// Says why a file is no workbook that should be unpacked.
///
/// # Errors
/// The reason, without contents.
pub(super) fn check(file: &mut (impl Read + Seek)) -> Result<(), Sentence> {
    let broken = || {
        sentence!(
            "工作簿不完整",
            "the workbook is torn: its directory cannot be read"
        )
    };
    let (count, at, size) = end_record(file).ok_or_else(broken)?;
    if count > MOST_PARTS || size > MOST_DIRECTORY {
        return Err(sentence!(
            "工作簿有 {count} 个部分, 最多读 {MOST_PARTS} 个",
            "the workbook has {count} parts; at most {MOST_PARTS} are read",
        ));
    }
    file.seek(SeekFrom::Start(at)).map_err(|_| broken())?;
    let mut directory = Vec::new();
    file.take(size)
        .read_to_end(&mut directory)
        .map_err(|_| broken())?;
    let mut rest = directory.as_slice();
    let (mut unpacked, mut names) = (0_u64, BTreeSet::new());
    for _ in 0..count {
        let part = Part::read(&mut rest).ok_or_else(broken)?;
        unpacked = unpacked.saturating_add(part.unpacked);
        let grows = part.unpacked > SMALL && part.unpacked / MOST_GROWTH > part.packed;
        if grows || unpacked > MOST_UNPACKED {
            return Err(sentence!(
                "工作簿解压后大得不正常, 不导入",
                "the workbook unpacks to far more than a workbook would; it is refused"
            ));
        }
        if part.encrypted {
            return Err(sentence!(
                "工作簿有密码, 请去掉密码另存",
                "the workbook is encrypted; save it without a password"
            ));
        }
        if !names.insert(part.name) {
            return Err(sentence!(
                "工作簿有一部分重复, 请在表格软件里重新保存",
                "the workbook has a part twice; save it again in a spreadsheet program"
            ));
        }
    }
    kind(&names)
}

/// Other things are ZIP files too.
fn kind(names: &BTreeSet<Vec<u8>>) -> Result<(), Sentence> {
    let has = |name: &[u8]| names.contains(name);
    if has(b"xl/workbook.bin") {
        Err(sentence!(
            "是二进制工作簿 (.xlsb), 请另存为 .xlsx",
            "it is a binary workbook (.xlsb); save it as .xlsx"
        ))
    } else if has(b"content.xml") {
        Err(sentence!(
            "是 OpenDocument 文件, 请另存为 .xlsx 或 CSV UTF-8",
            "it is an OpenDocument file; save it as .xlsx or CSV UTF-8"
        ))
    } else if has(b"[Content_Types].xml") && names.iter().any(|n| n.starts_with(b"xl/")) {
        Ok(())
    } else {
        Err(sentence!(
            "是 ZIP 压缩包, 不是工作簿, 请先解压",
            "it is a ZIP archive and no workbook; unpack it first"
        ))
    }
}

/// Number of parts, where the directory is, and its size.
fn end_record(file: &mut (impl Read + Seek)) -> Option<(u64, u64, u64)> {
    let length = file.seek(SeekFrom::End(0)).ok()?;
    let tail = length.min(66_000);
    file.seek(SeekFrom::Start(length - tail)).ok()?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes).ok()?;
    let at = memchr::memmem::rfind(&bytes, b"PK\x05\x06")?;
    let mut end = bytes.get(at + 10..)?;
    let count = number(&mut end, 2)?;
    let size = number(&mut end, 4)?;
    let start = number(&mut end, 4)?;
    (start + size <= length).then_some((count, start, size))
}

/// A part, as the directory says.
struct Part {
    name: Vec<u8>,
    packed: u64,
    unpacked: u64,
    encrypted: bool,
}

impl Part {
    fn read(rest: &mut &[u8]) -> Option<Self> {
        if number(rest, 4)? != 0x0201_4b50 {
            return None;
        }
        skip(rest, 4)?;
        let flags = number(rest, 2)?;
        skip(rest, 10)?;
        let packed = number(rest, 4)?;
        let unpacked = number(rest, 4)?;
        let [name, extra, comment] = [number(rest, 2)?, number(rest, 2)?, number(rest, 2)?];
        skip(rest, 12)?;
        let (head, tail) = rest.split_at_checked(usize::try_from(name).ok()?)?;
        *rest = tail;
        skip(rest, usize::try_from(extra + comment).ok()?)?;
        Some(Self {
            name: head.to_vec(),
            packed,
            unpacked,
            encrypted: flags & 1 == 1,
        })
    }
}

fn skip(rest: &mut &[u8], n: usize) -> Option<()> {
    *rest = rest.get(n..)?;
    Some(())
}

/// A number of `n` bytes, low byte first.
fn number(rest: &mut &[u8], n: usize) -> Option<u64> {
    let (head, tail) = rest.split_at_checked(n)?;
    *rest = tail;
    Some(
        head.iter()
            .rev()
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
    )
}
