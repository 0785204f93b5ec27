//! Is our CEL that of Kubernetes? `expressions.yaml` has expressions with the verdicts of a real
//! kube-apiserver. The tests evaluate them with our engine, and with kube-apiserver where its programs
//! are installed. Where the two differ on purpose, the file and `docs/cel.md` say why.
//!
//! Write a new expression with any verdict: the failing test prints the right one. Do the same after an
//! update of Kubernetes.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "no server of ours runs here")]
mod cluster;

mod corpus;
mod kubernetes;
mod ours;

use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use cluster::{Binaries, binaries};
use corpus::{Case, Corpus, Topic, Verdict};
use kubernetes::Kubernetes;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::load);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let must_run = arguments.include_ignored;
    let kubernetes = ask_kubernetes(&arguments);
    let mut trials = vec![Trial::test(
        "every_difference_is_about_an_expression",
        every_difference_is_about_an_expression,
    )];
    trials.push(Trial::test("the_number_of_topics_is_that_of_the_tests", || {
        assert_eq!(
            CORPUS.topics.len(),
            binaries::TESTS.conformance,
            "tests/support/cluster/binaries.rs"
        );
        Ok(())
    }));
    for topic in &CORPUS.topics {
        let name = topic.name.replace(' ', "_");
        trials.push(Trial::test(format!("ours::{name}"), || compare(topic, "our engine", ours)));
        let kubernetes = kubernetes.clone();
        let theirs = move || match kubernetes {
            Ok(kubernetes) => {
                let (version, recorded) = (&kubernetes.version, &CORPUS.version);
                let whose = format!("kube-apiserver {version} (recorded: {recorded})");
                let judge =
                    |topic: &Topic, case: &Case| (case.verdict, kubernetes.judge(topic, case));
                compare(topic, &whose, judge).map(|()| Completion::Completed)
            }
            Err(reason) if must_run => Err(reason.into()),
            Err(reason) => Ok(Completion::ignored_with(reason)),
        };
        trials.push(Trial::ignorable_test(format!("{THEIRS}{name}"), theirs));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

const THEIRS: &str = "kubernetes::";

/// Asks kube-apiserver. An error if no test needs its verdicts or its programs are missing.
fn ask_kubernetes(arguments: &Arguments) -> Result<Arc<Kubernetes>, String> {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let is_wanted = |topic: &Topic| format!("{THEIRS}{}", topic.name).contains(filter);
    if arguments.list || !CORPUS.topics.iter().any(is_wanted) {
        return Err("not asked for".to_owned());
    }
    Ok(Arc::new(Kubernetes::ask(&Binaries::find()?, &CORPUS)))
}

/// The verdict that our engine should give, and the one that it gives.
fn ours(topic: &Topic, case: &Case) -> (Verdict, (Verdict, String)) {
    let wanted = CORPUS.differences.get(&case.expression).copied().unwrap_or(case.verdict);
    (wanted, ours::judge(&case.expression, &CORPUS.objects[&topic.kind]))
}

/// Fails with the lines of a topic whose verdicts differ, written with the verdicts given.
fn compare(
    topic: &Topic,
    whose: &str,
    judge: impl Fn(&Topic, &Case) -> (Verdict, (Verdict, String)),
) -> Result<(), Failed> {
    let wrong: Vec<_> = topic
        .cases
        .iter()
        .filter_map(|case| {
            let (wanted, (given, why)) = judge(topic, case);
            let line = || format!("    {given:<8} {}\n        not {wanted} {why}", case.expression);
            (given != wanted).then(line)
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("other verdicts of {whose}:\n{}", wrong.join("\n")).into())
}

/// Fails where a difference names an unknown expression, or one on which the verdicts are equal.
fn every_difference_is_about_an_expression() -> Result<(), Failed> {
    let verdict = |expression: &str| {
        let mut cases = CORPUS.topics.iter().flat_map(|topic| &topic.cases);
        cases.find(|case| case.expression == expression).map(|case| case.verdict)
    };
    for (expression, ours) in &CORPUS.differences {
        match verdict(expression) {
            None => return Err(format!("there is no expression {expression}").into()),
            Some(theirs) if theirs == *ours => {
                return Err(format!("no difference: {expression}").into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}
