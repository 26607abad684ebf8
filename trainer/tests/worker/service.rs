//! The trial service as the operator has it: replicas that share what they know, and faults that a test asks for.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use axum::{Router, http::header::AUTHORIZATION};
use podium_contract::{
    ASK_PATH, Answer, Ask, Asked, REPORT_PATH, Refused, Report, Reported, TELL_PATH, Tell, Told,
};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// It is refused before it has an effect.
    Refuse(u16),
    /// It is refused since the worker has read other data.
    OtherData,
    /// It has its effect, and the answer never arrives.
    LoseAnswer,
    /// It is answered well by one who has not noticed that he leads no more.
    Epoch(i32),
}

/// A call that had its effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    Ask(Ask),
    Report(Report),
    Tell(Tell),
}

/// What all replicas know.
pub struct Ledger {
    /// Trials to be given out; then workers are sent away.
    pub trials: VecDeque<Asked>,
    /// Answers a report.
    pub judge: Box<dyn Fn(&Report) -> Reported + Send>,
    /// What had an effect, in order.
    pub calls: Vec<Call>,
    pub tokens: Vec<Option<String>>,
    pub epoch: i32,
    faults: VecDeque<(&'static str, Fault)>,
}

impl Ledger {
    pub fn tells(&self) -> Vec<&Tell> {
        self.calls
            .iter()
            .filter_map(|call| if let Call::Tell(tell) = call { Some(tell) } else { None })
            .collect()
    }

    pub fn reports(&self) -> Vec<&Report> {
        self.calls
            .iter()
            .filter_map(|call| if let Call::Report(report) = call { Some(report) } else { None })
            .collect()
    }

    pub fn asks(&self) -> usize {
        self.calls.iter().filter(|call| matches!(call, Call::Ask(_))).count()
    }

    /// The trials that a worker had when it asked, ask by ask.
    pub fn helds(&self) -> Vec<&[i64]> {
        self.calls
            .iter()
            .filter_map(|call| if let Call::Ask(ask) = call { Some(ask.held.as_slice()) } else { None })
            .collect()
    }

    fn fault(&mut self, path: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|(of, _)| *of == path)?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    fn ask(&mut self, ask: Ask) -> Asked {
        self.calls.push(Call::Ask(ask));
        self.trials.pop_front().unwrap_or(Asked::Leave { reason: "no more trials".to_owned() })
    }

    fn report(&mut self, report: Report) -> Reported {
        let answer = (self.judge)(&report);
        self.calls.push(Call::Report(report));
        answer
    }

    fn tell(&mut self, tell: Tell) -> Told {
        let is_known = self.tells().iter().any(|told| told.number == tell.number);
        self.calls.push(Call::Tell(tell));
        if is_known { Told::Repeated } else { Told::Accepted }
    }
}

/// A trial service.
#[derive(Clone)]
pub struct TrialServer {
    ledger: Arc<Mutex<Ledger>>,
}

impl TrialServer {
    /// Gives out trials of these numbers.
    pub fn with(numbers: std::ops::Range<i64>) -> Self {
        let ledger = Ledger {
            trials: numbers.map(|number| trial(number, &[("x", Value::from(number))])).collect(),
            judge: Box::new(|_| Reported::Continue),
            calls: Vec::new(),
            tokens: Vec::new(),
            epoch: 1,
            faults: VecDeque::new(),
        };
        Self { ledger: Arc::new(Mutex::new(ledger)) }
    }

    /// Gives out trials of these numbers, and allows to ask for them ahead.
    pub fn ahead(numbers: std::ops::Range<i64>) -> Self {
        let server = Self::with(numbers);
        for asked in &mut server.ledger().trials {
            if let Asked::Trial { ahead, .. } = asked {
                *ahead = true;
            }
        }
        server
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// The next calls of this path meet these faults.
    pub fn fail(&self, path: &'static str, faults: impl IntoIterator<Item = Fault>) {
        self.ledger().faults.extend(faults.into_iter().map(|fault| (path, fault)));
    }

    /// Judges reports.
    pub fn judge(&self, judge: impl Fn(&Report) -> Reported + Send + 'static) {
        self.ledger().judge = Box::new(judge);
    }

    /// A replica that leads.
    pub async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        serve(listener, self.router());
        address
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route(
                ASK_PATH,
                post(async |State(server): State<Self>, headers: HeaderMap, body: Bytes| {
                    server.answer(ASK_PATH, &headers, &body, Ledger::ask).await
                }),
            )
            .route(
                REPORT_PATH,
                post(async |State(server): State<Self>, headers: HeaderMap, body: Bytes| {
                    server.answer(REPORT_PATH, &headers, &body, Ledger::report).await
                }),
            )
            .route(
                TELL_PATH,
                post(async |State(server): State<Self>, headers: HeaderMap, body: Bytes| {
                    server.answer(TELL_PATH, &headers, &body, Ledger::tell).await
                }),
            )
            .with_state(self.clone())
    }

    async fn answer<Q: serde::de::DeserializeOwned, A: Serialize>(
        &self,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
        effect: impl FnOnce(&mut Ledger, Q) -> A,
    ) -> Response {
        let (answer, fault) = {
            let mut ledger = self.ledger();
            ledger.tokens.push(headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned()));
            let fault = ledger.fault(path);
            match fault {
                Some(Fault::Refuse(status)) => return refuse(status, "Fault"),
                Some(Fault::OtherData) => return refuse(409, "DataChanged"),
                _ => {}
            }
            let epoch = if let Some(Fault::Epoch(epoch)) = fault { epoch } else { ledger.epoch };
            let answer = effect(&mut ledger, serde_json::from_slice(body).unwrap());
            (Json(Answer { epoch, answer }), fault)
        };
        if fault == Some(Fault::LoseAnswer) {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        answer.into_response()
    }
}

/// A replica at another address and the same port that only says that it does not lead.
pub async fn start_standby(leader: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), leader.port())).await.unwrap();
    let address = listener.local_addr().unwrap();
    serve(listener, Router::new().fallback(async || refuse(503, "NotLeader")));
    address
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}

fn refuse(status: u16, reason: &str) -> Response {
    let refused = Refused { reason: reason.to_owned(), message: "a test asked for it".to_owned() };
    (StatusCode::from_u16(status).unwrap(), Json(refused)).into_response()
}

pub fn trial(number: i64, parameters: &[(&str, Value)]) -> Asked {
    let parameters: Map<String, Value> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Asked::Trial { number, attempt: 1, run_id: format!("run-{number}"), parameters, ahead: false }
}
