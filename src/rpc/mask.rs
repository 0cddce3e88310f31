//! Owns which fields a change is about: a mask is read against the fields that may change. Refuses to change any.

use std::collections::BTreeSet;

use prost_types::FieldMask;

use crate::domain::error::{Error, Violation};

/// Reads `update_mask`, of which every path must be one of `allowed`; `*` stands for all of them.
///
/// # Errors
/// `InvalidRequest`, naming each path that cannot be changed, or the mask when it names nothing.
pub(super) fn update_mask(
    mask: Option<&FieldMask>,
    allowed: &[&'static str],
) -> Result<BTreeSet<&'static str>, Error> {
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    let mut fields = BTreeSet::new();
    let mut violations = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if path == "*" {
            fields.extend(allowed);
        } else if let Some(field) = allowed.iter().find(|field| *field == path) {
            fields.insert(*field);
        } else {
            violations.push(Violation {
                field: format!("update_mask.paths[{index}]"),
                description: format!("expected one of {}, or *; found {path:?}", allowed.join(", ")),
            });
        }
    }
    if paths.is_empty() {
        violations.push(Violation {
            field: "update_mask".to_owned(),
            description: format!("expected at least one of {}", allowed.join(", ")),
        });
    }
    if violations.is_empty() {
        Ok(fields)
    } else {
        Err(Error::invalid(violations))
    }
}

#[cfg(test)]
mod tests {
    use prost_types::FieldMask;

    use super::update_mask;

    const ALLOWED: [&str; 3] = ["display_name", "labels", "priority"];

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    #[test]
    fn a_mask_names_fields_once_and_a_star_names_all() {
        let read = |paths: &[&str]| update_mask(Some(&mask(paths)), &ALLOWED).unwrap();

        assert!(read(&["labels", "labels"]).into_iter().eq(["labels"]));
        assert!(read(&["*", "labels"]).into_iter().eq(ALLOWED));
    }

    #[test]
    fn a_bad_path_is_named_by_its_place() {
        let refused = update_mask(Some(&mask(&["labels", "id", "labels.team"])), &ALLOWED).unwrap_err();

        let fields: Vec<_> = refused
            .violations
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        assert_eq!(fields, ["update_mask.paths[1]", "update_mask.paths[2]"]);
    }

    #[test]
    fn a_mask_that_names_nothing_is_refused() {
        for empty in [None, Some(mask(&[]))] {
            let refused = update_mask(empty.as_ref(), &ALLOWED).unwrap_err();
            assert_eq!(refused.violations[0].field, "update_mask");
        }
    }
}
