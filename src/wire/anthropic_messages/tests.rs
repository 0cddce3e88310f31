//! Encoding, feature by feature.
