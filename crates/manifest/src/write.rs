//! JSON values as YAML that people can read and that every YAML parser reads alike.

use std::fmt::Write;

use serde_json::Value;

use super::{Content, scalar};

/// The longest key that is written without a mark. Parsers look for the `:` after a key in the next
/// 1024 characters only.
const MAX_SIMPLE_KEY: usize = 1000;

/// Writes a value as block-style YAML, in the order of its maps, ending in a line break.
///
/// Lists are not indented under their key, as `kubectl` writes them. Strings that any YAML parser
/// could take for something else are quoted, and texts of several lines are literal blocks.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    write_block(&mut out, value, 0);
    out
}

/// Writes a value whose first line has been indented already.
fn write_block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 {
                    pad(out, indent);
                }
                write_key(out, key, indent);
                write_member(out, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    pad(out, indent);
                }
                out.push_str("- ");
                write_block(out, item, indent + 2);
            }
        }
        _ => {
            write_scalar(out, value, indent);
            out.push('\n');
        }
    }
}

fn write_key(out: &mut String, key: &str, indent: usize) {
    let key = if is_plain(key) { key } else { &quoted(key) };
    if key.chars().count() > MAX_SIMPLE_KEY {
        out.push_str("? ");
        out.push_str(key);
        out.push('\n');
        pad(out, indent);
    } else {
        out.push_str(key);
    }
    out.push(':');
}

/// Writes what follows a key and its colon.
fn write_member(out: &mut String, value: &Value, indent: usize) {
    let block_indent = match value {
        Value::Object(members) if !members.is_empty() => indent + 2,
        Value::Array(items) if !items.is_empty() => indent,
        _ => {
            out.push(' ');
            write_scalar(out, value, indent + 2);
            out.push('\n');
            return;
        }
    };
    out.push('\n');
    pad(out, block_indent);
    write_block(out, value, block_indent);
}

/// Writes a scalar or an empty collection, without the last line's break. The lines of a literal
/// block are indented by `indent`.
fn write_scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) if is_plain(text) => out.push_str(text),
        Value::String(text) if is_literal(text) => write_literal(out, text, indent),
        Value::String(text) => out.push_str(&quoted(text)),
        other => out.push_str(&other.to_string()),
    }
}

fn write_literal(out: &mut String, text: &str, indent: usize) {
    let (header, lines) = match text.strip_suffix('\n') {
        Some(lines) => ("|", lines),
        None => ("|-", text),
    };
    out.push_str(header);
    for line in lines.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Returns whether a text means itself and nothing else without quotes. False for some that do,
/// where the rule would be long.
fn is_plain(text: &str) -> bool {
    let starts_well = |first: char| first.is_alphanumeric() || "_/$^(.".contains(first);
    text.starts_with(starts_well)
        && !text.starts_with("..")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(is_printable)
        && !looks_numeric(text)
        && matches!(scalar::plain(text), Ok(Content::String(_)))
}

/// Returns whether a text looks like a number in any base, a sexagesimal, a date or a time, also a
/// malformed one.
fn looks_numeric(text: &str) -> bool {
    let numeric = |part: char| part.is_ascii_hexdigit() || "_.:+- xXoOtTzZ".contains(part);
    text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.chars().all(numeric)
}

/// Returns whether a literal block can hold a text, and needs no other header than `|` or `|-`.
fn is_literal(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        && !lines.starts_with([' ', '\n'])
        && !lines.is_empty()
        && !lines.ends_with('\n')
        && lines.split('\n').all(|line| !line.ends_with(' ') && line.chars().all(is_printable))
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for part in text.chars() {
        match part {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            part if is_printable(part) => out.push(part),
            part => {
                let _ = write!(out, "\\u{:04x}", u32::from(part)); // a String takes everything
            }
        }
    }
    out.push('"');
    out
}

/// Returns whether a character may be written unescaped within a line. All that may not are below
/// U+10000.
const fn is_printable(part: char) -> bool {
    match part {
        '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
        ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'.. => true,
        _ => false,
    }
}
