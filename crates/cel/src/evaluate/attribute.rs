//! Attributes: a value, and the fields and items that are read of it. Each of them costs a unit, and the
//! attribute another.

use std::sync::Arc;

use super::call::is_key;
use super::machine::Machine;
use super::meter::attempted;
use super::step::{Attribute, Key, Qualifier, Root};
use super::{Answer, Meter, Stop};
use crate::error::Failure;
use crate::value::{List, Value, exact_int};

/// Adds a field or an item to what is read. Of `condition ? a : b` it is read of either branch.
pub(super) fn add_qualifier(attribute: &mut Attribute, qualifier: &Qualifier) {
    if let Root::Conditional(it) = &mut attribute.root {
        let (_, yes, no) = &mut **it;
        add_qualifier(yes, qualifier);
        add_qualifier(no, qualifier);
    } else {
        attribute.qualifiers.push(qualifier.clone());
    }
}

impl<'a> Machine<'_, 'a> {
    /// Evaluates an attribute.
    pub(super) fn attribute(&mut self, attribute: &Attribute) -> Answer<'a> {
        let answer = attempted(self.resolve(attribute))?;
        // `condition ? a : b` costs only what is below it.
        if !matches!(attribute.root, Root::Conditional(_)) {
            self.meter.charge(1)?;
        }
        answer.map_err(Stop::Failed)
    }

    /// Evaluates `has(a.b)`.
    pub(super) fn has(&mut self, attribute: &Attribute) -> Answer<'a> {
        let answer = attempted(self.resolve(attribute))?;
        // cel-go takes back the unit of the attribute, also where there was none.
        if matches!(attribute.root, Root::Conditional(_)) {
            self.meter.refund()?;
        }
        Ok(match answer? {
            Value::Optional(optional) => Value::Bool(optional.is_some()),
            other => other,
        })
    }

    /// The value of an attribute, without the unit that it costs as a step.
    pub(super) fn resolve(&mut self, attribute: &Attribute) -> Answer<'a> {
        let qualifiers = &*attribute.qualifiers;
        match &attribute.root {
            Root::Variable(name) => {
                let variables = self.variables;
                match variables.get(name) {
                    Some(value) => read(value, qualifiers, self),
                    None => Err(Failure(format!("the variable {name} has no value").into()).into()),
                }
            }
            Root::Definitions => self.definition(qualifiers),
            Root::Item(place) => self.item(*place, qualifiers),
            Root::Accumulator(place) => {
                let value = self.accumulator(*place)?;
                read(&value, qualifiers, self)
            }
            Root::Step(step) => {
                let value = self.evaluate(step)?;
                read(&value, qualifiers, self)
            }
            Root::Conditional(it) => {
                let (condition, yes, no) = &**it;
                match self.evaluate(condition)? {
                    Value::Bool(true) => self.resolve(yes),
                    Value::Bool(false) => self.resolve(no),
                    _ => Err(Failure::NO_SUCH_OVERLOAD.into()),
                }
            }
        }
    }

    /// Reads a field of `variables`, which is the value of a definition.
    fn definition(&mut self, qualifiers: &[Qualifier]) -> Answer<'a> {
        let name = qualifiers.split_first().and_then(|(first, rest)| match &first.key {
            Key::Constant(Value::String(name)) => Some((first, name, rest)),
            _ => None,
        });
        let Some((first, name, rest)) = name else {
            return Err(Failure("variables can only be read by their names".into()).into());
        };
        let value = match self.defined(name) {
            Err(Stop::Failed(failure)) => {
                if !first.optional {
                    self.meter.charge(1)?;
                }
                return Err(failure.into());
            }
            value => value?,
        };
        self.meter.charge(1)?;
        if first.test {
            return Ok(Value::Bool(true));
        }
        read_on(value, first.optional, rest, self)
    }

    /// Reads the qualifiers of a variable of a loop, which is cloned only if keys must be evaluated meanwhile.
    fn item(&mut self, place: u32, qualifiers: &[Qualifier]) -> Answer<'a> {
        let Some(item) = self.items.get(place as usize) else { return Ok(Value::Null) };
        if qualifiers.iter().all(|qualifier| matches!(qualifier.key, Key::Constant(_))) {
            return read(item, qualifiers, &mut Constants(self.meter));
        }
        read(&item.clone(), qualifiers, self)
    }
}

/// The keys of qualifiers.
trait Keys<'a> {
    /// The value of a key that is no constant.
    fn evaluate(&mut self, key: &Key) -> Answer<'a>;

    fn meter(&mut self) -> &mut Meter;
}

impl<'a> Keys<'a> for Machine<'_, 'a> {
    fn evaluate(&mut self, key: &Key) -> Answer<'a> {
        match key {
            Key::Constant(value) => Ok(value.clone()),
            Key::Attribute(attribute) => self.resolve(attribute),
            Key::Step(step) => self.evaluate(step),
        }
    }

    fn meter(&mut self) -> &mut Meter {
        self.meter
    }
}

/// The keys where all are constants.
struct Constants<'m>(&'m mut Meter);

impl<'a> Keys<'a> for Constants<'_> {
    fn evaluate(&mut self, key: &Key) -> Answer<'a> {
        match key {
            Key::Constant(value) => Ok(value.clone()),
            Key::Attribute(_) | Key::Step(_) => Err(Failure::NO_SUCH_OVERLOAD.into()),
        }
    }

    fn meter(&mut self) -> &mut Meter {
        self.0
    }
}

/// Reads the qualifiers of a value, and inside of its optional if it is one.
fn read<'a>(value: &Value<'a>, qualifiers: &[Qualifier], keys: &mut impl Keys<'a>) -> Answer<'a> {
    match value {
        Value::Optional(Some(inner)) => match unwrapped(inner) {
            Value::Opaque(of) => {
                let message = format!("a {} is lost in an optional", of.type_name());
                Err(Failure(message.into()).into())
            }
            inner if qualifiers.is_empty() => Ok(reopened(value, inner)),
            inner => read_on(inner, true, qualifiers, keys),
        },
        Value::Optional(None) => Ok(value.clone()),
        value => read_on(value, false, qualifiers, keys),
    }
}

/// Reads the qualifiers of a value; the result is an optional if one of them is or the value was in one.
fn read_on<'a>(
    value: &Value<'a>,
    mut optional: bool,
    qualifiers: &[Qualifier],
    keys: &mut impl Keys<'a>,
) -> Answer<'a> {
    let mut value = value;
    let mut is_asked = false;
    for qualifier in qualifiers {
        optional |= qualifier.optional;
        match qualify(value, qualifier, optional, keys)? {
            Found::Value(found) => value = found,
            Found::Absent if qualifier.test && !optional => return Ok(Value::Bool(false)),
            Found::Absent => return Ok(Value::Optional(None)),
        }
        is_asked = qualifier.test && !optional;
    }
    Ok(match (is_asked, optional) {
        (true, _) => Value::Bool(true),
        (false, true) => Value::Optional(Some(Arc::new(value.clone()))),
        (false, false) => value.clone(),
    })
}

fn qualify<'v, 'a>(
    value: &'v Value<'a>,
    qualifier: &Qualifier,
    optional: bool,
    keys: &mut impl Keys<'a>,
) -> Result<Found<'v, 'a>, Stop> {
    let may_miss = optional || qualifier.test;
    let found = match &qualifier.key {
        Key::Constant(key) => look_up(value, key, may_miss),
        key => {
            let key = keys.evaluate(key).and_then(valid_key);
            key.and_then(|key| look_up(value, &key, may_miss))
        }
    };
    // What may be missing costs nothing if it is.
    match &found {
        Err(Stop::Failed(_)) | Ok(Found::Absent) if optional => {}
        Err(Stop::Failed(_)) | Ok(_) => keys.meter().charge(1)?,
        Err(_) => {}
    }
    found
}

/// The result of a look-up.
enum Found<'v, 'a> {
    Value(&'v Value<'a>),
    Absent,
}

fn valid_key(key: Value<'_>) -> Answer<'_> {
    if is_key(&key) {
        return Ok(key);
    }
    Err(Failure::never_a_key(key.type_name()).into())
}

/// Looks up a key. What has neither fields nor items has none.
fn look_up<'v, 'a>(
    value: &'v Value<'a>,
    key: &Value<'_>,
    may_miss: bool,
) -> Result<Found<'v, 'a>, Stop> {
    let found = match value {
        Value::Map(map) => map.get(key),
        Value::List(list) => item(list, key)?,
        _ => None,
    };
    match found {
        Some(found) => Ok(Found::Value(found)),
        None if may_miss => Ok(Found::Absent),
        None => Err(missing(value, key)),
    }
}

fn item<'v, 'a>(list: &'v List<'a>, key: &Value<'_>) -> Result<Option<&'v Value<'a>>, Failure> {
    let index = match *key {
        Value::Int(index) => Some(index),
        Value::Uint(index) => i64::try_from(index).ok(),
        Value::Double(index) => exact_int(index),
        _ => None,
    };
    match index {
        Some(index) => Ok(list.get(index)),
        None => Err(Failure(format!("{} is no index of a list", shown(key)).into())),
    }
}

#[cold]
fn missing(value: &Value<'_>, key: &Value<'_>) -> Stop {
    match value {
        Value::List(list) => {
            let (index, length) = (shown(key), list.items().len());
            Failure(format!("index {index} is out of range: the list has {length} items").into())
        }
        _ => Failure::no_such_key(shown(key)),
    }
    .into()
}

/// A key as an error shows it.
fn shown(key: &Value<'_>) -> String {
    match key {
        Value::String(text) => text.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => uint.to_string(),
        Value::Double(double) => double.to_string(),
        other => format!("a value of type {}", other.type_name()),
    }
}

/// The value inside of optionals in one another. An optional in another without a value is null, because
/// cel-go converts what is inside to a value of Go and back. Values that only their own functions know are
/// lost by that.
fn unwrapped<'v, 'a>(mut value: &'v Value<'a>) -> &'v Value<'a> {
    while let Value::Optional(optional) = value {
        match optional.as_deref() {
            Some(inner) => value = inner,
            None => return &Value::Null,
        }
    }
    value
}

/// An optional as it is when it is read, `inner` being the value inside: for the same reason a type is its name.
fn reopened<'a>(optional: &Value<'a>, inner: &Value<'a>) -> Value<'a> {
    let of = match (optional, inner) {
        (_, Value::Type(of)) => of.runtime_name().to_owned().into(),
        (Value::Optional(Some(direct)), _) if !matches!(**direct, Value::Optional(_)) => {
            return optional.clone();
        }
        (_, inner) => inner.clone(),
    };
    Value::Optional(Some(Arc::new(of)))
}
