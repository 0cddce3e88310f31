//! `crux models`: its tables, its JSON, its exit codes, and what a person is told of a mistake.

use serde_json::Value;
use tempfile::TempDir;

use super::{crux, err, out, run, sandbox};

/// A home that keeps its data from command to command, and what one of them prints.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn models(&self, args: &[&str]) -> (i32, String, String) {
        let output = crux(&self.0, &[&["models"], args].concat()).output().unwrap();
        (output.status.code().unwrap(), out(&output), err(&output))
    }

    fn json(&self, args: &[&str], code: i32) -> Value {
        let (found, out, err) = self.models(&[args, &["--json"]].concat());
        assert_eq!(found, code, "{args:?}: {out}{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }
}

fn ids(listed: &Value) -> Vec<&str> {
    let models = listed["models"].as_array().unwrap();
    models.iter().map(|model| model["id"].as_str().unwrap()).collect()
}

#[test]
fn every_command_of_models_has_help_with_examples_and_exit_codes() {
    for command in ["list", "get", "refresh", "drift", "set"] {
        let output = run(&["models", command, "--help"]);

        assert_eq!(output.status.code(), Some(0), "{command}: {}", err(&output));
        let help = out(&output);
        assert!(help.contains("Exit codes:"), "{command}: {help}");
        assert!(
            help.contains(&format!("crux models {command}")),
            "{command}: {help}"
        );
    }
}

#[test]
fn what_makes_no_sense_is_exit_code_2() {
    let home = Home::new();
    let wrong: [&[&str]; 7] = [
        &["list", "--can", "fly"],
        &["get"],
        &["set", "openai/gpt-5"],
        &["set", "openai/gpt-5", "--price", "input"],
        &["set", "openai/gpt-5", "--price", "lunch=1"],
        &["set", "openai/gpt-5", "--state", "tired"],
        &["drift", "--max-price-age", "old"],
    ];
    for args in wrong {
        let (code, out, err) = home.models(args);

        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(!err.is_empty(), "{args:?}");
    }
}

#[test]
fn a_list_is_a_table_for_people_and_json_for_programs() {
    let home = Home::new();

    let (code, table, _) = home.models(&["list", "--provider", "anthropic"]);
    let listed = home.json(&["list", "--provider", "anthropic"], 0);
    let found = home.json(&["list", "HAIKU", "--can", "tools"], 0);
    let all = home.json(&["list", "--provider", "anthropic", "--all"], 0);
    let none = home.json(&["list", "--provider", "nobody"], 0);

    assert_eq!(code, 0);
    let mut lines = table.lines();
    assert!(lines.next().unwrap().starts_with("MODEL"), "{table}");
    assert_eq!(lines.count(), ids(&listed).len());
    assert!(
        ids(&listed).iter().all(|id| id.starts_with("anthropic/")),
        "{listed}"
    );
    assert!(!ids(&found).is_empty());
    assert!(ids(&found).iter().all(|id| id.contains("haiku")), "{found}");
    assert!(
        found["models"]
            .as_array()
            .unwrap()
            .iter()
            .all(|model| model["capabilities"]["tools"] == true)
    );
    assert!(ids(&all).len() > ids(&listed).len(), "the retired ones too");
    assert!(ids(&none).is_empty());
}

#[test]
fn a_model_is_shown_by_id_and_by_alias_and_a_wrong_name_is_told() {
    let home = Home::new();

    let (code, sheet, _) = home.models(&["get", "openai/default"]);
    let model = home.json(&["get", "openai/default"], 0);
    let (missing, nothing, words) = home.models(&["get", "openai/none"]);
    let failure = home.json(&["get", "openai/none"], 1);

    assert_eq!(code, 0);
    let id = model["id"].as_str().unwrap();
    assert!(sheet.contains(id) && sheet.contains("openai/default"), "{sheet}");
    assert!(
        model["pricing_nano_usd_per_million"]["version"]
            .as_str()
            .unwrap()
            .starts_with("catalog@"),
        "{model}"
    );
    assert_eq!(home.json(&["get", id], 0), model);
    assert_eq!((missing, nothing.as_str()), (1, ""));
    assert!(words.starts_with("crux: MODEL_NOT_FOUND: "), "{words}");
    assert!(words.contains("\n  mend: "), "{words}");
    assert_eq!(failure["error"]["reason"], "MODEL_NOT_FOUND");
}

#[test]
fn a_change_stays_and_an_old_etag_is_refused() {
    let home = Home::new();
    let before = home.json(&["get", "openai/gpt-5"], 0);
    let etag = before["etag"].as_str().unwrap();

    let change = [
        "set",
        "openai/gpt-5",
        "--alias",
        "fast",
        "--price",
        "input=1.5",
        "--price",
        "output=3",
    ];
    let changed = home.json(
        &[&change[..], &["--price-version", "ours", "--etag", etag]].concat(),
        0,
    );
    let found = home.json(&["get", "fast"], 0);
    let stale = home.json(&["set", "openai/gpt-5", "--name", "x", "--etag", etag], 1);
    let (code, _, words) = home.models(&["set", "openai/gpt-5", "--name", "x", "--etag", etag]);
    let taken = home.json(&["set", "openai/gpt-5-mini", "--alias", "fast"], 1);

    assert_eq!(changed, found, "another command sees it");
    assert_eq!(changed["aliases"], serde_json::json!(["fast"]));
    assert_eq!(
        changed["pricing_nano_usd_per_million"]["input"],
        1_500_000_000_u64
    );
    assert_eq!(changed["pricing_nano_usd_per_million"]["version"], "ours");
    assert_ne!(changed["etag"], before["etag"]);
    assert_eq!(stale["error"]["reason"], "ETAG_MISMATCH");
    assert_eq!(code, 1);
    assert!(words.contains("mend: read it again"), "{words}");
    assert_eq!(taken["error"]["reason"], "RESOURCE_EXISTS");

    let reset = home.json(&["set", "openai/gpt-5", "--reset", "*"], 0);
    assert_eq!(reset["etag"], before["etag"], "as it was");
}

#[test]
fn a_refresh_says_what_came_of_each_provider_and_fails_with_any() {
    let home = Home::new();
    let (_sandbox, address) = sandbox(&home.0);
    let refresh = |fault: &str, args: &[&str]| {
        let base = format!("http://{address}{fault}/openai/v1");
        let output = crux(&home.0, &[&["models", "refresh", "openai"], args].concat())
            .env("OPENAI_API_KEY", "sandbox")
            .env("OPENAI_BASE_URL", base)
            .output()
            .unwrap();
        (output.status.code().unwrap(), out(&output), err(&output))
    };

    let (code, table, words) = refresh("", &[]);
    assert_eq!(code, 0, "{words}");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows[0], ["PROVIDER", "ADDED", "CHANGED", "RETIRED", "RESULT"]);
    assert_eq!(rows[1], ["openai", "5", "0", "0", "ok"]);
    assert!(!home.json(&["get", "openai/gpt-5"], 0)["list_time"].is_null());

    let (code, printed, _) = refresh("/faults/list=types", &["--json"]);
    let failed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(code, 1, "{printed}");
    assert_eq!(failed["refreshes"][0]["error"]["reason"], "PROVIDER_PROTOCOL");
    assert_eq!(
        home.json(&["get", "openai/gpt-5"], 0)["state"],
        "active",
        "what was known is kept"
    );

    let (code, _, words) = home.models(&["refresh", "nobody"]);
    assert_eq!(code, 1);
    assert!(words.contains("nobody"), "{words}");
}

#[test]
fn where_there_is_no_second_list_the_first_does_and_a_lie_does_not() {
    let home = Home::new();
    let (_sandbox, address) = sandbox(&home.0);
    let refresh = |path: &str| {
        let output = crux(&home.0, &["models", "refresh", "xai"])
            .env("XAI_API_KEY", "sandbox")
            .env("XAI_BASE_URL", format!("http://{address}{path}"))
            .output()
            .unwrap();
        (output.status.code().unwrap(), out(&output))
    };

    // A server of another vendor has the first list alone.
    let (code, table) = refresh("/openai/v1");
    assert_eq!(code, 0, "{table}");
    assert!(table.contains("ok"), "{table}");
    for lie in ["types", "twice", "50000"] {
        let (code, table) = refresh(&format!("/faults/list={lie}/xai/v1"));
        assert_eq!(code, 1, "{lie}: {table}");
    }
}

#[test]
fn what_drifts_is_found_and_is_exit_code_1() {
    let home = Home::new();
    let never = ["drift", "--max-price-age", "100000"];

    let (code, nothing, _) = home.models(&never);
    assert_eq!((code, nothing.as_str()), (0, "nothing is out of date\n"));
    assert_eq!(home.json(&never, 0), serde_json::json!({"findings": []}));

    home.json(
        &["set", "openai/gpt-5", "--alias", "old", "--state", "retired"],
        0,
    );
    let found = home.json(&never, 1);
    assert_eq!(found["findings"][0]["kind"], "alias", "{found}");
    assert_eq!(found["findings"][0]["subject"], "old");
    let (code, table, _) = home.models(&["drift", "--max-price-age", "0"]);
    assert_eq!(code, 1);
    assert!(table.starts_with("WHAT"), "{table}");
    assert!(table.contains("price  anthropic catalog@"), "{table}");
}
