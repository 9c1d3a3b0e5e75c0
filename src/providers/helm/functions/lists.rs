//! Lists. None is ever changed: what "adds" to one gives another.

use super::super::template::{Element, Failure, Function, Value};
use super::arguments::{Arguments, MOST_ITEMS, Outcome, at_least, exactly, nil_pointer};
use super::defaults::is_empty;
use super::numbers::to_int;
use super::printing::text_of;
use super::reflection::{equal, kind_of};
use super::strings::{list_of_strings, strings_of};

const APPEND: Function = exactly(2, |_, given| append(given));
const CHUNK: Function = exactly(2, |_, given| chunk(given.int(0)?, given.any(1)));
const COMPACT: Function = exactly(1, |_, given| compact(given.any(0)));
const FIRST: Function = exactly(1, |_, given| first(given.any(0)));
const HAS: Function = exactly(2, |_, given| has(given.any(0), given.any(1)));
const INITIAL: Function = exactly(1, |_, given| initial(given.any(0)));
const LAST: Function = exactly(1, |_, given| last(given.any(0)));
const LIST: Function = at_least(0, |_, given| Ok(Value::list(given.iter().cloned())));
const PREPEND: Function = exactly(2, |_, given| prepend(given));
const REST: Function = exactly(1, |_, given| rest(given.any(0)));
const REVERSE: Function = exactly(1, |_, given| reverse(given.any(0)));
const SLICE: Function = at_least(1, |_, given| slice(given));
const UNIQ: Function = exactly(1, |_, given| uniq(given.any(0)));
const WITHOUT: Function = at_least(1, |_, given| without(given));

/// A template fails at the same faults with and without `must`.
pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("append", APPEND),
    ("chunk", CHUNK),
    ("compact", COMPACT),
    ("concat", at_least(0, |_, given| concat(given))),
    ("first", FIRST),
    ("has", HAS),
    ("initial", INITIAL),
    ("last", LAST),
    ("list", LIST),
    ("mustAppend", APPEND),
    ("mustChunk", CHUNK),
    ("mustCompact", COMPACT),
    ("mustFirst", FIRST),
    ("mustHas", HAS),
    ("mustInitial", INITIAL),
    ("mustLast", LAST),
    ("mustPrepend", PREPEND),
    ("mustPush", APPEND),
    ("mustRest", REST),
    ("mustReverse", REVERSE),
    ("mustSlice", SLICE),
    ("mustUniq", UNIQ),
    ("mustWithout", WITHOUT),
    ("prepend", PREPEND),
    ("push", APPEND),
    ("rest", REST),
    ("reverse", REVERSE),
    ("slice", SLICE),
    ("sortAlpha", exactly(1, |_, given| sort_alpha(given.any(0)))),
    ("tuple", LIST),
    ("uniq", UNIQ),
    ("without", WITHOUT),
];

/// The items of what is a list; `failure` begins the sentence that says it is none.
fn items<'a>(value: &'a Value, failure: &str) -> Result<&'a [Value], Failure> {
    match value {
        Value::List(list) => Ok(&list.items),
        Value::Nil => Err(nil_pointer()),
        other => Err(Failure::new(format!("{failure} {}", kind_of(other)))),
    }
}

fn append(given: &[Value]) -> Outcome {
    let items = items(given.any(0), "Cannot push on type")?;
    Ok(Value::list(items.iter().chain([given.any(1)]).cloned()))
}

fn prepend(given: &[Value]) -> Outcome {
    let items = items(given.any(0), "Cannot prepend on type")?;
    Ok(Value::list([given.any(1)].into_iter().chain(items).cloned()))
}

fn chunk(size: i64, list: &Value) -> Outcome {
    let items = items(list, "Cannot chunk type")?;
    // Of two items there are no parts at all of a size below zero; of other lists, sprig asks Go for fewer than none.
    if size < 0 && (1 - i64::try_from(items.len()).unwrap_or(i64::MAX)).div_euclid(-size) + 1 == 0 {
        return Ok(Value::list([]));
    }
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let Some(size) = size else { return Err(Failure::new("runtime error: makeslice: len out of range")) };
    Ok(Value::list(items.chunks(size).map(|chunk| Value::list(chunk.iter().cloned()))))
}

fn compact(list: &Value) -> Outcome {
    let items = items(list, "Cannot compact on type")?;
    Ok(Value::list(items.iter().filter(|item| !is_empty(item)).cloned()))
}

fn concat(given: &[Value]) -> Outcome {
    let mut all = Vec::new();
    for list in given {
        match list {
            Value::List(list) => all.extend(list.items.iter().cloned()),
            Value::Nil => return Err(nil_pointer()),
            other => return Err(Failure::new(format!("Cannot concat type {} as list", kind_of(other)))),
        }
        if all.len() > MOST_ITEMS {
            return Err(Failure::new(format!("concat would make a list of more than {MOST_ITEMS} items")));
        }
    }
    Ok(Value::list_or_nil(Element::Any, all))
}

fn first(list: &Value) -> Outcome {
    Ok(items(list, "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

fn last(list: &Value) -> Outcome {
    Ok(items(list, "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

fn rest(list: &Value) -> Outcome {
    let items = items(list, "Cannot find rest on type")?;
    Ok(tail(items, items.iter().skip(1)))
}

fn initial(list: &Value) -> Outcome {
    let items = items(list, "Cannot find initial on type")?;
    Ok(tail(items, items.iter().take(items.len().saturating_sub(1))))
}

/// Of an empty list there is no rest, which is another thing than an empty rest.
fn tail<'a>(items: &[Value], rest: impl Iterator<Item = &'a Value>) -> Value {
    if items.is_empty() { Value::list_or_nil(Element::Any, []) } else { Value::list(rest.cloned()) }
}

fn reverse(list: &Value) -> Outcome {
    Ok(Value::list(items(list, "Cannot find reverse on type")?.iter().rev().cloned()))
}

fn has(wanted: &Value, list: &Value) -> Outcome {
    let items = if matches!(list, Value::Nil) { &[] } else { items(list, "Cannot find has on type")? };
    Ok(Value::Bool(contains(items, wanted)?))
}

fn contains(items: &[Value], wanted: &Value) -> Result<bool, Failure> {
    for item in items {
        if equal(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(list: &Value) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in items(list, "Cannot find uniq on type")? {
        if !contains(&kept, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn without(given: &[Value]) -> Outcome {
    let mut kept = Vec::new();
    for item in items(given.any(0), "Cannot find without on type")? {
        if !contains(given.from(1), item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

/// From a place up to another, as a list of the same type.
fn slice(given: &[Value]) -> Outcome {
    let list = given.any(0);
    let items = items(list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let place = |at: usize, otherwise: usize| match given.get(at) {
        Some(place) => usize::try_from(to_int(place)).ok(),
        None => Some(otherwise),
    };
    let cut = place(1, 0).zip(place(2, items.len())).and_then(|(from, to)| items.get(from..to));
    let Some(cut) = cut else {
        return Err(Failure::new("reflect.Value.Slice: slice index out of bounds"));
    };
    let of = if let Value::List(list) = list { list.of } else { Element::Any };
    Ok(Value::list_of(of, cut.iter().cloned()))
}

fn sort_alpha(list: &Value) -> Outcome {
    let mut texts = match list {
        Value::List(_) => strings_of(list)?,
        other => vec![text_of(other)?],
    };
    texts.sort();
    Ok(list_of_strings(texts))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fails, gives};

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn lists_are_handled_as_helm_handles_them() {
        gives(&[
            ("append (list 1) 2", "[]interface {}", "[1 2]"),
            ("append (until 2) \"a\"", "[]interface {}", "[0 1 a]"),
            ("append (list) (list 1)", "[]interface {}", "[[1]]"),
            ("mustAppend (list 1) nil", "[]interface {}", "[1 <nil>]"),
            ("push (list 1) 2", "[]interface {}", "[1 2]"),
            ("mustPush (list 1) 2", "[]interface {}", "[1 2]"),
            ("prepend (list 1) 2", "[]interface {}", "[2 1]"),
            ("mustPrepend (until 1) 2", "[]interface {}", "[2 0]"),
            ("chunk 2 (list 1 2 3)", "[]interface {}", "[[1 2] [3]]"),
            ("chunk 3 (list 1 2 3)", "[]interface {}", "[[1 2 3]]"),
            ("chunk 5 (list 1 2 3)", "[]interface {}", "[[1 2 3]]"),
            ("mustChunk 1 (list 1 2)", "[]interface {}", "[[1] [2]]"),
            ("compact (list 1 0 \"\" \"a\" nil false (list) (dict))", "[]interface {}", "[1 a]"),
            ("mustCompact (list 0)", "[]interface {}", "[]"),
            ("concat (list 1) (until 2) (list \"a\" (list 2))", "[]interface {}", "[1 0 1 a [2]]"),
            ("concat (list)", "[]interface {}", "[]"),
            ("first (list 1 2)", "int", "1"),
            ("first list", "<nil>", "<nil>"),
            ("mustFirst (splitList \",\" \"a,b\")", "string", "a"),
            ("last (list 1 2)", "int", "2"),
            ("last list", "<nil>", "<nil>"),
            ("mustLast (list 1 2)", "int", "2"),
            ("rest (list 1 2 3)", "[]interface {}", "[2 3]"),
            ("rest (list 1)", "[]interface {}", "[]"),
            ("mustRest (until 3)", "[]interface {}", "[1 2]"),
            ("initial (list 1 2 3)", "[]interface {}", "[1 2]"),
            ("initial (splitList \",\" \"a,b\")", "[]interface {}", "[a]"),
            ("mustInitial (list 1)", "[]interface {}", "[]"),
            ("reverse (list 1 2 3)", "[]interface {}", "[3 2 1]"),
            ("reverse (until 3)", "[]interface {}", "[2 1 0]"),
            ("mustReverse (list)", "[]interface {}", "[]"),
            ("has 1 (list 1 2)", "bool", "true"),
            ("has 1.0 (list 1 2)", "bool", "false"),
            ("has \"a\" (splitList \",\" \"a,b\")", "bool", "true"),
            ("has \"a\" nil", "bool", "false"),
            ("has (list 1) (list (list 1))", "bool", "true"),
            ("mustHas 4 (list 1 2)", "bool", "false"),
            ("uniq (list 1 1 2 \"a\" \"a\" 1.0 nil nil)", "[]interface {}", "[1 2 a 1 <nil>]"),
            ("uniq (splitList \",\" \"a,b,a\")", "[]interface {}", "[a b]"),
            ("mustUniq (list (list 1) (list 1))", "[]interface {}", "[[1]]"),
            ("without (list 1 2 3 2) 2", "[]interface {}", "[1 3]"),
            ("without (list 1 2 3) 2 3", "[]interface {}", "[1]"),
            ("without (list \"a\")", "[]interface {}", "[a]"),
            ("mustWithout (splitList \",\" \"a,b,a\") \"a\"", "[]interface {}", "[b]"),
            ("slice (list 1 2 3)", "[]interface {}", "[1 2 3]"),
            ("slice (list 1 2 3) 1", "[]interface {}", "[2 3]"),
            ("slice (list 1 2 3) 1 2", "[]interface {}", "[2]"),
            ("slice (list 1 2 3) 3", "[]interface {}", "[]"),
            ("slice (splitList \",\" \"a,b,c\") 1", "[]string", "[b c]"),
            ("slice (list 1 2 3) \"1\" 2.9", "[]interface {}", "[2]"),
            ("slice list 0 5", "<nil>", "<nil>"),
            ("mustSlice (until 4) 2", "[]int", "[2 3]"),
            ("sortAlpha (list 3 1 \"2\" nil)", "[]string", "[1 2 3]"),
            ("sortAlpha (list \"b\" \"a\" \"C\" \"é\")", "[]string", "[C a b é]"),
            ("sortAlpha \"a\"", "[]string", "[a]"),
            ("sortAlpha 5", "[]string", "[5]"),
            ("sortAlpha (until 12)", "[]string", "[0 1 10 11 2 3 4 5 6 7 8 9]"),
            ("tuple 1 \"a\"", "[]interface {}", "[1 a]"),
            ("list", "[]interface {}", "[]"),
        ]);
        fails(&[
            ("append \"a\" 1", "Cannot push on type string"),
            ("append nil 1", "runtime error: invalid memory address or nil pointer dereference"),
            ("prepend 1 1", "Cannot prepend on type int"),
            ("prepend nil 1", "runtime error: invalid memory address or nil pointer dereference"),
            ("push \"a\" 1", "Cannot push on type string"),
            ("chunk 0 (list 1)", "runtime error: makeslice: len out of range"),
            ("chunk -1 (list 1)", "runtime error: makeslice: len out of range"),
            ("chunk 1 \"a\"", "Cannot chunk type string"),
            ("chunk 1 nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("compact \"a\"", "Cannot compact on type string"),
            ("compact nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("concat (list) nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("concat 1", "Cannot concat type int as list"),
            ("concat (list) (dict)", "Cannot concat type map as list"),
            ("first nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("first \"a\"", "Cannot find first on type string"),
            ("last \"a\"", "Cannot find last on type string"),
            ("last nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("rest \"a\"", "Cannot find rest on type string"),
            ("rest nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("initial 1", "Cannot find initial on type int"),
            ("reverse \"abc\"", "Cannot find reverse on type string"),
            ("reverse nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("has 1 \"a\"", "Cannot find has on type string"),
            ("uniq \"a\"", "Cannot find uniq on type string"),
            ("uniq nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("without \"a\" 1", "Cannot find without on type string"),
            ("slice \"abc\" 1", "list should be type of slice or array but string"),
            ("slice nil", "runtime error: invalid memory address or nil pointer dereference"),
            ("slice (list 1 2) 3", "reflect.Value.Slice: slice index out of bounds"),
            ("slice (list 1 2) 1 5", "reflect.Value.Slice: slice index out of bounds"),
            ("slice (list 1 2) -1", "reflect.Value.Slice: slice index out of bounds"),
            ("slice (list 1 2) 2 1", "reflect.Value.Slice: slice index out of bounds"),
            ("mustFirst 5", "Cannot find first on type int"),
            ("mustUniq (dict)", "Cannot find uniq on type map"),
        ]);
    }
}
