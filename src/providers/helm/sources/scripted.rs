//! A network of few words, for tests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;

use super::fetch::{Answer, Fetch, Get, NoAnswer};

/// Says what is asked of it.
type Rule = Box<dyn Fn(&Get) -> Option<Result<Answer, NoAnswer>> + Send + Sync>;

#[derive(Default)]
pub(super) struct Script {
    answers: Mutex<BTreeMap<String, VecDeque<Result<Answer, NoAnswer>>>>,
    rules: Vec<Rule>,
    asked: Mutex<Vec<Get>>,
}

impl Script {
    /// Answers of one address, one after another.
    pub(super) fn of(url: &str, answers: impl IntoIterator<Item = Result<Answer, NoAnswer>>) -> Self {
        Self::default().with(url, answers)
    }

    pub(super) fn with(self, url: &str, answers: impl IntoIterator<Item = Result<Answer, NoAnswer>>) -> Self {
        self.answers.lock().unwrap().insert(url.to_owned(), answers.into_iter().collect());
        self
    }

    /// The same answer, however often it is asked for.
    pub(super) fn always(self, url: &str, body: impl Into<Vec<u8>>) -> Self {
        let (url, body) = (url.to_owned(), body.into());
        self.rule(move |get| (get.url == url).then(|| Ok(answer(200, body.clone()))))
    }

    pub(super) fn rule(
        mut self,
        rule: impl Fn(&Get) -> Option<Result<Answer, NoAnswer>> + Send + Sync + 'static,
    ) -> Self {
        self.rules.push(Box::new(rule));
        self
    }

    pub(super) fn asked(&self) -> Vec<Get> {
        self.asked.lock().unwrap().clone()
    }

    /// The addresses that were asked for.
    pub(super) fn urls(&self) -> Vec<String> {
        self.asked().into_iter().map(|get| get.url).collect()
    }
}

pub(super) fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into() }
}

pub(super) fn header<'a>(get: &'a Get, name: &str) -> Option<&'a str> {
    get.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[async_trait]
impl Fetch for Script {
    async fn get(&self, get: &Get) -> Result<Answer, NoAnswer> {
        self.asked.lock().unwrap().push(get.clone());
        let next = self.answers.lock().unwrap().get_mut(&get.url).and_then(VecDeque::pop_front);
        let ruled = || self.rules.iter().find_map(|rule| rule(get));
        next.or_else(ruled).unwrap_or_else(|| Ok(answer(404, "")))
    }
}
