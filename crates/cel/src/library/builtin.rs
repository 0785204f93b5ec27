//! The signatures of what the evaluator does itself: operators that do not always evaluate all their
//! operands, that take an error, or that go by the kind of a value.

/// The signatures, in cel-go's order: the types of `[][0]` hang on which is tried first.
pub(crate) const SIGNATURES: &[&str] = &[
    "_?_:_(bool, T, T) -> T",
    "_&&_(bool, bool) -> bool",
    "_||_(bool, bool) -> bool",
    "@not_strictly_false(bool) -> bool",
    "_==_(T, T) -> bool",
    "_!=_(T, T) -> bool",
    "_[_](list(T), int) -> T",
    "_[_](map(K, V), K) -> V",
    "_[_](optional_type(list(V)), int) -> optional_type(V)",
    "_[_](optional_type(map(K, V)), K) -> optional_type(V)",
    "_[?_](list(V), int) -> optional_type(V)",
    "_[?_](optional_type(list(V)), int) -> optional_type(V)",
    "_[?_](map(K, V), K) -> optional_type(V)",
    "_[?_](optional_type(map(K, V)), K) -> optional_type(V)",
    "_?._(dyn, string) -> optional_type(V)",
    "@in(T, list(T)) -> bool",
    "@in(K, map(K, V)) -> bool",
];
