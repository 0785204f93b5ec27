//! No expression and no object takes more time or memory than its budget: an expression that cannot
//! be refused at load ends when its units or its steps are used up.
#![cfg(test)] // clippy lets only tests unwrap, index and panic

use std::fs;
use std::time::{Duration, Instant};

use kubernetes_cel::{
    Activation, Budget, Environment, EvaluationError, Expression, Fields, Scope, Type, decode,
};

/// Far more time than any of them takes, on a busy machine too. Without bounds they take minutes,
/// or never end.
const SLOW: Duration = Duration::from_secs(5);

/// The most memory of the whole test at once, in KiB.
const MOST_MEMORY: usize = 256 << 10;

/// A list of a hundred thousand numbers, a string of three million bytes, and a map of as many
/// names as there is room for: about what an API server lets through.
fn object() -> String {
    let list = vec!["1"; 100_000].join(",");
    let text = "a".repeat(3_000_000);
    let map: Vec<_> = (0..50_000).map(|at| format!(r#""k{at}":"{at}""#)).collect();
    let map = map.join(",");
    format!(r#"{{"list":[{list}],"text":"{text}","map":{{{map}}},"name":"n"}}"#)
}

/// Expressions that exhaust the budget.
const EXHAUSTING: &[&str] = &[
    // Steps
    "object.list.all(a, object.list.all(b, object.list.all(c, a == b && b == c)))",
    "object.list.map(a, object.list.map(b, object.list.map(c, a + b + c))).size() > 0",
    "object.list.filter(a, object.list.exists(b, b > 1)).size() > 0",
    "object.map.all(k, object.map.all(l, object.map[k] != object.map[l] || true))",
    "object.list.all(i, x, object.list.all(j, y, x == y))",
    "object.list.transformMap(i, x, object.list.size() + x).size() > 0 && object.list.all(a, object.list.all(b, true))",
    // The error is not absorbed
    "object.list.all(a, object.list.all(b, true)) || true",
    "false && true || object.list.exists(a, object.list.exists(b, false) && false)",
    "optional.of(object.list.all(a, object.list.all(b, true))).orValue(true)",
    "[1, 2, 3].exists(x, object.list.all(a, object.list.all(b, true)) || true)",
    // Long strings again and again
    "object.list.all(a, object.text.contains('b') || true)",
    "object.list.all(a, object.text == object.text + 'b' || true)",
    "cel.bind(t, object.text, object.list.all(a, t.size() > 0))",
    "cel.bind(t, object.text + 'b', object.list.map(a, t)).size() > 0",
    "cel.bind(t, object.text + 'b', object.list.all(a, t == object.text || true))",
    "cel.bind(t, object.text, object.list.all(a, t < t || true))",
    "object.list.all(a, bytes(object.text).size() > 0)",
    "object.list.all(a, object.text.matches('^(a+)+$') || true)",
    "cel.bind(o, optional.of(object.text + 'b'), object.list.all(a, o.optMap(t, t) == o))",
    // Growth
    "object.list.map(a, a + 1).size() == 100000",
    "cel.bind(a, object.text + object.text, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, d + d)))) != ''",
    "cel.bind(a, object.list + object.list, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, d + d)))).size() > 0",
    "object.list.map(a, [a, a, a, a]).map(a, [a, a, a, a]).map(a, [a, a, a, a]).size() > 0",
    "object.list.map(a, {'a': a, 'b': dyn([a, a]), 'c': object.name + object.name}).size() > 0 && object.list.map(a, object.list) != []",
    // Comparing large things
    "object.list.all(a, object.list == object.list)",
    "object.list.all(a, object.map == object.map)",
    "object.list.all(a, 2 in object.list || true)",
    "object.list.all(a, [object.list] == [object.list])",
    // Patterns that are tried at each byte, or that no cache can hold
    "object.text.matches('[ab]*c[ab]{300}z')",
    "object.text.matches('^(\\\\w|a){1,20}$')",
    "object.text.findAll('a*b|a').size() > 0",
    "object.map.all(k, !'x'.matches('(' + k + '){50}z'))",
    // Functions that make more than they are given, or compare all with all
    "object.text.replace('', object.text) != ''",
    "object.text.replace('a', 'bbbbbbbb').replace('b', 'cccccccc') != ''",
    "object.text.split('').size() > 0",
    "object.text.split('').join(object.text) != ''",
    "[object.text, object.text, object.text].join(object.text) != ''",
    "'%s'.format([object.list.map(a, object.map)]) != ''",
    "object.map.map(k, k).distinct().size() > 0",
    "sets.equivalent(object.map.map(k, k), object.map.map(k, k).reverse())",
    "sets.intersects(object.list, object.map.map(k, k))",
    "object.list.map(a, object.list).flatten().size() > 0",
    "object.list.all(a, object.list.sort() == object.list)",
    "object.list.all(a, object.list.indexOf(2) == -1)",
    "object.list.all(a, object.text.indexOf('b') == -1)",
    "object.list.all(a, !isURL('https://a/' + object.text + '%'))",
    "object.list.all(a, !isQuantity(object.text))",
    "object.list.all(a, !isSemver(object.text))",
    "object.list.all(a, format.dns1123Label().validate(object.text).hasValue())",
];

/// Expressions that end well within the budget.
const HARMLESS: &[&str] = &[
    "object.list.all(a, a == 1)",
    "object.list.filter(a, a > 1).size() == 0",
    "'%s%s%s%s'.format([object.text, object.text, object.text, object.text]) != ''",
    "object.map.all(k, k.startsWith('k'))",
    "object.text.size() == 3000000",
    "!'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')",
    "(object.text + '!').endsWith('!')",
    "object.list == object.list",
    "object.list.sum() == 100000",
    "object.list.sort() == object.list.reverse()",
    "!isQuantity(object.text)",
    "quantity('1e1000000000').isGreaterThan(quantity('1e999999999'))",
    "isURL('https://a/?' + object.text)",
];

#[test]
fn no_expression_takes_more_than_its_budget() {
    let environment = Environment::new().unwrap();
    let scope = Scope::new().with("object", Type::Dyn);
    let json = object();
    let mut activation = Activation::new();
    activation.bind("object", decode(&json, Fields::whole()).unwrap());
    let evaluate = |source: &str| {
        let expression = Expression::compile(&environment, source, &scope).unwrap();
        let start = Instant::now();
        let result = expression.evaluate_bool(&activation, &mut Budget::default());
        let took = start.elapsed();
        println!("{took:?} {source}");
        assert!(took < SLOW, "{took:?}: {source}");
        result
    };
    let mut wrong = Vec::new();
    let exhausting = EXHAUSTING.iter().map(|source| (source, Err(EvaluationError::BudgetExceeded)));
    let harmless = HARMLESS.iter().map(|source| (source, Ok(true)));
    for (source, expected) in exhausting.chain(harmless) {
        if evaluate(source) != expected {
            wrong.push(source);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    if let Some(peak) = peak_memory() {
        println!("{peak} KiB");
        assert!(peak < MOST_MEMORY, "{peak} KiB");
    }
}

/// The peak of memory of this process in KiB, where the system reports it.
fn peak_memory() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
