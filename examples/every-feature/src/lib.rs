//! Owns nothing: this member asks for every optional feature of the three crates, so that `cargo test --workspace` tests all of them.
//!
//! It must not hold code of its own, and nothing may depend on it.
//! The arena's `audio` and `gamepad` need system packages on Linux and `ai` needs keys: those are tested by `.ci/run`.

#[cfg(test)]
mod tests {
    const ASKED: &str = include_str!("../Cargo.toml");
    const CRATES: [(&str, &str); 3] = [
        ("pvp-sim", include_str!("../../../pvp-sim/Cargo.toml")),
        ("pvp-net", include_str!("../../../pvp-net/Cargo.toml")),
        ("weapon-gen", include_str!("../../../weapon-gen/Cargo.toml")),
    ];

    /// The names in a manifest's `[features]`.
    fn features(manifest: &str) -> Vec<&str> {
        let (_, rest) = manifest.split_once("\n[features]\n").expect("the crate has features");
        let section = rest.split("\n[").next().unwrap_or_default();
        let names = section.lines().filter_map(|line| line.split_once(" = "));
        let names = names.map(|(name, _)| name);
        names
            .filter(|name| *name != "default" && !name.starts_with('#'))
            .collect()
    }

    /// Features of `crate_name` that `asked` does not turn on.
    fn forgotten<'a>(asked: &str, crate_name: &str, manifest: &'a str) -> Vec<&'a str> {
        let line = asked.lines().find(|line| line.starts_with(&format!("{crate_name} = ")));
        let line = line.unwrap_or_default();
        let is_asked = |name: &&str| line.contains(&format!("\"{name}\""));
        features(manifest).into_iter().filter(|name| !is_asked(name)).collect()
    }

    #[test]
    fn no_feature_is_left_out_of_the_workspace_tests() {
        for (name, manifest) in CRATES {
            assert!(features(manifest).len() > 1, "{name}: the list of features was read");
            assert_eq!(forgotten(ASKED, name, manifest), Vec::<&str>::new(), "{name}");
        }
    }

    #[test]
    fn a_forgotten_feature_is_named() {
        let asked = ASKED.replace("\"providers\"", "");
        assert_eq!(forgotten(&asked, "weapon-gen", CRATES[2].1), ["providers"]);
    }
}
