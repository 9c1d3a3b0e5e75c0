//! IAM: roles, policies and OIDC providers of an account.

use super::QueryOperation;

pub(super) const OPERATIONS: &[QueryOperation] = &[];
