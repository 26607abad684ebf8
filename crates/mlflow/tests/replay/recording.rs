//! Recorded requests and answers of MLflow 3.17.2, and a server that gives a recorded answer to the recorded
//! request.

use podium_mlflow::{Auth, Client, RetryPolicy, Settings};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One request with its answer.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub method: String,
    /// Path with query, unescaped.
    pub target: String,
    pub body: String,
    pub status: u16,
    pub content_type: String,
    pub answer: String,
}

/// All exchanges of a file below `tests/traces`.
pub fn recorded(file: &str) -> Vec<Exchange> {
    let path = format!("{}/tests/traces/{file}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.split("--> ").skip(1).map(parse).collect()
}

/// The one exchange of a file whose request holds all these words.
pub fn find(file: &str, words: &[&str]) -> Exchange {
    let text = |exchange: &Exchange| format!("{} {} {}", exchange.method, exchange.target, exchange.body);
    let mut found = recorded(file);
    found.retain(|exchange| words.iter().all(|word| text(exchange).contains(word)));
    assert_eq!(found.len(), 1, "{file} {words:?}: {found:#?}");
    found.remove(0)
}

fn parse(text: &str) -> Exchange {
    let (request, answer) = text.split_once("\n<-- ").unwrap_or((text.trim_end(), "200 {}"));
    let request = match request.strip_prefix('(') {
        Some(noted) => noted.split_once(") ").unwrap().1,
        None => request,
    };
    let (method, rest) = request.split_once(' ').unwrap();
    let (target, body) = [" {", " b'", " b\""]
        .iter()
        .find_map(|start| {
            rest.split_once(start).map(|(target, body)| (target, format!("{}{body}", start.trim())))
        })
        .unwrap_or((rest, String::new()));
    let (status, answer) = answer.split_once([' ', '\n']).unwrap();
    let (content_type, answer) = match answer {
        json if json.starts_with('{') => ("application/json", json),
        page if page.contains("<!doctype") => page.split_once('\n').unwrap(),
        "(no content type)\n" | "(no content type)" => ("", ""),
        text => ("text/plain", text.rsplit(' ').next().unwrap()),
    };
    Exchange {
        method: method.to_owned(),
        target: target.trim_end().to_owned(),
        body: body.trim_end().to_owned(),
        status: status.parse().unwrap(),
        content_type: content_type.to_owned(),
        answer: answer.trim_end().to_owned(),
    }
}

/// A server that gives the answers of these exchanges, in order, each to one request of a client of its own.
pub struct Replay {
    pub client: Client,
    exchanges: Vec<Exchange>,
    received: JoinHandle<Vec<(String, String)>>,
}

impl Replay {
    pub async fn of(exchanges: Vec<Exchange>) -> Self {
        Self::with_login(Auth::None, exchanges).await
    }

    pub async fn with_login(auth: Auth, exchanges: Vec<Exchange>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = Settings::new(format!("http://{}", listener.local_addr().unwrap()));
        let client = Client::new(Settings { auth, retry: RetryPolicy::once(), ..settings }).unwrap();
        let answers = exchanges.clone();
        let received = tokio::spawn(async move {
            let mut received = Vec::new();
            for exchange in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                received.push(answer(&mut stream, &exchange).await);
            }
            received
        });
        Self { client, exchanges, received }
    }

    /// The values of the `Authorization` header, in order.
    pub async fn logins(self) -> Vec<String> {
        let login =
            |head: &str| head.lines().find_map(|line| Some(line.strip_prefix("authorization: ")?.to_owned()));
        self.received.await.unwrap().iter().map(|(head, _)| login(head).unwrap_or_default()).collect()
    }

    /// That the client has sent what was recorded: at least the recorded query, and at least the recorded
    /// members.
    pub async fn assert_sent_as_recorded(self) {
        for ((head, body), exchange) in self.received.await.unwrap().into_iter().zip(self.exchanges) {
            let line = head.lines().next().unwrap();
            let (method, target) = line.split_once(' ').unwrap();
            assert_eq!(method, exchange.method, "{line}");
            let (path, query) = split_target(target.rsplit_once(' ').unwrap().0);
            let (recorded_path, recorded_query) = split_recorded(&exchange.target);
            assert_eq!(path, recorded_path);
            for pair in recorded_query {
                assert!(query.contains(&pair), "{line} lacks {pair:?}");
            }
            if let Ok(Value::Object(recorded)) = serde_json::from_str(&exchange.body) {
                let sent: Value = serde_json::from_str(&body).unwrap();
                for (key, value) in recorded {
                    assert_eq!(sent[&key], value, "{key} of {body}");
                }
            }
        }
    }
}

fn split_target(target: &str) -> (String, Vec<(String, String)>) {
    let url = reqwest::Url::parse(&format!("http://host{target}")).unwrap();
    let pairs = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    (url.path().to_owned(), pairs)
}

fn split_recorded(target: &str) -> (&str, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    (path, query.split('&').filter_map(pair).collect())
}

/// Reads one request, gives the recorded answer, returns the request's head and body.
async fn answer(stream: &mut TcpStream, exchange: &Exchange) -> (String, String) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let (head, body) = loop {
        let read = stream.read(&mut buffer).await.unwrap();
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            break (head.to_owned(), body.to_owned());
        }
        assert!(read > 0, "the request ended early: {text}");
    };
    let Exchange { status, content_type, answer, .. } = exchange;
    let content_type =
        if content_type.is_empty() { String::new() } else { format!("content-type: {content_type}\r\n") };
    let length = answer.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\n{content_type}content-length: {length}\r\nconnection: close\r\n\r\n{answer}"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    (head, body)
}

fn content_length(head: &str) -> usize {
    let head = head.to_lowercase();
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap())
}
