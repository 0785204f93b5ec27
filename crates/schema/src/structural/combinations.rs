//! `allOf`, `anyOf`, `oneOf` and `not`.

use serde_json::Value;

use super::{Checked, check_new};
use crate::finding::{Fault, invalid, quoted};
use crate::path::Place;
use crate::schema::Schema;

/// Checks a value against the combinations of schemas. What is in them counts whether it changed or not.
pub(super) fn check(value: &Value, schema: &Schema, place: &Place<'_>, checked: &mut Checked) {
    let against = |schema: &Schema| {
        let mut checked = Checked::default();
        check_new(value, schema, None, place, &mut checked);
        checked
    };
    let tell = |checked: &mut Checked, fault, what: &str| {
        let path = quoted(&place.path().to_string());
        checked.tell(fault, place, invalid("\"\"", &format!("{path} must {what}")));
    };
    if !schema.any_of.is_empty() {
        let mut best: Option<Checked> = None;
        let mut is_valid = false;
        for schema in &schema.any_of {
            let one = against(schema);
            is_valid = one.findings.is_empty();
            keep_better(&mut best, one, is_valid);
            if is_valid {
                break;
            }
        }
        if !is_valid {
            tell(checked, Fault::AnyOf, "validate at least one schema (anyOf)");
        }
        checked.extend(best);
    }
    if !schema.one_of.is_empty() {
        let (mut valid, mut best, mut first) = (0, None, None);
        for schema in &schema.one_of {
            let one = against(schema);
            if one.findings.is_empty() {
                valid += 1;
                best = None;
                first.get_or_insert(one);
            } else if valid == 0 {
                keep_better(&mut best, one, false);
            }
        }
        if valid == 1 {
            checked.extend(first);
        } else {
            let found = match valid {
                0 => "Found none valid".to_owned(),
                valid => format!("Found {valid} valid alternatives"),
            };
            let what = format!("validate one and only one schema (oneOf). {found}");
            tell(checked, Fault::OneOf, &what);
            checked.extend(best);
        }
    }
    if !schema.all_of.is_empty() {
        let mut valid = 0;
        for schema in &schema.all_of {
            let one = against(schema);
            valid += usize::from(one.findings.is_empty());
            checked.extend(Some(one));
        }
        if valid < schema.all_of.len() {
            let none = if valid == 0 { ". None validated" } else { "" };
            tell(checked, Fault::AllOf, &format!("validate all the schemas (allOf){none}"));
        }
    }
    if let Some(not) = &schema.not
        && against(not).findings.is_empty()
    {
        tell(checked, Fault::Not, "not validate the schema (not)");
    }
    checked.matches += 1;
}

/// Keeps the one that is valid, or that more checks passed; of equal ones the first.
fn keep_better(best: &mut Option<Checked>, one: Checked, is_valid: bool) {
    if is_valid || best.as_ref().is_none_or(|best| one.matches > best.matches) {
        *best = Some(one);
    }
}

impl Checked {
    fn extend(&mut self, other: Option<Self>) {
        if let Some(mut other) = other {
            self.findings.append(&mut other.findings);
            self.matches += other.matches;
        }
    }
}
