//! ARM's ids, which are also the paths of its calls: what they are of, and which permission a call takes.

use azure_core::http::Method;

/// The type of what a path leads to, such as `Microsoft.ServiceBus/namespaces/queues`; of an action, the type it is on.
pub(in super::super) fn type_of(path: &str) -> String {
    split(path).0
}

/// The permission that a call takes, such as `Microsoft.ServiceBus/namespaces/queues/write`.
pub(in super::super) fn permission(method: Method, path: &str) -> String {
    let (of, action) = split(path);
    match (method, action) {
        (Method::Post, Some(action)) => format!("{of}/{action}/action"),
        (Method::Get | Method::Head, _) => format!("{of}/read"),
        (Method::Delete, _) => format!("{of}/delete"),
        _ => format!("{of}/write"),
    }
}

/// Whether two ids are of the same thing. ARM gives back other cases than it was given.
pub(in super::super) fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'))
}

/// The last part of an id, which is its name.
pub(in super::super) fn name(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// What stands behind a part of an id, such as the group behind `resourceGroups`.
pub(in super::super) fn part<'a>(id: &'a str, of: &str) -> Option<&'a str> {
    let mut parts = id.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(of))?;
    parts.next().filter(|part| !part.is_empty())
}

/// The type, and the last part where that belongs to no pair of a type and a name.
fn split(path: &str) -> (String, Option<&str>) {
    let path = path.split('?').next().unwrap_or_default().trim_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let provider = parts.iter().rposition(|part| part.eq_ignore_ascii_case("providers"));
    let (namespace, pairs) = match provider {
        Some(at) if at + 1 < parts.len() => (parts[at + 1], &parts[at + 2..]),
        _ => ("Microsoft.Resources", &parts[..]),
    };
    let kinds = pairs.iter().step_by(2).map(|kind| match *kind {
        // On the wire it is written so, and in permissions not.
        "resourcegroups" => "resourceGroups",
        kind => kind,
    });
    let mut of: Vec<&str> = std::iter::once(namespace).chain(kinds).collect();
    // Behind the namespace itself there is an action and no type.
    let shortest = if provider.is_some() { 1 } else { 3 };
    let action = (pairs.len() % 2 == 1 && pairs.len() >= shortest).then(|| of.pop()).flatten();
    (of.join("/"), action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_takes_the_permission_of_what_its_path_leads_to() {
        let group = "/subscriptions/s/resourcegroups/g";
        let bus = format!("{group}/providers/Microsoft.ServiceBus/namespaces/n");
        let cluster = format!("{group}/providers/Microsoft.ContainerService/managedClusters/c");
        let cases = [
            (Method::Put, group.to_owned(), "Microsoft.Resources/subscriptions/resourceGroups/write"),
            (Method::Get, "/subscriptions/s".to_owned(), "Microsoft.Resources/subscriptions/read"),
            (Method::Get, format!("{bus}/queues/q?api-version=1"), "Microsoft.ServiceBus/namespaces/queues/read"),
            (Method::Delete, bus.clone(), "Microsoft.ServiceBus/namespaces/delete"),
            (
                Method::Post,
                format!("{cluster}/listClusterUserCredential"),
                "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
            ),
            (
                Method::Put,
                format!("{bus}/queues/q/providers/Microsoft.Authorization/roleAssignments/1"),
                "Microsoft.Authorization/roleAssignments/write",
            ),
            (Method::Get, format!("{bus}/queues"), "Microsoft.ServiceBus/namespaces/read"),
            (Method::Post, "/subscriptions/s/providers/Microsoft.X/register".to_owned(), "Microsoft.X/register/action"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(permission(method, &path), expected, "{path}");
        }
        assert_eq!(type_of(&bus), "Microsoft.ServiceBus/namespaces");
    }

    #[test]
    fn parts_of_an_id_are_found_in_any_case() {
        let id = "/subscriptions/S/resourcegroups/Group/providers/Microsoft.ServiceBus/namespaces/bus";
        assert_eq!(
            (part(id, "resourceGroups"), part(id, "subscriptions"), name(id)),
            (Some("Group"), Some("S"), "bus")
        );
        assert_eq!(part(id, "queues"), None);
        assert!(same(id, &id.to_uppercase()));
    }
}
