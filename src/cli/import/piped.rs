//! Standard input, waited for with an eye on whoever wants the import stopped: a pipe may stay silent for ever.

use std::fs::File;
use std::io::{self, Read, stdin};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::import::source::halt;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Between two looks at the flag.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// Standard input.
pub struct Piped<'a> {
    input: File,
    stop: &'a AtomicBool,
}

impl<'a> Piped<'a> {
    /// Without a buffer of its own: what waits is with the system, where it can be asked for.
    pub fn new(stop: &'a AtomicBool) -> io::Result<Self> {
        let input = stdin().as_fd().try_clone_to_owned()?.into();
        Ok(Self { input, stop })
    }
}

impl Read for Piped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(halt());
            }
            let mut waits = [PollFd::new(&self.input, PollFlags::IN)];
            match poll(&mut waits, Some(&LOOK)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return self.input.read(buffer),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
