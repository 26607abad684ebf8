//! Searching runs, page by page.

use serde::{Deserialize, Serialize};

use crate::{Client, Error, ExperimentId, Filter, Page, Run, page::collect, request::Request};

/// Which runs a search sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunView {
    /// Runs that are not deleted.
    #[default]
    ActiveOnly,
    /// Deleted runs.
    DeletedOnly,
    /// Both.
    All,
}

/// A search for runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunQuery {
    /// Where to look; none or unknown ones find nothing.
    pub experiment_ids: Vec<ExperimentId>,
    /// What to look for.
    pub filter: Filter,
    /// Which runs to see.
    pub view: RunView,
    /// Order, for example `metrics.val_loss ASC`; by begin, the latest first, if empty.
    pub order_by: Vec<String>,
    /// Runs in a page, 1 to 50000; default 1000.
    pub page_size: Option<u32>,
}

impl RunQuery {
    /// A search in these experiments.
    pub fn of(experiments: impl IntoIterator<Item = ExperimentId>) -> Self {
        Self { experiment_ids: experiments.into_iter().collect(), ..Self::default() }
    }

    /// With this filter.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Seeing these runs.
    #[must_use]
    pub fn view(mut self, view: RunView) -> Self {
        self.view = view;
        self
    }
}

#[derive(Serialize)]
struct Body<'a> {
    experiment_ids: &'a [ExperimentId],
    #[serde(skip_serializing_if = "String::is_empty")]
    filter: String,
    run_view_type: RunView,
    max_results: u32,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    order_by: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    page_token: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    runs: Vec<Run>,
    next_page_token: Option<String>,
}

impl Client {
    /// One page of runs, from the start or from a token of the page before.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that can't be written; those of the request.
    pub async fn search_runs(
        &self,
        query: &RunQuery,
        page_token: Option<String>,
    ) -> Result<Page<Run>, Error> {
        let body = Body {
            experiment_ids: &query.experiment_ids,
            filter: query.filter.render()?,
            run_view_type: query.view,
            max_results: query.page_size.unwrap_or(1000),
            order_by: &query.order_by,
            page_token,
        };
        let answer: Answer = self.json(Request::post("runs/search").json(&body)?).await?;
        Ok(Page { items: answer.runs, next_page_token: answer.next_page_token })
    }

    /// The first `limit` runs, over as many pages as needed.
    ///
    /// # Errors
    /// As [`Client::search_runs`].
    pub async fn search_all_runs(&self, query: &RunQuery, limit: usize) -> Result<Vec<Run>, Error> {
        collect(limit, |token| self.search_runs(query, token)).await
    }
}
