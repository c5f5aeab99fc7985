use chrono::TimeDelta;

use super::*;

const ARTICLE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn batch(number: i64, minutes: i64, views: &[(Uuid, i64)]) -> Batch {
    // 20:00 of 23 November in Việt Nam, and so many minutes.
    let start: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().expect("a time");
    Batch {
        number,
        id: Uuid::from_u128(99),
        counted_at: start + TimeDelta::minutes(minutes),
        articles: views.iter().map(|view| view.0).collect(),
        visitors: views.iter().map(|view| view.1).collect(),
        earlier: None,
        blocks: None,
        per_block: None,
    }
}

fn counted(outcomes: &[Outcome]) -> Vec<bool> {
    outcomes.iter().map(|outcome| outcome.counted).collect()
}

#[test]
fn a_visitor_counts_once_in_half_an_hour_since_they_counted() {
    let mut tally = Tally::default();
    assert_eq!(counted(&tally.fold(&batch(1, 0, &[(ARTICLE, 7), (ARTICLE, 7), (OTHER, 8)]))), [true, false, true]);
    assert_eq!(counted(&tally.fold(&batch(2, 29, &[(ARTICLE, 7)]))), [false]);
    assert_eq!(counted(&tally.fold(&batch(3, 30, &[(ARTICLE, 7)]))), [true]);
    assert_eq!(counted(&tally.fold(&batch(4, 59, &[(ARTICLE, 7)]))), [false]);
    assert_eq!(counted(&tally.fold(&batch(5, 60, &[(ARTICLE, 7)]))), [true]);
}

#[test]
fn a_visitor_of_before_midnight_is_known_by_the_earlier_digest() {
    let mut tally = Tally::default();
    tally.fold(&batch(1, 239, &[(ARTICLE, 7)]));
    let after = |number, minutes| Batch { earlier: Some(vec![7]), ..batch(number, minutes, &[(ARTICLE, 70)]) };

    assert_eq!(counted(&tally.fold(&after(2, 241))), [false]);
    assert_eq!(counted(&tally.fold(&after(3, 269))), [true]);
    // From a replica that is still in yesterday.
    assert_eq!(counted(&tally.fold(&batch(4, 270, &[(ARTICLE, 7)]))), [false]);
}

/// The same from these blocks of addresses, of which each may count two visitors.
fn from_blocks(batch: Batch, blocks: &[i32]) -> Batch {
    Batch { blocks: Some(blocks.to_vec()), per_block: Some(2), ..batch }
}

#[test]
fn a_block_of_addresses_counts_so_many_visitors_in_half_an_hour_by_the_clock() {
    let mut tally = Tally::default();
    let crowd = |first: i64| [(ARTICLE, first), (ARTICLE, first + 1), (ARTICLE, first + 2), (ARTICLE, first + 3)];
    let blocks = [5, 5, 5, 6];

    assert_eq!(counted(&tally.fold(&from_blocks(batch(1, 29, &crowd(10)), &blocks))), [true, true, false, true]);
    // In the next half hour by the clock, of which the log knows by itself: a replica that starts here agrees.
    let mut late = Tally::default();
    for tally in [&mut tally, &mut late] {
        assert_eq!(counted(&tally.fold(&from_blocks(batch(2, 30, &crowd(20)), &blocks))), [true, true, false, true]);
        let at = batch(3, 59, &[]).counted_at;
        assert_eq!([5, 6, 7].map(|block| tally.is_full(block, 2, at)), [true, false, false]);
        assert!(!tally.is_full(5, 2, at + TimeDelta::minutes(1)));
        // A reader who was counted is not one more, whoever asks; and who bounds nobody counts all.
        assert_eq!(counted(&tally.fold(&from_blocks(batch(3, 59, &[(ARTICLE, 23)]), &[6]))), [false]);
        assert_eq!(counted(&tally.fold(&from_blocks(batch(4, 59, &[(ARTICLE, 24)]), &[6]))), [true]);
        assert_eq!(counted(&tally.fold(&batch(5, 59, &crowd(30)))), [true; 4]);
    }
}

#[test]
fn totals_hold_each_batch_once_whenever_they_are_read() {
    let mut tally = Tally::new(0, 0);
    assert!(tally.load(0, [(ARTICLE, 100)]));
    let outcomes = tally.fold(&batch(1, 0, &[(ARTICLE, 1), (OTHER, 11), (ARTICLE, 2)]));
    assert_eq!(outcomes.iter().map(|outcome| outcome.views).collect::<Vec<_>>(), [101, 0, 102]);

    // Read late: the database lacks the first batch.
    assert!(tally.load(0, [(OTHER, 50)]));
    assert_eq!(tally.views(OTHER), Some(51));
    // Read early: another replica folded the second batch before us.
    assert!(tally.load(2, [(OTHER, 52)]));
    tally.fold(&batch(2, 1, &[(OTHER, 12)]));
    assert_eq!(tally.views(OTHER), Some(52));
    tally.fold(&batch(3, 1, &[(OTHER, 13)]));
    assert_eq!(tally.views(OTHER), Some(53));
}

#[test]
fn what_is_written_is_not_written_again() {
    let mut tally = Tally::default();
    tally.fold(&batch(1, 239, &[(ARTICLE, 1), (OTHER, 11)]));
    tally.fold(&batch(2, 240, &[(ARTICLE, 2), (ARTICLE, 3)]));
    let sums = tally.sums_behind(0);
    assert_eq!((sums.number, sums.totals[&ARTICLE], sums.totals[&OTHER]), (2, 3, 1));
    let mut days: Vec<_> = sums.days.iter().map(|((id, day), views)| (*id, day.to_string(), *views)).collect();
    days.sort();
    let day = |day: &str| format!("2026-11-{day}");
    assert_eq!(days, [(ARTICLE, day("23"), 1), (ARTICLE, day("24"), 2), (OTHER, day("23"), 1)]);

    tally.written(1);

    assert_eq!((tally.unwritten(), tally.sums_behind(1).totals), (2, [(ARTICLE, 2)].into()));
    assert!(!tally.load(0, [(ARTICLE, 0)]), "read before the mark moved");
    tally.written(5);
    tally.fold(&batch(5, 241, &[(ARTICLE, 4)]));
    assert_eq!(tally.unwritten(), 0, "another replica wrote it");
}

#[test]
fn of_too_many_visitors_the_oldest_are_forgotten() {
    let mut tally = Tally::default();
    for number in 1..=20 {
        let crowd: Vec<_> = (0..100).map(|visitor| (ARTICLE, visitor + number * 100)).collect();
        tally.fold(&batch(number, 0, &crowd));
    }
    let in_order: usize = tally.in_order.iter().map(|(_, digests)| digests.len()).sum();
    assert!(tally.lately.len() <= MAX_DIGESTS + 100 && in_order == tally.lately.len());
    assert_eq!(counted(&tally.fold(&batch(21, 1, &[(ARTICLE, 100), (ARTICLE, 2099)]))), [true, false]);
    tally.fold(&batch(22, 30, &[(ARTICLE, -1)]));
    assert_eq!(tally.lately.len(), 2, "the visits of half an hour ago are gone");
}
