//! The `sandbox-admission` command.
fn main() {}
