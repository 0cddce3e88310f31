//! Owns the conversation at a terminal: lines in, commands, the history file. Ctrl-C cancels an answer and never the
//! shell.

use std::path::PathBuf;
use std::process::ExitCode;

use futures_util::FutureExt as _;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::conversation::{Conversation, End};
use super::record;
use super::view::{self, View};
use crate::cli::terminal;
use crate::config::{ProcessSource, Source as _};
use crate::rpc::pb;

const HELP: &str = "\
  /model [MODEL]    ask another model from now on; alone, say which one
  /system [TEXT]    set the instructions; alone, take them back
  /clear            forget the conversation
  /save FILE        write the conversation to a file, as Markdown
  /help             this list
  /quit             leave; so does Ctrl-D
  Ctrl-C            cancel the answer; at the prompt, the line";

/// Holds a conversation until the person leaves.
pub(super) async fn run(
    conversation: Conversation,
    attached: Vec<pb::Part>,
    keeps_history: bool,
) -> ExitCode {
    let (Ok(editor), Ok(interrupts)) = (DefaultEditor::new(), signal(SignalKind::interrupt())) else {
        terminal::say("crux: this terminal cannot be read line by line; give the question as an argument");
        return ExitCode::FAILURE;
    };
    let mut shell = Shell {
        conversation,
        attached,
        editor,
        interrupts,
        history: if keeps_history { history_file() } else { None },
    };
    shell.run().await
}

struct Shell {
    conversation: Conversation,
    /// Goes with the next question.
    attached: Vec<pb::Part>,
    editor: DefaultEditor,
    interrupts: Signal,
    history: Option<PathBuf>,
}

/// Whether the shell goes on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Prompt,
    Leave,
}

impl Shell {
    async fn run(&mut self) -> ExitCode {
        if let Some(file) = &self.history {
            // There is none before the first time.
            let _ = self.editor.load_history(file);
        }
        if terminal::is_watched() {
            let model = &self.conversation.settings.model;
            terminal::say(&terminal::dim(&format!(
                "{model} · /help for commands · Ctrl-D leaves"
            )));
        }
        loop {
            // The reading blocks; the connection to the server must go on meanwhile.
            let line = tokio::task::block_in_place(|| self.editor.readline("> "));
            let next = match line {
                Ok(line) => self.take(line.trim()).await,
                Err(ReadlineError::Interrupted) => Next::Prompt,
                Err(ReadlineError::Eof) => Next::Leave,
                Err(error) => {
                    terminal::say(&format!("crux: the terminal cannot be read: {error}"));
                    return ExitCode::FAILURE;
                }
            };
            if next == Next::Leave {
                return ExitCode::SUCCESS;
            }
        }
    }

    async fn take(&mut self, line: &str) -> Next {
        if line.is_empty() {
            return Next::Prompt;
        }
        self.remember(line);
        if let Some(command) = line.strip_prefix('/') {
            return self.command(command);
        }
        self.ask(line).await;
        Next::Prompt
    }

    async fn ask(&mut self, prompt: &str) {
        // An interrupt that came while nothing ran is not for this answer.
        while self.interrupts.recv().now_or_never().flatten().is_some() {}
        let mut view = View::new();
        let attached = self.attached.clone();
        let end = tokio::select! {
            biased;
            _ = self.interrupts.recv() => End::Cancelled,
            end = self.conversation.ask(prompt.to_owned(), attached, &mut view) => end,
        };
        // A terminal that is gone ends the reading of lines too.
        let _ = view.close();
        match end {
            End::Finished(answer) => {
                self.attached.clear();
                view::remarks(&answer);
                if terminal::is_watched() {
                    terminal::say(&terminal::dim(&view::footer(&answer)));
                }
            }
            End::Failed(failure) => terminal::say(&failure.block()),
            End::Cancelled => terminal::say("crux: cancelled; the question is not kept"),
            End::Unheard(error) => terminal::say(&format!("crux: the answer cannot be shown: {error}")),
        }
    }

    fn command(&mut self, command: &str) -> Next {
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let settings = &mut self.conversation.settings;
        match (name, rest) {
            ("model", "") => terminal::say(&settings.model),
            ("model", model) => model.clone_into(&mut settings.model),
            ("system", "") => settings.system = None,
            ("system", words) => settings.system = Some(words.to_owned()),
            ("clear", "") => self.conversation.clear(),
            ("save", "") => terminal::say("crux: /save needs the name of a file"),
            ("save", file) => self.save(file),
            ("help", "") => terminal::say(HELP),
            ("quit" | "exit", "") => return Next::Leave,
            (_, _) => terminal::say(&format!("crux: there is no command /{command}; /help lists them")),
        }
        Next::Prompt
    }

    fn save(&self, file: &str) {
        match std::fs::write(file, record::markdown(&self.conversation)) {
            Ok(()) => terminal::say(&format!("saved to {file}")),
            Err(error) => terminal::say(&format!("crux: cannot write {file}: {error}")),
        }
    }

    fn remember(&mut self, line: &str) {
        let Some(file) = &self.history else { return };
        // The history is a convenience: without it the conversation goes on.
        if matches!(self.editor.add_history_entry(line), Ok(true)) {
            let _ = self.editor.append_history(file);
        }
    }
}

/// Where the questions are remembered: in the platform's place for state, readable by the person alone.
fn history_file() -> Option<PathBuf> {
    let source = ProcessSource::new().ok()?;
    let set = |name: &str| {
        source
            .env(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let state = if cfg!(target_os = "macos") {
        set("HOME")?.join("Library").join("Application Support")
    } else {
        // XDG Base Directory Specification 0.8: relative paths are to be ignored.
        let given = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
        given.or_else(|| Some(set("HOME")?.join(".local").join("state")))?
    };
    let directory = state.join("crux");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}
