//! What the queue takes, gives and counts.

use super::*;

const LINGER: Duration = Duration::from_secs(1);

fn point(step: i64) -> MetricPoint {
    MetricPoint::new("loss", 0.5, 1, step)
}

fn steps(batch: &Batch) -> Vec<i64> {
    batch.metrics.iter().map(|point| point.step).collect()
}

#[test]
fn points_wait_until_a_batch_is_full_or_the_oldest_has_waited_long_enough() {
    let (mut queue, now) = (Queue::new(1 << 20, LINGER), Instant::now());
    assert_eq!(queue.offer_metric(point(0), now), Offered::Wake);
    assert_eq!(queue.offer_metric(point(1), now), Offered::Quiet);
    assert_eq!(queue.take(now), None);
    assert_eq!(steps(&queue.take(now + LINGER).unwrap()), [0, 1]);
    for step in 0..1500 {
        queue.offer_metric(point(step), now);
    }
    assert_eq!(queue.take(now).unwrap().metrics.len(), 1000);
    assert_eq!(queue.take(now), None);
    assert_eq!(queue.take(now + LINGER).unwrap().metrics.len(), 500);
}

#[test]
fn a_full_spool_counts_what_it_drops_and_takes_again_once_there_is_room() {
    let now = Instant::now();
    let mut queue = Queue::new(10 * size_of_metric(&point(0)), LINGER);
    for step in 0..12 {
        queue.offer_metric(point(step), now);
    }
    assert_eq!(queue.counts(), Counts { offered: 12, dropped: 2, ..Counts::default() });
    let batch = queue.take(now + LINGER).unwrap();
    queue.offer_metric(point(20), now);
    assert_eq!(queue.counts().dropped, 3, "what is on its way takes its room still");
    queue.delivered(&batch);
    queue.offer_metric(point(21), now);
    let expected = Counts { offered: 14, delivered: 10, dropped: 3, rejected: 0 };
    assert_eq!((queue.counts(), queue.counts().pending()), (expected, 1));
    let report = queue.report().unwrap_err().to_string();
    assert!(report.contains("3 were dropped") && report.contains("1 are not delivered yet"), "{report}");
}

#[test]
fn an_entry_that_the_server_would_refuse_or_cut_is_rejected_with_its_name() {
    let (mut queue, now) = (Queue::new(1 << 20, LINGER), Instant::now());
    queue.offer_metric(MetricPoint::new("a@b", 1.0, 1, 7), now);
    queue.offer_param(Param::new("p", "x".repeat(6001)), now);
    queue.offer_tag(Tag::new("t", "x".repeat(8001)), now);
    assert_eq!(queue.take(now + LINGER), None);
    let report = queue.report().unwrap_err();
    let names: Vec<_> = report.rejected.iter().map(|rejected| rejected.entry.as_str()).collect();
    assert_eq!(names, ["metric \"a@b\" at step 7", "parameter \"p\"", "tag \"t\""]);
}

#[test]
fn a_waiting_tag_takes_its_latest_value_and_a_waiting_parameter_keeps_its_first() {
    let (mut queue, now) = (Queue::new(1 << 20, LINGER), Instant::now());
    queue.offer_tag(Tag::new("t", "1"), now);
    queue.offer_tag(Tag::new("t", "2"), now);
    queue.offer_param(Param::new("p", "1"), now);
    queue.offer_param(Param::new("p", "1"), now);
    queue.offer_param(Param::new("p", "2"), now);
    let batch = queue.take(now + LINGER).unwrap();
    assert_eq!((batch.tags, batch.params), (vec![Tag::new("t", "2")], vec![Param::new("p", "1")]));
    assert_eq!(queue.counts(), Counts { offered: 5, delivered: 2, rejected: 1, dropped: 0 });
}

#[test]
fn tags_go_one_request_at_a_time_and_metrics_do_not_wait_for_them() {
    let (mut queue, now) = (Queue::new(1 << 20, Duration::ZERO), Instant::now());
    queue.offer_tag(Tag::new("t", "1"), now);
    let first = queue.take(now).unwrap();
    queue.offer_tag(Tag::new("t", "2"), now);
    assert_eq!((queue.take(now), queue.due_at()), (None, None));
    queue.offer_metric(point(0), now);
    let second = queue.take(now).unwrap();
    assert_eq!((second.tags.len(), second.metrics.len()), (0, 1));
    queue.delivered(&first);
    queue.text_arrived();
    assert_eq!(queue.take(now).unwrap().tags, [Tag::new("t", "2")]);
}

#[test]
fn an_urgent_queue_sends_at_once() {
    let (mut queue, now) = (Queue::new(1 << 20, LINGER), Instant::now());
    queue.offer_metric(point(0), now);
    queue.set_urgent(true);
    assert_eq!(steps(&queue.take(now).unwrap()), [0]);
}

#[test]
fn a_batch_of_all_kinds_keeps_the_sum_limit() {
    let (mut queue, now) = (Queue::new(1 << 24, Duration::ZERO), Instant::now());
    for i in 0..1000 {
        queue.offer_metric(point(i), now);
        queue.offer_param(Param::new(format!("p{i}"), "1"), now);
        queue.offer_tag(Tag::new(format!("t{i}"), "1"), now);
    }
    let batch = queue.take(now).unwrap();
    assert_eq!((batch.metrics.len(), batch.params.len(), batch.tags.len()), (800, 100, 100));
    assert_eq!(batch.check(), Ok(()));
}
