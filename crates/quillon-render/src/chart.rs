//! Charts as bars, each with its number, so that the drawing says nothing that the text does not.

use quillon_contract::event::Chart;

use crate::look::{Palette, paint};
use crate::width::{columns, one_line, pad, pad_left};

/// A bar is not drawn longer than this.
const BAR_COLUMNS_MAX: usize = 60;
/// A bar has at least this much room, also on a narrow terminal.
const BAR_COLUMNS_MIN: usize = 8;
/// The width that is drawn for when there is none to ask for.
const WIDTH_DEFAULT: usize = 80;
/// Eighths of a column.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A chart, a line for each label and series. Lines are drawn as bars too: over labels they say the same.
pub(crate) fn chart(chart: &Chart, width: Option<usize>, palette: &Palette) -> String {
    let unit = one_line(&chart.unit);
    let title =
        if unit.is_empty() { one_line(&chart.title) } else { format!("{} ({unit})", one_line(&chart.title)) };
    let mut text = format!("{}\n", paint(palette.heading, title));
    let rows = rows(chart);
    if rows.is_empty() {
        text.push_str(&format!("{}\n", paint(palette.quiet, "(nothing)")));
        return text;
    }
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| columns(of(row))).max().unwrap_or(0);
    let (labels, names) = (widest(|row| &row.label), widest(|row| &row.series));
    let numbers = widest(|row| &row.number);
    let room = width.unwrap_or(WIDTH_DEFAULT).saturating_sub(labels + names + numbers + 6);
    let bar_max = room.clamp(BAR_COLUMNS_MIN, BAR_COLUMNS_MAX);
    let largest = rows.iter().filter_map(|row| row.value).map(f64::abs).fold(0.0, f64::max);
    for row in &rows {
        let name = if names > 0 { format!("{}  ", pad(&row.series, names)) } else { String::new() };
        let drawn = row.value.map_or_else(String::new, |value| bar(value, largest, bar_max));
        let line = format!("{}  {name}{}  {drawn}", pad(&row.label, labels), pad_left(&row.number, numbers));
        text.push_str(&format!("{}\n", line.trim_end()));
    }
    text
}

struct Row {
    label: String,
    series: String,
    value: Option<f64>,
    number: String,
}

/// A row for each label and series. What is missing is said to be; values without a label are shown too.
fn rows(chart: &Chart) -> Vec<Row> {
    let count =
        chart.series.iter().map(|series| series.values.len()).chain([chart.labels.len()]).max().unwrap_or(0);
    let several = chart.series.len() > 1;
    let mut rows = Vec::new();
    for at in 0..count {
        for (place, series) in chart.series.iter().enumerate() {
            let label = chart.labels.get(at).filter(|_| place == 0);
            let value = series.values.get(at).copied().filter(|value| value.is_finite());
            rows.push(Row {
                label: label.map_or_else(String::new, |label| one_line(label)),
                series: if several { one_line(&series.name) } else { String::new() },
                value,
                number: value.map_or_else(|| "n/a".to_owned(), number),
            });
        }
    }
    rows
}

/// Two decimals, or two digits that count where the value is small; without zeros at the end.
fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = if size > 0.0 && size < 1.0 { (1.0 - size.log10().floor()).min(9.0) as usize } else { 2 };
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// What is below zero is drawn lighter; its number has the sign.
fn bar(value: f64, largest: f64, bar_max: usize) -> String {
    if largest <= 0.0 {
        return String::new();
    }
    let eighths = (value.abs() / largest * (bar_max * 8) as f64).round() as usize;
    if value < 0.0 {
        return "░".repeat(eighths.div_ceil(8));
    }
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use quillon_contract::event::{ChartKind, Series};

    use super::*;

    fn draw(labels: &[&str], series: &[(&str, &[f64])], width: Option<usize>) -> String {
        let data = Chart {
            title: "Cost by service".into(),
            kind: ChartKind::Bar,
            unit: "USD".into(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            series: series
                .iter()
                .map(|(name, values)| Series { name: (*name).into(), values: values.to_vec() })
                .collect(),
        };
        chart(&data, width, &Palette::new(false))
    }

    #[test]
    fn draws_bars_with_their_numbers() {
        insta::assert_snapshot!(draw(&["EC2", "日本", "S3"], &[("cost", &[120.5, 60.0, 0.004])], Some(40)), @"
        Cost by service (USD)
        EC2   120.5  █████████████████████████
        日本     60  ████████████▌
        S3    0.004
        ");
    }

    #[test]
    fn draws_series_side_by_side_and_what_is_below_zero_lighter() {
        let series: &[(&str, &[f64])] = &[("2025", &[10.0, -5.0]), ("2026", &[20.0, 7.25])];
        insta::assert_snapshot!(draw(&["a", "b"], series, Some(10)), @"
        Cost by service (USD)
        a  2025    10  ████
           2026    20  ████████
        b  2025    -5  ░░
           2026  7.25  ██▉
        ");
    }

    #[test]
    fn broken_data_is_shown_as_far_as_it_goes() {
        insta::assert_snapshot!(draw(&["a", "b"], &[("s", &[f64::NAN, 0.0, 3.0]), ("t", &[])], Some(60)), @"
        Cost by service (USD)
        a  s  n/a
           t  n/a
        b  s    0
           t  n/a
           s    3  █████████████████████████████████████████████████
           t  n/a
        ");
        insta::assert_snapshot!(draw(&[], &[], None), @"
        Cost by service (USD)
        (nothing)
        ");
        insta::assert_snapshot!(draw(&["a"], &[("s", &[0.0])], None), @"
        Cost by service (USD)
        a  0
        ");
    }
}
