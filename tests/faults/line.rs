//! A line to a server that loses the first of each distinct request, or the answer to it.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What gets lost the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loses {
    Requests,
    Answers,
}

/// The line.
pub struct Line {
    address: SocketAddr,
    lost: Arc<Mutex<HashSet<Vec<u8>>>>,
}

impl Line {
    pub async fn start(server: &str, loses: Loses) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let lost: Arc<Mutex<HashSet<Vec<u8>>>> = Arc::default();
        let seen = Arc::clone(&lost);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, seen) = (server.clone(), Arc::clone(&seen));
                tokio::spawn(async move { carry(stream, &server, loses, &seen).await });
            }
        });
        Self { address, lost }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests or answers were lost.
    pub fn lost(&self) -> usize {
        self.lost.lock().unwrap().len()
    }
}

/// One request a connection; a lost one ends the connection without an answer.
async fn carry(
    mut stream: TcpStream,
    server: &str,
    loses: Loses,
    seen: &Mutex<HashSet<Vec<u8>>>,
) -> Option<()> {
    let (head, body) = request(&mut stream).await?;
    let mut key = head.lines().next()?.as_bytes().to_vec();
    key.extend(&body);
    let first = seen.lock().unwrap().insert(key);
    if first && loses == Loses::Requests {
        return None;
    }
    let mut upstream = TcpStream::connect(server).await.ok()?;
    let kept = head.lines().filter(|line| {
        let lower = line.to_ascii_lowercase();
        !line.is_empty() && !lower.starts_with("connection:")
    });
    let mut text = kept.collect::<Vec<_>>().join("\r\n");
    text.push_str("\r\nConnection: close\r\n\r\n");
    upstream.write_all(text.as_bytes()).await.ok()?;
    upstream.write_all(&body).await.ok()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).await.ok()?;
    if first && loses == Loses::Answers {
        return None;
    }
    stream.write_all(&answer).await.ok()?;
    stream.shutdown().await.ok()
}

async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let mut body = bytes.split_off(end + 4);
            let missing = length.unwrap_or(0).saturating_sub(body.len());
            let mut rest = vec![0; missing];
            stream.read_exact(&mut rest).await.ok()?;
            body.extend(rest);
            return Some((head, body));
        }
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend(&chunk[..count]);
    }
}
