//! JSON's tokens. Each function takes what is left of a text and says what is left behind its token;
//! `None` is: not ordinary JSON.

use wide::u8x16;

/// Deeper nesting is not ordinary. One bit a level says whether it is an object.
const MAX_DEPTH: u32 = u64::BITS;

/// Goes behind a byte that must come next behind white space.
#[inline]
pub(super) fn byte(rest: &[u8], byte: u8) -> Option<&[u8]> {
    let (first, rest) = first(rest)?;
    (first == byte).then_some(rest)
}

/// The next byte behind white space, and what is behind it.
#[inline]
pub(super) fn first(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let (first, behind) = rest.split_first()?;
        if !matches!(first, b' ' | b'\n' | b'\t' | b'\r') {
            return Some((*first, behind));
        }
        rest = behind;
    }
}

/// Goes behind any value.
pub(super) fn value(mut rest: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut objects) = (0, 0_u64);
    loop {
        let (start, behind) = first(rest)?;
        rest = match start {
            b'"' => string(behind)?.0,
            b'{' | b'[' => {
                let (next, inner) = first(behind)?;
                // In ASCII a closing bracket is two behind its opening one.
                if next == start + 2 {
                    inner
                } else if depth == MAX_DEPTH {
                    return None;
                } else {
                    depth += 1;
                    objects = objects << 1 | u64::from(start == b'{');
                    rest = if start == b'{' { key(behind)? } else { behind };
                    continue;
                }
            }
            b't' => behind.strip_prefix(b"rue")?,
            b'f' => behind.strip_prefix(b"alse")?,
            b'n' => behind.strip_prefix(b"ull")?,
            digit => number(digit, behind)?,
        };
        loop {
            if depth == 0 {
                return Some(rest);
            }
            let is_object = objects & 1 == 1;
            let (next, behind) = first(rest)?;
            rest = behind;
            match next {
                b',' if is_object => {
                    rest = key(rest)?;
                    break;
                }
                b',' => break,
                b'}' if is_object => {}
                b']' if !is_object => {}
                _ => return None,
            }
            depth -= 1;
            objects >>= 1;
        }
    }
}

#[inline]
fn key(rest: &[u8]) -> Option<&[u8]> {
    byte(string(byte(rest, b'"')?)?.0, b':')
}

/// Goes behind the closing quote of a string whose opening one is read; whether it has escapes.
#[inline]
pub(super) fn string(rest: &[u8]) -> Option<(&[u8], bool)> {
    let special = |block| all(block, b'"') | all(block, b'\\') | controls(block);
    match plain(rest, |block| special(block).to_bitmask()) {
        [b'"', behind @ ..] => Some((behind, false)),
        rest => Some((escaped(rest)?, true)),
    }
}

/// Goes on from a string's first escape.
fn escaped(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest.split_first()? {
            (b'"', behind) => return Some(behind),
            (b'\\', behind) => plain(escape(behind)?, |block| {
                // Much of this is JSON within a string: `\"` is so common that it counts as plain.
                // In front of the lowest bit every backslash escapes a quote and is not escaped.
                let quotes = all(block, b'"').to_bitmask();
                let backslashes = all(block, b'\\').to_bitmask();
                let controls = controls(block).to_bitmask();
                quotes & !(backslashes << 1) | backslashes & !(quotes >> 1) | controls
            }),
            _ => return None,
        };
    }
}

/// Goes behind an escape whose backslash is read.
fn escape(rest: &[u8]) -> Option<&[u8]> {
    match rest.split_first()? {
        (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', behind) => Some(behind),
        (b'u', behind) => {
            let (digits, behind) = behind.split_first_chunk::<4>()?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(behind)
        }
        _ => None,
    }
}

/// Goes to the first byte that may be more than a character of a string: a bit of `stops`, or one
/// near the text's end. Most of a review is strings, hence sixteen bytes at a time.
#[inline]
fn plain(mut rest: &[u8], stops: impl Fn(u8x16) -> u32) -> &[u8] {
    while let Some((block, behind)) = rest.split_first_chunk() {
        let stops = stops(u8x16::new(*block)) & 0xffff;
        if stops != 0 {
            return rest.get(stops.trailing_zeros() as usize..).unwrap_or_default();
        }
        rest = behind;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    rest.get(end.unwrap_or(rest.len())..).unwrap_or_default()
}

/// Ones in each byte that is this one.
fn all(block: u8x16, byte: u8) -> u8x16 {
    block.simd_eq(u8x16::splat(byte))
}

/// Ones in each byte that is a control character.
fn controls(block: u8x16) -> u8x16 {
    block.min(u8x16::splat(0x1f)).simd_eq(block)
}

/// Goes behind a number whose first byte is read.
pub(super) fn number(first: u8, mut rest: &[u8]) -> Option<&[u8]> {
    let mut digit = first;
    if first == b'-' {
        (digit, rest) = rest.split_first().map(|(digit, rest)| (*digit, rest))?;
    }
    rest = match digit {
        b'0' => rest,
        b'1'..=b'9' => digits(rest),
        _ => return None,
    };
    if let [b'.', b'0'..=b'9', behind @ ..] = rest {
        rest = digits(behind);
    }
    match rest {
        [b'e' | b'E', b'+' | b'-', b'0'..=b'9', behind @ ..]
        | [b'e' | b'E', b'0'..=b'9', behind @ ..] => Some(digits(behind)),
        // Neither can stand behind a number: a fraction or an exponent that is broken off.
        [b'.' | b'e' | b'E', ..] => None,
        _ => Some(rest),
    }
}

fn digits(rest: &[u8]) -> &[u8] {
    let end = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(end..).unwrap_or_default()
}
