//! Figures in columns: names to the left, numbers to the right, ratios to the floor at the end.

use std::fmt;
use std::time::Duration;

use super::measure::Sample;

/// A titled table of text.
pub(super) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self { title: title.into(), rows: vec![columns.iter().map(ToString::to_string).collect()] }
    }

    pub(super) fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    /// Medians of processes; the last row is the floor that the others are divided by.
    pub(super) fn of_samples(title: impl Into<String>, rows: &[(String, Sample)]) -> Self {
        let mut table = Self::new(title, &["", "wall ms", "CPU ms", "memory MB", "wall ratio", "CPU ratio"]);
        let floor = rows.last().map(|(_, sample)| *sample);
        for (name, sample) in rows {
            let ratios = floor.map(|floor| [ratio(sample.wall, floor.wall), ratio(sample.cpu, floor.cpu)]);
            let [wall_ratio, cpu_ratio] = ratios.unwrap_or_default();
            let memory = megabytes(sample.memory_bytes_max);
            table.row(&[
                name.clone(),
                millis(sample.wall),
                millis(sample.cpu),
                memory,
                wall_ratio,
                cpu_ratio,
            ]);
        }
        table
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        writeln!(f, "{}", self.title)?;
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                line += &if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

pub(super) fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1_000.0)
}

/// Millions of bytes.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{}.{:02}", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}

/// How many times `floor` fits, or a dash where the floor is too small to tell.
fn ratio(duration: Duration, floor: Duration) -> String {
    if floor.is_zero() {
        "-".to_owned()
    } else {
        format!("{:.1}", duration.as_secs_f64() / floor.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stand_in_columns_over_their_floor() {
        let sample = |wall, cpu, memory_bytes_max| Sample {
            wall: Duration::from_micros(wall),
            cpu: Duration::from_micros(cpu),
            memory_bytes_max,
        };
        let rows = [
            ("quillon --version".to_owned(), sample(12_340, 3_000, 8_456_789)),
            ("true".to_owned(), sample(1_000, 0, 999_999)),
        ];
        let expected = "\
start
                   wall ms  CPU ms  memory MB  wall ratio  CPU ratio
quillon --version    12.34    3.00       8.45        12.3          -
true                  1.00    0.00       0.99         1.0          -
";
        assert_eq!(Table::of_samples("start", &rows).to_string(), expected);
        assert_eq!(ratio(Duration::from_millis(3), Duration::from_millis(2)), "1.5");
    }
}
