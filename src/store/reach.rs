//! Whether the database can be reached, as the one who keeps asking it found out.

/// How things stand between this server and its database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// It answers.
    #[default]
    Answers,
    /// It does not; what is known of it is fresh enough to go on with.
    Gone,
    /// It has not for longer than what is known may be trusted.
    Lost,
}
