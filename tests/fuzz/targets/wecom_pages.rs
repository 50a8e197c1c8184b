//! A page of WeCom's and a callback's XML: any JSON, any text, read cell by cell without a panic.
#![no_main]

use caopan::wecom::callback::Words;
use caopan::wecom::page::Cells;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Words::read(text);
    let Ok(value) = serde_json::from_str(text) else {
        return;
    };
    let page = Cells::of(&value);
    let _ = page.next_cursor();
    for name in ["userid", "external_userid", "name", "a", ""] {
        let _ = (page.id(name), page.int(name), page.real(name), page.time(name), page.text(name, 512));
        for item in page.list(name).unwrap_or_default() {
            let _ = Cells::of(item).inside(name).text(name, 64);
        }
    }
});
