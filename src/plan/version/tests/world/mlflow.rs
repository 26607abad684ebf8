//! How MLflow answers queries and takes effects.

use super::*;
use crate::plan::{AliasFacts, FileDigest, ModelFacts, Query, Reading, VersionFacts};

impl World {
    pub(super) fn answer(&self, query: &Query, known: &mut Known) {
        fn reading<T>(down: Option<&Trouble>, found: Option<T>) -> Reading<T> {
            match (down, found) {
                (Some(trouble), _) => Reading::Unreachable(trouble.clone()),
                (None, Some(found)) => Reading::Found(found),
                (None, None) => Reading::Missing,
            }
        }
        let down = self.down.as_ref();
        match query {
            Query::Run(id) => drop(known.runs.insert(id.clone(), reading(down, self.runs.get(id).cloned()))),
            Query::Evidence(id) => {
                drop(known.evidence.insert(id.clone(), reading(down, self.evidence.get(id).cloned())));
            }
            Query::Alias(model, alias) => {
                let holder = self.aliases.get(alias).map(|version| AliasFacts { version: version.clone() });
                known.aliases.insert((model.clone(), alias.clone()), reading(down, holder));
            }
            Query::Version(model, version) => {
                let facts = self.version(version);
                known.versions.insert((model.clone(), version.clone()), reading(down, facts));
            }
            Query::Model(name) => {
                let facts = self.model.clone().map(|tags| ModelFacts { tags, aliases: self.aliases.clone() });
                known.models.insert(name.clone(), reading(down, facts));
            }
            Query::Files(uri) => {
                let digest = self.files.get(uri).map(|digest| FileDigest { digest: digest.clone() });
                known.files.insert(uri.clone(), reading(down, digest));
            }
            Query::Pulse(_)
            | Query::OpenRuns(_)
            | Query::Copies(..)
            | Query::KeyedVersions(..)
            | Query::Trials(..)
            | Query::SweepRuns(..)
            | Query::Artifacts(..) => {
                panic!("{query:?}")
            }
        }
    }

    fn version(&self, version: &str) -> Option<VersionFacts> {
        let found = self.versions.get(&version.parse().ok()?)?;
        let holds = self.aliases.iter().filter(|(_, holder)| *holder == version);
        Some(VersionFacts {
            version: version.to_owned(),
            run_id: found.run_id.clone(),
            source: found.uri.clone(),
            artifact_uri: found.uri.clone(),
            tags: found.tags.clone(),
            aliases: holds.map(|(alias, _)| alias.clone()).collect(),
        })
    }

    pub(super) fn effect(&mut self, effect: &Effect) -> Result<(), ()> {
        if self.down.is_some() {
            return Err(());
        }
        match effect {
            Effect::EnsureModel { tags, .. } => drop(self.model.get_or_insert_with(|| tags.clone())),
            Effect::TagModel { tags, .. } => self.model.get_or_insert_default().extend(tags.clone()),
            Effect::EnsureVersion { key, run_id, tags, source, .. } => {
                self.ensure(key, run_id.clone(), source, tags)
            }
            Effect::TagVersion { version, tags, .. } => {
                let found = self.versions.get_mut(&version.parse().unwrap()).ok_or(())?;
                assert!(tags.values().all(|value| value.chars().count() < 8000));
                found.tags.extend(tags.clone());
            }
            Effect::SetAlias { alias, version, .. } => {
                self.versions.get(&version.parse().unwrap()).ok_or(())?;
                if self.aliases.insert(alias.clone(), version.clone()).as_ref() != Some(version) {
                    self.moves.push((alias.clone(), version.clone()));
                }
            }
            Effect::DeleteVersion { version, .. } => {
                assert!(!self.aliases.values().any(|holder| holder == version), "{version} holds an alias");
                self.versions.remove(&version.parse().unwrap());
            }
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    fn ensure(&mut self, key: &str, run_id: Option<String>, source: &str, tags: &Tags) {
        if self.versions.values().any(|found| found.key.as_deref() == Some(key)) {
            return;
        }
        let (run, path) = source.strip_prefix("runs:/").unwrap().split_once('/').unwrap();
        let uri = format!("{}/{path}", self.runs[run].artifact_uri);
        self.versions
            .insert(self.next, Registered { key: Some(key.into()), run_id, uri, tags: tags.clone() });
        self.next += 1;
    }
}
