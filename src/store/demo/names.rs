//! Invented people: what customers call themselves in WeChat, what staff are called, phones nobody has.

use std::fmt::Write as _;

use super::rng::Rng;

/// Surname and its pinyin; the polyphones (曾 zeng, 单 shan, 解 xie, 仇 qiu, 乐 yue, 查 zha, 朴 piao, 尉迟 yuchi) are
/// read as surnames.
const SURNAMES: [(&str, &str); 48] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("林", "lin"),
    ("高", "gao"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("宋", "song"),
    ("唐", "tang"),
    ("许", "xu"),
    ("韩", "han"),
    ("邓", "deng"),
    ("冯", "feng"),
    ("曹", "cao"),
    ("彭", "peng"),
    ("肖", "xiao"),
    ("田", "tian"),
    ("董", "dong"),
    ("潘", "pan"),
    ("袁", "yuan"),
    ("于", "yu"),
    ("蒋", "jiang"),
    ("余", "yu"),
    ("曾", "zeng"),
    ("单", "shan"),
    ("解", "xie"),
    ("仇", "qiu"),
    ("乐", "yue"),
    ("查", "zha"),
    ("朴", "piao"),
    ("欧阳", "ouyang"),
    ("尉迟", "yuchi"),
];

/// Syllables of given names, each usable alone or in pairs; 重 and 行 are polyphones.
const GIVEN: [&str; 72] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "霞", "平", "刚", "桂", "英", "华", "玉", "兰", "萍", "红", "梅", "鑫", "雪", "琳", "晶",
    "欣", "怡", "佳", "思", "雨", "梓", "涵", "轩", "浩", "然", "子", "墨", "若", "曦", "语", "桐",
    "一", "诺", "可", "心", "安", "宁", "晨", "曼", "婷", "倩", "岚", "薇", "重", "行", "乐", "朝",
    "长", "宇", "航", "凯", "森", "舟", "宸", "瑶",
];

const NICKS: [&str; 40] = [
    "奶茶不加糖",
    "小太阳",
    "今天也要早睡",
    "柚子妈妈",
    "豆豆麻麻",
    "一只懒猫",
    "南风知我意",
    "平安喜乐",
    "星星打烊了",
    "草莓味的夏天",
    "阿宁爱吃鱼",
    "老街口的风",
    "橘子汽水",
    "慢慢来比较快",
    "山野有雾灯",
    "知足常乐",
    "静待花开",
    "人间值得",
    "糖糖小铺",
    "向日葵",
    "海边的卡夫",
    "会飞的鱼",
    "早点下班",
    "吃饱再减肥",
    "晴天娃娃",
    "大橙子",
    "小鹿乱撞",
    "云淡风轻",
    "温柔的晚风",
    "月半弯",
    "不负韶华",
    "随遇而安",
    "果果妈咪",
    "锦鲤本鲤",
    "暖暖",
    "棉花糖",
    "半夏微凉",
    "木子李",
    "阳光总在风雨后",
    "一路向北",
];

const LATIN: [&str; 28] = [
    "Amy", "Cici", "Coco", "Daisy", "Eric", "Fiona", "Grace", "Helen", "Ivy", "Jason", "Kelly",
    "Leo", "Lily", "Mia", "Nina", "Olivia", "Peter", "Queenie", "Rita", "Sunny", "Tina", "Vivian",
    "Wendy", "Xenia", "Yoyo", "Zoe", "momo", "LINA_",
];

const EMOJI: [&str; 20] = [
    "🌸",
    "🐱",
    "✨",
    "🍑",
    "🌻",
    "💕",
    "🍀",
    "🐰",
    "🌙",
    "🎀",
    "🍓",
    "☀️",
    "👩‍👧",
    "🇨🇳",
    "❤️",
    "🦋",
    "🐻",
    "🌊",
    "👑",
    "🏃🏻‍♀️",
];

/// Names as strangers set them to hurt whoever lists them: overrides, invisibles, controls, piles of marks.
const HOSTILE: [&str; 8] = [
    "王\u{202E}芳芳\u{202C}",
    "李\u{200B}\u{200D}静\u{FEFF}",
    "\u{1B}[31m张伟\u{1B}[0m",
    "陈\rlong\nline",
    "赵\u{2066}evil\u{2069}\u{2028}",
    "z̷̨̛̙̬̀̊̐a̷̢̜̋̀l̵̡̟̇g̴̣̈o̶̧͑",
    "=HYPERLINK(\"http://example.invalid\")",
    "\u{7}\u{8}刘\u{9B}2J",
];

const LONG: [&str; 3] = [
    "宝妈团购群主小雅（只卖正品假一赔十，早九晚九在线，急事请打电话，备注来意谢谢配合）",
    "A0001·城东建材批发零售总代理·诚信经营·老店十八年·欢迎到店选购·量大从优·支持送货上门",
    "TheQuickBrownFoxJumpsOverTheLazyDogAndThenSomeMoreBecauseNamesMayBeThisLong",
];

/// Position of the first hostile name; each following one stands [`ODD_EVERY`] customers later.
const ODD_FIRST: u64 = 37;
/// Every so many customers one has a very long or a hostile name.
const ODD_EVERY: u64 = 61;
/// The first this many odd names are given out; after them odd names are rare.
const ODD_NAMES: u64 = 11;

/// A person's name: surname and one or two syllables.
pub(super) fn person(rng: &mut Rng, out: &mut String) {
    out.clear();
    // Common surnames come first in the list and are drawn more often.
    let at = rng.index(SURNAMES.len()).min(rng.index(SURNAMES.len()));
    let at = if rng.chance(1_500) {
        rng.index(SURNAMES.len())
    } else {
        at
    };
    out.push_str(SURNAMES.get(at).map_or("王", |s| s.0));
    out.push_str(rng.pick(&GIVEN));
    if rng.chance(6_500) {
        out.push_str(rng.pick(&GIVEN));
    }
}

/// The `n`-th customer's WeChat name, into `out`.
pub(super) fn customer(rng: &mut Rng, n: u64, out: &mut String) {
    out.clear();
    if n >= ODD_FIRST && (n - ODD_FIRST).is_multiple_of(ODD_EVERY) {
        let odd = (n - ODD_FIRST) / ODD_EVERY;
        if odd < ODD_NAMES || odd.is_multiple_of(97) {
            out.push_str(odd_name(odd % ODD_NAMES));
            return;
        }
    }
    match rng.weighted(&[58, 8, 12, 12, 6, 4]) {
        0 => person(rng, out),
        1 => {
            person(rng, out);
            out.push_str(rng.pick(&EMOJI));
        }
        2 => out.push_str(rng.pick(&NICKS)),
        3 => {
            out.push_str(rng.pick(&NICKS));
            out.push_str(rng.pick(&EMOJI));
        }
        4 => out.push_str(rng.pick(&LATIN)),
        _ => {
            out.push_str(rng.pick(&LATIN));
            out.push(' ');
            out.push_str(rng.pick(&SURNAMES).0);
            out.push_str(rng.pick(&GIVEN));
        }
    }
}

fn odd_name(odd: u64) -> &'static str {
    let at = usize::try_from(odd).unwrap_or(0);
    HOSTILE
        .iter()
        .chain(LONG.iter())
        .nth(at)
        .copied()
        .unwrap_or_default()
}

/// A member of staff: name, and the beginning of a userid (`zhangmin`-like pinyin of the surname).
pub(super) fn staff(rng: &mut Rng) -> (String, &'static str) {
    let (surname, pinyin) = rng.pick(&SURNAMES);
    let mut name = String::from(surname);
    name.push_str(rng.pick(&GIVEN));
    if rng.chance(6_000) {
        name.push_str(rng.pick(&GIVEN));
    }
    (name, pinyin)
}

/// Eleven digits beginning with 128, a range no operator has: the numbers are samples and ring nowhere.
pub(super) fn phone(rng: &mut Rng, out: &mut String) {
    out.clear();
    let _ = write!(out, "128{:08}", rng.below(100_000_000));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hostile_and_long_name_appears_among_the_first_thousand() {
        let mut rng = Rng::new(7, 7);
        let mut out = String::new();
        let mut all = Vec::new();
        for n in 0..1_000 {
            customer(&mut rng, n, &mut out);
            assert!(!out.is_empty());
            all.push(out.clone());
        }
        for odd in HOSTILE.iter().chain(LONG.iter()) {
            assert!(all.iter().any(|n| n == odd), "{odd:?}");
        }
        for polyphone in ["曾", "单", "解", "仇", "乐"] {
            assert!(all.iter().any(|n| n.starts_with(polyphone)), "{polyphone}");
        }
    }

    #[test]
    fn phones_are_eleven_digits_of_the_sample_range() {
        let mut rng = Rng::new(1, 1);
        let mut out = String::new();
        for _ in 0..100 {
            phone(&mut rng, &mut out);
            assert!(
                out.len() == 11
                    && out.starts_with("128")
                    && out.bytes().all(|b| b.is_ascii_digit())
            );
        }
    }
}
