//! What is said where somebody looks for something, or reads less than a figure counted.

use super::NARROW;
use super::console::Console;
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::app::panes::Pane;
use crate::engine::request::{Question, Slot};

#[test]
fn rows_copied_are_counted_without_their_headings() {
    let mut console = Console::new(100, NARROW);
    console.keys("<space><space><space>ym");
    console.send(Msg::Copied(Ok("")));
    assert!(
        console.toasts().contains("已复制 3 行"),
        "{}",
        console.toasts()
    );
}

#[test]
fn commands_of_the_shell_are_named_to_whoever_looks_for_them_here() {
    let mut console = Console::new(100, NARROW);
    for (typed, command) in [
        ("target", "caopan target set"),
        ("目标", "caopan target set"),
        ("mubiao", "caopan target set"),
        ("报告", "caopan report"),
        ("repo", "caopan report"),
        ("任务", "caopan report morning"),
    ] {
        assert_eq!(console.app.shell_command(typed), Some(command), "{typed}");
    }
    for typed in ["", "t", "标", "导出"] {
        assert_eq!(console.app.shell_command(typed), None, "{typed}");
    }
    console.keys(":target gmv 3w<ret>");
    let Some(Overlay::CommandLine(line)) = console.app.overlays.last() else {
        panic!("{:?}", console.app.overlays);
    };
    let said = line.error.as_ref().map(|(_, words)| words.as_str());
    assert_eq!(said, Some("在命令行: caopan target set"));
}

#[test]
fn a_list_opened_from_a_group_says_what_the_group_counted() {
    // Each group of the small store counts 100 members; the list has 90 customers.
    let mut console = Console::new(90, NARROW);
    console.keys("3<ret>");
    assert_eq!(console.app.focus, Pane::Customers);
    assert_eq!(console.app.members_beside(90), Some(100));
    assert_eq!(console.app.members_beside(100), None, "it is as counted");
    console.keys("\\");
    assert_eq!(console.app.members_beside(90), None, "another list");
    // Under a condition the list is of others anyway.
    console.keys("/spend>5<ret>3<ret>");
    assert_eq!(console.app.members_beside(90), None);
}

#[test]
fn a_ranking_of_others_is_looked_at_from_its_first() {
    let mut console = Console::new(100, NARROW);
    console.keys("5");
    assert!(console.app.height(Pane::Board) < 20);
    let rows = console.desk.board.clone();
    // The first of all is the third of those whom the next filter leaves.
    console.keys("gg");
    console.desk.board = [&rows[1..3], &rows[0..1], &rows[3..30]].concat();
    console.keys("/spend>5<ret>");
    let board = &console.app.panes.board.list;
    assert_eq!((board.index, board.top), (2, 0));
    // A commit moves rows, and the cursor's stays on its line.
    console.desk.board.swap(0, 2);
    console.commit();
    console.desk.board = [&rows[4..], &rows[..4]].concat();
    console.commit();
    let asked = |(_, question): &(Slot, Question)| matches!(question, Question::Board { .. });
    assert!(console.asked.iter().any(asked));
    assert!(console.app.panes.board.list.top > 0);
}

#[test]
fn a_board_of_another_department_is_looked_at_from_its_first() {
    let mut console = Console::new(100, NARROW);
    console.keys("5G");
    assert!(console.app.panes.board.list.top > 0);
    // The last of all is the second of the department.
    let rows = console.desk.board.clone();
    console.desk.board = [&rows[28..], &rows[..28]].concat();
    console.keys("gshzmd<ret>");
    assert_eq!(console.app.scope.org.map(|org| org.0), Some(3));
    let board = &console.app.panes.board.list;
    assert_eq!((board.index, board.top), (1, 0));
}
