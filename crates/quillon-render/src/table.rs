//! Tables, aligned by what a terminal shows.
//!
//! A table that is too wide gets narrower columns, whose cells go on below; one that is still too wide is shown as
//! records, a line for each cell. Nothing is cut off.

use quillon_contract::event::Table;

use crate::look::{Palette, paint};
use crate::width::{columns, one_line, pad, pad_left, wrap};

/// What separates columns.
const GAP: &str = "  ";
/// A column is not made narrower than this.
const COLUMN_MIN: usize = 8;

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

struct Grid {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    aligns: Vec<Align>,
}

/// A table with its title.
pub(crate) fn table(table: &Table, width: Option<usize>, palette: &Palette) -> String {
    let cells = |row: &Vec<String>| row.iter().map(|cell| one_line(cell)).collect::<Vec<_>>();
    let mut grid = Grid {
        head: cells(&table.columns),
        rows: table.rows.iter().map(cells).collect(),
        aligns: Vec::new(),
    };
    grid.square();
    grid.aligns = (0..grid.head.len()).map(|column| grid.natural_align(column)).collect();
    let mut text = String::new();
    if !table.title.is_empty() {
        text.push_str(&format!("{}\n", paint(palette.heading, one_line(&table.title))));
    }
    if table.rows.is_empty() {
        text.push_str(&format!("{}\n", paint(palette.quiet, "(nothing)")));
        return text;
    }
    text.push_str(&grid.draw(width, palette));
    text
}

/// A table of Markdown, if its second line says that it is one.
pub(crate) fn markdown_table(lines: &str, width: Option<usize>, palette: &Palette) -> Option<String> {
    let mut lines = lines.lines();
    let head = split_row(lines.next()?);
    let aligns: Option<Vec<Align>> = split_row(lines.next()?).iter().map(|cell| rule_align(cell)).collect();
    let mut grid = Grid { head, rows: lines.map(split_row).collect(), aligns: aligns? };
    grid.square();
    Some(grid.draw(width, palette))
}

/// The cells of a row; `\|` is a bar within a cell.
fn split_row(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in line.chars() {
        match (c, cells.last_mut()) {
            ('|', _) if !escaped => cells.push(String::new()),
            (c, Some(cell)) => {
                if escaped && c == '|' {
                    cell.pop();
                }
                cell.push(c);
            }
            (_, None) => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn rule_align(cell: &str) -> Option<Align> {
    let dashes = cell.strip_prefix(':').unwrap_or(cell);
    let right = dashes.ends_with(':') && !cell.starts_with(':');
    let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
    let is_rule = !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-');
    is_rule.then_some(if right { Align::Right } else { Align::Left })
}

fn is_number(cell: &str) -> bool {
    let digits = cell.trim_start_matches(['-', '+', '$', '€', '£']).trim_end_matches('%');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '_'))
}

impl Grid {
    /// Gives every row the same number of cells; data from outside may not have it.
    fn square(&mut self) {
        let count = self.rows.iter().map(Vec::len).chain([self.head.len()]).max().unwrap_or(0);
        self.head.resize(count, String::new());
        for row in &mut self.rows {
            row.resize(count, String::new());
        }
        self.aligns.resize(count, Align::Left);
    }

    fn natural_align(&self, column: usize) -> Align {
        let mut cells =
            self.rows.iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty()).peekable();
        let numbers = cells.peek().is_some() && cells.all(is_number);
        if numbers { Align::Right } else { Align::Left }
    }

    fn draw(&self, width: Option<usize>, palette: &Palette) -> String {
        match self.widths(width) {
            Some(widths) => self.draw_grid(&widths, palette),
            None => self.draw_records(palette),
        }
    }

    /// The width of each column, if all fit.
    fn widths(&self, width: Option<usize>) -> Option<Vec<usize>> {
        let of_column = |column: usize| {
            self.rows.iter().chain([&self.head]).map(|row| columns(&row[column])).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..self.head.len()).map(of_column).collect();
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        let Some(room) = width.map(|width| width.saturating_sub(gaps)) else {
            return Some(widths);
        };
        let mut over = widths.iter().sum::<usize>().saturating_sub(room);
        while over > 0 {
            let widest = widths.iter_mut().max().filter(|widest| **widest > COLUMN_MIN)?;
            *widest -= 1;
            over -= 1;
        }
        Some(widths)
    }

    fn draw_grid(&self, widths: &[usize], palette: &Palette) -> String {
        let mut text = String::new();
        for line in self.row_lines(&self.head, widths) {
            text.push_str(&format!("{}\n", paint(palette.strong, line)));
        }
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        text.push_str(&format!("{}\n", paint(palette.quiet, rule.join(GAP))));
        for line in self.rows.iter().flat_map(|row| self.row_lines(row, widths)) {
            text.push_str(&format!("{line}\n"));
        }
        text
    }

    /// The lines of a row: more than one when a cell does not fit.
    fn row_lines(&self, row: &[String], widths: &[usize]) -> Vec<String> {
        let cells: Vec<Vec<String>> =
            row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        let line = |at: usize| {
            let parts = cells.iter().zip(widths).zip(&self.aligns).map(|((parts, width), align)| {
                let part = parts.get(at).map_or("", String::as_str);
                if *align == Align::Right { pad_left(part, *width) } else { pad(part, *width) }
            });
            parts.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
        };
        (0..height).map(line).collect()
    }

    fn draw_records(&self, palette: &Palette) -> String {
        let label_columns = self.head.iter().map(|name| columns(name)).max().unwrap_or(0);
        let record = |row: &Vec<String>| {
            let lines = self.head.iter().zip(row).map(|(name, cell)| {
                let line = format!("{}  {cell}", paint(palette.strong, pad(name, label_columns)));
                format!("{}\n", line.trim_end())
            });
            lines.collect::<String>()
        };
        self.rows.iter().map(record).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::visible;

    fn draw(columns: &[&str], rows: &[&[&str]], width: Option<usize>) -> String {
        let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let data = Table {
            title: "Used this month".into(),
            columns: owned(columns),
            rows: rows.iter().map(|row| owned(row)).collect(),
        };
        table(&data, width, &Palette::new(false))
    }

    const USAGE: &[&[&str]] = &[
        &["agent requests", "12", "50", "resets on the first of the month"],
        &["日本語", "1,200", "", "e\u{301}\u{1b}[2J"],
    ];
    const COLUMNS: &[&str] = &["unit", "used", "limit", "what happens then"];

    #[test]
    fn aligns_by_what_is_shown_and_numbers_to_the_right() {
        insta::assert_snapshot!(draw(COLUMNS, USAGE, None), @r"
        Used this month
        unit             used  limit  what happens then
        --------------  -----  -----  --------------------------------
        agent requests     12     50  resets on the first of the month
        日本語          1,200         é\u{1b}[2J
        ");
    }

    #[test]
    fn too_wide_a_table_wraps_its_cells_then_becomes_records() {
        insta::assert_snapshot!(draw(COLUMNS, USAGE, Some(44)), @r"
        Used this month
        unit             used  limit  what happens
                                      then
        --------------  -----  -----  --------------
        agent requests     12     50  resets on the
                                      first of the
                                      month
        日本語          1,200         é\u{1b}[2J
        ");
        insta::assert_snapshot!(draw(COLUMNS, USAGE, Some(24)), @r"
        Used this month
        unit               agent requests
        used               12
        limit              50
        what happens then  resets on the first of the month

        unit               日本語
        used               1,200
        limit
        what happens then  é\u{1b}[2J
        ");
    }

    #[test]
    fn uneven_rows_and_no_rows_are_shown_all_the_same() {
        insta::assert_snapshot!(draw(&["a"], &[&["1", "extra"], &[]], Some(80)), @"
        Used this month
        a
        -  -----
        1  extra
        ");
        insta::assert_snapshot!(draw(&["a"], &[], Some(80)), @"
        Used this month
        (nothing)
        ");
    }

    #[test]
    fn markdown_rows_may_hold_escaped_bars_and_lack_the_last() {
        let lines = "|a|b|\n|-|-:|\n|x \\| y|1\n";
        insta::assert_snapshot!(visible(&markdown_table(lines, None, &Palette::new(true)).unwrap()), @"
        ␛[1ma      b␛[0m
        ␛[2m-----  -␛[0m
        x | y  1
        ");
        assert_eq!(markdown_table("|a|\n|b|\n", None, &Palette::new(false)), None);
    }
}
