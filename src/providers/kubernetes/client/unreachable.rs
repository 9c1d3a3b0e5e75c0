//! What it means that a cluster cannot be reached, and what one can do about it.

use super::Client;
use super::status::Failure;
use super::subject::Subject;
use super::transport::{TransportError, Unreachable};
use crate::provider::{ErrorKind, ProviderError};

/// No connection to the API server came about.
pub(in crate::providers) const UNREACHABLE: &str = "Unreachable";
/// The cluster's cloud says that there is no such cluster, and so none of its objects either.
pub(in crate::providers) const CLUSTER_GONE: &str = "ClusterGone";

pub(super) fn explain(client: &Client, subject: &Subject, failed: TransportError) -> Failure {
    let error = |kind: ErrorKind, text: String| ProviderError::new(kind, subject.operation(), text);
    let Client { name, server, .. } = client;
    match failed {
        TransportError::NoConnection { why, cause } => {
            let text = format!("cluster {name} at {server} cannot be reached: {cause}");
            Failure::refused(error(ErrorKind::Unavailable, text).code(UNREACHABLE).hint(remedy(why)))
        }
        TransportError::NoAnswer(cause) => {
            Failure::unsure(error(ErrorKind::Unavailable, format!("no answer from cluster {name}: {cause}")))
        }
        TransportError::NoCredentials(cause) => {
            let text = format!("there are no credentials for cluster {name}: {cause}");
            Failure::refused(error(ErrorKind::NoCredentials, text).hint(
                "see that what the kubeconfig names is there, such as its exec plugin or certificate, \
                 and that you are signed in: `kubectl get namespaces` shows it",
            ))
        }
    }
}

/// What the calls to a cluster are answered with once it is gone.
pub(super) fn gone(client: &Client, subject: &Subject) -> Failure {
    let text = format!("cluster {} does not exist any more", client.name);
    Failure::refused(ProviderError::new(ErrorKind::NotFound, subject.operation(), text).code(CLUSTER_GONE))
}

fn remedy(why: Unreachable) -> &'static str {
    match why {
        Unreachable::Unnamed => {
            "its name has no address here: its endpoint may be private, so run this inside its network or over a VPN; \
             or this machine is offline"
        }
        Unreachable::Refused => {
            "nothing listens there: is the cluster running, and does its address in the kubeconfig still hold?"
        }
        Unreachable::Silent => {
            "something swallows the connection: a private endpoint without a VPN, a firewall, or public access that \
             is limited to other addresses"
        }
        Unreachable::Untrusted => {
            "its certificate is not the one the connection expects: a proxy stands between, or the cluster was made \
             anew and the connection is of the old one"
        }
        Unreachable::Other => "see whether `kubectl get namespaces` gets through from here, and what is different",
    }
}
