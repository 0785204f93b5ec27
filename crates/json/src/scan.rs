//! JSON's tokens. Each function takes the rest of a text and returns what follows its token. `None`
//! means that the text is not ordinary JSON.

use wide::u8x16;

/// Skips white space, and then one byte, which must be this one.
#[inline]
pub(super) fn byte(rest: &[u8], byte: u8) -> Option<&[u8]> {
    let (first, rest) = first(rest)?;
    (first == byte).then_some(rest)
}

/// The next byte after white space, and what follows it.
#[inline]
pub(super) fn first(rest: &[u8]) -> Option<(u8, &[u8])> {
    match rest {
        // An API server writes no white space.
        [first, behind @ ..] if *first > b' ' => Some((*first, behind)),
        _ => spaced(rest),
    }
}

#[cold]
fn spaced(rest: &[u8]) -> Option<(u8, &[u8])> {
    let (first, behind) = space(rest).split_first()?;
    Some((*first, behind))
}

/// Skips white space: the four characters of JSON. Form feed, which Rust counts too, is not one.
#[inline]
pub(super) fn space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\t' | b'\r', behind @ ..] = rest {
        rest = behind;
    }
    rest
}

/// The objects and lists that the scan is inside of, as bits: one for an object and zero for a
/// list, the innermost lowest. The highest one marks the end.
#[derive(Clone, Copy)]
struct Levels(u64);

impl Levels {
    const NONE: Self = Self(1);

    /// Goes one level deeper. `None` if the bits are used up: that is not ordinary.
    #[inline]
    fn push(self, is_object: bool) -> Option<Self> {
        (self.0 >> 63 == 0).then_some(Self(self.0 << 1 | u64::from(is_object)))
    }

    #[inline]
    fn pop(self) -> Self {
        Self(self.0 >> 1)
    }

    #[inline]
    fn is_none(self) -> bool {
        self.0 == Self::NONE.0
    }

    #[inline]
    fn is_object(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Skips any value.
pub(super) fn value(mut rest: &[u8]) -> Option<&[u8]> {
    let mut levels = Levels::NONE;
    loop {
        let (start, behind) = first(rest)?;
        rest = match start {
            b'"' => string(behind)?.0,
            b'{' => match first(behind)? {
                (b'}', behind) => behind,
                (b'"', behind) => {
                    levels = levels.push(true)?;
                    rest = key(behind)?;
                    continue;
                }
                _ => return None,
            },
            b'[' => {
                if let (b']', behind) = first(behind)? {
                    behind
                } else {
                    levels = levels.push(false)?;
                    rest = behind;
                    continue;
                }
            }
            b't' => behind.strip_prefix(b"rue")?,
            b'f' => behind.strip_prefix(b"alse")?,
            b'n' => behind.strip_prefix(b"ull")?,
            digit => number(digit, behind)?,
        };
        loop {
            if levels.is_none() {
                return Some(rest);
            }
            let (next, behind) = first(rest)?;
            rest = behind;
            match (next, levels.is_object()) {
                (b',', true) => {
                    rest = key(byte(rest, b'"')?)?;
                    break;
                }
                (b',', false) => break,
                (b'}', true) | (b']', false) => levels = levels.pop(),
                _ => return None,
            }
        }
    }
}

/// Skips a key, whose opening quote is read, and its colon.
#[inline]
fn key(rest: &[u8]) -> Option<&[u8]> {
    byte(string(rest)?.0, b':')
}

/// Skips a string whose opening quote is read; returns also whether it has escapes.
#[inline]
pub(super) fn string(rest: &[u8]) -> Option<(&[u8], bool)> {
    // Most strings are keys, and short.
    if let Some(block) = rest.first_chunk()
        && let stops = stops(u8x16::new(*block))
        && stops != 0
        && let [b'"', behind @ ..] = rest.get(stops.trailing_zeros() as usize..)?
    {
        return Some((behind, false));
    }
    long_string(rest)
}

#[inline(never)]
fn long_string(rest: &[u8]) -> Option<(&[u8], bool)> {
    match plain(rest, stops) {
        [b'"', behind @ ..] => Some((behind, false)),
        rest => Some((escaped(rest)?, true)),
    }
}

fn stops(block: u8x16) -> u32 {
    (all(block, b'"') | all(block, b'\\') | controls(block)).to_bitmask()
}

/// Skips the rest of a string, from its first escape on.
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

/// Skips an escape whose backslash is read.
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

/// Skips to the first byte that may be more than a character of a string: one that `stops` marks,
/// or one near the text's end. Most of an object is strings, hence sixteen bytes at a time.
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

/// All bits set in each byte that equals this one.
fn all(block: u8x16, byte: u8) -> u8x16 {
    block.simd_eq(u8x16::splat(byte))
}

/// All bits set in each byte that is a control character.
fn controls(block: u8x16) -> u8x16 {
    block.min(u8x16::splat(0x1f)).simd_eq(block)
}

/// Skips a number whose first byte is read.
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
        // A fraction or an exponent without digits.
        [b'.' | b'e' | b'E', ..] => None,
        _ => Some(rest),
    }
}

fn digits(rest: &[u8]) -> &[u8] {
    let end = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(end..).unwrap_or_default()
}
