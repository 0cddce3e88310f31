//! Laws of framing on generated streams.

use proptest::prelude::*;

use super::{FrameTooLarge, Framer, Framing};

fn frames(framing: Framing, chunks: &[&[u8]], limit: usize) -> Result<Vec<(String, Vec<u8>)>, FrameTooLarge> {
    let mut framer = Framer::new(framing, limit);
    let mut all = Vec::new();
    for chunk in chunks {
        framer.push(chunk);
        while let Some(frame) = framer.next_frame()? {
            all.push((frame.event.to_owned(), frame.data.to_vec()));
        }
    }
    if let Some(frame) = framer.last_frame() {
        all.push((frame.event.to_owned(), frame.data.to_vec()));
    }
    Ok(all)
}

fn cut<'a>(bytes: &'a [u8], at: &[usize]) -> Vec<&'a [u8]> {
    let mut borders: Vec<usize> = at.iter().map(|at| at % (bytes.len() + 1)).collect();
    borders.extend([0, bytes.len()]);
    borders.sort_unstable();
    borders.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn sse_stream() -> impl Strategy<Value = (Vec<u8>, Vec<(String, Vec<u8>)>)> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    let event = (
        prop::option::of("[a-z_.]{1,8}"),
        prop::collection::vec("[ -9;-~é…🦀]{0,12}", 1..4),
        any::<bool>(),
    );
    (end, prop::collection::vec(event, 0..6)).prop_map(|(end, events)| {
        let mut bytes = String::new();
        let mut expected = Vec::new();
        for (name, data, comment) in events {
            let line = |bytes: &mut String, text: &str| {
                bytes.push_str(text);
                bytes.push_str(end);
            };
            if comment {
                line(&mut bytes, ": keep-alive");
            }
            if let Some(name) = &name {
                line(&mut bytes, &format!("event: {name}"));
            }
            for text in &data {
                line(&mut bytes, &format!("data: {text}"));
            }
            line(&mut bytes, "");
            let joined = data.join("\n");
            let joined = joined.as_bytes().trim_ascii();
            if !joined.is_empty() {
                expected.push((name.unwrap_or_default(), joined.to_vec()));
            }
        }
        (bytes.into_bytes(), expected)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_partition_of_sse_gives_the_same_frames(
        (bytes, expected) in sse_stream(),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        prop_assert_eq!(frames(Framing::Sse, &cut(&bytes, &cuts), 1 << 20).unwrap(), expected);
    }

    #[test]
    fn any_partition_of_ndjson_gives_the_same_frames(
        lines in prop::collection::vec("[ -~]{0,20}", 0..8),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let bytes = lines.join("\n").into_bytes();
        let expected: Vec<_> = lines
            .iter()
            .map(|line| line.as_bytes().trim_ascii().to_vec())
            .filter(|line| !line.is_empty())
            .map(|line| (String::new(), line))
            .collect();
        prop_assert_eq!(frames(Framing::Ndjson, &cut(&bytes, &cuts), 1 << 20).unwrap(), expected);
    }

    #[test]
    fn the_limit_holds_for_frames_and_never_for_chunks(
        (bytes, _) in sse_stream(),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
        limit in 1_usize..80,
    ) {
        for framing in [Framing::Sse, Framing::Ndjson] {
            let at_once = frames(framing, &[&bytes], limit);
            prop_assert_eq!(frames(framing, &cut(&bytes, &cuts), limit), at_once);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cuts in prop::collection::vec(any::<usize>(), 0..4)) {
        for framing in [Framing::Sse, Framing::Ndjson] {
            let _ = frames(framing, &cut(&bytes, &cuts), 64);
        }
    }
}

#[test]
fn a_line_without_end_is_refused_before_memory_grows() {
    for framing in [Framing::Sse, Framing::Ndjson] {
        let mut framer = Framer::new(framing, 100);
        framer.push(&[b'x'; 101]);
        assert_eq!(
            framer.next_frame().unwrap_err(),
            FrameTooLarge { limit_bytes: 100 }
        );
    }
}

#[test]
fn many_data_lines_count_as_one_frame_for_the_limit() {
    let stream = "data: 0123456789\n".repeat(20);
    let error = frames(Framing::Sse, &[stream.as_bytes()], 100).unwrap_err();
    assert_eq!(error, FrameTooLarge { limit_bytes: 100 });
}
