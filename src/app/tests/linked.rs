//! The panes are one instrument: what one chooses the others follow, and back restores everything.

use super::console::Console;
use crate::app::panes::Pane;
use crate::domain::period::PeriodSpec;
use crate::domain::{Fen, SafeText};
use crate::engine::request::Slot;

const NARROW: (u16, u16) = (80, 24);

#[test]
fn space_on_a_tag_writes_the_filter_and_every_pane_follows() {
    let mut console = Console::new(100, (200, 60));
    console.keys("2j");
    console.slots();
    console.keys("<space>");
    assert_eq!(console.filter(), "tag:标签00");
    assert_eq!(
        console.slots(),
        [
            Slot::Customers,
            Slot::Tags,
            Slot::Groups,
            Slot::Kpi,
            Slot::Board
        ]
    );
    console.wait(120);
    assert_eq!(console.slots(), [], "the card is of the same customer");
    assert_eq!(console.app.panes.tags.cursor, (0, Some(0)));
    console.keys("<space>");
    assert_eq!(console.filter(), "-tag:标签00");
    console.keys("j<space>");
    assert_eq!(console.filter(), "-tag:标签00 tag:标签01");
    console.keys("k<space>");
    assert_eq!(console.filter(), "tag:标签01");
    console.keys("<ret>");
    assert_eq!(console.app.focus, Pane::Customers);
}

#[test]
fn the_filter_that_space_would_set_is_told_once_while_a_tag_is_chosen() {
    let mut console = Console::new(100, (200, 60));
    console.keys("2");
    assert!(console.ahead.is_empty(), "a group's line has none");
    console.keys("jj");
    assert_eq!(console.ahead, ["tag:标签00", "tag:标签01"]);
    console.ahead.clear();
    console.keys("<space>");
    assert_eq!(console.filter(), "tag:标签01");
    assert_eq!(console.ahead, ["-tag:标签01"]);
    console.ahead.clear();
    console.keys("/x<esc>1");
    assert_eq!(console.ahead, ["-tag:标签01"], "once, as the line is gone");
}

#[test]
fn enter_on_a_group_lists_its_members_and_esc_restores_everything() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("/spend>500<ret>sojjjj");
    let before = console.app.panes.customers.list.clone();
    console.keys("3jj<ret>");
    assert_eq!(console.app.focus, Pane::Customers);
    assert_eq!(console.filter(), "spend>500 group:#g2");
    assert_eq!(console.under(), "c0000000");
    console.keys("snjj<esc>");
    assert_eq!(console.app.focus, Pane::Groups);
    assert_eq!(console.app.panes.groups.list.index, 2);
    assert_eq!(console.filter(), "spend>500");
    console.keys("1");
    assert_eq!(console.app.panes.customers.list, before);
    assert_eq!(console.app.panes.customers.sort.len(), 1);
    console.keys("]");
    assert_eq!(console.filter(), "spend>500 group:#g2");
    assert_eq!(console.app.panes.customers.list.index, 2);
}

#[test]
fn a_figure_of_the_kpi_tree_opens_the_people_behind_it() {
    let mut console = Console::new(100, NARROW);
    console.keys("4jj<ret>");
    assert_eq!(console.filter(), "step:7/reached");
    console.keys("<esc>j<ret>");
    assert_eq!(
        console.app.focus,
        Pane::Kpi,
        "a node without people stays where it is"
    );
    assert!(!console.toasts().is_empty());
    console.keys("gg<ret>");
    assert_eq!(console.filter(), "campaign:7");
}

#[test]
fn the_kpi_tree_folds_and_another_campaign_opens() {
    let mut console = Console::new(100, NARROW);
    console.keys("4");
    let rows = |console: &Console| console.app.panes.kpi.rows().len();
    assert_eq!(rows(&console), 6);
    console.keys("jh");
    assert_eq!(rows(&console), 3);
    console.keys("l");
    assert_eq!(rows(&console), 6);
    console.keys("jj");
    assert_eq!(console.app.panes.kpi.cursor, "gmv/users/reached");
    console.keys("h");
    assert_eq!(console.app.panes.kpi.cursor, "gmv/users");
    console.keys("ggh");
    assert_eq!(rows(&console), 2);
    console.keys("j<ret>");
    assert_eq!(console.app.panes.kpi.campaign.map(|id| id.0), Some(8));
    assert_eq!(rows(&console), 6);
    assert_eq!(console.app.panes.kpi.head().map(|head| head.id.0), Some(8));
}

#[test]
fn marked_groups_and_staff_are_meant_together() {
    let mut console = Console::new(20, NARROW);
    // The cursor stands on the third by now.
    console.keys("3<space><space>f");
    assert_eq!(console.filter(), "group:#g0,#g1");
    console.keys("[gc");
    assert_eq!(console.filter(), "group:#g0,#g1");
    console.keys("<esc>5j<space><space><space><ret>");
    assert_eq!(console.filter(), "buyer:#s1,#s2,#s3");
    assert_eq!(console.app.outside(), Some((2, Fen(5_000))));
    console.keys("<esc>F");
    assert_eq!(console.filter(), "-owner:#s1,#s2,#s3");
}

#[test]
fn a_salesperson_opens_the_buyers_credited_to_them() {
    let mut console = Console::new(100, NARROW);
    console.keys("5j<ret>");
    assert_eq!(console.filter(), "buyer:#s1");
    console.keys("-");
    assert_eq!(
        (console.app.focus, console.filter().as_str()),
        (Pane::Board, "")
    );
    console.keys("-");
    assert_eq!(
        (console.app.focus, console.filter().as_str()),
        (Pane::Customers, "buyer:#s1")
    );
    console.keys("-");
    assert_eq!(console.filter(), "");
}

#[test]
fn the_list_behind_a_salesperson_says_what_people_outside_the_pool_bought() {
    let mut console = Console::new(100, NARROW);
    console.keys("5<ret>");
    assert_eq!(console.filter(), "buyer:#s0");
    assert_eq!(console.app.outside(), None, "all of it is listed");
    console.keys("-j<ret>");
    assert_eq!(console.filter(), "buyer:#s1");
    assert_eq!(console.app.outside(), Some((1, Fen(2_500))));
    console.keys("--");
    assert_eq!(console.app.focus, Pane::Customers);
    assert_eq!(
        console.app.outside(),
        Some((1, Fen(2_500))),
        "still so after looking back"
    );
    console.app.scope.period = PeriodSpec::Today;
    assert_eq!(
        console.app.outside(),
        None,
        "the figure was of another period"
    );
}

#[test]
fn the_adds_of_a_salesperson_open_the_people_added_in_the_period_of_the_board() {
    let mut console = Console::new(100, NARROW);
    console.keys("5ma<ret>");
    assert_eq!(console.app.focus, Pane::Customers);
    assert_eq!(console.filter(), "adder:#s0");
}

#[test]
fn enter_on_a_tag_lists_its_customers() {
    let mut console = Console::new(100, NARROW);
    console.keys("2jj<ret>");
    assert_eq!(
        (console.app.focus, console.filter().as_str()),
        (Pane::Customers, "tag:#t01")
    );
    console.keys("<esc>");
    assert_eq!(
        (console.app.focus, console.filter().as_str()),
        (Pane::Tags, "")
    );
}

#[test]
fn the_value_under_the_cursor_narrows_or_excludes() {
    let mut console = Console::new(100, NARROW);
    console.keys("saf");
    assert_eq!(console.filter(), "owner:#zhou");
    console.keys("F");
    assert_eq!(console.filter(), "-owner:#zhou");
    console.keys("\\scf");
    assert_eq!(console.filter(), "city=\"上海\"");
    console.keys("\\go");
    assert_eq!(console.filter(), "owner:#zhou");
}

#[test]
fn the_period_and_the_org_node_rule_all_panes() {
    let mut console = Console::new(100, (120, 40));
    console.slots();
    console.keys("tW");
    assert_eq!(console.app.scope.period.to_string(), "last-week");
    assert_eq!(console.slots(), [Slot::Customers, Slot::Tags, Slot::Board]);
    console.keys("gshzmd<ret>");
    assert_eq!(console.app.scope.org.map(|org| org.0), Some(3));
    assert_eq!(
        console.app.org_name.as_ref().map(SafeText::as_str),
        Some("杭州门店")
    );
    console.keys("[");
    assert_eq!(
        (console.app.scope.org, console.app.org_name.clone()),
        (None, None)
    );
    console.keys("]gs<ret>");
    assert_eq!(
        console.app.scope.org, None,
        "the first row is the whole workspace"
    );
}

#[test]
fn metrics_switch_under_m() {
    use crate::engine::answer::{BoardMetric, GmvKind};
    let mut console = Console::new(10, NARROW);
    console.keys("4mo5ma");
    assert_eq!(console.app.panes.kpi.gmv, GmvKind::NetByOrderDate);
    assert_eq!(console.app.panes.board.metric, BoardMetric::Adds);
}

#[test]
fn the_card_beside_the_list_follows_when_the_cursor_rests() {
    let mut console = Console::new(100, (200, 60));
    let shown = |console: &Console| {
        console
            .app
            .detail
            .as_ref()
            .map(|d| d.id.as_str().to_owned())
    };
    console.keys("r");
    assert_eq!(
        shown(&console).as_deref(),
        Some("c0000000"),
        "the first card comes at once"
    );
    console.keys("jjj");
    console.slots();
    console.wait(100);
    assert_eq!(console.slots(), [], "a cursor on its way asks for no card");
    assert_eq!(shown(&console).as_deref(), Some("c0000000"));
    console.wait(20);
    assert_eq!(console.slots(), [Slot::Detail]);
    assert_eq!(shown(&console).as_deref(), Some("c0000003"));
    assert_eq!(console.app.next_deadline().map(|at| at > 60), Some(true));
}

#[test]
fn the_card_waits_while_keys_are_pressed_elsewhere() {
    let mut console = Console::new(100, (200, 60));
    console.keys("rj");
    console.slots();
    console.wait(100);
    console.keys("/");
    console.slots();
    console.wait(100);
    assert_eq!(console.slots(), [], "no card between two keys");
    console.wait(20);
    assert_eq!(console.slots(), [Slot::Detail]);
}

#[test]
fn what_is_opened_is_not_kept_as_the_filter() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>4<ret>");
    assert!(
        console.filter().contains("campaign:7"),
        "{}",
        console.filter()
    );
    let kept = console.app.kept();
    assert_eq!(
        (kept.filter.as_str(), kept.focus.as_str()),
        ("spend>500", "kpi")
    );
    console.effects.clear();
    console.keys("<esc>");
    assert_eq!(console.filter(), "spend>500");
    assert!(
        console.effects.contains(&crate::app::Effect::Save),
        "kept anew"
    );
    console.keys("4<ret>/<ctrl-u>orders>=2<ret>");
    assert_eq!(
        console.app.kept().filter,
        "orders>=2",
        "a filter of one's own is kept"
    );
}

#[test]
fn the_projector_shows_all_groups_whatever_the_pane_was_narrowed_to() {
    let mut console = Console::new(100, NARROW);
    console.keys("3/群1<ret>");
    let own = |console: &Console| {
        console
            .asked
            .iter()
            .rev()
            .find_map(|(_, question)| match question {
                crate::engine::request::Question::Groups { own_filter, .. } => {
                    Some(crate::filter::print(own_filter))
                }
                _ => None,
            })
    };
    assert_eq!(own(&console).as_deref(), Some("群1"));
    console.keys("P");
    assert_eq!(own(&console).as_deref(), Some(""));
    console.keys("<esc>");
    assert_eq!(own(&console).as_deref(), Some("群1"));
}
