//! What a stack may write under `providers: helm:`.

use super::sources::Credential;
use crate::provider::{FamilySettings, Field, FieldType};
use crate::value::Value;

pub(super) fn fields() -> Vec<Field> {
    let credential = FieldType::Object(vec![
        Field::new(
            "url",
            FieldType::text(),
            "The repository or registry they are for, such as `https://charts.example.com`",
        )
        .required(),
        Field::new("username", FieldType::text(), "The user").required(),
        Field::new("password", FieldType::text(), "The password or token; better a secret variable than a text")
            .required(),
    ]);
    vec![
        Field::new("credentials", FieldType::list(credential), "Who asks for charts, by repository or registry"),
        Field::new(
            "teardown",
            FieldType::one_of(&["thorough", "fast"]),
            "`fast`: a release that goes with its cluster, when that goes too, is not uninstalled by itself; but for one \
             that leaves something behind in the cloud, such as load balancers and volumes",
        )
        .default("thorough"),
    ]
}

pub(super) fn credentials(settings: &FamilySettings) -> Vec<Credential> {
    let all = settings.get("credentials").and_then(Value::as_list).unwrap_or_default();
    let credential = |value: &Value| {
        let text = |name: &str| {
            let value = value.as_map()?.get(name)?.clone().reveal();
            value.as_str().map(str::to_owned)
        };
        Some(Credential { url: text("url")?, username: text("username")?, password: text("password")? })
    };
    all.iter().filter_map(credential).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn credentials_may_be_secret() {
        let Value::Map(mut settings) = Value::from(json!({"credentials": [{"url": "https://a", "username": "u"}]}))
        else {
            panic!()
        };
        let Some(Value::List(all)) = settings.get_mut("credentials") else { panic!() };
        let Value::Map(first) = &mut all[0] else { panic!() };
        first.insert("password".to_owned(), Value::from("p").into_secret());
        let found = credentials(&settings);
        assert_eq!((found[0].url.as_str(), found[0].password.as_str()), ("https://a", "p"));
    }
}
