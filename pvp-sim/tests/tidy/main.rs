//! Owns the tests that read the source of the whole workspace and say what to use instead of what they find.
//!
//! Each rule is a function of a text, so that the tests below can show it failing on a planted fault.

mod source;
mod rules;
mod manifests;
mod claims;
mod planted;

use source::workspace_sources;

fn report(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}

#[test]
fn every_source_file_keeps_the_rules() {
    let sources = workspace_sources();
    assert!(sources.len() > 10, "the workspace was not found");
    report(&sources.iter().flat_map(rules::findings).collect::<Vec<_>>());
}

#[test]
fn the_documents_name_tests_that_exist() {
    let sources = workspace_sources();
    let findings = claims::DOCUMENTS
        .iter()
        .flat_map(|document| claims::findings(document, &source::read(document), &sources));
    report(&findings.collect::<Vec<_>>());
}

#[test]
fn dependencies_point_in_one_direction() {
    report(&manifests::dependency_findings(&manifests::workspace_manifests()));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    report(&manifests::lint_findings(&manifests::workspace_manifests()));
}

#[test]
fn the_version_is_in_the_changelog() {
    let root = source::read("Cargo.toml");
    report(&manifests::changelog_findings(&root, &source::read("CHANGELOG.md")));
}

#[test]
fn only_one_module_of_the_session_crate_names_the_simulation() {
    let outside = |source: &&source::Source| {
        source.path.starts_with("pvp-net/src/")
            && source.path != "pvp-net/src/sim.rs"
            && !source.path.starts_with("pvp-net/src/sim/")
            && source.code_lines().any(|(_, line)| line.contains("pvp_sim"))
    };
    let sources = workspace_sources();
    let findings: Vec<String> = sources
        .iter()
        .filter(outside)
        .map(|source| source.path.clone())
        .collect();
    report(&findings);
}
