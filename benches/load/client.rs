//! Clients that cost little: prepared bytes over kept-alive HTTP/1.1 connections.

use std::io::{self, Read, Write};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sandbox_admission::admission::Phase;

use crate::process::Process;
use crate::report::Round;
use crate::tls::{Stream, connect};

/// The longest time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// One connection.
pub struct Connection {
    stream: Stream,
    answer: Vec<u8>,
    read: usize,
}

impl Connection {
    /// Connects and shakes hands.
    pub fn open(server: &Process) -> io::Result<Self> {
        let stream = connect(server.address, &server.certificates.join("ca.crt"), PATIENCE)?;
        Ok(Self { stream, answer: vec![0; 16 << 10], read: 0 })
    }

    /// The bytes of a request, with the head that kube-apiserver sends.
    pub fn request(phase: Phase, body: &str) -> Vec<u8> {
        let path = match phase {
            Phase::Mutating => "/mutate",
            Phase::Validating => "/validate",
        };
        let head = format!(
            "POST {path}?timeout=10s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \
             kube-apiserver-admission\r\nContent-Length: {}\r\nAccept: application/json, \
             */*\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// Sets whether reading waits for the server.
    fn wait(&self, waits: bool) {
        self.stream.sock.set_nonblocking(!waits).unwrap();
    }

    /// Sends a request and reads the whole answer.
    pub fn post(&mut self, request: &[u8]) -> io::Result<()> {
        self.send(request)?;
        while !self.receive()? {}
        Ok(())
    }

    fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.read = 0;
        let mut rest = request;
        while !rest.is_empty() {
            let written = ready(self.stream.write(rest))?.unwrap_or_default();
            rest = &rest[written..];
        }
        while ready(self.stream.flush())?.is_none() {}
        Ok(())
    }

    /// Reads more of the answer; returns whether it is complete.
    fn receive(&mut self) -> io::Result<bool> {
        let Some(more) = ready(self.stream.read(&mut self.answer[self.read..]))? else {
            return Ok(false);
        };
        assert!(more > 0, "the server closed a connection");
        self.read += more;
        Ok(length(&self.answer[..self.read]).is_some_and(|length| self.read >= length))
    }
}

/// The result; `None` where the call would have to wait.
fn ready<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}

/// The length of an answer, once its head has arrived.
fn length(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let field = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some(end + 4 + field.unwrap().parse::<usize>().unwrap())
}

/// Connections to one server, and their requests.
pub struct Workload {
    connections: Vec<Mutex<Connection>>,
    requests: Vec<Vec<u8>>,
}

impl Workload {
    /// Opens the connections and uses each once.
    pub fn connect(server: &Process, connections: usize, reviews: &[(Phase, String)]) -> Self {
        let requests: Vec<_> =
            reviews.iter().map(|(phase, body)| Connection::request(*phase, body)).collect();
        let open = || {
            let mut connection = Connection::open(server).unwrap();
            connection.post(&requests[0]).unwrap();
            Mutex::new(connection)
        };
        let connections = (0..connections).map(|_| open()).collect();
        Self { connections, requests }
    }

    /// Makes every connection ask as fast as it is answered. One thread serves all of them and
    /// never sleeps: waking a client is work of the kernel that would be counted for the server,
    /// and most for a slow one.
    pub fn saturate(&self, server: &Process, duration: Duration) -> Round {
        let mut requests = self.requests.iter().cycle();
        let mut connections: Vec<_> =
            self.connections.iter().map(|it| it.lock().unwrap()).collect();
        for connection in &mut connections {
            connection.wait(false);
            connection.send(requests.next().unwrap()).unwrap();
        }
        let cpu = server.cpu();
        let begun = Instant::now();
        let mut answered = 0;
        while begun.elapsed() < duration {
            for connection in &mut connections {
                if connection.receive().unwrap() {
                    answered += 1;
                    connection.send(requests.next().unwrap()).unwrap();
                }
            }
        }
        let took = begun.elapsed();
        let cpu = server.cpu().saturating_sub(cpu);
        for connection in &mut connections {
            while !connection.receive().unwrap() {
                assert!(begun.elapsed() < duration + PATIENCE, "an answer is missing");
            }
            connection.wait(true);
        }
        Round { answered, took, cpu }
    }

    /// Makes the connections ask in turn, `rate` times a second, also if the answers are slower.
    /// Returns the time of each answer from when its request was due, so that no delay hides
    /// another.
    pub fn pace(&self, rate: u32, duration: Duration) -> Vec<Duration> {
        let gap = Duration::from_secs(1) / rate;
        let count = self.connections.len();
        let total = (duration.as_nanos() / gap.as_nanos()) as u32;
        let ready = Barrier::new(count);
        let begin = Instant::now() + Duration::from_millis(20);
        let latencies = self.each(|connection, number| {
            ready.wait();
            (number as u32..total)
                .step_by(count)
                .map(|index| {
                    let due = begin + gap * index;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let request = &self.requests[index as usize % self.requests.len()];
                    connection.post(request).unwrap();
                    due.elapsed()
                })
                .collect::<Vec<_>>()
        });
        latencies.concat()
    }

    /// Runs a function on every connection at once.
    fn each<T: Send>(&self, run: impl Fn(&mut Connection, usize) -> T + Sync) -> Vec<T> {
        thread::scope(|scope| {
            let run = &run;
            let threads: Vec<_> = (0..)
                .zip(&self.connections)
                .map(|(number, connection)| {
                    scope.spawn(move || run(&mut connection.lock().unwrap(), number))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }
}
