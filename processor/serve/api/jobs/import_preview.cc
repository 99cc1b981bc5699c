#include "processor/serve/api/jobs/import_preview.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/columns.h"
#include "processor/importing/lead_effects.h"
#include "processor/serve/api/jobs/preview_rows.h"
#include "processor/serve/api/jobs/row_addresses.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {
namespace {

// Rows that a preview reads. For a longer file it says `complete: false`.
constexpr uint64_t kPreviewRows = 20'000;

// Rows of which cells are shown while the columns cannot be used.
constexpr size_t kSampledRows = 100;

constexpr size_t kMostDoubts = 100;  // kinds of doubtful cells; more are counted together

// Appends the name of an option and, if it is about a column, what it says of that.
void AppendOption(const importing::Option& option, JsonObject* object) {
  object->Text("field", option.name);
  if (!option.column.empty()) object->Text("column", option.column);
  if (!option.column.empty()) object->Text("meaning", option.meaning);
  if (!option.theirs.empty()) object->Text("theirs", option.theirs);
}

// Appends the sentence under `name`, then its data, for clients that word it in another way, and further questions.
void AppendProblem(std::string_view name, const importing::Problem& problem, JsonObject* object) {
  object->Text(name, InWordsOfTheApi(problem));
  object->Text("cause", problem.what);
  if (!problem.fault.name.empty()) object->Text("field", problem.fault.name);
  if (!problem.others.empty()) {
    AppendObjects("others", problem.others, object,
                  [](const auto& other, JsonObject* one) { AppendProblem("problem", other, one); });
  }
  const importing::Option& option = problem.remedy;
  if (option.name.empty()) return;
  JsonObject remedy(object->Key("remedy"));
  AppendOption(option, &remedy);
  if (problem.choices.empty()) return;
  const bool is_encoding = option.name == "encoding";
  AppendObjects("choices", problem.choices, &remedy, [is_encoding](const auto& choice, JsonObject* one) {
    if (is_encoding) one->Text("encoding", choice.value);
    one->Text("value", choice.value);
    one->Text("sample", choice.sample);
  });
}

// Counts of rows by their effect.
class Effects {
 public:
  Effects(const OpenUpload& upload, RunClient* run)
      : run_(*run),
        rows_of_(upload.options().rows_of),
        are_events_(upload.options().mode != importing::Mode::kContacts),
        addresses_(upload.may_share()) {
    question_.mutable_caller()->set_tenant_id(upload.options().tenant);
    question_.set_exported(upload.importer().exported());
  }

  Status Add(const importing::ImportedRow& row, const std::vector<importing::Column>& columns) {
    ++rows_;
    const std::optional<size_t> place = first_rows_.Add(row, columns);
    if (row.wrong) {
      AddWrong(*row.wrong, row.row->line, place);
      for (const importing::WrongRow& other : row.wrong->others) AddKind(other, row.row->line);
    }
    // What a wrong row says against mail counts, and so does the lead that it makes.
    if (row.records.empty()) {
      skipped_ += row.wrong ? 0 : 1;
      return Status::Ok();
    }
    importing::SuppressionCounts says;
    says.Add(row);
    std::string question = QuestionOf(row);
    if (question.size() > kQuestionBytes) {
      ++unasked_;
      AddDoubts(row.warnings, row.row->line);
      if (!row.wrong) first_rows_.Set(place, row_effect::kChanged);
      said_ += says;
      return Status::Ok();
    }
    if (bytes_ + question.size() > kQuestionBytes || question_.rows_size() == kQuestionRows) {
      LP_RETURN_IF_ERROR(Ask());
    }
    bytes_ += question.size();
    question_.add_rows(std::move(question));
    asked_.push_back({row.records.front(), row.row->line, says, place, row.wrong.has_value(), row.warnings});
    return Status::Ok();
  }

  Status Ask() {
    if (question_.rows_size() == 0) return Status::Ok();
    LP_ASSIGN_OR_RETURN(const v1::ContactOutlooks answered, AskAboutRows(question_, &run_));
    for (size_t i = 0; i < asked_.size(); ++i) Count(std::move(asked_[i]), answered.rows(static_cast<int>(i)));
    question_.clear_rows();
    asked_.clear();
    bytes_ = 0;
    return Status::Ok();
  }

  uint64_t rows() const { return rows_; }

  void AppendTo(bool is_complete, JsonObject* object) const {
    object->Number("rows", rows_);
    object->Boolean("complete", is_complete);
    object->Number("new", leads_[importing::Effect::kNew]);
    object->Number("changed", leads_[importing::Effect::kChanged]);
    object->Number("unchanged", leads_[importing::Effect::kUnchanged]);
    object->Number("unasked", unasked_);
    object->Number("skipped", skipped_);
    object->Number("wrong", wrong_);
    object->Number("suppressed", suppressed_);
    object->Number("addressesInUse", in_use_);
    object->Number("optedOut", said_.opted_out);
    object->Number("bounced", said_.bounced);
    object->Number("complained", said_.complained);
    object->Number("doNotContact", said_.do_not_contact);
    const auto append = [](const auto& kind, JsonObject* reason) {
      AppendProblem("reason", {kind.first, {}, kind.second.remedy}, reason);
      reason->Number("rows", kind.second.count);
      reason->Number("firstLine", kind.second.first_line);
      const importing::Option& doubt = kind.second.doubt;
      if (doubt.name.empty() && !doubt.theirs.empty()) {
        reason->Text("column", doubt.column);
        reason->Text("word", doubt.theirs);
      }
    };
    AppendObjects("reasons", kinds_, object, append);
    AppendObjects("doubts", doubts_, object, append);
    first_rows_.AppendTo(object);
  }

 private:
  struct Kind {
    uint64_t count = 0;
    uint64_t first_line = 0;
    importing::Option remedy = {};
    importing::Option doubt = {};  // a column and its word that is not known
  };
  struct AskedRow {
    codec::Record first;  // its first record
    uint64_t line = 0;
    importing::SuppressionCounts says;
    std::optional<size_t> place;  // in first_rows_
    bool is_wrong = false;        // counted as wrong already
    std::vector<importing::WrongRow> warnings = {};
  };

  void AddDoubts(const std::vector<importing::WrongRow>& warnings, uint64_t line) {
    for (const importing::WrongRow& warning : warnings) {
      const bool has_room = doubts_.size() < kMostDoubts || doubts_.contains(warning.kind);
      Kind& kind = doubts_[has_room ? warning.kind : "others"];
      if (kind.count++ == 0) kind = {1, line, warning.problem.remedy, warning.problem.fault};
    }
  }

  // Counts what an asked row does, by the run's answer.
  void Count(AskedRow asked, const v1::ContactOutlook& row) {
    importing::LeaveOutShown({row.shown_alike().begin(), row.shown_alike().end()}, nullptr, &asked.warnings);
    AddDoubts(asked.warnings, asked.line);
    const bool is_left_out = importing::LeavesOut(rows_of_, row.is_lead());
    if (is_left_out && (!row.is_lead() || asked.says.rows == 0)) {
      skipped_ += asked.is_wrong ? 0 : 1;
      return;
    }
    if (const auto wrong = addresses_.Check(asked.first, row)) {
      if (!asked.is_wrong) AddWrong(*wrong, asked.line, asked.place);
      // What it says against mail counts for its address.
      if (!row.new_address().empty()) said_ += asked.says;
      const bool is_new = !row.new_address().empty() && asked.says.rows > 0 && !row.in_use();
      if (is_new) leads_.Add(row.new_address(), importing::Effect::kNew);
      return;
    }
    said_ += asked.says;
    const bool stops_mail = asked.says.rows > 0 && !row.suppressed();
    const bool changes = (row.changes() && !is_left_out) || are_events_ || stops_mail;
    const auto* const event = std::get_if<codec::Event>(&asked.first);
    // A mailbox that is no lead takes events for its users.
    const bool is_known = row.is_lead() || (event != nullptr && event->by_address && row.in_use());
    const std::string& lead =
        std::visit([](const auto& record) -> const std::string& { return record.key.lead; }, asked.first);
    leads_.Add(lead, !is_known ? importing::Effect::kNew
                     : changes ? importing::Effect::kChanged
                               : importing::Effect::kUnchanged);
    if (asked.is_wrong) return;
    first_rows_.Set(asked.place, !is_known ? row_effect::kNew
                                 : changes ? row_effect::kChanged
                                           : row_effect::kUnchanged);
    in_use_ += row.in_use();
    suppressed_ += row.suppressed();
  }

  void AddKind(const importing::WrongRow& wrong, uint64_t line) {
    Kind& kind = kinds_[wrong.kind];
    if (kind.count++ == 0) kind = {1, line, wrong.problem.remedy};
  }

  void AddWrong(const importing::WrongRow& wrong, uint64_t line, std::optional<size_t> place) {
    AddKind(wrong, line);
    ++wrong_;
    std::string why = wrong.kind;
    for (const importing::WrongRow& other : wrong.others) why += "; " + other.kind;
    first_rows_.Set(place, row_effect::kWrong, why);
  }

  RunClient& run_;
  const importing::RowsOf rows_of_;
  const bool are_events_;  // whether the rows are events: each changes its contact
  RowAddresses addresses_;
  v1::PreviewContacts question_;
  std::vector<AskedRow> asked_;  // the rows of the question
  size_t bytes_ = 0;
  uint64_t rows_ = 0, unasked_ = 0;
  uint64_t skipped_ = 0, wrong_ = 0, suppressed_ = 0, in_use_ = 0;
  importing::LeadEffects leads_;
  PreviewRows first_rows_;
  importing::SuppressionCounts said_;
  std::map<std::string, Kind> kinds_;   // kinds of wrong rows, a few for each column
  std::map<std::string, Kind> doubts_;  // kinds of doubtful cells of right rows
};

// Appends the columns. `first`: the cells of the first row; `samples`: cells of all rows that were read.
void AppendColumns(const std::vector<importing::Column>& columns, const importing::ImportOptions& options,
                   const std::vector<std::string>& first, const ColumnSamples& samples, JsonObject* object) {
  size_t place = 0;
  AppendObjects("columns", columns, object, [&](const importing::Column& column, JsonObject* described) {
    described->Text("name", column.header);
    described->Text("is", importing::DescribeColumn(column, options));
    const bool has_name =
        column.meaning == importing::Meaning::kAttribute || column.meaning == importing::Meaning::kProperty;
    described->Text("meaning", has_name ? column.name : importing::MeaningName(column.meaning));
    described->TextOrNull("type", column.type ? std::optional(std::string(FieldTypeName(*column.type))) : std::nullopt);
    described->Boolean("saysWhoGetsNoMail", importing::SaysWhoGetsNoMail(column));
    described->TextOrNull("first", place < first.size() ? std::optional(first[place]) : std::nullopt);
    samples.AppendTo(place, described);
    ++place;
  });
}

// Returns the cells of a row; empty if it has another shape than the header.
std::vector<std::string> CellsOf(const csv::Row& row) {
  std::vector<std::string> cells;
  if (row.problem != csv::RowProblem::kNone) return cells;
  for (const std::string_view cell : row.cells) cells.emplace_back(IsUtf8(cell) ? cell : "");
  return cells;
}

// Appends what the file shows about itself as `findings`: each with a column or null for the whole file, what it is,
// the option that says the same or otherwise (`remedy` as of a problem), and whether that is only offered.
void AppendFindings(const std::vector<importing::Finding>& findings, JsonObject* object) {
  AppendObjects("findings", findings, object, [](const importing::Finding& finding, JsonObject* one) {
    one->TextOrNull("column", finding.column.empty() ? std::nullopt : std::optional(finding.column));
    one->Text("what", finding.what);
    one->Boolean("offer", finding.is_offer);
    if (finding.option.name.empty()) return;
    one->Text("option", OptionOfTheApi(finding.option));
    JsonObject remedy(one->Key("remedy"));
    AppendOption(finding.option, &remedy);
  });
}

// Appends the columns of a file whose columns cannot be used, as their names let guess them. Rejected as AppendPreview.
Status AppendGuesses(OpenUpload* upload, JsonObject* object) {
  importing::Importer& importer = upload->importer();
  ColumnSamples samples;
  std::vector<std::string> first;
  for (size_t rows = 0; rows < kSampledRows; ++rows) {
    LP_ASSIGN_OR_RETURN(const csv::Row* const row, importer.NextUnread());
    if (row == nullptr) break;
    if (rows == 0) first = CellsOf(*row);
    samples.Add(*row);
  }
  const std::vector<std::string_view> names(importer.header().begin(), importer.header().end());
  AppendColumns(importing::GuessColumns(names, upload->options()), upload->options(), first, samples, object);
  return Status::Ok();
}

}  // namespace

Status AppendPreview(OpenUpload* upload, RunClient* run, JsonObject* object) {
  importing::Importer& importer = upload->importer();
  object->Text("encoding", importer.file().encoding().name);
  object->Text("encodingReason", importer.file().encoding().why);
  object->Text("delimiter", std::string(1, importer.file().delimiter()));
  object->Number("headerRow", importer.header_line());
  AppendFindings(importer.findings(), object);
  if (upload->problem()) {
    object->Texts("header", importer.header());
    AppendProblem("problem", *upload->problem(), object);
    return AppendGuesses(upload, object);
  }
  Effects effects(*upload, run);
  ColumnSamples samples;
  std::vector<std::string> first;
  const importing::ImportedRow* row = nullptr;
  while (effects.rows() < kPreviewRows) {
    LP_ASSIGN_OR_RETURN(row, importer.Next());
    if (row == nullptr) break;
    if (effects.rows() == 0) first = CellsOf(*row->row);
    samples.Add(*row->row);
    LP_RETURN_IF_ERROR(effects.Add(*row, importer.columns()));
  }
  LP_RETURN_IF_ERROR(effects.Ask());
  AppendColumns(importer.columns(), upload->options(), first, samples, object);
  JsonObject preview(object->Key("preview"));
  effects.AppendTo(/*is_complete=*/row == nullptr, &preview);
  return Status::Ok();
}

}  // namespace leadpulse::serve
