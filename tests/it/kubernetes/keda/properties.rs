//! What holds for any spec: nothing panics, what is unknown is accepted, what is taken away is missed.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tidegate::providers::keda::{Kind, check};
use tidegate::value::{Attributes, Kind as ValueKind, Path, Segment, Value};

use super::corpus::{Case, right, together, told, wrong};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(Value::Unknown(ValueKind::Any)),
        Just(Value::from("hidden").into_secret()),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Float),
        "[a-z0-9 :/.,*+()\"%-]{0,12}".prop_map(Value::String),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map("[a-zA-Z]{1,8}", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

/// Every place in a value.
fn places(value: &Value, at: &[Segment], all: &mut Vec<Vec<Segment>>) {
    let mut below = |segment: Segment, inner: &Value| {
        let path = [at, &[segment]].concat();
        all.push(path.clone());
        places(inner, &path, all);
    };
    match value {
        Value::Map(entries) => entries.iter().for_each(|(key, inner)| below(Segment::Key(key.clone()), inner)),
        Value::List(items) => items.iter().enumerate().for_each(|(index, inner)| below(Segment::Index(index), inner)),
        _ => {}
    }
}

fn replaced(value: Value, path: &[Segment], new: &Value) -> Value {
    match (value, path.split_first()) {
        (_, None) => new.clone(),
        (Value::Map(mut entries), Some((Segment::Key(key), rest))) => {
            let inner = entries.remove(key).unwrap_or_default();
            entries.insert(key.clone(), replaced(inner, rest, new));
            Value::Map(entries)
        }
        (Value::List(mut items), Some((Segment::Index(index), rest))) => {
            let inner = std::mem::take(&mut items[*index]);
            items[*index] = replaced(inner, rest, new);
            Value::List(items)
        }
        (value, _) => value,
    }
}

fn fields(value: Value) -> Attributes {
    match value {
        Value::Map(entries) => entries,
        _ => Attributes::new(),
    }
}

fn with(object: &Attributes, choice: prop::sample::Index, new: &Value) -> Attributes {
    let whole = Value::Map(object.clone());
    let mut all = Vec::new();
    places(&whole, &[], &mut all);
    let path = choice.get(&all).clone();
    fields(replaced(whole, &path, new))
}

/// Keys of a trigger of a correct manifest that its scaler requires in the metadata.
fn required() -> Vec<(Case, usize, String)> {
    const REQUIRED: &[(&str, &[&str])] = &[
        ("aws-sqs-queue", &["queueURL", "awsRegion"]),
        ("aws-cloudwatch", &["targetMetricValue", "minMetricValue", "awsRegion"]),
        ("aws-dynamodb", &["tableName", "keyConditionExpression", "expressionAttributeNames", "targetValue"]),
        ("aws-dynamodb-streams", &["tableName", "awsRegion"]),
        ("aws-kinesis-stream", &["streamName", "awsRegion"]),
        ("azure-servicebus", &["queueName", "topicName", "subscriptionName"]),
        ("azure-queue", &["queueName"]),
        ("rabbitmq", &["queueName", "value"]),
        ("kafka", &["bootstrapServers", "consumerGroup"]),
        ("prometheus", &["serverAddress", "query", "threshold"]),
        ("metrics-api", &["url", "valueLocation", "targetValue"]),
        ("redis-streams", &["stream", "host", "port"]),
        ("redis-cluster-streams", &["stream", "hosts", "ports"]),
        ("redis-sentinel-streams", &["stream", "sentinelMaster", "addresses"]),
        ("influxdb", &["serverURL", "query", "thresholdValue", "database", "metricKey"]),
        ("postgresql", &["query", "targetQueryValue"]),
        ("cron", &["start", "end", "timezone", "desiredReplicas"]),
        ("cpu", &["value"]),
        ("memory", &["value"]),
        ("external", &["scalerAddress"]),
        ("external-push", &["scalerAddress"]),
    ];
    // Those that an authentication may give are asked for only where there is none.
    const GIVEN_BY_AUTHENTICATION: &[&str] = &["awsRegion", "database", "addresses", "sentinelMaster", "serverURL"];
    let mut all = Vec::new();
    for (position, case) in right().iter().enumerate() {
        let triggers = case.objects[0].1.get("spec").and_then(|spec| spec.as_map()?.get("triggers")?.as_list());
        for (index, trigger) in triggers.unwrap_or_default().iter().enumerate() {
            let trigger = trigger.as_map().unwrap();
            let metadata = trigger["metadata"].as_map().unwrap();
            let name = trigger["type"].as_str().unwrap();
            let keys = REQUIRED.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, keys)| keys);
            let asked = keys
                .iter()
                .filter(|key| metadata.contains_key(**key))
                .filter(|key| !(trigger.contains_key("authenticationRef") && GIVEN_BY_AUTHENTICATION.contains(key)));
            all.extend(asked.map(|key| (right().swap_remove(position), index, (*key).to_owned())));
        }
    }
    all
}

fn metadata_path(index: usize) -> Vec<Segment> {
    Path::parse(&format!("spec.triggers[{index}].metadata")).unwrap().segments().to_vec()
}

/// The case with one key of the metadata renamed, or taken away.
fn renamed(case: &Case, index: usize, key: &str, new: Option<&str>) -> String {
    let (kind, object) = &case.objects[0];
    let whole = Value::Map(object.clone());
    let path = metadata_path(index);
    let mut metadata = whole.at(&path).unwrap().as_map().unwrap().clone();
    let value = metadata.remove(key).unwrap();
    if let Some(new) = new {
        metadata.insert(new.to_owned(), value);
    }
    let object = fields(replaced(whole, &path, &Value::Map(metadata)));
    let found: Vec<_> = check(kind.unwrap(), &object).into_iter().map(|finding| (0, finding)).collect();
    let parameter = ["keda/missing-parameter", "keda/unknown-parameter", "keda/credentials-missing"];
    match found.iter().any(|(_, finding)| parameter.contains(&finding.code)) {
        true => String::new(),
        false => format!("{}: {key} → {new:?} was not found, only:\n{}", case.says, told(&found)),
    }
}

#[test]
fn each_required_key_that_is_taken_away_is_missed() {
    let all = required();
    assert!(all.len() > 60, "{}", all.len());
    for (case, index, key) in &all {
        assert_eq!(renamed(case, *index, key, None), "");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_panics(
        name in "[a-z-]{1,70}",
        spec in any_value(),
        annotations in any_value(),
        version in prop_oneof![Just(Value::Null), any_value(), "2\\.1[0-9]".prop_map(Value::String)],
        kind in prop::sample::select(&Kind::ALL[..]),
    ) {
        let object = Attributes::from([
            ("name".to_owned(), Value::from(name)),
            ("spec".to_owned(), spec),
            ("annotations".to_owned(), annotations),
            ("keda_version".to_owned(), version),
        ]);
        let _ = check(kind, &object);
        let _ = together(&[(Some(kind), object.clone()), (None, object)]);
    }

    #[test]
    fn nothing_panics_where_one_part_is_something_else(
        choice in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        new in any_value(),
        of_right in any::<bool>(),
    ) {
        let cases = if of_right { right() } else { wrong() };
        let case = choice.get(&cases);
        let mut objects = case.objects.clone();
        objects[0].1 = with(&objects[0].1, place, &new);
        if let Some(kind) = objects[0].0 {
            let _ = check(kind, &objects[0].1);
        }
        let _ = together(&objects);
    }

    #[test]
    fn what_is_not_known_yet_satisfies_everything(
        choice in any::<prop::sample::Index>(),
        places in vec(any::<prop::sample::Index>(), 1..4),
        secret in any::<bool>(),
    ) {
        let cases = right();
        let case = choice.get(&cases);
        let mut objects = case.objects.clone();
        let new = if secret { Value::from("hidden").into_secret() } else { Value::Unknown(ValueKind::Any) };
        for (number, place) in places.into_iter().enumerate() {
            let which = number % objects.len();
            objects[which].1 = with(&objects[which].1, place, &new);
        }
        let case = Case { objects, ..right().swap_remove(choice.index(cases.len())) };
        let errors: Vec<_> = case.findings().into_iter().filter(|(_, finding)| finding.is_error()).collect();
        prop_assert!(errors.is_empty(), "{}:\n{}", case.says, told(&errors));
    }

    #[test]
    fn a_misspelt_required_key_is_found(
        choice in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        letter in "[a-zA-Z0-9]",
        how in 0..3,
    ) {
        let all = required();
        let (case, index, key) = choice.get(&all);
        let mut letters: Vec<char> = key.chars().collect();
        let at = place.index(letters.len());
        let letter = letter.chars().next().unwrap();
        match how {
            0 => letters.insert(at, letter),
            1 => letters[at] = letter,
            _ => { letters.remove(at); }
        }
        let slip: String = letters.into_iter().collect();
        // A slip may hit another word.
        let metadata = Value::Map(case.objects[0].1.clone());
        let taken = metadata.at(&metadata_path(*index)).unwrap().as_map().unwrap().contains_key(&slip);
        let other = ["host", "hosts", "port", "ports", "url", ""].contains(&slip.as_str());
        prop_assume!(slip != *key && !taken && !other);
        prop_assert_eq!(renamed(case, *index, key, Some(&slip)), "");
    }
}
