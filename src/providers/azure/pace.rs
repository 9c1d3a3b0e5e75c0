//! How Azure wants to be called.

use super::arm;
use crate::provider::Rate;
use crate::providers::cloud::Manners;

pub(super) const MANNERS: Manners = Manners { cloud: "Azure", rates: RATES, api, patience: arm::patience };

/// ARM gives every principal a bucket for each subscription and region: of reads 250 with 25 more a second, of writes 200
/// and of deletions 200 with 10 more a second.
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>
const RATES: &[(&str, Rate)] = &[
    ("read", Rate { per_second: 25.0, burst: 200.0 }),
    ("write", Rate { per_second: 10.0, burst: 150.0 }),
    ("delete", Rate { per_second: 10.0, burst: 150.0 }),
];

/// What kind of call it is, as in `Microsoft.ServiceBus/namespaces/read`.
fn api(operation: &str) -> &str {
    match operation.rsplit('/').next() {
        Some(kind @ ("read" | "delete")) => kind,
        _ => "write",
    }
}
