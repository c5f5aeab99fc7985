//! Lists as tables for spreadsheets: CSV (RFC 4180) and XLSX. [`format`](Format) says which, by what is asked for or accepted.

mod format;

use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, RefOr, Schema, SchemaFormat,
        schema::{ObjectBuilder, Type},
    },
};

pub use format::Format;

use super::Problem;

/// What is in a cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Words. They are never read as a formula.
    Text(String),
    /// A whole number.
    Number(i128),
}

/// A list as a table.
pub struct Table {
    /// The names of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// What stands beneath them.
    pub sums: Vec<Vec<Cell>>,
}

/// A file with a table, for the OpenAPI document.
pub struct File;

impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        let bytes = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(bytes)).into()
    }
}

impl ToSchema for File {}

impl Table {
    /// Its bytes as a file: for Excel, or as CSV.
    ///
    /// # Errors
    /// `internal` where it cannot be written.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, Problem> {
        match format {
            Format::Xlsx => self.xlsx().map_err(Problem::internal),
            Format::Json | Format::Csv => self.csv().map_err(Problem::internal),
        }
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<Cell>> {
        self.rows.iter().chain(&self.sums)
    }

    fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::from("\u{feff}"));
        writer.write_record(self.head.iter().map(|name| harmless(name)))?;
        for line in self.lines() {
            writer.write_record(line.iter().map(|cell| match cell {
                Cell::Text(text) => harmless(text),
                Cell::Number(number) => number.to_string(),
            }))?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let (bold, plain) = (CellFormat::new().set_bold(), CellFormat::new());
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, name) in (0u16..).zip(&self.head) {
            sheet.write_string_with_format(0, column, name, &bold)?;
            sheet.set_column_width(column, if column == 0 { 48 } else { 16 })?;
        }
        sheet.set_freeze_panes(1, 0)?;
        for (number, line) in (1u32..).zip(self.lines()) {
            let format = if number as usize > self.rows.len() { &bold } else { &plain };
            for (column, cell) in (0u16..).zip(line) {
                write(sheet, (number, column), cell, format)?;
            }
        }
        workbook.save_to_buffer()
    }
}

/// Numbers are numbers as far as Excel has them exactly, to 15 digits; larger ones are written out.
fn write(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, format: &CellFormat) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string_with_format(row, column, text, format)?,
        Cell::Number(number) if number.unsigned_abs() < 1_000_000_000_000_000 => {
            let grouped = format.clone().set_num_format("#,##0");
            sheet.write_number_with_format(row, column, *number as f64, &grouped)?
        }
        Cell::Number(number) => sheet.write_string_with_format(row, column, number.to_string(), format)?,
    };
    Ok(())
}

/// A text as a cell of a CSV file, which spreadsheets would take for a formula if it began like one.
pub fn harmless(text: &str) -> String {
    let quote = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{quote}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_a_csv_file_begins_a_formula() {
        let texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "a,\"b\"\nc", ""];
        let rows = texts.map(|text| vec![Cell::Text(text.to_owned()), Cell::Number(-7)]).to_vec();
        let table = Table { head: vec!["Tên".into(), "=Số".into()], rows, sums: Vec::new() };
        let csv = String::from_utf8(table.csv().expect("a file")).expect("UTF-8");
        assert_eq!(
            csv,
            "\u{feff}Tên,'=Số\r\n'=1+1,-7\r\n'+1,-7\r\n'-1,-7\r\n'@x,-7\r\n'\tx,-7\r\n\"'\rx\",-7\r\nx=1,-7\r\n\
             \"a,\"\"b\"\"\nc\",-7\r\n,-7\r\n"
        );
    }
}
