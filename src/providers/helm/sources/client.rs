//! The real network.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response};

use super::fetch::{Answer, Fetch, Get, NoAnswer};
use super::patient::shown;

const AGENT: &str = concat!("tidegate/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(15);
/// Between two pieces of an answer.
const SILENCE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(300);
const REDIRECTS: usize = 10;

/// Asks over HTTP and HTTPS, through the system's proxies.
#[derive(Default)]
pub struct HttpClient(OnceLock<Result<Client, String>>);

impl HttpClient {
    /// Reads certificates and looks for proxies when it is first asked.
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self) -> Result<&Client, NoAnswer> {
        let build = || {
            let client = Client::builder()
                .user_agent(AGENT)
                .connect_timeout(CONNECT)
                .read_timeout(SILENCE)
                .timeout(WHOLE)
                // It takes credentials away before it goes to another host, another port or another scheme.
                .redirect(Policy::custom(redirect));
            client.build().map_err(|error| told(&error))
        };
        self.0.get_or_init(build).as_ref().map_err(|why| NoAnswer { message: why.clone(), transient: false })
    }
}

fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error(format!("it sends on more than {REDIRECTS} times"));
    }
    let was_safe = attempt.previous().last().is_some_and(|previous| previous.scheme() == "https");
    if was_safe && attempt.url().scheme() != "https" {
        return attempt.error("it sends on from https to http");
    }
    attempt.follow()
}

#[async_trait]
impl Fetch for HttpClient {
    async fn get(&self, get: &Get) -> Result<Answer, NoAnswer> {
        let mut request = self.client()?.get(&get.url);
        for (name, value) in &get.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Ok(Answer { status, headers, body: body(response, get).await? })
    }
}

/// Reads no more than is asked for.
async fn body(mut response: Response, get: &Get) -> Result<Vec<u8>, NoAnswer> {
    let too_large = || NoAnswer {
        message: format!("{} sends more than {} bytes, which is the limit", shown(&get.url), get.limit),
        transient: false,
    };
    if response.content_length().is_some_and(|length| length > get.limit) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if (body.len() + piece.len()) as u64 > get.limit {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    NoAnswer { message: told(error), transient: !error.is_builder() && !error.is_redirect() }
}

/// What happened, without the address, which the caller knows, and which may have a password in it.
fn told(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    causes.dedup();
    match causes.is_empty() {
        true if error.is_timeout() => "it took too long".to_owned(),
        true => "the request failed".to_owned(),
        false => causes.join(": "),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each connection with the next text; gives back what was asked.
    async fn server(answers: Vec<String>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                asked.push(String::from_utf8(request).unwrap());
                // A client that has seen enough may be gone.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            asked
        });
        (address, served)
    }

    fn answer(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
    }

    async fn get(url: String, limit: u64) -> Result<Answer, NoAnswer> {
        let headers = vec![("authorization".to_owned(), "Basic secret".to_owned())];
        HttpClient::new().get(&Get { url, headers, limit }).await
    }

    #[tokio::test]
    async fn an_answer_comes_whole() {
        let (address, served) = server(vec![answer("200 OK", "X-Thing: a\r\n", "body")]).await;
        let got = get(format!("{address}/x?y=1"), 10).await.unwrap();
        assert_eq!((got.status, got.header("x-thing"), got.body.as_slice()), (200, Some("a"), &b"body"[..]));
        let asked = served.await.unwrap().remove(0).to_lowercase();
        assert!(asked.starts_with("get /x?y=1 http/1.1\r\n"), "{asked}");
        assert!(
            asked.contains("authorization: basic secret") && asked.contains(&format!("user-agent: {AGENT}")),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn credentials_do_not_go_to_another_host() {
        let (elsewhere, served) = server(vec![answer("200 OK", "", "there")]).await;
        let (address, _) = server(vec![answer("302 Found", &format!("location: {elsewhere}/blob\r\n"), "")]).await;
        assert_eq!(get(address, 10).await.unwrap().body, b"there");
        let asked = served.await.unwrap().remove(0).to_lowercase();
        assert!(asked.starts_with("get /blob") && !asked.contains("secret"), "{asked}");
    }

    #[tokio::test]
    async fn going_round_in_circles_ends() {
        let again = answer("302 Found", "location: /again\r\n", "");
        let (address, _) = server(vec![again; 20]).await;
        let error = get(address, 10).await.unwrap_err();
        assert_eq!(error, NoAnswer { message: "it sends on more than 10 times".to_owned(), transient: false });
    }

    #[tokio::test]
    async fn too_much_is_not_read() {
        let (address, _) = server(vec![answer("200 OK", "", "eleven bytes")]).await;
        assert!(get(address, 11).await.unwrap_err().message.ends_with("sends more than 11 bytes, which is the limit"));
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n";
        let (address, _) = server(vec![chunked.to_owned()]).await;
        assert!(!get(address, 11).await.unwrap_err().transient);
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_may_be_asked_for_again() {
        let short = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nfour";
        let (address, _) = server(vec![short.to_owned()]).await;
        assert!(get(address, 10).await.unwrap_err().transient);
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert!(get(format!("http://{free}"), 10).await.unwrap_err().transient);
    }
}
