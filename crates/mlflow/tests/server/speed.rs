//! What a server's settings do to the time of its answers. A time is only ever held against another of the same server
//! in the same moment: in itself it says what the machine does besides.

use std::time::{Duration, Instant};

use podium_mlflow::{Client, Settings};

use crate::{
    logins::reader,
    support::{shared, start, with_login},
};

/// How long the smallest answer takes that every part of the server has a hand in.
async fn answer_time(client: &Client) -> Duration {
    let began = Instant::now();
    client.version().await.unwrap();
    began.elapsed()
}

/// The lower quartile: what else the machine does only ever adds to a time.
fn usual(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 4]
}

/// The socket of several uvicorn workers on asyncio's loop lacks TCP_NODELAY: each answer on a kept connection waits some
/// 40 ms for the client's delayed acknowledgement, which on a new connection comes at once.
#[tokio::test]
async fn an_answer_on_a_kept_connection_takes_no_longer_than_one_on_a_new_connection() {
    let uvicorn = start("uvicorn-workers", &["--server", "uvicorn"]);
    for server in [shared(), &uvicorn] {
        let client = server.client();
        client.version().await.unwrap();
        let (mut kept, mut new) = (Vec::new(), Vec::new());
        for _ in 0..31 {
            kept.push(answer_time(&client).await);
            new.push(answer_time(&server.client()).await);
        }
        let (kept, new) = (usual(kept), usual(new));
        assert!(kept < 2 * new, "{}: {kept:?} on a kept connection, {new:?} on a new one", server.url);
    }
}

/// A password costs the server a quarter of a second of work, unless it keeps what it has checked.
#[tokio::test]
async fn the_second_answer_to_a_login_comes_much_sooner_than_its_first() {
    let server = with_login();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let client = Client::new(Settings { auth: reader(server).await, ..server.settings() }).unwrap();
        first.push(answer_time(&client).await);
        second.push(answer_time(&client).await);
    }
    let (first, second) = (usual(first), usual(second));
    assert!(3 * second < first, "{first:?}, then {second:?}");
}
