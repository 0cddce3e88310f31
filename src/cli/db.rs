//! `crux db`: the database as a whole, while servers run or not. Talks to no server.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::{BAD_USAGE, serve, terminal};
use crate::app;
use crate::config::Overrides;
use crate::store::Location;
use crate::store::maintenance::{self, MaintenanceError, Overwrite, Report, Status, Tally};

/// What `crux db` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tells where the data is, which migration it has and what it takes.
    #[command(after_help = help("crux db status --json"))]
    Status(Common),
    /// Brings the tables up to date, as a server does when it starts.
    #[command(after_help = help("crux db migrate"))]
    Migrate(Common),
    /// Writes everything, as it is at one moment, to a new file; servers go on meanwhile.
    #[command(after_help = help("crux db backup crux-backup.db"))]
    Backup(BackupArgs),
    /// Puts everything from a backup in place of what is there, in one transaction.
    #[command(after_help = help("crux db restore crux-backup.db"))]
    Restore(RestoreArgs),
    /// Reads everything through, and has the database check itself.
    #[command(after_help = help("crux db check"))]
    Check(Common),
    /// Copies everything between two databases and compares it, table by table.
    #[command(after_help = help("crux db copy --from crux.db --to postgres://crux@db.internal/crux"))]
    Copy(CopyArgs),
}

#[derive(Debug, ClapArgs)]
struct Common {
    /// Configuration file that names the database [default: `CRUX_CONFIG`, else ./crux.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, ClapArgs)]
struct BackupArgs {
    #[command(flatten)]
    common: Common,
    /// The file to write; it must not exist. Always a SQLite database, whichever database it is of
    file: PathBuf,
}

#[derive(Debug, ClapArgs)]
struct RestoreArgs {
    #[command(flatten)]
    common: Common,
    /// The backup
    file: PathBuf,
    /// Replace the data that is there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, ClapArgs)]
struct CopyArgs {
    /// A database file, or `postgres://user:password@host:port/database`
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// The other one; its tables are made where there are none
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// Replace the data that is there
    #[arg(long)]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

fn help(example: &str) -> String {
    format!("Examples:\n  {example}\n\n{}", super::EXIT_CODES)
}

/// What a command has to say: to people, and to programs.
struct Said {
    words: String,
    value: Value,
    is_good: bool,
}

impl Said {
    fn well(words: String, value: Value) -> Self {
        Self {
            words,
            value,
            is_good: true,
        }
    }
}

pub(super) async fn run(args: &Args) -> ExitCode {
    let (is_json, done) = match &args.command {
        Command::Copy(args) => (args.json, copy(args).await),
        Command::Status(common)
        | Command::Migrate(common)
        | Command::Check(common)
        | Command::Backup(BackupArgs { common, .. })
        | Command::Restore(RestoreArgs { common, .. }) => {
            (common.json, on_configured(&args.command, common).await)
        }
    };
    let said = match done {
        Ok(said) => said,
        Err(Refusal::Configuration) => return ExitCode::from(BAD_USAGE),
        Err(Refusal::Failed(error)) => {
            terminal::say(&format!("crux: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let written = if is_json {
        terminal::print_line(&said.value.to_string())
    } else {
        terminal::print(&said.words)
    };
    if said.is_good && written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

enum Refusal {
    /// Told already.
    Configuration,
    Failed(MaintenanceError),
}

impl<E: Into<MaintenanceError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn on_configured(command: &Command, common: &Common) -> Result<Said, Refusal> {
    let loaded = serve::load(&Overrides {
        config: common.config.clone(),
        ..Overrides::default()
    })
    .map_err(|errors| {
        serve::complain(&errors);
        Refusal::Configuration
    })?;
    let location = app::location(&loaded.config)?;
    Ok(match command {
        Command::Status(_) => status(&maintenance::status(&location).await?),
        Command::Migrate(_) => {
            maintenance::migrate(&location).await?;
            status(&maintenance::status(&location).await?)
        }
        Command::Backup(args) => backup(&location, args).await?,
        Command::Restore(args) => {
            let tallies = maintenance::restore(&location, &args.file, overwrite(args.force)).await?;
            moved("restored", &tallies)
        }
        Command::Check(_) => checked(&maintenance::check(&location).await?),
        Command::Copy(args) => copy(args).await?,
    })
}

async fn copy(args: &CopyArgs) -> Result<Said, Refusal> {
    let (from, to) = (Location::parse(&args.from), Location::parse(&args.to));
    if from.is(&to) {
        let detail = "--from and --to are the same database".to_owned();
        return Err(MaintenanceError::Refused(detail).into());
    }
    let tallies = maintenance::copy(&from, &to, overwrite(args.force)).await?;
    Ok(moved("copied", &tallies))
}

fn overwrite(force: bool) -> Overwrite {
    if force {
        Overwrite::Everything
    } else {
        Overwrite::Never
    }
}

async fn backup(location: &Location, args: &BackupArgs) -> Result<Said, MaintenanceError> {
    maintenance::backup(location, &args.file).await?;
    let size_bytes = args.file.metadata().map_or(0, |file| file.len());
    Ok(Said::well(
        format!("{} ({size_bytes} bytes)\n", args.file.display()),
        json!({"file": args.file, "size_bytes": size_bytes}),
    ))
}

fn status(status: &Status) -> Said {
    let state = match status.migration {
        None => "not made yet".to_owned(),
        Some(version) if version < status.known_migration => {
            format!("migration {version} of {}", status.known_migration)
        }
        Some(version) if version > status.known_migration => {
            format!(
                "migration {version}, newer than this crux ({})",
                status.known_migration
            )
        }
        Some(version) => format!("up to date (migration {version})"),
    };
    Said::well(
        format!(
            "{} at {}\n{state}\n{} bytes\n",
            status.engine, status.place, status.size_bytes
        ),
        json!({"engine": status.engine, "place": status.place, "migration": status.migration,
               "known_migration": status.known_migration, "size_bytes": status.size_bytes}),
    )
}

fn checked(report: &Report) -> Said {
    let verdict = if report.problems.is_empty() {
        "all is well\n".to_owned()
    } else {
        report.problems.join("\n") + "\n"
    };
    Said {
        words: format!("{}\n{verdict}", listed(&report.tables)),
        value: json!({"ok": report.problems.is_empty(), "problems": report.problems,
                      "tables": values(&report.tables)}),
        is_good: report.problems.is_empty(),
    }
}

fn moved(done: &str, tallies: &[Tally]) -> Said {
    let rows: u64 = tallies.iter().map(|tally| tally.rows).sum();
    Said::well(
        format!("{}\n{done} {rows} rows, each compared\n", listed(tallies)),
        json!({"rows": rows, "tables": values(tallies)}),
    )
}

fn listed(tallies: &[Tally]) -> String {
    let names = tallies.iter().map(|tally| tally.table.len());
    let width = names.max().unwrap_or(0).max("TABLE".len());
    let rows = tallies.iter().map(|tally| {
        let checksum = tally.checksum.get(..16).unwrap_or_default();
        format!("{:width$}  {:>9}  {checksum}\n", tally.table, tally.rows)
    });
    format!(
        "{:width$}  {:>9}  CHECKSUM\n{}",
        "TABLE",
        "ROWS",
        rows.collect::<String>()
    )
}

fn values(tallies: &[Tally]) -> Vec<Value> {
    tallies
        .iter()
        .map(|tally| json!({"table": tally.table, "rows": tally.rows, "checksum": tally.checksum}))
        .collect()
}
