//! Numbers of JSON are the same ints and doubles as the API server's, to the last bit.

use fastrand::Rng;
use kubernetes_cel::{Fields, Value, decode};
use libtest_mimic::Failed;
use serde::Deserialize;

use crate::oracle::Oracle;
use crate::random::situation;

/// Numbers that are asked about at a time.
const CHUNK: usize = 10_000;

/// A number as an engine reads it.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Number {
    Int(i64),
    /// The bits in hexadecimal digits.
    Double(String),
    /// No number that fits.
    Error(String),
}

/// Compares so many random numbers.
pub fn run(seed: u64, count: usize) -> Result<(), Failed> {
    let mut rng = Rng::with_seed(seed);
    let mut oracle = Oracle::start(&situation())?;
    for _ in 0..count.div_ceil(CHUNK) {
        let texts: Vec<_> = (0..CHUNK).map(|_| text(&mut rng)).collect();
        for (text, theirs) in texts.iter().zip(oracle.numbers(&texts)?) {
            let is_same = match (ours(text), theirs) {
                (Number::Error(_), Number::Error(_)) => true,
                (ours, theirs) => ours == theirs,
            };
            if !is_same {
                return Err(format!("seed {seed}: {text} is {:?}", ours(text)).into());
            }
        }
    }
    Ok(())
}

fn ours(text: &str) -> Number {
    match decode(text, Fields::whole()) {
        Ok(Value::Int(int)) => Number::Int(int),
        Ok(Value::Double(double)) => Number::Double(format!("{:016x}", double.to_bits())),
        Ok(other) => Number::Error(format!("{other:?}")),
        Err(error) => Number::Error(error.to_string()),
    }
}

/// A number in one of the forms that readers get wrong.
fn text(rng: &mut Rng) -> String {
    let sign = if rng.bool() { "" } else { "-" };
    let digits =
        |rng: &mut Rng, number: usize| -> String { (0..number).map(|_| rng.digit(10)).collect() };
    // No zero in front, and no text that is just -0.
    let first = char::from(rng.u8(b'1'..=b'9'));
    match rng.u8(..5) {
        // Any double, with so many digits that it must be rounded.
        0 => {
            let double = f64::from_bits(rng.u64(..) & !(1 << 63));
            if double.is_finite() {
                format!("{sign}{double:.*e}", rng.usize(14..24))
            } else {
                "1".to_owned()
            }
        }
        // Halfway between two doubles, and a little beside.
        1 => format!(
            "{sign}{}{}",
            9_007_199_254_740_993_u64 + 2 * rng.u64(..1 << 40),
            [".0", ".5", "e0", ".0000000000000000000000001"][rng.usize(..4)]
        ),
        // An int, or a little too much for one.
        2 => {
            let number = rng.usize(..20);
            format!("{sign}{first}{}", digits(rng, number))
        }
        3 => {
            let (number, places) = (rng.usize(..18), rng.usize(1..25));
            format!("{sign}{first}{}.{}", digits(rng, number), digits(rng, places))
        }
        // To both ends of the range, and beyond.
        _ => {
            let places = rng.usize(1..20);
            format!("{sign}{first}.{}e{}", digits(rng, places), rng.i32(-345..312))
        }
    }
}
