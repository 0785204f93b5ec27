//! From what an author wrote to what can be evaluated.

use std::sync::Arc;

use kubernetes_cel::{CompileError, Environment, Expression, Fields, Projection, Scope, Type};
use kubernetes_manifest::Position;

use super::constraints::Constraints;
use super::definition::{Actions, Definition, ExpressionSource, OnError};
use super::variables;
use crate::rules::Refusal;
use crate::strict::Problem;

/// A policy that can be evaluated.
#[derive(Debug)]
pub struct Policy {
    /// Its name.
    pub name: Arc<str>,
    /// The requests it is about.
    pub constraints: Constraints,
    /// The further constraints of its binding.
    pub bound_to: Option<Constraints>,
    /// The actions when it fails.
    pub actions: Actions,
    /// The effect of an error.
    pub failure_policy: OnError,
    /// All must be true, or it says nothing.
    pub conditions: Vec<Expression>,
    /// `variables.NAME`, each seeing those before it.
    pub variables: Vec<(String, Expression)>,
    /// The checks that must hold.
    pub validations: Vec<Validation>,
    /// The values for the audit log, by key.
    pub annotations: Vec<(String, Expression)>,
    /// Its parameters as JSON.
    pub params: Option<Arc<str>>,
    /// The parts of its variables that it reads.
    pub reads: Projection,
}

/// A validation that can be evaluated.
#[derive(Debug)]
pub struct Validation {
    /// The expression that must be true.
    pub expression: Expression,
    /// Its source on one line.
    pub source: String,
    /// The message for the user.
    pub message: Option<String>,
    /// The expression for the message, preferred where it gives a text.
    pub message_expression: Option<Expression>,
    /// The status of a denial.
    pub refusal: Refusal,
    /// The field at fault: the one that the author names, else the one place in the object that the
    /// expression reads.
    pub field: String,
}

impl Policy {
    /// Compiles all expressions, or says what is wrong with each.
    pub fn compile(
        definition: Definition,
        environment: &Environment,
    ) -> Result<Self, Vec<Problem>> {
        let spec = &definition.spec;
        let scope = variables::scope(spec.param_kind.is_some());
        let mut compiler = Compiler {
            definition: &definition,
            environment,
            scope,
            reads: Projection::default(),
            broken: Vec::new(),
            problems: Vec::new(),
        };
        // Conditions are evaluated before anything is defined.
        let conditions = spec.match_conditions.iter();
        let conditions: Vec<_> = conditions
            .filter_map(|it| compiler.compile(&it.expression, ExpectedType::Bool))
            .collect();
        let mut variables = Vec::new();
        for variable in &spec.variables {
            match compiler.compile(&variable.expression, ExpectedType::Any) {
                Some(expression) => {
                    compiler.scope.define(&variable.name, &expression);
                    variables.push((variable.name.clone(), expression));
                }
                None => compiler.broken.push(format!("variables.{}", variable.name)),
            }
        }
        let validations = spec.validations.iter().filter_map(|it| compiler.validation(it));
        let validations: Vec<_> = validations.collect();
        let mut annotations = Vec::new();
        for it in &spec.audit_annotations {
            let expression = compiler.compile(&it.expression, ExpectedType::TextOrNull);
            annotations.extend(expression.map(|expression| (it.name.clone(), expression)));
        }
        let Compiler { reads, problems, .. } = compiler;
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            conditions,
            variables,
            validations,
            annotations,
            reads,
            constraints: spec.constraints.clone(),
            failure_policy: spec.failure_policy,
            name: definition.name,
            bound_to: definition.bound_to,
            actions: definition.actions,
            params: definition.params,
        })
    }
}

/// The types that an expression may evaluate to.
#[derive(Clone, Copy)]
enum ExpectedType {
    Any,
    Bool,
    Text,
    /// A text, or null for none.
    TextOrNull,
}

impl ExpectedType {
    fn of(self, expression: Expression) -> Result<Expression, CompileError> {
        match self {
            Self::Any => Ok(expression),
            Self::Bool => expression.expect(&[Type::Bool]),
            Self::Text => expression.expect(&[Type::String]),
            Self::TextOrNull => expression.expect(&[Type::String, Type::Null]),
        }
    }
}

struct Compiler<'d> {
    definition: &'d Definition,
    environment: &'d Environment,
    scope: Scope,
    reads: Projection,
    /// The variables that could not be compiled. Expressions that use them get no error of their
    /// own.
    broken: Vec<String>,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    fn compile(&mut self, source: &ExpressionSource, expected: ExpectedType) -> Option<Expression> {
        if self.broken.iter().any(|variable| source.text.contains(variable)) {
            return None;
        }
        let compiled = Expression::compile_or_all(self.environment, &source.text, &self.scope);
        let typed = compiled.and_then(|it| expected.of(it).map_err(|mistake| vec![mistake]));
        let expression = match typed {
            Ok(expression) => expression,
            Err(mistakes) => {
                let document = &self.definition.document;
                for CompileError { line, column, message } in mistakes {
                    let at = document.position_in(source.position, &source.text, (line, column));
                    self.report(at, &message);
                }
                return None;
            }
        };
        self.reads.merge(expression.reads());
        Some(expression)
    }

    fn validation(&mut self, written: &super::definition::ValidationSource) -> Option<Validation> {
        let expression = self.compile(&written.expression, ExpectedType::Bool)?;
        let message_expression = match &written.message_expression {
            Some(source) => Some(self.compile(source, ExpectedType::Text)?),
            None => None,
        };
        let field = match written.field_path.as_str() {
            "" => only_place(expression.reads().of(variables::OBJECT)),
            path => path.to_owned(),
        };
        Some(Validation {
            expression,
            source: written.expression.text.split_whitespace().collect::<Vec<_>>().join(" "),
            message: written.message.clone(),
            message_expression,
            refusal: written.refusal,
            field,
        })
    }

    fn report(&mut self, position: Position, text: &str) {
        let file = Arc::clone(&self.definition.document.file);
        let text = format!("policy {}: {text}", self.definition.name);
        self.problems.push(Problem { file, position, text });
    }
}

/// The path down to where more than one thing is read: the smallest part of the object that an
/// expression is about.
fn only_place(fields: Option<&Fields>) -> String {
    let mut path = String::new();
    let mut place = fields;
    while let Some(fields) = place {
        let mut inside = fields.named();
        let (Some((name, next)), None) = (inside.next(), inside.next()) else { break };
        if fields.items().is_some() {
            break;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        place = Some(next);
    }
    path
}
