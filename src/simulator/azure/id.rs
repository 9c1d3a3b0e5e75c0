//! What a request to ARM is about, by its path.

use crate::simulator::refusal::Refusal;

/// What a path leads to. Names are kept as they were written; ARM compares them without their case.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Id {
    pub(super) subscription: String,
    pub(super) group: Option<String>,
    /// What an extension such as a role assignment is on: the path before the last `/providers/`.
    pub(super) scope: String,
    /// Such as `Microsoft.ServiceBus`; empty for subscriptions and resource groups.
    pub(super) namespace: String,
    /// Such as `namespaces` and the name, then `queues` and the name.
    pub(super) parts: Vec<(String, String)>,
    /// What stands behind the last name: a list of a type, or an action.
    pub(super) last: Option<String>,
}

impl Id {
    /// # Errors
    /// When no path of ARM looks like this.
    pub(super) fn read(path: &str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let is = |at: usize, name: &str| parts.get(at).is_some_and(|part| part.eq_ignore_ascii_case(name));
        let mut id = Self::default();
        let mut at = 0;
        if is(0, "subscriptions") {
            id.subscription = parts.get(1).copied().unwrap_or_default().to_lowercase();
            at = 2;
        }
        if is(at, "resourceGroups") {
            id.group = parts.get(at + 1).map(|group| (*group).to_owned());
            at += 2;
            if id.group.is_none() {
                id.last = Some("resourceGroups".to_owned());
                return Ok(id);
            }
        }
        if at < parts.len() && !is(at, "providers") {
            // A list or an action of the subscription or the group itself.
            id.last = Some(parts[at].to_owned());
            return if at + 1 == parts.len() { Ok(id) } else { Err(invalid(path)) };
        }
        let Some(last) = parts.iter().rposition(|part| part.eq_ignore_ascii_case("providers")) else { return Ok(id) };
        id.scope = if last == 0 { String::new() } else { format!("/{}", parts[..last].join("/")) };
        let Some(namespace) = parts.get(last + 1) else {
            id.last = Some("providers".to_owned());
            return Ok(id);
        };
        id.namespace = (*namespace).to_owned();
        let mut rest = parts[last + 2..].iter();
        while let Some(kind) = rest.next() {
            match rest.next() {
                Some(name) => id.parts.push(((*kind).to_owned(), percent_decoded(name))),
                None => id.last = Some((*kind).to_owned()),
            }
        }
        if parts.iter().any(|part| part.is_empty()) { Err(invalid(path)) } else { Ok(id) }
    }

    /// Such as `Microsoft.ServiceBus/namespaces/queues`, without what stands behind the last name.
    pub(super) fn type_name(&self) -> String {
        let kinds = self.parts.iter().map(|(kind, _)| kind.as_str());
        match (self.namespace.is_empty(), &self.group) {
            (false, _) if self.is_registration() => "Microsoft.Resources/subscriptions/providers".to_owned(),
            (false, _) => std::iter::once(self.namespace.as_str()).chain(kinds).collect::<Vec<_>>().join("/"),
            (true, Some(_)) => "Microsoft.Resources/subscriptions/resourceGroups".to_owned(),
            (true, None) => "Microsoft.Resources/subscriptions".to_owned(),
        }
    }

    /// Whether it is about a service as such, and not about a list or an action that the service has.
    fn is_registration(&self) -> bool {
        let last = self.last.as_deref().unwrap_or("register");
        self.parts.is_empty() && ["register", "unregister"].iter().any(|action| action.eq_ignore_ascii_case(last))
    }

    pub(super) fn name(&self) -> &str {
        match self.parts.last() {
            Some((_, name)) => name,
            None => self.group.as_deref().unwrap_or(&self.subscription),
        }
    }

    /// The names of all parts, from the outermost.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(_, name)| name.as_str())
    }

    /// As ARM writes it.
    pub(super) fn path(&self) -> String {
        let mut path = match self.scope.as_str() {
            "" if self.subscription.is_empty() => String::new(),
            "" => self.group_path(),
            scope => scope.to_owned(),
        };
        if !self.namespace.is_empty() {
            path.push_str(&format!("/providers/{}", self.namespace));
        }
        for (kind, name) in &self.parts {
            path.push_str(&format!("/{kind}/{name}"));
        }
        path
    }

    fn group_path(&self) -> String {
        let group = self.group.iter().map(|group| format!("/resourceGroups/{group}")).collect::<String>();
        format!("/subscriptions/{}{group}", self.subscription)
    }

    /// Where it is kept: everything in small letters, so that a group's things are below the group.
    pub(super) fn key(&self) -> String {
        let path = self.path().to_lowercase();
        format!("azure{}", path)
    }

    /// What it is a part of.
    pub(super) fn parent(&self) -> Self {
        let mut parent = Self { last: None, ..self.clone() };
        parent.parts.pop();
        parent
    }
}

fn invalid(path: &str) -> Refusal {
    Refusal::new(404, "InvalidResourceType", format!("The path {path} leads to no resource type."))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_they_lead_to() {
        let group = "/subscriptions/S/resourcegroups/G";
        let queue = format!("{group}/providers/Microsoft.ServiceBus/namespaces/n/queues/q");
        let cases = [
            ("/subscriptions/S".to_owned(), "Microsoft.Resources/subscriptions", "s", None),
            (group.to_owned(), "Microsoft.Resources/subscriptions/resourceGroups", "G", None),
            (
                format!("{group}/providers/Microsoft.ServiceBus/namespaces"),
                "Microsoft.ServiceBus",
                "G",
                Some("namespaces"),
            ),
            (
                "/subscriptions/S/providers/Microsoft.ServiceBus".to_owned(),
                "Microsoft.Resources/subscriptions/providers",
                "s",
                None,
            ),
            (format!("{group}/resources"), "Microsoft.Resources/subscriptions/resourceGroups", "G", Some("resources")),
            (queue.clone(), "Microsoft.ServiceBus/namespaces/queues", "q", None),
            (format!("{queue}/listKeys"), "Microsoft.ServiceBus/namespaces/queues", "q", Some("listKeys")),
            (
                format!("{queue}/providers/Microsoft.Authorization/roleAssignments/1"),
                "Microsoft.Authorization/roleAssignments",
                "1",
                None,
            ),
        ];
        for (path, type_name, name, last) in cases {
            let id = Id::read(&path).unwrap();
            assert_eq!((id.type_name().as_str(), id.name(), id.last.as_deref()), (type_name, name, last), "{path}");
        }
        let id = Id::read(&queue).unwrap();
        assert_eq!(
            id.key(),
            "azure/subscriptions/s/resourcegroups/g/providers/microsoft.servicebus/namespaces/n/queues/q"
        );
        assert_eq!(id.parent().name(), "n");
        let role = Id::read(&format!("{queue}/providers/Microsoft.Authorization/roleAssignments/1")).unwrap();
        assert_eq!(role.scope, queue);
        assert!(Id::read("/subscriptions/s/resourceGroups/g/x/y").is_err());
    }
}
