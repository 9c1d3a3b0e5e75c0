//! A proxy between us and moto that does to calls what networks and services do: answers nothing, answers
//! too late, refuses. moto alone never fails.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Passes,
    /// Never arrives.
    Lost,
    /// Arrives and has its effect, and the answer is lost.
    AnswerLost,
    /// Is answered with this instead: status, content type and body.
    Answered(u16, &'static str, &'static str),
}

/// Decides on a call by its number, from 0, and its operation.
type Decide = Box<dyn FnMut(usize, &str) -> Fate + Send>;

pub(super) struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    decide: Decide,
    calls: Vec<String>,
}

impl Proxy {
    /// Listens as long as the process lives.
    pub(super) fn start(upstream: &str, decide: impl FnMut(usize, &str) -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { decide: Box::new(decide), calls: Vec::new() }));
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (shared, upstream) = (Arc::clone(&shared), upstream.clone());
                // A caller that hangs up is no failure of the proxy.
                std::thread::spawn(move || drop(serve(stream, &upstream, &shared)));
            }
        });
        Self { port, state }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Counts from 0 again.
    pub(super) fn reset(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls.clear();
    }

    /// The operations called so far, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls.clone()
    }
}

fn serve(mut client: TcpStream, upstream: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let (head, body) = request(&client)?;
    let operation = operation(&head, &body);
    // Every door asks once who it is let in as, before anything that is tried here.
    let fate = if operation == "GetCallerIdentity" {
        Fate::Passes
    } else {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = state.calls.len();
        state.calls.push(operation.clone());
        (state.decide)(number, &operation)
    };
    match fate {
        Fate::Lost => Ok(()),
        Fate::Passes => client.write_all(&forward(upstream, &head, &body)?),
        Fate::AnswerLost => forward(upstream, &head, &body).map(drop),
        Fate::Answered(status, kind, text) => {
            let length = text.len();
            let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
            client.write_all(format!("{head}Connection: close\r\n\r\n{text}").as_bytes())
        }
    }
}

/// The lines of the head, and the body.
pub(super) fn request(client: &TcpStream) -> std::io::Result<(Vec<String>, Vec<u8>)> {
    let mut reader = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    let mut headers = head.iter().filter_map(|line| line.split_once(':'));
    headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// `CreateQueue`, from the header of SQS or the form of IAM and STS.
fn operation(head: &[String], body: &[u8]) -> String {
    if let Some(target) = header(head, "x-amz-target") {
        return target.split('.').next_back().unwrap_or(target).to_owned();
    }
    let form = String::from_utf8_lossy(body);
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or("?").to_owned()
}

fn forward(upstream: &str, head: &[String], body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(upstream)?;
    let kept = head.iter().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head: Vec<&str> = kept.map(String::as_str).chain(["Connection: close"]).collect();
    // In one piece: in two, the second waits for the other side's delayed acknowledgement.
    let whole = [format!("{}\r\n\r\n", head.join("\r\n")).as_bytes(), body].concat();
    server.write_all(&whole)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}
