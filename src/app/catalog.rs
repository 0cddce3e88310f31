//! The catalogue of models: the one inside, and what the operator has that is newer.

use std::path::Path;

use super::StartError;
use crate::registry::Catalog;

/// Reads the built-in catalogue, and `newer` over it.
pub(super) fn read(newer: Option<&Path>) -> Result<Catalog, StartError> {
    let wrong = |path: String| move |source| StartError::Catalog { path, source };
    let catalog = Catalog::built_in().map_err(wrong("inside".to_owned()))?;
    let Some(newer) = newer else { return Ok(catalog) };
    let path = newer.display().to_string();
    let text = std::fs::read_to_string(newer).map_err(|source| StartError::File {
        path: path.clone(),
        source,
    })?;
    catalog.with(&text).map_err(wrong(path))
}
