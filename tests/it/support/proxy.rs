//! A proxy in front of moto that is slow, that holds calls back until it is told, or that answers by itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A call as it comes in.
pub struct Call<'a> {
    /// From 0.
    pub number: usize,
    /// Such as `CreateQueue`.
    pub operation: &'a str,
}

/// What becomes of a call.
#[derive(Clone, Debug)]
pub enum Fate {
    Passes,
    /// Takes this long to get there, and this long to get back. It gets there even if its caller has died by then.
    Slow(Duration, Duration),
    /// Waits for [`Proxy::release`].
    Held,
    /// Is answered with this status and body, and never gets there.
    Answered(u16, String),
}

type Decide = Box<dyn Fn(&Call<'_>) -> Fate + Send + Sync>;

pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    decide: Decide,
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Default)]
struct Now {
    calls: Vec<String>,
    /// Calls that have come in and not gone out again.
    open: usize,
    held: usize,
    released: bool,
}

impl Proxy {
    /// Listens as long as the process lives.
    pub fn start(upstream: &str, decide: impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let (now, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { upstream, decide: Box::new(decide), now, changed });
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&ours);
                // A caller that hangs up is no failure of the proxy.
                std::thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Self { port, shared }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The operations that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.shared.now().calls.clone()
    }

    /// Waits until a condition holds for the number of calls; says whether it did within a minute.
    pub fn wait_for_calls(&self, count: usize, give_up: impl Fn() -> bool) -> bool {
        self.shared.wait(|now| now.calls.len() >= count, give_up)
    }

    /// How many calls are held.
    pub fn held(&self) -> usize {
        self.shared.now().held
    }

    /// Waits until this many calls are held.
    pub fn wait_for_held(&self, count: usize) {
        assert!(self.shared.wait(|now| now.held >= count, || false), "{count} calls should have been held by now");
    }

    /// Lets all calls through that are held, and that would be.
    pub fn release(&self) {
        self.shared.change(|now| now.released = true);
    }

    /// Waits until every call has had its effect.
    pub fn settle(&self) {
        assert!(self.shared.wait(|now| now.open == 0, || false), "calls are still under way");
    }
}

impl Shared {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        let answer = change(&mut self.now());
        self.changed.notify_all();
        answer
    }

    fn wait(&self, is_so: impl Fn(&Now) -> bool, give_up: impl Fn() -> bool) -> bool {
        let mut now = self.now();
        for _ in 0..6000 {
            if is_so(&now) {
                return true;
            }
            if give_up() {
                return false;
            }
            let waited = self.changed.wait_timeout(now, Duration::from_millis(10));
            now = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn serve(&self, client: TcpStream) -> std::io::Result<()> {
        let (head, body) = request(&client)?;
        let operation = operation(&head, &body);
        let number = self.change(|now| {
            now.calls.push(operation.clone());
            now.open += 1;
            now.calls.len() - 1
        });
        let answered = self.answer(client, &head, &body, &Call { number, operation: &operation });
        self.change(|now| now.open -= 1);
        answered
    }

    fn answer(&self, mut client: TcpStream, head: &[String], body: &[u8], call: &Call<'_>) -> std::io::Result<()> {
        match (self.decide)(call) {
            Fate::Passes => client.write_all(&self.forward(head, body)?),
            Fate::Slow(there, back) => {
                std::thread::sleep(there);
                let answer = self.forward(head, body)?;
                std::thread::sleep(back);
                client.write_all(&answer)
            }
            Fate::Held => {
                self.change(|now| now.held += 1);
                self.wait(|now| now.released, || false);
                self.change(|now| now.held -= 1);
                client.write_all(&self.forward(head, body)?)
            }
            Fate::Answered(status, text) => {
                let length = text.len();
                let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                client.write_all(format!("{head}{text}").as_bytes())
            }
        }
    }

    fn forward(&self, head: &[String], body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(&self.upstream)?;
        let kept = head.iter().filter(|line| !line.to_lowercase().starts_with("connection:"));
        let head: Vec<&str> = kept.map(String::as_str).chain(["Connection: close"]).collect();
        // In one piece: in two, the second waits for the other side's delayed acknowledgement.
        server.write_all(&[format!("{}\r\n\r\n", head.join("\r\n")).as_bytes(), body].concat())?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

/// The lines of the head, and the body.
fn request(client: &TcpStream) -> std::io::Result<(Vec<String>, Vec<u8>)> {
    let mut reader = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
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

/// From the header of SQS, or from the form of IAM and STS.
fn operation(head: &[String], body: &[u8]) -> String {
    if let Some(target) = header(head, "x-amz-target") {
        return target.split('.').next_back().unwrap_or(target).to_owned();
    }
    let form = String::from_utf8_lossy(body);
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or("?").to_owned()
}
