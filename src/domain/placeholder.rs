//! Owns the rule by which a key counts as a placeholder: something a template left behind, not a key. Refuses to know
//! where keys come from.

/// Says whether `key` is what templates write where a key belongs.
///
/// The rule errs on the side of real keys: each word is too long, or stands at a place, to turn up in random text.
pub fn is_placeholder(key: &str) -> bool {
    const WORDS: [&str; 9] = [
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "replaceme",
        "replace-me",
        "replace_me",
        "example",
        "api-key-here",
    ];
    const STARTS: [&str; 6] = ["test_", "your-", "your_", "your ", "insert-", "insert_"];

    let key = key.trim().to_lowercase();
    let enclosed = [("<", ">"), ("${", "}"), ("{{", "}}"), ("[", "]")];
    let body = key.rsplit(['-', '_']).next().unwrap_or_default();

    WORDS.iter().any(|word| key.contains(word))
        || STARTS.iter().any(|start| key.starts_with(start))
        || key.contains("-your-")
        || key.contains("your-api-key")
        || key.contains("your_api_key")
        || enclosed
            .iter()
            .any(|(open, close)| key.starts_with(open) && key.ends_with(close))
        || (!body.is_empty() && body.chars().all(|c| matches!(c, 'x' | '*' | '.' | '…')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_templates_leave_behind_is_a_placeholder() {
        let left_behind = [
            "your-api-key",
            "YOUR_API_KEY",
            "sk-your-key-here",
            "changeme",
            "ChangeMe!",
            "xxx",
            "sk-xxxxxxxx",
            "sk-ant-xxx",
            "***",
            "sk-...",
            "<your key>",
            "${OPENAI_API_KEY}",
            " placeholder ",
            "example-key",
            "test_123",
        ];

        for key in left_behind {
            assert!(is_placeholder(key), "{key}");
        }
    }

    #[test]
    fn what_could_be_a_key_is_none() {
        let keys = [
            "sk-proj-9fXq2xxxY",
            "AIzaSyxX",
            "ollama",
            "EMPTY",
            "sk-latest_9x",
            "gsk_yourself8",
            "0",
        ];

        for key in keys {
            assert!(!is_placeholder(key), "{key}");
        }
    }
}
