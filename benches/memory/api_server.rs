//! An API server with objects that never change.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// The objects of a cluster.
#[derive(Debug, Clone, Copy)]
pub enum Objects {
    /// 100,000 Sandboxes of 4 KB that hold a checkpoint.
    Many,
    /// 250 Sandboxes of 1 MB and 300 claims of 500 KB.
    Large,
}

/// The ways to read all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// As an API server before Kubernetes 1.34.
    Pages,
    /// As one from then on.
    Streams,
}

/// The API server.
#[derive(Clone, Copy)]
pub struct ApiServer {
    pub objects: Objects,
    pub lists: Lists,
}

const SPEC: &str = r#""spec":{"operatingMode":"Suspended","suspensionStrategy":{"type":"Hibernate","hibernate":{"snapshotClaimName":"nightly"}}},"status":{"snapshot":{"snapshotUID":"0b8f","snapshotClassName":"gvisor-gcs","snapshotClaimName":"nightly"}}"#;
const FIELDS: &str = r#"{"manager":"kubectl","operation":"Apply"},"#;

impl ApiServer {
    /// Serves on a port of its own for as long as the program runs.
    pub fn start(self) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                thread::spawn(move || self.answer(client));
            }
        });
        Ok(address)
    }

    fn answer(self, client: TcpStream) -> io::Result<()> {
        let mut requests = BufReader::new(client.try_clone()?).lines().map_while(Result::ok);
        let mut client = client;
        while let Some(request) = requests.next() {
            while requests.next().is_some_and(|header| !header.is_empty()) {}
            let (number, size) = match (self.objects, &*request) {
                (Objects::Many, it) if it.contains("/sandboxes") => (100_000, 4096),
                (Objects::Large, it) if it.contains("/sandboxes") => (250, 1_000_000),
                (Objects::Large, it) if it.contains("/snapshotclaims?") => (300, 500_000),
                _ => (0, 0),
            };
            if !request.contains("watch=true") {
                page(&mut client, &request, number, size)?;
            } else if !request.contains("sendInitialEvents") {
                write!(client, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            } else if self.lists == Lists::Streams {
                stream(&mut client, number, size)?;
            } else {
                write!(client, "HTTP/1.1 422 Unprocessable\r\ncontent-length: 0\r\n\r\n")?;
            }
        }
        Ok(())
    }
}

/// Sends a page.
fn page(client: &mut TcpStream, request: &str, number: usize, size: usize) -> io::Result<()> {
    let parameter = |name: &str| {
        let value = request.split_once(name).map_or("", |(_, value)| value);
        value.split(|it: char| !it.is_ascii_digit()).next().and_then(|it| it.parse().ok())
    };
    let start: usize = parameter("continue=").unwrap_or(0);
    let end = number.min(start + parameter("limit=").unwrap_or(number));
    let more = if end < number { end.to_string() } else { String::new() };
    let items: Vec<_> = (start..end).map(|number| object(number, size)).collect();
    // In the order in which an API server writes lists of custom resources.
    let body = format!(
        r#"{{"apiVersion":"v1","items":[{}],"kind":"List","metadata":{{"continue":"{more}","resourceVersion":"7"}}}}"#,
        items.join(",")
    );
    write!(client, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Sends all objects as events, and then nothing more.
fn stream(client: &mut TcpStream, number: usize, size: usize) -> io::Result<()> {
    write!(client, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
    let mut send = |what: &str, object: &str| {
        let line = format!("{{\"type\":\"{what}\",\"object\":{object}}}\n");
        write!(client, "{:x}\r\n{line}\r\n", line.len())
    };
    for number in 0..number {
        send("ADDED", &object(number, size))?;
    }
    let end = r#"{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}"#;
    send("BOOKMARK", &format!("{{\"metadata\":{end}}}"))
}

/// An object of a size; most of it is an annotation and managed fields.
fn object(number: usize, size: usize) -> String {
    let mut json = format!(
        r#"{{"apiVersion":"agents.x-k8s.io/v1beta1","metadata":{{"name":"agent-{number:06}","namespace":"team-{:03}","resourceVersion":"7","annotations":{{"example.com/data":"{}"}},"managedFields":["#,
        number % 500,
        "x".repeat(size / 4)
    );
    while json.len() + SPEC.len() + FIELDS.len() < size {
        json.push_str(FIELDS);
    }
    // Writing into a `String` cannot fail.
    let _ = write!(json, "{{}}]}},{SPEC}}}");
    json
}
