//! From a checked tree to the steps of its evaluation.

use super::attribute::add_qualifier;
use super::call::{self, is_conversion};
use super::step::{Attribute, Call, Candidate, Fold, Item, Key, Qualifier, Root, Step};
use super::{Meter, Stop};
use crate::check::{Checked, Reference};
use crate::environment::{Environment, Overload};
use crate::error::{Failure, Mistake};
use crate::library::check_pattern;
use crate::protobuf::Message;
use crate::scope::VARIABLES;
use crate::syntax::ast::{self, Comprehension, Kind, Node, operator};
use crate::types::Type;
use crate::value::{Text, Value, is_unhashable, set_of};

/// The plan of an expression.
#[derive(Debug)]
pub(crate) struct Program {
    pub(super) root: Step,
    /// What the accumulators begin with, by their places.
    pub(super) initials: Vec<Step>,
    /// The number of variables of loops.
    pub(super) items: usize,
}

impl Program {
    /// Plans the steps of a tree. As in cel-go constants are folded, and what fails then is a mistake.
    ///
    /// # Errors
    ///
    /// A constant that cannot be converted, a key that can never be one, or a pattern that is none.
    pub fn plan(checked: &Checked, environment: &Environment) -> Result<Self, Mistake> {
        let mut planner =
            Planner { checked, environment, locals: Vec::new(), initials: Vec::new(), items: 0 };
        let root = planner.step(&checked.ast.root)?;
        let Planner { initials, items, .. } = planner;
        let initials = initials.into_iter().flatten().collect();
        Ok(Self { root, initials, items: items as usize })
    }
}

/// A variable of a loop, by its place.
#[derive(Debug, Clone, Copy)]
enum Local {
    Accumulator(u32),
    Item(u32),
}

struct Planner<'c> {
    checked: &'c Checked,
    environment: &'c Environment,
    locals: Vec<(&'c str, Local)>,
    /// `None` while what is inside is planned, which has places of its own.
    initials: Vec<Option<Step>>,
    items: u32,
}

impl<'c> Planner<'c> {
    fn step(&mut self, node: &'c Node) -> Result<Step, Mistake> {
        match &node.kind {
            Kind::Literal(literal) => Ok(Step::Constant(literal.value())),
            Kind::Ident(name) => Ok(self.name(node, name)),
            Kind::Select(select) => {
                let operand = self.step(&select.operand)?;
                let key = Key::Constant(Value::String(Text::Shared((&*select.field).into())));
                let qualifier = Qualifier { key, optional: false, test: select.test };
                let mut attribute = attribute(operand);
                add_qualifier(&mut attribute, &qualifier);
                Ok(if select.test { Step::Has(attribute) } else { Step::Attribute(attribute) })
            }
            Kind::Call(call) => self.call(node, call),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(node, entries),
            Kind::Struct(it) => self.message(node, it),
            Kind::Comprehension(it) => self.fold(it),
        }
    }

    fn mistake(&self, node: &Node, message: String) -> Mistake {
        let offset = self.checked.ast.offsets.get(node.id as usize);
        Mistake { offset: offset.copied().unwrap_or_default(), message }
    }

    /// What fails for constants is a mistake.
    fn failed(&self, node: &Node, failure: Failure) -> Mistake {
        self.mistake(node, failure.0.into_owned())
    }

    fn reference(&self, node: &Node) -> Option<&'c Reference> {
        self.checked.references.get(node.id as usize)?.as_ref()
    }

    fn name(&self, node: &Node, name: &'c str) -> Step {
        if let Some(Reference::Type(of)) = self.reference(node) {
            return Step::Constant(Value::Type(of.clone().into()));
        }
        let local = self.locals.iter().rev().find(|(local, _)| *local == name);
        let root = match local {
            Some((_, Local::Accumulator(place))) => Root::Accumulator(*place),
            Some((_, Local::Item(place))) => Root::Item(*place),
            None => match name.strip_prefix('.').unwrap_or(name) {
                VARIABLES => Root::Definitions,
                name => Root::Variable(name.into()),
            },
        };
        Step::Attribute(Attribute { root, qualifiers: Vec::new() })
    }

    fn pair(&mut self, arguments: &'c [Node]) -> Result<Box<(Step, Step)>, Mistake> {
        match arguments {
            [left, right] => Ok(Box::new((self.step(left)?, self.step(right)?))),
            _ => Err(Mistake { offset: 0, message: "an operator has two operands".to_owned() }),
        }
    }

    fn call(&mut self, node: &'c Node, call: &'c ast::Call) -> Result<Step, Mistake> {
        let arguments = &*call.arguments;
        Ok(match (&*call.function, &call.target, arguments) {
            (operator::AND, ..) => Step::And(self.pair(arguments)?),
            (operator::OR, ..) => Step::Or(self.pair(arguments)?),
            (operator::EQUALS, ..) => Step::Equals(self.pair(arguments)?),
            (operator::NOT_EQUALS, ..) => Step::NotEquals(self.pair(arguments)?),
            (operator::CONDITIONAL, None, [condition, yes, no]) => {
                let condition = self.step(condition)?;
                let branches = (self.step(yes)?, self.step(no)?);
                conditional(condition, branches.0, branches.1)
            }
            (operator::INDEX, None, [operand, index]) => self.index(node, operand, index, false)?,
            (operator::OPTIONAL_INDEX | operator::OPTIONAL_SELECT, None, [operand, index]) => {
                self.index(node, operand, index, true)?
            }
            (operator::IN, ..) => self.membership(node, arguments)?,
            (operator::NOT_STRICTLY_FALSE, None, [argument]) => {
                Step::NotStrictlyFalse(Box::new(self.step(argument)?))
            }
            ("or", Some(target), [other]) => {
                Step::OptionalOr(Box::new((self.step(target)?, self.step(other)?)))
            }
            ("orValue", Some(target), [other]) => {
                Step::OptionalOrValue(Box::new((self.step(target)?, self.step(other)?)))
            }
            _ => self.function(node, call)?,
        })
    }

    /// `operand[index]`: another qualifier of what the operand is.
    fn index(
        &mut self,
        node: &'c Node,
        operand: &'c Node,
        index: &'c Node,
        optional: bool,
    ) -> Result<Step, Mistake> {
        let operand = self.step(operand)?;
        let key = match self.step(index)? {
            Step::Constant(key) if call::is_key(&key) => Key::Constant(key),
            Step::Constant(key) => {
                return Err(self.failed(node, Failure::never_a_key(key.type_name())));
            }
            Step::Attribute(attribute) | Step::Has(attribute) => Key::Attribute(attribute.into()),
            step => Key::Step(step.into()),
        };
        let mut attribute = attribute(operand);
        add_qualifier(&mut attribute, &Qualifier { key, optional, test: false });
        Ok(Step::Attribute(attribute))
    }

    /// `a in b`. In a list of constants, the values are looked up in a set.
    fn membership(&mut self, node: &'c Node, arguments: &'c [Node]) -> Result<Step, Mistake> {
        let overloads = self.environment.overloads(operator::IN);
        let is_list = match self.reference(node) {
            Some(Reference::Overloads(of)) if let [only] = **of => overloads
                .get(only)
                .and_then(|overload| overload.signature.parameters.get(1))
                .is_some_and(|range| matches!(range, Type::List(_))),
            _ => false,
        };
        let pair = self.pair(arguments)?;
        if is_list && let Step::Constant(Value::List(list)) = &pair.1 {
            if list.items().is_empty() {
                return Ok(Step::Constant(Value::Bool(false)));
            }
            if let Some(set) = set_of(list.items()) {
                let (needle, _) = *pair;
                return Ok(Step::Member(Box::new((needle, set))));
            }
        }
        Ok(Step::In(pair, is_list))
    }

    fn function(&mut self, node: &'c Node, call: &'c ast::Call) -> Result<Step, Mistake> {
        let name = &*call.function;
        let target = call.target.as_ref();
        let arguments = target.into_iter().chain(&call.arguments).map(|node| self.step(node));
        let arguments = arguments.collect::<Result<Box<[_]>, _>>()?;
        let all = self.environment.overloads(name);
        let chosen = match self.reference(node) {
            Some(Reference::Overloads(chosen)) => &**chosen,
            _ => &[],
        };
        let one = if let [only] = chosen { all.get(*only) } else { None };
        let is_by_value = |it: &Overload| it.function.is_some_and(|it| it.is_by_value);
        let takes = |it: &&Overload| it.signature.parameters.len() == arguments.len();
        let overloads: Vec<&Overload> = match one.or(all.first().filter(|it| is_by_value(it))) {
            Some(one) => vec![one],
            None => all.iter().filter(takes).collect(),
        };
        let first = overloads.first().and_then(|overload| overload.function);
        let Some(first) = first else {
            return Err(self.mistake(node, format!("there is no function {name}")));
        };
        let is_pattern = match (name, arguments.get(1)) {
            ("matches" | "find" | "findAll", Some(Step::Constant(Value::String(pattern)))) => {
                check_pattern(pattern).map_err(|why| self.mistake(node, why))?;
                true
            }
            _ => false,
        };
        let candidate = |overload: &&Overload| {
            let function = overload.function?;
            let parameters =
                (!function.is_by_value).then(|| overload.signature.parameters.clone().into());
            Some(Candidate { parameters, code: function.code })
        };
        let call = Call {
            stops_early: arguments.len() > 2
                || overloads.len() > 1
                || is_pattern
                || name == "format",
            arguments,
            overloads: overloads.iter().filter_map(candidate).collect(),
            cost: first.cost,
            is_resolved: one.is_some(),
        };
        if is_conversion(name)
            && let [Step::Constant(argument)] = &*call.arguments
        {
            return self.convert(node, &call, argument);
        }
        Ok(Step::Call(Box::new(call)))
    }

    /// Converts a constant, once for all.
    fn convert(
        &self,
        node: &Node,
        call: &Call,
        argument: &Value<'static>,
    ) -> Result<Step, Mistake> {
        let mut meter = Meter::new(u64::MAX, u64::MAX);
        match call::invoke(call, std::slice::from_ref(argument), &mut meter) {
            Ok(value) => Ok(Step::Constant(value)),
            Err(Stop::Failed(failure) | Stop::Aborted(failure)) => Err(self.failed(node, failure)),
            Err(_) => Err(self.mistake(node, "the constant is too large".to_owned())),
        }
    }

    fn list(&mut self, items: &'c [ast::Item]) -> Result<Step, Mistake> {
        let mut planned = Vec::with_capacity(items.len());
        for ast::Item { value, optional } in items {
            planned.push(Item { step: self.step(value)?, optional: *optional });
        }
        let constants = planned.iter().map(constant_item).collect::<Option<Vec<_>>>();
        Ok(match constants {
            Some(constants) => Step::Constant(constants.into()),
            None => Step::List(planned.into()),
        })
    }

    fn message(&mut self, node: &Node, it: &'c ast::Struct) -> Result<Step, Mistake> {
        let Some(message) = Message::named(&it.name) else {
            return Err(self.mistake(node, format!("there is no type {}", it.name)));
        };
        let mut fields = Vec::with_capacity(it.fields.len());
        for ast::Field { name, value, optional } in &it.fields {
            if let Some(place) = message.fields().iter().position(|field| *field == &**name) {
                fields.push((place, Item { step: self.step(value)?, optional: *optional }));
            }
        }
        Ok(Step::Message(message, fields.into()))
    }

    fn map(&mut self, node: &Node, entries: &'c [ast::Entry]) -> Result<Step, Mistake> {
        let mut planned = Vec::with_capacity(entries.len());
        for ast::Entry { key, value, optional } in entries {
            let key = self.step(key)?;
            planned.push((key, Item { step: self.step(value)?, optional: *optional }));
        }
        let pair = |(key, item): &(Step, Item)| match key {
            Step::Constant(key) => Some((key.clone(), constant_item(item)?)),
            _ => None,
        };
        let constants = planned.iter().map(pair).collect::<Option<Vec<_>>>();
        Ok(match constants {
            Some(constants) => {
                if let Some((key, _)) = constants.iter().find(|(key, _)| is_unhashable(key)) {
                    return Err(self.failed(node, Failure::never_a_key(key.type_name())));
                }
                Step::Constant(Value::Map(constants.into_iter().collect()))
            }
            None => Step::Map(planned.into()),
        })
    }

    fn fold(&mut self, it: &'c Comprehension) -> Result<Step, Mistake> {
        let range = self.step(&it.range)?;
        let accumulator = u32::try_from(self.initials.len()).unwrap_or(u32::MAX);
        self.initials.push(None);
        let initial = self.step(&it.initial)?;
        if let Some(place) = self.initials.get_mut(accumulator as usize) {
            *place = Some(initial);
        }
        let outer = self.locals.len();
        self.locals.push((&it.accumulator, Local::Accumulator(accumulator)));
        let first = self.item(&it.variable);
        let second = it.second.as_deref().map(|name| self.item(name));
        // cel-go looks for the accumulator first, should it have the name of a variable.
        self.locals.push((&it.accumulator, Local::Accumulator(accumulator)));
        let condition = self.step(&it.condition)?;
        let step = self.last_step(&it.step, accumulator)?;
        self.locals.truncate(outer + 1);
        let result = self.step(&it.result)?;
        self.locals.truncate(outer);
        let fold = Fold { range, accumulator, first, second, condition, step, result };
        Ok(Step::Fold(Box::new(fold)))
    }

    fn item(&mut self, name: &'c str) -> u32 {
        let place = self.items;
        self.items += 1;
        self.locals.push((name, Local::Item(place)));
        place
    }

    /// The step whose value becomes the accumulator. What is added to a list or map is added in place, or
    /// loops would copy all that they made so far in each turn.
    fn last_step(&mut self, node: &'c Node, accumulator: u32) -> Result<Step, Mistake> {
        let Kind::Call(call) = &node.kind else { return self.step(node) };
        match (&*call.function, &*call.arguments) {
            (operator::CONDITIONAL, [condition, yes, no]) => {
                let condition = self.step(condition)?;
                let yes = self.last_step(yes, accumulator)?;
                let no = self.last_step(no, accumulator)?;
                Ok(conditional(condition, yes, no))
            }
            (function @ (operator::ADD | operator::MAP_INSERT), _) => {
                Ok(match self.step(node)? {
                    Step::Call(call) if begins_with(&call, accumulator) => {
                        let in_place =
                            if function == operator::ADD { Step::Append } else { Step::Insert };
                        in_place(accumulator, call)
                    }
                    other => other,
                })
            }
            _ => self.step(node),
        }
    }
}

/// Returns whether the first argument is this accumulator.
fn begins_with(call: &Call, accumulator: u32) -> bool {
    match call.arguments.first() {
        Some(Step::Attribute(Attribute { root: Root::Accumulator(place), qualifiers })) => {
            *place == accumulator && qualifiers.is_empty()
        }
        _ => false,
    }
}

/// The attribute that a step is, or one that begins with its value.
fn attribute(step: Step) -> Attribute {
    match step {
        Step::Attribute(attribute) => attribute,
        step => Attribute { root: Root::Step(Box::new(step)), qualifiers: Vec::new() },
    }
}

/// `condition ? yes : no`. As in cel-go an attribute that is a branch is part of this step, and so is what
/// `has` asks: there it is true or false, or an optional, which is cel-go's mistake.
fn conditional(condition: Step, yes: Step, no: Step) -> Step {
    let branch = |step| match step {
        Step::Has(attribute) => attribute,
        step => attribute(step),
    };
    let root = Root::Conditional(Box::new((condition, branch(yes), branch(no))));
    Step::Attribute(Attribute { root, qualifiers: Vec::new() })
}

fn constant_item(item: &Item) -> Option<Value<'static>> {
    match &item.step {
        Step::Constant(value) if !item.optional => Some(value.clone()),
        _ => None,
    }
}
