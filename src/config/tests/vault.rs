//! `[vault]`: which key seals, where it comes from, and in which order provider keys are looked for.

use super::super::KeySource;
use super::super::source::FakeSource;
use super::{file, loaded, refused};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn the_only_key_seals_and_of_several_the_one_that_is_named() {
    let current = |source: &FakeSource| loaded(source).config.vault.current().map(str::to_owned);

    assert_eq!(current(&FakeSource::default()), None);
    let by_variable = FakeSource::default().set("CRUX_VAULT__KEKS__MAIN__KEY", KEY);
    assert_eq!(current(&by_variable).as_deref(), Some("main"));
    let several = by_variable.file("crux.toml", "[vault.keks.old]\nfile = \"old\"");
    assert_eq!(
        current(&several.set("CRUX_VAULT__KEK", "old")).as_deref(),
        Some("old")
    );
}

#[test]
fn a_key_comes_from_one_place_and_one_of_several_must_be_named() {
    for (text, said) in [
        (
            "[vault.keks.a]\nfile = \"a\"\n[vault.keks.b]\nfile = \"b\"",
            "name one of a, b",
        ),
        (
            "vault.kek = \"b\"\n[vault.keks.a]\nfile = \"a\"",
            "there is no [vault.keks.b]",
        ),
        (
            "[vault.keks.a]\nmount = \"transit\"",
            "exactly one of file, key and url",
        ),
        (
            "[vault.keks.a]\nfile = \"a\"\nurl = \"https://bao\"",
            "exactly one of file, key and url",
        ),
        (
            "[vault.keks.a]\nurl = \"https://bao\"",
            "set transit_key and token",
        ),
        ("vault.keks.a.mount = \"../x\"", "a name of letters"),
    ] {
        let refused = refused(&file(text)).join("\n");
        assert!(refused.contains(said), "{text}: {refused}");
    }
}

#[test]
fn the_order_names_each_source_once() {
    let config = loaded(&file("vault.key_order = \"shared, tenant,config\"")).config;
    assert_eq!(
        config.vault.key_order,
        [KeySource::Shared, KeySource::Tenant, KeySource::Config]
    );
    for bad in [
        "",
        "tenant",
        "tenant,config",
        "tenant,config,config",
        "tenant,config,shared,x",
    ] {
        let refused = refused(&file(&format!("vault.key_order = \"{bad}\"")));
        assert!(refused[0].contains("in any order"), "{bad}: {refused:?}");
    }
}

#[test]
fn no_key_and_no_token_is_shown() {
    let text = "[vault]\nkek = \"a\"\n[vault.keks.a]\nkey = \"canary7f\"\n[vault.keks.b]\nurl = \"https://bao\"\n\
                transit_key = \"crux\"\ntoken = \"canary7f\"";
    let config = loaded(&file(text)).config;

    let shown = format!("{config:?}{}", config.render());
    assert!(
        shown.contains("transit_key") && !shown.contains("canary7f"),
        "{shown}"
    );
}
