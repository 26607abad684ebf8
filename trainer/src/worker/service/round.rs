//! One try of a call at each address, and which answer counts.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use podium_contract::Answer;
use serde::de::DeserializeOwned;
use tracing::{info, warn};

use super::trouble::Trouble;
use super::{Standing, TrialService, token};

impl TrialService {
    /// The leader is tried first, and the name looked up only when that does not help. What is final ends the round; else
    /// the most telling trouble comes back.
    pub(super) async fn round<A: DeserializeOwned>(&self, path: &str, body: &Bytes) -> Result<A, Trouble> {
        let token = token::read(&self.token);
        let token = token.as_deref();
        let leader = self.addresses.leader();
        let mut worst = None;
        if let Some(address) = leader {
            match self.attempt(address, path, body, token).await {
                Err(trouble) if !trouble.is_final() => worst = Some(trouble),
                ended => return ended,
            }
        }
        let resolved = self.addresses.resolve().await;
        let others = match resolved {
            Ok(addresses) => addresses.into_iter().filter(|address| Some(*address) != leader),
            Err(message) => return Err(Trouble::worst(worst, Trouble::Away(message))),
        };
        for address in others {
            match self.attempt(address, path, body, token).await {
                Err(trouble) if !trouble.is_final() => worst = Some(Trouble::worst(worst, trouble)),
                ended => return ended,
            }
        }
        Err(worst.unwrap_or_else(|| Trouble::Away("its name stands for no address".to_owned())))
    }

    async fn attempt<A: DeserializeOwned>(
        &self,
        address: SocketAddr,
        path: &str,
        body: &Bytes,
        token: Option<&str>,
    ) -> Result<A, Trouble> {
        let sent = self.http.post(address, path, body, token).await;
        sent.and_then(|answer| self.take(address, answer)).inspect_err(|trouble| {
            warn!(%address, path, %trouble, "the trial service did not take it");
            if !trouble.is_final() {
                self.addresses.avoid(address);
            }
        })
    }

    /// Only the answer of the newest leader counts: an older one may not know yet that it was replaced.
    fn take<A>(&self, address: SocketAddr, answer: Answer<A>) -> Result<A, Trouble> {
        let mut standing = self.standing();
        if answer.epoch < standing.epoch {
            let message = format!("it answers for epoch {}, {} has begun", answer.epoch, standing.epoch);
            return Err(Trouble::Away(message));
        }
        if answer.epoch > standing.epoch {
            info!(%address, epoch = answer.epoch, "this replica of the operator leads");
        }
        *standing = Standing { epoch: answer.epoch, at: Instant::now() };
        self.addresses.prefer(address);
        Ok(answer.answer)
    }
}
