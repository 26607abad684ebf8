//! Searches for experiments.

use serde::{Deserialize, Serialize};

use crate::{Client, Error, Experiment, Filter, Page, page::collect, request::Request};

#[derive(Serialize)]
struct Body<'a> {
    filter: String,
    max_results: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_token: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    experiments: Vec<Experiment>,
    #[serde(default)]
    next_page_token: Option<String>,
}

/// Experiments a page.
const PAGE: usize = 1000;

impl Client {
    /// Active experiments that a filter over `name` and tags finds, up to `limit`.
    ///
    /// # Errors
    /// The server's.
    pub async fn search_all_experiments(
        &self,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Experiment>, Error> {
        let filter = filter.render()?;
        collect(limit, |token| self.experiment_page(filter.clone(), token)).await
    }

    async fn experiment_page(
        &self,
        filter: String,
        token: Option<String>,
    ) -> Result<Page<Experiment>, Error> {
        let body = Body { filter, max_results: PAGE, page_token: token.as_deref() };
        let answer: Answer = self.json(Request::post("experiments/search").json(&body)?).await?;
        Ok(Page {
            items: answer.experiments,
            next_page_token: answer.next_page_token.filter(|t| !t.is_empty()),
        })
    }
}
