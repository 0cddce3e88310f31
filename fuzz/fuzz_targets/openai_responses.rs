//! The Responses dialect.
#![no_main]

use crux::wire::openai_responses::OpenaiResponses;
use libfuzzer_sys::fuzz_target;

static DIALECT: OpenaiResponses = OpenaiResponses::DEFAULT;

fuzz_target!(|input: &[u8]| crux_fuzz::decode(&DIALECT, input));
