//! The simulator on a socket, for whoever speaks to clouds over HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::{Broken, Simulator};

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
            let (parts, body) = request.into_parts();
            // A request that breaks off is never answered; nor is one that a fault cuts.
            let body: Bytes = body.collect().await.map_err(|_| Broken)?.to_bytes();
            simulator.exchange(http::Request::from_parts(parts, body)).await.map(|reply| reply.map(Full::new))
        }
    };
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection ended");
    }
}
