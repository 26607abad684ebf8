//! One replica of the operator as a process of this host.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::machine::free_port;

/// A running replica; killed when dropped.
pub struct Operator {
    child: Child,
    /// Where it serves health and metrics.
    pub listen: SocketAddr,
    log: PathBuf,
}

/// How a replica is started.
pub struct Start<'a> {
    pub config: PathBuf,
    pub namespace: &'a str,
    pub lease: &'a str,
    pub identity: &'a str,
    pub login: Option<PathBuf>,
    /// Where it serves trials, if it does.
    pub trials: Option<SocketAddr>,
    /// Variables of its environment.
    pub variables: Vec<(&'a str, String)>,
    pub log: PathBuf,
}

impl Operator {
    /// Starts a replica that watches one namespace alone.
    pub fn start(start: Start<'_>) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port("127.0.0.1")));
        let log = File::options().create(true).append(true).open(&start.log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_podium"));
        command.arg("run").arg("--config").arg(&start.config);
        command.args(["--namespace", start.namespace, "--identity", start.identity]);
        command.args(["--leader-election", start.lease, "--log-format", "text"]);
        command.args(["--listen", &listen.to_string()]);
        if let Some(login) = &start.login {
            command.arg("--login-dir").arg(login);
        }
        if let Some(trials) = start.trials {
            command.args([
                "--trials-listen",
                &trials.to_string(),
                "--trials-uri",
                &format!("https://{trials}"),
            ]);
        }
        command.envs(start.variables);
        let errors = log.try_clone().unwrap();
        let child =
            command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(log).stderr(errors).spawn().unwrap();
        Self { child, listen, log: start.log }
    }

    /// SIGKILL: nothing is finished, nothing is given back.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and waits until it has ended.
    pub async fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let begin = Instant::now();
        while self.runs() {
            assert!(begin.elapsed() < Duration::from_secs(30), "the operator does not stop");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Its metrics as text.
    pub async fn metrics(&self) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.listen).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    /// Whether it says that it leads.
    pub async fn is_leader(&self) -> bool {
        self.metrics().await.lines().any(|line| line == "podium_leader 1")
    }

    /// Waits until it leads.
    pub async fn leads(&self, patience: Duration) {
        let begin = Instant::now();
        loop {
            let answers = tokio::net::TcpStream::connect(self.listen).await.is_ok();
            if answers && self.is_leader().await {
                return;
            }
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            assert!(
                begin.elapsed() < patience,
                "the operator does not lead after {patience:?}; its log:\n{log}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        if self.runs() {
            self.end();
        }
    }
}
