#include "processor/importing/importer.h"

#include <algorithm>
#include <utility>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/csv/encoding_guess.h"
#include "processor/importing/header_row.h"
#include "processor/importing/own_export.h"
#include "processor/importing/plan_forms.h"
#include "processor/importing/row_cells.h"
#include "processor/importing/twice_encoded.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/left_out_attributes.h"

namespace leadpulse::importing {
namespace {

// Returns what a spreadsheet shows for `="01067"`, which keeps it from taking the text for a number; nullopt: it is
// another cell.
std::optional<std::string> TextOfFormula(std::string_view cell) {
  cell = TrimAsciiSpace(cell);
  if (cell.size() < 3 || !cell.starts_with("=\"") || !cell.ends_with('"')) return std::nullopt;
  const std::string_view quoted = cell.substr(2, cell.size() - 3);
  std::string text;
  for (size_t i = 0; i < quoted.size(); ++i) {
    // A quote within the text is doubled; a single one ends it.
    if (quoted[i] == '"' && (++i == quoted.size() || quoted[i] != '"')) return std::nullopt;
    text += quoted[i];
  }
  return text;
}

bool IsText(const Column& column) {
  return column.meaning != Meaning::kLeftOut && column.meaning != Meaning::kTime &&
         column.type.value_or(FieldType::kText) == FieldType::kText;
}

std::optional<WrongRow> WrongShape(const csv::Row& row, size_t columns) {
  if (row.problem == csv::RowProblem::kTooLarge) {
    return WrongRow{"too large", {"the row is over 1 MiB, or over 4,096 cells"}};
  }
  if (row.problem == csv::RowProblem::kTextBehindQuote) {
    return WrongRow{"text behind a quote", {"text follows a quote that closed; a quote within a text is doubled"}};
  }
  if (row.cells.size() != columns) {
    const std::string cells = std::to_string(row.cells.size()), wanted = std::to_string(columns);
    return WrongRow{"wrong number of cells",
                    {Concat({"it has ", cells, row.cells.size() == 1 ? " cell" : " cells", ", the header ", wanted})}};
  }
  for (const std::string_view cell : row.cells) {
    if (IsUtf8(cell)) continue;
    return WrongRow{"does not fit the encoding", {"it has bytes that do not fit the file's encoding"}};
  }
  return std::nullopt;
}

// First bytes of files that are mistaken for CSV, and what such files are.
struct OtherFormat {
  std::string_view beginning;
  const char* what;
};
constexpr OtherFormat kOtherFormats[] = {
    {"{\"", "JSON, which no import reads; export the table as CSV"},
    {"[{\"", "JSON, which no import reads; export the table as CSV"},
    {"PK\x03\x04", "an Excel workbook or a ZIP archive; save its table as CSV"},
    {"\xD0\xCF\x11\xE0", "an Excel workbook; save its table as CSV"},
    {"%PDF", "a PDF; save its table as CSV"},
    {"\x1F\x8B", "compressed with gzip; decompress it, or let its name end in .gz on the command line"},
};
constexpr size_t kBeginningBytes = 4;

}  // namespace

std::optional<Problem> FindEncoding(const csv::ReadBytes& read, csv::ReadOptions* options) {
  if (options->encoding) {
    if (!csv::IsUtf8Instead(read, *options->encoding)) return std::nullopt;
    return Problem{Concat({"the file is UTF-8, of which ", options->encoding->name,
                           " would make other letters; leave the encoding out, or say UTF-8"}),
                   {"encoding"}};
  }
  csv::EncodingGuess guess = csv::GuessEncoding(read);
  options->encoding = std::move(guess.encoding);
  if (options->encoding) return std::nullopt;
  options->encoding = csv::Encoding{guess.choices.front().encoding, "one of several that fit"};
  Problem problem{"it is not UTF-8, and may be ", {}, {"encoding"}, {}};
  for (auto& [name, sample] : guess.choices) {
    problem.what += Concat(
        {problem.choices.empty() ? "" : ", ", name, sample.empty() ? "" : " (", sample, sample.empty() ? "" : ")"});
    problem.choices.push_back({std::move(name), std::move(sample)});
  }
  return problem;
}

std::string DelimiterName(char delimiter) { return delimiter == '\t' ? "tab" : std::string(1, delimiter); }

std::optional<char> DelimiterFromName(std::string_view name) {
  if (name == "tab") return '\t';
  const bool is_one = name.size() == 1 && name != "\"" && name != "\n" && name != "\r";
  return is_one ? std::optional(name.front()) : std::nullopt;
}

bool StopsMail(const codec::Record& record) {
  const auto* command = std::get_if<codec::Command>(&record);
  return command == nullptr || command->actions.Find<codec::SetDoNotContact>() != nullptr;
}

bool SuppressionCounts::Add(const ImportedRow& row) {
  const std::vector<codec::Record>& records = row.records;
  // The records of a wrong row are all of a contact.
  const bool is_of_contact = !records.empty() && (row.wrong || std::holds_alternative<codec::Command>(records.front()));
  if (!is_of_contact) return false;
  const uint64_t before = opted_out + bounced + complained + do_not_contact;
  bool has_opted_out = false;  // once, of however many lists
  for (const codec::Record& record : records) {
    if (const auto* command = std::get_if<codec::Command>(&record)) {
      do_not_contact += command->actions.Find<codec::SetDoNotContact>() != nullptr ? 1 : 0;
      continue;
    }
    const EventType type = std::get<codec::Event>(record).type;
    has_opted_out = has_opted_out || type == EventType::kUnsubscribe;
    bounced += type == EventType::kBounce;
    complained += type == EventType::kComplaint;
  }
  opted_out += has_opted_out ? 1 : 0;
  const bool says_so = opted_out + bounced + complained + do_not_contact > before;
  rows += says_so ? 1 : 0;
  return says_so;
}

SuppressionCounts& SuppressionCounts::operator+=(const SuppressionCounts& other) {
  rows += other.rows;
  opted_out += other.opted_out;
  bounced += other.bounced;
  complained += other.complained;
  do_not_contact += other.do_not_contact;
  return *this;
}

bool LeavesOut(RowsOf rows_of, bool is_known) {
  return rows_of != RowsOf::kAllLeads && (rows_of == RowsOf::kKnownLeads) != is_known;
}

std::string_view LeaveOutByLead(RowsOf rows_of, bool is_known, std::vector<codec::Record>* records) {
  if (records->empty() || !LeavesOut(rows_of, is_known)) return "";
  if (!is_known) {
    records->clear();
    return "the lead is not there";
  }
  std::erase_if(*records, [](const codec::Record& record) { return !StopsMail(record); });
  return "the lead is there already";
}

void LeaveOutShown(const std::vector<std::string>& names, std::vector<codec::Record>* records,
                   std::vector<WrongRow>* warnings) {
  if (names.empty()) return;
  for (size_t i = 0; records != nullptr && i < records->size(); ++i) {
    if (auto* const command = std::get_if<codec::Command>(&(*records)[i])) codec::LeaveOutAttributes(names, command);
  }
  if (warnings == nullptr) return;
  std::erase_if(*warnings, [&names](const WrongRow& warning) {
    return std::ranges::find(names, warning.problem.fault.meaning) != names.end();
  });
}

Importer::Importer(std::unique_ptr<csv::CsvReader> file, Instant latest)
    : file_(std::move(file)), limits_{latest}, decoder_(codec::MakeJsonRecordDecoder()) {}

Result<std::unique_ptr<Importer>> Importer::Open(csv::ReadBytes read, const csv::ReadOptions& options, Instant latest,
                                                 std::optional<uint64_t> header_line) {
  LP_ASSIGN_OR_RETURN(const std::string beginning, csv::Peek(&read, kBeginningBytes));
  for (const OtherFormat& other : kOtherFormats) {
    if (beginning.starts_with(other.beginning)) return Status::Rejected(Concat({"it is ", other.what}));
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<csv::CsvReader> file, csv::CsvReader::Open(std::move(read), options));
  std::unique_ptr<Importer> importer(new Importer(std::move(file), latest));
  LP_RETURN_IF_ERROR(importer->ReadHeader(header_line));
  return importer;
}

Status Importer::ReadHeader(std::optional<uint64_t> line) {
  first_rows_.Read(file_.get());
  if (first_rows_.size() == 0) {
    LP_ASSIGN_OR_RETURN(const csv::Row* const none, first_rows_.Take(file_.get()));
    (void)none;
    return Status::Rejected("it is empty; its first row must name the columns");
  }
  if (!line) rows_above_ = FindHeaderRow(first_rows_);
  while (line && rows_above_ < first_rows_.size() && first_rows_.At(rows_above_).line != *line) ++rows_above_;
  if (rows_above_ == first_rows_.size()) {
    return Status::Rejected(
        Concat({"no row begins in line ", std::to_string(*line), ", which should name the columns"}));
  }
  const csv::Row header = first_rows_.At(rows_above_);
  if (const auto wrong = WrongShape(header, header.cells.size())) {
    return Status::Rejected(Concat({rows_above_ == 0 ? "its first row" : "line " + std::to_string(header.line),
                                    ", which must name the columns, cannot be used: ", wrong->problem.what}));
  }
  header_line_ = header.line;
  hold_addresses_ = FindAddresses(first_rows_, rows_above_);
  exported_ = IsOwnExport(header.cells);
  guarded_ = NormalizeName(header.cells.back()) == kReasonColumn || exported_;
  for (const std::string_view name : header.cells) {
    std::string& plain = header_.emplace_back(guarded_ ? csv::Unguarded(name) : std::string(name));
    if (!exported_) plain = TextOfFormula(plain).value_or(plain);
  }
  first_rows_.Skip(rows_above_ + 1);
  return Status::Ok();
}

std::optional<Problem> Importer::Plan(const ImportOptions& options) {
  findings_.clear();
  if (auto problem = AskForDelimiter()) return problem;
  if (auto problem = AskForText()) return problem;
  if (rows_above_ > 0) {
    const std::string line = std::to_string(header_line_);
    findings_.push_back(
        {"", Concat({"line ", line, " names the columns; what is above it is left out"}), {"header_row", "", line}});
  }
  if (auto problem = PlanColumns({header_.begin(), header_.end()}, options, &columns_, hold_addresses_, &findings_))
    return problem;
  for (const std::string& word : options.empty_words) empty_words_.push_back(FoldCase(TrimAsciiSpace(word)));
  if (auto problem = FindForms(options)) return problem;
  if (auto problem = FindUndeclared(columns_, options)) return problem;
  if (auto problem = FindIdleValues(columns_)) return problem;
  reader_ = MakeRowReader(columns_, options);
  rows_of_ = options.rows_of;
  issued_at_ = options.issued_at;
  are_contacts_ = options.mode == Mode::kContacts;
  return std::nullopt;
}

std::optional<Problem> Importer::AskForDelimiter() const {
  const std::string& delimiters = file_->equal_delimiters();
  if (delimiters.empty()) return std::nullopt;
  Problem problem{"", {}, {"delimiter", "", DelimiterName(delimiters.front())}, {}};
  std::string names;
  for (const char delimiter : delimiters) {
    problem.choices.push_back({DelimiterName(delimiter), ""});
    names += Concat({names.empty() ? "" : " or ", "`", DelimiterName(delimiter), "`"});
  }
  problem.what = Concat({"its columns may be separated by ", names, ", which fit equally well"});
  return problem;
}

std::optional<Problem> Importer::AskForText() const {
  if (file_->encoding().why == csv::kYourChoice) return std::nullopt;
  TwiceEncoded text;
  for (const std::string& name : header_) text.Add(name);
  for (size_t i = rows_above_ + 1; i < first_rows_.size(); ++i) {
    for (const std::string_view cell : first_rows_.At(i).cells) text.Add(cell);
  }
  return text.Ask();
}

std::optional<Problem> Importer::FindForms(const ImportOptions& options) {
  PlanForms forms(&columns_, options);
  const auto for_each_row = [this](auto visit) {
    for (size_t i = rows_above_ + 1; i < first_rows_.size(); ++i) {
      const csv::Row row = first_rows_.At(i);
      if (!WrongShape(row, columns_.size())) visit(row);
    }
  };
  const auto may_have_answers = [](const Column& column) {
    return IsOfWishes(column.status) || MayBeReason(column.header);
  };
  if (std::ranges::any_of(columns_, may_have_answers)) {
    for_each_row([&](const csv::Row& row) { forms.FindAnswers(CellsAsSaid(row)); });
  }
  for_each_row([&](const csv::Row& row) { forms.Add(row.cells, CellsAsSaid(row)); });
  return forms.Find(first_rows_.are_all(), &findings_);
}

Result<const ImportedRow*> Importer::Next() {
  LP_ASSIGN_OR_RETURN(const csv::Row* const row, first_rows_.Take(file_.get()));
  if (row == nullptr) return nullptr;
  current_.row = row;
  current_.records.clear();
  current_.lines.clear();
  current_.skipped = {};
  current_.warnings.clear();
  current_.wrong = ReadRow();
  if (current_.wrong) KeepWhatStopsMail();
  return &current_;
}

void Importer::KeepWhatStopsMail() {
  std::vector<codec::Record> records = std::move(current_.records);
  current_.records.clear();
  current_.lines.clear();
  current_.warnings.clear();
  if (!are_contacts_) return;
  for (codec::Record& record : records) {
    if (!StopsMail(record)) continue;
    std::string line;
    if (CheckRecord(record, &line)) continue;
    current_.lines += line;
    current_.records.push_back(std::move(record));
  }
}

void Importer::TellIfKnown(bool is_known) {
  const std::string_view why = LeaveOutByLead(rows_of_, is_known, &current_.records);
  if (why.empty()) return;
  if (current_.records.empty() && !current_.wrong) current_.skipped = why;
  current_.warnings.clear();
  WriteLines();
}

void Importer::LeaveOutShown(const std::vector<std::string>& names) {
  if (names.empty()) return;
  importing::LeaveOutShown(names, &current_.records, &current_.warnings);
  WriteLines();
}

void Importer::WriteLines() {
  current_.lines.clear();
  for (const codec::Record& record : current_.records) codec::AppendInputJson(record, &current_.lines);
}

std::optional<WrongRow> Importer::ReadRow() {
  if (auto wrong = WrongShape(*current_.row, columns_.size())) return wrong;
  if (auto wrong = reader_->Read(CellsAsSaid(*current_.row), &current_.records)) return wrong;
  if (current_.records.empty()) current_.skipped = reader_->Skipped();
  current_.warnings = reader_->warnings();
  WarnOfShortened();
  return CheckRecords();
}

// Returns the row's cells as the options change them. Leaves the type of an event to its reader: only an option can say
// that it is no engagement, or an erasure.
const std::vector<std::string_view>& Importer::CellsAsSaid(const csv::Row& row) {
  cells_ = row.cells;
  texts_.resize(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (guarded_) cells_[i] = texts_[i] = csv::Unguarded(cells_[i]);
    // In an export it is a lead's value.
    if (auto shown = exported_ ? std::nullopt : TextOfFormula(cells_[i])) {
      texts_[i] = *std::move(shown);
      cells_[i] = texts_[i];
    }
    const std::string* const ours = ValueSaid(columns_[i], cells_[i]);
    if (ours != nullptr) NoteFit(i, ours);
    if (columns_[i].meaning == Meaning::kType) continue;
    if (ours != nullptr) {
      cells_[i] = *ours;
    } else if (IsEmptyWord(columns_[i], cells_[i])) {
      cells_[i] = {};
    }
  }
  return cells_;
}

void Importer::NoteFit(size_t column, const std::string* ours) {
  const auto& values = columns_[column].values;
  const auto value = std::ranges::find(values, ours, [](const auto& each) { return &each.second; });
  fitting_values_.resize(columns_.size());
  fitting_values_[column].resize(values.size());
  fitting_values_[column][static_cast<size_t>(value - values.begin())] = true;
}

std::vector<Option> Importer::IdleValues() const {
  std::vector<Option> idle;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::vector<bool>* const fitting = i < fitting_values_.size() ? &fitting_values_[i] : nullptr;
    for (size_t j = 0; j < columns_[i].values.size(); ++j) {
      if (fitting != nullptr && j < fitting->size() && (*fitting)[j]) continue;
      const auto& [theirs, ours] = columns_[i].values[j];
      idle.push_back({"values", columns_[i].header, ours, theirs.empty() ? std::string(kEmptyCells) : theirs});
    }
  }
  return idle;
}

bool Importer::IsEmptyWord(const Column& column, std::string_view cell) const {
  if (IsTyped(column) && MeansEmpty(TrimAsciiSpace(cell))) return true;
  if (empty_words_.empty()) return false;
  const std::string word = FoldCase(TrimAsciiSpace(cell));
  return !word.empty() && std::ranges::find(empty_words_, word) != empty_words_.end();
}

void Importer::WarnOfShortened() {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!IsText(columns_[i]) || !LooksShortened(cells_[i])) continue;
    const bool is_left_out = are_contacts_ && LosesShortened(columns_[i]);
    current_.warnings.push_back(
        WrongCell(columns_[i], cells_[i],
                  {is_left_out ? "is a number that a spreadsheet has shortened; its digits are lost, so it is left out"
                               : "may be a number that a spreadsheet has shortened; its digits are lost"}));
  }
}

namespace {

// Whether a run would refuse the record for its time alone.
bool IsOfTime(const WrongRow& wrong) {
  return wrong.kind == codec::ReasonName(codec::Reason::kBadTimestamp) ||
         wrong.kind == codec::ReasonName(codec::Reason::kFutureTimestamp);
}

}  // namespace

// Writes the records, and decodes each line as a run would. The time of the file stands for one that is out of range,
// if somebody may get no more mail after the event.
std::optional<WrongRow> Importer::CheckRecords() {
  for (codec::Record& record : current_.records) {
    const size_t before = current_.lines.size();
    auto wrong = CheckRecord(record, &current_.lines);
    auto* const event = std::get_if<codec::Event>(&record);
    if (wrong && event != nullptr && IsOfTime(*wrong) && MayStopMail(event->type)) {
      current_.lines.resize(before);
      event->occurred_at = issued_at_;
      current_.warnings.push_back(WithFilesTime(*std::move(wrong)));
      wrong = CheckRecord(record, &current_.lines);
    }
    if (wrong) return wrong;
  }
  return std::nullopt;
}

std::optional<WrongRow> Importer::CheckRecord(const codec::Record& record, std::string* lines) {
  const size_t start = lines->size();
  codec::AppendInputJson(record, lines);
  const std::string_view line = std::string_view(*lines).substr(start, lines->size() - start - 1);
  const codec::Decoded decoded = decoder_->Decode(line, limits_);
  const auto* const rejection = std::get_if<codec::Rejection>(&decoded);
  if (rejection == nullptr) return std::nullopt;
  return WrongRow{std::string(codec::ReasonName(rejection->reason)), {rejection->detail}};
}

}  // namespace leadpulse::importing
