//! Faults: each write of an operator, to either server, has a number; at one number something goes wrong.

use std::collections::BTreeSet;

use crate::api_server::Request;
use crate::mlflow::Op;

/// Every fault after which a life ends as without it.
pub const FAULTS: [Fault; 7] = [
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::Refused,
    Fault::AnswerLost,
    Fault::Conflict,
    Fault::Delayed,
    Fault::Late,
];

/// What goes wrong at a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before its write reaches the server.
    CrashBefore,
    /// The process dies after its write, before the answer.
    CrashAfter,
    /// The server answers with an error and does nothing.
    Refused,
    /// The server does it, and the answer is an error: the outcome is unknown.
    AnswerLost,
    /// Somebody else changed the object just before: the API server answers 409.
    Conflict,
    /// The world goes on for a while before the write arrives, and again before its answer does.
    Delayed,
    /// The process dies, another one goes on, and then the write arrives after all.
    Late,
    /// Somebody deletes the pipeline just before the write arrives.
    Deleted,
}

/// A write that is on its way while its writer is dead.
#[derive(Debug, Clone)]
pub enum Letter {
    Cluster(Request),
    Mlflow(Op),
}

/// A late write, and after how many writes of others it arrives.
#[derive(Debug, Clone)]
pub struct Late {
    pub letter: Letter,
    pub due: usize,
}

/// Writes of others before a late one arrives.
const OTHERS: usize = 3;

/// Counts writes and picks the one at which something goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Injector {
    /// Writes so far, by what they did.
    pub writes: Vec<String>,
    /// Requests to the API server so far, reads too.
    pub requests: Vec<String>,
    /// The number of a write, from 0, and what goes wrong there.
    pub planned: Option<(usize, Fault)>,
    /// The write that is on its way.
    pub late: Option<Late>,
    /// Processes that died.
    pub dead: BTreeSet<u32>,
    /// Whether MLflow answers nobody.
    pub mlflow_down: bool,
    /// From this write on MLflow answers nobody.
    pub down_after: Option<usize>,
}

impl Injector {
    /// Numbers a write; what goes wrong with it.
    pub fn count(&mut self, what: String) -> Option<Fault> {
        let number = self.writes.len();
        self.writes.push(what);
        self.mlflow_down |= self.down_after.is_some_and(|last| number >= last);
        self.planned.filter(|(planned, _)| *planned == number).map(|(_, fault)| fault)
    }

    /// Puts a write on a long way.
    pub fn hold_back(&mut self, letter: Letter) {
        self.late = Some(Late { letter, due: self.writes.len() + OTHERS });
    }

    /// The late write, once its time has come.
    pub fn arrival(&mut self, idle: bool) -> Option<Letter> {
        let due = self.late.as_ref().is_some_and(|late| idle || self.writes.len() >= late.due);
        self.late.take_if(|_| due).map(|late| late.letter)
    }
}
