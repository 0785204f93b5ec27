//! The requests a policy is about: `matchConstraints` and a binding's `matchResources`.

use kubernetes_manifest::Node;

use super::read::MAX_ITEMS;
use super::selector::{Labels, Selector};
use crate::admission::Operation;
use crate::api::{GROUP, Kind, VERSION};
use crate::strict::{Mapping, Strict, meant};

const KEYS: [&str; 5] =
    ["resourceRules", "excludeResourceRules", "namespaceSelector", "objectSelector", "matchPolicy"];
const RULE_KEYS: [&str; 6] =
    ["apiGroups", "apiVersions", "operations", "resources", "resourceNames", "scope"];
const OPERATIONS: [Operation; 4] =
    [Operation::Create, Operation::Update, Operation::Delete, Operation::Connect];
/// The parts of our objects that are written: the object itself and its status.
const PARTS: [&str; 2] = ["", "status"];

/// The conditions a request must meet before any expression is evaluated.
#[derive(Debug, Clone, Default)]
pub struct Constraints {
    rules: Vec<ResourceRule>,
    excluded: Vec<ResourceRule>,
    /// By the labels of the object's namespace; cluster-scoped objects are always selected.
    pub namespaces: Selector,
    /// By the labels of the object as it is or as it was.
    pub objects: Selector,
}

/// Operations on kinds of ours, by the names of objects where there are any.
#[derive(Debug, Clone, Default)]
struct ResourceRule {
    reach: Reach,
    names: Vec<String>,
}

/// A set of what can be done to what: a bit for each operation on each part of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach(u64);

impl Reach {
    /// The number of different things that can be done.
    pub const LEN: usize = Kind::ALL.len() * PARTS.len() * OPERATIONS.len();

    /// Returns the index of something that can be done; `None` for a part that is not ours.
    pub fn index(kind: Kind, part: Option<&str>, operation: Operation) -> Option<usize> {
        let part = PARTS.iter().position(|known| *known == part.unwrap_or_default())?;
        Some((kind as usize * PARTS.len() + part) * OPERATIONS.len() + operation as usize)
    }

    /// Returns whether it holds the thing with this index.
    pub fn contains(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }

    /// Returns whether it is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All that is in it.
    pub fn each(self) -> impl Iterator<Item = (Kind, &'static str, Operation)> {
        let parts = Kind::ALL.into_iter().flat_map(|kind| PARTS.map(|part| (kind, part)));
        let all = parts.flat_map(|(kind, part)| OPERATIONS.map(|it| (kind, part, it)));
        all.enumerate().filter(move |(index, _)| self.contains(*index)).map(|(_, it)| it)
    }

    /// Returns all that is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Constraints {
    /// Returns everything it can match, whatever the names and labels.
    pub fn reach(&self) -> Reach {
        let all = self.rules.iter().fold(Reach::default(), |all, it| all.or(it.reach));
        let excluded = self.excluded.iter().filter(|rule| rule.names.is_empty());
        let excluded = excluded.fold(Reach::default(), |all, it| all.or(it.reach));
        Reach(all.0 & !excluded.0)
    }

    /// Returns everything both can match.
    pub fn common_reach(&self, other: Option<&Self>) -> Reach {
        match other {
            // A binding without rules takes all that its policy takes.
            Some(other) if !other.rules.is_empty() => self.reach().and(other.reach()),
            _ => self.reach(),
        }
    }

    /// Returns whether the rules match this thing done to an object of this name.
    pub fn name_matches(&self, index: usize, name: &str) -> bool {
        let matches = |rule: &ResourceRule| {
            let is_named = rule.names.is_empty() || rule.names.iter().any(|it| it == name);
            rule.reach.contains(index) && is_named
        };
        let is_included = self.rules.is_empty() || self.rules.iter().any(matches);
        is_included && !self.excluded.iter().any(matches)
    }

    /// Returns whether the object is selected as it is or as it was.
    pub fn selects_object(&self, new: Option<&Labels>, old: Option<&Labels>) -> bool {
        let selected = |labels: Option<&Labels>| labels.is_some_and(|it| self.objects.selects(it));
        self.objects.is_empty() || selected(new) || selected(old)
    }

    /// Reads `matchConstraints`, which must have rules, or a binding's `matchResources`, which may.
    /// In an `AdmissionPolicy` (`is_ours`) what is no kind of ours is a mistake.
    pub fn read(strict: &mut Strict<'_>, node: &Node, what: &str, is_ours: bool) -> Self {
        let constraints = strict.mapping(node, what, &KEYS);
        let policies = [("Exact", ()), ("Equivalent", ())];
        // There is one version of our kinds, so that both mean the same.
        strict.word(constraints.get("matchPolicy"), "matchPolicy", &policies);
        let mut rules = |key: &str| -> Vec<ResourceRule> {
            let items = strict.list(constraints.get(key), key, MAX_ITEMS);
            items.iter().map(|item| ResourceRule::read(strict, item, is_ours)).collect()
        };
        let (rules, excluded) = (rules("resourceRules"), rules("excludeResourceRules"));
        Self {
            rules,
            excluded,
            namespaces: Selector::read(
                strict,
                constraints.get("namespaceSelector"),
                "namespaceSelector",
            ),
            objects: Selector::read(strict, constraints.get("objectSelector"), "objectSelector"),
        }
    }

    /// Returns whether it names any resource at all.
    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }
}

impl ResourceRule {
    fn read(strict: &mut Strict<'_>, node: &Node, is_ours: bool) -> Self {
        let rule = strict.mapping(node, "a resource rule", &RULE_KEYS);
        let mut list = |key: &str| {
            let items = strict.texts(rule.get(key), key, MAX_ITEMS);
            if items.is_empty() {
                let text = format!("{key} is missing: a resource rule names at least one");
                strict.report(rule.position_of(key), text);
            }
            items
        };
        let groups = list("apiGroups");
        let versions = list("apiVersions");
        let resources = list("resources");
        let operations = operations(strict, rule);
        let names = strict.texts(rule.get("resourceNames"), "resourceNames", MAX_ITEMS);
        let scopes = [("*", None), ("Namespaced", Some(true)), ("Cluster", Some(false))];
        let scope = strict.word(rule.get("scope"), "scope", &scopes).flatten();
        if is_ours {
            check_ours(strict, rule, &groups, &versions, &resources);
        }

        let mut reach = 0;
        let is_wanted = |wanted: &[String], it: &str| wanted.iter().any(|w| w == "*" || w == it);
        if is_wanted(&groups, GROUP) && is_wanted(&versions, VERSION) {
            for kind in
                Kind::ALL.into_iter().filter(|it| scope.is_none_or(|s| s == it.is_namespaced()))
            {
                for part in PARTS.into_iter().filter(|part| names_part(&resources, kind, part)) {
                    for operation in &operations {
                        let index = Reach::index(kind, Some(part), *operation);
                        reach |= index.map_or(0, |index| 1_u64 << index);
                    }
                }
            }
        }
        Self { reach: Reach(reach), names }
    }
}

/// As the API server matches them: `*` is every object, `*/*` everything, `sandboxes/*` every part
/// of a Sandbox.
fn names_part(resources: &[String], kind: Kind, part: &str) -> bool {
    resources.iter().any(|resource| {
        let (plural, wanted) = resource.split_once('/').unwrap_or((resource, ""));
        (plural == "*" || plural == kind.plural()) && (wanted == "*" || wanted == part)
    })
}

fn operations(strict: &mut Strict<'_>, rule: Mapping<'_>) -> Vec<Operation> {
    let items = strict.list(rule.get("operations"), "operations", OPERATIONS.len());
    if items.is_empty() {
        let text = "operations is missing: a resource rule names at least one";
        strict.report(rule.position_of("operations"), text);
    }
    let named = OPERATIONS.iter().map(|it| (it.name(), std::slice::from_ref(it)));
    let words: Vec<(&str, &[Operation])> = named.chain([("*", &OPERATIONS[..])]).collect();
    let meant = items.iter().filter_map(|item| strict.word(Some(item), "an operation", &words));
    meant.flatten().copied().collect()
}

/// A policy of our own kind that is about others' objects is a mistake that would go unnoticed.
fn check_ours(
    strict: &mut Strict<'_>,
    rule: Mapping<'_>,
    groups: &[String],
    versions: &[String],
    resources: &[String],
) {
    let plurals = Kind::ALL.map(Kind::plural);
    for (key, wanted, known) in
        [("apiGroups", groups, &[GROUP][..]), ("apiVersions", versions, &[VERSION][..])]
    {
        for typed in wanted.iter().filter(|it| *it != "*" && !known.contains(&it.as_str())) {
            let text = format!("{key}: an AdmissionPolicy cannot be about \"{typed}\"");
            strict.report(rule.position_of(key), text + &meant(typed, known));
        }
    }
    for resource in resources {
        let (plural, part) = resource.split_once('/').unwrap_or((resource, ""));
        let (is_known, is_part) =
            (plural == "*" || plurals.contains(&plural), part == "*" || PARTS.contains(&part));
        if !is_known || !is_part {
            let hint = if is_known {
                format!("; there is {plural}/status")
            } else {
                meant(plural, &plurals)
            };
            let text = format!("resources: there is no \"{resource}\" in {GROUP}{hint}");
            strict.report(rule.position_of("resources"), text);
        }
    }
}
