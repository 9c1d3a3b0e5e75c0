//! The AWS SDK's way into the simulator: everything but the transport stays as it is.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::ACCOUNT;
use crate::clock::Clock;
use crate::simulator::{Request, Simulator};

/// Where a simulation takes place when nothing says otherwise.
const REGION: &str = "us-east-1";

/// What clients of the SDK need to call a simulator instead of AWS, as the simulator's own account.
pub fn sdk_config(simulator: &Simulator) -> SdkConfig {
    sdk_config_for(simulator, ACCOUNT)
}

/// The same, with the credentials of this account.
pub fn sdk_config_for(simulator: &Simulator, account: &str) -> SdkConfig {
    let credentials = Credentials::new(account, "simulated", None, None, "simulator");
    let time = SimulatedTime(Arc::clone(simulator.clock()));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(Transport(simulator.clone()))
        .sleep_impl(time.clone())
        .time_source(time)
        .build()
}

#[derive(Clone)]
struct Transport(Simulator);

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("simulator")
    }
}

impl HttpClient for Transport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let simulator = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = plain(request)?;
            let reply = simulator.exchange(request).await.map_err(|broken| ConnectorError::io(Box::new(broken)))?;
            let (parts, body) = reply.into_parts();
            let reply = http::Response::from_parts(parts, SdkBody::from(body));
            HttpResponse::try_from(reply).map_err(|error| ConnectorError::other(Box::new(error), None))
        })
    }
}

/// Requests of these services are whole in memory.
fn plain(request: HttpRequest) -> Result<Request, ConnectorError> {
    let body = request.body().bytes().map(Bytes::copy_from_slice).unwrap_or_default();
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(Box::new(error)))?;
    Ok(request.map(|_| body))
}

/// The SDK's own time-outs and signatures go by simulated time too.
#[derive(Clone)]
struct SimulatedTime(Arc<dyn Clock>);

impl std::fmt::Debug for SimulatedTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("simulated time")
    }
}

impl AsyncSleep for SimulatedTime {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = Arc::clone(&self.0);
        Sleep::new(Nap(Mutex::new(Box::pin(async move { clock.sleep(duration).await }))))
    }
}

/// The SDK wants a sleep that may be looked at from several threads. It never is, so the lock is free.
struct Nap(Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}

impl TimeSource for SimulatedTime {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.0.now()
    }
}
