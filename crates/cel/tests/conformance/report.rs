//! What came of the comparison: shares, costs, and differences by their causes.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use crate::answer::{Answer, Verdict, Wanted};
use crate::corpus::Corpus;
use crate::run::Ask;
use crate::shrink::shrink;

/// How many differences are shrunk, which takes a second or so each.
const SHRUNK: usize = 60;

/// How many of the same cause: their shortest forms may show that it is not the same.
const OF_A_CAUSE: usize = 2;

/// Two answers on one expression.
#[derive(Debug)]
pub struct Difference {
    pub expression: String,
    pub wanted: Wanted,
    pub ours: Answer,
    pub theirs: Answer,
    /// Kubernetes gave this answer when it was asked again, and another one before.
    pub by_chance: bool,
}

impl Difference {
    /// Whether the answers differ in the verdict, the value or the cost, and there is no reason yet.
    pub fn wants_another_answer(&self, corpus: &Corpus) -> bool {
        let Self { expression, ours, theirs, .. } = self;
        theirs.verdict != Verdict::Timeout
            && !ours.equals(theirs)
            && corpus.reason(expression, ours, theirs).is_none()
    }

    /// Whether a policy lets something in that Kubernetes would have denied.
    fn opens(&self) -> bool {
        self.ours.verdict == Verdict::True
    }

    /// What the differences of one cause have in common: the verdicts, and the messages without what is quoted.
    fn cause(&self) -> String {
        format!("{} / {}", cause(&self.ours), cause(&self.theirs))
    }

    /// Whether other answers differ in the same way.
    fn is_like(&self, ours: &Answer, theirs: &Answer) -> bool {
        !ours.agrees(theirs)
            && ours.verdict == self.ours.verdict
            && theirs.verdict == self.theirs.verdict
    }
}

/// What answers of the same kind have in common: the verdict, and the message without what is quoted.
fn cause(answer: &Answer) -> String {
    let unquoted = answer.message.split('\'').step_by(2).collect::<String>();
    let words: Vec<_> = unquoted.split_whitespace().take(8).collect();
    format!("{} {} {}", answer.verdict, answer.kind, words.join(" "))
}

/// What came of it so far.
#[derive(Debug, Default)]
pub struct Report {
    number: usize,
    verdicts: BTreeMap<Verdict, usize>,
    explained: BTreeMap<String, usize>,
    /// Expressions that take Kubernetes too long to compare.
    timeouts: Vec<String>,
    /// How many got our answer only when Kubernetes was asked again.
    by_chance: usize,
    /// Why Kubernetes has no value.
    failures: BTreeMap<String, usize>,
    pub differences: Vec<Difference>,
    shortest: Vec<Difference>,
    equal_costs: usize,
    other_costs: usize,
    over_budget: BTreeMap<(bool, bool), usize>,
    cost_examples: Vec<String>,
}

impl Report {
    /// Counts a pair of answers, and keeps those that differ without a reason.
    pub fn add(&mut self, pair: Difference, corpus: &Corpus) {
        let Difference { expression, ours, theirs, .. } = &pair;
        self.number += 1;
        *self.verdicts.entry(theirs.verdict).or_default() += 1;
        if theirs.verdict == Verdict::Timeout {
            self.timeouts.push(pair.expression);
            return;
        }
        if !theirs.message.is_empty() {
            *self.failures.entry(cause(theirs)).or_default() += 1;
        }
        self.by_chance += usize::from(pair.by_chance);
        self.add_costs(expression, ours, theirs);
        // Go goes through a map in an order that changes from time to time.
        let goes_through_map =
            ["transform", "map(", "filter("].iter().any(|it| expression.contains(it));
        if ours.agrees(theirs) || goes_through_map && ours.is_reordered(theirs) {
            return;
        }
        match corpus.reason(expression, ours, theirs) {
            Some(reason) => *self.explained.entry(reason.to_owned()).or_default() += 1,
            None => self.differences.push(pair),
        }
    }

    fn add_costs(&mut self, expression: &str, ours: &Answer, theirs: &Answer) {
        *self.over_budget.entry((ours.over_budget, theirs.over_budget)).or_default() += 1;
        if !ours.agrees(theirs) {
            return;
        }
        if let (Some(our), Some(their)) = (ours.cost, theirs.cost) {
            if our == their {
                self.equal_costs += 1;
            } else {
                self.other_costs += 1;
                let is_short = expression.len() < 50;
                if is_short && self.cost_examples.len() < 12 {
                    self.cost_examples.push(format!("    {our} not {their}  {expression}"));
                }
            }
        }
    }

    /// Whether costs differ.
    pub fn has_costs(&self) -> bool {
        self.other_costs > 0
    }

    /// What share of the expressions has which verdict of Kubernetes.
    pub fn shares(&self) -> String {
        let mut text = format!("{} expressions:", self.number);
        for (verdict, number) in &self.verdicts {
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let share = *number as f64 * 100.0 / self.number.max(1) as f64;
            _ = write!(text, " {verdict} {share:.1}%,");
        }
        _ = write!(text, " {} differences", self.differences.len());
        for (reason, number) in most(&self.failures).into_iter().take(12) {
            _ = write!(text, "\n    {number:>6}  {reason}");
        }
        for expression in &self.timeouts {
            _ = write!(text, "\n    timeout: {expression}");
        }
        if self.by_chance > 0 {
            let number = self.by_chance;
            _ = write!(text, "\n    {number} by chance: Kubernetes itself answers now so, now so");
        }
        for (reason, number) in &self.explained {
            _ = write!(text, "\n    {number} explained: {reason}");
        }
        text
    }

    /// How many costs are equal.
    pub fn costs(&self) -> String {
        let both = |ours, theirs| self.over_budget.get(&(ours, theirs)).copied().unwrap_or(0);
        format!(
            "costs: {} equal, {} not; over the budget: {} both, {} ours alone, {} Kubernetes alone\n{}",
            self.equal_costs,
            self.other_costs,
            both(true, true),
            both(true, false),
            both(false, true),
            self.cost_examples.join("\n")
        )
    }

    /// Shrinks some differences of each cause, those that open first.
    pub fn shrink(&mut self, ask: &mut Ask<'_>) -> Result<(), String> {
        self.differences.sort_by_key(|it| (!it.opens(), it.expression.len()));
        let mut causes: HashMap<String, usize> = HashMap::new();
        for difference in &self.differences {
            let of_cause = causes.entry(difference.cause()).or_default();
            *of_cause += 1;
            if *of_cause > OF_A_CAUSE || self.shortest.len() >= SHRUNK {
                continue;
            }
            let wanted = difference.wanted;
            let expression = shrink(&difference.expression, |expressions| {
                let pairs = ask(expressions, wanted)?;
                Ok(pairs.iter().map(|(ours, theirs)| difference.is_like(ours, theirs)).collect())
            })?;
            if self.shortest.iter().any(|it| it.expression == expression) {
                continue;
            }
            let pairs = ask(std::slice::from_ref(&expression), wanted)?;
            for (ours, theirs) in pairs {
                self.shortest.push(Difference {
                    expression: expression.clone(),
                    wanted,
                    ours,
                    theirs,
                    by_chance: false,
                });
            }
        }
        Ok(())
    }

    /// The differences in their shortest form, those that open first, and how many have which cause.
    pub fn differences_by_cause(&self) -> String {
        let opening = self.differences.iter().filter(|it| it.opens()).count();
        let mut text = format!(
            "{} differences, of which {opening} open (true here, not in Kubernetes)\n",
            self.differences.len()
        );
        for Difference { expression, ours, theirs, .. } in &self.shortest {
            _ = write!(text, "\n{expression}\n    ours        {ours}\n    Kubernetes  {theirs}\n");
        }
        let mut causes: BTreeMap<String, usize> = BTreeMap::new();
        self.differences.iter().for_each(|it| *causes.entry(it.cause()).or_default() += 1);
        let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
        for Difference { ours, theirs, .. } in &self.differences {
            let pair = format!("{} / {}", ours.verdict, theirs.verdict);
            *verdicts.entry(pair).or_default() += 1;
        }
        _ = writeln!(text, "\nby verdict (ours / Kubernetes):");
        for (pair, number) in most(&verdicts) {
            _ = writeln!(text, "    {number:>6}  {pair}");
        }
        _ = writeln!(text, "\nby cause (ours / Kubernetes):");
        for (cause, number) in most(&causes).into_iter().take(40) {
            _ = writeln!(text, "    {number:>6}  {cause}");
        }
        text
    }
}

/// The most frequent ones first.
fn most(counts: &BTreeMap<String, usize>) -> Vec<(&str, usize)> {
    let mut counts: Vec<_> = counts.iter().map(|(text, number)| (text.as_str(), *number)).collect();
    counts.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    counts
}
