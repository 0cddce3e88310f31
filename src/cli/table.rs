//! Owns how lists are shown to people: columns as wide as what is in them. Refuses to know what is listed.

use super::terminal::harmless;

/// Between two columns.
const GAP: &str = "  ";

/// Lays `rows` out under `head`, one line each.
pub(super) fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned))
        .chain(rows.into_iter().map(|row| row.map(|cell| shown(&cell))))
        .collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join(GAP);
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

/// A cell on one line that steers no terminal; one that is empty is still seen.
fn shown(cell: &str) -> String {
    let cell = harmless(cell).replace(['\n', '\t'], " ");
    if cell.is_empty() { "-".to_owned() } else { cell }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [["a", "öre\nlong"], ["longer", ""]].map(|row| row.map(str::to_owned));

        let expected = "ID      NAME\na       öre long\nlonger  -\n";
        assert_eq!(table(["ID", "NAME"], rows.into()), expected);
    }
}
