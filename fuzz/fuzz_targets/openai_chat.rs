//! Any bytes, in any chunks: no panic, and whatever comes out obeys the order law.
#![no_main]

use crux::domain::grammar::Grammar;
use crux::wire::dialect::{DecodeContext, Dialect};
use crux::wire::openai_chat::OpenaiChat;
use crux::wire::openai_chat::quirks::Quirks;
use crux::wire::pump::Pump;
use libfuzzer_sys::fuzz_target;

static DIALECT: OpenaiChat = OpenaiChat {
    quirks: Quirks::COMMON,
};

fn context() -> DecodeContext {
    DecodeContext {
        provider: "p".to_owned(),
        include_raw: true,
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (chunk, body) = input;
    let mut events = Vec::new();
    let mut pump = Pump::new(&DIALECT, context(), 1 << 16);
    let read = body
        .chunks(usize::from(chunk).max(1))
        .try_for_each(|chunk| pump.push(chunk, &mut events))
        .and_then(|()| pump.eof(&mut events));
    if read.is_err() {
        pump.abandon(&mut events);
    }
    let mut grammar = Grammar::default();
    for event in &events {
        grammar.accept(event).unwrap();
    }

    let mut events = Vec::new();
    let _ = DIALECT.decode_whole(context(), body, &mut events);
    let mut grammar = Grammar::default();
    for event in &events {
        grammar.accept(event).unwrap();
    }
    let _ = DIALECT.classify(400, &Default::default(), body);
});
