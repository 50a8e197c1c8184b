//! Frames, settings and keys by command.

use std::fs::File;
use std::io::Write;

use crate::fails;
use crate::shop::{NOW, Shop};
use unicode_width::UnicodeWidthStr;

#[test]
fn a_frame_of_every_pane_is_drawn_in_every_size() {
    let shop = Shop::new();
    shop.demo("demo.db", 500);
    for pane in [
        "overview",
        "customers",
        "tags",
        "groups",
        "kpi",
        "board",
        "present",
    ] {
        for (at, (width, height)) in [(80, 24), (120, 40), (200, 60), (59, 15)]
            .iter()
            .enumerate()
        {
            let lang = if at % 2 == 0 { "zh" } else { "en" };
            let size = format!("{width}x{height}");
            let frame = shop.good(&[
                "snapshot", "--pane", pane, "--size", &size, "--lang", lang, "--as-of", NOW, "-w",
                "demo.db",
            ]);
            let lines: Vec<&str> = frame.lines().collect();
            assert_eq!(lines.len(), *height, "{pane} {size}");
            for line in lines {
                assert!(line.width() <= *width, "{pane} {size}: {line}");
            }
            assert!(frame.trim().len() > 20, "{pane} {size}: {frame}");
        }
    }
}

#[test]
fn a_frame_has_its_theme_and_its_format() {
    let shop = Shop::new();
    shop.demo("demo.db", 300);
    for theme in ["default", "dark", "light", "projector", "cb-safe", "mono"] {
        let frame = |format: &str| {
            shop.good(&[
                "snapshot", "--pane", "overview", "--theme", theme, "--format", format, "--as-of",
                NOW, "-w", "demo.db",
            ])
        };
        let ansi = frame("ansi");
        let mut plain = String::new();
        for (at, part) in ansi.split('\u{1b}').enumerate() {
            let text = if at == 0 {
                part
            } else {
                let (codes, text) = part.split_once('m').expect("only colours");
                let codes = codes.strip_prefix('[').expect("only colours");
                assert!(
                    codes
                        .chars()
                        .all(|c| c.is_ascii_digit() || ";:".contains(c))
                );
                if theme == "mono" {
                    let coloured = codes.split(';').any(|c| {
                        matches!(
                            c.parse::<u32>(),
                            Ok(30..=38 | 40..=48 | 90..=97 | 100..=107)
                        )
                    });
                    assert!(!coloured, "mono has the colour {codes}");
                }
                text
            };
            plain.push_str(text);
        }
        let bare =
            |text: &str| -> Vec<String> { text.lines().map(|l| l.trim_end().to_owned()).collect() };
        assert_eq!(bare(&plain), bare(&frame("text")), "{theme}");
        let svg = frame("svg");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    }
}

#[test]
fn settings_and_keys_of_the_operator_are_checked_by_name() {
    let shop = Shop::new();
    std::fs::create_dir(shop.path("config")).unwrap();
    let settings = shop.write("config/config.toml", "lang = \"en\"\n");
    assert!(shop.good(&["config", "check"]).contains("fine"));
    let dump = shop.good(&["config", "dump"]);
    File::create(&settings)
        .unwrap()
        .write_all(dump.as_bytes())
        .unwrap();
    shop.good(&["config", "check"]);
    shop.write("config/config.toml", "colour = \"red\"\n");
    let said = fails(&shop, 2, &["config", "check"]);
    assert!(said.contains("colour"), "{said}");
    std::fs::remove_file(&settings).unwrap();
    shop.write("config/keys.toml", "[global]\n\"no.such\" = [\"x\"]\n");
    let said = fails(&shop, 2, &["keys"]);
    assert!(said.contains("no.such"), "{said}");
}
