//! What is answered: reasoning, text, tool calls, the finish and the usage, the same for the same prompt.
//!
//! It decides content alone; how a dialect spells it is that dialect's.

use std::borrow::Cow;

use serde_json::Value;

use super::cache::Input;
use super::faults::Plan;
use super::prompt::{Choice, Format, Prompt};
use super::schema;
use super::words;

/// A character of several bytes for `cut-utf8` to cut.
const MULTI_BYTE_TAIL: &str = " naïve café 日本語";
/// How many words of the prompt the reasoning repeats.
const QUOTED_WORDS: u64 = 12;

/// An answer, ready to be spelled in a dialect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Script {
    pub(super) reasoning: Option<String>,
    /// Absent when tools are called instead.
    pub(super) text: Option<Text>,
    pub(super) calls: Vec<Call>,
    pub(super) finish: Finish,
    pub(super) usage: Usage,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    Stop,
    StopSequence(String),
    Length,
    Calls,
}

/// Tokens of one answer; `output` leaves reasoning out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) input: Input,
    pub(super) output: u64,
    pub(super) reasoning: u64,
}

/// The text of an answer, in the pieces it is streamed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    said: Said,
    /// The size of one more piece, after the first; zero for none.
    huge_bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Words(String),
    Filler { count: u64, piece: String },
}

/// Where the next piece of a text starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cursor {
    at: usize,
    given: u64,
}

impl Text {
    /// Returns the next piece, or `None` at the end.
    pub(super) fn next_piece(&self, cursor: &mut Cursor) -> Option<Cow<'_, str>> {
        if self.huge_bytes > 0 && cursor.given == 1 {
            cursor.given += 1;
            return Some(Cow::Owned("x".repeat(self.huge_bytes)));
        }
        match &self.said {
            Said::Words(text) if cursor.at < text.len() => {
                let from = cursor.at;
                cursor.at = words::piece_end(text, from);
                cursor.given += 1;
                text.get(from..cursor.at).map(Cow::Borrowed)
            }
            Said::Filler { count, piece } if (cursor.at as u64) < *count => {
                cursor.at += 1;
                cursor.given += 1;
                Some(Cow::Borrowed(piece))
            }
            Said::Words(_) | Said::Filler { .. } => None,
        }
    }

    /// Returns the pieces, one after the other.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let mut cursor = Cursor::default();
        std::iter::from_fn(move || self.next_piece(&mut cursor))
    }

    /// Returns the whole text.
    pub(super) fn whole(&self) -> String {
        self.pieces().collect()
    }

    fn tokens(&self) -> u64 {
        match &self.said {
            Said::Words(text) => words::count(text) + u64::from(self.huge_bytes > 0),
            Said::Filler { count, .. } => count + u64::from(self.huge_bytes > 0),
        }
    }

    /// Keeps `limit` tokens; tells whether there were more.
    fn cut(&mut self, limit: u64) -> bool {
        match &mut self.said {
            Said::Words(text) => {
                let kept = words::cut(text, limit).map(str::len);
                if let Some(kept) = kept {
                    text.truncate(kept);
                }
                kept.is_some()
            }
            Said::Filler { count, .. } => {
                let cut = *count > limit;
                *count = limit.min(*count);
                cut
            }
        }
    }

    /// Ends before the first of the stop sequences found, and returns that one.
    fn stop(&mut self, stops: &[String]) -> Option<String> {
        let Said::Words(text) = &mut self.said else {
            return None;
        };
        let found = stops.iter().filter(|stop| !stop.is_empty());
        let (at, stop) = found
            .filter_map(|stop| Some((text.find(stop)?, stop)))
            .min_by_key(|(at, _)| *at)?;
        text.truncate(at);
        Some(stop.clone())
    }
}

/// Writes the answer to a prompt.
pub(super) fn write(prompt: &Prompt, plan: &Plan) -> Script {
    let reasoning = prompt.reasoning.then(|| reasoning(prompt));
    let reasoning_tokens = reasoning.as_deref().map_or(0, words::count);
    let calls = calls(prompt, plan);
    if !calls.is_empty() {
        let output = calls
            .iter()
            .map(|call| 1 + words::count_in(&call.arguments))
            .sum();
        let usage = Usage {
            input: prompt.input,
            output,
            reasoning: reasoning_tokens,
        };
        return Script {
            reasoning,
            text: None,
            calls,
            finish: Finish::Calls,
            usage,
        };
    }

    let mut text = text(prompt, plan);
    let mut finish = text
        .stop(&prompt.stops)
        .map_or(Finish::Stop, Finish::StopSequence);
    if let Some(limit) = prompt.max_tokens
        && text.cut(limit.saturating_sub(reasoning_tokens))
    {
        finish = Finish::Length;
    }
    let usage = Usage {
        input: prompt.input,
        output: text.tokens(),
        reasoning: reasoning_tokens,
    };
    Script {
        reasoning,
        text: Some(text),
        calls,
        finish,
        usage,
    }
}

fn reasoning(prompt: &Prompt) -> String {
    if prompt.results.is_empty() {
        let said = words::cut(&prompt.user, QUOTED_WORDS).unwrap_or(&prompt.user);
        format!("The user says \"{said}\". I will answer that.")
    } else {
        format!(
            "I have {} tool results. I will sum them up.",
            prompt.results.len()
        )
    }
}

fn text(prompt: &Prompt, plan: &Plan) -> Text {
    let huge_bytes = plan.huge_frame.unwrap_or(0);
    if let Some(count) = plan.chunks {
        let mut piece = "x".repeat(plan.filler_bytes());
        if piece.len() > 1 {
            piece.replace_range(..1, " ");
        }
        return Text {
            said: Said::Filler { count, piece },
            huge_bytes,
        };
    }
    let mut said = match &prompt.format {
        Format::Schema(schema) => format!("{:#}", schema::example(schema, hint(prompt))),
        Format::Json => serde_json::json!({ "said": prompt.user }).to_string(),
        Format::Text if prompt.results.is_empty() => format!("You said: {}", prompt.user),
        Format::Text => format!("The tools answered: {}", prompt.results.join("; ")),
    };
    if plan.cut_utf8 {
        said.push_str(MULTI_BYTE_TAIL);
    }
    Text {
        said: Said::Words(said),
        huge_bytes,
    }
}

fn calls(prompt: &Prompt, plan: &Plan) -> Vec<Call> {
    let is_forced = matches!(prompt.choice, Choice::Required | Choice::Named(_));
    // Filler is asked for to measure text, whatever tools are offered.
    if (!prompt.results.is_empty() && !is_forced) || plan.chunks.is_some() {
        return Vec::new();
    }
    let call = |tool: &super::prompt::Tool| Call {
        name: tool.name.clone(),
        arguments: schema::example(&tool.parameters, hint(prompt)),
    };
    match &prompt.choice {
        Choice::None => Vec::new(),
        Choice::Named(name) => prompt
            .tools
            .iter()
            .filter(|tool| tool.name == *name)
            .take(1)
            .map(call)
            .collect(),
        Choice::Free | Choice::Required => prompt
            .tools
            .iter()
            .take(if prompt.parallel { 2 } else { 1 })
            .map(call)
            .collect(),
    }
}

/// The last word the user said, without its punctuation: free strings are made of it.
fn hint(prompt: &Prompt) -> &str {
    let word = prompt.user.split_whitespace().next_back().unwrap_or_default();
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    if word.is_empty() { "example" } else { word }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::prompt::Tool;
    use super::*;

    fn prompt(user: &str) -> Prompt {
        Prompt {
            user: user.to_owned(),
            parallel: true,
            ..Prompt::default()
        }
    }

    fn tool(name: &str) -> Tool {
        Tool {
            name: name.to_owned(),
            parameters: json!({"type": "object", "properties": {"q": {"type": "string"}}}),
        }
    }

    fn said(script: &Script) -> String {
        script.text.as_ref().unwrap().whole()
    }

    #[test]
    fn the_user_is_echoed() {
        let script = write(&prompt("hi there"), &Plan::default());

        assert_eq!(said(&script), "You said: hi there");
        assert_eq!((script.finish, script.usage.output), (Finish::Stop, 4));
    }

    #[test]
    fn two_tools_are_called_unless_parallel_calls_are_off() {
        let mut prompt = prompt("Weather in Rome?");
        prompt.tools = vec![tool("a"), tool("b"), tool("c")];

        let both = write(&prompt, &Plan::default());
        prompt.parallel = false;
        let one = write(&prompt, &Plan::default());

        assert_eq!((both.calls.len(), one.calls.len()), (2, 1));
        assert_eq!(one.calls[0].arguments, json!({"q": "Rome"}));
        assert_eq!(one.finish, Finish::Calls);
    }

    #[test]
    fn a_call_that_is_required_is_made_whatever_tools_have_answered() {
        let mut prompt = prompt("go");
        prompt.tools = vec![tool("a"), tool("b")];
        prompt.results = vec!["done".to_owned()];
        for (choice, expected) in [
            (Choice::Required, 2),
            (Choice::Named("b".to_owned()), 1),
            (Choice::Free, 0),
        ] {
            prompt.choice = choice;
            assert_eq!(
                write(&prompt, &Plan::default()).calls.len(),
                expected,
                "{:?}",
                prompt.choice
            );
        }
    }

    #[test]
    fn a_named_tool_is_called_alone_and_none_means_none() {
        let mut prompt = prompt("go");
        prompt.tools = vec![tool("a"), tool("b")];
        prompt.choice = Choice::Named("b".to_owned());
        assert_eq!(write(&prompt, &Plan::default()).calls[0].name, "b");

        prompt.choice = Choice::None;
        assert!(write(&prompt, &Plan::default()).calls.is_empty());
    }

    #[test]
    fn results_are_summed_up() {
        let mut prompt = prompt("go");
        prompt.tools = vec![tool("a")];
        prompt.results = vec!["sunny".to_owned(), "warm".to_owned()];

        assert_eq!(
            said(&write(&prompt, &Plan::default())),
            "The tools answered: sunny; warm"
        );
    }

    #[test]
    fn the_limit_cuts_and_reasoning_counts_against_it() {
        let mut prompt = prompt("one two three");
        prompt.max_tokens = Some(3);
        let script = write(&prompt, &Plan::default());
        assert_eq!(
            (said(&script).as_str(), &script.finish),
            ("You said: one", &Finish::Length)
        );

        prompt.reasoning = true;
        let script = write(&prompt, &Plan::default());
        assert_eq!((said(&script).as_str(), &script.finish), ("", &Finish::Length));
    }

    #[test]
    fn the_earliest_stop_sequence_ends_the_text() {
        let mut prompt = prompt("one two three");
        prompt.stops = vec!["three".to_owned(), " two".to_owned()];

        let script = write(&prompt, &Plan::default());

        assert_eq!(said(&script), "You said: one");
        assert_eq!(script.finish, Finish::StopSequence(" two".to_owned()));
    }

    #[test]
    fn filler_and_a_huge_piece_follow_the_plan() {
        let plan = Plan {
            chunks: Some(3),
            huge_frame: Some(10),
            ..Plan::default()
        };

        let script = write(&prompt("hi"), &plan);

        assert_eq!(said(&script), " xxxxxxxxxxxxx xxx xxx");
        assert_eq!(script.usage.output, 4);
    }
}
