//! Bytes as a workbook, or as the sheet and the shared strings of one: rows of bounded size come out, or one sentence. A panic
//! of the library that reads it ends the reader's own process in the program, and is no finding; one of ours is.
#![no_main]

#[path = "../../support/book.rs"]
mod book;

use std::io::Cursor;
use std::panic;
use std::sync::Once;

use caopan::import::source::send;
use libfuzzer_sys::fuzz_target;

/// A row holds at most this many bytes on its way, lengths included.
const MOST: usize = 2 << 20;

/// Panics of the library are caught; others abort, as the fuzzer wants it.
fn only_ours_abort() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |why| {
            let strangers = ["calamine", "/zip-", "quick-xml"];
            let of_stranger = |place: &panic::Location<'_>| strangers.iter().any(|s| place.file().contains(s));
            if !why.location().is_some_and(of_stranger) {
                usual(why);
            }
        }));
    });
}

fuzz_target!(|input: (bool, &[u8])| {
    only_ours_abort();
    let (is_whole, bytes) = input;
    let workbook = if is_whole {
        bytes.to_vec()
    } else {
        let text = String::from_utf8_lossy(bytes);
        let (sheet, strings) = text.split_once('\0').unwrap_or((&text, ""));
        book::book(sheet, strings)
    };
    let mut out = Vec::new();
    let sent = panic::catch_unwind(panic::AssertUnwindSafe(|| send(Cursor::new(workbook), None, &mut out)));
    if !matches!(sent, Ok(Ok(()))) {
        return;
    }
    let mut rest = out.as_slice();
    let mut last = 0;
    while let Some((head, tail)) = rest.split_first_chunk::<5>() {
        let size = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        assert!(size <= MOST, "a frame of {size} bytes");
        last = head[0];
        rest = &tail[size..];
    }
    assert!(rest.is_empty() && matches!(last, b'E' | b'B'), "it ends with its end");
});
