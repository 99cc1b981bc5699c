#include "tools/leadpulse/lead/file_outcome.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/run.h"
#include "tools/leadpulse/state_access.h"

#include <nlohmann/json.hpp>

namespace leadpulse::tools {
namespace {

// None where the run has not committed yet.
Result<uint64_t> CommittedDeadLetters(const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(const std::optional<engine::LocalPosition> run, engine::ReadRunPosition(state::MetaOf(store)));
  return run ? run->outputs->dead_letters.length : 0;
}

Result<bool> IsApplied(const state::LeadReader& store, const codec::Command& command) {
  if (std::holds_alternative<codec::Erase>(command.action)) {
    LP_ASSIGN_OR_RETURN(const auto erasure, query::FindErasure(store, command.key));
    return erasure.has_value() && erasure->erased_at >= command.issued_at;
  }
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindLead(store, command.key));
  return lead.has_value() && engine::IsApplied(lead->profile, command.command_id);
}

// The refusal, if the line is the dead letter of that record. The run may use another path of the file.
std::optional<std::string> RefusalIn(const std::string& line, const codec::SourcePosition& at) {
  const auto letter = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!letter.is_object() || !letter.contains("source")) return std::nullopt;
  const std::filesystem::path named = letter["source"].value("file", "");
  if (named.filename() != std::filesystem::path(at.topic).filename()) return std::nullopt;
  if (letter["source"].value("offset", int64_t{0}) != at.offset) return std::nullopt;
  return letter.value("reason", "") + ": " + letter.value("detail", "");
}

}  // namespace

FileOutcomeWatch::FileOutcomeWatch(std::string state, std::string output, std::string input)
    : state_(std::move(state)), output_(std::move(output)), input_(std::move(input)) {
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(state_);
  if (!store.ok()) return;  // of a run that begins
  Result<uint64_t> dead_letters = CommittedDeadLetters(**store);
  if (dead_letters.ok()) next_dead_letter_ = *dead_letters;
}

Result<std::optional<CommandOutcome>> FileOutcomeWatch::Look(const codec::Command& command,
                                                             const codec::SourcePosition& at) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, OpenStateToRead(state_));
  LP_ASSIGN_OR_RETURN(bool applied, IsApplied(*store, command));
  if (applied) return std::optional(CommandOutcome{true, ""});
  LP_ASSIGN_OR_RETURN(uint64_t committed, CommittedDeadLetters(*store));
  const std::string path = output_ + "/" + files::kDeadLettersFile;
  std::ifstream letters(path, std::ios::binary);
  letters.seekg(static_cast<std::streamoff>(next_dead_letter_));
  for (std::string line; next_dead_letter_ < committed && std::getline(letters, line);) {
    next_dead_letter_ += line.size() + 1;
    if (auto refusal = RefusalIn(line, at)) return std::optional(CommandOutcome{false, *std::move(refusal)});
  }
  if (next_dead_letter_ < committed) return Status::Rejected(path + " cannot be read; is --output the run's?");
  return std::optional<CommandOutcome>();
}

}  // namespace leadpulse::tools
