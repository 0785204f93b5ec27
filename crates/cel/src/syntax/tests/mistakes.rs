use super::mistake;

#[track_caller]
fn is(source: &str, expected: &str) {
    assert_eq!(mistake(source), expected, "{source}");
}

#[test]
fn operators_of_other_languages_are_corrected() {
    is("a = b", "1:3: unexpected '=', did you mean '=='?");
    is("a === b", "1:5: unexpected '=', did you mean '=='?");
    is("a & b", "1:3: unexpected '&', did you mean '&&'?");
    is("a | b", "1:3: unexpected '|', did you mean '||'?");
    is("a and b", "1:3: unexpected 'and', did you mean '&&'?");
    is("not a", "1:5: unexpected 'a' after the end of the expression");
    is("a; b", "1:2: unexpected ';', an expression has no ';'");
    is("“a”", "1:1: unexpected '“', strings are in ' or \"");
    is("a @ b", "1:3: unexpected character '@'");
}

#[test]
fn what_was_expected_is_named_with_what_was_found() {
    is("", "1:1: expected an expression, but found the end");
    is("a +", "1:4: expected an expression, but found the end");
    is("a.", "1:3: expected the name of a field after '.', but found the end");
    is("a.1", "1:2: unexpected '.1' after the end of the expression");
    is("a. == b", "1:4: expected the name of a field after '.', but found '=='");
    is("{'a' 1}", "1:6: expected ':' after the key, but found '1'");
    is("a ? b", "1:6: expected ':' to close the '?' at 1:3, but found the end");
    is("a b", "1:3: unexpected 'b' after the end of the expression");
    is("a)", "1:2: unexpected ')', which closes nothing");
    is("a == 'x'\n  && (b ==\n  ?)", "3:3: expected an expression, but found '?'");
}

#[test]
fn an_unclosed_bracket_is_named_with_its_place() {
    is("(a", "1:3: expected ')' to close the '(' at 1:1, but found the end");
    is("f(a, b", "1:7: expected ',' or ')' to close the '(' at 1:2, but found the end");
    is("[a,\n b c]", "2:4: expected ',' or ']' to close the '[' at 1:1, but found 'c'");
    is("a[0", "1:4: expected ']' to close the '[' at 1:2, but found the end");
    is("{'a': b", "1:8: expected ',' or '}' to close the '{' at 1:1, but found the end");
}

#[test]
fn an_unclosed_string_is_told_where_it_begins() {
    is("a == 'b", "1:6: the string that begins here must end with '");
    is("a == \"\"\"b", "1:6: the string that begins here must end with \"\"\"");
    is("'a\nb'", "1:1: the string that begins here must end on its line, or begin with '''");
    is("'a\\", "1:1: the string that begins here must end with '");
}

#[test]
fn a_wrong_escape_is_told_where_it_is() {
    is(r"'é\d'", r"1:3: unknown escape '\d'; a backslash is written '\\', or as it is in r'...'");
    is(r"'\ud800'", r"1:2: '\u' needs the 4 hexadecimal digits of a character");
    is(r"'\uFFF'", r"1:2: '\u' needs the 4 hexadecimal digits of a character");
    is(r"'\U00110000'", r"1:2: '\U' needs the 8 hexadecimal digits of a character");
    is(r"'\x+1'", r"1:2: '\x' needs 2 hexadecimal digits");
    is(r"'\400'", r"1:2: '\' needs 3 octal digits, from 000 to 377");
    is(
        r"b'\u0041'",
        r"1:3: bytes have no '\u'; write the character itself, or its bytes as '\xff'",
    );
}

#[test]
fn numbers_out_of_range_are_refused() {
    is("9223372036854775808", "1:1: 9223372036854775808 is no int: it needs more than 64 bits");
    is("--9223372036854775808", "1:3: 9223372036854775808 is no int: it needs more than 64 bits");
    is("-9223372036854775809", "1:2: -9223372036854775809 is no int: it needs more than 64 bits");
    is(
        "18446744073709551616u",
        "1:1: 18446744073709551616u is no uint: it needs more than 64 bits",
    );
    is("1e309", "1:1: 1e309 is no double: it is too large");
}

#[test]
fn names_that_cannot_be_used_are_told() {
    is("namespace == 'a'", "1:1: 'namespace' is reserved and cannot be the name of a variable");
    is("a.in", "1:3: 'in' cannot be a field's name after '.', use ['in']");
    is("a.`b-c`", "1:3: names in backticks are not supported, use ['b-c']");
    is("!-a", "1:3: expected a number; put '-...' in parentheses, but found 'a'");
    is(
        "-!a",
        "1:2: expected an operand; put one with another '!' or '-' in parentheses, but found '!'",
    );
}

#[test]
fn macros_need_names_for_their_variables() {
    is("a.all(x.y, true)", "1:9: the variable must be a simple name");
    is("a.all(x, x, true)", "1:10: the variables must have different names, not 'x' twice");
    is("a.map(__result__, 1)", "1:7: '__result__' cannot be the name of a variable");
    is("has(a)", "1:5: has() needs a field, as in has(object.field)");
    is("1.sortBy(a, a)", "1:1: sortBy needs a list before its name");
}
