//! The simulator on a socket, for whoever speaks to clouds over HTTP.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::exchange::{Answer, ServedAt};
use super::{Broken, Reply, Simulator, charts, kubernetes};

/// A socket that the simulated clouds answer on.
pub struct Server {
    listener: TcpListener,
    simulator: Simulator,
}

impl Server {
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, simulator: Simulator) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, simulator })
    }

    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until it is dropped.
    pub async fn serve(&self) -> Infallible {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, self.simulator.clone()));
                }
                // Such as too many open files: what is open goes on, and the next may be taken.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }
}

async fn connection(stream: TcpStream, simulator: Simulator) {
    let answer = |request: http::Request<Incoming>| {
        let simulator = simulator.clone();
        async move {
            let (mut parts, body) = request.into_parts();
            // A request that breaks off is never answered; nor is one that a fault cuts.
            let body: Bytes = body.collect().await.map_err(|_| Broken::Reset)?.to_bytes();
            let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
            let host = host.unwrap_or_default().to_owned();
            if parts.method == http::Method::GET && parts.uri.path() == kubernetes::KUBECONFIG {
                let reply = kubernetes::kubeconfig(&simulator, &host);
                return Ok(response(Answer::Whole(reply), simulator));
            }
            if let Some(file) = parts.uri.path().strip_prefix(charts::SERVED) {
                return Ok(response(Answer::Whole(chart(file)), simulator));
            }
            parts.extensions.insert(ServedAt(host));
            let answer = simulator.converse(http::Request::from_parts(parts, body)).await?;
            Ok::<_, Broken>(response(answer, simulator))
        }
    };
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// A file of the chart repository.
fn chart(file: &str) -> Reply {
    let found = charts::file(file);
    let status = if found.is_some() { http::StatusCode::OK } else { http::StatusCode::NOT_FOUND };
    let mut reply = Reply::new(Bytes::from(found.unwrap_or_default()));
    *reply.status_mut() = status;
    reply
}

fn response(
    answer: Answer,
    simulator: Simulator,
) -> http::Response<impl Body<Data = Bytes, Error = Box<dyn Error + Send + Sync>> + Send + 'static> {
    match answer {
        Answer::Whole(reply) => reply.map(|body| Either::Left(Full::new(body))),
        Answer::Watch(watch) => {
            let head = watch.head();
            let events = stream::unfold((watch, simulator), |(mut watch, simulator)| async move {
                let event = watch.next(&simulator).await?;
                Some((Ok::<_, Infallible>(Frame::data(event)), (watch, simulator)))
            });
            head.map(|()| Either::Right(StreamBody::new(Box::pin(events))))
        }
    }
}
