#include "tools/leadpulse/import/undo_file.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "processor/query/addresses/undo.h"
#include "processor/query/state_access.h"
#include "schemas/codec/input_writer.h"
#include "tools/leadpulse/record_files.h"

namespace leadpulse::tools {

Result<UndoFile> UndoFile::Create(const std::string& path) {
  UndoFile file;
  if (path.empty()) return file;
  LP_ASSIGN_OR_RETURN(file.output_, CreateRecordFile(path));
  return file;
}

Status UndoFile::Add(const importing::ImportedRow& row, const LeadKey& lead, const state::LeadStore& store) {
  if (output_ == nullptr || row.records.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> held, query::FindLead(store, lead));
  std::vector<const codec::Command*> commands;
  for (const codec::Record& record : row.records) {
    if (const auto* command = std::get_if<codec::Command>(&record)) commands.push_back(command);
  }
  const bool has_events = commands.size() < row.records.size();
  std::vector<codec::Record> records;
  std::string lines;
  for (codec::Command& undo : query::UndoOf(held ? &*held : nullptr, commands, has_events)) {
    codec::AppendInputJson(records.emplace_back(std::move(undo)), &lines);
  }
  output_->Append({.records = records, .lines = lines}, nullptr);
  return output_->failure();
}

}  // namespace leadpulse::tools
