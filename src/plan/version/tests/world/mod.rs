//! An MLflow, a record and ModelVersions in memory; plans are applied to them write by write.

mod fixtures;
mod look;
mod mlflow;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;

use super::super::*;
use crate::api::ModelVersion;
use crate::domain::version::validate;
use crate::plan::{Effect, Event, EvidenceFacts, RunFacts, Tags, Trouble};
use crate::settings::{OperatorConfig, Settings};

/// One ModelVersion object.
#[derive(Debug, Clone)]
pub struct Object {
    pub object: ModelVersion,
    pub status: ModelVersionStatus,
    pub finalizer: bool,
    pub deleted_at: Option<Timestamp>,
    pub gone: bool,
}

/// One version in MLflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    pub key: Option<String>,
    pub run_id: Option<String>,
    pub uri: String,
    pub tags: Tags,
}

/// Where something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    CrashBefore,
    CrashAfter,
    Duplicate,
    /// The write fails, and its caller knows.
    Fails,
    /// Somebody else touches the record or status just before.
    Conflict,
    /// The leader dies; its write arrives when the next one is at work.
    Late,
}

/// One write of a plan.
#[derive(Debug, Clone)]
enum Write {
    Effect(Effect),
    Action(usize, VersionAction),
    Status(usize, Box<ModelVersionStatus>, Box<ModelVersionStatus>),
}

#[derive(Debug, Clone)]
pub struct World {
    pub settings: Settings,
    pub objects: Vec<Object>,
    pub model: Option<Tags>,
    pub versions: BTreeMap<u64, Registered>,
    pub next: u64,
    pub aliases: BTreeMap<String, String>,
    pub runs: BTreeMap<String, RunFacts>,
    pub evidence: BTreeMap<String, EvidenceFacts>,
    pub files: BTreeMap<String, String>,
    pub record: Option<(ModelRecord, u64)>,
    pub moves: Vec<(String, String)>,
    pub events: Vec<Event>,
    pub now: i64,
    pub writes: usize,
    pub fault: Option<(usize, Fault)>,
    pub down: Option<Trouble>,
    late: Vec<Write>,
}

impl World {
    pub fn new() -> Self {
        let settings = OperatorConfig::parse(
            "{trainerImage: t:1, tracking: {uri: 'http://m'}, namespaces: [{name: ml, models: [churn], autoPromote: [churn]}, {name: other, models: [own]}]}",
        );
        Self {
            settings: settings.unwrap().check("cluster").unwrap(),
            objects: vec![],
            model: None,
            versions: BTreeMap::new(),
            next: 1,
            aliases: BTreeMap::new(),
            runs: BTreeMap::new(),
            evidence: BTreeMap::new(),
            files: BTreeMap::new(),
            record: None,
            moves: vec![],
            events: vec![],
            now: 1_000_000,
            writes: 0,
            fault: None,
            down: None,
            late: vec![],
        }
    }

    pub fn observed(&self, index: usize) -> Observed {
        let object = &self.objects[index];
        let alive = self.objects.iter().filter(|object| !object.gone);
        Observed {
            status: object.status.clone(),
            record: match &self.record {
                None => RecordState::Absent,
                Some((record, version)) => RecordState::Present {
                    record: Box::new(record.clone()),
                    resource_version: version.to_string(),
                },
            },
            pipeline: PipelineFacts::Absent,
            deleted_at: object.deleted_at,
            finalizer: object.finalizer,
            siblings: alive.filter_map(|object| object.object.metadata.uid.clone()).collect::<BTreeSet<_>>(),
            epoch: 1,
            installation: "cluster".into(),
        }
    }

    /// The plan of an object as it is now.
    pub fn plan(&self, index: usize) -> VersionPlan {
        let valid = validate(&self.objects[index].object, &self.settings).unwrap();
        let (observed, now) = (self.observed(index), Timestamp::from_second(self.now).unwrap());
        let mut known = Known::default();
        for _ in 0..=3 {
            match plan(&valid, &observed, &known, now) {
                Step::Done(plan) => return plan,
                Step::Need(queries) => queries.iter().for_each(|query| self.answer(query, &mut known)),
            }
        }
        panic!("it asked more than three times");
    }

    /// One reconcile; returns whether it wrote anything.
    pub fn reconcile(&mut self, index: usize) -> bool {
        if self.objects[index].gone {
            return false;
        }
        self.now += 1;
        let plan = self.plan(index);
        self.carry_out(index, plan)
    }

    /// Applies a plan write by write, as the reconciler does.
    pub fn carry_out(&mut self, index: usize, plan: VersionPlan) -> bool {
        let old = self.objects[index].status.clone();
        let mut status = plan.status.clone();
        let before = self.writes;
        for effect in plan.effects {
            let pins = matches!(effect, Effect::EnsureVersion { .. });
            if self.write(Write::Effect(effect.clone())).is_err() {
                return true;
            }
            if let (true, Effect::EnsureVersion { key, .. }) = (pins, &effect) {
                let number = self.versions.iter().find(|(_, found)| found.key.as_ref() == Some(key));
                pin(&mut status, &Pin::Version(number.unwrap().0.to_string()));
                let _ = self.write(Write::Status(index, Box::new(old), Box::new(status)));
                return true;
            }
        }
        let (last, then): (Vec<_>, Vec<_>) =
            plan.actions.into_iter().partition(|action| matches!(action, VersionAction::CloseIntent(_)));
        for action in then {
            if self.write(Write::Action(index, action)).is_err() {
                return true;
            }
        }
        if status != old && !self.objects[index].gone {
            if self.write(Write::Status(index, Box::new(old), Box::new(status))).is_err() {
                return true;
            }
            self.events.extend(plan.events);
        }
        for action in last {
            if self.write(Write::Action(index, action)).is_err() {
                return true;
            }
        }
        self.writes > before
    }

    /// One write with the fault that is due; `Err` ends the reconcile.
    fn write(&mut self, write: Write) -> Result<(), ()> {
        let fault = self.fault.filter(|(at, _)| *at == self.writes).map(|(_, fault)| fault);
        self.writes += 1;
        match fault {
            None => self.land(&write),
            Some(Fault::CrashBefore | Fault::Fails) => Err(()),
            Some(Fault::CrashAfter) => self.land(&write).and(Err(())),
            Some(Fault::Duplicate) => self.land(&write).and_then(|()| self.land(&write).or(Ok(()))),
            Some(Fault::Conflict) => {
                if let Some((_, version)) = &mut self.record {
                    *version += 1;
                }
                match write {
                    Write::Status(..) => Err(()),
                    Write::Effect(_) | Write::Action(..) => self.land(&write),
                }
            }
            Some(Fault::Late) => {
                self.late.push(write);
                Err(())
            }
        }
    }

    fn land(&mut self, write: &Write) -> Result<(), ()> {
        match write {
            Write::Effect(effect) => self.effect(effect),
            Write::Action(
                _,
                VersionAction::PutRecord(RecordWrite { record, expected, .. })
                | VersionAction::CloseIntent(RecordWrite { record, expected, .. }),
            ) => {
                let current = self.record.as_ref().map(|(_, version)| version.to_string());
                if current != *expected {
                    return Err(());
                }
                let text = record.to_json().unwrap();
                let next = self.record.as_ref().map_or(1, |(_, version)| version + 1);
                self.record = Some((ModelRecord::parse(&text).unwrap(), next));
                Ok(())
            }
            Write::Action(index, VersionAction::AddFinalizer) => {
                self.objects[*index].finalizer = true;
                Ok(())
            }
            Write::Action(index, VersionAction::RemoveFinalizer) => {
                let object = &mut self.objects[*index];
                object.finalizer = false;
                object.gone = object.deleted_at.is_some();
                Ok(())
            }
            Write::Status(index, old, status) => {
                if self.objects[*index].status != **old {
                    return Err(());
                }
                // As the API server would give it back.
                let text = serde_json::to_string(&**status).unwrap();
                self.objects[*index].status = serde_json::from_str(&text).unwrap();
                Ok(())
            }
        }
    }

    /// Reconciles everything, over and over, until nothing is written any more; late writes of dead leaders arrive in
    /// between.
    pub fn settle(&mut self) {
        for round in 0..60 {
            let mut wrote = false;
            for index in 0..self.objects.len() {
                wrote |= self.reconcile(index);
                if round > 0 {
                    self.arrive();
                }
            }
            if !wrote && self.late.is_empty() {
                return;
            }
        }
        panic!("it never settles: {:?}", self.objects.iter().map(|o| &o.status.message).collect::<Vec<_>>());
    }

    fn arrive(&mut self) {
        for write in std::mem::take(&mut self.late) {
            let _ = self.land(&write);
        }
    }
}
