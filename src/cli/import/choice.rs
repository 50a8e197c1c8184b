//! Which files `caopan import` reads, as what, and how their headings fill columns; shown before anything is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;

use crate::domain::{Lang, SafeText, Sentence, sentence};
use crate::import::source::{Encoding, Format, ReadError, Source, Wish};
use crate::import::{Kind, Plan, Said, remembered};

use crate::cli::error::{Exit, Failure};
use crate::cli::setting::Setting;

use super::piped::Piped;

/// Arguments of `import` that say what the files are.
#[derive(Debug, Args)]
pub struct Choice {
    /// What the rows are (customers, orders, refunds, staff, tags, groups, …; found by the headings if left out), then the
    /// files: CSV, TSV, JSONL or XLSX, headings first; `-` reads standard input.
    #[arg(value_name = "KIND] [FILE", required_unless_present_any = ["list", "jobs"])]
    pub what: Vec<PathBuf>,
    /// Format of the files: csv, tsv, jsonl or xlsx [default: found by the contents].
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    pub from: Option<Format>,
    /// Encoding: utf-8, gbk or utf-16 [default: found over the whole file].
    #[arg(long, value_name = "NAME", value_parser = parse_encoding)]
    pub encoding: Option<Encoding>,
    /// Sheet of a workbook [default: the first that is not hidden].
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// The heading COL fills the column FIELD (`COL=-`: is left out; `COL=FIELD:unix`: holds unix times). Repeatable.
    #[arg(long, value_name = "COL=FIELD", value_parser = Said::parse)]
    pub map: Vec<Said>,
    /// Keep how the headings were read under this name; the next file with the same headings is read alike.
    #[arg(long, value_name = "NAME")]
    pub save_map: Option<String>,
}

fn parse_format(text: &str) -> Result<Format, Sentence> {
    Format::parse(text).ok_or_else(|| {
        sentence!(
            "有 csv, tsv, jsonl, xlsx",
            "there are csv, tsv, jsonl and xlsx",
        )
    })
}

fn parse_encoding(text: &str) -> Result<Encoding, Sentence> {
    Encoding::parse(text).ok_or_else(|| {
        sentence!(
            "有 utf-8, gbk (gb18030), utf-16",
            "there are utf-8, gbk (gb18030) and utf-16",
        )
    })
}

/// A file that was looked through, and what its headings fill.
pub struct Chosen {
    /// The rows.
    pub source: Source,
    /// What they are.
    pub plan: Plan,
    /// How it is read, for people; empty where the file says everything itself.
    pub words: String,
}

impl Choice {
    /// The kind, if one was named, and the files.
    pub fn kind_and_files(&self) -> Result<(Option<Kind>, &[PathBuf]), Failure> {
        let Some((first, rest)) = self.what.split_first() else {
            return Ok((None, &[]));
        };
        let word = first.to_string_lossy();
        match Kind::parse(&word) {
            Ok(kind) => Ok((Some(kind), rest)),
            Err(why) => {
                let is_file = word == "-" || word.contains(['.', '/']) || first.exists();
                if is_file {
                    return Ok((None, &self.what));
                }
                let known: Vec<_> = Kind::all().map(Kind::code).collect();
                let known = known.join(", ");
                Err(Failure::new(
                    Exit::Usage,
                    why,
                    sentence!("类别: {known}", "kinds: {known}"),
                ))
            }
        }
    }

    /// What to do where the headings say nothing: take another sheet, or say what they mean.
    fn help(&self, source: &Source) -> Sentence {
        let others: Vec<&str> = source.other_sheets().iter().map(SafeText::as_str).collect();
        if self.sheet.is_some() || others.is_empty() {
            return sentence!(
                "用 `caopan import KIND --template` 看有哪些列, 或用 --map COL=FIELD 说明; 没有写入",
                "see the columns with `caopan import KIND --template`, or say --map COL=FIELD; nothing was written"
            );
        }
        let others = others.join(", ");
        sentence!(
            "工作簿还有别的表: {others}; 用 --sheet NAME 指定; 没有写入",
            "the workbook has other sheets: {others}; take one with --sheet NAME; nothing was written",
        )
    }

    /// Looks through a file and plans its reading.
    pub fn choose(
        &self,
        (kind, file): (Option<Kind>, &Path),
        setting: &Setting,
        stop: &Arc<AtomicBool>,
    ) -> Result<Chosen, Failure> {
        let name = file.to_string_lossy().into_owned();
        let mut wish = Wish {
            format: self.from,
            encoding: self.encoding,
            sheet: self.sheet.clone(),
            stop: Some(Arc::clone(stop)),
            ..Wish::default()
        };
        let source = if file.as_os_str() == "-" {
            setting.paths.make_state()?;
            wish.spool.clone_from(&setting.paths.state);
            Source::of_reader(Piped::new(stop)?, &wish, stop)
        } else {
            Source::open(file, &wish, stop)
        };
        let source = source.map_err(|error| unreadable(&name, &error))?;
        let maps = setting.paths.state.join("maps");
        let known = remembered::find(&maps, source.header(), kind);
        let mut said = known
            .as_ref()
            .map_or(Vec::new(), |known| known.said.clone());
        said.retain(|old| self.map.iter().all(|new| new.heading != old.heading));
        said.extend(self.map.iter().cloned());
        let named = kind.or(known.as_ref().map(|known| known.kind));
        let plan = Plan::guess(named, source.header(), &said).map_err(|why| {
            let what = sentence!("{name}: {why}", "{name}: {why}", why = why);
            Failure::new(Exit::Failed, what, self.help(&source))
        })?;
        let by = match (kind, &known) {
            (_, Some(known)) => By::Kept(SafeText::new(&known.name)),
            (None, None) => By::Headings,
            (Some(_), None) => By::Word,
        };
        if let Some(name) = &self.save_map {
            setting.paths.make_state()?;
            remembered::keep(&maps, name, &plan).map_err(|error| {
                let what = sentence!(
                    "映射存不下来: {why}",
                    "the mapping cannot be kept: {why}",
                    why = Sentence::of_system(&error),
                );
                Failure::new(
                    Exit::Failed,
                    what,
                    sentence!(
                        "去掉 --save-map; 没有写入",
                        "leave --save-map out; nothing was written"
                    ),
                )
            })?;
        }
        let words = words(&SafeText::new(&name), (&source, &plan), &by, setting.lang());
        Ok(Chosen {
            source,
            plan,
            words,
        })
    }
}

/// Why a file is read as it is.
enum By {
    /// A mapping of this name was kept.
    Kept(SafeText),
    /// The kind was found.
    Headings,
    /// The kind was named.
    Word,
}

/// How a file is read; a file of ours that says everything itself needs no words.
fn words(name: &SafeText, (source, plan): (&Source, &Plan), by: &By, lang: Lang) -> String {
    let manner = source.manner();
    let manner = manner.say(lang).as_str();
    let says_itself = plan.is_literal() && !matches!(by, By::Kept(_));
    if says_itself && manner == "CSV, UTF-8" {
        return String::new();
    }
    let table = if says_itself {
        String::new()
    } else {
        plan.table(lang)
    };
    let (code, called) = (plan.kind().code(), plan.kind().name(lang));
    let text = match lang {
        Lang::Zh => {
            let by = match by {
                By::Kept(name) => format!(", 按保存的 {name}"),
                By::Headings => ", 由表头认出".to_owned(),
                By::Word => String::new(),
            };
            format!("{name}: 读作{called} ({code}{by}), {manner}\n{table}")
        }
        Lang::En => {
            let by = match by {
                By::Kept(name) => format!(" (as kept in {name})"),
                By::Headings => " (found by its headings)".to_owned(),
                By::Word => String::new(),
            };
            format!("{name}: read as {code}{by}, {manner}\n{table}")
        }
    };
    text.trim_end().to_owned()
}

/// Why a file cannot be read, as an error of the command.
fn unreadable(name: &str, error: &ReadError) -> Failure {
    let name = SafeText::new(name);
    let is_place = matches!(error, ReadError::Io(_) | ReadError::NotAFile);
    let exit = if matches!(error, ReadError::Stopped) {
        Exit::Interrupted
    } else {
        Exit::Failed
    };
    let why = error.what();
    let what = if is_place {
        sentence!(
            "{name} 读不了: {why}",
            "{name} cannot be read: {why}",
            why = why
        )
    } else {
        sentence!("{name}: {why}", "{name}: {why}", why = why)
    };
    Failure::new(exit, what, error.help())
}
