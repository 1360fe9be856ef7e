use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Rows come and go, with and without a commit under way: what can be picked is what is in neither set.
#[test]
fn a_number_is_free_when_it_is_neither_a_row_nor_in_flight() {
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (low, high) = (1000, 1039);
        let nothing = if seed % 2 == 0 { Taken::between(low, high) } else { Taken::between(0, u128::MAX) };
        let mut stock = Stock::new(nothing.clone());
        let (mut rows, mut in_flight) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..2000 {
            let number = rng.random_range(low..=high);
            match rng.random_range(0..5) {
                0 => {
                    stock.insert(number);
                    rows.insert(number);
                }
                1 => {
                    stock.remove(number);
                    rows.remove(&number);
                }
                2 | 3 => {
                    stock.reserve(number);
                    in_flight.insert(number);
                }
                _ => {
                    stock.release(number);
                    in_flight.remove(&number);
                }
            }
            let (a, b) = (rng.random_range(low..=high), rng.random_range(low..=high));
            let free = (a..=b).find(|number| !rows.contains(number) && !in_flight.contains(number));
            assert_eq!(stock.first_gap(a, b), free, "seed {seed}");
            let mut stretch = 0;
            let stretches = (a..=b).map(|number| {
                let free = !rows.contains(&number) && !in_flight.contains(&number);
                stretch = if free { stretch + 1 } else { 0 };
                stretch
            });
            assert_eq!(stock.longest_gap(a, b, 100), stretches.max().unwrap_or(0), "seed {seed}");
            let row = (a..=b).find(|number| rows.contains(number));
            let used = row.or_else(|| (a..=b).find(|number| in_flight.contains(number)));
            assert_eq!(stock.first(a, b), used, "seed {seed}");
            assert_eq!(stock.count(a, b), (a..=b).filter(|number| rows.contains(number)).count() as u128);
            assert_eq!(stock.is_empty(), rows.is_empty() && in_flight.is_empty());
            let mut other = Stock::new(nothing.clone());
            other.insert(a);
            let mut unlike: Vec<_> = rows.iter().map(|row| (*row, true)).filter(|row| row.0 != a).collect();
            unlike.extend((!rows.contains(&a)).then_some((a, false)));
            unlike.sort_unstable();
            assert_eq!(stock.unlike(&other, low, high).collect::<Vec<_>>(), unlike, "seed {seed}");
        }
        in_flight.iter().for_each(|number| stock.release(*number));
        let mut rebuilt = Stock::new(nothing);
        rows.iter().for_each(|number| rebuilt.insert(*number));
        assert_eq!(stock, rebuilt, "seed {seed}: once nothing is under way, the index is what the rows say");
    }
}
