#include "processor/serve/api/jobs/preview_rows.h"

#include <algorithm>
#include <variant>

#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {
namespace {

// Bytes of a cell that an answer shows.
constexpr size_t kCellBytes = 200;

std::string ShownCell(std::string_view cell) {
  return std::string(IsUtf8(cell) ? Utf8Prefix(TrimAsciiSpace(cell), kCellBytes) : "");
}

// Returns the value as people write it.
std::string TextOfValue(const Value& value) {
  const Result<Json> json = Json::Parse(ValueToJson(value));
  if (!json.ok()) return {};
  if (!json->is_array()) return std::string(json->spelling());
  std::vector<std::string> texts;
  for (const Json& element : json->elements()) texts.emplace_back(element.spelling());
  return Join(texts, ", ");
}

// Returns the attributes that the row sets; null: it has no command.
const codec::UpdateProfile* UpdateOf(const importing::ImportedRow& row) {
  for (const codec::Record& record : row.records) {
    const auto* command = std::get_if<codec::Command>(&record);
    if (command != nullptr) return command->actions.Find<codec::UpdateProfile>();
  }
  return nullptr;
}

// Returns what the cell becomes; nullopt if the column is left out, or the row does not have it.
std::optional<std::string> CellAsItWillBe(const importing::Column& column, std::string_view cell, bool is_wrong,
                                          const codec::UpdateProfile* update) {
  const bool is_left_out =
      column.meaning == importing::Meaning::kLeftOut && column.status == importing::StatusColumn::kNone;
  if (is_left_out) return std::nullopt;
  if (column.meaning != importing::Meaning::kAttribute || is_wrong) return ShownCell(cell);
  if (update == nullptr) return std::nullopt;
  const auto set = std::ranges::find(update->set, column.name, [](const auto& named) { return named.first; });
  if (set == update->set.end()) return std::nullopt;
  return std::string(Utf8Prefix(TextOfValue(set->second), kCellBytes));
}

}  // namespace

void ColumnSamples::Add(const csv::Row& row) {
  if (row.problem != csv::RowProblem::kNone) return;
  columns_.resize(std::max(columns_.size(), row.cells.size()));
  for (size_t i = 0; i < row.cells.size(); ++i) {
    std::vector<std::string>& samples = columns_[i];
    if (samples.size() == kMostSamples) continue;
    std::string cell = ShownCell(row.cells[i]);
    if (!cell.empty() && std::ranges::find(samples, cell) == samples.end()) samples.push_back(std::move(cell));
  }
}

void ColumnSamples::AppendTo(size_t column, JsonObject* object) const {
  object->Texts("samples", column < columns_.size() ? columns_[column] : std::vector<std::string>());
}

std::optional<size_t> PreviewRows::Add(const importing::ImportedRow& row,
                                       const std::vector<importing::Column>& columns) {
  if (rows_.size() == kMostRows) return std::nullopt;
  Row& shown = rows_.emplace_back();
  shown.line = row.row->line;
  if (!row.records.empty()) {
    shown.lead = std::visit([](const auto& one) { return one.key.lead; }, row.records.front());
  }
  const codec::UpdateProfile* const update = UpdateOf(row);
  for (size_t i = 0; i < columns.size() && i < row.row->cells.size(); ++i) {
    shown.cells.push_back(CellAsItWillBe(columns[i], row.row->cells[i], row.wrong.has_value(), update));
  }
  shown.says.Add(row);
  return rows_.size() - 1;
}

void PreviewRows::Set(std::optional<size_t> place, std::string_view effect, std::string_view why) {
  if (!place) return;
  rows_[*place].effect = effect;
  rows_[*place].problem = why;
}

void PreviewRows::AppendTo(JsonObject* object) const {
  AppendObjects("firstRows", rows_, object, [](const Row& row, JsonObject* one) {
    one->Number("line", row.line);
    one->Text("effect", row.effect);
    one->Text("contact", row.lead);
    std::string* const cells = one->Key("cells");
    AppendJsonArray(row.cells, cells, [cells](const std::optional<std::string>& cell) {
      cell ? AppendJsonString(*cell, cells) : static_cast<void>(cells->append("null"));
    });
    one->Boolean("optedOut", row.says.opted_out > 0);
    one->Boolean("bounced", row.says.bounced > 0);
    one->Boolean("complained", row.says.complained > 0);
    one->Boolean("doNotContact", row.says.do_not_contact > 0);
    if (!row.problem.empty()) one->Text("problem", row.problem);
  });
}

}  // namespace leadpulse::serve
