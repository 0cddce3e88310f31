//! Any bytes, cut anywhere: no panic, and whatever is read obeys the order law.
#![no_main]

use crux::domain::grammar::Grammar;
use crux::wire::anthropic_messages::ANTHROPIC_MESSAGES;
use crux::wire::dialect::{DecodeContext, Dialect};
use crux::wire::pump::Pump;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (bytes, cuts) = input;
    let context = DecodeContext {
        provider: "p".to_owned(),
        include_raw: false,
    };
    let mut events = Vec::new();
    let mut pump = Pump::new(&ANTHROPIC_MESSAGES, context.clone(), 1 << 16);
    let mut rest = bytes.as_slice();
    let mut result = Ok(());
    for cut in cuts {
        let (chunk, after) = rest.split_at(usize::from(cut).min(rest.len()));
        rest = after;
        result = result.and_then(|()| pump.push(chunk, &mut events));
    }
    let result = result
        .and_then(|()| pump.push(rest, &mut events))
        .and_then(|()| pump.eof(&mut events));
    if result.is_err() {
        pump.abandon(&mut events);
    }
    accept(&events);

    let mut events = Vec::new();
    let _ = ANTHROPIC_MESSAGES.decode_whole(context, &bytes, &mut events);
    accept(&events);
    let _ = ANTHROPIC_MESSAGES.decode_count(&bytes);
    let _ = ANTHROPIC_MESSAGES.classify(400, &http::HeaderMap::new(), &bytes);
});

fn accept(events: &[crux::domain::answer::AnswerEvent]) {
    let mut grammar = Grammar::default();
    for event in events {
        grammar.accept(event).expect("the order law holds");
    }
}
