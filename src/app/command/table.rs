//! The rows of the command table, in the order help lists them.

use super::{Command, Copying, Entry, Exporting, Motion};
use crate::app::deed::Editing;
use crate::app::panes::Pane;
use crate::config::keys::Context;
use crate::domain::period::PeriodSpec;
use crate::engine::answer::{BoardMetric, GmvKind};
use crate::engine::request::GroupSort;
use crate::filter::Field;

const ANY: &[Context] = &[Context::Always];
const PANES: &[Context] = &[Context::Global];
const CUSTOMERS: &[Context] = &[Context::Customers];
const TAGS_AND_LISTS: &[Context] = &[
    Context::Customers,
    Context::Tags,
    Context::Groups,
    Context::Board,
];
const ROWS: &[Context] = &[Context::Customers, Context::Groups, Context::Board];
const SORTED: &[Context] = &[Context::Customers, Context::Groups];
const GROUPS: &[Context] = &[Context::Groups];
const KPI: &[Context] = &[Context::Kpi];
const BOARD: &[Context] = &[Context::Board];
const OPENED: &[Context] = &[Context::Global, Context::List, Context::Text];
const COLUMNS: &[Context] = &[Context::Columns];
const LIST: &[Context] = &[Context::List];
const TEXT: &[Context] = &[Context::Text];
const CONFIRM: &[Context] = &[Context::Confirm];
const PROJECTOR: &[Context] = &[Context::Projector];

const fn on(
    contexts: &'static [Context],
    command: Command,
    name: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Entry {
    Entry {
        command,
        name,
        zh,
        en,
        short: None,
        contexts,
        writes: false,
    }
}

impl Entry {
    const fn short(mut self, zh: &'static str, en: &'static str) -> Self {
        self.short = Some((zh, en));
        self
    }

    const fn writes(mut self) -> Self {
        self.writes = true;
        self
    }
}

/// Every command, once.
#[rustfmt::skip]
pub static COMMANDS: &[Entry] = &[
    // Finding help and moving about.
    on(PANES, Command::Help, "help", "这里能做什么", "What can be done here").short("帮助", "help"),
    on(PANES, Command::FilterEdit, "filter.edit", "编辑筛选条件", "Edit the filter").short("筛选", "filter"),
    on(PANES, Command::CommandLine, "command_line", "输入命令", "Type a command").short("命令", "cmd"),
    on(PANES, Command::Palette, "palette", "命令面板: 查找命令、客户、员工、标签、群、活动", "Palette: find commands, customers, staff, tags, groups, campaigns"),
    on(PANES, Command::Focus(Pane::Customers), "pane.customers", "看客户", "Look at customers"),
    on(PANES, Command::Focus(Pane::Tags), "pane.tags", "看标签", "Look at tags"),
    on(PANES, Command::Focus(Pane::Groups), "pane.groups", "看社群健康", "Look at group health"),
    on(PANES, Command::Focus(Pane::Kpi), "pane.kpi", "看活动 KPI 树", "Look at the campaign KPI tree"),
    on(PANES, Command::Focus(Pane::Board), "pane.board", "看销售榜", "Look at the leaderboard"),
    on(PANES, Command::NextBox, "box.next", "下一栏", "Next box").short("换栏", "box"),
    on(PANES, Command::PreviousBox, "box.previous", "上一栏", "Previous box"),
    on(OPENED, Command::Move(Motion::Up), "move.up", "上一行", "One row up"),
    on(OPENED, Command::Move(Motion::Down), "move.down", "下一行", "One row down"),
    on(OPENED, Command::Move(Motion::HalfUp), "move.half_up", "上半屏", "Half a screen up"),
    on(OPENED, Command::Move(Motion::HalfDown), "move.half_down", "下半屏", "Half a screen down"),
    on(OPENED, Command::Move(Motion::PageUp), "move.page_up", "上一屏", "One screen up"),
    on(OPENED, Command::Move(Motion::PageDown), "move.page_down", "下一屏", "One screen down"),
    on(OPENED, Command::Move(Motion::Top), "move.top", "第一行", "First row"),
    on(OPENED, Command::Move(Motion::Bottom), "move.bottom", "最后一行", "Last row"),
    on(PANES, Command::Move(Motion::Left), "move.left", "收起, 或向左看列", "Fold, or look at columns to the left"),
    on(PANES, Command::Move(Motion::Right), "move.right", "展开, 或向右看列", "Unfold, or look at columns to the right"),
    on(OPENED, Command::Open, "open", "打开: 看这一行背后的人或明细", "Open: who and what is behind this row").short("打开", "open"),
    on(OPENED, Command::Back, "back", "返回一层", "Back one level").short("返回", "back"),
    on(PANES, Command::HistoryBack, "history.back", "回到前一个视图", "Back to the view before"),
    on(PANES, Command::HistoryForward, "history.forward", "再到后一个视图", "Forward to the view after"),
    on(PANES, Command::HistoryLast, "history.last", "在最近两个视图间切换", "Between the last two views"),
    // Filter.
    on(PANES, Command::FilterAdd, "filter.add", "把光标处的值加入筛选", "Add the value under the cursor to the filter"),
    on(PANES, Command::FilterExclude, "filter.exclude", "排除光标处的值", "Exclude the value under the cursor"),
    on(PANES, Command::FilterClear, "filter.clear", "清空筛选", "Clear the filter").short("清空", "clear"),
    // Marks.
    on(TAGS_AND_LISTS, Command::Mark, "mark.toggle", "选中这一行; 在标签里切换 含/不含/不限", "Mark this row; on tags: must / must not / any").short("选中", "mark"),
    on(ROWS, Command::MarkRange, "mark.range", "从上次选中连选到这里", "Mark from the last mark to here"),
    on(ROWS, Command::MarkAll, "mark.all", "全选筛选下各行, 再按取消", "Mark every row under the filter; again: none"),
    on(ROWS, Command::MarkInvert, "mark.invert", "反选", "Turn the marks round"),
    // Order and columns.
    on(CUSTOMERS, Command::Sort(Field::Name), "sort.name", "按姓名排序", "Sort by name"),
    on(CUSTOMERS, Command::Sort(Field::Spend), "sort.spend", "按累计消费排序", "Sort by spend"),
    on(CUSTOMERS, Command::Sort(Field::Orders), "sort.orders", "按单数排序", "Sort by orders"),
    on(CUSTOMERS, Command::Sort(Field::Aov), "sort.aov", "按客单价排序", "Sort by spend per order"),
    on(CUSTOMERS, Command::Sort(Field::LastPurchase), "sort.bought", "按最近购买排序", "Sort by last purchase"),
    on(CUSTOMERS, Command::Sort(Field::LastContact), "sort.last", "按最近联系排序", "Sort by last contact"),
    on(CUSTOMERS, Command::Sort(Field::Added), "sort.added", "按添加时间排序", "Sort by first added"),
    on(CUSTOMERS, Command::Sort(Field::Owner), "sort.owner", "按顾问排序", "Sort by owner"),
    on(CUSTOMERS, Command::Sort(Field::Stage), "sort.stage", "按阶段排序", "Sort by stage"),
    on(CUSTOMERS, Command::Sort(Field::Segment), "sort.rfm", "按 RFM 分层排序", "Sort by RFM segment"),
    on(CUSTOMERS, Command::Sort(Field::Risk), "sort.risk", "按流失等级排序", "Sort by overdue level"),
    on(CUSTOMERS, Command::Sort(Field::ValueAtRisk), "sort.value", "按风险金额排序", "Sort by value at risk"),
    on(CUSTOMERS, Command::Sort(Field::City), "sort.city", "按城市排序", "Sort by city"),
    on(GROUPS, Command::SortGroups(GroupSort::Worst), "sort.worst", "最差的在前", "Worst first"),
    on(GROUPS, Command::SortGroups(GroupSort::Name), "sort.group_name", "按群名排序", "Sort by title"),
    on(GROUPS, Command::SortGroups(GroupSort::Members), "sort.members", "按人数排序", "Sort by members"),
    on(GROUPS, Command::SortGroups(GroupSort::Left), "sort.left", "按 7 日退群排序", "Sort by leavers in 7 days"),
    on(GROUPS, Command::SortGroups(GroupSort::Joined), "sort.joined", "按 7 日进群排序", "Sort by joiners in 7 days"),
    on(GROUPS, Command::SortGroups(GroupSort::Speakers), "sort.speakers", "按日均发言人数排序", "Sort by daily speakers"),
    on(GROUPS, Command::SortGroups(GroupSort::Score), "sort.score", "按健康分排序", "Sort by score"),
    on(SORTED, Command::SortReverse, "sort.reverse", "反转排序", "Reverse the order"),
    on(SORTED, Command::SortDefault, "sort.default", "恢复默认排序", "Default order"),
    on(CUSTOMERS, Command::SortSecond, "sort.second", "下一键加为次级排序", "The next key sorts within this order"),
    on(CUSTOMERS, Command::Columns, "columns", "选择列", "Choose columns").short("列", "columns"),
    on(COLUMNS, Command::ColumnToggle, "columns.toggle", "显示或隐藏此列", "Show or hide this column").short("显示/隐藏", "show/hide"),
    on(COLUMNS, Command::ColumnEarlier, "columns.earlier", "此列前移", "Move this column to the front").short("前移", "earlier"),
    on(COLUMNS, Command::ColumnLater, "columns.later", "此列后移", "Move this column to the back").short("后移", "later"),
    on(COLUMNS, Command::ColumnsDefault, "columns.default", "恢复默认列", "Default columns").short("默认", "default"),
    // Period.
    on(PANES, Command::Period(PeriodSpec::Today), "period.today", "今天", "Today"),
    on(PANES, Command::Period(PeriodSpec::Yesterday), "period.yesterday", "昨天", "Yesterday"),
    on(PANES, Command::Period(PeriodSpec::Week), "period.week", "本周", "This week"),
    on(PANES, Command::Period(PeriodSpec::LastWeek), "period.last_week", "上周", "Last week"),
    on(PANES, Command::Period(PeriodSpec::Month), "period.month", "本月", "This month"),
    on(PANES, Command::Period(PeriodSpec::LastMonth), "period.last_month", "上月", "Last month"),
    on(PANES, Command::Period(PeriodSpec::Quarter), "period.quarter", "本季", "This quarter"),
    on(PANES, Command::Period(PeriodSpec::Year), "period.year", "今年", "This year"),
    on(PANES, Command::Period(PeriodSpec::Last(7)), "period.7d", "近 7 天", "The last 7 days"),
    on(PANES, Command::Period(PeriodSpec::Last(30)), "period.30d", "近 30 天", "The last 30 days"),
    on(PANES, Command::Period(PeriodSpec::Last(90)), "period.90d", "近 90 天", "The last 90 days"),
    on(PANES, Command::PeriodEdit, "period.edit", "输入时段", "Type a period"),
    // Metric.
    on(KPI, Command::Gmv(GmvKind::Gross), "gmv.gross", "支付 GMV: 按支付日", "Gross GMV: by pay day"),
    on(KPI, Command::Gmv(GmvKind::NetByRefundDate), "gmv.net_refund", "净 GMV (现金口径): 减去期内退款", "Net GMV by refund date"),
    on(KPI, Command::Gmv(GmvKind::NetByOrderDate), "gmv.net_order", "净 GMV (订单口径): 期内订单减去其全部退款", "Net GMV by order date"),
    on(BOARD, Command::BoardMetric(BoardMetric::NetGmv), "board.net_gmv", "按净 GMV 排名", "Rank by net GMV"),
    on(BOARD, Command::BoardMetric(BoardMetric::Gmv), "board.gmv", "按支付 GMV 排名", "Rank by gross GMV"),
    on(BOARD, Command::BoardMetric(BoardMetric::Adds), "board.adds", "按加粉数排名", "Rank by customers added"),
    on(BOARD, Command::BoardMetric(BoardMetric::Orders), "board.orders", "按单数排名", "Rank by paid orders"),
    on(BOARD, Command::BoardMetric(BoardMetric::Achievement), "board.achievement", "按达成率排名", "Rank by achievement"),
    // Views, copies.
    on(PANES, Command::Views, "view.list", "打开已存视图", "Open a saved view").short("视图", "views"),
    on(PANES, Command::SaveView, "view.save", "把现在的样子存为视图", "Save this as a view"),
    on(LIST, Command::ViewRemove, "view.remove", "删除光标处的视图", "Remove the view under the cursor"),
    on(PANES, Command::Copy(Copying::Row), "copy.row", "复制选中各行 (制表符分隔)", "Copy the marked rows, tab separated"),
    on(PANES, Command::Copy(Copying::Cell), "copy.cell", "复制这一行的主要数字", "Copy this row's main figure"),
    on(PANES, Command::Copy(Copying::Name), "copy.name", "复制名称", "Copy the name"),
    on(CUSTOMERS, Command::Copy(Copying::Phone), "copy.phone", "复制手机号 (脱敏时为脱敏号)", "Copy the phone, as shown"),
    on(PANES, Command::Copy(Copying::Id), "copy.id", "复制编号", "Copy the id"),
    on(PANES, Command::Copy(Copying::Markdown), "copy.markdown", "复制为 Markdown 表格", "Copy as a Markdown table"),
    on(PANES, Command::Copy(Copying::Json), "copy.json", "复制为 JSON", "Copy as JSON"),
    on(PANES, Command::Copy(Copying::Shell), "copy.shell", "复制打印此列表的命令行", "Copy the shell command for this list"),
    // Out, and written.
    on(PANES, Command::Export(Exporting::Csv), "export.csv", "导出为 CSV (已脱敏)", "Export as CSV, masked"),
    on(PANES, Command::Export(Exporting::Xlsx), "export.xlsx", "导出为 Excel 工作簿 (已脱敏)", "Export as a workbook, masked"),
    on(PANES, Command::Export(Exporting::Jsonl), "export.jsonl", "导出为 JSONL (已脱敏)", "Export as JSON lines, masked"),
    on(PANES, Command::Export(Exporting::Md), "export.markdown", "导出为 Markdown (已脱敏)", "Export as Markdown, masked"),
    on(CUSTOMERS, Command::Export(Exporting::Unmasked), "export.unmasked", "导出完整手机号 (需确认, 记入日志)", "Export whole phones (asks; in the journal)").writes(),
    on(CUSTOMERS, Command::Edit(Editing::Tag), "edit.tag", "给选中的客户加标签", "Tag the marked customers").writes(),
    on(CUSTOMERS, Command::Edit(Editing::Untag), "edit.untag", "去掉选中客户的标签", "Take a tag from the marked customers").writes(),
    on(CUSTOMERS, Command::Edit(Editing::Stage), "edit.stage", "设置选中客户的阶段", "Set the stage of the marked customers").writes(),
    on(CUSTOMERS, Command::Edit(Editing::Owner), "edit.owner", "把选中客户归给一位员工", "Give the marked customers to a member of staff").writes(),
    on(PANES, Command::Undo, "undo", "撤销这个操作台的上一次写入", "Take back the last write of this console").writes(),
    on(PANES, Command::Redo, "redo", "重做刚撤销的写入", "Do again what was taken back").writes(),
    // Live.
    on(PANES, Command::NextChange, "changes.next", "下一处变更", "Next changed row").short("变更", "changes"),
    on(PANES, Command::Changes, "changes.list", "列出变更", "List the changes"),
    on(PANES, Command::Jobs, "jobs.list", "后台导入", "Detached imports"),
    on(PANES, Command::Freeze, "view.pause", "暂停或恢复", "Pause or go on").short("暂停", "pause"),
    on(PANES, Command::Refresh, "view.refresh", "立即刷新", "Ask everything again"),
    // Go.
    on(PANES, Command::Definition, "go.definition", "这个数字的定义", "Definition of this figure"),
    on(PANES, Command::ColumnHelp, "column.help", "排序列的含义", "What the column sorted by means"),
    on(PANES, Command::Org, "go.scope", "选择组织范围", "Choose the org node of the scope"),
    on(SORTED, Command::GoOwner, "go.owner", "只看这位顾问的客户", "The customers of this owner"),
    on(PANES, Command::GoCustomers, "go.customers", "这一行背后的客户", "The customers behind this row"),
    on(PANES, Command::GoCampaign, "go.campaign", "去看活动", "Go to the campaign"),
    // The screen.
    on(PANES, Command::Zoom, "view.zoom", "放大这一栏, 再按还原", "Only this box; again: all").short("放大", "zoom"),
    on(PANES, Command::Layout, "view.layout", "换布局: 自动/一栏/三栏/五栏", "Next layout: auto, one, three, five"),
    on(PANES, Command::Projector, "projector", "投屏", "Projector mode").short("投屏", "projector"),
    on(PANES, Command::Mask, "mask", "脱敏开关 (取消脱敏需确认)", "Mask on or off (off asks)"),
    on(PANES, Command::Language, "language", "中文 / English", "English / 中文"),
    on(ANY, Command::Mouse, "mouse", "鼠标开关", "Mouse on or off"),
    on(ANY, Command::Redraw, "redraw", "重画屏幕", "Draw everything again"),
    on(ANY, Command::Suspend, "suspend", "挂起, fg 回来", "Suspend; fg comes back"),
    on(ANY, Command::Interrupt, "interrupt", "离开输入框; 连按两次退出", "Leave the field; twice leaves the console"),
    on(PANES, Command::Close, "close", "关闭; 在最外层退出", "Close; at the root, leave").short("退出", "quit"),
    on(PANES, Command::Quit, "quit", "退出", "Leave the console"),
    // Inside fields, questions and the projector.
    on(TEXT, Command::Complete, "text.complete", "采用补全", "Take the completion").short("补全", "complete"),
    on(CONFIRM, Command::Yes, "confirm.yes", "是", "Yes").short("是", "yes"),
    on(CONFIRM, Command::No, "confirm.no", "否", "No").short("否", "no"),
    on(PROJECTOR, Command::PagePause, "page.pause", "暂停或恢复轮播", "Stop or go on turning pages").short("暂停轮播", "pause"),
    on(PROJECTOR, Command::PageNext, "page.next", "下一页", "Next page").short("下一页", "next"),
    on(PROJECTOR, Command::PagePrevious, "page.previous", "上一页", "Previous page").short("上一页", "previous"),
    on(PROJECTOR, Command::Page(0), "page.1", "第 1 页: 目标", "Page 1: target"),
    on(PROJECTOR, Command::Page(1), "page.2", "第 2 页: 销售榜", "Page 2: leaderboard"),
    on(PROJECTOR, Command::Page(2), "page.3", "第 3 页: 社群", "Page 3: groups"),
];
