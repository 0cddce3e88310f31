//! A lossless copy of every table, proved by reading it again.

use futures_util::StreamExt as _;

use super::tables::{Count, Table, Tables, Tally};
use super::{MaintenanceError, known_migration};

/// Whether data that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Only a database that holds nothing but what its migrations put there is written to.
    Never,
    /// What is there is removed, in the same transaction.
    Everything,
}

/// Copies what `source` holds to `target`, which is up to date. `new` is what a new database holds.
pub(super) async fn copied(
    source: &mut dyn Tables,
    target: &mut dyn Tables,
    new: &[Tally],
    overwrite: Overwrite,
) -> Result<Vec<Tally>, MaintenanceError> {
    require_current(source).await?;
    source.begin_reading().await?;
    let tables = target.tables().await?;
    if !is_alike(&source.tables().await?, &tables) {
        let detail = "the two databases do not have the same tables and columns";
        return Err(MaintenanceError::Refused(detail.to_owned()));
    }
    let tables = parents_first(tables);
    target.begin_writing(&tables).await?;
    if overwrite == Overwrite::Never {
        require_new(target, &tables, new).await?;
    }
    target.clear(&tables).await?;
    let mut tallies = Vec::new();
    for table in &tables {
        let mut count = Count::default();
        let mut rows = source.rows(table);
        while let Some(row) = rows.next().await {
            let row = row?;
            count.add(&row);
            target.insert(table, row).await?;
        }
        tallies.push(count.tally(&table.name));
    }
    for (table, sent) in tables.iter().zip(&tallies) {
        let arrived = tally(target, table).await?;
        if arrived != *sent {
            return Err(MaintenanceError::Refused(format!(
                "{} arrived changed: {} rows with checksum {} became {} with {}; nothing was kept",
                table.name, sent.rows, sent.checksum, arrived.rows, arrived.checksum
            )));
        }
    }
    target.commit().await?;
    tallies.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(tallies)
}

/// Reads a table through.
pub(super) async fn tally(tables: &mut dyn Tables, table: &Table) -> Result<Tally, MaintenanceError> {
    let mut count = Count::default();
    let mut rows = tables.rows(table);
    while let Some(row) = rows.next().await {
        count.add(&row?);
    }
    Ok(count.tally(&table.name))
}

/// What is copied has the tables of this crux, neither fewer nor more.
async fn require_current(source: &mut dyn Tables) -> Result<(), MaintenanceError> {
    let known = known_migration();
    match source.migration().await? {
        Some(version) if version == known => Ok(()),
        Some(version) if version < known => Err(MaintenanceError::Refused(format!(
            "the database to copy from has migration {version} of {known}; run `crux db migrate` on it first"
        ))),
        Some(version) => Err(MaintenanceError::Refused(format!(
            "the database to copy from is newer than this crux: it has migration {version}, the last one known here \
             is {known}"
        ))),
        None => Err(MaintenanceError::Refused(
            "the database to copy from has none of crux's tables".to_owned(),
        )),
    }
}

async fn require_new(
    target: &mut dyn Tables,
    tables: &[Table],
    new: &[Tally],
) -> Result<(), MaintenanceError> {
    for table in tables {
        let found = tally(target, table).await?;
        if !new.contains(&found) {
            return Err(MaintenanceError::Refused(format!(
                "the database to write to has data already ({} rows in {}); --force replaces everything in it",
                found.rows, found.table
            )));
        }
    }
    Ok(())
}

/// Keys and parents may be told in another way; names and kinds must be the same.
fn is_alike(source: &[Table], target: &[Table]) -> bool {
    let same = |(one, other): (&Table, &Table)| one.name == other.name && one.columns == other.columns;
    source.len() == target.len() && source.iter().zip(target).all(same)
}

/// Orders tables so that no row arrives before the one it points at.
fn parents_first(tables: Vec<Table>) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::new();
    let mut waiting = tables;
    while !waiting.is_empty() {
        let is_known = |name: &String, ordered: &[Table], waiting: &[Table]| {
            ordered.iter().any(|table| table.name == *name)
                || !waiting.iter().any(|table| table.name == *name)
        };
        let (ready, later): (Vec<_>, Vec<_>) = waiting.iter().cloned().partition(|table| {
            let mut parents = table.parents.iter().filter(|parent| **parent != table.name);
            parents.all(|parent| is_known(parent, &ordered, &waiting))
        });
        // Tables that point at each other have no order: the database decides.
        let is_stuck = ready.is_empty();
        ordered.extend(if is_stuck { later.clone() } else { ready });
        waiting = if is_stuck { Vec::new() } else { later };
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::{Table, parents_first};

    fn table(name: &str, parents: &[&str]) -> Table {
        Table {
            name: name.to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
        }
    }

    #[test]
    fn parents_come_before_what_points_at_them() {
        let tables = vec![
            table("a", &["c", "a"]),
            table("b", &[]),
            table("c", &["d"]),
            table("d", &["elsewhere"]),
            table("x", &["y"]),
            table("y", &["x"]),
        ];

        let ordered = parents_first(tables);

        let names: Vec<_> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["b", "d", "c", "a", "x", "y"]);
    }
}
