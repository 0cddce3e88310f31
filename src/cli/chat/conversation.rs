//! Owns a conversation: its history as the contract has it, and the call that adds a turn. Knows no terminal.

use std::io;

use tonic_types::StatusExt as _;

use super::view::View;
use crate::cli::failure::Failure;
use crate::cli::link::Client;
use crate::rpc::pb;
use crate::rpc::pb::chat_event::Event;
use crate::rpc::pb::part::Kind;

/// What every question of a conversation is asked with.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) model: String,
    pub(super) system: Option<String>,
    pub(super) effort: Option<pb::ReasoningEffort>,
    pub(super) max_output_tokens: Option<i32>,
    pub(super) is_streaming: bool,
}

/// A conversation with a model.
#[derive(Debug)]
pub(super) struct Conversation {
    client: Client,
    pub(super) settings: Settings,
    /// Questions and answers; answers as they came, with the state their provider wants back.
    history: Vec<pb::Message>,
}

/// How a question ended.
#[derive(Debug)]
pub(super) enum End {
    Finished(Box<Answer>),
    Failed(Box<Failure>),
    /// Nobody reads the answer any more.
    Unheard(io::Error),
    Cancelled,
}

/// A finished answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) generation_id: String,
    pub(super) message: pb::Message,
    pub(super) outcome: pb::Outcome,
}

impl Conversation {
    pub(super) fn new(client: Client, settings: Settings) -> Self {
        Self {
            client,
            settings,
            history: Vec::new(),
        }
    }

    /// Asks, shows the answer as it comes and keeps both. Whatever does not finish leaves the history as it was.
    ///
    /// Cancel-safe: dropping the future drops the call, and with it the provider's.
    pub(super) async fn ask(&mut self, prompt: String, attached: Vec<pb::Part>, view: &mut View) -> End {
        let mut content = attached;
        if !prompt.trim().is_empty() {
            content.push(pb::Part {
                kind: Some(Kind::Text(prompt)),
                ..Default::default()
            });
        }
        let question = message(pb::Role::User, content);
        let request = self.request(question.clone());
        let answered = if self.settings.is_streaming {
            self.stream(request, view).await
        } else {
            self.whole(request, view).await
        };
        match answered {
            Ok(answer) => {
                self.history.push(question);
                // A message without parts is no history a server takes.
                if !answer.message.content.is_empty() {
                    self.history.push(answer.message.clone());
                }
                End::Finished(Box::new(answer))
            }
            Err(end) => end,
        }
    }

    /// The turns so far, without the system's instructions.
    pub(super) fn history(&self) -> &[pb::Message] {
        &self.history
    }

    /// Forgets the turns so far.
    pub(super) fn clear(&mut self) {
        self.history.clear();
    }

    fn request(&self, question: pb::Message) -> pb::ChatRequest {
        let text = |text: &String| pb::Part {
            kind: Some(Kind::Text(text.clone())),
            ..Default::default()
        };
        let system = self.settings.system.as_ref();
        let system = system.map(|words| message(pb::Role::System, vec![text(words)]));
        let messages = system.into_iter().chain(self.history.iter().cloned());
        pb::ChatRequest {
            model: self.settings.model.clone(),
            messages: messages.chain([question]).collect(),
            reasoning: self.settings.effort.map(|effort| pb::ReasoningConfig {
                effort: effort.into(),
                ..Default::default()
            }),
            max_output_tokens: self.settings.max_output_tokens,
            ..Default::default()
        }
    }

    async fn whole(&mut self, request: pb::ChatRequest, view: &mut View) -> Result<Answer, End> {
        let response = self.client.chat(request).await;
        let response = response.map_err(|status| failed(&status, None))?.into_inner();
        let message = response.message.unwrap_or_default();
        for part in &message.content {
            view.part(part).map_err(End::Unheard)?;
        }
        Ok(Answer {
            generation_id: response.generation_id,
            message,
            outcome: response.outcome.unwrap_or_default(),
        })
    }

    async fn stream(&mut self, request: pb::ChatRequest, view: &mut View) -> Result<Answer, End> {
        let stream = self.client.stream_chat(request).await;
        let mut stream = stream.map_err(|status| failed(&status, None))?.into_inner();
        let mut generation_id = String::new();
        let mut parts = Vec::new();
        let mut failure = None;
        let mut finished = None;
        loop {
            let event = match stream.message().await {
                Ok(Some(event)) => event.event,
                Ok(None) => break,
                Err(status) => return Err(cut(&status, failure)),
            };
            let shown = match event {
                Some(Event::Started(started)) => {
                    generation_id = started.generation_id;
                    Ok(())
                }
                Some(Event::AttemptStarted(attempt)) => {
                    view.attempt(&attempt);
                    Ok(())
                }
                Some(Event::TextDelta(delta)) => view.text(&delta.text),
                Some(Event::ReasoningDelta(delta)) => view.reasoning(&delta.text),
                Some(Event::PartFinished(finished)) => {
                    let part = finished.part.unwrap_or_default();
                    let shown = view.rest(&part);
                    parts.push((finished.part_index, part));
                    shown
                }
                Some(Event::Finished(outcome)) => {
                    finished = Some(outcome);
                    Ok(())
                }
                Some(Event::Failed(failed)) => {
                    failure = Some(*failed);
                    Ok(())
                }
                // What these say, the finished part says again.
                Some(
                    Event::PartStarted(_)
                    | Event::ToolCallDelta(_)
                    | Event::MediaDelta(_)
                    | Event::CitationAdded(_)
                    | Event::Heartbeat(_)
                    | Event::RawChunk(_),
                )
                | None => Ok(()),
            };
            shown.map_err(End::Unheard)?;
        }
        let Some(outcome) = finished else {
            return Err(End::Failed(Box::new(Failure::endless())));
        };
        // Parts may overlap and so finish out of order.
        parts.sort_by_key(|(index, _)| *index);
        let content = parts.into_iter().map(|(_, part)| part).collect();
        Ok(Answer {
            generation_id,
            message: message(pb::Role::Assistant, content),
            outcome: *outcome,
        })
    }
}

fn failed(status: &tonic::Status, failed: Option<pb::GenerationFailed>) -> End {
    End::Failed(Box::new(Failure::new(status, failed)))
}

/// A stream that has begun: only the server itself knows reasons, and sends them as `failed` and with details.
fn cut(status: &tonic::Status, failed: Option<pb::GenerationFailed>) -> End {
    let is_said = failed.is_some() || status.get_error_details().error_info().is_some();
    let failure = Failure::new(status, failed);
    End::Failed(Box::new(if is_said { failure } else { failure.midway() }))
}

fn message(role: pb::Role, content: Vec<pb::Part>) -> pb::Message {
    pb::Message {
        role: role.into(),
        content,
        name: String::new(),
    }
}
