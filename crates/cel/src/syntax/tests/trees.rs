use super::{mistake, parse, tree};

#[track_caller]
fn is(source: &str, expected: &str) {
    assert_eq!(tree(source), expected, "{source}");
}

#[test]
fn operators_bind_as_in_cel_go() {
    is("1 + 2 * 3", "_+_(1, _*_(2, 3))");
    is("1 - 2 - 3", "_-_(_-_(1, 2), 3)");
    is("1 * 2 + 3 % 4", "_+_(_*_(1, 2), _%_(3, 4))");
    is("a < b == c", "_==_(_<_(a, b), c)");
    is("a in b", "@in(a, b)");
    is("a ? b : c ? d : e", "_?_:_(a, b, _?_:_(c, d, e))");
    is("a || b && c", "_||_(a, _&&_(b, c))");
    is("!a.b", "!_(a.b)");
    is("!!a", "a");
    is("!!!a", "!_(a)");
    is("(a.b).c", "a.b.c");
}

#[test]
fn logical_operators_make_balanced_trees() {
    is("a && b && c", "_&&_(_&&_(a, b), c)");
    is("a && b && c && d", "_&&_(_&&_(a, b), _&&_(c, d))");
    is("a || b || c || d || e", "_||_(_||_(_||_(a, b), c), _||_(d, e))");
}

#[test]
fn a_minus_is_the_sign_of_a_number_or_an_operator() {
    is("-1", "-1");
    is("- 1", "-1");
    is("-9223372036854775808", "-9223372036854775808");
    is("--1", "1");
    is("---1", "-_(1)");
    is("a-1", "_-_(a, 1)");
    is("a - -1", "_-_(a, -1)");
    is("-a.b", "-_(a.b)");
    is("-1 .abs()", "-1.abs()");
    is("!-1", "!_(-1)");
    is("-0.0", "-0.0");
    is("-(1)", "-_(1)");
}

#[test]
fn numbers_have_the_values_of_go() {
    is("0x1f", "31");
    is("-0xF", "-15");
    is("007", "7");
    is("0xFFFFFFFFFFFFFFFFu", "18446744073709551615u");
    is("1U", "1u");
    is(".5", "0.5");
    is("1.5e3", "1500.0");
    is("1e-400", "0.0");
    is("1.7976931348623157e308", "1.7976931348623157e308");
    is("0.1e1", "1.0");
}

#[test]
fn strings_have_the_escapes_of_cel_go() {
    is(r#"'a"b'"#, r#""a\"b""#);
    is(r"'\a\b\f\n\r\t\v\\\'\?\`'", r#""\u{7}\u{8}\u{c}\n\r\t\u{b}\\'?`""#);
    is(r"'\x41\X42\u00e9\U0001F600\101'", r#""ABé😀A""#);
    is(r"'\xff\377'", r#""ÿÿ""#);
    is("'''a\n'b'\r\nc\rd'''", r#""a\n'b'\nc\nd""#);
    is("\"\"\"\"\"\"", r#""""#);
    is(r"r'\d+'", r#""\\d+""#);
    is("R\"\"\"\\\"\"\"", r#""\\""#);
    is(r"b'a\xff\377é'", "b[97, 255, 255, 195, 169]");
    is(r"bR'\x'", "b[92, 120]");
    is(r"'''\''''", r#""'""#);
}

#[test]
fn fields_may_have_reserved_names_and_variables_may_not() {
    is("a.namespace.package.if", "a.namespace.package.if");
    is("a.namespace()", "a.namespace()");
    mistake("namespace");
    mistake("a.in");
    mistake("a.true");
}

#[test]
fn optional_syntax_makes_calls() {
    is("a.?b.c", r#"_?._(a, "b").c"#);
    is("a[?0]", "_[?_](a, 0)");
    is("a. ?b", r#"_?._(a, "b")"#);
    is("[?a, b]", "[?a, b]");
    is("{?'a': b, c: d}", "{?\"a\": b, c: d}");
}

#[test]
fn lists_and_maps_may_end_with_a_comma() {
    is("[1, 2,]", "[1, 2]");
    is("[,]", "[]");
    is("{,}", "{}");
    is("{'a': 1,}", "{\"a\": 1}");
    mistake("[1,,]");
    mistake("f(1,)");
}

#[test]
fn names_may_begin_with_a_dot() {
    is(".a.b", ".a.b");
    is(".f(x)", ".f(x)");
    is(".has(x)", ".has(x)");
    is("a ?.b : c", "_?_:_(a, .b, c)");
}

#[test]
fn structs_have_names_with_dots() {
    is("a.b.C{x: 1, ?y: z,}", "a.b.C{x: 1, ?y: z}");
    is("C{}", "C{}");
    is("C{}.x", "C{}.x");
    mistake("(a.b){}");
    mistake("a[0]{}");
}

#[test]
fn comments_and_white_space_are_skipped() {
    is("a // the first\n + b", "_+_(a, b)");
    is("\t\u{c}a\r\n", "a");
    mistake("a\u{a0}");
}

#[test]
fn has_tests_a_field() {
    is("has(a.b.c)", "a.b.c~");
    is("has(has(a.b))", "a.b~");
    mistake("has(a)");
    mistake("has(a.?b)");
    mistake("has(a['b'])");
}

#[test]
fn quantifiers_are_loops() {
    let all = "fold(x in a; @result = true; while @not_strictly_false(@result); \
               _&&_(@result, x); @result)";
    is("a.all(x, x)", all);
    let exists = "fold(k, v in a; @result = false; while @not_strictly_false(!_(@result)); \
                  _||_(@result, v); @result)";
    is("a.exists(k, v, v)", exists);
    let one = "fold(x in a; @result = 0; while true; \
               _?_:_(x, _+_(@result, 1), @result); _==_(@result, 1))";
    is("a.exists_one(x, x)", one);
    is("a.existsOne(x, x)", "a.existsOne(x, x)");
    is("a.existsOne(k, v, v)", &one.replace("x in", "k, v in").replace("(x,", "(v,"));
}

#[test]
fn transformations_are_loops() {
    is("a.map(x, f)", "fold(x in a; @result = []; while true; _+_(@result, [f]); @result)");
    let filter = "fold(x in a; @result = []; while true; \
                  _?_:_(p, _+_(@result, [x]), @result); @result)";
    is("a.filter(x, p)", filter);
    is("a.map(x, p, f)", &filter.replace("[x]", "[f]"));
    is("a.transformList(k, x, p, f)", &filter.replace("x in", "k, x in").replace("[x]", "[f]"));
    let map = "fold(k, v in a; @result = {}; while true; cel.@mapInsert(@result, k, v); @result)";
    is("a.transformMap(k, v, v)", map);
    is("a.transformMapEntry(k, v, {v: k})", &map.replace("k, v);", "{v: k});"));
}

#[test]
fn bindings_are_loops_over_nothing() {
    let bound = "fold(#unused in []; x = a; while false; x; b)";
    is("cel.bind(x, a, b)", bound);
    is("other.bind(x, a, b)", "other.bind(x, a, b)");
    let flat = bound.replace("x = a", "x = a.value()");
    is("a.optFlatMap(x, b)", &format!("_?_:_(a.hasValue(), {flat}, optional.none())"));
    let of = format!("_?_:_(a.hasValue(), optional.of({flat}), optional.none())");
    is("a.optMap(x, b)", &of);
    let input = "@__sortBy_input__";
    let keys =
        format!("fold(x in {input}; @result = []; while true; _+_(@result, [x.k]); @result)");
    let sorted = format!("{input}.@sortByAssociatedKeys({keys})");
    is(
        "a.sortBy(x, x.k)",
        &format!("fold(#unused in []; {input} = a; while false; {input}; {sorted})"),
    );
}

#[test]
fn a_macro_with_another_number_of_arguments_is_a_call() {
    is("has(a.b, c)", "has(a.b, c)");
    is("a.all(x)", "a.all(x)");
    is("all(a, x)", "all(a, x)");
}

#[test]
fn each_node_has_its_own_number() {
    let ast = parse("a.b.optMap(x, [x]).optMap(y, {y: y}).sortBy(z, -z)").unwrap();
    let mut nodes = vec![&ast.root];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(node) = nodes.pop() {
        assert!(seen.insert(node.id), "{node:?}");
        assert!(usize::try_from(node.id).unwrap() < ast.offsets.len());
        nodes.extend(node.children());
    }
}
