//! Is our CEL that of Kubernetes? Four things say so:
//!
//! - `expressions.yaml` has expressions with the verdicts of Kubernetes. Our engine gives the same ones.
//! - On random expressions our engine and Kubernetes' own library agree: on the verdict, on the value and on the
//!   cost. A difference is shrunk and printed.
//! - Random numbers of JSON are the same to both, to the last bit.
//! - The conformance tests of CEL's specification pass.
//!
//! Kubernetes' own library is in `target/envtest/cel-oracle`, which `tests/envtest/build` builds. Without it
//! only the recorded verdicts are compared.
//!
//! Where the two differ on purpose, `expressions.yaml` and `docs/cel.md` say why. Write a new expression with any
//! verdict: the failing test prints the right one. Do the same after an update of Kubernetes.
//!
//! `cargo test --test conformance -- random --seed 7 --count 100000` tries other expressions; `--full` is a million.
#![cfg(test)] // clippy lets only tests unwrap, index and panic

mod answer;
mod corpus;
mod numbers;
mod oracle;
mod ours;
mod random;
mod rendering;
mod report;
mod run;
mod shrink;
mod specification;
mod tokens;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use answer::{Answer, Verdict, Wanted};
use corpus::{Case, Corpus, Topic};
use oracle::Oracle;
use ours::Ours;
use run::Plan;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::load);

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().collect();
    let plan = Plan::take(&mut arguments).unwrap_or_else(|error| panic!("{error}"));
    let arguments = Arguments::from_iter(arguments);
    let must_run = arguments.include_ignored;
    let mut trials = vec![Trial::test(
        "every_difference_is_about_an_expression",
        every_difference_is_about_an_expression,
    )];
    trials.push(Trial::test("tokens_together_are_the_expression", || {
        let cases = CORPUS.topics.iter().flat_map(|topic| &topic.cases);
        for Case { expression, .. } in cases {
            assert_eq!(tokens::tokens(expression).concat(), *expression);
        }
        Ok(())
    }));
    trials.push(Trial::test("a_seed_gives_the_same_expressions_again", || {
        let expressions =
            |seed| random::Generator::new(&random::situation()).expressions(seed, 50, Wanted::Any);
        assert_eq!(expressions(7), expressions(7));
        assert_ne!(expressions(7), expressions(8));
        Ok(())
    }));
    for topic in &CORPUS.topics {
        let name = topic.name.replace(' ', "_");
        trials.push(Trial::test(format!("ours::{name}"), || compare_with_ours(topic)));
        trials.push(needs_oracle(format!("kubernetes::{name}"), must_run, || {
            compare_with_kubernetes(topic)
        }));
    }
    trials.push(needs_oracle("random_expressions".to_owned(), must_run, move || plan.run(&CORPUS)));
    trials.push(needs_oracle("numbers".to_owned(), must_run, move || {
        numbers::run(plan.seed, 10 * plan.count)
    }));
    trials.push(needs_oracle("specification".to_owned(), must_run, specification::run));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that is ignored where the oracle is not built.
fn needs_oracle(
    name: String,
    must_run: bool,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match oracle::find() {
        Ok(_) => test().map(|()| Completion::Completed),
        Err(reason) if must_run => Err(reason.into()),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

fn compare_with_ours(topic: &Topic) -> Result<(), Failed> {
    let ours = Ours::new(&CORPUS.situation(&topic.kind));
    let differences = CORPUS.differences();
    let judge = |case: &Case| ours.answer(&case.expression, Wanted::Bool);
    let wanted =
        |case: &Case| differences.get(case.expression.as_str()).copied().unwrap_or(case.verdict);
    compare("our engine", topic.cases.iter().map(|case| (case, wanted(case), judge(case))))
}

fn compare_with_kubernetes(topic: &Topic) -> Result<(), Failed> {
    let expressions: Vec<_> = topic.cases.iter().map(|case| case.expression.clone()).collect();
    let mut oracle = Oracle::start(&CORPUS.situation(&topic.kind))?;
    let answers = oracle.answers(&expressions, Wanted::Bool)?;
    let given = topic.cases.iter().zip(answers);
    compare("Kubernetes", given.map(|(case, answer)| (case, case.verdict, answer)))
}

/// Fails with the cases that have another verdict than the wanted one, written with the one that they have.
fn compare<'c>(
    whose: &str,
    given: impl Iterator<Item = (&'c Case, Verdict, Answer)>,
) -> Result<(), Failed> {
    let wrong: Vec<_> = given
        .filter(|(_, wanted, answer)| answer.verdict != *wanted)
        .map(|(case, wanted, answer)| {
            let Answer { verdict, message, .. } = answer;
            format!("    {verdict:<8} {}\n        not {wanted} {message}", case.expression)
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("other verdicts of {whose}:\n{}", wrong.join("\n")).into())
}

/// Fails where a difference names an unknown expression, or one on which the verdicts are equal.
fn every_difference_is_about_an_expression() -> Result<(), Failed> {
    let cases = CORPUS.topics.iter().flat_map(|topic| &topic.cases);
    let verdicts: HashMap<_, _> =
        cases.map(|case| (case.expression.as_str(), case.verdict)).collect();
    for (expression, ours) in CORPUS.differences() {
        match verdicts.get(expression) {
            None => return Err(format!("there is no expression {expression}").into()),
            Some(theirs) if *theirs == ours => {
                return Err(format!("no difference: {expression}").into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}
