//! Any bytes, cut anywhere, read as an answer or a refusal of the gemini_generate dialect: no panic, and
//! the order law holds.

#![no_main]

use crux::domain::answer::AnswerEvent;
use crux::domain::grammar::Grammar;
use crux::wire::dialect::{DecodeContext, Dialect};
use crux::wire::gemini_generate::GeminiGenerate;
use crux::wire::pump::Pump;
use libfuzzer_sys::fuzz_target;

static DIALECT: GeminiGenerate = GeminiGenerate::V1BETA;

fuzz_target!(|data: &[u8]| {
    let Some((&step, body)) = data.split_first() else {
        return;
    };
    let context = DecodeContext {
        provider: "fuzz".to_owned(),
        include_raw: step & 1 == 1,
    };

    let mut pump = Pump::new(&DIALECT, context.clone(), 1 << 16);
    let mut events = Vec::new();
    let chunks = body.chunks(usize::from(step).max(1));
    let mut read = || {
        for chunk in chunks {
            pump.push(chunk, &mut events)?;
        }
        pump.eof(&mut events)
    };
    if read().is_err() {
        pump.abandon(&mut events);
    }
    check(&events);

    let mut events = Vec::new();
    let _ = DIALECT.decode_whole(context, body, &mut events);
    check(&events);

    let _ = DIALECT.classify(u16::from(step) + 300, &Default::default(), body);
    let _ = DIALECT.decode_count(body);
});

fn check(events: &[AnswerEvent]) {
    let mut grammar = Grammar::default();
    for event in events {
        grammar.accept(event).expect("the order law");
    }
}
