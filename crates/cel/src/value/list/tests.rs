use crate::{Activation, Budget, Environment, Expression, List, Scope, Type, Value};

/// Evaluates an expression about a list `a`, which may have a type, and an ordinary list `b`.
fn holds(source: &str, a: List<'_>, b: Vec<Value<'_>>) -> bool {
    let of = Type::list(Type::Dyn);
    let scope = Scope::new().with("a", of.clone()).with("b", of);
    let expression = Expression::compile(&Environment::new().unwrap(), source, &scope).unwrap();
    let mut activation = Activation::new();
    activation.bind("a", Value::List(a));
    activation.bind("b", b.into());
    expression.evaluate_bool(&activation, &mut Budget::default()).unwrap()
}

fn texts(texts: &[&'static str]) -> Vec<Value<'static>> {
    texts.iter().map(|text| Value::from(*text)).collect()
}

#[test]
fn a_set_has_no_order_and_takes_nothing_twice() {
    let set = |items| List::set(texts(items));
    assert!(holds("a == b", set(&["x", "y"]), texts(&["y", "x"])));
    assert!(!holds("a == b", set(&["x", "y"]), texts(&["y", "z"])));
    assert!(!holds("a == b", set(&["x", "y"]), texts(&["y"])));
    // The list on the left decides.
    assert!(!holds("b == a", set(&["x", "y"]), texts(&["y", "x"])));
    assert!(holds("(a + b).size() == 3", set(&["x", "y"]), texts(&["y", "z", "z"])));
    assert!(holds("(a + b).size() == 1", set(&[]), texts(&["z", "z"])));
    assert!(!holds("a == b", texts(&["x", "y"]).into(), texts(&["y", "x"])));
}

#[test]
fn objects_with_keys_have_no_order_and_are_replaced() {
    let object =
        |name, size: i64| Value::object([("name", Value::from(name)), ("size", size.into())]);
    let keyed = |items| List::keyed(items, ["name"]);
    let (one, two, other) = (object("x", 1), object("y", 2), object("y", 3));
    let both = || keyed(vec![one.clone(), two.clone()]);
    assert!(holds("a == b", both(), vec![two.clone(), one.clone()]));
    assert!(!holds("a == b", both(), vec![other.clone(), one.clone()]));
    assert!(holds("(a + b)[1].size == 3 && (a + b).size() == 2", both(), vec![other]));
    assert!(holds("(a + b).size() == 3", both(), vec![object("z", 1)]));
}
