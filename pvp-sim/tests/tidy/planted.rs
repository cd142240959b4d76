//! Owns the proof that each rule can fail: a planted fault, and what the rule says about it.

use crate::manifests::{self, Manifest};
use crate::rules;
use crate::source::Source;

/// What the rules say about a file of the simulation with this body.
fn found(body: &str) -> Vec<String> {
    rules::findings(&Source {
        path: "pvp-sim/src/planted.rs".into(),
        text: format!("//! Owns a planted fault.\n{body}"),
    })
}

fn assert_one(body: &str, expected: &str) {
    let findings = found(body);
    assert!(
        findings.len() == 1 && findings[0].contains(expected),
        "{expected}: {findings:?}"
    );
}

#[test]
fn a_float_is_found() {
    assert_one(concat!("fn drag(v: f", "32) {}\n"), "use Fx");
    assert_one(concat!("const HALF: i32 = 2_f", "64 as i32;\n"), "use Fx");
    assert_eq!(
        found("fn buf32() { let v = 0xf32; }\n"),
        [""; 0],
        "an identifier that ends like a float"
    );
    assert_eq!(found(concat!("fn a() {} // not an f", "32\n")), [""; 0], "a comment");
}

#[test]
fn a_pointer_sized_field_is_found() {
    let state =
        |field: &str| format!("#[derive(Clone, Copy, Pod, Zeroable)]\n#[repr(C)]\nstruct S {{\n    {field}\n}}\n");
    assert_one(&state(concat!("count: us", "ize,")), "use u32");
    assert_one(&state(concat!("pub slots: [is", "ize; 4],")), "use u32");
    assert_eq!(found(&state("count: u32,")), [""; 0]);
    assert_eq!(
        found(concat!("struct View<'a> {\n    index: us", "ize,\n}\n")),
        [""; 0],
        "not plain data"
    );
}

#[test]
fn an_order_that_memory_decides_is_found() {
    assert_one(concat!("fn hits(map: &Hash", "Map<u32, u32>) {}\n"), "slot order");
    assert_one(
        concat!(
            "fn sort(hits: &mut [u32]) { hits.sort_",
            "unstable_by_key(|h| h & 1); }\n"
        ),
        "equal keys",
    );
}

#[test]
fn hidden_state_is_found() {
    assert_one(
        concat!("fn cache(c: &core::cell::Ref", "Cell<u32>) {}\n"),
        "not in the snapshot",
    );
    assert_one(concat!("static ", "mut COUNT: u32 = 0;\n"), "not in the snapshot");
}

#[test]
fn a_build_that_changes_behavior_is_found() {
    assert_one(concat!("fn a() { debug_", "assert!(true); }\n"), "dev and release");
    assert_one(
        concat!("fn a(v: u32) -> [u8; 4] { v.to_ne", "_bytes() }\n"),
        "to_le_bytes",
    );
}

#[test]
fn words_that_the_style_bans_are_found() {
    assert_one(concat!("fn ", "get_stats() {}\n"), "name the noun");
    assert_one(concat!("#[", "ignore]\nfn slow() {}\n"), "make the test fast");
    assert_one(concat!("// A nice colo", "ur.\n"), "write color");
}

#[test]
fn long_files_and_functions_are_found() {
    assert_one(&"// A line.\n".repeat(600), "split the file");
    let body = "    let a = 1;\n".repeat(59);
    assert_one(
        &format!("pub(crate) const fn long() {{\n{body}}}\n"),
        "61 lines in a function",
    );
    assert_eq!(
        found(&format!("fn fits() {{\n{}}}\n", "    let a = 1;\n".repeat(58))),
        [""; 0]
    );
}

#[test]
fn a_file_without_module_docs_is_found() {
    let findings = rules::findings(&Source {
        path: "pvp-net/src/a.rs".into(),
        text: "fn a() {}\n".into(),
    });
    assert!(findings[0].contains("starts without"), "{findings:?}");
}

#[test]
fn a_dependency_against_the_direction_is_found() {
    let planted = |name, text: &str| {
        manifests::dependency_findings(&[Manifest {
            name,
            text: text.into(),
        }])
    };
    assert_eq!(
        planted("pvp-sim", "[dependencies]\npvp-net.workspace = true\n"),
        ["pvp-sim must not depend on pvp-net"]
    );
    assert_eq!(
        planted(
            "pvp-net",
            "[target.'cfg(unix)'.dependencies]\nweapon-gen = { path = \"..\" }\n"
        ),
        ["pvp-net must not depend on weapon-gen"]
    );
    assert_eq!(
        planted("weapon-gen", "[dependencies.arena]\npath = \"..\"\n"),
        ["weapon-gen must not depend on arena"]
    );
    assert_eq!(
        planted("weapon-gen", "[dependencies]\npvp-sim.workspace = true\n"),
        [""; 0]
    );
    assert_eq!(
        planted("pvp-net", "[dev-dependencies]\nweapon-gen.workspace = true\n"),
        [""; 0]
    );
}

#[test]
fn a_manifest_without_the_lints_and_an_old_changelog_are_found() {
    let manifest = Manifest {
        name: "pvp-sim",
        text: "[package]\n".into(),
    };
    assert_eq!(manifests::lint_findings(&[manifest]).len(), 1);
    let changelog = "## [0.1.0] - unreleased\n\n### Added\n\n## [0.0.1]\n\n### Determinism\n";
    assert_eq!(
        manifests::changelog_findings("version = \"0.2.0\"\n", changelog).len(),
        1
    );
    assert_eq!(
        manifests::changelog_findings("version = \"0.1.0\"\n", changelog).len(),
        1
    );
    assert_eq!(
        manifests::changelog_findings("version = \"0.0.1\"\n", changelog),
        [""; 0]
    );
}
