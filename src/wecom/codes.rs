//! Error codes of the API and what to do about each (developer.work.weixin.qq.com, 全局错误码).

use crate::domain::sentence::Fixed;

/// What a client does about an error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Ask again in a moment, a few times.
    Retry,
    /// Fetch a new token once and repeat once.
    Refresh,
    /// Be silent for a minute.
    CoolDown,
    /// Ask less at once.
    Slower,
    /// Ask for smaller pages.
    Smaller,
    /// Begin that listing anew.
    Restart,
    /// Nothing there: an empty list.
    Empty,
    /// That one thing is not there or not ours: leave it out and count it.
    Skip,
    /// This part of the API is closed to the app; the other parts may work.
    StopPart,
    /// Nothing will work until somebody acts.
    StopAll,
}

/// A code's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What the client does.
    pub does: Does,
    /// What is the matter.
    pub what: Fixed,
    /// What to do.
    pub help: Fixed,
}

const LATER: Fixed = (
    "稍后再运行同一条命令，会从中断处继续",
    "run the same command again later; it goes on where it stopped",
);
const SECRET: Fixed = (
    "核对 wecom.toml 的 corp_id 与该自建应用的 Secret（管理后台 → 应用管理 → 自建应用）",
    "check corp_id in wecom.toml and the secret of that self-built app (admin console, the app's page)",
);
const CONTACT: Fixed = (
    "在管理后台「客户联系 → 可调用接口的应用」中加入此应用，并把员工纳入应用可见范围",
    "add the app under 客户联系 → 可调用接口的应用 in the admin console, and the staff to its visible range",
);
const REPORT: Fixed = (
    "已跳过并计数；如持续出现，请核对该员工或客户在企业微信中的状态",
    "left out and counted; if it stays, look at that member or customer in WeCom",
);
const BUG: Fixed = (
    "请升级 caopan；若已是最新版，请连同错误码报告此问题",
    "update caopan; if it is the newest, report this code",
);

/// What a code means; codes nobody listed stop the part they come from.
pub fn meaning(code: i64) -> Meaning {
    let (does, what, help) = match code {
        -1 => (Does::Retry, ("服务器忙", "the server is busy"), LATER),
        6000 => (
            Does::Retry,
            ("数据在读取时变了", "the server's rows changed meanwhile"),
            LATER,
        ),
        40001 | 40091 => (
            Does::StopAll,
            ("Secret 不对", "the secret is wrong"),
            SECRET,
        ),
        40013 => (
            Does::StopAll,
            ("企业 ID 不对", "the corp id is wrong"),
            SECRET,
        ),
        40014 | 41001 | 42001 => (
            Does::Refresh,
            ("access_token 未被接受", "the token was not accepted"),
            SECRET,
        ),
        40003 | 60111 | 40031 | 40032 => (
            Does::Skip,
            (
                "服务器不认识这位员工",
                "a member of staff is not known to the server",
            ),
            REPORT,
        ),
        40058 | 40063 => (
            Does::StopPart,
            ("服务器不接受某个参数", "the server refuses a parameter"),
            BUG,
        ),
        40050 => (
            Does::Skip,
            ("群已不存在", "the group does not exist any more"),
            (
                "该群已解散，已标记",
                "the group was dissolved; it is marked so",
            ),
        ),
        40068 | 40071 | 40126 => (
            Does::Skip,
            ("标签未被接受", "a tag is not accepted"),
            REPORT,
        ),
        40096 | 84061 => (
            Does::Empty,
            ("没有这个好友关系", "there is no such relation"),
            REPORT,
        ),
        _ => return limit_or_range(code),
    };
    Meaning { does, what, help }
}

/// Codes about limits and ranges.
fn limit_or_range(code: i64) -> Meaning {
    let (does, what, help) = match code {
        41063 => (
            Does::Retry,
            ("群发还在进行", "a broadcast is still going out"),
            LATER,
        ),
        41035 | 41046..=41048 => (
            Does::StopPart,
            ("服务器缺少某个参数", "the server misses a parameter"),
            BUG,
        ),
        41050 | 41051 => (
            Does::Skip,
            ("欢迎语已过时效", "a welcome is not due any more"),
            ("无需处理：已忽略", "nothing to do: it is ignored"),
        ),
        41059..=41062 => (
            Does::Skip,
            ("朋友圈读不到", "a moment cannot be read"),
            REPORT,
        ),
        45033 => (
            Does::Slower,
            ("同时调用太多", "too many calls at once"),
            (
                "调低 wecom.toml 的 concurrency",
                "lower concurrency in wecom.toml",
            ),
        ),
        45029 => (
            Does::Smaller,
            ("应答会太长", "the answer would be too long"),
            LATER,
        ),
        81013 | 81017 => (
            Does::StopPart,
            (
                "一次的成员太多, 服务器不接受",
                "the server refuses so many members at once",
            ),
            BUG,
        ),
        90500..=90504 | 90507 | 90508 => (
            Does::Skip,
            ("群正在继承", "a group is being handed over"),
            REPORT,
        ),
        600_018 | 600_019 | 600_041 => (
            Does::StopPart,
            (
                "服务器不接受日期或数量",
                "the server refuses a day or a limit",
            ),
            BUG,
        ),
        _ => return right(code),
    };
    Meaning { does, what, help }
}

/// Codes about rights.
fn right(code: i64) -> Meaning {
    let (does, what, help) = match code {
        48002 => (
            Does::StopPart,
            (
                "应用无权使用这部分接口",
                "the app may not use this part of the API",
            ),
            CONTACT,
        ),
        60011 | 84084 => (
            Does::StopPart,
            (
                "应用无权读这位员工或客户",
                "the app has no right to this member or customer",
            ),
            CONTACT,
        ),
        84074 => (
            Does::StopPart,
            (
                "应用无权读外部联系人",
                "the app has no right to external contacts",
            ),
            CONTACT,
        ),
        84083 => (
            Does::Skip,
            ("员工没有客户联系权限", "a member may not serve customers"),
            CONTACT,
        ),
        50002 | 60021 => (
            Does::Skip,
            (
                "员工不在应用可见范围内",
                "a member lies outside the app's visible range",
            ),
            CONTACT,
        ),
        _ => return rare(code),
    };
    Meaning { does, what, help }
}

/// Codes with an answer of their own, and those nobody listed.
fn rare(code: i64) -> Meaning {
    let (does, what, help) = match code {
        40097..=40100 | 40128..=40131 => (
            Does::Skip,
            ("不能继承", "a hand-over is not possible"),
            (
                "在企业微信管理后台查看该客户的继承状态",
                "look at this customer's hand-over in the admin console",
            ),
        ),
        45009 => (
            Does::CoolDown,
            ("调用次数到了上限", "the limit of calls was reached"),
            (
                "一小时后再运行，或调低 wecom.toml 的 calls_per_second",
                "run again in an hour, or lower calls_per_second in wecom.toml",
            ),
        ),
        50100 => (
            Does::Restart,
            ("游标已过期", "the cursor has expired"),
            LATER,
        ),
        60020 => (
            Does::StopAll,
            ("本机 IP 不受信任", "this machine's address is not trusted"),
            (
                "请管理员把上述 IP 加入该应用的「企业可信 IP」",
                "ask the admin to add this IP to the app's trusted IPs (企业可信IP)",
            ),
        ),
        _ => (
            Does::StopPart,
            ("服务器拒绝", "the server refuses"),
            (
                "在 https://open.work.weixin.qq.com/devtool/query 查询此错误码",
                "look the code up at https://open.work.weixin.qq.com/devtool/query",
            ),
        ),
    };
    Meaning { does, what, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_a_client_must_know_says_what_to_do_in_both_languages() {
        let known = [
            -1, 6000, 40001, 40091, 40013, 40014, 42001, 41001, 40003, 60111, 40031, 40032, 40058,
            40063, 40050, 40068, 40071, 40126, 40096, 84061, 40097, 40098, 40099, 40100, 40128,
            40129, 40130, 40131, 41035, 41046, 41047, 41048, 41050, 41051, 41059, 41060, 41061,
            41062, 41063, 45009, 45033, 45029, 48002, 60011, 84074, 84083, 84084, 50002, 60021,
            50100, 60020, 81013, 81017, 90500, 90501, 90502, 90503, 90504, 90507, 90508, 600_018,
            600_019, 600_041,
        ];
        let unknown = meaning(123_456);
        for code in known {
            let meaning = meaning(code);
            assert_ne!(meaning.what, unknown.what, "{code}");
            assert!(
                !meaning.help.0.is_ascii() && !meaning.help.1.is_empty(),
                "{code}"
            );
        }
    }
}
