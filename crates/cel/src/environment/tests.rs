//! The tables of functions against the declarations of Kubernetes.

use std::collections::BTreeMap;

use super::*;
use crate::types::Type;

/// Every overload that the environment of Kubernetes 1.36 declares, by function, in the order in which its
/// checker tries them; without those of `authorizer`.
const DECLARED: &str = include_str!("overloads.txt");

fn in_short(signature: &Signature) -> String {
    let types: Vec<_> = signature.parameters.iter().map(Type::to_string).collect();
    let form = if signature.is_member { "member " } else { "" };
    format!("{form}{}({}) -> {}", signature.name, types.join(", "), signature.result)
}

#[test]
fn the_functions_are_those_of_kubernetes_in_its_order() {
    let mut declared: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in DECLARED.lines() {
        let read = Signature::read(line).unwrap_or_else(|| panic!("{line}"));
        declared.entry(read.name).or_default().push(in_short(&read));
    }
    let environment = Environment::new().unwrap();
    let mut wrong = Vec::new();
    for (name, overloads) in environment.functions.iter() {
        let ours: Vec<_> = overloads.iter().map(|it| in_short(&it.signature)).collect();
        let theirs = declared.remove(name).unwrap_or_default();
        if ours != theirs {
            wrong.push(format!("{name}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    wrong.extend(declared.into_keys().map(|name| format!("{name} is missing")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
