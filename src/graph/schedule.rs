//! Which steps may run now, the one that holds up most first. Knows nothing of
//! what a step does, of time, or of tasks.

use std::collections::BTreeSet;
use std::time::Duration;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

/// A walk over a step graph without cycles, whose edges point from a step to those that wait for it.
#[derive(Debug)]
pub struct Schedule<'a, N> {
    graph: &'a DiGraph<N, ()>,
    waiting_for: Vec<Waiting>,
    /// By how much is still to be done behind a step, most first.
    ready: BTreeSet<(std::cmp::Reverse<Duration>, NodeIndex)>,
    behind: Vec<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Waiting {
    For(usize),
    Never,
}

impl<'a, N> Schedule<'a, N> {
    /// `expected` is how long a step usually takes.
    pub fn new(graph: &'a DiGraph<N, ()>, expected: impl Fn(&N) -> Duration) -> Self {
        let behind = behind(graph, expected);
        let waiting_for: Vec<_> = graph
            .node_indices()
            .map(|step| Waiting::For(graph.neighbors_directed(step, Direction::Incoming).count()))
            .collect();
        let ready = graph
            .node_indices()
            .filter(|step| waiting_for[step.index()] == Waiting::For(0))
            .map(|step| (std::cmp::Reverse(behind[step.index()]), step))
            .collect();
        Self { graph, waiting_for, ready, behind }
    }

    /// Takes the next step whose dependencies are all done.
    pub fn next_ready(&mut self) -> Option<NodeIndex> {
        self.ready.pop_first().map(|(_, step)| step)
    }

    /// Takes the next step that passes a test; the others keep their place.
    pub fn next_ready_where(&mut self, test: impl Fn(&N) -> bool) -> Option<NodeIndex> {
        let found = self.ready.iter().find(|(_, step)| test(&self.graph[*step])).copied()?;
        self.ready.remove(&found);
        Some(found.1)
    }

    /// Marks a step done, which may make its dependents ready.
    pub fn complete(&mut self, step: NodeIndex) {
        for dependent in self.graph.neighbors(step) {
            let Waiting::For(count) = &mut self.waiting_for[dependent.index()] else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                self.ready.insert((std::cmp::Reverse(self.behind[dependent.index()]), dependent));
            }
        }
    }

    /// Marks a step failed and returns every step that can now never run.
    pub fn fail(&mut self, step: NodeIndex) -> Vec<NodeIndex> {
        let mut skipped = Vec::new();
        let mut pending: Vec<_> = self.graph.neighbors(step).collect();
        while let Some(dependent) = pending.pop() {
            if self.waiting_for[dependent.index()] != Waiting::Never {
                self.waiting_for[dependent.index()] = Waiting::Never;
                skipped.push(dependent);
                pending.extend(self.graph.neighbors(dependent));
            }
        }
        skipped.sort();
        skipped
    }
}

/// For each step, the longest way from its start to the end of everything behind it.
fn behind<N>(graph: &DiGraph<N, ()>, expected: impl Fn(&N) -> Duration) -> Vec<Duration> {
    let mut behind = vec![Duration::ZERO; graph.node_count()];
    let mut open: Vec<usize> = graph.node_indices().map(|step| graph.neighbors(step).count()).collect();
    let mut done: Vec<_> = graph.node_indices().filter(|step| open[step.index()] == 0).collect();
    while let Some(step) = done.pop() {
        let longest = graph.neighbors(step).map(|next| behind[next.index()]).max().unwrap_or_default();
        behind[step.index()] = expected(&graph[step]) + longest;
        for before in graph.neighbors_directed(step, Direction::Incoming) {
            open[before.index()] -= 1;
            if open[before.index()] == 0 {
                done.push(before);
            }
        }
    }
    behind
}

/// The longest way through a step graph, and how long it usually takes.
pub fn critical_path<N>(graph: &DiGraph<N, ()>, expected: impl Fn(&N) -> Duration) -> (Vec<NodeIndex>, Duration) {
    let behind = behind(graph, expected);
    let longest = |steps: &mut dyn Iterator<Item = NodeIndex>| {
        steps.max_by_key(|step| (behind[step.index()], std::cmp::Reverse(step.index())))
    };
    let mut path = Vec::new();
    let mut next = longest(&mut graph.externals(Direction::Incoming));
    let total = next.map(|step| behind[step.index()]).unwrap_or_default();
    while let Some(step) = next {
        path.push(step);
        next = longest(&mut graph.neighbors(step));
    }
    (path, total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(step: &(&str, u64)) -> Duration {
        Duration::from_secs(step.1)
    }

    fn system() -> (DiGraph<(&'static str, u64), ()>, [NodeIndex; 4]) {
        let mut graph = DiGraph::new();
        let steps = [("queue", 5), ("cluster", 600), ("nodes", 200), ("keda", 30)].map(|step| graph.add_node(step));
        graph.extend_with_edges([(steps[1], steps[2]), (steps[2], steps[3]), (steps[0], steps[3])]);
        (graph, steps)
    }

    #[test]
    fn what_holds_up_most_goes_first() {
        let (graph, [queue, cluster, ..]) = system();
        let mut schedule = Schedule::new(&graph, seconds);
        assert_eq!(schedule.next_ready(), Some(cluster));
        assert_eq!(schedule.next_ready(), Some(queue));
        assert_eq!(schedule.next_ready(), None);
    }

    #[test]
    fn a_failure_skips_only_what_depends_on_it() {
        let (graph, [queue, cluster, nodes, keda]) = system();
        let mut schedule = Schedule::new(&graph, seconds);
        assert_eq!(schedule.fail(cluster), [nodes, keda]);
        assert_eq!(schedule.next_ready_where(|step| step.0 == "queue"), Some(queue));
        schedule.complete(queue);
        assert_eq!(schedule.next_ready_where(|_| true).filter(|step| *step != cluster), None);
    }

    #[test]
    fn the_critical_path_is_the_longest_one() {
        let (graph, [_, cluster, nodes, keda]) = system();
        assert_eq!(critical_path(&graph, seconds), (vec![cluster, nodes, keda], Duration::from_secs(830)));
    }
}
