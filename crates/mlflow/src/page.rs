//! Pages of a search, and reading all of them up to a stated number.

use std::future::Future;

use crate::Error;

/// One page of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What the page holds, in the order asked for.
    pub items: Vec<T>,
    /// Token of the next page; absent on the last one. The server may give one that leads to an empty page.
    pub next_page_token: Option<String>,
}

/// Reads pages until one is the last, is empty, or `limit` items are there.
pub(crate) async fn collect<T, F>(
    limit: usize,
    mut page: impl FnMut(Option<String>) -> F,
) -> Result<Vec<T>, Error>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let next = page(token).await?;
        let is_empty = next.items.is_empty();
        all.extend(next.items);
        token = next.next_page_token.filter(|token| !token.is_empty());
        if is_empty || token.is_none() || all.len() >= limit {
            all.truncate(limit);
            return Ok(all);
        }
    }
}
