//! nghttp2's `h2load` as the clients: TLS and HTTP/1.1 by libraries, which sleep until they are
//! answered. The goal for throughput was set with it. It costs about as much as a server that
//! decides nothing.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::process::Process;
use crate::report::Round;

/// Returns whether it is installed.
pub fn is_installed() -> bool {
    Command::new("h2load").arg("--version").output().is_ok()
}

/// Makes the connections ask as fast as they are answered, `times` requests for each body in turn.
pub fn saturate(server: &Process, connections: usize, bodies: &[PathBuf], times: u32) -> Round {
    let mut round = Round { answered: 0, took: Duration::ZERO, cpu: Duration::ZERO };
    for body in bodies {
        let cpu = server.cpu();
        let output = Command::new("h2load")
            .args(["--h1", "--threads=1"])
            .arg(format!("--clients={connections}"))
            .arg(format!("--requests={times}"))
            .arg("--data")
            .arg(body)
            .args(["--header", "content-type: application/json"])
            .arg(format!("https://{}/validate?timeout=10s", server.address))
            .output()
            .unwrap();
        let reported = String::from_utf8(output.stdout).unwrap();
        assert!(reported.contains(&format!("{times} 2xx")), "{reported}");
        round.answered += times;
        round.took += took(&reported).expect("h2load reports `finished in <time>, ...`");
        round.cpu += server.cpu().saturating_sub(cpu);
    }
    round
}

/// The time in `finished in 839.62ms, 71460.64 req/s, 16.63MB/s`.
fn took(reported: &str) -> Option<Duration> {
    let (_, behind) = reported.split_once("finished in ")?;
    let (time, _) = behind.split_once(',')?;
    let (number, unit) = time.split_at(time.find(|it: char| it.is_ascii_alphabetic())?);
    let unit = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        _ => return None,
    };
    Some(Duration::from_secs_f64(number.parse::<f64>().ok()? * unit))
}
