//! The Messages dialect.
#![no_main]

use crux::wire::anthropic_messages::ANTHROPIC_MESSAGES;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| crux_fuzz::decode(&ANTHROPIC_MESSAGES, input));
