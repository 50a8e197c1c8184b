//! Signals and the loss of the terminal, heard on threads of their own and told to the loop as orders.
//!
//! The loop restores the terminal and returns. If it cannot (stuck in a write to a terminal that takes nothing), the
//! thread that heard the signal restores what it can and ends the process: a console must never outlive its terminal.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use tokio::sync::mpsc::Sender;

use super::{input, screen, stopping};

/// Time the loop has to restore the terminal.
const TO_RESTORE: Duration = Duration::from_millis(300);
/// Time the program has to return after that.
const TO_RETURN: Duration = Duration::from_secs(1);

/// Why the console ends without being asked by its operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The terminal is gone (SIGHUP, hang-up, a write that failed).
    TerminalGone,
    /// SIGINT.
    Interrupted,
    /// SIGQUIT.
    Quit,
    /// SIGTERM.
    Terminated,
}

impl Ending {
    /// Exit code: 128 and the signal's number.
    pub fn code(self) -> u8 {
        match self {
            Self::TerminalGone => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
        }
    }
}

/// What the loop is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Restore and return.
    End(Ending),
    /// Someone asks us to stop (SIGTSTP from outside).
    Suspend,
    /// The process was continued.
    Continued,
    /// The terminal's size changed.
    Resized,
}

/// Set once the terminal is restored; the watchdogs wait for it.
#[derive(Clone, Debug, Default)]
pub struct Restored(Arc<(Mutex<bool>, Condvar)>);

impl Restored {
    /// The terminal is restored.
    pub fn tell(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Waits for it, at most so long.
    fn within(&self, time: Duration) -> bool {
        let told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .0
            .1
            .wait_timeout_while(told, time, |restored| !*restored);
        waited.map_or(true, |(told, _)| *told)
    }
}

/// Starts the two threads: one hears signals, one waits for the terminal to go. Neither wakes without cause.
pub fn listen(to: &Sender<Order>, restored: &Restored) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    let (orders, watched) = (to.clone(), restored.clone());
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                match order(signal) {
                    Order::End(ending) => end(ending, &orders, &watched),
                    Order::Continued if stopping::ends_our_stop() => {}
                    // Full: the same has been said before and is not heard yet.
                    other => {
                        let _ = orders.try_send(other);
                    }
                }
            }
        })?;
    // A terminal can go without a signal: SIGHUP ignored on the way here, or the other end closed.
    let (orders, watched) = (to.clone(), restored.clone());
    thread::Builder::new()
        .name("terminal".into())
        .spawn(move || {
            input::wait_until_gone();
            end(Ending::TerminalGone, &orders, &watched);
        })?;
    Ok(())
}

fn order(signal: i32) -> Order {
    match signal {
        SIGHUP => Order::End(Ending::TerminalGone),
        SIGINT => Order::End(Ending::Interrupted),
        SIGQUIT => Order::End(Ending::Quit),
        SIGTERM => Order::End(Ending::Terminated),
        SIGTSTP => Order::Suspend,
        SIGCONT => Order::Continued,
        _ => Order::Resized,
    }
}

/// Orders the end and sees to it that it comes.
fn end(ending: Ending, orders: &Sender<Order>, restored: &Restored) {
    let _ = orders.try_send(Order::End(ending));
    if restored.within(TO_RESTORE) {
        thread::sleep(TO_RETURN);
    } else {
        screen::leave_without_waiting();
    }
    #[expect(
        clippy::disallowed_methods,
        clippy::exit,
        reason = "the program did not return in time and must not outlive its terminal"
    )]
    std::process::exit(i32::from(ending.code()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_a_shell_gives_for_the_signals() {
        let codes = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].map(|signal| match order(signal) {
            Order::End(ending) => (signal, i32::from(ending.code())),
            other => panic!("{other:?}"),
        });
        assert!(codes.iter().all(|(signal, code)| *code == 128 + signal));
    }
}
