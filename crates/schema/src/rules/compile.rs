//! From the rules of a definition to expressions.

use std::sync::LazyLock;

use kubernetes_cel::{CompileError, Environment, Expression, Scope, SignatureError, Type};

use super::types::declare;
use super::{Rule, Rules};
use crate::path::{FieldPath, Segment};
use crate::schema::{RuleSource, Schema};

/// The functions of all rules.
static ENVIRONMENT: LazyLock<Result<Environment, SignatureError>> = LazyLock::new(Environment::new);

/// Compiles the rules of a definition's schema.
pub(super) fn compile(schema: &Schema) -> Rules {
    rules(schema, true)
}

fn rules(schema: &Schema, is_resource: bool) -> Rules {
    let mut all = Rules { is_resource, ..Rules::default() };
    if !schema.rules.is_empty()
        && let Some(of) = declare(schema, is_resource, "selfType")
    {
        let own = schema.rules.iter().filter(|source| !source.rule.trim().is_empty());
        all.own = own.map(|source| rule(source, &of, schema)).collect();
    }
    let below = |schema: &Schema| {
        Some(rules(schema, schema.is_embedded_resource)).filter(|it| !it.is_empty())
    };
    for (name, property) in schema.properties.iter().flatten() {
        if let Some(rules) = below(property) {
            all.properties.insert(name.clone(), rules);
        }
    }
    all.items = schema.items.as_deref().and_then(below).map(Box::new);
    all.additional = schema.additional().and_then(below).map(Box::new);
    all
}

fn rule(source: &RuleSource, of: &Type, schema: &Schema) -> Rule {
    let old = if source.optional_old_self { Type::optional(of.clone()) } else { of.clone() };
    let scope = Scope::new().with("self", of.clone()).with("oldSelf", old);
    let message = source.message.trim();
    let text = if source.message.is_empty() { source.rule.trim() } else { message };
    let unmet =
        if source.message.is_empty() { format!("failed rule: {text}") } else { text.to_owned() };
    let expression = expression(&source.rule, &scope, Type::Bool);
    let message_expression = Some(&source.message_expression).filter(|it| !it.is_empty());
    let message_expression = message_expression.and_then(|source| {
        // As in the API server, one that is wrong is as good as none.
        Some((self::expression(source, &scope, Type::String).ok()?, source.clone()))
    });
    Rule {
        uses_old: expression.as_ref().is_ok_and(|it| it.reads().of("oldSelf").is_some()),
        expression: expression.map_err(|error| format!("compilation failed: {error}")),
        is_old_optional: source.optional_old_self,
        text: text.to_owned(),
        message: unmet,
        message_expression,
        reason: source.reason.clone(),
        field: field_path(&source.field_path, schema).unwrap_or_default(),
    }
}

fn expression(source: &str, scope: &Scope, wanted: Type) -> Result<Expression, CompileError> {
    let environment = ENVIRONMENT.as_ref().map_err(|error| CompileError {
        line: 1,
        column: 1,
        message: error.to_string(),
    })?;
    Expression::compile(environment, source, scope)?.expect(&[wanted])
}

/// Reads the `fieldPath` of a rule, like `.spec.limits['cpu.max']`; none if it leads nowhere.
fn field_path(text: &str, schema: &Schema) -> Option<FieldPath> {
    let (mut path, mut schema, mut rest) = (FieldPath::default(), schema, text);
    while !rest.is_empty() {
        let name;
        if let Some(after) = rest.strip_prefix("['") {
            let end = quote_end(after)?;
            name = unescape(after.get(..end)?)?;
            rest = after.get(end..)?.strip_prefix("']")?;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            name = after.get(..end)?.to_owned();
            rest = after.get(end..)?;
        }
        if schema.properties.is_some() {
            schema = schema.property(&name)?;
            path.push(Segment::Field(name.into()));
        } else {
            schema = schema.additional()?;
            path.push(Segment::Key(name.into()));
        }
    }
    Some(path)
}

/// Where a text in quotes ends.
fn quote_end(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, character)| {
        let is_end = character == '\'' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next()? {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                own @ ('\'' | '\\') => own,
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}
