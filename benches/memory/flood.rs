//! Large and odd reviews, from many connections at once.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::Process;
use crate::tls::{self, Stream};

const CONNECTIONS: usize = 16;
const FLOOD: Duration = Duration::from_secs(10);
/// The longest time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_mins(1);

/// Bodies in which there is a mistake every few bytes, or none at all.
pub fn bodies() -> Vec<(&'static str, String)> {
    let flooded = |kind: &str, start: &str, entry: &dyn Fn(usize) -> String, end: &str| {
        let entries: Vec<_> = (0..400_000).map(entry).collect();
        review(kind, &format!("{start}{}{end}", entries.join(",")))
    };
    let labels = r#"{"metadata":{"name":"o"},"spec":{"spec":{},"metadata":{"labels":{"#;
    let parameters = r#"{"metadata":{"name":"o"},"spec":{"parameters":{"#;
    let owners = r#"{"metadata":{"ownerReferences":["#;
    let pair = |start: &'static str, value: &'static str| {
        move |number: usize| format!("\"{start}{number}\":{value}")
    };
    vec![
        ("bad labels", flooded("SnapshotClaimTemplate", labels, &pair("-", "\"\""), "}}}}")),
        ("credentials", flooded("SnapshotClaim", parameters, &pair("token", "\"\""), "}}}")),
        ("wrong types", flooded("SnapshotClaim", parameters, &pair("p", "1"), "}}}")),
        ("owners", flooded("SnapshotClaim", owners, &|_| "{}".to_owned(), "]}}")),
        ("small reviews", review("SnapshotClaim", r#"{"metadata":{"name":"o"},"spec":{}}"#)),
    ]
}

fn review(kind: &str, object: &str) -> String {
    let mut review = String::from(r#"{"apiVersion":"admission.k8s.io/v1","#);
    // Writing into a `String` cannot fail.
    let _ = write!(
        review,
        r#""kind":"AdmissionReview","request":{{"uid":"u","kind":{{"group":"agents.x-k8s.io","version":"v1beta1","kind":"{kind}"}},"name":"o","namespace":"n","operation":"CREATE","userInfo":{{}},"object":{object}}}}}"#
    );
    review
}

/// Asks a few times, so that everything that is made once is there.
pub fn warm_up(server: &Process) {
    let review = review("SnapshotClass", r#"{"metadata":{"name":"o"},"provisioner":"a.b/c"}"#);
    for _ in 0..CONNECTIONS {
        let mut connection = connect(server);
        for _ in 0..20 {
            post(&mut connection, &review);
        }
    }
}

/// Sends a body over and over from all connections.
pub fn send(server: &Process, body: &str) {
    let until = Instant::now() + FLOOD;
    let answered: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(move || {
                    let mut answered = 0;
                    while Instant::now() < until {
                        let mut connection = connect(server);
                        while Instant::now() < until && post(&mut connection, body) {
                            answered += 1;
                        }
                    }
                    answered
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    println!("{answered} answers to {} KiB each", body.len() >> 10);
}

/// Waits for a minute, in which the server is asked as an API server does: now and then.
pub fn rest(server: &Process) {
    let until = Instant::now() + REST;
    while Instant::now() < until {
        warm_up(server);
        thread::sleep(Duration::from_secs(1));
    }
}

fn connect(server: &Process) -> Stream {
    tls::connect(server.address, &server.ca(), PATIENCE).unwrap()
}

/// Sends a review and reads what comes back; returns whether the connection can be used again.
fn post(connection: &mut Stream, body: &str) -> bool {
    let head = format!(
        "POST /validate?timeout=10s HTTP/1.1\r\nHost: localhost\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let sent = connection.write_all(head.as_bytes()).and_then(|()| {
        connection.write_all(body.as_bytes())?;
        connection.flush()
    });
    let mut answer = Vec::new();
    let mut buffer = [0; 16 << 10];
    while sent.is_ok() {
        match connection.read(&mut buffer) {
            Ok(read) if read > 0 => {
                answer.extend_from_slice(buffer.get(..read).unwrap_or_default());
            }
            _ => return false,
        }
        if length(&answer).is_some_and(|length| answer.len() >= length) {
            return answer.starts_with(b"HTTP/1.1 200");
        }
    }
    false
}

/// The length of an answer, once its head has arrived.
fn length(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let field = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    Some(end + 4 + field.parse::<usize>().ok()?)
}
