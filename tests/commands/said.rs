//! What a success and a failure say, in the language of the interface and with their exit codes.

use crate::fails;
use crate::shop::Shop;

#[test]
fn a_success_is_said_in_the_language_of_the_interface() {
    let customers = "external_userid,name,phone\nwm1,李雷,\nwm2,韩梅,\n";
    for (shop, wants) in [
        (
            Shop::new(),
            [
                "已建立 w.db: 空工作区, 按 Asia/Shanghai 划分营业日\n接着: caopan import",
                "customers: 读入 2 行: 将新增 2, 变更 0, 未变 0\n没有写入\n",
                "customers: 读入 2 行: 新增 2, 变更 0, 未变 0\n",
                "customers: 2 行, 已脱敏, 存入 out.csv\n",
                "设置, 按键与主题都没有问题\n",
                "日志完整",
                "已复制 w.db 到 b.db: ",
                "已用 b.db 恢复 w.db: 客户 2, 订单 0\n原来的内容留在 w.db.before-restore-",
                "已从 w.db 删除个人信息\n",
                "w.db 里没有这个编号的行\n",
                "已生成 d.db: 客户 300, ",
            ],
        ),
        (
            Shop::english(),
            [
                "made w.db: empty, business days in Asia/Shanghai\nnext: caopan import",
                "customers: 2 rows read: would be 2 new, 0 changed, 0 unchanged\nnothing was written\n",
                "customers: 2 rows read: 2 new, 0 changed, 0 unchanged\n",
                "customers: 2 rows, masked, in out.csv\n",
                "settings, keys and theme are fine\n",
                "the journal is whole",
                "copied w.db to b.db: ",
                "restored w.db from b.db: 2 customers, 0 orders\nwhat it held before is kept as w.db.before-restore-",
                "erased from w.db\n",
                "no rows under that id in w.db\n",
                "made d.db: 300 customers, ",
            ],
        ),
    ] {
        shop.write("c.csv", customers);
        let lines = [
            "init w.db",
            "import customers c.csv --dry-run -w w.db",
            "import customers c.csv -w w.db",
            "export customers -o out.csv -w w.db",
            "config check",
            "journal verify -w w.db",
            "backup b.db -w w.db",
            "restore b.db --yes -w w.db",
            "erase wm1 --yes -w w.db",
            "erase wm1 --yes -w w.db",
            "demo d.db --customers 300 --today 2026-11-11",
        ];
        for (line, want) in lines.iter().zip(wants) {
            let arguments: Vec<&str> = line.split(' ').collect();
            let said = shop.run(&arguments).out;
            assert!(said.starts_with(want), "{line}: {said}");
        }
    }
}

#[test]
fn a_failure_is_said_in_the_language_of_the_interface() {
    let (shop, english) = (Shop::new(), Shop::english());
    shop.good(&["init", "w.db"]);
    for (code, arguments, zh, en) in [
        (
            3,
            &["list", "customers", "-w", "no.db"][..],
            "no.db 没有工作区",
            "there is no workspace at no.db",
        ),
        (
            2,
            &["list", "nothing"][..],
            "不能是 'nothing'",
            "invalid value 'nothing'",
        ),
        (
            2,
            &["board", "--org", "东店", "-w", "w.db"][..],
            "没有叫 \"东店\" 的部门",
            "no department is called \"东店\"",
        ),
        (
            5,
            &["init", "w.db"][..],
            "w.db 已经存在",
            "w.db exists already",
        ),
    ] {
        let said = fails(&shop, code, arguments);
        assert!(said.contains(zh), "{said}");
        let chosen = [arguments, &["--lang", "en"]].concat();
        let said = fails(&shop, code, &chosen);
        assert!(said.contains(en), "{said}");
    }
    let said = fails(&english, 2, &["list", "nothing"]);
    assert!(said.contains("invalid value"), "{said}");
    // A settings file says it for command lines that are not understood as well.
    std::fs::create_dir_all(english.path("config")).unwrap();
    english.write("config/config.toml", "lang = \"zh\"\n");
    let said = fails(&english, 2, &["list", "nothing"]);
    assert!(said.contains("不能是"), "{said}");
}

/// What stands beside `+` is as wide as it, wherever somebody reads; `--glyphs ascii` and programs have their hyphen.
#[test]
fn a_figure_below_zero_has_one_sign_wherever_it_is_read() {
    let shop = Shop::new();
    shop.good(&[
        "demo",
        "d.db",
        "--customers",
        "200",
        "--today",
        "2026-03-11",
    ]);
    let at = ["--as-of", "2026-03-11 14:31", "-w", "d.db"];
    // Dates have their hyphens in the middle.
    let is_below = |text: &str, sign: char| {
        text.split([' ', '(', '[', ',', '\n']).any(|word| {
            let figure = word.strip_prefix(sign).unwrap_or_default();
            figure.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    for command in [&["kpi"][..], &["report", "morning"]] {
        let said = shop.good(&[command, &at].concat());
        assert!(is_below(&said, '−') && !is_below(&said, '-'), "{said}");
        let plain = shop.good(&[command, &["--glyphs", "ascii"], &at].concat());
        assert!(!plain.contains('−') && is_below(&plain, '-'), "{plain}");
    }
    let csv = shop.good(&[&["kpi", "--format", "csv"][..], &at].concat());
    assert!(!csv.contains('−') && is_below(&csv, '-'), "{csv}");
}
