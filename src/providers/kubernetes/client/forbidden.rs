//! The many things an API server means by 403.
//!
//! Missing permissions are one of them; quotas, policies and namespaces that are on their way out are others.

use super::status::{self, Told};
use super::subject::Subject;
use crate::provider::{ErrorKind, ProviderError};

/// Nothing can be made in a namespace that is being deleted.
pub(super) const NAMESPACE_TERMINATING: &str = "NamespaceTerminating";

pub(super) fn explain(subject: &Subject, told: &Told<'_>) -> ProviderError {
    let says = |words: &str| told.message.contains(words);
    if told.has_cause(NAMESPACE_TERMINATING) || says("because it is being terminated") {
        return told
            .error(ErrorKind::Busy, subject)
            .code(NAMESPACE_TERMINATING)
            .hint("the namespace is being deleted: wait until it is gone, or take another one");
    }
    if says("exceeded quota") {
        return told
            .error(ErrorKind::QuotaExceeded, subject)
            .hint("a ResourceQuota of the namespace is used up: have it raised, or delete some");
    }
    if says("attempting to grant RBAC permissions not currently held") {
        return told
            .error(ErrorKind::Rejected, subject)
            .hint("a role may only be given what one may do oneself: use credentials that may do all of it");
    }
    if let Some(action) = denied(told.message) {
        return permission(subject, told, action);
    }
    let is_policy = says("denied the request") || says("denied request") || says("violates PodSecurity");
    if is_policy || says(" usage per ") || says("is forbidden: ") {
        let error = status::rejected(subject, told);
        return match &error.hint {
            Some(_) => error,
            None => error.hint("a rule of the cluster or of the namespace forbids such an object: change one of them"),
        };
    }
    permission(subject, told, subject.action())
}

fn permission(subject: &Subject, told: &Told<'_>, action: String) -> ProviderError {
    told.error(ErrorKind::AccessDenied { action }, subject)
        .hint("have it granted by a Role or ClusterRole; on EKS also by an access policy on the access entry")
}

/// `patch deployments.apps in namespace demo` out of
/// `User "a" cannot patch resource "deployments" in API group "apps" in the namespace "demo"`.
fn denied(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("\" cannot ")?;
    let verb = rest.split_whitespace().next()?;
    let quoted = |before: &str| rest.split_once(before).and_then(|(_, rest)| rest.split('"').next());
    if let Some(path) = quoted("path \"") {
        return Some(format!("{verb} {path}"));
    }
    let mut action = format!("{verb} {}", quoted("resource \"")?);
    if let Some(group) = quoted("in API group \"").filter(|group| !group.is_empty()) {
        action = format!("{action}.{group}");
    }
    if let Some(namespace) = quoted("in the namespace \"") {
        action = format!("{action} in namespace {namespace}");
    }
    Some(action)
}
