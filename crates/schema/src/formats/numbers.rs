//! Numbers with check digits: of books and credit cards.

use std::sync::LazyLock;

use kubernetes_cel::go::Pattern;

use super::{Lazy, matches};

static CREDIT_CARD: Lazy = LazyLock::new(|| {
    let kinds = [
        "4[0-9]{12}(?:[0-9]{3})?",
        "5[1-5][0-9]{14}",
        "6(?:011|5[0-9][0-9])[0-9]{12}",
        "3[47][0-9]{13}",
        "3(?:0[0-5]|[68][0-9])[0-9]{11}",
        "(?:2131|1800|35[0-9]{3})[0-9]{11}",
    ];
    Pattern::new(&format!("^(?:{})$", kinds.join("|"))).ok()
});

/// A credit card, with anything between its digits.
pub(super) fn is_credit_card(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !matches(&CREDIT_CARD, &digits) {
        return false;
    }
    let doubled = |(index, digit): (usize, u32)| match digit * 2 {
        _ if index % 2 == 0 => digit,
        twice if twice >= 10 => twice - 9,
        twice => twice,
    };
    let digits = digits.chars().rev().filter_map(|digit| digit.to_digit(10));
    digits.enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// The digits of a book's number, of which the last of ten may be `X` for 10.
fn digits(text: &str, length: usize) -> Option<Vec<u32>> {
    let kept = text.chars().filter(|it| !matches!(it, '-' | ' ' | '\t' | '\n' | '\r' | '\u{c}'));
    let kept: Vec<char> = kept.collect();
    let last = kept.len().saturating_sub(1);
    let digit = |(index, character): (usize, &char)| match character {
        'X' if length == 10 && index == last => Some(10),
        other => other.to_digit(10),
    };
    let digits: Option<Vec<_>> = kept.iter().enumerate().map(digit).collect();
    digits.filter(|digits| digits.len() == length)
}

pub(super) fn is_isbn10(text: &str) -> bool {
    digits(text, 10).is_some_and(|digits| {
        digits.into_iter().zip(1..).map(|(digit, place)| digit * place).sum::<u32>() % 11 == 0
    })
}

pub(super) fn is_isbn13(text: &str) -> bool {
    digits(text, 13).is_some_and(|digits| {
        let weights = [1, 3].into_iter().cycle();
        digits.into_iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 10 == 0
    })
}
