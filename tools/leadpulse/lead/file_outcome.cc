#include <cstdint>
#include <filesystem>
#include <utility>

#include "processor/engine/apply_command.h"
#include "processor/files/run.h"
#include "processor/query/outcomes/file_outcomes.h"
#include "tools/leadpulse/lead/command_outcome.h"
#include "tools/leadpulse/state_access.h"

namespace leadpulse::tools {
namespace {

Result<bool> IsApplied(const state::LeadReader& store, const codec::Command& command) {
  if (command.actions.Find<codec::Erase>() != nullptr) {
    LP_ASSIGN_OR_RETURN(const auto erasure, query::FindErasure(store, command.key));
    return erasure.has_value() && erasure->erased_at >= command.issued_at;
  }
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, query::FindLead(store, command.key));
  return lead.has_value() && engine::IsApplied(lead->profile, command.command_id);
}

// Returns the refusal, if the line is the dead letter of that record. The run may use another path of the file.
std::optional<query::RecordRefusal> RefusalIn(const std::string& line, const codec::SourcePosition& at) {
  std::optional<query::RefusedRecord> refused = query::ParseDeadLetterLine(line);
  if (!refused || refused->offset != at.offset) return std::nullopt;
  const std::filesystem::path named = refused->file;
  if (named.filename() != std::filesystem::path(at.topic).filename()) return std::nullopt;
  return std::move(refused->refusal);
}

// The state says whether the command was applied, the dead letters whether it was refused.
class FileCommandWatch : public CommandWatch {
 public:
  FileCommandWatch(std::string state, std::string output, std::string input)
      : state_(std::move(state)), output_(std::move(output)), input_(std::move(input)) {
    Result<std::unique_ptr<state::LeadStore>> store = query::OpenStateToRead(state_, PrintWarning);
    if (!store.ok()) return;  // a run that starts has no state yet
    const Result<uint64_t> dead_letters = query::CommittedDeadLetters(state::MetaOf(**store));
    if (dead_letters.ok()) next_dead_letter_ = *dead_letters;
  }

  Result<query::RecordOutcome> Look(const codec::Command& command, const codec::SourcePosition& at) override {
    LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(state_, PrintWarning));
    LP_ASSIGN_OR_RETURN(bool applied, IsApplied(*store, command));
    if (applied) return query::RecordOutcome{.is_read = true};
    LP_ASSIGN_OR_RETURN(uint64_t committed, query::CommittedDeadLetters(state::MetaOf(*store)));
    std::optional<query::RecordRefusal> refusal;
    LP_RETURN_IF_ERROR(query::ReadDeadLetters(output_ + "/" + files::kDeadLettersFile, committed, &next_dead_letter_,
                                              [&](const std::string& line) {
                                                if (!refusal) refusal = RefusalIn(line, at);
                                              }));
    const bool is_read = refusal.has_value();
    return query::RecordOutcome{.is_read = is_read, .refusal = std::move(refusal)};
  }

  std::string Advice() const override { return "is a run following " + input_ + "?"; }

 private:
  const std::string state_;
  const std::string output_;
  const std::string input_;
  uint64_t next_dead_letter_ = 0;  // offset in dead-letters.jsonl, in bytes
};

}  // namespace

std::unique_ptr<CommandWatch> WatchFile(std::string state, std::string output, std::string input) {
  return std::make_unique<FileCommandWatch>(std::move(state), std::move(output), std::move(input));
}

}  // namespace leadpulse::tools
