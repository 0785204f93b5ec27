//! The test's own flags, before those that all tests have.

/// What is asked for.
pub struct Options {
    pub seed: u64,
    pub writes: usize,
    /// Tells each kind of disagreement once and shrinks none, instead of ending at the first.
    pub all: bool,
    /// Looks for the kinds of disagreement alone whose name contains this.
    pub about: String,
}

/// The same writes each time, so that a change is judged by what it changes. Other seeds are for a flag.
const SEED: u64 = 1;
const WRITES: usize = 3_000;
const WRITES_IN_FULL: usize = 100_000;

/// Takes the test's own flags out of the arguments of the program: `--seed N`, `--writes N`, `--full`,
/// `--all` and `--about TEXT`.
pub fn take(arguments: &mut Vec<String>) -> Options {
    let mut options = Options { seed: SEED, writes: WRITES, all: false, about: String::new() };
    let mut others = Vec::new();
    let mut rest = std::mem::take(arguments).into_iter();
    while let Some(argument) = rest.next() {
        let mut number = |flag: &str| {
            let value = argument.strip_prefix(flag)?;
            let value = match value.strip_prefix('=') {
                Some(value) => value.to_owned(),
                None if value.is_empty() => rest.next().unwrap_or_default(),
                None => return None,
            };
            Some(value.parse::<u64>().unwrap_or_else(|_| panic!("{flag} wants a number")))
        };
        if let Some(seed) = number("--seed") {
            options.seed = seed;
        } else if let Some(writes) = number("--writes") {
            options.writes = usize::try_from(writes).unwrap_or(usize::MAX);
        } else if argument == "--full" {
            options.writes = WRITES_IN_FULL;
        } else if argument == "--all" {
            options.all = true;
        } else if argument == "--about" {
            options.about = rest.next().unwrap_or_default();
        } else {
            others.push(argument);
        }
    }
    *arguments = others;
    options
}
