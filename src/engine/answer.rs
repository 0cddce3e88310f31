//! Reading a provider's answer: chunk by chunk, only when asked, and never past its time.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::domain::answer::AnswerEvent;
use crate::engine::cut::Cut;
use crate::upstream::{Body, UpstreamError};
use crate::wire::dialect::{DecodeContext, DecodeError, Dialect};
use crate::wire::pump::Pump;

/// Why reading stopped before the end.
#[derive(Debug)]
pub(super) enum Broken {
    /// The bytes make no answer.
    Decode(DecodeError),
    /// The connection broke.
    Connection(UpstreamError),
    /// The whole answer exceeds the limit of bytes.
    TooLarge(usize),
    /// Its time was up, or something cut it.
    Ended,
}

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Reader {
    source: Source,
    decoding: Decoding,
    /// When the last bytes came.
    read_at: Option<Instant>,
}

/// How the bytes become events.
#[derive(Debug)]
pub(super) enum Decoding {
    Stream(Box<Pump>),
    Whole {
        dialect: &'static dyn Dialect,
        context: DecodeContext,
        body: Vec<u8>,
        limit_bytes: usize,
    },
}

impl Reader {
    /// Reads `body` until `end` or until `cut` fires, whichever comes first.
    pub(super) fn new(body: Body, decoding: Decoding, end: Instant, cut: Cut) -> Self {
        Self {
            source: Source::new(body, end, cut),
            decoding,
            read_at: None,
        }
    }

    /// Reads one chunk and appends what it says; whether there may be more.
    ///
    /// Cancel-safe: a dropped future has taken nothing.
    pub(super) async fn read(&mut self, out: &mut Vec<AnswerEvent>) -> Result<bool, Broken> {
        let chunk = self.source.chunk().await?;
        self.read_at = Some(Instant::now());
        match (&mut self.decoding, chunk) {
            (Decoding::Stream(pump), Some(chunk)) => {
                pump.push(&chunk, out).map_err(Broken::Decode)?;
                Ok(!pump.is_finished())
            }
            (Decoding::Stream(pump), None) => pump.eof(out).map(|()| false).map_err(Broken::Decode),
            (
                Decoding::Whole {
                    body, limit_bytes, ..
                },
                Some(chunk),
            ) => {
                if body.len() + chunk.len() > *limit_bytes {
                    return Err(Broken::TooLarge(*limit_bytes));
                }
                body.extend_from_slice(&chunk);
                Ok(true)
            }
            (
                Decoding::Whole {
                    dialect,
                    context,
                    body,
                    ..
                },
                None,
            ) => {
                let body = Bytes::from(std::mem::take(body));
                let read = dialect.decode_whole(context.clone(), &body, out);
                if context.include_raw {
                    out.insert(0, AnswerEvent::Raw(body));
                }
                read.map(|()| false).map_err(Broken::Decode)
            }
        }
    }

    /// When the last bytes, or their end, came.
    pub(super) fn read_at(&self) -> Option<Instant> {
        self.read_at
    }

    /// Closes what is open as cut, after an error.
    pub(super) fn abandon(&mut self, out: &mut Vec<AnswerEvent>) {
        if let Decoding::Stream(pump) = &mut self.decoding {
            pump.abandon(out);
        }
    }

    /// How many frames were of no known kind.
    pub(super) fn unknown_frames(&self) -> u32 {
        match &self.decoding {
            Decoding::Stream(pump) => pump.unknown_frames(),
            Decoding::Whole { .. } => 0,
        }
    }

    /// Reads what follows a finished answer, within a moment: a connection whose body was read to the
    /// end serves the next call, any other is closed.
    pub(super) async fn drain(mut self) {
        const MOMENT: Duration = Duration::from_millis(20);
        const TAIL_BYTES: usize = 64 * 1024;
        let tail = async {
            let mut read = 0;
            while let Ok(Some(chunk)) = self.source.chunk().await {
                read += chunk.len();
                if read > TAIL_BYTES {
                    break;
                }
            }
        };
        // Too slow means closed: nothing is lost.
        let _ = tokio::time::timeout(MOMENT, tail).await;
    }
}

/// Reads a whole body of at most `limit_bytes`.
pub(super) async fn collect(
    body: Body,
    limit_bytes: usize,
    end: Instant,
    cut: Cut,
) -> Result<Vec<u8>, Broken> {
    let mut source = Source::new(body, end, cut);
    let mut all = Vec::new();
    while let Some(chunk) = source.chunk().await? {
        if all.len() + chunk.len() > limit_bytes {
            return Err(Broken::TooLarge(limit_bytes));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

/// A body with a guard: it is dropped at its end time even while nobody reads it, as when the caller's
/// flow-control window is shut.
#[derive(Debug)]
struct Source {
    shared: Arc<Mutex<Shared>>,
    _guard: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Shared {
    body: Option<Body>,
    reader: Option<Waker>,
}

impl Drop for Source {
    /// Closes the body here and now; the guard's end may take the runtime a moment.
    fn drop(&mut self) {
        let body = self
            .shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .body
            .take();
        drop(body);
    }
}

impl Source {
    fn new(body: Body, end: Instant, cut: Cut) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            body: Some(body),
            reader: None,
        }));
        let guarded = Arc::clone(&shared);
        let guard = async move {
            tokio::select! {
                () = tokio::time::sleep_until(end) => {}
                () = cut.fired() => {}
            }
            let (body, reader) = {
                let mut shared = guarded.lock().unwrap_or_else(PoisonError::into_inner);
                (shared.body.take(), shared.reader.take())
            };
            drop(body);
            if let Some(reader) = reader {
                reader.wake();
            }
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the handle aborts the task when the reader is dropped"
        )]
        let guard = AbortOnDropHandle::new(tokio::spawn(guard));
        Self {
            shared,
            _guard: guard,
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        poll_fn(|context| {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(body) = &mut shared.body else {
                return Poll::Ready(Err(Broken::Ended));
            };
            let polled = body.poll_chunk(context);
            if polled.is_pending()
                && shared
                    .reader
                    .as_ref()
                    .is_none_or(|waker| !waker.will_wake(context.waker()))
            {
                shared.reader = Some(context.waker().clone());
            }
            polled.map(|chunk| chunk.transpose().map_err(Broken::Connection))
        })
        .await
    }
}
