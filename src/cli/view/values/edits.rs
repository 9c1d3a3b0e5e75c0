//! The shortest way from one sequence to another, with what stays left out.

/// One item of the way from `before` to `after`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Edit<'a, T> {
    Keep(&'a T),
    Remove(&'a T),
    Add(&'a T),
    /// So many items that stay.
    Elided(usize),
}

/// Comparing longer sequences item by item would take too long.
const MOST_CELLS: usize = 4_000_000;

/// The edits, with at most `around` unchanged items before and after each change.
pub(super) fn edits<'a, T: PartialEq>(before: &'a [T], after: &'a [T], around: usize) -> Vec<Edit<'a, T>> {
    let same = |left: &T, right: &T| left == right;
    let head = before.iter().zip(after).take_while(|(left, right)| same(left, right)).count();
    let (before_rest, after_rest) = (&before[head..], &after[head..]);
    let tail =
        before_rest.iter().rev().zip(after_rest.iter().rev()).take_while(|(left, right)| same(left, right)).count();
    let (before_middle, kept_tail) = before_rest.split_at(before_rest.len() - tail);
    let after_middle = &after_rest[..after_rest.len() - tail];

    let mut all: Vec<_> = before[..head].iter().map(Edit::Keep).collect();
    middle(before_middle, after_middle, &mut all);
    all.extend(kept_tail.iter().map(Edit::Keep));
    elide(all, around)
}

/// By the longest common subsequence.
fn middle<'a, T: PartialEq>(before: &'a [T], after: &'a [T], edits: &mut Vec<Edit<'a, T>>) {
    if before.len().saturating_mul(after.len()) > MOST_CELLS {
        edits.extend(before.iter().map(Edit::Remove));
        edits.extend(after.iter().map(Edit::Add));
        return;
    }
    // common[i][j]: how many items the rests from i and j have in common.
    let row = after.len() + 1;
    let mut common = vec![0_u32; (before.len() + 1) * row];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i * row + j] = match before[i] == after[j] {
                true => common[(i + 1) * row + j + 1] + 1,
                false => common[(i + 1) * row + j].max(common[i * row + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            edits.push(Edit::Keep(&before[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && (j == after.len() || common[(i + 1) * row + j] >= common[i * row + j + 1]) {
            edits.push(Edit::Remove(&before[i]));
            i += 1;
        } else {
            edits.push(Edit::Add(&after[j]));
            j += 1;
        }
    }
}

fn elide<T>(all: Vec<Edit<'_, T>>, around: usize) -> Vec<Edit<'_, T>> {
    let changed: Vec<usize> =
        all.iter().enumerate().filter(|(_, edit)| !matches!(edit, Edit::Keep(_))).map(|(place, _)| place).collect();
    let near = |place: usize| {
        let next = changed.partition_point(|at| *at < place);
        let after = changed.get(next).is_some_and(|at| at - place <= around);
        after || next.checked_sub(1).is_some_and(|before| place - changed[before] <= around)
    };
    let mut shown = Vec::new();
    for (place, edit) in all.into_iter().enumerate() {
        match (near(place), shown.last_mut()) {
            (true, _) => shown.push(edit),
            (false, Some(Edit::Elided(count))) => *count += 1,
            (false, _) => shown.push(Edit::Elided(1)),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stays_is_left_out() {
        let before = ["a", "b", "c", "d", "e"];
        let after = ["a", "b", "c", "x", "e"];
        let edits = edits(&before, &after, 1);
        assert_eq!(edits, [Edit::Elided(2), Edit::Keep(&"c"), Edit::Remove(&"d"), Edit::Add(&"x"), Edit::Keep(&"e")]);
    }

    proptest! {
        #[test]
        fn the_way_leads_from_one_to_the_other(
            before in proptest::collection::vec(0u8..4, 0..12),
            after in proptest::collection::vec(0u8..4, 0..12),
        ) {
            let way = edits(&before, &after, usize::MAX);
            let old: Vec<u8> = way.iter().filter_map(|e| match e { Edit::Keep(x) | Edit::Remove(x) => Some(**x), _ => None }).collect();
            let new: Vec<u8> = way.iter().filter_map(|e| match e { Edit::Keep(x) | Edit::Add(x) => Some(**x), _ => None }).collect();
            if before != after {
                prop_assert_eq!(old, before);
                prop_assert_eq!(new, after);
            }
        }
    }
}
