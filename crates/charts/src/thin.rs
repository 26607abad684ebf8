//! Fewer of many.

/// Points that a line or a cloud of the whole picture shows at most.
pub(crate) const MOST_POINTS: usize = 2000;

/// At most `most` items, evenly taken, ends kept.
#[must_use]
pub fn thinned<T: Clone>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    let (last, gaps) = (items.len() - 1, most.saturating_sub(1).max(1));
    (0..most).filter_map(|index| items.get(index * last / gaps)).cloned().collect()
}
