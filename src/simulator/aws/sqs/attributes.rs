//! The attributes of queues: their names, what each may be, and what it is when nothing was said.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::redrive;
use crate::simulator::World;
use crate::simulator::aws::iam::{PolicyDocument, Purpose, check_policy, statements, texts};
use crate::simulator::aws::{Caller, Refusal};

pub(super) type Attributes = BTreeMap<String, String>;

/// What a value has to be.
#[derive(Clone, Copy)]
enum Form {
    Integer(u64, u64),
    Boolean,
    OneOf(&'static [&'static str]),
    /// Whether the queue is of the FIFO kind: only ever said of a new one.
    Kind,
    Policy,
    Redrive,
    RedriveAllow,
    Key,
    /// What SQS alone says.
    Told,
}

struct Attribute {
    name: &'static str,
    form: Form,
    fifo_only: bool,
    default: Option<&'static str>,
}

const fn plain(name: &'static str, form: Form, default: &'static str) -> Attribute {
    Attribute { name, form, fifo_only: false, default: Some(default) }
}

const fn fifo(name: &'static str, form: Form, default: &'static str) -> Attribute {
    Attribute { name, form, fifo_only: true, default: Some(default) }
}

/// One that is there only when it was set.
const fn optional(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, fifo_only: false, default: None }
}

const KEY: &str = "KmsMasterKeyId";
const KEY_REUSE: &str = "KmsDataKeyReusePeriodSeconds";
const OWN_KEYS: &str = "SqsManagedSseEnabled";
const SCOPE: &str = "DeduplicationScope";
const LIMIT: &str = "FifoThroughputLimit";
const FIFO: &str = "FifoQueue";
pub(super) const REDRIVE: &str = "RedrivePolicy";
pub(super) const REDRIVE_ALLOW: &str = "RedriveAllowPolicy";
const POLICY: &str = "Policy";

/// How many actions one statement of a queue's policy may have.
const MOST_ACTIONS: usize = 7;

const ATTRIBUTES: &[Attribute] = &[
    plain("DelaySeconds", Form::Integer(0, 900), "0"),
    plain("MaximumMessageSize", Form::Integer(1024, 1_048_576), "1048576"),
    plain("MessageRetentionPeriod", Form::Integer(60, 1_209_600), "345600"),
    plain("ReceiveMessageWaitTimeSeconds", Form::Integer(0, 20), "0"),
    plain("VisibilityTimeout", Form::Integer(0, 43_200), "30"),
    plain(OWN_KEYS, Form::Boolean, "true"),
    optional(KEY, Form::Key),
    optional(KEY_REUSE, Form::Integer(60, 86_400)),
    optional(POLICY, Form::Policy),
    optional(REDRIVE, Form::Redrive),
    optional(REDRIVE_ALLOW, Form::RedriveAllow),
    fifo(FIFO, Form::Kind, "true"),
    fifo("ContentBasedDeduplication", Form::Boolean, "false"),
    fifo(SCOPE, Form::OneOf(&["messageGroup", "queue"]), "queue"),
    fifo(LIMIT, Form::OneOf(&["perMessageGroupId", "perQueue"]), "perQueue"),
    plain("ApproximateNumberOfMessages", Form::Told, "0"),
    plain("ApproximateNumberOfMessagesDelayed", Form::Told, "0"),
    plain("ApproximateNumberOfMessagesNotVisible", Form::Told, "0"),
    optional("CreatedTimestamp", Form::Told),
    optional("LastModifiedTimestamp", Form::Told),
    optional("QueueArn", Form::Told),
];

pub(super) fn unknown(name: &str) -> Refusal {
    Refusal::new(400, "InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub(super) fn wrong(name: &str) -> Refusal {
    Refusal::new(400, "InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

/// Whose attributes are set.
pub(super) struct Subject<'a> {
    pub(super) world: &'a World,
    pub(super) caller: &'a Caller,
    pub(super) name: &'a str,
    pub(super) is_fifo: bool,
    pub(super) is_new: bool,
}

/// What a request makes of a queue's attributes and its policy.
///
/// # Errors
/// When SQS would refuse one of them, or two of them together.
pub(super) fn set(
    subject: &Subject<'_>,
    present: &mut Attributes,
    policy: &mut Option<PolicyDocument>,
    given: &Attributes,
) -> Result<(), Refusal> {
    for (name, value) in given {
        let known = ATTRIBUTES.iter().find(|attribute| attribute.name == name).ok_or_else(|| unknown(name))?;
        if known.fifo_only && !subject.is_fifo {
            return Err(unknown(name));
        }
        match (known.form, value.as_str()) {
            (Form::Told, _) => return Err(unknown(name)),
            (Form::Kind, "true") if subject.is_new => continue,
            (Form::Kind, _) => return Err(unknown(name)),
            (Form::Policy, "") => *policy = None,
            (Form::Policy, text) => *policy = Some(document(subject, text)?),
            (Form::Redrive | Form::RedriveAllow | Form::Key, "") => {
                present.remove(name);
            }
            (Form::Redrive, text) => {
                present.insert(name.clone(), redrive::policy(subject, text)?);
            }
            (Form::RedriveAllow, text) => {
                present.insert(name.clone(), redrive::allowance(text)?);
            }
            (form, text) => {
                present.insert(name.clone(), simple(form, text).ok_or_else(|| wrong(name))?);
            }
        }
    }
    encrypt(present, given)?;
    let is = |name: &str, value: &str| present.get(name).is_some_and(|present| present == value);
    match is(LIMIT, "perMessageGroupId") && !is(SCOPE, "messageGroup") {
        true => Err(wrong(LIMIT)),
        false => Ok(()),
    }
}

fn simple(form: Form, text: &str) -> Option<String> {
    let fits = match form {
        Form::Integer(least, most) => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number: u64 = text.parse().ok().filter(|number| digits && (least..=most).contains(number))?;
            return Some(number.to_string());
        }
        Form::Boolean => ["true", "false"].contains(&text),
        Form::OneOf(known) => known.contains(&text),
        Form::Key => text.len() <= 2048 && text.bytes().all(|byte| byte.is_ascii_graphic()),
        Form::Kind | Form::Policy | Form::Redrive | Form::RedriveAllow | Form::Told => false,
    };
    fits.then(|| text.to_owned())
}

/// A queue has one encryption at most. A key of one's own takes the place of SQS's, and not the other way round.
fn encrypt(present: &mut Attributes, given: &Attributes) -> Result<(), Refusal> {
    let asked = given.get(OWN_KEYS).map(String::as_str) == Some("true");
    if !present.contains_key(KEY) {
        return Ok(());
    }
    if asked {
        return Err(Refusal::new(
            400,
            "InvalidAttributeValue",
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
        ));
    }
    present.insert(OWN_KEYS.to_owned(), "false".to_owned());
    Ok(())
}

/// SQS says the same whatever is wrong with a policy, a principal that IAM does not know yet included.
fn document(subject: &Subject<'_>, text: &str) -> Result<PolicyDocument, Refusal> {
    let checked = check_policy(text, Purpose::Resource).map_err(|_| wrong(POLICY))?;
    for statement in statements(&checked) {
        let actions: Vec<_> =
            ["Action", "NotAction"].iter().filter_map(|key| statement.get(*key)).flat_map(texts).collect();
        let own = |action: &&str| *action == "*" || action.to_lowercase().starts_with("sqs:");
        if !actions.iter().all(own) {
            return Err(wrong(POLICY));
        }
        if actions.len() > MOST_ACTIONS {
            let message = format!("{} Actions were found, maximum allowed is {MOST_ACTIONS}.", actions.len());
            return Err(Refusal::new(403, "OverLimit", message));
        }
    }
    PolicyDocument::new(subject.world, subject.caller, text, &checked).map_err(|_| wrong(POLICY))
}

/// What was set and what holds where nothing was.
pub(super) fn effective(present: &Attributes, is_fifo: bool) -> Attributes {
    let applying = ATTRIBUTES.iter().filter(|attribute| is_fifo || !attribute.fifo_only);
    let mut all: Attributes = applying
        .filter_map(|attribute| {
            let value = present.get(attribute.name).map(String::as_str).or(attribute.default)?;
            Some((attribute.name.to_owned(), value.to_owned()))
        })
        .collect();
    if all.contains_key(KEY) {
        all.entry(KEY_REUSE.to_owned()).or_insert_with(|| "300".to_owned());
    } else {
        all.remove(KEY_REUSE);
    }
    all
}

/// The names of attributes that a request asks for; nothing for all.
pub(super) fn asked(names: &[String]) -> Result<Option<&[String]>, Refusal> {
    if let Some(unheard) =
        names.iter().find(|name| *name != "All" && !ATTRIBUTES.iter().any(|attribute| attribute.name == name.as_str()))
    {
        return Err(unknown(unheard));
    }
    Ok((!names.iter().any(|name| name == "All")).then_some(names))
}

/// What is different in a queue that is there, of what a request for it says.
pub(super) fn differing<'a>(
    given: &'a Attributes,
    present: &Attributes,
    policies: (Option<&PolicyDocument>, Option<&PolicyDocument>),
) -> Option<&'a str> {
    let names = given.keys().map(String::as_str);
    let (left, right) = policies;
    let mut differing = names.filter(|name| match *name {
        POLICY => left.map(|policy| json(&policy.text)) != right.map(|policy| json(&policy.text)),
        FIFO => false,
        name => given.get(name) != present.get(name) && !given.get(name).is_some_and(String::is_empty),
    });
    differing.next()
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_default()
}
