//! How many pods the ReplicaSets of a Deployment get next. Counts only.

/// The pods of one ReplicaSet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Asked for.
    pub(super) wanted: i64,
    pub(super) available: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) replicas: i64,
    pub(super) surge: i64,
    pub(super) unavailable: i64,
}

/// What the new one gets, as long as the old ones have what they have.
pub(super) fn new_size(limits: Limits, new: Size, old: &[Size]) -> i64 {
    if new.wanted >= limits.replicas {
        return limits.replicas;
    }
    let all = new.wanted + old.iter().map(|one| one.wanted).sum::<i64>();
    let room = (limits.replicas + limits.surge - all).max(0);
    new.wanted + room.min(limits.replicas - new.wanted)
}

/// What the old ones, the oldest first, may be brought down to.
pub(super) fn old_sizes(limits: Limits, new: Size, old: &[Size]) -> Vec<i64> {
    let mut sizes: Vec<_> = old.iter().map(|one| one.wanted).collect();
    let least = limits.replicas - limits.unavailable;
    let all = new.wanted + sizes.iter().sum::<i64>();
    let mut spare = (all - least - (new.wanted - new.available).max(0)).max(0);
    // What is not available is no loss.
    for (size, one) in sizes.iter_mut().zip(old) {
        let unhealthy = (one.wanted - one.available).clamp(0, spare);
        *size -= unhealthy;
        spare -= unhealthy;
    }
    let available = new.available + old.iter().map(|one| one.available.min(one.wanted)).sum::<i64>();
    let mut spare = (available - least).max(0).min(spare);
    for size in &mut sizes {
        let less = (*size).clamp(0, spare);
        *size -= less;
        spare -= less;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(wanted: i64, available: i64) -> Size {
        Size { wanted, available }
    }

    #[test]
    fn a_rollout_keeps_to_its_limits() {
        let limits = |replicas, surge, unavailable| Limits { replicas, surge, unavailable };
        let cases = [
            (limits(4, 1, 1), size(0, 0), vec![size(4, 4)], 1, vec![3]),
            (limits(4, 1, 1), size(1, 0), vec![size(3, 3)], 2, vec![3]),
            (limits(4, 1, 0), size(1, 0), vec![size(4, 4)], 1, vec![4]),
            (limits(4, 1, 0), size(1, 1), vec![size(4, 4)], 1, vec![3]),
            (limits(1, 1, 0), size(0, 0), vec![size(1, 1)], 1, vec![1]),
            (limits(2, 1, 0), size(2, 2), vec![size(1, 0), size(0, 0)], 2, vec![0, 0]),
            (limits(0, 1, 1), size(3, 3), vec![], 0, vec![]),
        ];
        for (limits, new, old, grown, shrunk) in cases {
            assert_eq!(new_size(limits, new, &old), grown, "{limits:?} {new:?} {old:?}");
            assert_eq!(old_sizes(limits, new, &old), shrunk, "{limits:?} {new:?} {old:?}");
        }
    }

    proptest! {
        #[test]
        fn a_rollout_ends(replicas in 0_i64..9, surge in 0_i64..4, unavailable in 0_i64..4, old in proptest::collection::vec(0_i64..9, 0..3)) {
            let limits = Limits { replicas, surge: if unavailable == 0 { surge.max(1) } else { surge }, unavailable };
            let mut new = size(0, 0);
            let mut old: Vec<_> = old.into_iter().map(|many| size(many, many)).collect();
            for _ in 0..100 {
                new.wanted = new_size(limits, new, &old);
                let sizes = old_sizes(limits, new, &old);
                old = sizes.into_iter().map(|many| size(many, many)).collect();
                new.available = new.wanted;
            }
            prop_assert_eq!(new.wanted, replicas);
            prop_assert!(old.iter().all(|one| one.wanted == 0));
        }
    }
}
