//! `rules`: the list of rules.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::print;
use crate::api::Kind;
use crate::rules::{Configurability, RULES, Registered};

/// List the rules: id, default action, class, kinds, summary
#[derive(Debug, Args)]
pub struct RulesCommandArgs {
    /// The format of the list
    #[arg(long, short, value_enum, default_value_t = RulesOutput::Text)]
    output: RulesOutput,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RulesOutput {
    Text,
    Json,
    Markdown,
}

impl RulesCommandArgs {
    /// Prints the list.
    pub fn run(self) -> anyhow::Result<()> {
        let text = match self.output {
            RulesOutput::Text => text(),
            RulesOutput::Json => serde_json::to_string_pretty(&json())? + "\n",
            RulesOutput::Markdown => markdown(),
        };
        print(text.as_bytes())
    }
}

fn class(rule: &Registered) -> &'static str {
    match rule.configurability {
        Configurability::Default => "default",
        Configurability::Structural => "structural",
        Configurability::Semantic => "semantic",
    }
}

fn kinds(rule: &Registered) -> Vec<&'static str> {
    rule.kinds.iter().map(|kind| kind.name()).collect()
}

fn text() -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in RULES.iter() {
        let action = rule.default.name();
        let kinds = kinds(rule).join(", ");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{:width$}  {action:20}  {:10}  {kinds}", rule.id, class(rule));
        let _ = writeln!(text, "{:width$}  {}", "", plain(rule.summary));
    }
    text
}

fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}

fn json() -> Value {
    let rules = RULES.iter().map(|rule| {
        let actions: Vec<_> = rule.actions().iter().map(|action| action.name()).collect();
        json!({
            "id": rule.id,
            "kinds": kinds(rule),
            "class": class(rule),
            "default": rule.default.name(),
            "actions": actions,
            "summary": rule.summary,
            "why": rule.why,
        })
    });
    rules.collect()
}

fn markdown() -> String {
    let mut page = String::from(
        "<!-- Made by `sandbox-admission rules --output markdown`; do not edit. -->\n\n\
         # Rules\n\n\
         A rule does what its default action says unless the configuration sets another: \
         `rules: {ID: ACTION}` in the file given with `--config`, or `--rule ID=ACTION`. Structural \
         rules hold what the API itself says and always deny. `deny-when-suspending` denies where a \
         Sandbox is created as, or turned to, Suspended with type Hibernate, or is Suspended and its \
         strategy changes; otherwise it warns. On an update rules look only at what changed.\n",
    );
    for kind in Kind::ALL {
        let _ = write!(
            page,
            "\n## {}\n\n| rule | default | what it says |\n|---|---|---|\n",
            kind.name()
        );
        for rule in RULES.iter().filter(|rule| rule.kinds.contains(&kind)) {
            let (id, default) = (rule.id, rule.default.name());
            let _ = writeln!(page, "| [`{id}`](#{id}) | {default} | {} |", rule.summary);
        }
    }
    page.push_str("\n## Each rule\n");
    for rule in RULES.iter() {
        let actions: Vec<_> = rule.actions().iter().map(|it| format!("`{}`", it.name())).collect();
        let _ = write!(
            page,
            "\n### {}\n\n{} {}\n\n{}; default `{}`, can be {}. Judges {}.\n",
            rule.id,
            rule.summary,
            rule.why,
            match rule.configurability {
                Configurability::Default => "Fills in a value",
                Configurability::Structural => "Structural",
                Configurability::Semantic => "Semantic",
            },
            rule.default.name(),
            actions.join(", "),
            kinds(rule).join(", "),
        );
    }
    page
}
