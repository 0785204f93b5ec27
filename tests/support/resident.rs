//! The memory of another process, as Linux tells it. For benches, too.

use std::fs;

/// The kilobytes that are in memory now.
pub fn now(process: u32) -> u64 {
    status(process, "VmRSS:")
}

/// The most kilobytes that ever were.
pub fn peak(process: u32) -> u64 {
    status(process, "VmHWM:")
}

fn status(process: u32, key: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("the server is gone");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
