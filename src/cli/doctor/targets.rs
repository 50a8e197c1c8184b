//! Whether there are targets, and whether they agree.

use crate::cli::findings::{Finding, Verdict};
use crate::cli::how::How;
use crate::domain::{Fen, Lang, nearest};
use crate::store::health::Targets;

pub(super) fn finding(targets: &Targets, how: How) -> Finding {
    let topic = how.word("目标", "targets");
    let mut said = Vec::new();
    if !targets.has_one {
        said.push(
            how.word(
                "今天没有全局目标",
                "no target of the workspace covers today",
            )
            .to_owned(),
        );
    }
    let counted = [
        (
            targets.campaigns_without,
            "个进行中的活动没有目标",
            "running campaigns without one",
        ),
        (
            targets.of_nothing,
            "个目标是 0, 等于没有",
            "of 0, which is none",
        ),
    ];
    let counted = counted.into_iter().filter(|(count, ..)| *count > 0);
    said.extend(counted.map(|(count, zh, en)| format!("{count} {}", how.word(zh, en))));
    for (name, off) in &targets.apart {
        let off = how.style().signed_money(Fen(nearest(*off)));
        said.push(match how.lang {
            Lang::Zh => format!("{name}: 人数 × 转化率 × 客单价与 GMV 目标差 {off}"),
            Lang::En => {
                format!("{name}: users × conversion × value per buyer is {off} off the GMV target")
            }
        });
    }
    if said.is_empty() {
        return Finding::well("targets", topic, how.word("齐", "set"));
    }
    let fix = if targets.apart.is_empty() {
        "caopan target set, caopan import targets FILE"
    } else {
        "caopan target list, caopan target set"
    };
    Finding::well("targets", topic, said.join("; ")).but(Verdict::Note, fix)
}
