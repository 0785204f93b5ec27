//! The doubts that need no objects: policies that have no effect, or never the intended one.

use std::collections::BTreeSet;
use std::sync::Arc;

use kubernetes_cel::{Environment, Expression, Fields, VARIABLES};
use kubernetes_manifest::{Document, Position};
use serde_json::Value;

use super::compile::Policy;
use super::constraints::Reach;
use super::definition::{Definition, ExpressionSource};
use super::variables::{CLAIM, CLASS, OBJECT, OLD_OBJECT, PROVIDER, TARGET, TEMPLATE, USAGE};
use super::{documents, set};
use crate::admission::Operation;
use crate::api::{Kind, schema};
use crate::strict::{Problem, Problems, meant};

/// The fields of `metadata`, of which our schemas say nothing: they are the API machinery's.
const METADATA: [&str; 14] = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// Returns the doubts about the policies among some documents; an error is a reason why they cannot
/// be used.
pub fn lint(files: &[Document]) -> Result<Vec<Problem>, Problems> {
    let definitions = documents::definitions(files)?;
    let Some(first) = definitions.first() else { return Ok(Vec::new()) };
    let environment = set::environment(first)?;
    let mut seen = BTreeSet::new();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    // One that is bound twice is looked at once.
    for definition in definitions.into_iter().filter(|it| seen.insert(Arc::clone(&it.name))) {
        match look_at(&definition, &environment) {
            Ok(doubts) => found.extend(doubts),
            Err(mistakes) => problems.extend(mistakes),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Problems(problems)) }
}

fn look_at(
    definition: &Definition,
    environment: &Environment,
) -> Result<Vec<Problem>, Vec<Problem>> {
    let policy = Policy::compile(definition.clone(), environment)?;
    let mut lint = Lint { definition, policy: &policy, found: Vec::new() };
    lint.reach();
    lint.messages();
    lint.unused_variables();
    let expressions: Vec<_> = lint.expressions().collect();
    for (source, expression) in expressions {
        lint.fields(source, expression);
    }
    lint.found.sort_by_key(|problem| problem.position);
    Ok(lint.found)
}

struct Lint<'p> {
    definition: &'p Definition,
    policy: &'p Policy,
    found: Vec<Problem>,
}

impl<'p> Lint<'p> {
    /// Every expression with its source.
    fn expressions(
        &self,
    ) -> impl Iterator<Item = (&'p ExpressionSource, &'p Expression)> + use<'p> {
        let (spec, policy) = (&self.definition.spec, self.policy);
        let sources = |named: &'p [super::definition::Named]| named.iter().map(|it| &it.expression);
        let conditions = sources(&spec.match_conditions).zip(&policy.conditions);
        let variables = sources(&spec.variables).zip(policy.variables.iter().map(|(_, it)| it));
        let annotations =
            sources(&spec.audit_annotations).zip(policy.annotations.iter().map(|(_, it)| it));
        let validations =
            spec.validations.iter().zip(&policy.validations).flat_map(|(as_is, it)| {
                let message = as_is.message_expression.as_ref().zip(it.message_expression.as_ref());
                std::iter::once((&as_is.expression, &it.expression)).chain(message)
            });
        conditions.chain(variables).chain(validations).chain(annotations)
    }

    fn reach(&mut self) {
        let at = self.definition.position();
        let reach = self.what_happens();
        if reach.is_empty() {
            let text = if self.total_reach().is_empty() {
                "it matches no kind of ours, so that it is never asked"
            } else {
                "it matches only what never happens to our kinds, so that it is never asked"
            };
            self.doubt(at, text);
            return;
        }
        let only = |operation| reach.iter().all(|(.., it)| *it == operation);
        let reads = |name| self.policy.reads.of(name).is_some();
        if only(Operation::Delete) && reads(OBJECT) {
            self.doubt(
                at,
                "on DELETE, which is all that it matches, object is null: use oldObject",
            );
        }
        if only(Operation::Create) && reads(OLD_OBJECT) {
            self.doubt(at, "on CREATE, which is all that it matches, oldObject is null");
        }
    }

    fn total_reach(&self) -> Reach {
        self.policy.constraints.common_reach(self.policy.bound_to.as_ref())
    }

    /// Everything it matches, except what never happens: nobody connects to our objects, and not
    /// all of them have a status.
    fn what_happens(&self) -> Vec<(Kind, &'static str, Operation)> {
        let has_status = |kind| schema::schema(kind).pointer("/properties/status").is_some();
        let happens = |(kind, part, operation): &(Kind, &str, Operation)| match *part {
            "" => *operation != Operation::Connect,
            _ => has_status(*kind) && *operation == Operation::Update,
        };
        self.total_reach().each().filter(happens).collect()
    }

    fn messages(&mut self) {
        let spec = Arc::clone(&self.definition.spec);
        let silent = spec.validations.iter();
        for it in silent.filter(|it| it.message.is_none() && it.message_expression.is_none()) {
            let text = "no message: users are shown the expression; say what they should do";
            self.doubt(it.expression.position, text);
        }
    }

    fn unused_variables(&mut self) {
        let reads = self.policy.reads.of(VARIABLES);
        for variable in &Arc::clone(&self.definition.spec).variables {
            if reads.is_none_or(|fields| fields.field(&variable.name).is_none()) {
                let text = format!("variables.{} is used nowhere", variable.name);
                self.doubt(variable.expression.position, &text);
            }
        }
    }

    /// Reports fields that a value does not have.
    fn fields(&mut self, source: &ExpressionSource, expression: &Expression) {
        let kinds: BTreeSet<Kind> = self.what_happens().into_iter().map(|it| it.0).collect();
        let judged: Vec<&Value> = kinds.into_iter().map(schema::schema).collect();
        for (variable, schemas) in [
            (OBJECT, judged.clone()),
            (OLD_OBJECT, judged),
            (CLAIM, vec![schema::schema(Kind::SnapshotClaim)]),
            (TEMPLATE, vec![schema::schema(Kind::SnapshotClaimTemplate)]),
            (CLASS, vec![schema::schema(Kind::SnapshotClass)]),
            (PROVIDER, vec![schema::schema(Kind::SnapshotProvider)]),
        ] {
            if let Some(fields) = expression.reads().of(variable) {
                self.unknown_fields(source, variable, fields, &schemas);
            }
        }
        let own: [(&str, &[&str]); 2] =
            [(TARGET, &["provisioner", "parameters"]), (USAGE, &["count", "sandboxes"])];
        for (variable, known) in own {
            for (name, _) in expression.reads().of(variable).into_iter().flat_map(Fields::named) {
                if !known.contains(&name) {
                    self.unknown(source, variable, name, known);
                }
            }
        }
    }

    fn unknown_fields(
        &mut self,
        source: &ExpressionSource,
        path: &str,
        fields: &Fields,
        schemas: &[&Value],
    ) {
        for (name, inside) in fields.named() {
            let path_of = format!("{path}.{name}");
            if name == "metadata" && !path.contains('.') {
                self.metadata(source, &path_of, inside);
                continue;
            }
            let known: BTreeSet<&str> = schemas.iter().flat_map(|it| names(it)).collect();
            if let Some(next) = children(schemas, name) {
                self.unknown_fields(source, &path_of, inside, &next);
            } else {
                self.unknown(source, path, name, &known.into_iter().collect::<Vec<_>>());
            }
        }
        if let Some(inside) = fields.items() {
            let next: Vec<&Value> = schemas.iter().filter_map(|it| item(it)).collect();
            if !next.is_empty() {
                self.unknown_fields(source, path, inside, &next);
            }
        }
    }

    fn metadata(&mut self, source: &ExpressionSource, path: &str, fields: &Fields) {
        for (name, _) in fields.named() {
            if !METADATA.contains(&name) {
                self.unknown(source, path, name, &METADATA);
            }
        }
    }

    fn unknown(&mut self, source: &ExpressionSource, path: &str, name: &str, known: &[&str]) {
        let text = format!("{path} has no field \"{name}\"{}", meant(name, known));
        // Where it is named first: expressions do not say where they read what.
        let before = source.text.find(name).and_then(|at| source.text.get(..at));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        let column = before
            .map_or(1, |before| before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
        let document = &self.definition.document;
        let at = document.position_in(source.position, &source.text, (line, column));
        self.doubt(at, &text);
    }

    fn doubt(&mut self, position: Position, text: &str) {
        let text = format!("policy {}: {text}", self.definition.name);
        let file = Arc::clone(&self.definition.document.file);
        let problem = Problem { file, position, text };
        if !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }
}

/// The fields that a schema names.
fn names(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(|it| it.keys()).map(String::as_str)
}

/// Returns the schemas of a field, none for a field that they leave open; `None` where all agree
/// that the field does not exist.
fn children<'s>(schemas: &[&'s Value], name: &str) -> Option<Vec<&'s Value>> {
    let mut is_possible = schemas.is_empty();
    let mut children = Vec::new();
    for schema in schemas {
        let property = schema.get("properties").and_then(|it| it.get(name));
        let known = property.or_else(|| schema.get("additionalProperties"));
        let is_open = schema.get("x-kubernetes-preserve-unknown-fields").is_some()
            || schema.get("properties").is_none() && known.is_none();
        is_possible |= known.is_some() || is_open;
        children.extend(known);
    }
    is_possible.then_some(children)
}

/// Returns the schema of each item of a list, or of each value of a map.
fn item(schema: &Value) -> Option<&Value> {
    schema.get("items").or_else(|| schema.get("additionalProperties"))
}
