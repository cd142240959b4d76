//! Owns the rules for the manifests: dependency direction, lints, version.
//!
//! It reads the few forms of TOML that the workspace uses and must not guess at others.

use crate::source;

pub(crate) struct Manifest {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

const MEMBERS: [(&str, &str); 7] = [
    ("pvp-sim", "pvp-sim/Cargo.toml"),
    ("pvp-net", "pvp-net/Cargo.toml"),
    ("weapon-gen", "weapon-gen/Cargo.toml"),
    ("arena", "examples/arena/Cargo.toml"),
    ("every-feature", "examples/every-feature/Cargo.toml"),
    ("pvp-benches", "benches/Cargo.toml"),
    ("pvp-fuzz", "fuzz/Cargo.toml"),
];

/// Which members a member may name as dependencies; those that are not listed may name all.
const ALLOWED: [(&str, &[&str]); 3] = [
    ("pvp-sim", &[]),
    ("pvp-net", &["pvp-sim"]),
    ("weapon-gen", &["pvp-sim"]),
];

/// Members that nothing may depend on.
const LEAVES: [&str; 4] = ["arena", "every-feature", "pvp-benches", "pvp-fuzz"];

pub(crate) fn workspace_manifests() -> Vec<Manifest> {
    MEMBERS
        .iter()
        .map(|(name, path)| Manifest {
            name,
            text: source::read(path),
        })
        .collect()
}

/// The names on the left of every dependency, those for tests excepted.
fn dependencies(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line.contains("dependencies") && !line.contains("dev-dependencies");
            // `[dependencies.NAME]`
            return line
                .trim_matches(['[', ']'])
                .strip_prefix("dependencies.")
                .filter(|_| inside);
        }
        let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
        (inside && !name.is_empty() && !name.starts_with('#')).then_some(name)
    })
}

pub(crate) fn dependency_findings(manifests: &[Manifest]) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests {
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| *name == manifest.name)
            .map(|(_, allowed)| *allowed);
        for dependency in dependencies(&manifest.text) {
            let member = MEMBERS.iter().any(|(name, _)| *name == dependency);
            let forbidden = allowed.is_some_and(|allowed| !allowed.contains(&dependency));
            if member && (forbidden || LEAVES.contains(&dependency)) {
                findings.push(format!("{} must not depend on {dependency}", manifest.name));
            }
        }
    }
    findings
}

pub(crate) fn lint_findings(manifests: &[Manifest]) -> Vec<String> {
    let without = manifests
        .iter()
        .filter(|manifest| !manifest.text.contains("[lints]\nworkspace = true"));
    without
        .map(|manifest| format!("{}: add `[lints]` with `workspace = true`", manifest.name))
        .collect()
}

/// The changelog has a heading for the version of the workspace, with a Determinism group below it.
pub(crate) fn changelog_findings(root_manifest: &str, changelog: &str) -> Vec<String> {
    let version = root_manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "))
        .unwrap_or_default();
    let heading = format!("## [{}]", version.trim_matches('"'));
    let Some((_, section)) = changelog.split_once(&heading) else {
        return vec![format!("CHANGELOG.md: no heading `{heading}`")];
    };
    let section = section.split("\n## [").next().unwrap_or_default();
    if section.contains("### Determinism") {
        vec![]
    } else {
        vec![format!("{heading}: no Determinism group")]
    }
}
