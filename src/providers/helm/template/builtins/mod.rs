//! The functions that every Go template has, but for `slice`: sprig has one of the same name, which hides it.

mod compare;
mod escape;
mod index;

use super::format::printf;
use super::truth::is_true;
use super::{Failure, Function, Surroundings, Value, print};

type Call = fn(&dyn Surroundings, &[Value]) -> Result<Value, Failure>;

pub(super) fn find(name: &str) -> Option<Function> {
    let (call, least, most): (Call, usize, Option<usize>) = match name {
        "not" => (not, 1, Some(1)),
        "len" => (index::len, 1, Some(1)),
        "index" => (index::index, 1, None),
        "eq" => (compare::eq, 1, None),
        "ne" => (compare::ne, 2, Some(2)),
        "lt" => (compare::lt, 2, Some(2)),
        "le" => (compare::le, 2, Some(2)),
        "gt" => (compare::gt, 2, Some(2)),
        "ge" => (compare::ge, 2, Some(2)),
        "print" => (print_all, 0, None),
        "printf" => (format, 1, None),
        "println" => (print_line, 0, None),
        "html" => (escape::html, 0, None),
        "js" => (escape::js, 0, None),
        "urlquery" => (escape::urlquery, 0, None),
        "call" => (call, 1, None),
        "getHostByName" => (get_host_by_name, 1, Some(1)),
        _ => return None,
    };
    Some(Function { call, least, most })
}

fn not(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    Ok(Value::Bool(!arguments.iter().any(is_true)))
}

/// Space goes between two values neither of which is a string.
fn print_all(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    Ok(Value::string(printed(arguments)))
}

pub(super) fn printed(arguments: &[Value]) -> String {
    let mut text = String::new();
    let mut after_string = true;
    for argument in arguments {
        let string = matches!(argument, Value::String(_));
        if !string && !after_string {
            text.push(' ');
        }
        print::write(argument, &mut text);
        after_string = string;
    }
    text
}

fn print_line(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let words: Vec<String> = arguments.iter().map(print::print).collect();
    Ok(Value::string(format!("{}\n", words.join(" "))))
}

fn format(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let Some((format, arguments)) = arguments.split_first() else { return Ok(Value::string("")) };
    Ok(Value::string(printf(string(format)?, arguments)))
}

pub(super) fn string(value: &Value) -> Result<&str, Failure> {
    match value {
        Value::String(text) => Ok(text),
        Value::Nil => Err(Failure::new("invalid value; expected string")),
        other => Err(Failure(format!("wrong type for value; expected string; got {}", print::type_name(other)))),
    }
}

/// No value of a chart is a function.
fn call(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    match arguments.first() {
        None | Some(Value::Nil) => Err(Failure::new("call of nil")),
        Some(other) => Err(Failure(format!("non-function of type {}", print::type_name(other)))),
    }
}

/// Helm answers no question about names unless told to, so that a chart renders the same everywhere.
fn get_host_by_name(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    if let Some(name) = arguments.first() {
        string(name)?;
    }
    Ok(Value::string(""))
}
