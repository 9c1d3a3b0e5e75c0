//! Resources whose address changed, as `moved_from` says.

use std::collections::BTreeMap;

use super::planner::Given;
use crate::address::Address;
use crate::state::{Entry, Record, State};

/// Resources that changed their address.
#[derive(Default)]
pub(super) struct Moves {
    by_old: BTreeMap<Address, Address>,
    by_new: BTreeMap<Address, Address>,
}

impl Moves {
    pub(super) fn find(given: &Given<'_>) -> Self {
        let mut moves = Self::default();
        for resource in given.stack.iter().flat_map(|stack| stack.resources.values()) {
            if given.state.resources.contains_key(&resource.address) {
                continue;
            }
            let from = resource.lifecycle.moved_from.iter().find(|from| given.state.resources.contains_key(from));
            if let Some(from) = from {
                moves.by_old.insert(from.clone(), resource.address.clone());
                moves.by_new.insert(resource.address.clone(), from.clone());
            }
        }
        moves
    }

    pub(super) fn new_address<'a>(&'a self, address: &'a Address) -> &'a Address {
        self.by_old.get(address).unwrap_or(address)
    }

    pub(super) fn old_address(&self, address: &Address) -> Option<&Address> {
        self.by_new.get(address)
    }

    pub(super) fn records<'a>(&self, state: &'a State) -> BTreeMap<Address, &'a Record> {
        state.resources.iter().map(|(address, record)| (self.new_address(address).clone(), record)).collect()
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.by_old.iter().map(|(from, to)| Entry::Moved { from: from.clone(), to: to.clone() }).collect()
    }
}
