//! `caopan init`: an empty workspace.

use std::io::Write;
use std::path::Path;

use crate::domain::Zone;
use crate::store::{Birth, create};

use super::error::{Exit, Failure};
use super::when;

/// Makes the workspace and says what to do next.
pub fn run(file: &Path, zone: &str, name: &str, out: &mut impl Write) -> Result<Exit, Failure> {
    if Zone::parse(zone).is_none() {
        let what = format!("{zone:?} is not a time zone");
        return Err(Failure::new(
            Exit::Usage,
            what,
            "use an IANA name such as Asia/Shanghai",
        ));
    }
    let birth = Birth {
        zone,
        corp_name: name,
        workspace_id: "",
        now: when::now(),
    };
    create(file, &birth)?;
    let shown = crate::domain::SafeText::new(&file.to_string_lossy());
    writeln!(out, "made {shown}: empty, business days in {zone}")?;
    writeln!(
        out,
        "next: caopan import customers customers.csv -w {shown}"
    )?;
    writeln!(
        out,
        "      caopan import customers --template   shows the columns"
    )?;
    Ok(Exit::Ok)
}
