//! Who is at the keyboard, for the journal and for what leaves the house.

use crate::domain::SafeText;

/// The name of the person: the login name, else the user's number.
pub fn actor() -> String {
    let named = ["LOGNAME", "USER"].iter().find_map(|name| {
        std::env::var(name)
            .ok()
            .filter(|who| !who.trim().is_empty())
    });
    let who = named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    SafeText::new(who.trim())
        .as_str()
        .chars()
        .take(128)
        .collect()
}
