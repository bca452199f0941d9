use std::io::{IsTerminal, Write};

use juno_core::domain::Progress;

const WIDTH: u64 = 30;

/// A bar of how far long work has come, where somebody is looking.
pub(crate) fn bar() -> Progress {
    if !std::io::stderr().is_terminal() {
        return Progress::silent();
    }
    Progress::listening(|what, done, total| {
        let bar = match total.filter(|total| *total > 0) {
            Some(total) => {
                let full = done.min(total) * WIDTH / total;
                let bar: String = (0..WIDTH).map(|at| if at < full { '#' } else { '.' }).collect();
                format!("[{bar}] {done} of {total}")
            }
            None => done.to_string(),
        };
        // Nobody is hurt where this cannot be shown.
        let _ = write!(std::io::stderr(), "\r\x1b[2K{what} {bar}");
    })
}

/// Takes the bar away.
pub(crate) fn clear() {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r\x1b[2K");
    }
}
