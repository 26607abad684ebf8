//! Searching model versions, page by page.

use serde::Deserialize;

use crate::{Client, Error, Filter, ModelVersion, Page, page::collect, request::Request};

/// A search for model versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelVersionQuery {
    /// What to look for: `name`, `run_id`, `version_number`, tags.
    pub filter: Filter,
    /// Order, for example `version_number DESC`.
    pub order_by: Vec<String>,
    /// Versions in a page, 1 to 200000; default 1000.
    pub page_size: Option<u32>,
}

impl Client {
    /// One page of model versions, without their aliases.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that can't be written; those of the request.
    pub async fn search_model_versions(
        &self,
        query: &ModelVersionQuery,
        page_token: Option<String>,
    ) -> Result<Page<ModelVersion>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            model_versions: Vec<ModelVersion>,
            next_page_token: Option<String>,
        }
        let mut request = Request::get("model-versions/search")
            .query("filter", query.filter.render()?)
            .query("max_results", query.page_size.unwrap_or(1000).to_string());
        for order in &query.order_by {
            request = request.query("order_by", order);
        }
        if let Some(token) = page_token {
            request = request.query("page_token", token);
        }
        let answer: Answer = self.json(request).await?;
        Ok(Page { items: answer.model_versions, next_page_token: answer.next_page_token })
    }

    /// The first `limit` model versions, over as many pages as needed.
    ///
    /// # Errors
    /// As [`Client::search_model_versions`].
    pub async fn search_all_model_versions(
        &self,
        query: &ModelVersionQuery,
        limit: usize,
    ) -> Result<Vec<ModelVersion>, Error> {
        collect(limit, |token| self.search_model_versions(query, token)).await
    }
}
