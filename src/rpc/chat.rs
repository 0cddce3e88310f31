//! `crux.v1.ChatService`: parse, call, convert.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Response, Status};

use crate::domain::content::PartKind;
use crate::domain::error::{Error, Reason};
use crate::domain::event::{ChatEvent, Outcome};
use crate::domain::fold::Fold;
use crate::engine::pace::{Pace, paced};
use crate::engine::{self, Engine, Mode, Standing};
use crate::rpc::auth;
use crate::rpc::convert::event;
use crate::rpc::convert::message::message_out;
use crate::rpc::convert::request::{Arrival, chat_request};
use crate::rpc::edge::RequestId;
use crate::rpc::failure::failure;
use crate::rpc::pb;
use crate::rpc::pb::chat_service_server::ChatService;
use crate::rpc::status;
use crate::rpc::timeout::grpc_timeout;
use crate::store::Reach;
use crate::tenancy::{Directory, Right};

/// Serves chats from an engine.
#[derive(Debug)]
pub(super) struct Chat {
    engine: Arc<Engine>,
    directory: Arc<Directory>,
    /// What is known of callers, keys and models may be trusted until the database is lost.
    reach: watch::Receiver<Reach>,
}

type Answer<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Chat {
    pub(super) fn new(engine: Arc<Engine>, directory: Arc<Directory>, reach: watch::Receiver<Reach>) -> Self {
        Self {
            engine,
            directory,
            reach,
        }
    }

    /// Runs a call to where it must not be sent again.
    ///
    /// The head of the answer says so to all on the way: client libraries and proxies repeat nothing after it. So it
    /// leaves before a provider is asked, and whatever fails earlier leaves as a status without one.
    async fn begin(&self, request: Request<pb::ChatRequest>, mode: Mode) -> Result<(Call, Pace), Status> {
        self.require_known(&request)?;
        let right = self.directory.follow(&auth::principal(&request));
        let (request, pace) = parse(request, &right)?;
        let request_id = request.request_id.clone();
        let generation_id = request.generation_id.clone();
        let mut events = self.engine.chat(request, mode);
        if let ChatEvent::Failed(failed) = next(&mut events, &request_id).await? {
            return Err(status::status(&failed.error, &request_id));
        }
        let call = Call {
            request_id,
            generation_id,
            events,
            _right: right,
        };
        Ok((call, pace))
    }

    /// Refuses a call when the database has been gone for too long.
    fn require_known<T>(&self, request: &Request<T>) -> Result<(), Status> {
        if *self.reach.borrow() != Reach::Lost {
            return Ok(());
        }
        let message = "the server's database has been unavailable for too long; try again later";
        let error = Error::new(Reason::StoreUnavailable, message);
        Err(status::status(&error, &RequestId::of(request).to_string()))
    }
}

#[tonic::async_trait]
impl ChatService for Chat {
    type ChatStream = Answer<pb::ChatResponse>;
    type StreamChatStream = Answer<pb::ChatEvent>;

    async fn chat(
        &self,
        request: Request<pb::ChatRequest>,
    ) -> Result<Response<Answer<pb::ChatResponse>>, Status> {
        let (call, _) = self.begin(request, Mode::Whole).await?;
        Ok(call.respond(whole))
    }

    async fn stream_chat(
        &self,
        request: Request<pb::ChatRequest>,
    ) -> Result<Response<Answer<pb::ChatEvent>>, Status> {
        let (call, pace) = self.begin(request, Mode::Stream).await?;
        Ok(call.respond(|call| streamed(call, pace)))
    }

    async fn count_tokens(
        &self,
        request: Request<pb::CountTokensRequest>,
    ) -> Result<Response<pb::CountTokensResponse>, Status> {
        self.require_known(&request)?;
        let inner = request.get_ref().request.is_some();
        let request_id = RequestId::of(&request).to_string();
        if !inner {
            let error = Error::invalid(vec![crate::domain::error::Violation {
                field: "request".to_owned(),
                description: "expected a chat request".to_owned(),
            }]);
            return Err(status::status(&error, &request_id));
        }
        let right = self.directory.follow(&auth::principal(&request));
        let (request, _) = parse(request.map(|request| request.request.unwrap_or_default()), &right)?;
        match self.engine.count_tokens(request).await {
            Ok(count) => {
                use pb::TokenCountMethod as Method;
                let method = if count.is_estimated {
                    Method::Estimate
                } else {
                    Method::Provider
                };
                Ok(Response::new(pb::CountTokensResponse {
                    input_tokens: i32::try_from(count.input_tokens).unwrap_or(i32::MAX),
                    method: method as i32,
                    context_window_tokens: count
                        .context_window_tokens
                        .map(|tokens| i32::try_from(tokens).unwrap_or(i32::MAX)),
                }))
            }
            Err(error) => Err(status::status(&error, &request_id)),
        }
    }
}

fn parse(request: Request<pb::ChatRequest>, right: &Right) -> Result<(engine::Request, Pace), Status> {
    let received = Instant::now().into_std();
    let request_id = RequestId::of(&request).to_string();
    let arrival = Arrival {
        request_id: request_id.clone(),
        trace_id: trace_id(request.metadata()),
        tenant_id: auth::principal(&request).tenant_id.clone(),
        received,
        timeout: grpc_timeout(request.metadata()),
        policy: Arc::clone(&auth::principal(&request).policy),
        standing: Standing {
            lost: right.lost().clone(),
            expire_time: right.expire_time(),
        },
    };
    chat_request(request.into_inner(), arrival).map_err(|error| {
        tracing::info!(
            request_id,
            reason = error.reason.as_str(),
            fields = error.violations.len(),
            "chat refused"
        );
        status::status(&error, &request_id)
    })
}

/// A call that is not to be sent again.
struct Call {
    request_id: String,
    generation_id: String,
    events: BoxStream<'static, ChatEvent>,
    /// Whoever holds none has no call that runs.
    _right: Right,
}

impl Call {
    /// The head, now, and what `answer` makes of the events after it.
    fn respond<T, S>(self, answer: impl FnOnce(Self) -> S) -> Response<Answer<T>>
    where
        S: Stream<Item = Result<T, Status>> + Send + 'static,
    {
        let mut metadata = MetadataMap::new();
        insert(&mut metadata, "crux-generation-id", &self.generation_id);
        let mut response = Response::new(Box::pin(answer(self)) as Answer<T>);
        *response.metadata_mut() = metadata;
        response
    }
}

/// The answer in one message.
fn whole(call: Call) -> impl Stream<Item = Result<pb::ChatResponse, Status>> + Send {
    async_stream::stream! {
        // Taken apart in here: a field that is not named would not come along, and a right be given up at once.
        let Call { request_id, generation_id, mut events, _right } = call;
        let mut fold = Fold::default();
        loop {
            match next(&mut events, &request_id).await {
                Ok(ChatEvent::Answer(answer)) => fold.push(answer),
                Ok(ChatEvent::Finished(outcome)) => {
                    let trailers = trailers(&generation_id, &outcome);
                    yield Ok(chat_response(generation_id, fold, *outcome));
                    yield Err(status::ok_with(trailers));
                    return;
                }
                Ok(ChatEvent::Failed(failed)) => {
                    yield Err(failure(&failed, &request_id));
                    return;
                }
                Ok(
                    ChatEvent::Committed
                    | ChatEvent::Started(_)
                    | ChatEvent::AttemptStarted(_)
                    | ChatEvent::Heartbeat,
                ) => {}
                Err(status) => {
                    yield Err(status);
                    return;
                }
            }
        }
    }
}

/// Events as they leave, the last one followed by the status: OK with trailers, or the error.
fn streamed(call: Call, pace: Pace) -> impl Stream<Item = Result<pb::ChatEvent, Status>> + Send {
    async_stream::stream! {
        let Call { request_id, generation_id, events, _right } = call;
        let mut events = pin!(paced(events, pace));
        let mut provider = String::new();
        let mut has_started = false;
        loop {
            let next = match next(&mut events, &request_id).await {
                Ok(next) => next,
                Err(status) => {
                    yield Err(status);
                    return;
                }
            };
            let end = match &next.event {
                ChatEvent::AttemptStarted(attempt) => {
                    attempt.model.split('/').next().unwrap_or_default().clone_into(&mut provider);
                    None
                }
                ChatEvent::Finished(outcome) => Some(status::ok_with(trailers(&generation_id, outcome))),
                ChatEvent::Failed(failed) if has_started => {
                    Some(status::status(&failed.error, &request_id))
                }
                // Without an event the status tells all of it.
                ChatEvent::Failed(failed) => Some(failure(failed, &request_id)),
                ChatEvent::Committed
                | ChatEvent::Started(_)
                | ChatEvent::Answer(_)
                | ChatEvent::Heartbeat => None,
            };
            // A failure before the start is a status and no event at all.
            if has_started || !matches!(next.event, ChatEvent::Failed(_)) {
                has_started = true;
                if let Some(event) = event::event(next, &provider) {
                    yield Ok(event);
                }
            }
            if let Some(end) = end {
                yield Err(end);
                // The engine may still have a connection to hand back.
                while events.next().await.is_some() {}
                return;
            }
        }
    }
}

/// The next event of a call; a panic ends it with a status.
async fn next<E>(events: &mut (impl Stream<Item = E> + Unpin), request_id: &str) -> Result<E, Status> {
    match AssertUnwindSafe(events.next()).catch_unwind().await {
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(endless(request_id)),
        Err(_) => {
            tracing::error!(request_id, "a chat panicked");
            Err(status::status(
                &bug("the server failed while answering"),
                request_id,
            ))
        }
    }
}

fn chat_response(generation_id: String, fold: Fold, outcome: Outcome) -> pb::ChatResponse {
    let answer = fold.into_answer();
    let text = answer.message.content.iter().filter_map(|part| match &part.kind {
        PartKind::Text(text) => Some(text.as_str()),
        PartKind::Media(_)
        | PartKind::Reasoning(_)
        | PartKind::ToolCall(_)
        | PartKind::ToolResult(_)
        | PartKind::Refusal(_)
        | PartKind::Opaque(_) => None,
    });
    let text = text.collect();
    let provider = outcome.model.split('/').next().unwrap_or_default().to_owned();
    pb::ChatResponse {
        generation_id,
        text,
        message: Some(message_out(answer.message)),
        raw_chunks: answer
            .raw
            .into_iter()
            .map(|data| pb::RawChunk {
                provider: provider.clone(),
                data,
            })
            .collect(),
        outcome: Some(event::outcome(outcome)),
    }
}

/// The outcome in short, so that a mesh's logs can meter without decoding messages.
fn trailers(generation_id: &str, outcome: &Outcome) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    insert(&mut metadata, "crux-generation-id", generation_id);
    insert(&mut metadata, "crux-model", &outcome.model);
    insert(
        &mut metadata,
        "crux-finish-reason",
        event::finish_reason(outcome.finish_reason).as_str_name(),
    );
    let counts = [
        ("crux-input-tokens", outcome.usage.input_tokens.map(i64::from)),
        ("crux-output-tokens", outcome.usage.output_tokens.map(i64::from)),
        ("crux-cost-nano-usd", outcome.usage.cost().map(|cost| cost.0)),
    ];
    for (key, count) in counts {
        if let Some(count) = count {
            metadata.insert(key, MetadataValue::from(count));
        }
    }
    metadata
}

fn insert(metadata: &mut MetadataMap, key: &'static str, value: &str) {
    // A model's name may hold what no header carries; then the message is the only source.
    if let Ok(value) = value.parse() {
        metadata.insert(key, value);
    }
}

/// The trace id of a W3C `traceparent` (Trace Context level 1, read 2026-11-22).
fn trace_id(metadata: &MetadataMap) -> Option<String> {
    let mut fields = metadata.get("traceparent")?.to_str().ok()?.split('-');
    let (_version, trace_id) = (fields.next()?, fields.next()?);
    let is_id = trace_id.len() == 32 && trace_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && trace_id.bytes().any(|byte| byte != b'0')).then(|| trace_id.to_owned())
}

fn bug(message: &str) -> Error {
    Error::new(Reason::Internal, message)
}

fn endless(request_id: &str) -> Status {
    status::status(&bug("the call ended without an outcome"), request_id)
}
