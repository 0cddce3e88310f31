//! Owns how lists are cut into pages: sizes, and tokens that nobody but this server reads. Refuses to know what is
//! listed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::error::{Error, Violation};

/// Entries of a page whose size is not said.
const DEFAULT_SIZE: u32 = 100;
/// The most entries of a page.
const LARGEST_SIZE: u32 = 1000;
/// How much of a question's digest a token carries: enough to notice that another one is asked.
const MARK_BYTES: usize = 8;
/// No place in a list is longer; whatever is was not made here.
const LONGEST_TOKEN: usize = 1024;

/// The part of a list that a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    size: u32,
    after: Option<String>,
    mark: [u8; MARK_BYTES],
}

impl Page {
    /// Reads `page_size` and `page_token` of a question, whose name and other fields are `question`: a token is
    /// good for the question it was an answer to.
    ///
    /// # Errors
    /// `InvalidRequest` with a violation for each of the two that is bad.
    pub(super) fn read(page_size: i32, page_token: &str, question: &[&str]) -> Result<Self, Error> {
        let mark = mark(question);
        let mut violations = Vec::new();
        let mut violated = |field: &str, description: String| {
            violations.push(Violation {
                field: field.to_owned(),
                description,
            });
        };
        let size = u32::try_from(page_size).ok().filter(|size| *size <= LARGEST_SIZE);
        if size.is_none() {
            let description = format!("expected 0 to {LARGEST_SIZE}, found {page_size}");
            violated("page_size", description);
        }
        let after = place(page_token, mark);
        if let Err(description) = &after {
            violated("page_token", (*description).to_owned());
        }
        match (size, after) {
            (Some(size), Ok(after)) => Ok(Self {
                size: if size == 0 { DEFAULT_SIZE } else { size },
                after,
                mark,
            }),
            _ => Err(Error::invalid(violations)),
        }
    }

    /// The place after which the page begins; `None` for the first page.
    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// How many rows to ask the store for: one more than the page holds, to know whether a next one is needed.
    pub(super) fn limit(&self) -> u32 {
        self.size + 1
    }

    /// Cuts `rows`, of which there may be [`Self::limit`], to the page; returns the token of the next page too,
    /// which is empty on the last. `place` says where a row stands, in a way that is good for [`Self::after`].
    pub(super) fn cut<T>(&self, mut rows: Vec<T>, place: impl FnOnce(&T) -> String) -> (Vec<T>, String) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        let token = rows.last().map_or_else(String::new, |last| {
            let mut token = self.mark.to_vec();
            token.extend(place(last).into_bytes());
            URL_SAFE_NO_PAD.encode(token)
        });
        (rows, token)
    }
}

/// Reads the place out of a token.
fn place(token: &str, mark: [u8; MARK_BYTES]) -> Result<Option<String>, &'static str> {
    const STRANGE: &str = "expected a token of a previous response";
    if token.is_empty() {
        return Ok(None);
    }
    if token.len() > LONGEST_TOKEN {
        return Err(STRANGE);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| STRANGE)?;
    let (of, place) = bytes.split_first_chunk::<MARK_BYTES>().ok_or(STRANGE)?;
    if *of != mark {
        return Err(
            "expected a token of this question: all other fields must be as in the call it came from",
        );
    }
    let place = std::str::from_utf8(place).map_err(|_| STRANGE)?;
    Ok(Some(place.to_owned()))
}

fn mark(question: &[&str]) -> [u8; MARK_BYTES] {
    let mut digest = Sha256::new();
    for field in question {
        // With its length: no two questions are the same text in other fields.
        digest.update(field.len().to_le_bytes());
        digest.update(field);
    }
    let digest = digest.finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Page;

    const QUESTION: [&str; 2] = ["ListKeys", "openai"];

    fn fields(refused: Result<Page, crate::domain::error::Error>) -> Vec<String> {
        let violations = refused.unwrap_err().violations;
        violations.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let all: Vec<u32> = (0..25).collect();
        let mut token = String::new();
        let mut seen = Vec::new();
        loop {
            let page = Page::read(10, &token, &QUESTION).unwrap();
            let start = page
                .after()
                .map_or(0, |after| after.parse::<usize>().unwrap() + 1);
            let limit = usize::try_from(page.limit()).unwrap();
            let rows = all.iter().copied().skip(start).take(limit).collect();
            let (rows, next) = page.cut(rows, u32::to_string);
            assert!(rows.len() <= 10);
            seen.extend(rows);
            token = next;
            if token.is_empty() {
                break;
            }
        }

        assert_eq!(seen, all);
    }

    #[test]
    fn a_size_is_100_unless_said_and_1000_at_most() {
        assert_eq!(Page::read(0, "", &QUESTION).unwrap().limit(), 101);
        assert_eq!(Page::read(1000, "", &QUESTION).unwrap().limit(), 1001);
        for bad in [-1, 1001, i32::MAX, i32::MIN] {
            assert_eq!(fields(Page::read(bad, "", &QUESTION)), ["page_size"]);
        }
    }

    #[test]
    fn a_token_of_another_question_or_of_nobody_is_refused() {
        let page = Page::read(1, "", &QUESTION).unwrap();
        let (_, token) = page.cut(vec!["a", "b"], |row| (*row).to_owned());
        assert_eq!(
            Page::read(1, &token, &QUESTION).unwrap().after(),
            Some("a"),
            "its own question takes it"
        );

        for other in [
            ["ListKeys", "xai"],
            ["ListKeysopenai", ""],
            ["ListKey", "sopenai"],
        ] {
            assert_eq!(fields(Page::read(1, &token, &other)), ["page_token"]);
        }
        for strange in ["x", "****", "AAAA", &"A".repeat(5000)] {
            assert_eq!(
                fields(Page::read(-1, strange, &QUESTION)),
                ["page_size", "page_token"]
            );
        }
    }
}
