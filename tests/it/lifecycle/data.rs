//! Random stacks of `tidegate.data`: applied, edited and destroyed.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::support::session::Session;

/// Resource `i` refers to some of those before it.
#[derive(Clone, Debug)]
struct Node {
    present: bool,
    input: u8,
    trigger: Option<u8>,
    refers_to: Vec<usize>,
    for_each: u8,
}

fn node() -> impl Strategy<Value = Node> {
    let refers = proptest::collection::vec(0usize..12, 0..3);
    (any::<bool>(), any::<u8>(), proptest::option::of(0u8..3), refers, 0u8..4).prop_map(
        |(present, input, trigger, refers_to, for_each)| Node { present, input, trigger, refers_to, for_each },
    )
}

fn yaml(nodes: &[Node]) -> String {
    let mut text = "resources:\n".to_owned();
    let plain = |index: usize| nodes[index].present && nodes[index].for_each == 0;
    for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.present) {
        writeln!(text, "  r{index}:\n    type: tidegate.data").unwrap();
        if node.for_each > 0 {
            let keys: Vec<_> = (0..node.for_each).map(|key| format!("k{key}")).collect();
            writeln!(text, "    for_each: [{}]", keys.join(", ")).unwrap();
        }
        let refers = node.refers_to.iter().filter(|on| **on < index && plain(**on));
        let parts: Vec<_> = refers.map(|on| format!("\"${{r{on}.id}}\"")).collect();
        writeln!(text, "    spec:\n      input: {{ own: {}, others: [{}] }}", node.input, parts.join(", ")).unwrap();
        if let Some(trigger) = node.trigger {
            writeln!(text, "      triggers_replace: {trigger}").unwrap();
        }
    }
    if !text.contains("type") {
        return "resources: {}\n".to_owned();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn stacks_settle_edits_converge_and_nothing_is_left(
        first in proptest::collection::vec(node(), 1..12),
        second in proptest::collection::vec(node(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let session = Session::default();
            for nodes in [&first, &second] {
                let stack = yaml(nodes);
                session.apply_all(&stack).await;
                session.assert_settled(&stack).await;
            }
            session.destroy().await;
            assert!(session.state().is_empty());
        });
    }
}
