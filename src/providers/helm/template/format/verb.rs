//! What a verb makes of a value.

use super::super::print::type_name;
use super::super::value::{List, Map, Value};
use super::specification::Specification;
use super::{float, integer, quote};

pub(super) fn write(specification: &Specification, verb: char, value: &Value, out: &mut String) {
    match (verb, value) {
        ('T', value) => specification.pad(specification.truncated(type_name(value)), out),
        ('v', Value::Nil) => specification.pad("<nil>", out),
        (verb, Value::Nil) => out.push_str(&format!("%!{verb}(<nil>)")),
        ('p' | 'w', value) => bad(specification, verb, value, out),
        (verb, value) => inner(specification, verb, value, out),
    }
}

/// A value, or one in another.
fn inner(specification: &Specification, verb: char, value: &Value, out: &mut String) {
    match value {
        Value::Nil if specification.sharp_value => out.push_str("interface {}(nil)"),
        Value::Nil => out.push_str("<nil>"),
        Value::Bool(truth) => match verb {
            't' | 'v' => specification.pad(if *truth { "true" } else { "false" }, out),
            _ => bad(specification, verb, value, out),
        },
        Value::Int(number) | Value::Int64(number) => number_by(specification, verb, i128::from(*number), value, out),
        Value::Uint64(number) => {
            if verb == 'v' && specification.sharp_value {
                let specification = Specification { sharp: true, ..specification.clone() };
                integer::integer(&specification, i128::from(*number), 'x', out);
            } else {
                number_by(specification, verb, i128::from(*number), value, out);
            }
        }
        Value::Float(number) => match verb {
            'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E' => {
                float::float(specification, *number, verb, out)
            }
            _ => bad(specification, verb, value, out),
        },
        Value::String(text) => string(specification, verb, text, value, out),
        Value::Bytes(bytes) => self::bytes(specification, verb, bytes, out),
        Value::List(list) => self::list(specification, verb, list, value, out),
        Value::Map(map) => self::map(specification, verb, map, value, out),
        Value::Object(object) => string(specification, verb, &object.print(), value, out),
    }
}

fn number_by(specification: &Specification, verb: char, number: i128, value: &Value, out: &mut String) {
    match verb {
        'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' => integer::integer(specification, number, verb, out),
        'c' => specification.pad(integer::character(number).encode_utf8(&mut [0; 4]), out),
        'q' => specification.pad(&quote::quoted_character(integer::character(number), specification.plus), out),
        'U' => integer::unicode(specification, number, out),
        _ => bad(specification, verb, value, out),
    }
}

fn string(specification: &Specification, verb: char, text: &str, value: &Value, out: &mut String) {
    match verb {
        'v' if specification.sharp_value && matches!(value, Value::String(_)) => {
            specification.pad(&quote::quoted(text, false), out);
        }
        'v' | 's' => specification.pad(specification.truncated(text), out),
        'q' => quoted(specification, text, out),
        'x' | 'X' => hexadecimal(specification, verb, text.as_bytes(), out),
        _ => bad(specification, verb, value, out),
    }
}

fn quoted(specification: &Specification, text: &str, out: &mut String) {
    let text = specification.truncated(text);
    if specification.sharp && quote::can_be_raw(text) {
        specification.pad(&format!("`{text}`"), out);
    } else {
        specification.pad(&quote::quoted(text, specification.plus), out);
    }
}

fn hexadecimal(specification: &Specification, verb: char, bytes: &[u8], out: &mut String) {
    let bytes = &bytes[..bytes.len().min(specification.precision.unwrap_or(usize::MAX))];
    let prefix = match (specification.sharp, verb) {
        (false, _) => "",
        (true, 'x') => "0x",
        (true, _) => "0X",
    };
    let mut text = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && specification.space {
            text.push(' ');
        }
        if index == 0 || specification.space {
            text.push_str(prefix);
        }
        text.push_str(&if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") });
    }
    specification.pad(&text, out);
}

fn bytes(specification: &Specification, verb: char, bytes: &[u8], out: &mut String) {
    match verb {
        's' => specification.pad(specification.truncated(&String::from_utf8_lossy(bytes)), out),
        'q' => quoted(specification, &String::from_utf8_lossy(bytes), out),
        'x' | 'X' => hexadecimal(specification, verb, bytes, out),
        _ => {
            let (open, separator, close) =
                if specification.sharp_value { ("[]byte{", ", ", "}") } else { ("[", " ", "]") };
            out.push_str(open);
            for (index, byte) in bytes.iter().enumerate() {
                out.push_str(if index > 0 { separator } else { "" });
                inner(specification, verb, &Value::Uint64(u64::from(*byte)), out);
            }
            out.push_str(close);
        }
    }
}

fn list(specification: &Specification, verb: char, list: &List, value: &Value, out: &mut String) {
    let source = specification.sharp_value;
    if source {
        out.push_str(type_name(value));
    }
    if source && list.nil {
        return out.push_str("(nil)");
    }
    out.push(if source { '{' } else { '[' });
    for (index, item) in list.items.iter().enumerate() {
        if index > 0 {
            out.push_str(if source { ", " } else { " " });
        }
        inner(specification, verb, item, out);
    }
    out.push(if source { '}' } else { ']' });
}

fn map(specification: &Specification, verb: char, map: &Map, value: &Value, out: &mut String) {
    let source = specification.sharp_value;
    out.push_str(if source { type_name(value) } else { "map" });
    out.push(if source { '{' } else { '[' });
    for (index, (key, entry)) in map.entries.borrow().iter().enumerate() {
        if index > 0 {
            out.push_str(if source { ", " } else { " " });
        }
        inner(specification, verb, &Value::String(key.clone()), out);
        out.push(':');
        inner(specification, verb, entry, out);
    }
    out.push(if source { '}' } else { ']' });
}

/// A verb that the value has no use for.
fn bad(specification: &Specification, verb: char, value: &Value, out: &mut String) {
    out.push_str(&format!("%!{verb}({}=", type_name(value)));
    inner(specification, 'v', value, out);
    out.push(')');
}
