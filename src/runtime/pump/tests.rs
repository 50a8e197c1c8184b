//! The pump against a console that writes down what it hears and a terminal of paper.

use std::cell::RefCell;

use super::*;
use crate::engine::request::{Question, Slot};

/// A console that writes down what it hears and does what it was told to do next.
#[derive(Default)]
struct Toy {
    heard: Vec<Msg>,
    next: Vec<Vec<Effect>>,
    deadline: Option<u64>,
    dirty: bool,
}

impl Console for Toy {
    fn update(&mut self, msg: Msg, _now: Now) -> Vec<Effect> {
        self.dirty |= matches!(msg, Msg::Paste(_));
        self.heard.push(msg);
        if self.next.is_empty() {
            Vec::new()
        } else {
            self.next.remove(0)
        }
    }
    fn next_deadline(&self) -> Option<u64> {
        self.deadline
    }
    fn is_dirty(&self) -> bool {
        self.dirty
    }
    fn drawn(&mut self) {
        self.dirty = false;
    }
}

#[derive(Default)]
struct Paper {
    size: (u16, u16),
    frames: Vec<(u16, u16)>,
    forgotten: usize,
    busy: bool,
    mouse: bool,
    stops: usize,
}

impl Terminal for Paper {
    fn size(&mut self) -> io::Result<(u16, u16)> {
        Ok(self.size)
    }
    fn is_ready(&mut self) -> bool {
        !self.busy
    }
    fn show(
        &mut self,
        frame: &mut Buffer,
        _lines: Option<&[u16]>,
        _cursor: Option<(u16, u16)>,
    ) -> io::Result<()> {
        self.frames.push((frame.area.width, frame.area.height));
        Ok(())
    }
    fn forget(&mut self) {
        self.forgotten += 1;
    }
    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        Ok(())
    }
    fn copy(&mut self, _text: &str) -> io::Result<Option<Result<&'static str, String>>> {
        Ok(Some(Ok("paper")))
    }
    fn suspend(&mut self) -> io::Result<()> {
        self.stops += 1;
        self.size = (100, 30);
        Ok(())
    }
    fn reassert(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Notes(RefCell<Vec<String>>);

impl Desk for Notes {
    fn ask(&self, slot: Slot, generation: u64, _question: Question) {
        self.0
            .borrow_mut()
            .push(format!("ask {slot:?} {generation}"));
    }
    fn forget(&self, slot: Slot) {
        self.0.borrow_mut().push(format!("forget {slot:?}"));
    }
    fn mask(&self, on: bool) {
        self.0.borrow_mut().push(format!("mask {on}"));
    }
}

fn at(millis: u64) -> Now {
    Now { millis, unix: 0 }
}

fn nothing(_: &Toy, _: Now, _: &mut Buffer) -> Hits {
    Hits::default()
}

type Drawing = fn(&Toy, Now, &mut Buffer) -> Hits;

fn pump(desk: &Notes) -> Pump<'_, Toy, Paper, Drawing> {
    let paper = Paper {
        size: (80, 24),
        ..Paper::default()
    };
    Pump::new(Toy::default(), paper, nothing as Drawing, desk, at(0)).unwrap()
}

fn change() -> Msg {
    Msg::Paste("x".into())
}

#[test]
fn the_first_frame_comes_at_once_and_nothing_follows_when_nothing_changes() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    assert_eq!(pump.console().heard, [Msg::Resize(80, 24)]);
    assert_eq!(pump.due(), Some(0));
    pump.settle(at(0)).unwrap();
    assert_eq!(pump.terminal().frames, [(80, 24)]);
    assert_eq!(pump.console().heard.len(), 2, "{:?}", pump.console().heard);
    assert_eq!(pump.due(), None);
    pump.settle(at(9_000)).unwrap();
    assert_eq!(pump.terminal().frames.len(), 1);
}

#[test]
fn changes_without_pause_are_drawn_sixty_times_a_second_and_the_last_one_is_drawn() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    for millis in 0..1000 {
        pump.deliver(change(), at(millis)).unwrap();
        pump.settle(at(millis)).unwrap();
    }
    let frames = pump.terminal().frames.len();
    assert!((58..=64).contains(&frames), "{frames} frames");
    let last = pump.due().expect("the last change waits for its frame");
    assert!(last < 1000 + FRAME);
    pump.settle(at(last)).unwrap();
    assert_eq!(pump.terminal().frames.len(), frames + 1);
    assert_eq!(pump.due(), None);
}

#[test]
fn a_key_and_the_answers_to_it_are_drawn_without_delay() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    pump.settle(at(0)).unwrap();
    for millis in [500, 502, 505] {
        pump.deliver(change(), at(millis)).unwrap();
        assert!(pump.due().is_some_and(|due| due <= millis));
        pump.settle(at(millis)).unwrap();
    }
    assert_eq!(pump.terminal().frames.len(), 4);
}

#[test]
fn a_terminal_that_takes_nothing_gets_one_frame_when_it_does_again() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    pump.terminal().busy = true;
    for millis in 0..200 {
        pump.deliver(change(), at(millis)).unwrap();
        pump.settle(at(millis)).unwrap();
    }
    assert!(pump.terminal().frames.is_empty());
    pump.terminal().busy = false;
    let due = pump.due().unwrap();
    assert!(due <= 200 + STALLED);
    pump.settle(at(due)).unwrap();
    assert_eq!(pump.terminal().frames.len(), 1);
    assert_eq!(pump.due(), None);
}

#[test]
fn a_deadline_that_does_not_move_on_does_not_spin() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    pump.console.deadline = Some(5);
    let mut turns = 0;
    let mut millis = 5;
    while millis < 1005 {
        pump.settle(at(millis)).unwrap();
        millis = pump.due().unwrap().max(millis + 1);
        turns += 1;
    }
    let told = pump.console().heard.iter().filter(|m| **m == Msg::Deadline);
    assert!((55..=64).contains(&told.count()));
    assert!(turns < 70, "{turns} turns");
}

#[test]
fn effects_reach_desk_terminal_and_console_in_order() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    pump.console.next = vec![vec![
        Effect::Ask(Slot::Org, 3, Question::Org),
        Effect::Mask(true),
        Effect::Forget(Slot::Detail),
        Effect::Mouse(true),
        Effect::Copy("张三".into()),
    ]];
    pump.deliver(change(), at(1)).unwrap();
    assert_eq!(
        *desk.0.borrow(),
        ["ask Org 3", "mask true", "forget Detail"]
    );
    assert!(pump.terminal().mouse);
    assert_eq!(pump.console().heard.last(), Some(&Msg::Copied(Ok("paper"))));
    assert!(!pump.has_quit());
    pump.console.next = vec![vec![Effect::Quit]];
    pump.deliver(change(), at(2)).unwrap();
    assert!(pump.has_quit());
}

#[test]
fn after_a_suspension_the_size_is_read_again_and_everything_is_drawn() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    pump.settle(at(0)).unwrap();
    pump.console.next = vec![vec![Effect::Suspend]];
    pump.deliver(change(), at(100)).unwrap();
    assert_eq!(pump.terminal().stops, 1);
    assert_eq!(
        pump.console().heard[pump.console().heard.len() - 2..],
        [Msg::Resize(100, 30), Msg::Resumed]
    );
    pump.settle(at(100)).unwrap();
    assert_eq!(pump.terminal().frames.last(), Some(&(100, 30)));
    assert_eq!(pump.terminal().forgotten, 1);
}

#[test]
fn where_things_went_is_told_again_after_a_size_that_came_and_went() {
    let desk = Notes::default();
    let mut pump = pump(&desk);
    pump.settle(at(0)).unwrap();
    for columns in [90, 80] {
        pump.terminal().size = (columns, 24);
        pump.resized(at(100)).unwrap();
    }
    pump.settle(at(100)).unwrap();
    let told = pump.console().heard.iter();
    assert_eq!(told.filter(|m| matches!(m, Msg::Drawn(_))).count(), 2);
}

#[test]
fn private_state_is_kept_when_asked_and_before_a_suspension() {
    let desk = Notes::default();
    let saved = RefCell::new(Vec::new());
    let mut pump = pump(&desk).saving(Box::new(|_, how| saved.borrow_mut().push(how)));
    pump.console.next = vec![vec![Effect::Save], vec![Effect::Suspend]];
    pump.deliver(change(), at(1)).unwrap();
    pump.deliver(change(), at(2)).unwrap();
    // A key does not wait for the disk; a process that is about to stop does.
    assert_eq!(*saved.borrow(), [Keeping::Soon, Keeping::Now]);
}
