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
    speed: f64,
}

impl Server {
    /// `speed` is how many seconds of the simulator's clock pass in one of its clients'.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, simulator: Simulator, speed: f64) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, simulator, speed })
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
                    tokio::spawn(connection(stream, self.simulator.clone(), self.speed));
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

async fn connection(stream: TcpStream, simulator: Simulator, speed: f64) {
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
            let mut answer = simulator.converse(http::Request::from_parts(parts, body)).await?;
            if let Answer::Whole(reply) = &mut answer {
                in_real_time(reply, speed);
            }
            Ok::<_, Broken>(response(answer, simulator))
        }
    };
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// How long a client is to wait is counted in its own seconds.
fn in_real_time(reply: &mut Reply, speed: f64) {
    if let Some(header) = reply.headers_mut().get_mut(http::header::RETRY_AFTER)
        && let Some(seconds) = header.to_str().ok().and_then(|text| text.parse::<u32>().ok())
    {
        // Some take none at all for no word on it.
        let real = (f64::from(seconds) / speed).ceil().max(1.0);
        *header = http::HeaderValue::from_str(&real.to_string()).unwrap_or_else(|_| header.clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_as_much_shorter_as_the_clock_is_faster() {
        for (said, speed, heard) in [("10", 1.0, "10"), ("10", 4.0, "3"), ("10", 600.0, "1"), ("10", 0.5, "20")] {
            let mut reply = Reply::new(Bytes::new());
            reply.headers_mut().insert(http::header::RETRY_AFTER, said.parse().unwrap());
            in_real_time(&mut reply, speed);
            assert_eq!(reply.headers()[http::header::RETRY_AFTER], heard, "{said} at {speed}");
        }
    }
}
