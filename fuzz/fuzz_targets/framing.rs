//! Framing: any bytes, any chunking, the same frames, nothing held beyond the limit, no panic.
#![no_main]

use crux::wire::framing::{FrameTooLarge, Framer, Framing};
use crux_fuzz::{chunks, split};
use libfuzzer_sys::fuzz_target;

const LIMIT_BYTES: usize = 256;

type Frames = Result<Vec<(String, Vec<u8>)>, FrameTooLarge>;

fuzz_target!(|input: &[u8]| {
    let Some((sizes, bytes)) = split(input) else {
        return;
    };
    for framing in [Framing::Sse, Framing::Ndjson] {
        let at_once = frames(framing, [bytes]);
        let in_chunks = frames(framing, chunks(sizes, bytes));
        assert_eq!(at_once, in_chunks, "{framing:?}");
        for (_, frame) in at_once.into_iter().flatten() {
            assert!(frame.len() <= LIMIT_BYTES && !frame.is_empty());
        }
    }
});

fn frames<'a>(framing: Framing, chunks: impl IntoIterator<Item = &'a [u8]>) -> Frames {
    let mut framer = Framer::new(framing, LIMIT_BYTES);
    let mut frames = Vec::new();
    for chunk in chunks {
        framer.push(chunk);
        while let Some(frame) = framer.next_frame()? {
            frames.push((frame.event.to_owned(), frame.data.to_vec()));
        }
    }
    if let Some(frame) = framer.last_frame() {
        frames.push((frame.event.to_owned(), frame.data.to_vec()));
    }
    Ok(frames)
}
