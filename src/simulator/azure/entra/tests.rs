//! The endpoints as Azure's own SDK calls them.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::super::identity::tests::{VERSION, credential, group, identity, taking};
use super::super::token::Claims;
use super::super::{AUDIENCE, CLIENT, PRINCIPAL, SECRET, TENANT, transport};
use crate::clock::Clock as _;
use crate::simulator::{Faults, SimulatedClock, Simulator};

const SCOPE: &str = "https://management.azure.com/.default";
const ISSUER: &str = "https://oidc.example.com/tenant/cluster/";
const SUBJECT: &str = "system:serviceaccount:video:encoder";

struct Bench {
    clock: SimulatedClock,
    simulator: Simulator,
}

impl Bench {
    fn new() -> Self {
        let clock = SimulatedClock::new(Duration::from_secs(1_790_000_000));
        let simulator = Simulator::in_memory(Arc::new(clock.clone()), 5, Faults::default());
        Self { clock, simulator }
    }

    fn options(&self) -> ClientOptions {
        ClientOptions {
            transport: Some(Transport::new(transport(&self.simulator))),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        }
    }

    async fn put(&self, path: &str, body: Json) -> Json {
        let token = Claims::new(AUDIENCE, PRINCIPAL, TENANT, self.clock.now()).token();
        let request = http::Request::put(format!("{AUDIENCE}{path}?api-version={VERSION}"));
        let request = request.header("authorization", format!("Bearer {token}"));
        let reply = self.simulator.exchange(request.body(Bytes::from(body.to_string())).unwrap()).await.unwrap();
        assert!(reply.status().is_success(), "{:?}", reply.body());
        serde_json::from_slice(reply.body()).unwrap()
    }

    /// An identity that takes the tokens of a service account: its client and its principal.
    async fn identity(&self) -> (String, String) {
        self.put(&group(""), json!({"location": "westeurope"})).await;
        let made = self.put(&identity("worker"), json!({"location": "westeurope"})).await;
        self.put(&credential("worker", "pods"), taking(ISSUER, SUBJECT)).await;
        let text = |name: &str| made["properties"][name].as_str().unwrap().to_owned();
        (text("clientId"), text("principalId"))
    }

    /// A token of a pod, as the kubelet would put it into a file.
    fn projected(&self, client: &str, claims: Json) -> Arc<WorkloadIdentityCredential> {
        let encoded = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let token = format!("{}.{}.x", encoded(json!({"alg": "RS256"})), encoded(claims));
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(token.as_bytes()).unwrap();
        WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: self.options() },
            client_id: Some(client.to_owned()),
            tenant_id: Some(TENANT.to_owned()),
            token_file_path: Some(file.path().to_owned()),
        }))
        .unwrap()
    }

    fn claims(&self) -> Json {
        let exp = self.clock.now().as_secs() + 3600;
        json!({"iss": ISSUER, "sub": SUBJECT, "aud": ["api://AzureADTokenExchange"], "exp": exp})
    }
}

/// Whose a token is, or why there is none.
async fn whose(credential: &dyn TokenCredential) -> Result<String, String> {
    let token = credential.get_token(&[SCOPE], None).await.map_err(|error| format!("{error} {error:?}"))?;
    let claims = Claims::read(token.token.secret()).unwrap();
    assert_eq!((claims.aud.as_str(), claims.tid.as_str()), (AUDIENCE, TENANT));
    Ok(claims.oid)
}

#[test]
fn an_application_signs_in_with_its_secret() {
    let bench = Bench::new();
    let sign_in = |client: &str, secret: &str| {
        let options = ClientSecretCredentialOptions { client_options: bench.options() };
        let secret = Secret::new(secret.to_owned());
        let credential = ClientSecretCredential::new(TENANT, client.to_owned(), secret, Some(options)).unwrap();
        bench.clock.runtime().unwrap().block_on(async { whose(&*credential).await })
    };
    assert_eq!(sign_in(CLIENT, SECRET), Ok(PRINCIPAL.to_owned()));
    assert!(sign_in(CLIENT, "guessed").unwrap_err().contains("AADSTS7000215"));
    assert!(sign_in(PRINCIPAL, SECRET).unwrap_err().contains("AADSTS700016"));
}

#[test]
fn a_pod_signs_in_as_the_identity_that_takes_its_token_byte_for_byte() {
    let bench = Bench::new();
    bench.clock.runtime().unwrap().block_on(async {
        let (client, principal) = bench.identity().await;
        // Entra hears of a credential a little later than ARM answers.
        bench.clock.sleep(Duration::from_secs(20)).await;
        assert_eq!(whose(&*bench.projected(&client, bench.claims())).await, Ok(principal));
        let other = |name: &str, value: Json| {
            let mut claims = bench.claims();
            claims[name] = value;
            claims
        };
        let cases = [
            (other("iss", json!(ISSUER.trim_end_matches('/'))), "AADSTS700211"),
            (other("sub", json!("system:serviceaccount:video:Encoder")), "AADSTS700213"),
            (other("aud", json!("sts.amazonaws.com")), "AADSTS700212"),
            (other("exp", json!(1)), "AADSTS700024"),
        ];
        for (claims, code) in cases {
            let why = whose(&*bench.projected(&client, claims.clone())).await.unwrap_err();
            assert!(why.contains(code), "{claims}: {why}");
        }
        let why = whose(&*bench.projected(CLIENT, bench.claims())).await.unwrap_err();
        assert!(why.contains("AADSTS700016"), "{why}");
    });
}

#[test]
fn a_machine_gives_tokens_of_its_identities() {
    let bench = Bench::new();
    bench.clock.runtime().unwrap().block_on(async {
        let (client, principal) = bench.identity().await;
        let sign_in = async |user_assigned_id: Option<UserAssignedId>| {
            let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options: bench.options() };
            whose(&*ManagedIdentityCredential::new(Some(options)).unwrap()).await
        };
        assert_eq!(sign_in(None).await, Ok(PRINCIPAL.to_owned()));
        assert_eq!(sign_in(Some(UserAssignedId::ClientId(client))).await, Ok(principal.clone()));
        assert_eq!(sign_in(Some(UserAssignedId::ObjectId(principal.clone()))).await, Ok(principal.clone()));
        assert_eq!(sign_in(Some(UserAssignedId::ResourceId(identity("worker")))).await, Ok(principal));
        assert!(sign_in(Some(UserAssignedId::ClientId(PRINCIPAL.to_owned()))).await.is_err());
    });
}
