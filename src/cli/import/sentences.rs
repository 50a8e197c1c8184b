//! What an import says when it fails, and in Chinese. What other commands say stands in [`crate::cli::sentences`].

/// Sentences and their parts: `{}` is a hole, `{0}` what stood in the first one, itself in Chinese where it is known. What is
/// longer and more special stands first.
pub const SENTENCES: &[(&str, &str)] = &[
    // Whole sentences.
    (
        "{} was refused: {} (and more)",
        "{0} 没有导入: {1} (还有更多)",
    ),
    ("{} was refused: {}", "{0} 没有导入: {1}"),
    ("{}: stopped, nothing was written", "{0}: 已停止, 没有写入"),
    ("writing the rejected rows: {}", "写拒收文件时出错: {0}"),
    ("no space left on the disk ({})", "磁盘已满"),
    (
        "the workspace is locked by another process ({})",
        "工作区正被别的进程写入",
    ),
    (
        "the workspace is open for reading only ({})",
        "工作区是只读的",
    ),
    ("there is no workspace at {}", "{0} 没有工作区"),
    (
        "{} is not a caopan workspace: {}",
        "{0} 不是操盘工作区: {1}",
    ),
    ("{}; the workspace is as it was", "{0}; 工作区保持原样"),
    ("{} cannot be made: {}", "{0} 无法新建: {1}"),
    ("{} cannot be read: {}", "{0} 读不了: {1}"),
    ("{} exists already", "{0} 已经存在"),
    // Where.
    ("line {}, column {}: {}", "第 {0} 行 {1} 列: {2}"),
    (
        "line {}: a quote is opened and not closed within 50 lines",
        "第 {0} 行: 引号打开后 50 行内没有关上",
    ),
    ("line {} is longer than {} bytes", "第 {0} 行超过 {1} 字节"),
    (
        "line {} is text in no encoding that is read (UTF-8, GB18030/GBK, UTF-16); save the file as CSV UTF-8",
        "第 {0} 行不是能读的编码 (UTF-8, GB18030/GBK, UTF-16), 请另存为 CSV UTF-8",
    ),
    (
        "line {} reads as text both in UTF-8 and in GBK; say which with --encoding",
        "第 {0} 行按 UTF-8 和 GBK 都读得通, 请用 --encoding 说明",
    ),
    ("line {} is not {}", "第 {0} 行不是 {1}"),
    ("  line {}, column {}: {}", "  第 {0} 行 {1} 列: {2}"),
    ("  line {}: {}", "  第 {0} 行: {1}"),
    ("line {}: {}", "第 {0} 行: {1}"),
    // Cells and rows.
    (
        "has {} columns, the header has {}",
        "有 {0} 列, 表头有 {1} 列",
    ),
    (
        "has the key of an earlier line and other values",
        "和前面一行编号相同, 内容不同",
    ),
    (
        "is 1 for a second owner of the same customer",
        "同一客户有了第二个负责人",
    ),
    (
        "department {} is, over its parents, its own parent",
        "部门 {0} 的上级绕回了自己",
    ),
    (
        "the customer has another owner already (is_owner = 1)",
        "客户已有别的负责人 (is_owner = 1)",
    ),
    (
        "refers to something the workspace does not have: import that first",
        "指向工作区里没有的东西, 请先导入它",
    ),
    (
        "has a name or number that another row has already",
        "名称或编号和另一行重复",
    ),
    (
        "is no metric: `{}`; there are {}",
        "不是指标: `{0}`; 可用名称 (caopan metrics) 或代码: {1}",
    ),
    (
        "is no campaign of the workspace: import campaigns first, or write its number",
        "不是工作区里的活动: 先导入 campaigns, 或写活动编号",
    ),
    (
        "is the name of several campaigns: write the number of one",
        "有多个活动同名: 请写活动编号",
    ),
    (
        "is the name of several of kind {}: write the id of one",
        "有几个同名 ({0}): 请写其中一个的编号",
    ),
    (
        "is no {} of the workspace: import those first, or write the id",
        "不在工作区里 ({0}): 先导入, 或改成编号或全名",
    ),
    ("does not fit the table's rules", "不符合这张表的规则"),
    ("is not a time like {}", "不是 {0} 这样的时间"),
    ("is not a day like {}", "不是 {0} 这样的日期"),
    (
        "is not a unix time in seconds or milliseconds",
        "不是秒或毫秒的时间戳",
    ),
    (
        "has an offset that is not like +08:00 or Z",
        "时区要写成 +08:00 或 Z",
    ),
    (
        "does not exist in {}: the clock was put forward",
        "在 {0} 不存在: 那时拨快了时钟",
    ),
    ("is negative", "是负数"),
    ("is none of {}", "不是其中之一: {0}"),
    ("holds a control character", "含有控制字符"),
    (
        "is a number in scientific form: the spreadsheet lost its digits, format the column as text",
        "成了科学计数, 表格已丢失数位; 请把这一列设为文本",
    ),
    (
        "is {} characters long, at most {} are kept",
        "有 {0} 个字, 最多 {1} 个",
    ),
    ("is not a phone number", "不是电话号码"),
    (
        "is not an amount in yuan (digits and at most two decimals)",
        "不是以元计的金额 (数字, 最多两位小数)",
    ),
    ("is too large an amount", "金额太大"),
    ("is not a whole number", "不是整数"),
    ("is too large a number", "数字太大"),
    ("is not a number", "不是数字"),
    ("is neither 1 nor 0", "不是 1 或 0"),
    ("is empty", "是空的"),
    ("is zero", "是零"),
    (
        "is needed for an order that is not paid",
        "未支付的订单必须填写",
    ),
    (
        "is created, but paid_at is given",
        "是 created, 却有 paid_at",
    ),
    ("is {}, but paid_at is empty", "是 {0}, 却没有 paid_at"),
    ("is the department itself", "是部门自己"),
    ("is before {}", "早于 {0}"),
    ("is not UTF-8", "不是 UTF-8"),
    ("holds a NUL byte", "含有 NUL 字节"),
    ("has more than {} columns", "超过 {0} 列"),
    (
        "has a quote inside an unquoted field",
        "没有引号的单元格里有引号",
    ),
    ("has a quote that is not closed", "引号没有关上"),
    ("has text after a closing quote", "引号关上后还有文字"),
    (
        "is not a JSON object (JSONL is one object a line)",
        "不是 JSON 对象 (JSONL 一行一个对象)",
    ),
    (
        "is not JSON from character {} on",
        "从第 {0} 个字符起不是 JSON",
    ),
    ("gives one name twice", "同一个名字出现两次"),
    ("has {} in cell {}", "单元格 {1} 有问题: {0}"),
    // Headings.
    (
        "the header lacks {}, which WeCom's console leaves out of its exports: `caopan sync wecom` brings it",
        "表头缺少 {0}: 企微后台导出的表里没有它, 用 `caopan sync wecom` 取客户",
    ),
    ("the header lacks {}", "表头缺少 {0}"),
    ("the header {}", "表头: {0}"),
    ("the file is empty", "文件是空的"),
    ("there is no heading `{}`", "没有表头 `{0}`"),
    ("the column `{}` is there twice", "列 `{0}` 出现两次"),
    (
        "the column `{}` is unknown; did you mean `{}`?{}",
        "不认识列 `{0}`, 是不是 `{1}`?{2}",
    ),
    (
        "no heading is known: the first row must name the columns, or say them with --map COL=FIELD",
        "一个表头也不认识: 第一行必须是列名, 或用 --map COL=FIELD 说明",
    ),
    (
        "no kind fits the headings; nearest: {}",
        "看不出是哪一类; 最接近: {0}",
    ),
    (
        "the headings fit several kinds: {}; say which (a file may be imported once as each)",
        "表头符合多类: {0}; 请写明是哪一类",
    ),
    // Files.
    (
        "it is not a regular file (use - for standard input)",
        "不是普通文件 (标准输入用 -)",
    ),
    (
        "the file changed while it was read; wait until whoever writes it is done",
        "读取时文件变了, 等写的人写完再导入",
    ),
    (
        "the file mixes encodings: line {} is UTF-8, line {} is GBK; save both parts alike and join them again",
        "文件混用编码: 第 {0} 行是 UTF-8, 第 {1} 行是 GBK",
    ),
    (
        "the workbook is encrypted; save it without a password",
        "工作簿有密码, 请去掉密码另存",
    ),
    (
        "the workbook is damaged; open it in a spreadsheet program and save it again",
        "工作簿已损坏, 请在表格软件里打开后另存",
    ),
    (
        "the workbook is torn: its directory cannot be read",
        "工作簿不完整",
    ),
    (
        "the workbook unpacks to far more than a workbook would; it is refused",
        "工作簿解压后大得不正常, 不导入",
    ),
    (
        "the workbook takes more {} than a workbook would; it is refused (save it as CSV UTF-8 if it is real)",
        "读这个工作簿占用太多资源 ({0}), 不导入; 请另存为 CSV UTF-8",
    ),
    (
        "the workbook has no such sheet; it has {}",
        "工作簿没有这张表; 有 {0}",
    ),
    // What to do.
    ("{}; nothing was written", "{0}; 没有写入"),
    (
        "correct the rows named, or let the good ones in with --rejects OUT.csv",
        "改正上面的行, 或用 --rejects OUT.csv 先导入好的行",
    ),
    (
        "see the columns with `caopan import KIND --template`, or say --map COL=FIELD",
        "用 `caopan import KIND --template` 看有哪些列, 或用 --map COL=FIELD 说明",
    ),
    (
        "see the columns with `caopan import KIND --template`",
        "用 `caopan import KIND --template` 看有哪些列",
    ),
    ("check the path", "检查路径"),
    ("check that line", "检查那一行"),
    (
        "choose another place for --rejects",
        "给 --rejects 换个位置",
    ),
    ("import it again when it is complete", "写完后再导入"),
    (
        "close the quote on that line, or save the file again from a spreadsheet",
        "补上那一行的引号, 或在表格软件里重新保存",
    ),
    ("save the file again as CSV UTF-8", "另存为 CSV UTF-8"),
    (
        "say --encoding utf-8 or --encoding gbk",
        "加上 --encoding utf-8 或 --encoding gbk",
    ),
    (
        "CSV, TSV, JSONL and XLSX are read",
        "能读 CSV, TSV, JSONL, XLSX",
    ),
    ("run it again: it begins anew", "再运行一次, 从头开始"),
    (
        "wait for the other process, or end it, and try again",
        "等别的进程写完再试",
    ),
    (
        "make room on the disk and try again; what was committed is whole",
        "腾出磁盘空间再试; 已提交的都完好",
    ),
    (
        "make room for about {} MB beside the workspace and run it again",
        "在工作区旁腾出约 {0} MB 再试",
    ),
    ("{}: `{}`", "{0}: `{1}`"),
    ("{}: {}", "{0}: {1}"),
];

#[cfg(test)]
mod tests {
    use crate::cli::spoken::chinese;
    use crate::domain::SafeText;
    use crate::import::{ImportError, Problem, ReadError};

    fn problem(reason: &str) -> Problem {
        Problem {
            line: 7,
            column: Some("phone"),
            heading: None,
            reason: reason.into(),
        }
    }

    #[test]
    fn a_refused_file_is_named_with_line_column_and_reason() {
        let error = ImportError::Refused {
            file: SafeText::new("客户.csv"),
            problems: vec![problem("is not a phone number"), problem("is empty")],
        };
        let said = chinese(&error.to_string());
        assert_eq!(
            said,
            "客户.csv 没有导入: 第 7 行 phone 列: 不是电话号码 (还有更多)"
        );
        assert_eq!(
            chinese("  line 3, column phone: is empty"),
            "  第 3 行 phone 列: 是空的"
        );
        assert_eq!(
            chinese("line 2, column dept_id: is not a whole number: `王`"),
            "第 2 行 dept_id 列: 不是整数: `王`"
        );
        let help = chinese(&error.help());
        assert_eq!(
            help,
            "改正上面的行, 或用 --rejects OUT.csv 先导入好的行; 没有写入"
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_in_chinese_and_what_to_do_as_well() {
        let errors = [
            ReadError::NotAFile,
            ReadError::Changed,
            ReadError::OpenQuote(3),
            ReadError::LongLine(3),
            ReadError::NoText(3),
            ReadError::NotEncoding {
                line: 3,
                encoding: "UTF-8",
            },
            ReadError::Mixed { utf8: 1, gbk: 2 },
            ReadError::Ambiguous(4),
            ReadError::Stopped,
        ];
        for source in errors {
            let help = source.help();
            let file = SafeText::new("a.csv");
            let said = ImportError::Read { file, source }.to_string();
            for sentence in [said.as_str(), help] {
                let words = chinese(sentence);
                assert!(words.chars().any(|c| c >= '一'), "{sentence} is {words}");
            }
        }
    }

    #[test]
    fn strangers_words_stay_as_they_are() {
        assert_eq!(
            chinese("No such file or directory (os error 2)"),
            "No such file or directory (os error 2)"
        );
        assert_eq!(chinese("a: b"), "a: b");
        assert_eq!(chinese("{0} {"), "{0} {");
    }
}
