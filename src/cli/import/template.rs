//! `caopan import KIND --template`: the headings of a kind and one sample row, in any format that is read.

use std::io::{self, IsTerminal, Write, stdout};
use std::path::Path;

use crate::cli::error::{Exit, Failure};
use crate::domain::{Lang, SafeText, sentence};
use crate::export::{Book, Draft, DraftError, Entry, Title};
use crate::import::Kind;
use crate::import::source::Format;

use super::wish::ImportArguments;

/// Writes the template to the file that is named, or to `out`.
pub fn write(
    wish: &ImportArguments,
    kind: Option<Kind>,
    lang: Lang,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let kind = kind.ok_or_else(|| {
        let help = sentence!(
            "caopan import customers --template",
            "caopan import customers --template"
        );
        Failure::new(
            Exit::Usage,
            sentence!("没有写是哪一类", "no kind was named"),
            help,
        )
    })?;
    let target = wish
        .output
        .as_deref()
        .filter(|path| path.as_os_str() != "-");
    let format = format_of(wish, target)?;
    let Some(target) = target else {
        if format == Format::Xlsx && stdout().is_terminal() {
            let what = sentence!(
                "工作簿不能打印到终端",
                "a workbook is nothing for a terminal"
            );
            return Err(Failure::new(
                Exit::Usage,
                what,
                sentence!("用 -o 写上文件名", "name a file with -o"),
            ));
        }
        fill(kind, format, lang, out)?;
        return Ok(Exit::Ok);
    };
    let refused = |error: DraftError| {
        let help = match &error {
            DraftError::Exists { .. } => sentence!(
                "换个文件名; 已有的不覆盖",
                "name another file; what is there is not written over"
            ),
            DraftError::NotAFile { .. } | DraftError::Io { .. } => error.help(),
        };
        Failure::new(Exit::Failed, error.what(), help)
    };
    let mut draft = Draft::begin(target, false).map_err(refused)?;
    fill(kind, format, lang, &mut draft)?;
    draft.keep().map_err(refused)?;
    let shown = SafeText::new(&target.to_string_lossy());
    let code = kind.code();
    match lang {
        Lang::Zh => writeln!(out, "{code}: 表头与一行示例, 在 {shown}")?,
        Lang::En => writeln!(out, "{code}: headings and one sample row, in {shown}")?,
    }
    Ok(Exit::Ok)
}

/// The format asked for, else the one that the file's name ends in.
fn format_of(wish: &ImportArguments, target: Option<&Path>) -> Result<Format, Failure> {
    let asked = match wish.format.map(|format| (format, format.file())) {
        Some((_, Some(format))) => Some(format),
        Some((_, None)) => {
            let help = sentence!(
                "去掉 --format, 或写 csv, tsv, jsonl, xlsx",
                "leave --format out, or say csv, tsv, jsonl or xlsx"
            );
            let what = sentence!(
                "模板是能导入的文件",
                "a template is a file that can be imported"
            );
            return Err(Failure::new(Exit::Usage, what, help));
        }
        None => wish.choice.from,
    };
    let Some(target) = target else {
        return Ok(asked.unwrap_or(Format::Csv));
    };
    let named = || {
        let ending = target.extension()?.to_str()?.to_ascii_lowercase();
        Format::parse(&ending)
    };
    let format = asked.or_else(named);
    format.ok_or_else(|| Failure::of_ending(target, ".csv .tsv .jsonl .xlsx"))
}

fn fill(kind: Kind, format: Format, lang: Lang, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Csv => out.write_all(kind.template().as_bytes()),
        Format::Tsv => out.write_all(kind.template_by("\t").as_bytes()),
        Format::Jsonl => out.write_all(kind.template_json().as_bytes()),
        Format::Xlsx => workbook(kind, lang, out),
    }
}

/// A workbook whose first sheet is the template, every cell a text: ids and phones keep their digits. The last sheet says
/// what the columns are.
fn workbook(kind: Kind, lang: Lang, out: &mut impl Write) -> io::Result<()> {
    let (needs, may, text) = match lang {
        Lang::Zh => ("必须有", "可以有", "ID、电话、订单号请保持文本格式"),
        Lang::En => (
            "needs",
            "may have",
            "keep ids, phones and order numbers as text",
        ),
    };
    let names = |wanted: bool| {
        let columns = kind.columns().filter(|(_, needed)| *needed == wanted);
        columns.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    };
    let about = vec![
        ("caopan import".to_owned(), kind.code().to_owned()),
        (needs.to_owned(), names(true)),
        (may.to_owned(), names(false)),
        (String::new(), text.to_owned()),
    ];
    let title = |(text, sample): (&str, &str)| Title {
        text: text.to_owned(),
        width: u8::try_from(text.len().max(sample.len()) + 2).unwrap_or(u8::MAX),
    };
    let mut book = Book::begin(kind.code(), kind.samples().map(title).collect(), about)?;
    let row: Vec<Entry> = kind
        .samples()
        .map(|(_, sample)| Entry::Text(sample.to_owned()))
        .collect();
    book.row(&row)?;
    book.finish(out)
}
