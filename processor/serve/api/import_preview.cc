#include "processor/serve/api/import_preview.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/assign_or_return.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/csv/encoding.h"
#include "processor/importing/columns.h"
#include "processor/serve/api/lead_selection.h"

namespace leadpulse::serve {
namespace {

// Of one question to the run, which takes 1 MiB. A row that is longer alone is not asked about.
constexpr size_t kQuestionBytes = 512 << 10;
constexpr int kQuestionRows = 500;

// Counts rows by what they would do.
class Effects {
 public:
  Effects(std::string tenant, RunClient* run) : run_(*run) {
    question_.mutable_caller()->set_tenant_id(std::move(tenant));
  }

  Status Add(const importing::ImportedRow& row) {
    ++rows_;
    if (row.wrong) {
      Kind& kind = kinds_[row.wrong->kind];
      if (kind.count++ == 0) kind.first_line = row.row->line;
      ++wrong_;
      return Status::Ok();
    }
    if (row.lines.size() > kQuestionBytes) {
      ++unasked_;
      return Status::Ok();
    }
    if (bytes_ + row.lines.size() > kQuestionBytes || question_.rows_size() == kQuestionRows) {
      LP_RETURN_IF_ERROR(Ask());
    }
    question_.add_rows(row.lines);
    bytes_ += row.lines.size();
    return Status::Ok();
  }

  Status Ask() {
    if (question_.rows_size() == 0) return Status::Ok();
    LP_ASSIGN_OR_RETURN(const auto answered, run_.Preview(question_));
    if (const auto* refusal = std::get_if<RunRefusal>(&answered)) return StatusOf(*refusal);
    for (const v1::ContactOutlook& row : std::get<v1::ContactOutlooks>(answered).rows()) {
      ++(!row.is_lead() ? new_ : row.changes() ? changed_ : unchanged_);
      in_use_ += row.in_use();
      suppressed_ += row.suppressed();
    }
    question_.clear_rows();
    bytes_ = 0;
    return Status::Ok();
  }

  uint64_t rows() const { return rows_; }

  void AppendTo(bool is_complete, JsonObject* object) const {
    object->Number("rows", rows_);
    object->Boolean("complete", is_complete);
    object->Number("new", new_);
    object->Number("changed", changed_);
    object->Number("unchanged", unchanged_);
    object->Number("unasked", unasked_);
    object->Number("wrong", wrong_);
    object->Number("suppressed", suppressed_);
    object->Number("addressesInUse", in_use_);
    std::string* const out = object->Key("reasons");
    AppendJsonArray(kinds_, out, [out](const auto& kind) {
      JsonObject reason(out);
      reason.Text("reason", InWordsOfTheApi(kind.first));
      reason.Number("rows", kind.second.count);
      reason.Number("firstLine", kind.second.first_line);
    });
  }

 private:
  struct Kind {
    uint64_t count = 0;
    uint64_t first_line = 0;
  };

  RunClient& run_;
  v1::PreviewContacts question_;
  size_t bytes_ = 0;
  uint64_t rows_ = 0, new_ = 0, changed_ = 0, unchanged_ = 0, unasked_ = 0;
  uint64_t wrong_ = 0, suppressed_ = 0, in_use_ = 0;
  std::map<std::string, Kind> kinds_;  // of wrong rows, a few for each column
};

void AppendColumns(const std::vector<importing::Column>& columns, const importing::ImportOptions& options,
                   const std::vector<std::string>& first, JsonObject* object) {
  std::string* const out = object->Key("columns");
  size_t place = 0;
  AppendJsonArray(columns, out, [&](const importing::Column& column) {
    JsonObject described(out);
    described.Text("name", column.header);
    described.Text("is", InWordsOfTheApi(importing::DescribeColumn(column, options)));
    const bool is_attribute = column.meaning == importing::Meaning::kAttribute;
    described.Text("meaning", is_attribute ? column.name : importing::MeaningName(column.meaning));
    described.TextOrNull("first", place < first.size() ? std::optional(first[place]) : std::nullopt);
    ++place;
  });
}

}  // namespace

Status AppendPreview(OpenUpload* upload, RunClient* run, JsonObject* object) {
  importing::Importer& importer = upload->importer();
  object->Text("encoding", csv::EncodingName(importer.file().encoding()));
  object->Text("delimiter", std::string(1, importer.file().delimiter()));
  if (!upload->planned().ok()) {
    object->Texts("header", importer.header());
    object->Text("problem", InWordsOfTheApi(upload->planned().message()));
    const std::vector<std::string_view> names(importer.header().begin(), importer.header().end());
    AppendColumns(importing::GuessColumns(names, upload->options()), upload->options(), {}, object);
    return Status::Ok();
  }
  Effects effects(upload->options().tenant, run);
  std::vector<std::string> first;
  const importing::ImportedRow* row = nullptr;
  while (effects.rows() < kPreviewRows) {
    LP_ASSIGN_OR_RETURN(row, importer.Next());
    if (row == nullptr) break;
    if (effects.rows() == 0 && row->row->problem == csv::RowProblem::kNone) {
      for (const std::string_view cell : row->row->cells) first.emplace_back(IsUtf8(cell) ? cell : "");
    }
    LP_RETURN_IF_ERROR(effects.Add(*row));
  }
  LP_RETURN_IF_ERROR(effects.Ask());
  AppendColumns(importer.columns(), upload->options(), first, object);
  JsonObject preview(object->Key("preview"));
  effects.AppendTo(/*is_complete=*/row == nullptr, &preview);
  return Status::Ok();
}

std::string InWordsOfTheApi(std::string text) {
  for (const auto& [option, member] :
       {std::pair("--lead-id", "lead_id"), std::pair("--map", "map"), std::pair("--consent", "consents"),
        std::pair("--date-format", "date_format"), std::pair("--timezone", "timezone")}) {
    const std::string_view said = option;
    for (size_t at = text.find(said); at != std::string::npos; at = text.find(said, at)) {
      text.replace(at, said.size(), member);
    }
  }
  return text;
}

}  // namespace leadpulse::serve
