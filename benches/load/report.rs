//! From measurements to ratios and goals.

use std::time::Duration;

use crate::process::Kind;

/// What a server did in one round.
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

    /// How much of its core the server used: below 1, the client was the limit.
    fn utilisation(&self) -> f64 {
        self.cpu.as_secs_f64() / self.took.as_secs_f64()
    }
}

/// Rounds of all servers, in the order of [`Kind::ALL`].
pub struct Load {
    name: &'static str,
    rounds: Vec<[Round; Kind::COUNT]>,
}

impl Load {
    pub fn new(name: &'static str) -> Self {
        Self { name, rounds: Vec::new() }
    }

    pub fn add(&mut self, round: [Round; Kind::COUNT]) {
        self.rounds.push(round);
    }

    /// The median over rounds of the ratio to `constant` within a round.
    fn ratio(&self, server: usize, of: impl Fn(&Round) -> f64) -> f64 {
        median(
            self.rounds
                .iter()
                .map(|round| of(&round[server]) / of(&round[Kind::Constant as usize]))
                .collect(),
        )
    }

    fn median(&self, server: usize, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(|round| of(&round[server])).collect())
    }

    pub fn print(&self) {
        println!("\n{}", self.name);
        println!(
            "  {:<18}{:>12}{:>8}{:>12}{:>8}{:>12}",
            "", "CPU/review", "ratio", "reviews/s", "ratio", "core used"
        );
        for (server, kind) in Kind::ALL.into_iter().enumerate() {
            println!(
                "  {:<18}{:>9.1} us{:>8.2}{:>12.0}{:>8.2}{:>11.0}%",
                kind.name(),
                self.median(server, Round::cpu_per_review) * 1e6,
                self.ratio(server, Round::cpu_per_review),
                self.median(server, Round::throughput),
                self.ratio(server, Round::throughput),
                self.median(server, Round::utilisation) * 100.0,
            );
        }
    }
}

/// Percentiles of how long answers took.
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

    /// Of each percentile the median over rounds.
    pub fn median(rounds: &[Self]) -> Self {
        let of = |pick: fn(&Self) -> Duration| median(rounds.iter().map(pick).collect());
        Self { p50: of(|it| it.p50), p99: of(|it| it.p99), p999: of(|it| it.p999) }
    }
}

pub fn print_latencies(latencies: &[Latency; Kind::COUNT]) {
    println!("\n1,000 reviews/s over 8 connections, from when a request was due");
    println!("  {:<18}{:>12}{:>12}{:>12}", "", "p50", "p99", "p99.9");
    for (kind, latency) in Kind::ALL.into_iter().zip(latencies) {
        let [p50, p99, p999] = [latency.p50, latency.p99, latency.p999].map(|it| it.as_micros());
        println!("  {:<18}{p50:>9} us{p99:>9} us{p999:>9} us", kind.name());
    }
}

pub fn print_memory(idle: &[u64; Kind::COUNT], peak: &[u64; Kind::COUNT]) {
    println!("\nresident memory\n  {:<18}{:>13}{:>13}", "", "idle", "peak");
    for (server, kind) in Kind::ALL.into_iter().enumerate() {
        let [idle, peak] = [idle, peak].map(|it| it[server] as f64 / 1024.0);
        println!("  {:<18}{idle:>9.1} MiB{peak:>9.1} MiB", kind.name());
    }
}

/// What is held against the project's goals.
pub struct Goals {
    pub loads: Vec<Load>,
    /// Empty where `h2load` is not installed.
    pub by_h2load: Vec<Load>,
    pub latency: Latency,
    /// In KiB.
    pub idle: u64,
    pub start: Duration,
}

impl Goals {
    /// Prints each goal and whether it is met; whether all are.
    pub fn print(&self) -> bool {
        println!("\ngoals");
        let mut all = true;
        let mut goal = |what: &str, value: f64, is_met: bool, wanted: &str| {
            all &= is_met;
            let verdict = if is_met { "met" } else { "MISSED" };
            println!("  {what:<48}{value:>8.2}  {wanted:<14}{verdict}");
        };
        let small = &self.loads[..2];
        for load in small.iter().chain(&self.by_h2load) {
            let cpu = load.ratio(Kind::Real as usize, Round::cpu_per_review);
            goal(&format!("CPU per review, {}", load.name), cpu, cpu <= 1.8, "at most 1.8");
        }
        for load in &self.by_h2load {
            let rate = load.ratio(Kind::Real as usize, Round::throughput);
            goal(&format!("throughput, {}", load.name), rate, rate >= 0.75, "at least 0.75");
        }
        for load in small {
            let cpu = load.ratio(Kind::Policies as usize, Round::cpu_per_review);
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

/// The middle one; of an even number the upper of the two.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("no NaN is measured"));
    values[values.len() / 2]
}
