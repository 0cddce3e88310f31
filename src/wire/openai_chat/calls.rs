//! Tool calls in answers, assembled from fragments however a provider numbers them.
//!
//! The rule is the index; providers break it in every way. Seen: no index, no id, an id in every
//! fragment, one index for several calls, whole calls in one chunk, arguments as an object.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::domain::content::{Opaque, Part, PartKind, ToolCall};
use crate::wire::openai_chat::chunk::{Call, Custom, Function};
use crate::wire::openai_chat::sink::Sink;
use crate::wire::openai_chat::state::State;
use crate::wire::openai_chat::text::Text;

/// Assembles the tool calls of one answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    functions: Vec<Assembly>,
    customs: Vec<CustomAssembly>,
    /// Each call comes whole: no two entries belong together.
    are_whole: bool,
}

/// A call under way.
#[derive(Debug)]
struct Assembly {
    index: Option<u32>,
    /// As the provider gave it; empty where it gave none.
    id: String,
    /// Its part, once its name is known.
    part: Option<u32>,
    /// Arguments that came before the name.
    held: String,
}

/// A call of a tool that takes free text: the caller declared it through a provider tool, and it is
/// no function call.
#[derive(Debug)]
struct CustomAssembly {
    index: Option<u32>,
    part: u32,
    id: String,
    name: String,
    input: String,
}

impl Calls {
    /// Makes a reader for calls that come whole.
    pub(super) fn whole() -> Self {
        Self {
            are_whole: true,
            ..Self::default()
        }
    }

    /// Reads a call, or a fragment of one.
    pub(super) fn read(&mut self, raw: &RawValue, sink: &mut Sink<'_>) -> serde_json::Result<()> {
        let call: Call<'_> = serde_json::from_str(raw.get())?;
        match (&call.function, &call.custom) {
            (_, Some(custom)) => self.custom(&call, custom, sink),
            (Some(function), None) => self.function(&call, function, sink)?,
            (None, None) => match call.kind.text() {
                None | Some("function") => {}
                Some(kind) => {
                    let block = opaque(sink.draft.provider(), kind, raw.get().to_owned());
                    sink.add(block);
                }
            },
        }
        Ok(())
    }

    /// Reads a call in the form that came before tool calls: at most one, without an id.
    pub(super) fn legacy(&mut self, function: &Function<'_>, sink: &mut Sink<'_>) -> serde_json::Result<()> {
        let call = Call::default();
        self.function(&call, function, sink)
    }

    fn function(
        &mut self,
        call: &Call<'_>,
        function: &Function<'_>,
        sink: &mut Sink<'_>,
    ) -> serde_json::Result<()> {
        let name = function.name.text();
        let at = self.find(call, name, sink).unwrap_or_else(|| {
            self.functions.push(Assembly {
                index: call.index.count(),
                id: call.id.text().unwrap_or_default().to_owned(),
                part: None,
                held: String::new(),
            });
            self.functions.len() - 1
        });
        let Some(assembly) = self.functions.get_mut(at) else {
            return Ok(());
        };
        if let (None, Some(name)) = (assembly.part, name) {
            if assembly.id.is_empty() {
                assembly.id.push_str(call.id.text().unwrap_or_default());
            }
            let part = open(&assembly.id, name, at, sink);
            sink.text(part, &std::mem::take(&mut assembly.held));
            assembly.part = Some(part);
        }
        if let Some(raw) = call.extra_content
            && let Some(part) = assembly.part
        {
            let members = Map::from_iter([("extra_content".to_owned(), serde_json::from_str(raw.get())?)]);
            sink.draft.set_state(part, State::Call(members).to_bytes());
        }
        if let Some(raw) = function.arguments {
            let json = if raw.get().starts_with('"') {
                serde_json::from_str::<Text<'_>>(raw.get())?
            } else {
                Text(raw.get().into())
            };
            match assembly.part {
                Some(part) => sink.text(part, json.as_str()),
                None => assembly.held.push_str(json.as_str()),
            }
        }
        Ok(())
    }

    /// The call a fragment belongs to; `None` for a new one.
    fn find(&self, call: &Call<'_>, name: Option<&str>, sink: &Sink<'_>) -> Option<usize> {
        if self.are_whole {
            return None;
        }
        let id = call.id.text();
        let at = match (call.index.count(), id) {
            (Some(index), _) => self
                .functions
                .iter()
                .rposition(|known| known.index == Some(index)),
            (None, Some(id)) => self.functions.iter().rposition(|known| known.id == id),
            (None, None) => self.functions.len().checked_sub(1),
        }?;
        let known = self.functions.get(at)?;
        let is_another = match id {
            Some(id) => !known.id.is_empty() && known.id != id,
            // A name over again is another call only if the one before is whole.
            None => name.is_some() && known.part.is_some_and(|part| is_whole(part, sink)),
        };
        (!is_another).then_some(at)
    }

    fn custom(&mut self, call: &Call<'_>, custom: &Custom<'_>, sink: &mut Sink<'_>) {
        let index = call.index.count();
        let known = match (index, call.id.text()) {
            _ if self.are_whole => None,
            (Some(index), _) => self.customs.iter().rposition(|known| known.index == Some(index)),
            (None, Some(id)) => self.customs.iter().rposition(|known| known.id == id),
            (None, None) => self.customs.len().checked_sub(1),
        };
        let at = known.unwrap_or_else(|| {
            let part = opaque(sink.draft.provider(), "custom", "{}".to_owned());
            self.customs.push(CustomAssembly {
                index,
                part: sink.open(part),
                id: String::new(),
                name: String::new(),
                input: String::new(),
            });
            self.customs.len() - 1
        });
        if let Some(known) = self.customs.get_mut(at) {
            known
                .id
                .push_str(call.id.text().filter(|_| known.id.is_empty()).unwrap_or_default());
            known.name.push_str(
                custom
                    .name
                    .text()
                    .filter(|_| known.name.is_empty())
                    .unwrap_or_default(),
            );
            known
                .input
                .push_str(custom.input.as_ref().map_or("", |input| input.as_str()));
        }
    }

    /// Completes what no further fragment will: payloads of custom calls, and, unless the answer was cut
    /// there, arguments of calls that have none.
    pub(super) fn settle(&mut self, cut: Option<u32>, sink: &mut Sink<'_>) {
        for custom in self.customs.drain(..) {
            let payload = json!({
                "id": custom.id,
                "type": "custom",
                "custom": {"name": custom.name, "input": custom.input},
            });
            if let Some(part) = sink.draft.part_mut(custom.part)
                && let PartKind::Opaque(block) = &mut part.kind
            {
                block.payload_json = payload.to_string();
            }
        }
        for (at, call) in self.functions.drain(..).enumerate() {
            let Some(part) = call.part else {
                // Nobody can answer a call without a name, but what came of it is not hidden.
                let part = open(&call.id, "", at, sink);
                sink.text(part, &call.held);
                sink.draft.close_cut(part, sink.out);
                continue;
            };
            if Some(part) != cut && arguments(part, sink).is_some_and(str::is_empty) {
                sink.draft.text(part, "{}", sink.out);
            }
        }
    }
}

/// Whether a part is a tool call whose arguments are whole: nothing can be missing from it.
pub(super) fn is_whole(part: u32, sink: &Sink<'_>) -> bool {
    arguments(part, sink).is_some_and(|json| serde_json::from_str::<Map<String, Value>>(json).is_ok())
}

fn arguments<'a>(part: u32, sink: &'a Sink<'_>) -> Option<&'a str> {
    let call = sink.draft.part(part)?.kind.as_tool_call()?;
    Some(&call.arguments_json)
}

fn open(id: &str, name: &str, at: usize, sink: &mut Sink<'_>) -> u32 {
    let id = match id {
        "" => made_up_id(sink.draft.response_id.as_deref(), at),
        id => id.to_owned(),
    };
    sink.open(Part::new(PartKind::ToolCall(ToolCall {
        id,
        name: name.to_owned(),
        arguments_json: String::new(),
        provider_executed: false,
    })))
}

/// Makes an id for a call that has none: from the response's id, which is unique, so that the same bytes
/// give the same id. At most 40 characters of `[a-zA-Z0-9_]`, which every provider takes back.
fn made_up_id(response_id: Option<&str>, at: usize) -> String {
    let unique: String = match response_id {
        Some(id) => {
            let kept: Vec<char> = id.chars().filter(char::is_ascii_alphanumeric).collect();
            kept.iter().skip(kept.len().saturating_sub(28)).collect()
        }
        None => String::new(),
    };
    if unique.is_empty() {
        return format!("call_{}", uuid::Uuid::new_v4().simple());
    }
    format!("call_{unique}_{at}")
}

/// A block of the provider that the contract does not model.
pub(super) fn opaque(provider: &str, kind: &str, payload_json: String) -> Part {
    Part::new(PartKind::Opaque(Opaque {
        provider: provider.to_owned(),
        kind: kind.to_owned(),
        payload_json,
    }))
}
