//! The comparison on random expressions.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::answer::{Answer, Wanted};
use crate::corpus::Corpus;
use crate::oracle::Oracle;
use crate::ours::Ours;
use crate::random::{Generator, situation};
use crate::report::{Difference, Report};

/// Expressions that are asked about at a time; they have a seed of their own.
const CHUNK: usize = 500;

/// Every so many chunks must be bools, as validations must.
const BOOLS: usize = 4;

/// How often Kubernetes is asked again where it answers otherwise. It goes through a map in an order that changes
/// from one time to the next, and its answer may hang on that.
const AGAIN: usize = 40;

/// How much to compare.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub count: usize,
    costs: bool,
}

impl Plan {
    /// Takes its options from the arguments.
    pub fn take(arguments: &mut Vec<String>) -> Result<Self, String> {
        let mut plan = Self { seed: 1, count: 20_000, costs: false };
        let mut rest = Vec::new();
        let mut given = std::mem::take(arguments).into_iter();
        while let Some(argument) = given.next() {
            let mut number = || {
                let value = given.next().ok_or_else(|| format!("{argument} needs a number"))?;
                value.parse::<u64>().map_err(|error| format!("{argument} {value}: {error}"))
            };
            match argument.as_str() {
                "--full" => plan.count = 1_000_000,
                "--seed" => plan.seed = number()?,
                "--count" => plan.count = usize::try_from(number()?).unwrap_or(usize::MAX),
                "--costs" => plan.costs = true,
                _ => rest.push(argument),
            }
        }
        *arguments = rest;
        Ok(plan)
    }

    /// Compares, and fails with the differences that the corpus does not explain.
    pub fn run(self, corpus: &Corpus) -> Result<(), Failed> {
        let situation = situation();
        let next = AtomicUsize::new(0);
        let report = Mutex::new(Report::default());
        let compare = || self.compare(corpus, &situation, &next, &report);
        thread::scope(|scope| {
            let others: Vec<_> = (0..2).map(|_| scope.spawn(compare)).collect();
            others.into_iter().try_for_each(|it| it.join().expect("a comparison panicked"))
        })?;
        let mut report = report.into_inner().expect("no comparison panicked");
        println!("seed {}, {}", self.seed, report.shares());
        println!("{}", report.costs());
        if report.differences.is_empty() && !(self.costs && report.has_costs()) {
            return Ok(());
        }
        let mut oracle = Oracle::start(&situation)?;
        let ours = Ours::new(&situation);
        report.shrink(&mut |expressions, wanted| {
            let theirs = oracle.answers(expressions, wanted)?;
            let ours = expressions.iter().map(|it| ours.answer(it, wanted));
            Ok(ours.zip(theirs).collect())
        })?;
        Err(format!("seed {}: {}", self.seed, report.differences_by_cause()).into())
    }

    /// Compares chunk after chunk until there are none left.
    fn compare(
        self,
        corpus: &Corpus,
        situation: &Value,
        next: &AtomicUsize,
        report: &Mutex<Report>,
    ) -> Result<(), Failed> {
        let mut generator = Generator::new(situation);
        let mut oracle = Oracle::start(situation)?;
        let ours = Ours::new(situation);
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk * CHUNK >= self.count {
                return Ok(());
            }
            let seed = self.seed.wrapping_mul(1 << 32).wrapping_add(chunk as u64);
            let wanted = if chunk % BOOLS == BOOLS - 1 { Wanted::Bool } else { Wanted::Any };
            let number = CHUNK.min(self.count - chunk * CHUNK);
            let expressions = generator.expressions(seed, number, wanted);
            let theirs = oracle.answers(&expressions, wanted)?;
            let mut compared = Vec::with_capacity(number);
            for (expression, theirs) in expressions.into_iter().zip(theirs) {
                let ours = ours.answer(&expression, wanted);
                let mut pair = Difference { expression, wanted, ours, theirs, by_chance: false };
                if pair.wants_another_answer(corpus) {
                    let same = vec![pair.expression.clone(); AGAIN];
                    let answers = oracle.answers(&same, wanted)?;
                    if let Some(theirs) = answers.into_iter().find(|it| pair.ours.equals(it)) {
                        pair = Difference { theirs, by_chance: true, ..pair };
                    }
                }
                compared.push(pair);
            }
            let mut report = report.lock().expect("no comparison panicked");
            for pair in compared {
                report.add(pair, corpus);
            }
        }
    }
}

/// Gives the answers on some expressions, ours and Kubernetes'.
pub type Ask<'a> = dyn FnMut(&[String], Wanted) -> Result<Vec<(Answer, Answer)>, String> + 'a;
