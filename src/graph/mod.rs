//! Who depends on whom, over petgraph.
//!
//! Knows addresses and edges; nothing of what a resource is.

mod schedule;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

pub use schedule::{Schedule, critical_path};

use crate::address::Address;

/// Resources and their dependencies; edges point from a resource to those that wait for it.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    graph: DiGraph<Address, ()>,
    nodes: BTreeMap<Address, NodeIndex>,
}

impl Dependencies {
    /// Dependencies on what is not among the resources are left out.
    pub fn new<'a>(resources: impl IntoIterator<Item = (&'a Address, &'a BTreeSet<Address>)> + Clone) -> Self {
        let mut graph = DiGraph::new();
        let nodes: BTreeMap<_, _> = resources
            .clone()
            .into_iter()
            .map(|(address, _)| (address.clone(), graph.add_node(address.clone())))
            .collect();
        for (address, dependencies) in resources {
            for dependency in dependencies.iter().filter_map(|dependency| nodes.get(dependency)) {
                graph.add_edge(*dependency, nodes[address], ());
            }
        }
        Self { graph, nodes }
    }

    /// Every address after all it depends on; ties go by address.
    ///
    /// # Errors
    /// One cycle for each group of resources that depend on each other.
    pub fn order(&self) -> Result<Vec<Address>, Vec<Vec<Address>>> {
        let mut waiting: Vec<usize> = self
            .graph
            .node_indices()
            .map(|node| self.graph.neighbors_directed(node, Direction::Incoming).count())
            .collect();
        let mut ready: BTreeSet<(&Address, NodeIndex)> = self
            .nodes
            .iter()
            .filter(|(_, node)| waiting[node.index()] == 0)
            .map(|(address, node)| (address, *node))
            .collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some((address, node)) = ready.pop_first() {
            order.push(address.clone());
            for dependent in self.graph.neighbors(node) {
                waiting[dependent.index()] -= 1;
                if waiting[dependent.index()] == 0 {
                    ready.insert((&self.graph[dependent], dependent));
                }
            }
        }
        if order.len() == waiting.len() { Ok(order) } else { Err(self.cycles()) }
    }

    /// For each group of resources that depend on each other, the shortest way round.
    fn cycles(&self) -> Vec<Vec<Address>> {
        let mut cycles: Vec<_> = tarjan_scc(&self.graph)
            .into_iter()
            .filter_map(|group| {
                let members: BTreeSet<_> = group.iter().copied().collect();
                let shortest = group.iter().filter_map(|start| self.way_round(*start, &members));
                shortest.min_by_key(|cycle| (cycle.len(), self.graph[cycle[0]].clone()))
            })
            // Read as "depends on", against the direction of the edges.
            .map(|cycle| cycle.into_iter().rev().map(|node| self.graph[node].clone()).collect())
            .collect();
        cycles.sort();
        cycles
    }

    /// The shortest path from a node back to itself, inside its group.
    fn way_round(&self, start: NodeIndex, members: &BTreeSet<NodeIndex>) -> Option<Vec<NodeIndex>> {
        let mut came_from = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for next in self.graph.neighbors(node).filter(|next| members.contains(next)) {
                if next == start {
                    let mut path = vec![start, node];
                    let mut at = node;
                    while at != start {
                        at = came_from[&at];
                        path.push(at);
                    }
                    path.reverse();
                    return Some(path);
                }
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    node
                });
            }
        }
        None
    }

    /// These and everything they depend on.
    pub fn with_dependencies(&self, of: &BTreeSet<Address>) -> BTreeSet<Address> {
        self.closure(of, Direction::Incoming)
    }

    /// These and everything that depends on them.
    pub fn with_dependents(&self, of: &BTreeSet<Address>) -> BTreeSet<Address> {
        self.closure(of, Direction::Outgoing)
    }

    fn closure(&self, of: &BTreeSet<Address>, direction: Direction) -> BTreeSet<Address> {
        let mut found = BTreeSet::new();
        let mut pending: Vec<_> = of.iter().filter_map(|address| self.nodes.get(address).copied()).collect();
        while let Some(node) = pending.pop() {
            if found.insert(self.graph[node].clone()) {
                pending.extend(self.graph.neighbors_directed(node, direction));
            }
        }
        found
    }

    /// Every pair of a resource and one it depends on.
    pub fn edges(&self) -> Vec<(Address, Address)> {
        let mut edges: Vec<_> = self
            .graph
            .raw_edges()
            .iter()
            .map(|edge| (self.graph[edge.target()].clone(), self.graph[edge.source()].clone()))
            .collect();
        edges.sort();
        edges
    }

    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.nodes.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(edges: &[(&str, &[&str])]) -> Dependencies {
        let owned: Vec<(Address, BTreeSet<Address>)> = edges
            .iter()
            .map(|(name, on)| (Address::single(name), on.iter().map(|name| Address::single(name)).collect()))
            .collect();
        Dependencies::new(owned.iter().map(|(address, on)| (address, on)))
    }

    fn names(addresses: &[Address]) -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_depended_on_comes_first() {
        let order = graph(&[("a", &["c"]), ("b", &[]), ("c", &["b"])]).order().unwrap();
        assert_eq!(names(&order), ["b", "c", "a"]);
    }

    #[test]
    fn every_circle_is_a_readable_path() {
        let cycles =
            graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &["d"]), ("e", &["a"])]).order().unwrap_err();
        let cycles: Vec<_> = cycles.iter().map(|cycle| names(cycle).join(" → ")).collect();
        assert_eq!(cycles, ["a → b → c → a", "d → d"]);
    }

    #[test]
    fn closures_follow_the_edges() {
        let graph = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &[]), ("d", &[])]);
        let of = |name: &str| BTreeSet::from([Address::single(name)]);
        assert_eq!(graph.with_dependencies(&of("b")).len(), 2);
        assert_eq!(graph.with_dependents(&of("b")).len(), 2);
    }

    proptest! {
        #[test]
        fn an_order_or_a_circle(edges in proptest::collection::vec((0usize..8, 0usize..8), 0..16)) {
            let mut resources: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
            let name = |number: usize| Address::single(&format!("r{number}"));
            for number in 0..8 {
                resources.entry(name(number)).or_default();
            }
            for (from, to) in edges {
                resources.entry(name(from)).or_default().insert(name(to));
            }
            match Dependencies::new(resources.iter()).order() {
                Ok(order) => {
                    for (place, address) in order.iter().enumerate() {
                        for dependency in &resources[address] {
                            prop_assert!(order[..place].contains(dependency));
                        }
                    }
                }
                Err(cycles) => {
                    prop_assert!(!cycles.is_empty());
                    for cycle in cycles {
                        prop_assert_eq!(cycle.first(), cycle.last());
                        for pair in cycle.windows(2) {
                            prop_assert!(resources[&pair[0]].contains(&pair[1]));
                        }
                    }
                }
            }
        }
    }
}
