//! Arrows only go down: each crate declares its layer, and its manifest names only what that layer may name.
//!
//! A normal or build dependency is held strictly. A dev-dependency may also name the testkit and the mock provider, and an adapter's may
//! name everything of L1, whose fakes and conformance suites its tests need.

use super::Finding;
use super::manifest::{Dependency, Use};
use super::tree::{Member, Tree};

/// The libraries from the lowest up; a library names only those in an earlier row.
const LIBRARY_ORDER: &[&[&str]] =
    &[&["quillon-text"], &["quillon-lang"], &["quillon-workspace"], &["quillon-detect", "quillon-retrieve"]];

/// The library that stands apart from that order: it turns the contract into text, and no other library needs it.
const RENDER: &str = "quillon-render";

/// The client that other clients are made of.
const HTTP: &str = "quillon-http";

/// The crates of L2 that only compute, which a capability may therefore name.
const PURE_LAWS: &[&str] = &["quillon-policy", "quillon-privacy"];

const LAYERS: &str = "L0, L1 (with `kind` contract, port or library), L2, L3, L4, L5, L6, A (the HTTP client with `kind` client) or T";

/// What a manifest declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Base,
    Contract,
    Port,
    Library,
    Law,
    Road,
    Capability,
    Surface,
    Root,
    Adapter,
    Client,
    Tool,
}

impl Layer {
    fn of(member: &Member) -> Option<Self> {
        let declared = |key| member.manifest.text(&["package", "metadata", "quillon", key]);
        Some(match (declared("layer")?, declared("kind")) {
            ("L0", None) => Self::Base,
            ("L1", Some("contract")) => Self::Contract,
            ("L1", Some("port")) => Self::Port,
            ("L1", Some("library")) => Self::Library,
            ("L2", None) => Self::Law,
            ("L3", None) => Self::Road,
            ("L4", None) => Self::Capability,
            ("L5", None) => Self::Surface,
            ("L6", None) => Self::Root,
            ("A", None) => Self::Adapter,
            ("A", Some("client")) => Self::Client,
            ("T", None) => Self::Tool,
            _ => return None,
        })
    }

    /// What a crate of this layer may name, as a sentence for the one who named something else.
    const fn rule(self) -> &'static str {
        match self {
            Self::Base => "L0 names no crate of the workspace",
            Self::Contract => "the contract names L0 and `quillon-text` only",
            Self::Port => "a port names L0 and `quillon-text` only",
            Self::Library => {
                "a library names L0 and lower libraries: text < lang < workspace < {detect, retrieve}; render also the contract"
            }
            Self::Law => "L2 names L1 and L0, never its neighbours",
            Self::Road => {
                "the road names L2, the contract, ports, `quillon-workspace`, `quillon-text` and L0"
            }
            Self::Capability => {
                "a capability names the road, the contract, ports, libraries, policy, privacy and L0; never another capability"
            }
            Self::Surface => {
                "a surface names the contract, `quillon-render`, `quillon-text` and L0; it does not decide"
            }
            Self::Root => "the binary links everything but test tools",
            Self::Adapter => {
                "an adapter names the one port or L2 crate it implements, libraries, the HTTP client and L0"
            }
            Self::Client => {
                "the HTTP client names L0 only, the client of a cloud also the HTTP client; adapters and the binary name them"
            }
            Self::Tool => {
                "a tool never names an adapter or the binary; only the composition root links adapters"
            }
        }
    }
}

/// Whether an edge between crates of these layers points down.
fn points_down(from: (&str, Layer), to: (&str, Layer)) -> bool {
    use Layer::{Adapter, Base, Capability, Client, Contract, Law, Library, Port, Road, Root, Surface, Tool};
    let (to_name, to_layer) = to;
    match from.1 {
        Base => false,
        Contract | Port => to_layer == Base || to_name == "quillon-text",
        Library if from.0 == RENDER => matches!(to_layer, Base | Contract) || to_name == "quillon-text",
        Library => to_layer == Base || is_lower(to_name, from.0),
        Law => matches!(to_layer, Base | Contract | Port | Library),
        Road => {
            matches!(to_layer, Base | Contract | Port | Law)
                || matches!(to_name, "quillon-workspace" | "quillon-text")
        }
        Capability => {
            matches!(to_layer, Base | Contract | Port | Library | Road) || PURE_LAWS.contains(&to_name)
        }
        Surface => matches!(to_layer, Base | Contract) || matches!(to_name, RENDER | "quillon-text"),
        Root => to_layer != Tool,
        Adapter => matches!(to_layer, Base | Client | Library | Port | Law),
        Client => to_layer == Base || (to_name == HTTP && from.0 != HTTP),
        Tool => !matches!(to_layer, Adapter | Client | Root),
    }
}

fn is_lower(library: &str, than: &str) -> bool {
    let rank = |name| LIBRARY_ORDER.iter().position(|row| row.contains(&name));
    rank(library).zip(rank(than)).is_some_and(|(lower, higher)| lower < higher)
}

/// What the tests of a crate may name beyond its layer.
fn allowed_in_tests(from: Layer, to: (&str, Layer)) -> bool {
    let is_l1 = matches!(to.1, Layer::Contract | Layer::Port | Layer::Library);
    matches!(to.0, "quillon-testkit" | "quillon-mock") || (from == Layer::Adapter && is_l1)
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.members.iter().flat_map(|member| check_member(tree, member)).collect()
}

fn check_member(tree: &Tree, member: &Member) -> Vec<Finding> {
    let manifest = &member.manifest;
    let Some(layer) = Layer::of(member) else {
        let line = manifest.line(&["package", "metadata", "quillon", "layer"]);
        let remedy = format!("set `package.metadata.quillon.layer` to one of {LAYERS}");
        let what = format!("`{}` does not declare a layer that is known", member.name());
        return vec![Finding::new(&manifest.path, line, what, remedy).about(member.name())];
    };
    let mut found = Vec::new();
    let is_placed = member.name() == RENDER || LIBRARY_ORDER.concat().contains(&member.name());
    if layer == Layer::Library && !is_placed {
        let line = manifest.line(&["package", "metadata", "quillon", "kind"]);
        let what = format!("library `{}` has no place in the order of libraries", member.name());
        let remedy = "add it to `LIBRARY_ORDER` in `xtask/src/tidy/layers.rs`";
        found.push(Finding::new(&manifest.path, line, what, remedy).about(member.name()));
    }
    let dependencies = manifest.dependencies();
    found.extend(dependencies.iter().filter_map(|edge| check_edge(tree, (member, layer), edge)));
    found.extend(check_adapter(tree, (member, layer), &dependencies));
    found
}

fn check_edge(tree: &Tree, (member, from): (&Member, Layer), edge: &Dependency<'_>) -> Option<Finding> {
    let target = tree.member(edge.package).filter(|target| target.name() != member.name())?;
    // A target without a layer is a finding of its own.
    let to = (target.name(), Layer::of(target)?);
    let in_tests = edge.used_for == Use::Dev && allowed_in_tests(from, to);
    if in_tests || points_down((member.name(), from), to) {
        return None;
    }
    let what = format!("`{}` may not name `{}`", member.name(), edge.package);
    let finding = Finding::new(&member.manifest.path, edge.line, what, from.rule());
    Some(finding.about(format!("{} -> {}", member.name(), edge.package)))
}

/// An adapter implements exactly one trait, so it names exactly one crate that has one to implement.
fn check_adapter(
    tree: &Tree,
    (member, layer): (&Member, Layer),
    edges: &[Dependency<'_>],
) -> Option<Finding> {
    if layer != Layer::Adapter {
        return None;
    }
    let is_trait_crate =
        |name: &str| matches!(tree.member(name).and_then(Layer::of), Some(Layer::Port | Layer::Law));
    let mut named: Vec<_> = edges
        .iter()
        .filter(|edge| edge.used_for != Use::Dev && is_trait_crate(edge.package))
        .map(|edge| edge.package)
        .collect();
    named.sort_unstable();
    named.dedup();
    if named.len() == 1 {
        return None;
    }
    let what = format!("adapter `{}` names {} ports or L2 crates", member.name(), named.len());
    let line = member.manifest.line(&["dependencies"]);
    Some(Finding::new(&member.manifest.path, line, what, Layer::Adapter.rule()).about(member.name()))
}

#[cfg(test)]
mod tests {
    use super::super::Exceptions;
    use super::*;

    /// A house with one crate of each sort.
    const HOUSE: &[(&str, &str)] = &[
        ("base", "L0"),
        ("chat", "L4"),
        ("cli", "L5"),
        ("contract", "L1 contract"),
        ("host", "L1 port"),
        ("host-local", "A"),
        ("aws", "A client"),
        ("http", "A client"),
        ("lang", "L1 library"),
        ("meter", "L2"),
        ("policy", "L2"),
        ("render", "L1 library"),
        ("retrieve", "L1 library"),
        ("review", "L4"),
        ("road", "L3"),
        ("store", "L1 port"),
        ("store-sqlite", "A"),
        ("testkit", "T"),
        ("text", "L1 library"),
        ("vault", "L2"),
        ("workspace", "L1 library"),
    ];

    fn manifest(name: &str, layer: &str, dependencies: &str) -> String {
        let (layer, kind) = layer.split_once(' ').unwrap_or((layer, ""));
        let kind = if kind.is_empty() { String::new() } else { format!("kind = \"{kind}\"\n") };
        format!(
            "[package]\nname = \"{name}\"\n[package.metadata.quillon]\nlayer = \"{layer}\"\n{kind}{dependencies}"
        )
    }

    fn house(edges: &[(&str, &str)], table: &str) -> Tree {
        let dependencies = |name: &str| -> String {
            let rows = edges.iter().filter(|(from, _)| *from == name);
            let rows: String = rows.map(|(_, to)| format!("{to}.workspace = true\n")).collect();
            // Every adapter implements its port, so that the rule on adapters rests.
            let port = match name {
                "host-local" => "quillon-host = { workspace = true }\n",
                "store-sqlite" => "quillon-store = { workspace = true }\n",
                _ => "",
            };
            let port = if rows.contains("quillon-host.") { "" } else { port };
            let rest = if table == "dependencies" { String::new() } else { format!("[{table}]\n") };
            format!("[dependencies]\n{port}{rest}{rows}")
        };
        let mut files: Vec<_> = HOUSE
            .iter()
            .map(|(name, layer)| {
                let text = manifest(&format!("quillon-{name}"), layer, &dependencies(name));
                (format!("crates/quillon-{name}/Cargo.toml"), text)
            })
            .collect();
        files.push((
            "crates/quillon/Cargo.toml".to_owned(),
            manifest("quillon", "L6", &dependencies("quillon")),
        ));
        files.push(("xtask/Cargo.toml".to_owned(), manifest("xtask", "T", &dependencies("xtask"))));
        Tree::of(files).unwrap()
    }

    /// Checks which of the edges from `from` to each of `to` are refused in `table`.
    #[track_caller]
    fn refuses(table: &str, from: &str, to: &[&str], refused: &[&str]) {
        let found: Vec<_> = to
            .iter()
            .filter(|to| !check(&house(&[(from, &format!("quillon-{to}"))], table)).is_empty())
            .copied()
            .collect();
        assert_eq!(found, refused, "{from} in {table}");
    }

    fn all() -> Vec<&'static str> {
        HOUSE.iter().map(|(name, _)| *name).collect()
    }

    /// Everything but what is in `allowed` and the crate itself.
    fn all_but(from: &str, allowed: &[&str]) -> Vec<&'static str> {
        all().into_iter().filter(|name| *name != from && !allowed.contains(name)).collect()
    }

    #[test]
    fn each_layer_names_only_what_is_below_it() {
        let laws = ["base", "contract", "host", "lang", "render", "retrieve", "store", "text", "workspace"];
        let cases: &[(&str, &[&str])] = &[
            ("base", &[]),
            ("aws", &["base", "http"]),
            ("http", &["base"]),
            ("contract", &["base", "text"]),
            ("host", &["base", "text"]),
            ("text", &["base"]),
            ("lang", &["base", "text"]),
            ("workspace", &["base", "lang", "text"]),
            ("retrieve", &["base", "lang", "text", "workspace"]),
            ("render", &["base", "contract", "text"]),
            ("meter", &laws),
            ("road", &["base", "contract", "host", "meter", "policy", "store", "text", "vault", "workspace"]),
            (
                "chat",
                &[
                    "policy",
                    "road",
                    "base",
                    "contract",
                    "host",
                    "lang",
                    "render",
                    "retrieve",
                    "store",
                    "text",
                    "workspace",
                ],
            ),
            ("cli", &["base", "contract", "render", "text"]),
            ("testkit", &all_but("testkit", &["aws", "host-local", "http", "store-sqlite"])),
            ("xtask", &all_but("xtask", &["aws", "host-local", "http", "store-sqlite"])),
            ("quillon", &all_but("quillon", &["testkit"])),
        ];
        for (from, allowed) in cases {
            for table in ["dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
                refuses(table, from, &all(), &all_but(from, allowed));
            }
        }
    }

    #[test]
    fn tests_may_also_name_the_testkit() {
        for from in ["base", "host", "chat", "cli", "road", "meter", "quillon", "host-local"] {
            refuses("dev-dependencies", from, &["testkit"], &[]);
            refuses("dependencies", from, &["testkit"], &["testkit"]);
        }
        refuses(
            "dev-dependencies",
            "chat",
            &["review", "host-local", "meter"],
            &["review", "host-local", "meter"],
        );
    }

    #[test]
    fn an_adapter_implements_one_trait_and_tests_it_with_all_of_l1() {
        refuses("dependencies", "host-local", &["base", "host", "http", "text", "workspace"], &[]);
        let others = ["contract", "meter", "store", "store-sqlite", "road"];
        refuses("dependencies", "host-local", &others, &others);
        refuses("dev-dependencies", "host-local", &others, &["store-sqlite", "road"]);
        let text = manifest("quillon-host-local", "A", "[dependencies]\n");
        let tree = Tree::of(vec![("crates/quillon-host-local/Cargo.toml".to_owned(), text)]).unwrap();
        let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert!(found[0].contains("`quillon-host-local` names 0 ports or L2 crates"), "{found:?}");
    }

    #[test]
    fn a_crate_declares_a_layer_that_is_known() {
        for layer in ["L7", "L1", "L1 helper", "L0 port", ""] {
            let text = manifest("quillon-x", layer, "");
            let tree = Tree::of(vec![("crates/quillon-x/Cargo.toml".to_owned(), text)]).unwrap();
            let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), 1, "{layer}");
            assert!(
                found[0].starts_with("crates/quillon-x/Cargo.toml:4: `quillon-x` does not declare"),
                "{found:?}"
            );
        }
        let text = manifest("quillon-new", "L1 library", "");
        let tree = Tree::of(vec![("crates/quillon-new/Cargo.toml".to_owned(), text)]).unwrap();
        assert!(check(&tree)[0].to_string().contains("has no place in the order of libraries"));
    }

    #[test]
    fn a_finding_names_the_edge_and_its_line() {
        let tree = house(&[("audit", "quillon-vault"), ("meter", "quillon-vault")], "dependencies");
        let findings = check(&tree);
        let expected = "crates/quillon-meter/Cargo.toml:6: `quillon-meter` may not name `quillon-vault`; \
                        L2 names L1 and L0, never its neighbours";
        assert_eq!(findings.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        assert_eq!(findings[0].subject, "quillon-meter -> quillon-vault");
        assert_eq!(Exceptions::default().apply(&[("layers", findings[0].clone())]).len(), 1);
    }
}
