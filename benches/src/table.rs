//! Markdown tables, aligned so that they read well in a terminal, too.

/// A table whose first column is text and whose other columns are figures.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|&cell| cell.to_owned()).collect();
        Self { rows: vec![head] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn print(&self, print: &mut dyn FnMut(&str)) {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (at, row) in self.rows.iter().enumerate() {
            print(&line(row, &widths));
            if at == 0 {
                print(&rule(&widths));
            }
        }
        print("");
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths).enumerate();
    let cells = cells.map(|(column, (cell, &width))| match column {
        0 => format!(" {cell:width$} |"),
        _ => format!(" {cell:>width$} |"),
    });
    String::from("|") + &cells.collect::<String>()
}

fn rule(widths: &[usize]) -> String {
    let cells = widths.iter().enumerate().map(|(column, &width)| {
        let dashes = "-".repeat(width);
        match column {
            0 => format!(" {dashes} |"),
            _ => format!(" {dashes}:|"),
        }
    });
    String::from("|") + &cells.collect::<String>()
}
