//! Encoding feature by feature, and the deviations of answers that no recording shows.

mod decode;
mod encode;
