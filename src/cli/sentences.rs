//! What commands say when they fail, and in Chinese; what an import says stands in [`super::import::sentences`].

/// Sentences: `{}` is a hole, `{0}` what stood in the first one. What is longer and more special stands first.
pub const SENTENCES: &[(&str, &str)] = &[
    // Options and values.
    ("invalid value '{}' for '{}': {}", "'{1}' 不能是 '{0}': {2}"),
    ("invalid value '{}' for '{}'", "'{1}' 不能是 '{0}'"),
    ("  [possible values: {}]", "  [可选: {0}]"),
    ("unexpected argument '{}' found", "不认识参数 '{0}'"),
    ("unrecognized subcommand '{}'", "没有命令 '{0}'"),
    (
        "the following required arguments were not provided:",
        "缺少必需的参数:",
    ),
    (
        "the argument '{}' cannot be used with '{}'",
        "'{0}' 不能和 '{1}' 同用",
    ),
    (
        "the argument '{}' cannot be used with one or more of the other specified arguments",
        "'{0}' 不能和其他参数同用",
    ),
    (
        "the argument '{}' cannot be used multiple times",
        "'{0}' 只能写一次",
    ),
    (
        "a value is required for '{}' but none was supplied",
        "'{0}' 后面要有值",
    ),
    (
        "  tip: to pass '{}' as a value, use '{}'",
        "  提示: 要把 '{0}' 当作值, 写 '{1}'",
    ),
    (
        "  tip: a similar argument exists: '{}'",
        "  提示: 相近的参数有 '{0}'",
    ),
    (
        "  tip: a similar subcommand exists: '{}'",
        "  提示: 相近的命令有 '{0}'",
    ),
    (
        "  tip: a similar value exists: '{}'",
        "  提示: 相近的值有 '{0}'",
    ),
    ("Usage: {}", "用法: {0}"),
    ("{} shows options and examples", "{0} 列出选项与例子"),
    ("`{}` is not a period; use {}", "`{0}` 不是时段, 可用 {1}"),
    (
        "--{}: is one of {}, not {}; did you mean {}?",
        "--{0}: 只能是 {1}, 不能是 {2}; 是不是 {3}?",
    ),
    (
        "--{}: is one of {}, not {}",
        "--{0}: 只能是 {1}, 不能是 {2}",
    ),
    ("did you mean {}?", "是不是 {0}?"),
    (
        "`caopan config dump` shows what is in force",
        "`caopan config dump` 列出生效的设置",
    ),
    (
        "there is no theme `{}`; there are {}",
        "没有主题 `{0}`; 有 {1}",
    ),
    ("`{}` is not a setting", "没有设置 `{0}`"),
    // Times and places.
    ("{} is not a time to wait", "{0} 不是等待时间"),
    (
        "write it as 20s or 2m, at least 1s",
        "写作 20s 或 2m, 至少 1s",
    ),
    ("{} is not a time zone", "{0} 不是时区"),
    (
        "use an IANA name such as Asia/Shanghai",
        "用 IANA 名称, 如 Asia/Shanghai",
    ),
    ("{} is not a time", "{0} 不是时间"),
    (
        "write 2026-11-11, 2026-11-11 14:30 or 2026-11-11T14:30:00+08:00",
        "写作 2026-11-11, 2026-11-11 14:30 或 2026-11-11T14:30:00+08:00",
    ),
    ("{} has not come yet", "{0} 还没有到"),
    (
        "give a day up to today, or --as-of",
        "写今天以前的日期, 或加 --as-of",
    ),
    ("{} is not a day", "{0} 不是日期"),
    ("write it as 2026-11-11", "写作 2026-11-11"),
    (
        "another process is writing the workspace; waiting up to {} s",
        "另一个进程正在写工作区; 最多等 {0} 秒",
    ),
    (
        "{}: the mapping has changed, so everything is read anew",
        "{0}: 映射变了, 全部重读",
    ),
    (
        "{}: the place kept cannot be read, so everything is read anew",
        "{0}: 记下的位置读不出来, 全部重读",
    ),
    (
        "{}: rows whose {} is another at every look are left out, and no later pull brings them: map a time that is stored (or one row is changed several times a second, and the next pull brings it)",
        "{0}: 有的行每看一次 {1} 就变, 这些行略过, 以后也取不到: 请映射一个存着的时间 (或是某行每秒改了几次, 下次就会取到)",
    ),
    ("{} is not a size", "{0} 不是尺寸"),
    (
        "write columns x rows, such as 120x40",
        "写作 列x行, 如 120x40",
    ),
    // The workspace.
    (
        "check the path, or make one: {} (or {})",
        "检查路径, 或新建一个: {0} (或 {1})",
    ),
    (
        "give the workspace file with -w FILE; this file was not changed",
        "用 -w 指定工作区文件; 此文件未改动",
    ),
    ("there is no backup at {}", "{0} 没有备份"),
    (
        "the backup named, {}, is no caopan workspace: {}",
        "要恢复的 {0} 不是 caopan 工作区: {1}",
    ),
    (
        "name a copy that `caopan backup` made; nothing was changed",
        "请写 `caopan backup` 留下的副本; 什么都没有改动",
    ),
    ("check the path of --config", "检查 --config 的路径"),
    (
        "name another file, or replace it with --force",
        "换个文件名, 或用 --force 覆盖",
    ),
    ("{} is damaged: {}", "{0} 已损坏: {1}"),
    ("{} has been altered: {}", "{0} 被改动过: {1}"),
    (
        "{} was made by a newer caopan (schema {}; this one knows {})",
        "{0} 由更新版本的 caopan 建立 (结构 {1}, 本程序认识 {2})",
    ),
    (
        "update caopan; the file was not changed",
        "请升级 caopan; 文件未改动",
    ),
    (
        "{} was replaced or deleted while it was open",
        "{0} 在打开期间被替换或删除",
    ),
    ("interrupted ({})", "已中断 ({0})"),
    (
        "nothing was changed; start it again when it suits",
        "什么都没有改动, 可随时重来",
    ),
    (
        "start without --read-only, or ask the owner of the file for the right to write",
        "去掉 --read-only, 或请文件主人给写权限",
    ),
    (
        "choose another name, or move the old file away first",
        "换个名字, 或先移走原文件",
    ),
    ("check the path and its permissions", "检查路径与权限"),
    ("it is not a database", "不是数据库"),
    ("the file is empty", "文件是空的"),
    ("{} is the workspace itself", "{0} 就是工作区本身"),
    (
        "{} is a member of staff, not a customer",
        "{0} 是员工, 不是客户",
    ),
    (
        "give the external_userid of a customer; nothing was written",
        "请给客户的 external_userid; 什么也没有写",
    ),
    (
        "choose another name for the copy; nothing was written",
        "给副本换个名字; 没有写入",
    ),
    ("Permission denied (os error 13)", "没有权限"),
    // Names.
    ("no department is called {}", "没有叫 {0} 的部门"),
    (
        "give its id or its whole name; `gs` in the console lists them",
        "写部门编号或全名; 操盘台里按 gs 可看全部",
    ),
    ("{} departments are called {}", "有 {0} 个部门叫 {1}"),
    ("give one of their ids: {}", "请写编号: {0}"),
    ("no campaign is called {}", "没有叫 {0} 的活动"),
    (
        "`caopan list campaigns` names them",
        "`caopan list campaigns` 列出全部",
    ),
    ("{} fits several campaigns", "{0} 对得上几个活动"),
    ("no tag is called {}", "没有叫 {0} 的标签"),
    ("`caopan tags` lists them", "`caopan tags` 列出全部"),
    ("no stage is called {}", "没有叫 {0} 的阶段"),
    ("stages: {}", "阶段: {0}"),
    ("no owner is called {}", "没有叫 {0} 的顾问"),
    ("no member of staff is called {}", "没有叫 {0} 的员工"),
    (
        "`caopan list staff` lists them",
        "`caopan list staff` 列出全部",
    ),
    ("no metric is called {}", "没有叫 {0} 的指标"),
    ("`caopan metrics` lists them", "`caopan metrics` 列出全部"),
    ("there is no staff {}", "没有员工 {0}"),
    ("there is no dept {}", "没有部门 {0}"),
    ("there is no campaign {}", "没有活动 {0}"),
    ("there is no channel {}", "没有渠道 {0}"),
    ("there is no group {}", "没有群 {0}"),
    (
        "the last act ({}, {}) cannot be taken back",
        "最近一次操作 ({0}, {1}) 不能撤销",
    ),
    (
        "nothing before it can be either; `caopan journal` lists what was done",
        "之前也没有可撤销的; `caopan journal` 列出做过的事",
    ),
    (
        "what was done before it: `caopan undo {}`; nothing was taken back",
        "先前的可用 `caopan undo {0}`; 这次什么都没有撤销",
    ),
    ("{} names nobody", "{0} 没有指明对象"),
    (
        "give dept:, staff:, campaign:, channel: or group: with a name or an id",
        "写 员工:名称或编号, 也可用 部门: 活动: 渠道: 群:",
    ),
    (
        "give its name or its id, as imports and `caopan list` have it",
        "写名称或编号, 与导入文件和 `caopan list` 里的一样",
    ),
    ("{} of staff are called {}", "有 {0} 位员工叫 {1}"),
    ("{} of dept are called {}", "有 {0} 个部门叫 {1}"),
    ("{} of campaign are called {}", "有 {0} 个活动叫 {1}"),
    ("{} of channel are called {}", "有 {0} 个渠道叫 {1}"),
    ("{} of group are called {}", "有 {0} 个群叫 {1}"),
    ("it is negative", "目标不能是负数"),
    ("it is too large", "数太大"),
    ("write a rate: 4% or 0.04", "写比率: 4% 或 0.04"),
    ("write a plain number", "写数字"),
    (
        "{}..{} is no day, week, month, quarter or year",
        "{0}..{1} 不是一天、一周、一月、一季或一年",
    ),
    (
        "give --period 2026-03, 2026-W12, quarter, year or a day",
        "写 --period 2026-03, 2026-W12, quarter, year 或一天",
    ),
    ("{} is no value of {}", "{0} 不能作 {1} 的目标"),
    ("write yuan: 24000, 2.4万", "写元: 24000, 2.4万"),
    ("write a count: 500, 1.2万", "写个数: 500, 1.2万"),
    ("--sort is for customers", "--sort 只用于客户"),
    (
        "the others come in the order of their pane",
        "其余按各自面板的次序",
    ),
    // Refused, or stopped.
    (
        "not confirmed, and there is no terminal to ask at",
        "没有确认, 也没有终端可以询问",
    ),
    ("not confirmed", "没有确认"),
    (
        "say --yes to go on; nothing was changed",
        "加 --yes 表示确认; 什么都没有改动",
    ),
    ("a restore writes", "恢复备份要写入"),
    ("an erasure writes", "删除个人信息要写入"),
    ("an import writes", "导入要写入"),
    ("a pull writes", "拉取要写入"),
    ("leave --read-only out", "去掉 --read-only"),
    (
        "with --as-of in the past the workspace is read-only",
        "--as-of 在过去时工作区只读",
    ),
    (
        "leave --as-of out to edit what is now",
        "要改现在的数据, 请去掉 --as-of",
    ),
    (
        "masking is on: nothing leaves unmasked",
        "脱敏已打开: 不能带出完整号码",
    ),
    (
        "leave --mask out, or --unmask",
        "去掉 --mask, 或去掉 --unmask",
    ),
    ("interrupted; nothing was written", "已中断; 没有写入"),
    (
        "{} has done nothing here that could be taken back",
        "{0} 在这里没有可撤销的操作",
    ),
    (
        "`caopan journal` lists what was done; name a line to take back another's act",
        "`caopan journal` 列出做过的事; 写上行号可撤销别人的操作",
    ),
    (
        "{} cannot be written: its folder is not there",
        "{0} 写不了: 文件夹不存在",
    ),
    (
        "name a plain file in a folder that is there",
        "请写一个已有文件夹里的普通文件名",
    ),
    ("{} is there already", "{0} 已经存在"),
    ("{} cannot be written: {}", "{0} 写不了: {1}"),
    (
        "an unmasked export must be written into the journal, and the workspace is open for reading only",
        "带出完整号码必须记入日志, 而工作区只能读",
    ),
    (
        "what is shown unmasked must be written into the journal, and the workspace is open for reading only",
        "显示完整号码必须记入日志, 而工作区只能读",
    ),
    (
        "leave --unmask out, or let somebody do it who may write",
        "去掉 --unmask, 或请有写权限的人来做",
    ),
    (
        "standard input and output must be a terminal",
        "标准输入与输出都必须是终端",
    ),
    (
        "run it in a terminal, or use a command that prints, such as `caopan list customers`",
        "请在终端里运行, 或用会打印的命令, 如 `caopan list customers`",
    ),
    ("no file was named", "没有写文件名"),
    (
        "give a file, or - for standard input",
        "写上文件名, 标准输入写 -",
    ),
    ("no URL was given", "没有写数据库地址"),
    (
        "`caopan list --help` has examples",
        "`caopan list --help` 有例子",
    ),
];
