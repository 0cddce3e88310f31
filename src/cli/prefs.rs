//! `crux prefs`: what is kept of the application's users.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use prost_types::value::Kind;
use serde_json::{Map, Value, json};
use tonic::Status;

use super::failure::Failure;
use super::link::{self, Link};
use super::{BAD_USAGE, terminal};
use crate::rpc::pb;
use crate::rpc::pb::preferences_service_client::PreferencesServiceClient;

/// What `crux prefs` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints a user's preferences, or one of them.
    #[command(after_help = help("crux prefs get --user u-17 --server http://127.0.0.1:50051"))]
    Get(GetArgs),
    /// Sets preferences, all or none of them; the others stay.
    #[command(after_help = help("crux prefs set theme=dark 'favourites=[\"openai/gpt-5\"]' --user u-17"))]
    Set(SetArgs),
    /// Removes some preferences.
    #[command(after_help = help("crux prefs unset theme --user u-17"))]
    Unset(UnsetArgs),
    /// Removes all of a user's preferences.
    #[command(after_help = help("crux prefs clear --user u-17"))]
    Clear(Common),
}

#[derive(Debug, ClapArgs)]
struct Common {
    /// The user, as chats name it in `end_user_id` [default: the tenant itself]
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    user: String,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: link::Args,
}

#[derive(Debug, ClapArgs)]
struct GetArgs {
    /// Print this one alone
    name: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct SetArgs {
    /// Names and values; a value that is no JSON is a text
    #[arg(required = true, value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// Only if the preferences still have this etag
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct UnsetArgs {
    /// Names; those that are not there are no mistake
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Only if the preferences still have this etag
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    common: Common,
}

fn help(example: &str) -> String {
    format!("Examples:\n  {example}\n\n{}", super::EXIT_CODES)
}

impl Command {
    fn common(&self) -> &Common {
        match self {
            Self::Get(args) => &args.common,
            Self::Set(args) => &args.common,
            Self::Unset(args) => &args.common,
            Self::Clear(common) => common,
        }
    }
}

pub(super) async fn run(args: &Args) -> ExitCode {
    let common = args.command.common();
    let set = match &args.command {
        Command::Set(args) => match args.values.iter().map(|pair| parse(pair)).collect() {
            Ok(set) => set,
            Err(problem) => {
                terminal::say(&format!("crux: {problem}"));
                return ExitCode::from(BAD_USAGE);
            }
        },
        Command::Get(_) | Command::Unset(_) | Command::Clear(_) => BTreeMap::new(),
    };
    let link = match common.link.link().await {
        Ok(link) => link,
        Err(error) => return error.report(),
    };
    match call(&args.command, set, &link).await {
        Ok(preferences) => show(&args.command, preferences),
        Err(status) => {
            let failure = Failure::new(&status, None);
            if common.json {
                let _ = terminal::print_line(&failure.json().to_string());
            } else {
                terminal::say(&failure.block());
            }
            ExitCode::FAILURE
        }
    }
}

async fn call(
    command: &Command,
    set: BTreeMap<String, prost_types::Value>,
    link: &Link,
) -> Result<pb::Preferences, Status> {
    let mut client = PreferencesServiceClient::new(link.wire());
    let end_user_id = command.common().user.clone();
    let change = |set, remove: &[String], etag: &str| pb::UpdatePreferencesRequest {
        end_user_id: command.common().user.clone(),
        set,
        remove: remove.to_vec(),
        etag: etag.to_owned(),
    };
    let preferences = match command {
        Command::Get(_) => {
            let request = pb::GetPreferencesRequest { end_user_id };
            client.get_preferences(request).await?.into_inner().preferences
        }
        Command::Set(args) => {
            let request = change(set, &[], &args.etag);
            client.update_preferences(request).await?.into_inner().preferences
        }
        Command::Unset(args) => {
            let request = change(BTreeMap::new(), &args.names, &args.etag);
            client.update_preferences(request).await?.into_inner().preferences
        }
        Command::Clear(_) => {
            let request = pb::DeletePreferencesRequest { end_user_id };
            client.delete_preferences(request).await?;
            None
        }
    };
    Ok(preferences.unwrap_or_default())
}

fn show(command: &Command, preferences: pb::Preferences) -> ExitCode {
    let values: Map<String, Value> = preferences
        .values
        .into_iter()
        .map(|(name, value)| (name, json_of(value)))
        .collect();
    let wanted = match command {
        Command::Get(args) => args.name.as_ref(),
        Command::Set(_) | Command::Unset(_) | Command::Clear(_) => None,
    };
    let text = if let Some(name) = wanted {
        let Some(value) = values.get(name) else {
            terminal::say(&format!("crux: there is no preference {name:?}"));
            return ExitCode::FAILURE;
        };
        format!("{value}\n")
    } else if command.common().json {
        let shown =
            json!({"end_user_id": preferences.end_user_id, "values": values, "etag": preferences.etag});
        format!("{shown}\n")
    } else {
        values.iter().fold(String::new(), |mut lines, (name, value)| {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{} = {value}", terminal::harmless(name));
            lines
        })
    };
    match terminal::print(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reads `name=value`.
fn parse(pair: &str) -> Result<(String, prost_types::Value), String> {
    let (name, value) = pair
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| format!("expected NAME=VALUE, found {pair:?}"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value_of(value)))
}

fn value_of(value: Value) -> prost_types::Value {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(flag),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(values) => Kind::ListValue(prost_types::ListValue {
            values: values.into_iter().map(value_of).collect(),
        }),
        Value::Object(fields) => Kind::StructValue(prost_types::Struct {
            fields: fields
                .into_iter()
                .map(|(name, value)| (name, value_of(value)))
                .collect(),
        }),
    };
    prost_types::Value { kind: Some(kind) }
}

fn json_of(value: prost_types::Value) -> Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(flag)) => flag.into(),
        // A whole number reads as people write it.
        Some(Kind::NumberValue(number)) => {
            let words = number.to_string();
            serde_json::from_str(&words).unwrap_or_else(|_| number.into())
        }
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json_of).collect(),
        Some(Kind::StructValue(fields)) => {
            let fields = fields.fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, json_of(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json_of, parse};

    #[test]
    fn values_are_json_or_else_text_and_come_back_the_same() {
        let read = |pair: &str| {
            let (name, value) = parse(pair).unwrap();
            (name, json_of(value))
        };
        assert_eq!(read("a=1"), ("a".to_owned(), json!(1)));
        assert_eq!(read("a=dark=er"), ("a".to_owned(), json!("dark=er")));
        assert_eq!(read("a="), ("a".to_owned(), json!("")));
        let nested = r#"a={"list":[true,null,1.5,"x"]}"#;
        assert_eq!(read(nested).1, json!({"list": [true, null, 1.5, "x"]}));
        for wrong in ["", "a", "=1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
