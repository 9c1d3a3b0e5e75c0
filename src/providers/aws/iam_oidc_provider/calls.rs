//! The calls behind `aws.iam_oidc_provider`.

use async_trait::async_trait;
use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;

use super::super::client::Client;
use super::super::{iam, ownership};
use super::{IamOidcProvider, SCHEME, as_written};
use crate::provider::{Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::Attributes;

#[async_trait]
impl Wire<Client> for IamOidcProvider {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let arn = arn(client, calls, target).await?;
        let Some(found) = get(client, calls, &arn).await? else {
            return Ok(None);
        };
        let tags = iam::from_wire(found.tags());
        // IAM answers without the scheme, others with it.
        let url = found.url().unwrap_or(target.identity);
        let issuer = url.strip_prefix(SCHEME).unwrap_or(url);
        let attributes = Attributes::from([
            ("url".to_owned(), format!("{SCHEME}{issuer}").into()),
            ("client_ids".to_owned(), iam::set(found.client_id_list().iter().cloned())),
            ("thumbprints".to_owned(), as_written(found.thumbprint_list(), target.recorded.get("thumbprints"))),
            ("tags".to_owned(), ownership::users(&tags)),
            ("issuer".to_owned(), issuer.into()),
            ("arn".to_owned(), arn.into()),
        ]);
        let marks = ownership::marks(&tags, target.owner);
        Ok(Some(marks.observed(attributes)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let thumbprints = iam::texts(desired, "thumbprints");
        let request = client
            .iam
            .create_open_id_connect_provider()
            .url(format!("{SCHEME}{}", target.identity))
            .set_client_id_list(Some(iam::texts(desired, "client_ids")))
            .set_thumbprint_list((!thumbprints.is_empty()).then_some(thumbprints))
            .set_tags(Some(iam::to_wire(&ownership::wanted(target.owner, desired))?));
        let answer = calls.send("iam:CreateOpenIDConnectProvider", || request.clone().send()).await?;
        Ok(answer.open_id_connect_provider_arn.map(|arn| ("arn".to_owned(), arn.into())).into_iter().collect())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let arn = arn(client, calls, target).await?;
        let Some(present) = get(client, calls, &arn).await? else {
            let what = format!("OIDC provider for {}", target.identity);
            return Err(iam::missing("iam:GetOpenIDConnectProvider", &what));
        };
        if desired.contains_key("client_ids") {
            set_client_ids(client, calls, &arn, present.client_id_list(), &iam::texts(desired, "client_ids")).await?;
        }
        // Thumbprints that were ours and are no longer stay as they are: IAM offers no way back to its own.
        let wanted = desired.get("thumbprints").filter(|_| !iam::texts(desired, "thumbprints").is_empty());
        if let Some(wanted) = wanted.filter(|wanted| as_written(present.thumbprint_list(), Some(wanted)) != **wanted) {
            let list = wanted.as_list().unwrap_or_default().iter().filter_map(|item| item.as_str().map(str::to_owned));
            let request = client
                .iam
                .update_open_id_connect_provider_thumbprint()
                .open_id_connect_provider_arn(&arn)
                .set_thumbprint_list(Some(list.collect()));
            calls.send_to_new("iam:UpdateOpenIDConnectProviderThumbprint", || request.clone().send()).await?;
        }
        set_tags(client, calls, &arn, &present, target, desired).await
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let arn = arn(client, calls, target).await?;
        let request = client.iam.delete_open_id_connect_provider().open_id_connect_provider_arn(&arn);
        let is_shown = || async { Ok(get(client, calls, &arn).await?.is_some()) };
        calls.take_away("iam:DeleteOpenIDConnectProvider", || request.clone().send(), is_shown).await
    }
}

async fn arn(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<String, ProviderError> {
    match iam::text(target.recorded, "arn") {
        Some(arn) => Ok(arn.to_owned()),
        None => Ok(iam::arn(client.account(calls).await?, "oidc-provider", "/", target.identity)),
    }
}

async fn get(
    client: &Client,
    calls: &Calls<'_>,
    arn: &str,
) -> Result<Option<GetOpenIdConnectProviderOutput>, ProviderError> {
    let request = client.iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn);
    iam::found(calls.send("iam:GetOpenIDConnectProvider", || request.clone().send()).await)
}

/// New audiences first, so that none is refused in between that was and will be taken.
async fn set_client_ids(
    client: &Client,
    calls: &Calls<'_>,
    arn: &str,
    present: &[String],
    wanted: &[String],
) -> Result<(), ProviderError> {
    for id in iam::without(wanted, present) {
        let request =
            client.iam.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(id);
        calls.send_to_new("iam:AddClientIDToOpenIDConnectProvider", || request.clone().send()).await?;
    }
    for id in iam::without(present, wanted) {
        let request =
            client.iam.remove_client_id_from_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(id);
        calls.send_to_new("iam:RemoveClientIDFromOpenIDConnectProvider", || request.clone().send()).await?;
    }
    Ok(())
}

async fn set_tags(
    client: &Client,
    calls: &Calls<'_>,
    arn: &str,
    present: &GetOpenIdConnectProviderOutput,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let changes = ownership::changes(&iam::from_wire(present.tags()), &ownership::wanted(target.owner, desired));
    if !changes.remove.is_empty() {
        let request = client.iam.untag_open_id_connect_provider().open_id_connect_provider_arn(arn);
        let request = request.set_tag_keys(Some(changes.remove));
        calls.send_to_new("iam:UntagOpenIDConnectProvider", || request.clone().send()).await?;
    }
    if !changes.set.is_empty() {
        let request = client.iam.tag_open_id_connect_provider().open_id_connect_provider_arn(arn);
        let request = request.set_tags(Some(iam::to_wire(&changes.set)?));
        calls.send_to_new("iam:TagOpenIDConnectProvider", || request.clone().send()).await?;
    }
    Ok(())
}
