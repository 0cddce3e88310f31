//! Any bytes, in any chunks, as an answer of the openai_responses dialect: no panic, and the order law holds.

#![no_main]

use crux::domain::answer::AnswerEvent;
use crux::domain::grammar::Grammar;
use crux::wire::dialect::{DecodeContext, Dialect};
use crux::wire::openai_responses::OpenaiResponses;
use crux::wire::pump::Pump;
use libfuzzer_sys::fuzz_target;

static DIALECT: OpenaiResponses = OpenaiResponses::DEFAULT;

const MAX_FRAME_BYTES: usize = 1 << 16;

fn assert_grammar(events: &[AnswerEvent]) {
    let mut grammar = Grammar::default();
    for event in events {
        grammar.accept(event).expect("the order law holds");
    }
}

// The first byte says how long the chunks are.
fuzz_target!(|data: &[u8]| {
    let Some((&size, body)) = data.split_first() else {
        return;
    };
    let context = DecodeContext {
        provider: "fuzz".to_owned(),
        include_raw: size % 2 == 1,
    };

    let mut pump = Pump::new(&DIALECT, context.clone(), MAX_FRAME_BYTES);
    let mut events = Vec::new();
    let read = body
        .chunks(usize::from(size).max(1))
        .try_for_each(|chunk| pump.push(chunk, &mut events))
        .and_then(|()| pump.eof(&mut events));
    if read.is_err() {
        pump.abandon(&mut events);
    }
    assert_grammar(&events);

    let mut events = Vec::new();
    let _ = DIALECT.decode_whole(context, body, &mut events);
    assert_grammar(&events);

    let _ = DIALECT.classify(400, &Default::default(), body);
    let _ = DIALECT.decode_count(body);
});
