//! A stand-in for the Service, since there is no kube-proxy here: a new connection goes to one of the
//! replicas that say they are ready, and stays with it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The interval of the probes. With the kubelet, too, it takes a while until a Pod is no endpoint any more.
const PERIOD: Duration = Duration::from_millis(200);
/// The time-out for a replica's answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Service; it runs as long as this process.
pub struct Service {
    /// Its port on the loopback address.
    pub port: u16,
    endpoints: Arc<Mutex<Vec<Endpoint>>>,
}

#[derive(Clone, Copy)]
struct Endpoint {
    reviews: SocketAddr,
    probes: SocketAddr,
    is_ready: bool,
}

impl Service {
    /// Starts a Service without endpoints.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let endpoints = Arc::<Mutex<Vec<Endpoint>>>::default();
        let (probed, chosen) = (Arc::clone(&endpoints), Arc::clone(&endpoints));
        thread::spawn(move || {
            loop {
                probe(&probed);
                thread::sleep(PERIOD);
            }
        });
        thread::spawn(move || {
            for client in listener.incoming() {
                // Without an endpoint, or with one that is gone, the client's connection is closed.
                let Some(server) = choose(&chosen).and_then(|it| TcpStream::connect(it).ok())
                else {
                    continue;
                };
                join(client.unwrap(), server).unwrap();
            }
        });
        Self { port, endpoints }
    }

    /// Adds a Pod; it gets connections once it is ready.
    pub fn add(&self, reviews: SocketAddr, probes: SocketAddr) {
        self.endpoints.lock().unwrap().push(Endpoint { reviews, probes, is_ready: false });
    }

    /// Removes a Pod.
    pub fn remove(&self, reviews: SocketAddr) {
        self.endpoints.lock().unwrap().retain(|endpoint| endpoint.reviews != reviews);
    }

    /// The number of replicas that get connections.
    pub fn ready(&self) -> usize {
        self.endpoints.lock().unwrap().iter().filter(|endpoint| endpoint.is_ready).count()
    }
}

fn probe(endpoints: &Mutex<Vec<Endpoint>>) {
    let probed = endpoints.lock().unwrap().clone();
    for Endpoint { reviews, probes, .. } in probed {
        let is_ready = get(probes, "/readyz").is_ok_and(|it| it.starts_with("HTTP/1.1 200 "));
        let mut endpoints = endpoints.lock().unwrap();
        if let Some(endpoint) = endpoints.iter_mut().find(|it| it.reviews == reviews) {
            endpoint.is_ready = is_ready;
        }
    }
}

/// Takes the ready replicas by turns.
fn choose(endpoints: &Mutex<Vec<Endpoint>>) -> Option<SocketAddr> {
    let mut endpoints = endpoints.lock().unwrap();
    let at = endpoints.iter().position(|endpoint| endpoint.is_ready)?;
    let chosen = endpoints.remove(at);
    endpoints.push(chosen);
    Some(chosen.reviews)
}

fn join(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (requests, answers) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || forward(requests, server));
    thread::spawn(move || forward(answers, client));
    Ok(())
}

/// Copies bytes until one side ends, and then ends the other.
fn forward(mut from: TcpStream, mut to: TcpStream) {
    from.set_nodelay(true).unwrap();
    if io::copy(&mut from, &mut to).is_ok() {
        let _ = to.shutdown(Shutdown::Write);
    } else {
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}

/// The answer to a plain HTTP request, with its head.
pub fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
