//! The Query protocol: a form goes in, XML comes out. IAM and STS speak it.

use std::collections::BTreeMap;

use super::{Caller, Input, QueryOperation, Refusal, reply};
use crate::simulator::World;
use crate::simulator::exchange::Reply;

const XML: &str = "text/xml";

/// The form of a request: `Tags.member.1.Key` and the like.
#[derive(Debug, Default)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// # Errors
    /// The service's own refusal when it is missing.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| {
            let message = format!("1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null");
            Refusal::new(400, "ValidationError", message)
        })
    }

    /// A whole number; nothing where it is left out.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let malformed = || Refusal::new(400, "MalformedInput", format!("{name} is not a number: {text}"));
        text.parse().map(Some).map_err(|_| malformed())
    }

    /// The members of a list: each with its own fields, or its text under the empty name.
    pub(super) fn list(&self, name: &str) -> Vec<Parameters> {
        let prefix = format!("{name}.member.");
        let mut members: BTreeMap<usize, Parameters> = BTreeMap::new();
        for (key, value) in self.0.range(prefix.clone()..) {
            let Some(rest) = key.strip_prefix(&prefix) else { break };
            let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(index) = index.parse() {
                members.entry(index).or_default().0.insert(field.to_owned(), value.clone());
            }
        }
        members.into_values().collect()
    }

    /// The members of a list of texts.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(|member| member.text("").map(str::to_owned)).collect()
    }
}

/// Reads the form and finds the operation.
pub(super) fn read(operations: &[QueryOperation], body: &str) -> Result<(&'static str, Input), Refusal> {
    let mut form: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let action = form.remove("Action").unwrap_or_default();
    form.remove("Version");
    let Some(operation) = operations.iter().find(|operation| operation.name == action) else {
        let message = format!("Could not find operation {action}");
        return Err(Refusal::new(400, "InvalidAction", message));
    };
    for name in form.keys() {
        let root = name.split('.').next().unwrap_or(name);
        if !operation.takes.contains(&root) {
            return Err(Refusal::new(400, "ValidationError", format!("{action} takes no parameter {root}")));
        }
    }
    Ok((operation.name, Input::Query(Parameters(form))))
}

/// Runs an operation and wraps what it says.
pub(super) fn answer(
    operations: &[QueryOperation],
    namespace: &str,
    name: &str,
    world: &mut World,
    caller: &Caller,
    parameters: &Parameters,
) -> Result<Reply, Refusal> {
    let Some(operation) = operations.iter().find(|operation| operation.name == name) else {
        return Err(Refusal::new(400, "InvalidAction", format!("Could not find operation {name}")));
    };
    let result = (operation.answer)(world, caller, parameters)?;
    let body = format!(
        "<{name}Response xmlns=\"{namespace}\"><{name}Result>{result}</{name}Result>\
         <ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></{name}Response>"
    );
    Ok(reply(200, XML, &[], body))
}

pub(super) fn refusal(refusal: &Refusal, namespace: &str) -> Reply {
    let parts =
        [element("Type", refusal.fault()), element("Code", &refusal.code), element("Message", &refusal.message)];
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error>{}</Error>\
         <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>",
        parts.concat()
    );
    reply(refusal.status, XML, &[], body)
}

/// An element with a text.
pub(super) fn element(name: &str, text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A parser would make a line break of it.
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    format!("<{name}>{escaped}</{name}>")
}

/// An element around others.
pub(super) fn nested(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// A list of elements, each already written.
pub(super) fn list(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let members: String = members.into_iter().map(|member| nested("member", &member)).collect();
    nested(name, &members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(form: &str) -> Parameters {
        Parameters(form_urlencoded::parse(form.as_bytes()).into_owned().collect())
    }

    #[test]
    fn lists_are_read_in_the_order_of_their_numbers() {
        let given =
            parameters("Tags.member.2.Key=b&Tags.member.10.Key=c&Tags.member.1.Key=a&Tags.member.1.Value=x%26y");
        let tags = given.list("Tags");
        let keys: Vec<_> = tags.iter().filter_map(|tag| tag.text("Key")).collect();
        assert_eq!((keys, tags[0].text("Value")), (vec!["a", "b", "c"], Some("x&y")));
        assert_eq!(parameters("Ids.member.1=a&Ids.member.2=b").texts("Ids"), ["a", "b"]);
    }

    #[test]
    fn text_is_safe_in_xml() {
        assert_eq!(element("a", "<&>\r\n\"ü"), "<a>&lt;&amp;&gt;&#13;\n\"ü</a>");
        assert_eq!(list("Tags", [element("Key", "k")]), "<Tags><member><Key>k</Key></member></Tags>");
    }
}
