// Converts a CSV file to records and checks each one as a run does.
//
// The plan: what a file does not say about itself is found in its first rows (first_rows.h), which stay in memory until
// they are converted. They show which row names the columns, which column is the address, and how the cells of a column
// write numbers, days and times. What they show is a Finding, which says why; where several readings fit, Plan returns
// a Problem with the choices, and an option answers it. What an option says is never looked for. A cell below the first
// rows that does not fit what they show makes its row wrong.
//
// Used by one thread, in bounded memory; a list of opt-outs with ids and addresses takes some 40 more bytes a row.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/csv/csv_reader.h"
#include "processor/importing/first_rows.h"
#include "processor/importing/row_reader.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::importing {

// A row and its result; valid until the next call.
struct ImportedRow {
  const csv::Row* row = nullptr;
  std::vector<codec::Record> records;  // empty for skipped rows; of a wrong one only what stops mail to a contact
  std::string lines;                   // the records as JSONL
  std::optional<WrongRow> wrong;
  std::string_view skipped;        // why the row was skipped; empty: it was not
  std::vector<WrongRow> warnings;  // of a right row: what is doubtful
};

// Whether the record of a row of a contact stops mail to it. Its events do nothing else.
bool StopsMail(const codec::Record& record);

// Counts of contacts whose rows say that nobody may mail them.
struct SuppressionCounts {
  uint64_t rows = 0, opted_out = 0, bounced = 0, complained = 0, do_not_contact = 0;
  // Counts a row. Rows of events are not counted: they are all about what people did. Returns whether it says so.
  bool Add(const ImportedRow& row);
  SuppressionCounts& operator+=(const SuppressionCounts& other);
};

// Finds the encoding of a file, which `read` reads to its end, and sets it if `options` say none. Returns the problem
// if several fit, and sets the most likely of them; or if the file is surely UTF-8 and `options` say another.
std::optional<Problem> FindEncoding(const csv::ReadBytes& read, csv::ReadOptions* options);

// Whether `rows_of` leaves out the row of a lead that is known, or not.
bool LeavesOut(RowsOf rows_of, bool is_known);
// Removes the records that `rows_of` leaves out of a row whose lead is known, or not. What the row of a known lead says
// against mail stays: nobody is mailed because of this option. Returns why records were removed; empty: none were.
std::string_view LeaveOutByLead(RowsOf rows_of, bool is_known, std::vector<codec::Record>* records);
// Removes the attributes from the row of an export whose lead has them already, as the export shows them, and the
// warnings about what types they may have. Either may be null.
void LeaveOutShown(const std::vector<std::string>& names, std::vector<codec::Record>* records,
                   std::vector<WrongRow>* warnings);
// Returns the delimiter's name as an option takes it: the character, or `tab`.
std::string DelimiterName(char delimiter);
std::optional<char> DelimiterFromName(std::string_view name);

class Importer {
 public:
  // Reads the first rows and finds the header, unless `header_line` is the line of the file where it begins. Rejected:
  // the file cannot be read, is no CSV, or has no header. Times after `latest` are rejected.
  static Result<std::unique_ptr<Importer>> Open(csv::ReadBytes read, const csv::ReadOptions& options, Instant latest,
                                                std::optional<uint64_t> header_line = std::nullopt);

  // Plans the columns and the form of their cells. Call it before the first row. Returns a problem if the options do
  // not fit the columns (PlanColumns), or if the file fits several readings. `options` outlives this.
  std::optional<Problem> Plan(const ImportOptions& options);

  const std::vector<std::string>& header() const { return header_; }
  const std::vector<Column>& columns() const { return columns_; }
  const csv::CsvReader& file() const { return *file_; }
  // Returns the line where the header begins, and how many rows are above it, which are left out.
  uint64_t header_line() const { return header_line_; }
  size_t rows_above() const { return rows_above_; }
  // Returns what the file shows about itself, after Plan.
  const std::vector<Finding>& findings() const { return findings_; }

  // Reads and converts the next row. Null at the end. Rejected: the rest of the file cannot be read.
  Result<const ImportedRow*> Next();
  // Takes whether the lead of the row that Next returned last is known. The row may be left out for it
  // (LeaveOutByLead).
  void TellIfKnown(bool is_known);
  // Whether the file is an export of leads.
  bool exported() const { return exported_; }
  // Removes attributes from the row of an export that Next returned last (LeaveOutShown).
  void LeaveOutShown(const std::vector<std::string>& names);
  // Returns the options that replace cells and have fitted none of the rows so far.
  std::vector<Option> IdleValues() const;
  // Reads the next row without converting it, so it needs no plan.
  Result<const csv::Row*> NextUnread() { return first_rows_.Take(file_.get()); }

 private:
  Importer(std::unique_ptr<csv::CsvReader> file, Instant latest);
  Status ReadHeader(std::optional<uint64_t> line);
  std::optional<Problem> AskForDelimiter() const;
  // Asks whether text that seems to be encoded twice is right, unless an option says the encoding.
  std::optional<Problem> AskForText() const;
  // Finds the form of the cells of each column that holds values of a type.
  std::optional<Problem> FindForms(const ImportOptions& options);
  std::optional<WrongRow> ReadRow();
  // Returns the row's cells without their formula guards, `="01067"` as text, with the replacements of `--value`, and
  // empty where their word means that.
  const std::vector<std::string_view>& CellsAsSaid(const csv::Row& row);
  // Notes that a cell has the value of the column with this replacement.
  void NoteFit(size_t column, const std::string* ours);
  bool IsEmptyWord(const Column& column, std::string_view cell) const;
  // Warns of cells that a spreadsheet may have changed.
  void WarnOfShortened();
  std::optional<WrongRow> CheckRecords();
  // Appends the record to the lines and decodes it.
  std::optional<WrongRow> CheckRecord(const codec::Record& record, std::string* lines);
  // Removes all from a wrong row but what it says against mail.
  void KeepWhatStopsMail();
  // Writes the lines of the row's records again.
  void WriteLines();

  std::unique_ptr<csv::CsvReader> file_;
  const codec::DecodeLimits limits_;
  std::unique_ptr<codec::RecordDecoder> decoder_;
  FirstRows first_rows_;
  uint64_t header_line_ = 0;
  size_t rows_above_ = 0;
  std::vector<bool> hold_addresses_;  // by column
  std::vector<std::string> header_;
  std::vector<Column> columns_;
  std::vector<Finding> findings_;
  std::vector<std::vector<bool>> fitting_values_;  // by column: which of its values a cell had
  std::vector<std::string> empty_words_;           // of the options, folded
  RowsOf rows_of_ = RowsOf::kAllLeads;
  Instant issued_at_;  // the time of the file
  bool are_contacts_ = true;
  bool exported_ = false;  // the file is an export of leads
  bool guarded_ = false;   // Leadpulse wrote the file, with `'` before texts like formulas
  std::unique_ptr<RowReader> reader_;
  std::vector<std::string_view> cells_;  // the row's, as they are read
  std::vector<std::string> texts_;       // behind those of cells_ that are read as another text
  ImportedRow current_;
};

}  // namespace leadpulse::importing
