//! Searching LoggedModels, page by page.

use serde::{Deserialize, Serialize};

use crate::{Client, Error, ExperimentId, Filter, LoggedModel, Page, page::collect, request::Request};

/// A search for LoggedModels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoggedModelQuery {
    /// Where to look.
    pub experiment_ids: Vec<ExperimentId>,
    /// What to look for.
    pub filter: Filter,
    /// Order; by creation, the latest first, if empty.
    pub order_by: Vec<LoggedModelOrder>,
    /// Models in a page, 1 to 100; default 100.
    pub page_size: Option<u32>,
}

/// One step of an order of LoggedModels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedModelOrder {
    /// For example `metrics.val_acc` or `creation_timestamp`.
    pub field_name: String,
    /// The smallest first.
    pub ascending: bool,
}

impl Client {
    /// One page of LoggedModels.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that can't be written; those of the request.
    pub async fn search_logged_models(
        &self,
        query: &LoggedModelQuery,
        page_token: Option<String>,
    ) -> Result<Page<LoggedModel>, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            experiment_ids: &'a [ExperimentId],
            #[serde(skip_serializing_if = "String::is_empty")]
            filter: String,
            #[serde(skip_serializing_if = "<[LoggedModelOrder]>::is_empty")]
            order_by: &'a [LoggedModelOrder],
            max_results: u32,
            #[serde(skip_serializing_if = "Option::is_none")]
            page_token: Option<String>,
        }
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            models: Vec<LoggedModel>,
            next_page_token: Option<String>,
        }
        let body = Body {
            experiment_ids: &query.experiment_ids,
            filter: query.filter.render()?,
            order_by: &query.order_by,
            max_results: query.page_size.unwrap_or(100),
            page_token,
        };
        let answer: Answer = self.json(Request::post("logged-models/search").json(&body)?).await?;
        Ok(Page { items: answer.models, next_page_token: answer.next_page_token })
    }

    /// The first `limit` LoggedModels, over as many pages as needed.
    ///
    /// # Errors
    /// As [`Client::search_logged_models`].
    pub async fn search_all_logged_models(
        &self,
        query: &LoggedModelQuery,
        limit: usize,
    ) -> Result<Vec<LoggedModel>, Error> {
        collect(limit, |token| self.search_logged_models(query, token)).await
    }
}
