//! What every target does with its bytes; a target itself says only to which codec.
//!
//! The first bytes of an input choose the sizes of the chunks that the rest is cut into: [`split`].

use crux::domain::answer::AnswerEvent;
use crux::domain::grammar::Grammar;
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect};
use crux::wire::pump::Pump;

/// How many bytes of an input choose sizes.
const SIZES: usize = 8;

const MAX_FRAME_BYTES: usize = 1 << 16;

/// Reads the input as a stream at once and in chunks, as a whole answer, as a count and as a refusal.
///
/// # Panics
/// If the order law is broken, or if what comes out depends on the chunks.
pub fn decode(dialect: &'static dyn Dialect, input: &[u8]) {
    let Some((sizes, body)) = split(input) else {
        return;
    };
    let context = DecodeContext {
        provider: "fuzz".to_owned(),
        include_raw: sizes[0] & 1 == 1,
        ..DecodeContext::default()
    };

    let at_once = stream(dialect, &context, [body]);
    let in_chunks = stream(dialect, &context, chunks(sizes, body));
    assert_eq!(at_once, in_chunks, "any cutting gives the same events");
    check(&at_once);

    let mut events = Vec::new();
    let read = dialect.decode_whole(context, body, &mut events);
    check(&(read, events));

    let _ = dialect.decode_count(body);
    dialect.classify(300 + u16::from(sizes[1]), &http::HeaderMap::new(), body);
}

/// Takes the sizes of the chunks off an input; `None` where it is too short to hold them.
pub fn split(input: &[u8]) -> Option<(&[u8], &[u8])> {
    input.split_at_checked(SIZES)
}

/// Cuts `bytes` into chunks of these sizes, in turn.
pub fn chunks<'a>(sizes: &'a [u8], mut bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = usize::from(*sizes.next()?) + 1;
        let (chunk, rest) = bytes.split_at(size.min(bytes.len()));
        bytes = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// How reading an answer ended, and what came out.
type Answer = (Result<(), DecodeError>, Vec<AnswerEvent>);

fn stream<'a>(
    dialect: &'static dyn Dialect,
    context: &DecodeContext,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Answer {
    let mut pump = Pump::new(dialect, context.clone(), MAX_FRAME_BYTES);
    let mut events = Vec::new();
    let read = chunks
        .into_iter()
        .try_for_each(|chunk| pump.push(chunk, &mut events))
        .and_then(|()| pump.eof(&mut events));
    if read.is_err() {
        pump.abandon(&mut events);
    }
    (read, events)
}

fn check((read, events): &Answer) {
    let mut grammar = Grammar::default();
    for event in events {
        if let Err(breach) = grammar.accept(event) {
            panic!("{breach}");
        }
    }
    assert_eq!(grammar.has_ended(), read.is_ok(), "an answer ends or fails");
}
