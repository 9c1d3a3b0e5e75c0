//! The one integration-test binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "some tests tell how much they tried")]
#![expect(clippy::too_many_lines, reason = "tables of cases are long")]
#![expect(unreachable_pub, reason = "there is no outside to a test binary")]

mod architecture;
#[cfg(feature = "simulator")]
mod azure;
mod cli;
#[cfg(feature = "aws")]
mod crash;
#[cfg(all(feature = "aws", feature = "helm"))]
mod helm;
#[cfg(all(feature = "aws", feature = "kubernetes"))]
mod kubernetes;
mod lifecycle;
#[cfg(feature = "aws")]
mod providers;
#[cfg(feature = "simulator")]
mod simulation;
mod stack;
mod store;
mod support;
