//! The Messages dialect: any bytes, streamed in any chunks and whole, keep the order law and never panic.
#![no_main]

use crux::domain::answer::AnswerEvent;
use crux::domain::grammar::Grammar;
use crux::wire::anthropic_messages::ANTHROPIC_MESSAGES;
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect};
use crux::wire::pump::Pump;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((sizes, bytes)) = data.split_at_checked(8) else {
        return;
    };
    let context = DecodeContext {
        provider: "fuzz".to_owned(),
        include_raw: sizes[0] & 1 == 1,
    };
    let mut events = Vec::new();
    let mut pump = Pump::new(&ANTHROPIC_MESSAGES, context.clone(), 1 << 16);
    let result = stream(&mut pump, sizes, bytes, &mut events);
    if result.is_err() {
        pump.abandon(&mut events);
    }
    accept(&events, result.is_ok());

    let mut events = Vec::new();
    let result = ANTHROPIC_MESSAGES.decode_whole(context, bytes, &mut events);
    accept(&events, result.is_ok());

    let _ = ANTHROPIC_MESSAGES.decode_count(bytes);
    ANTHROPIC_MESSAGES.classify(400 + u16::from(sizes[1]), &http::HeaderMap::new(), bytes);
});

/// Pushes chunks whose sizes the first bytes of the input choose, in turn.
fn stream(
    pump: &mut Pump,
    sizes: &[u8],
    mut bytes: &[u8],
    out: &mut Vec<AnswerEvent>,
) -> Result<(), DecodeError> {
    for size in sizes.iter().cycle() {
        let (chunk, rest) = bytes.split_at((usize::from(*size) + 1).min(bytes.len()));
        if chunk.is_empty() {
            break;
        }
        pump.push(chunk, out)?;
        bytes = rest;
    }
    pump.eof(out)
}

fn accept(events: &[AnswerEvent], is_ok: bool) {
    let mut grammar = Grammar::default();
    for event in events {
        grammar.accept(event).expect("the order law holds");
    }
    assert_eq!(grammar.has_ended(), is_ok);
}
