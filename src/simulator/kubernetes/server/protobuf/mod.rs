//! Objects as protocol buffers: some clients send some kinds in no other form.
//!
//! Known are the kinds in `messages`. What is known of none of them is refused rather than left out.

mod messages;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::status::Refusal;
use crate::clock::rfc3339;
use messages::{ENVELOPE, Field, KINDS, Message, Shape};

/// Every object in this form begins with it.
const MAGIC: &[u8] = b"k8s\0";

/// The object in a body.
pub(super) fn document(body: &[u8]) -> Result<Json, Refusal> {
    let unreadable = || Refusal::bad_request("the object provided is unrecognized: it is no protocol buffer");
    let envelope = body.strip_prefix(MAGIC).ok_or_else(unreadable)?;
    let envelope = message(envelope, ENVELOPE).map_err(|_| unreadable())?;
    let kind = envelope["typeMeta"]["kind"].as_str().unwrap_or_default().to_owned();
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    let unsupported = |what: String| {
        Refusal::unsupported_media_type(format!(
            "the simulator does not take {what} as application/vnd.kubernetes.protobuf; send it as application/json"
        ))
    };
    let (_, fields) = known.ok_or_else(|| unsupported(format!("objects of the kind {kind}")))?;
    let raw = STANDARD.decode(envelope["raw"].as_str().unwrap_or_default()).unwrap_or_default();
    let mut object = message(&raw, fields).map_err(|problem| match problem {
        Problem::Broken => unreadable(),
        Problem::Unknown(number) => unsupported(format!("the field with the number {number} in a {kind}")),
    })?;
    object["apiVersion"] = envelope["typeMeta"]["apiVersion"].clone();
    object["kind"] = json!(kind);
    Ok(object)
}

enum Problem {
    Broken,
    Unknown(u64),
}

/// A value as it is on the wire.
enum Wire<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

impl<'b> Wire<'b> {
    fn bytes(&self) -> Result<&'b [u8], Problem> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) => Err(Problem::Broken),
        }
    }

    fn number(&self) -> Result<u64, Problem> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Bytes(_) => Err(Problem::Broken),
        }
    }

    fn text(&self) -> Result<String, Problem> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| Problem::Broken)
    }
}

fn message(mut bytes: &[u8], fields: Message) -> Result<Json, Problem> {
    let mut members = Map::new();
    while !bytes.is_empty() {
        let (number, wire) = field(&mut bytes)?;
        let known = fields.iter().find(|field| field.number == number).ok_or(Problem::Unknown(number))?;
        put(&mut members, known, &wire)?;
    }
    Ok(Json::Object(members))
}

fn put(members: &mut Map<String, Json>, field: &Field, wire: &Wire<'_>) -> Result<(), Problem> {
    let entry = match field.shape {
        Shape::Map => Some(messages::TEXT_ENTRY),
        Shape::BytesMap => Some(messages::BYTES_ENTRY),
        Shape::QuantityMap => Some(messages::QUANTITY_ENTRY),
        _ => None,
    };
    if let Some(entry) = entry {
        let entry = message(wire.bytes()?, entry)?;
        let (key, value) = (entry["key"].as_str().unwrap_or_default(), entry.get("value"));
        let all = members.entry(field.name).or_insert_with(|| json!({}));
        all[key] = value.cloned().unwrap_or_else(|| json!(""));
        return Ok(());
    }
    let Some(value) = value(field.shape, wire)? else { return Ok(()) };
    if field.repeated {
        let all = members.entry(field.name).or_insert_with(|| json!([]));
        all.as_array_mut().into_iter().for_each(|all| all.push(value.clone()));
    } else {
        members.insert(field.name.to_owned(), value);
    }
    Ok(())
}

/// Nothing for what is on the wire only because it is always there.
fn value(shape: Shape, wire: &Wire<'_>) -> Result<Option<Json>, Problem> {
    Ok(match shape {
        Shape::Text => Some(json!(wire.text()?)).filter(|text| text != ""),
        Shape::AnyText => Some(json!(wire.text()?)),
        Shape::Bytes => Some(json!(STANDARD.encode(wire.bytes()?))),
        Shape::Number => Some(json!(wire.number()?.cast_signed())),
        Shape::CountedNumber => Some(json!(wire.number()?.cast_signed())).filter(|number| *number != 0),
        Shape::Flag => Some(json!(wire.number()? != 0)),
        Shape::SetFlag => Some(json!(true)).filter(|_| wire.number().is_ok_and(|number| number != 0)),
        Shape::Time => {
            let time = message(wire.bytes()?, messages::TIME)?;
            let seconds = time["seconds"].as_u64().filter(|seconds| *seconds > 0);
            seconds.map(|seconds| json!(rfc3339(std::time::Duration::from_secs(seconds))))
        }
        Shape::Raw => {
            let raw = message(wire.bytes()?, messages::RAW)?;
            let text = STANDARD.decode(raw["raw"].as_str().unwrap_or_default()).unwrap_or_default();
            serde_json::from_slice(&text).ok()
        }
        Shape::NumberOrText => {
            let either = message(wire.bytes()?, messages::NUMBER_OR_TEXT)?;
            let is_text = either["type"] == 1;
            Some(if is_text { either["text"].clone() } else { json!(either["number"].as_i64().unwrap_or_default()) })
        }
        Shape::Quantity => {
            let quantity = message(wire.bytes()?, messages::QUANTITY)?;
            quantity.get("string").cloned()
        }
        Shape::Inner(fields) => Some(message(wire.bytes()?, fields)?).filter(|inner| *inner != json!({})),
        Shape::LeftOut | Shape::QuantityMap | Shape::Map | Shape::BytesMap => None,
    })
}

fn field<'b>(bytes: &mut &'b [u8]) -> Result<(u64, Wire<'b>), Problem> {
    let key = variable(bytes)?;
    let wire = match key & 7 {
        0 => Wire::Number(variable(bytes)?),
        2 => {
            let length = usize::try_from(variable(bytes)?).map_err(|_| Problem::Broken)?;
            let (now, rest) = bytes.split_at_checked(length).ok_or(Problem::Broken)?;
            *bytes = rest;
            Wire::Bytes(now)
        }
        _ => return Err(Problem::Broken),
    };
    Ok((key >> 3, wire))
}

/// A number in as many bytes as it needs, seven bits in each.
fn variable(bytes: &mut &[u8]) -> Result<u64, Problem> {
    let mut number = 0u64;
    for shift in (0..70).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(Problem::Broken)?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(shift).unwrap_or_default();
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Problem::Broken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tagged(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut all = vec![(number << 3) | 2, u8::try_from(bytes.len()).unwrap()];
        all.extend_from_slice(bytes);
        all
    }

    fn whole(kind: &str, raw: &[u8]) -> Vec<u8> {
        let meta = [tagged(1, b"v1"), tagged(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), tagged(1, &meta), tagged(2, raw), tagged(3, b""), tagged(4, b"")].concat()
    }

    #[test]
    fn an_object_is_read_without_what_is_always_there() {
        let entry = [tagged(1, b"key"), tagged(2, b"value")].concat();
        let label = [tagged(1, b"a"), tagged(2, b"b")].concat();
        let metadata = [tagged(1, b"x"), tagged(4, b""), vec![7 << 3, 0], tagged(8, b""), tagged(11, &label)].concat();
        let secret = [tagged(1, &metadata), tagged(2, &entry), tagged(3, b"Opaque")].concat();
        let expected = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "x", "labels": {"a": "b"}}, "data": {"key": "dmFsdWU="}});
        assert_eq!(document(&whole("Secret", &secret)), Ok(expected));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let cases = [
            (b"{}".to_vec(), 400),
            (whole("Binding", b""), 415),
            (whole("Secret", &tagged(15, b"x")), 415),
            (whole("Secret", &[0x0a, 0x7f]), 400),
        ];
        for (body, code) in cases {
            assert_eq!(document(&body).unwrap_err().code, code, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(raw in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = document(&whole("Secret", &raw));
            let _ = document(&[MAGIC, raw.as_slice()].concat());
        }
    }
}
