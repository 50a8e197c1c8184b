//! Stopping the whole job, as a shell's job control asks, and hearing that it goes on.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

/// Longest wait for the SIGCONT after our own stop; the clock runs on while we stand, so this is no limit to the stop.
const TO_CONTINUE: Duration = Duration::from_secs(1);

/// We stopped ourselves and have not heard the SIGCONT that follows; hearing it is no news to the loop.
static STOPPED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

fn stopped() -> MutexGuard<'static, bool> {
    STOPPED.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// There is a shell above us that would notice our stopping. A session's first job has none, and would stand for ever.
pub fn can_stop() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops the whole job, wrappers included, until it is continued.
pub fn stop() {
    let mut waiting = stopped();
    *waiting = true;
    // STOP, not TSTP: ours is caught, and the shell sees the same either way.
    if kill_current_process_group(Signal::STOP).is_err() {
        *waiting = false;
    }
    // Another thread may take the signal while this one still runs: it must not touch the terminal before the SIGCONT.
    let _ = STOPPED
        .1
        .wait_timeout_while(waiting, TO_CONTINUE, |waiting| *waiting);
}

/// Takes note of a SIGCONT; true where it ends a stop of our own.
pub fn ends_our_stop() -> bool {
    let ours = std::mem::take(&mut *stopped());
    if ours {
        STOPPED.1.notify_all();
    }
    ours
}
