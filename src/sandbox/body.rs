//! The body of a response: its pace, and the faults that concern bytes and the socket.
//!
//! It counts its answer as completed or aborted, and knows nothing of dialects.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame as HttpFrame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::faults::Plan;
use super::stats::OpenAnswer;
use super::stream::{Kind, Play};

/// How long a cut body waits before it closes the socket, so that what came before the cut is written.
const CUT_LINGER: Duration = Duration::from_millis(3);

/// The body was to be cut here; the server closes the connection on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is cut, as the request asked")]
pub(super) struct Cut;

/// What a body sends.
#[derive(Debug)]
pub(super) enum Source {
    Whole(Bytes),
    Stream(Box<Play>),
}

/// The body of one response.
#[derive(Debug)]
pub(super) struct Body {
    source: Source,
    answer: Option<OpenAnswer>,
    /// Pieces that are due now.
    pieces: VecDeque<Bytes>,
    /// A frame that waits for the gap before it.
    held: Option<Bytes>,
    sleep: Option<Pin<Box<Sleep>>>,
    first_byte: Option<Duration>,
    gap: Option<Duration>,
    stall: Option<u64>,
    split: Option<usize>,
    /// The next piece of a split body waits for the next turn, so that each is written by itself.
    turn: bool,
    cut: CutPoint,
    ending: Ending,
    frames: u64,
    deltas: u64,
    sent: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CutPoint {
    Nowhere,
    Bytes(u64),
    InsideCharacter,
    InsideJson,
}

/// How near a body is to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Running,
    /// Cut once what was given before is written.
    Lingering,
    Cut,
    Done,
}

impl Body {
    /// Makes a body that is not counted and has no faults.
    pub(super) fn plain(bytes: impl Into<Bytes>) -> Self {
        Self::new(Source::Whole(bytes.into()), None, &Plan::default())
    }

    pub(super) fn new(source: Source, answer: Option<OpenAnswer>, plan: &Plan) -> Self {
        let cut = match plan.cut {
            Some(bytes) => CutPoint::Bytes(bytes),
            None if plan.cut_utf8 => CutPoint::InsideCharacter,
            None if plan.cut_json => CutPoint::InsideJson,
            None => CutPoint::Nowhere,
        };
        // A whole body is one frame, of which half is sent.
        let frames_limit = if matches!(source, Source::Whole(_)) {
            1
        } else {
            u64::MAX
        };
        Self {
            source,
            answer,
            pieces: VecDeque::new(),
            held: None,
            sleep: None,
            first_byte: plan.delay_first_byte,
            gap: plan.gap.filter(|gap| !gap.is_zero()),
            stall: plan.stall.map(|after| after.min(frames_limit)),
            split: plan.split,
            turn: false,
            cut,
            ending: Ending::Running,
            frames: 0,
            deltas: 0,
            sent: 0,
        }
    }

    fn wait(&mut self, duration: Duration) {
        self.sleep = Some(Box::pin(sleep_until(Instant::now() + duration)));
    }

    /// Takes the next frame of the source; `None` at its end.
    fn next_frame(&mut self) -> Option<Bytes> {
        let (bytes, kind) = match &mut self.source {
            Source::Whole(bytes) if bytes.is_empty() => return None,
            Source::Whole(bytes) => (std::mem::take(bytes), Kind::Other),
            Source::Stream(play) => play.next_frame().map(|frame| (frame.bytes, frame.kind))?,
        };
        self.frames += 1;
        self.deltas += u64::from(kind == Kind::Delta);
        Some(self.cut_short(bytes, kind))
    }

    /// Cuts a frame where the plan says, and remembers that the rest is not to be sent.
    fn cut_short(&mut self, mut bytes: Bytes, kind: Kind) -> Bytes {
        let end = match self.cut {
            CutPoint::Nowhere => None,
            CutPoint::Bytes(limit) => {
                let left = usize::try_from(limit.saturating_sub(self.sent)).unwrap_or(usize::MAX);
                // A whole body given to its last byte is not cut: its length says so.
                let least = left.saturating_add(usize::from(matches!(self.source, Source::Whole(_))));
                (bytes.len() >= least).then_some(left)
            }
            CutPoint::InsideCharacter => bytes.iter().position(|byte| *byte >= 0x80).map(|at| at + 1),
            CutPoint::InsideJson => match self.source {
                Source::Whole(_) => Some(inside_string(&bytes, bytes.len() / 2)),
                Source::Stream(_) if kind == Kind::Delta && self.deltas == 2 => {
                    Some(inside_string(&bytes, bytes.len()))
                }
                Source::Stream(_) => None,
            },
        };
        if let Some(end) = end {
            bytes.truncate(end);
            self.ending = Ending::Lingering;
        } else if self.stall.is_some() && matches!(self.source, Source::Whole(_)) {
            bytes.truncate(bytes.len() / 2);
        }
        bytes
    }

    fn send(&mut self, mut bytes: Bytes) {
        self.sent += bytes.len() as u64;
        if let Some(split) = self.split {
            while bytes.len() > split {
                self.pieces.push_back(bytes.split_to(split));
            }
        }
        if !bytes.is_empty() {
            self.pieces.push_back(bytes);
        }
    }

    fn complete(&mut self) {
        if let Some(mut answer) = self.answer.take() {
            answer.complete();
        }
    }

    /// Gives a piece to the connection.
    fn give(&mut self, piece: Bytes) -> Poll<Option<Result<HttpFrame<Bytes>, Cut>>> {
        self.turn = self.split.is_some();
        // A response with a length is not asked for more once it has been given all.
        let is_last = matches!(&self.source, Source::Whole(rest) if rest.is_empty());
        if is_last && self.pieces.is_empty() && self.ending == Ending::Running && self.stall.is_none() {
            self.complete();
            self.ending = Ending::Done;
        }
        Poll::Ready(Some(Ok(HttpFrame::data(piece))))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<HttpFrame<Bytes>, Cut>>> {
        let this = &mut *self;
        loop {
            if this.ending == Ending::Done {
                return Poll::Ready(None);
            }
            if std::mem::take(&mut this.turn) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Some(delay) = this.first_byte.take() {
                this.wait(delay);
            }
            if let Some(sleep) = &mut this.sleep {
                ready!(sleep.as_mut().poll(cx));
                this.sleep = None;
            }
            if let Some(piece) = this.pieces.pop_front() {
                return this.give(piece);
            }
            if let Some(held) = this.held.take() {
                this.send(held);
                continue;
            }
            if this.ending == Ending::Lingering {
                this.ending = Ending::Cut;
                this.wait(CUT_LINGER);
                continue;
            }
            if this.ending == Ending::Cut {
                this.complete();
                this.ending = Ending::Done;
                return Poll::Ready(Some(Err(Cut)));
            }
            if this.stall.is_some_and(|after| this.frames >= after) {
                // Nothing wakes this body again; the connection drops it when the caller leaves.
                return Poll::Pending;
            }
            let Some(frame) = this.next_frame() else {
                this.complete();
                this.ending = Ending::Done;
                return Poll::Ready(None);
            };
            this.held = Some(frame);
            if let Some(gap) = this.gap.filter(|_| this.frames > 1) {
                this.wait(gap);
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ending == Ending::Done
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Whole(bytes) if self.frames == 0 => SizeHint::with_exact(bytes.len() as u64),
            Source::Whole(_) | Source::Stream(_) => SizeHint::default(),
        }
    }
}

/// Returns the last end up to `limit` that falls inside a JSON string.
fn inside_string(bytes: &[u8], limit: usize) -> usize {
    let (mut inside, mut escaped, mut end) = (false, false, 0);
    for (at, byte) in bytes.iter().take(limit).enumerate() {
        match (inside, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => inside = false,
            (true, _) => end = at + 1,
            (false, b'"') => {
                inside = true;
                end = at + 1;
            }
            (false, _) => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::super::provider::Provider;
    use super::super::stats::Stats;
    use super::*;

    fn body(text: &'static str, spec: &str, stats: &Stats) -> Body {
        let mut plan = Plan::default();
        plan.read(spec).unwrap();
        Body::new(
            Source::Whole(Bytes::from_static(text.as_bytes())),
            Some(stats.answer(Provider::OpenAi)),
            &plan,
        )
    }

    async fn read(mut body: Body) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => bytes.extend_from_slice(&frame.into_data().unwrap()),
                Err(Cut) => return (bytes, true),
            }
        }
        (bytes, false)
    }

    #[tokio::test]
    async fn a_body_read_to_its_end_is_completed() {
        let stats = Stats::default();

        let (bytes, cut) = read(body("hello", "split=2", &stats)).await;

        assert_eq!((bytes.as_slice(), cut), (&b"hello"[..], false));
        assert_eq!((stats.snapshot().completed, stats.snapshot().open), (1, 0));
    }

    #[tokio::test]
    async fn a_cut_falls_where_it_is_told() {
        let stats = Stats::default();

        assert_eq!(read(body("hello", "cut=2", &stats)).await, (b"he".to_vec(), true));
        assert_eq!(read(body("hello", "cut=0", &stats)).await, (b"".to_vec(), true));
        assert_eq!(
            read(body("hello", "cut=5", &stats)).await,
            (b"hello".to_vec(), false)
        );
        assert_eq!(
            read(body("h\u{e9}llo", "cut-utf8", &stats)).await,
            (b"h\xc3".to_vec(), true)
        );
        assert_eq!(
            read(body("{\"ab\": 1, \"c\": 2}", "cut-json", &stats)).await,
            (b"{\"ab".to_vec(), true)
        );
    }

    #[tokio::test]
    async fn a_stalled_body_that_is_dropped_is_aborted() {
        let stats = Stats::default();
        let mut stalled = body("hello", "stall=3", &stats);

        assert!(stalled.frame().await.is_some());
        let waited = tokio::time::timeout(Duration::from_millis(20), stalled.frame()).await;
        assert!(waited.is_err());
        drop(stalled);

        assert_eq!((stats.snapshot().aborted, stats.snapshot().completed), (1, 0));
    }
}
