//! From measurements to ratios and goals.

use std::time::Duration;

use crate::process::Contender;

/// The work of a server in one round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    pub answered: u32,
    pub took: Duration,
    pub cpu: Duration,
}

impl Round {
    fn cpu_per_review(&self) -> f64 {
        self.cpu.as_secs_f64() / f64::from(self.answered)
    }

    fn throughput(&self) -> f64 {
        f64::from(self.answered) / self.took.as_secs_f64()
    }

    /// The share of its core that the server used: below 1, the client was the limit.
    fn utilisation(&self) -> f64 {
        self.cpu.as_secs_f64() / self.took.as_secs_f64()
    }
}

/// The rounds of some servers under one load.
pub struct Load {
    name: String,
    contenders: Vec<Contender>,
    /// The rounds, each with one entry for each contender.
    rounds: Vec<Vec<Round>>,
}

impl Load {
    pub fn new(name: impl Into<String>, contenders: Vec<Contender>) -> Self {
        Self { name: name.into(), contenders, rounds: Vec::new() }
    }

    pub fn add(&mut self, round: Vec<Round>) {
        self.rounds.push(round);
    }

    fn place(&self, contender: Contender) -> Option<usize> {
        self.contenders.iter().position(|it| *it == contender)
    }

    /// The median over rounds of a ratio within a round; `None` unless both were measured.
    fn ratio(&self, of: impl Fn(&Round) -> f64, ours: Contender, to: Contender) -> Option<f64> {
        let (ours, to) = (self.place(ours)?, self.place(to)?);
        let ratios = self.rounds.iter().map(|round| of(&round[ours]) / of(&round[to]));
        Some(median(ratios.collect()))
    }

    /// The ratio of a contender to `constant`. Both must have been measured, as for all goals.
    fn to_constant(&self, contender: Contender, of: impl Fn(&Round) -> f64) -> f64 {
        self.ratio(of, contender, Contender::Constant).unwrap()
    }

    pub fn print(&self) {
        println!("\n{}", self.name);
        println!(
            "  {:<18}{:>12}{:>8}{:>12}{:>8}{:>12}",
            "", "CPU/review", "ratio", "reviews/s", "ratio", "core used"
        );
        for (place, &contender) in self.contenders.iter().enumerate() {
            let middle = |of: fn(&Round) -> f64| {
                median(self.rounds.iter().map(|round| of(&round[place])).collect())
            };
            println!(
                "  {:<18}{:>9.1} us{:>8.2}{:>12.0}{:>8.2}{:>11.0}%",
                contender.name(),
                middle(Round::cpu_per_review) * 1e6,
                self.to_constant(contender, Round::cpu_per_review),
                middle(Round::throughput),
                self.to_constant(contender, Round::throughput),
                middle(Round::utilisation) * 100.0,
            );
        }
        let before = self.ratio(Round::cpu_per_review, Contender::Real, Contender::Before);
        if let Some(ratio) = before {
            println!("  CPU per review, now to before: {ratio:.3}");
        }
    }
}

/// Percentiles of the time that answers took.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    p50: Duration,
    p99: Duration,
    p999: Duration,
}

impl Latency {
    pub fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| latencies[(share * (latencies.len() - 1) as f64) as usize];
        Self { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
    }

    /// The median over rounds of each percentile.
    pub fn median(rounds: &[Self]) -> Self {
        let of = |pick: fn(&Self) -> Duration| median(rounds.iter().map(pick).collect());
        Self { p50: of(|it| it.p50), p99: of(|it| it.p99), p999: of(|it| it.p999) }
    }
}

pub fn print_latencies(latencies: &[(Contender, Latency)]) {
    println!("\n1,000 reviews/s over 8 connections, from when a request was due");
    println!("  {:<18}{:>12}{:>12}{:>12}", "", "p50", "p99", "p99.9");
    for (contender, latency) in latencies {
        let [p50, p99, p999] = [latency.p50, latency.p99, latency.p999].map(|it| it.as_micros());
        println!("  {:<18}{p50:>9} us{p99:>9} us{p999:>9} us", contender.name());
    }
}

/// Prints idle and peak memory, in KiB.
pub fn print_memory(memory: &[(Contender, [u64; 2])]) {
    println!("\nresident memory\n  {:<18}{:>13}{:>13}", "", "idle", "peak");
    for (contender, memory) in memory {
        let [idle, peak] = memory.map(|it| it as f64 / 1024.0);
        println!("  {:<18}{idle:>9.1} MiB{peak:>9.1} MiB", contender.name());
    }
}

/// The measurements that are compared with the project's goals.
pub struct Goals {
    /// The five updates with our own clients.
    pub updates: Vec<Load>,
    /// Two large objects.
    pub large: Load,
    /// The five updates with `h2load`; empty where it is not installed.
    pub by_h2load: Vec<Load>,
    pub latency: Latency,
    /// The resident memory when idle, in KiB.
    pub idle: u64,
    pub start: Duration,
}

impl Goals {
    /// Prints each goal and whether it is met; returns whether all are.
    pub fn print(&self) -> bool {
        println!("\ngoals");
        let mut all = true;
        let mut goal = |what: &str, value: f64, is_met: bool, wanted: &str| {
            all &= is_met;
            let verdict = if is_met { "met" } else { "MISSED" };
            println!("  {what:<48}{value:>8.2}  {wanted:<14}{verdict}");
        };
        for load in self.updates.iter().chain(&self.by_h2load) {
            let cpu = load.to_constant(Contender::Real, Round::cpu_per_review);
            goal(&format!("CPU per review, {}", load.name), cpu, cpu <= 1.45, "at most 1.45");
        }
        let cpu = self.large.to_constant(Contender::Real, Round::cpu_per_review);
        goal(&format!("CPU per review, {}", self.large.name), cpu, cpu <= 1.5, "at most 1.5");
        for load in &self.by_h2load {
            let rate = load.to_constant(Contender::Real, Round::throughput);
            goal(&format!("throughput, {}", load.name), rate, rate >= 0.75, "at least 0.75");
        }
        for load in &self.updates {
            let cpu = load.to_constant(Contender::Policies, Round::cpu_per_review);
            let what = format!("CPU with policies, {}", load.name);
            goal(&what, cpu, cpu <= 3.5, "at most 3.5");
        }
        let millis = |it: Duration| it.as_secs_f64() * 1e3;
        let p99 = millis(self.latency.p99);
        goal("p99 at 1,000 reviews/s, ms", p99, p99 < 1.0, "below 1");
        let idle = self.idle as f64 / 1024.0;
        goal("resident memory when idle, MiB", idle, idle < 15.0, "below 15");
        let start = millis(self.start);
        goal("start to first answer, ms", start, start < 30.0, "below 30");
        all
    }
}

/// The middle value; of an even number, the upper one of the two.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("no NaN is measured"));
    values[values.len() / 2]
}
