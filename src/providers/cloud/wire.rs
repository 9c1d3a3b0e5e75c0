//! What a type of a cloud adds to its [`ResourceType`]: the calls that read and change its objects.

use std::time::Duration;

use async_trait::async_trait;

use super::calls::{Calls, Pace};
use crate::provider::{Observed, ProviderError, ResourceType, Target};
use crate::value::Attributes;

/// How long most deleted objects may still be seen: SQS says 60 seconds, and a little more costs nothing.
const GONE_WITHIN: Duration = Duration::from_secs(75);

/// What calls of one provider configuration are made with.
pub(crate) trait Client: Send + Sync {
    fn pace(&self) -> &Pace;

    /// Whether an operation is the one that makes an object, rather than one that completes it.
    fn creates(&self, operation: &str) -> bool;
}

/// The calls of one type. Waiting until the object looks as it should, or is gone, is the door's part.
#[async_trait]
pub(crate) trait Wire<C: Client>: ResourceType {
    async fn read(&self, client: &C, calls: &Calls<'_>, target: &Target<'_>)
    -> Result<Option<Observed>, ProviderError>;

    /// Answers the outputs it learned, which help to find the object again.
    async fn create(
        &self,
        client: &C,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError>;

    async fn update(
        &self,
        client: &C,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError>;

    /// How long a deletion may take after its call, of all the time there is.
    fn gone_within(&self, _timeout: Duration) -> Duration {
        GONE_WITHIN
    }

    async fn delete(&self, client: &C, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError>;
}
