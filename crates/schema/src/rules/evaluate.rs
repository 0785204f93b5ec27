//! The evaluation of rules on an object and all that is in it.

use kubernetes_cel::{Activation, Budget, EvaluationError, Value as CelValue};
use serde_json::Value;

use super::values::{value, why_wrong};
use super::{Rule, Rules};
use crate::correlation::{OldItems, is_unchanged, old_field};
use crate::finding::{Fault, Finding, invalid, quoted, shown};
use crate::path::{FieldPath, Place, Segment};
use crate::schema::{Kind, Schema};

/// The longest message of an expression, in bytes.
const MAX_MESSAGE: usize = 5 << 10;

/// Evaluates all rules, until the budget for an object is used up.
pub(super) fn judge(
    rules: &Rules,
    schema: &Schema,
    old: Option<&Value>,
    new: &Value,
    findings: &mut Vec<Finding>,
) {
    let budget = Budget::new(Budget::EACH, Budget::GROUP, u64::MAX);
    let mut evaluation = Evaluation { budget, findings };
    let pair = old.map(|old| Pair { new, old, schema });
    let ratchet = Ratchet { here: pair, parent: None };
    // That the budget is used up was told where it happened.
    let _ = evaluation.node(rules, schema, new, old, ratchet, &Place::ROOT);
}

/// No more rules are evaluated.
struct Over;

/// A value and the one whose place it takes.
#[derive(Clone, Copy)]
struct Pair<'v> {
    new: &'v Value,
    old: &'v Value,
    schema: &'v Schema,
}

impl Pair<'_> {
    fn is_unchanged(self) -> bool {
        is_unchanged(self.new, self.old, self.schema)
    }

    fn field(self, name: &str) -> Option<Self> {
        let (new, old) = (self.new.get(name)?, self.old.as_object()?.get(name)?);
        Some(Self { new, old, schema: self.schema.field(name)? })
    }
}

/// Where a value that did not change may be wrong: this one, or else the nearest above that has an old
/// one.
#[derive(Clone, Copy)]
struct Ratchet<'v> {
    here: Option<Pair<'v>>,
    parent: Option<Pair<'v>>,
}

impl Ratchet<'_> {
    fn is_unchanged(self) -> bool {
        self.here.or(self.parent).is_some_and(Pair::is_unchanged)
    }

    fn field(self, name: &str) -> Self {
        match self.here {
            None => self,
            // The API server cannot see whether these changed.
            Some(_) if self.parent.is_none() && ["apiVersion", "kind"].contains(&name) => {
                Self { here: None, parent: None }
            }
            Some(here) => Self { here: here.field(name), parent: Some(here) },
        }
    }
}

struct Evaluation<'f> {
    budget: Budget,
    findings: &'f mut Vec<Finding>,
}

impl Evaluation<'_> {
    /// Evaluates the rules of a value and of all in it.
    fn node(
        &mut self,
        rules: &Rules,
        schema: &Schema,
        new: &Value,
        old: Option<&Value>,
        ratchet: Ratchet<'_>,
        place: &Place<'_>,
    ) -> Result<(), Over> {
        if new.is_null() {
            return Ok(());
        }
        let old = old.filter(|old| !old.is_null());
        self.own(rules, schema, new, old, ratchet, place)?;
        match new {
            Value::Object(members) => {
                for (name, value) in members {
                    let old = old_field(old, name);
                    let ratchet = ratchet.field(name);
                    if let (Some(rules), Some(schema)) = (&rules.additional, schema.additional()) {
                        self.node(rules, schema, value, old, ratchet, &place.key(name))?;
                    }
                    let rules = rules.properties.get(name);
                    if let (Some(rules), Some(schema)) = (rules, schema.property(name)) {
                        self.node(rules, schema, value, old, ratchet, &place.field(name))?;
                    }
                }
            }
            Value::Array(items) => {
                let (Some(rules), Some(of_item)) = (&rules.items, &schema.items) else {
                    return Ok(());
                };
                let old_items = OldItems::of(schema, old);
                for (index, item) in items.iter().enumerate() {
                    let old = old_items.get(item);
                    let pair = old.map(|old| Pair { new: item, old, schema: of_item });
                    let ratchet = match ratchet.here {
                        None => ratchet,
                        Some(here) => Ratchet { here: pair, parent: Some(here) },
                    };
                    self.node(rules, of_item, item, old, ratchet, &place.index(index))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Evaluates the rules of a value itself.
    fn own(
        &mut self,
        rules: &Rules,
        schema: &Schema,
        new: &Value,
        old: Option<&Value>,
        ratchet: Ratchet<'_>,
        place: &Place<'_>,
    ) -> Result<(), Over> {
        if rules.own.is_empty() {
            return Ok(());
        }
        let wrong = why_wrong(new, schema);
        let mut activation = Activation::new();
        activation.bind("self", value(new, schema, rules.is_resource));
        let mut with_optional = activation.clone();
        let old_value = old.map(|old| value(old, schema, rules.is_resource));
        with_optional.bind("oldSelf", CelValue::Optional(old_value.clone().map(Into::into)));
        if let Some(old) = old_value {
            activation.bind("oldSelf", old);
        }
        for rule in &rules.own {
            if rule.uses_old && old.is_none() && !rule.is_old_optional {
                continue;
            }
            let expression = match &rule.expression {
                Ok(expression) => expression,
                Err(why) => {
                    self.fail(schema, place, &format!("rule compile error: {why}"));
                    continue;
                }
            };
            let of_old = old.and_then(|old| why_wrong(old, schema)).filter(|_| rule.uses_old);
            if let Some(why) = wrong.or(of_old) {
                self.fail(schema, place, &format!("{why} evaluating rule: {}", rule.text));
                continue;
            }
            let variables = if rule.is_old_optional { &with_optional } else { &activation };
            match expression.evaluate_bool(variables, &mut self.budget) {
                Ok(true) => {}
                Ok(false) => {
                    let message = self.message(rule, &activation);
                    let finding = unmet(rule, schema, new, &message, place);
                    let is_warning = !rule.uses_old && ratchet.is_unchanged();
                    self.findings.push(if is_warning { finding.warning() } else { finding });
                }
                Err(error) => self.failed(rule, schema, &error, place)?,
            }
            if self.budget.is_group_used_up() {
                self.out_of_budget(schema, place);
                return Err(Over);
            }
        }
        Ok(())
    }

    /// The message of a rule that is not met.
    fn message(&mut self, rule: &Rule, activation: &Activation<'_>) -> String {
        let Some((expression, _)) = &rule.message_expression else { return rule.message.clone() };
        let text = expression.evaluate_text(activation, &mut self.budget).ok().flatten();
        let text = text
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty() && text.len() <= MAX_MESSAGE && !text.contains('\n'));
        text.unwrap_or(&rule.message).to_owned()
    }

    /// Tells that a rule has no result.
    fn failed(
        &mut self,
        rule: &Rule,
        schema: &Schema,
        error: &EvaluationError,
        place: &Place<'_>,
    ) -> Result<(), Over> {
        let text = &rule.text;
        match error {
            EvaluationError::BudgetExceeded | EvaluationError::AllSpent => {
                if self.budget.is_group_used_up() || self.budget.is_used_up() {
                    self.out_of_budget(schema, place);
                } else {
                    let detail = format!(
                        "'operation cancelled: actual cost limit exceeded': no further validation \
                         rules will be run due to call cost exceeds limit for rule: {text}"
                    );
                    self.fail(schema, place, &detail);
                }
                return Err(Over);
            }
            EvaluationError::Failed(message) if message.starts_with("no such overload") => {
                let detail = format!(
                    "'{message}': call arguments did not match a supported operator, function or \
                     macro signature for rule: {text}"
                );
                self.fail(schema, place, &detail);
            }
            other => self.fail(schema, place, &format!("{other} evaluating rule: {text}")),
        }
        Ok(())
    }

    fn out_of_budget(&mut self, schema: &Schema, place: &Place<'_>) {
        let detail = "validation failed due to running out of cost budget, no further validation \
            rules will be run";
        self.fail(schema, place, detail);
    }

    fn fail(&mut self, schema: &Schema, place: &Place<'_>, detail: &str) {
        let message = invalid(&quoted(schema.kind.name()), detail);
        self.findings.push(Finding::new(Fault::Rule, place, message));
    }
}

/// The finding of a rule that is not met, as its `reason` has it.
fn unmet(rule: &Rule, schema: &Schema, value: &Value, message: &str, place: &Place<'_>) -> Finding {
    let is_omitted = matches!(schema.kind, Kind::Object | Kind::Array);
    let with_value = |sort: &str| {
        if is_omitted { sort.to_owned() } else { format!("{sort}: {}", shown(value)) }
    };
    let message = match rule.reason.as_deref() {
        Some("FieldValueForbidden") => format!("Forbidden: {message}"),
        Some("FieldValueRequired") => format!("Required value: {message}"),
        Some("FieldValueDuplicate") => with_value("Duplicate value"),
        _ => format!("{}: {message}", with_value("Invalid value")),
    };
    let here = place.path();
    let steps = here.segments().iter().chain(rule.field.segments()).cloned();
    let path: FieldPath = steps.collect::<Vec<Segment>>().into_iter().collect();
    Finding::at(Fault::Rule, path, message)
}
