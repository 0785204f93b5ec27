//! The functions of CEL itself, for which the `cel` crate has the code.

use crate::function::Function;
use crate::types::Type::{
    self, Bool, Bytes, Double, Duration, Dyn, Int, List, Map, Optional, String, Timestamp, Uint,
};

const fn member(
    name: &'static str,
    receiver: Type,
    arguments: &'static [Type],
    result: Type,
) -> Function {
    Function { name, receiver: Some(receiver), arguments, result, call: None }
}

const fn global(name: &'static str, arguments: &'static [Type], result: Type) -> Function {
    Function { name, receiver: None, arguments, result, call: None }
}

const LIST: Type = List(&Dyn);
const MAP: Type = Map(&Dyn);
const OPTIONAL: Type = Optional(&Dyn);

pub(super) const FUNCTIONS: &[Function] = &[
    global("dyn", &[Dyn], Dyn),
    global("type", &[Dyn], Type::Type),
    global("size", &[String], Int),
    global("size", &[Bytes], Int),
    global("size", &[LIST], Int),
    global("size", &[MAP], Int),
    member("size", String, &[], Int),
    member("size", Bytes, &[], Int),
    member("size", LIST, &[], Int),
    member("size", MAP, &[], Int),
    member("contains", String, &[String], Bool),
    member("startsWith", String, &[String], Bool),
    member("endsWith", String, &[String], Bool),
    global("bool", &[Bool], Bool),
    global("bool", &[String], Bool),
    global("int", &[Int], Int),
    global("int", &[Uint], Int),
    global("int", &[Double], Int),
    global("int", &[String], Int),
    global("int", &[Timestamp], Int),
    global("uint", &[Int], Uint),
    global("uint", &[Uint], Uint),
    global("uint", &[Double], Uint),
    global("uint", &[String], Uint),
    global("double", &[Int], Double),
    global("double", &[Uint], Double),
    global("double", &[Double], Double),
    global("double", &[String], Double),
    global("string", &[Bool], String),
    global("string", &[Int], String),
    global("string", &[Uint], String),
    global("string", &[Double], String),
    global("string", &[String], String),
    global("string", &[Bytes], String),
    global("string", &[Timestamp], String),
    global("string", &[Duration], String),
    global("bytes", &[String], Bytes),
    global("bytes", &[Bytes], Bytes),
    global("timestamp", &[String], Timestamp),
    global("timestamp", &[Timestamp], Timestamp),
    global("timestamp", &[Int], Timestamp),
    global("duration", &[String], Duration),
    global("duration", &[Duration], Duration),
    member("getFullYear", Timestamp, &[], Int),
    member("getFullYear", Timestamp, &[String], Int),
    member("getMonth", Timestamp, &[], Int),
    member("getMonth", Timestamp, &[String], Int),
    member("getDayOfYear", Timestamp, &[], Int),
    member("getDayOfYear", Timestamp, &[String], Int),
    member("getDayOfMonth", Timestamp, &[], Int),
    member("getDayOfMonth", Timestamp, &[String], Int),
    member("getDate", Timestamp, &[], Int),
    member("getDate", Timestamp, &[String], Int),
    member("getDayOfWeek", Timestamp, &[], Int),
    member("getDayOfWeek", Timestamp, &[String], Int),
    member("getHours", Timestamp, &[], Int),
    member("getHours", Timestamp, &[String], Int),
    member("getMinutes", Timestamp, &[], Int),
    member("getMinutes", Timestamp, &[String], Int),
    member("getSeconds", Timestamp, &[], Int),
    member("getSeconds", Timestamp, &[String], Int),
    member("getMilliseconds", Timestamp, &[], Int),
    member("getMilliseconds", Timestamp, &[String], Int),
    member("getHours", Duration, &[], Int),
    member("getMinutes", Duration, &[], Int),
    member("getSeconds", Duration, &[], Int),
    member("getMilliseconds", Duration, &[], Int),
    global("optional.none", &[], OPTIONAL),
    global("optional.of", &[Dyn], OPTIONAL),
    global("optional.ofNonZeroValue", &[Dyn], OPTIONAL),
    member("hasValue", OPTIONAL, &[], Bool),
    member("value", OPTIONAL, &[], Dyn),
    member("or", OPTIONAL, &[OPTIONAL], OPTIONAL),
    member("orValue", OPTIONAL, &[Dyn], Dyn),
];
