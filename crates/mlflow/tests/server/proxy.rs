//! A TCP proxy that cuts, delays and refuses, to stand between a client and a server.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};

use crate::damage::Damage;

/// What the proxy does to new requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The request reaches the server, the answer is cut off.
    CutAnswer,
    /// Like `CutAnswer` for so many requests, then nothing.
    CutAnswers(u32),
    /// The next answer is cut off in its middle, then nothing.
    CutMidway,
    /// The connection is closed before the request is forwarded.
    CutRequest,
    /// The answer comes so much later.
    Delay(Duration),
    /// The request reaches the server damaged.
    Damage(Damage),
}

/// A proxy in front of a server.
pub struct Proxy {
    pub address: SocketAddr,
    target: String,
    state: Arc<State>,
    task: Option<JoinHandle<()>>,
    /// While it is down: the port, bound and not listened to, so that connections are refused and nobody else takes it.
    port: Option<TcpSocket>,
}

#[derive(Default)]
struct State {
    fault: Mutex<Option<Fault>>,
    requests: AtomicU32,
    in_flight: AtomicU32,
    most_in_flight: AtomicU32,
    connections: Mutex<Vec<JoinHandle<()>>>,
}

impl Proxy {
    /// A proxy on this loopback address in front of the server at this URL.
    pub async fn start(host: &str, url: &str) -> Self {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let mut proxy = Self {
            address: listener.local_addr().unwrap(),
            target: url.trim_start_matches("http://").to_owned(),
            state: Arc::default(),
            task: None,
            port: None,
        };
        proxy.serve(listener);
        proxy
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set(&self, fault: Fault) {
        *self.state.fault.lock().unwrap() = Some(fault);
    }

    /// Requests that reached the server.
    pub fn requests(&self) -> u32 {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// The most requests at the server at one time.
    pub fn most_in_flight(&self) -> u32 {
        self.state.most_in_flight.load(Ordering::SeqCst)
    }

    /// Refuses connections and cuts open ones, as if the server were not there.
    pub async fn go_down(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind(self.address).unwrap();
        self.port = Some(port);
        for connection in self.state.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }

    /// Takes connections again, on the same port.
    pub fn come_up(&mut self) {
        let port = self.port.take().expect("it was taken down before");
        self.serve(port.listen(1024).unwrap());
    }

    fn serve(&mut self, listener: TcpListener) {
        let (state, target) = (Arc::clone(&self.state), self.target.clone());
        self.task = Some(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let connection = tokio::spawn(connection(client, target.clone(), Arc::clone(&state)));
                state.connections.lock().unwrap().push(connection);
            }
        }));
    }
}

/// Passes requests on, one after the other, until a fault or either side ends it.
async fn connection(mut client: TcpStream, target: String, state: Arc<State>) {
    let mut buffer = vec![0; 1 << 16];
    while let Some(request) = read_message(&mut client, &mut buffer).await {
        let fault = next_fault(&state);
        if fault == Fault::CutRequest {
            return;
        }
        state.requests.fetch_add(1, Ordering::SeqCst);
        let now = state.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_in_flight.fetch_max(now, Ordering::SeqCst);
        let answer = ask(&target, &forwarded(request, fault)).await;
        state.in_flight.fetch_sub(1, Ordering::SeqCst);
        match fault {
            Fault::CutAnswer | Fault::CutAnswers(_) => return,
            Fault::CutMidway => {
                drop(client.write_all(&answer[..answer.len() / 2]).await);
                return;
            }
            Fault::Delay(delay) => tokio::time::sleep(delay).await,
            Fault::None | Fault::CutRequest | Fault::Damage(_) => {}
        }
        if client.write_all(&answer).await.is_err() {
            return;
        }
    }
}

fn forwarded(request: Vec<u8>, fault: Fault) -> Vec<u8> {
    let Fault::Damage(damage) = fault else { return request };
    let head_end = find(&request, b"\r\n\r\n").unwrap();
    damage.of(&request[..head_end], &request[head_end + 4..])
}

fn next_fault(state: &State) -> Fault {
    let mut fault = state.fault.lock().unwrap();
    let now = fault.unwrap_or(Fault::None);
    match now {
        Fault::CutAnswers(left) if left > 1 => *fault = Some(Fault::CutAnswers(left - 1)),
        Fault::CutAnswers(_) | Fault::CutMidway => *fault = Some(Fault::None),
        Fault::None | Fault::CutAnswer | Fault::CutRequest | Fault::Delay(_) | Fault::Damage(_) => {}
    }
    now
}

/// Sends one whole request on a connection of its own and reads until the server closes it.
async fn ask(target: &str, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(target).await.unwrap();
    // The server must close when it has answered, so that the end of its answer needs no parsing.
    let head_end = find(request, b"\r\n\r\n").unwrap();
    server.write_all(&request[..head_end]).await.unwrap();
    server.write_all(b"\r\nconnection: close").await.unwrap();
    server.write_all(&request[head_end..]).await.unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.unwrap();
    answer
}

/// One request with head and body; `None` at the end of the connection. Pipelining is not expected.
async fn read_message(client: &mut TcpStream, buffer: &mut [u8]) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        if let Some(head_end) = find(&message, b"\r\n\r\n")
            && message.len() >= head_end + 4 + body_length(&message[..head_end])
        {
            return Some(message);
        }
        match client.read(buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => message.extend_from_slice(&buffer[..read]),
        }
    }
}

fn body_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.map_or(0, |length| length.trim().parse().unwrap())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
