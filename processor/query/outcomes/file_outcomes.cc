#include "processor/query/outcomes/file_outcomes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "processor/base/value.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/run.h"
#include "schemas/codec/dead_letter_reader.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {
namespace {

namespace fs = std::filesystem;

// Returns the beginning of dead letters for a folder's records, so that most lines need not be parsed.
std::string BeginningOfLines(const std::string& folder) {
  std::string file;
  AppendJsonString((fs::path(folder) / "").string(), &file);
  file.pop_back();  // the closing quotation mark
  return R"({"source":{"file":)" + file;
}

}  // namespace

FileOutcomes::FileOutcomes(const std::vector<std::string>& inputs, const std::string& output_directory,
                           size_t most_refusals)
    : dead_letters_(output_directory + "/" + files::kDeadLettersFile), most_refusals_(most_refusals) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!fs::is_directory(input, error)) continue;
    folders_.push_back({.given = input, .absolute = fs::canonical(input, error)});
  }
}

Result<RecordOutcome> FileOutcomes::Find(const state::MetaReader& snapshot, const codec::SourcePosition& at) {
  const std::lock_guard lock(mutex_);
  const fs::path file(at.topic);
  Folder* const folder = FindFolder(file.parent_path());
  if (folder == nullptr) {
    return Status::Rejected("the run does not follow the folder " + file.parent_path().string() +
                            "; start it with one more --input");
  }
  const std::string name = file.filename();
  const std::string path = fs::path(folder->given) / name;
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> kept, snapshot(input::InputProgressName(path)));
  if (!kept) return RecordOutcome{};
  LP_ASSIGN_OR_RETURN(const input::InputProgress progress, input::DecodeInputProgress(path, *kept));
  if (static_cast<int64_t>(progress.resume) <= at.offset) return RecordOutcome{};
  LP_RETURN_IF_ERROR(ReadOn(snapshot, folder));
  const FileOffset offset(name, at.offset);
  const auto refusal = folder->refusals.find(offset);
  if (refusal != folder->refusals.end()) return RecordOutcome{true, refusal->second};
  if (folder->forgotten && offset <= *folder->forgotten) {
    return Status::Rejected("the record was read, and its outcome is no longer known: look for it in " + dead_letters_);
  }
  return RecordOutcome{true, std::nullopt};
}

FileOutcomes::Folder* FileOutcomes::FindFolder(const std::string& absolute) {
  const auto found = std::ranges::find(folders_, absolute, &Folder::absolute);
  return found == folders_.end() ? nullptr : &*found;
}

Status FileOutcomes::ReadOn(const state::MetaReader& snapshot, Folder* folder) const {
  LP_ASSIGN_OR_RETURN(const uint64_t committed, CommittedDeadLetters(snapshot));
  if (folder->next_dead_letter >= committed) return Status::Ok();
  const std::string beginning = BeginningOfLines(folder->given);
  return ReadDeadLetters(dead_letters_, committed, &folder->next_dead_letter, [&](const std::string& line) {
    if (!line.starts_with(beginning)) return;
    std::optional<RefusedRecord> refused = ParseDeadLetterLine(line);
    if (!refused) return;
    folder->refusals.insert_or_assign(FileOffset(fs::path(refused->file).filename(), refused->offset),
                                      std::move(refused->refusal));
    if (folder->refusals.size() <= most_refusals_) return;
    folder->forgotten = folder->refusals.begin()->first;
    folder->refusals.erase(folder->refusals.begin());
  });
}

Result<uint64_t> CommittedDeadLetters(const state::MetaReader& state) {
  LP_ASSIGN_OR_RETURN(const std::optional<engine::LocalPosition> run, engine::ReadRunPosition(state));
  return run && run->outputs ? run->outputs->dead_letters.length : 0;
}

Status ReadDeadLetters(const std::string& path, uint64_t committed, uint64_t* next,
                       const std::function<void(const std::string& line)>& visit) {
  if (*next >= committed) return Status::Ok();
  std::ifstream letters(path, std::ios::binary);
  letters.seekg(static_cast<std::streamoff>(*next));
  for (std::string line; *next < committed && std::getline(letters, line);) {
    *next += line.size() + 1;
    visit(line);
  }
  return *next < committed ? Status::Rejected(path + " cannot be read; is it the output of this state's run?")
                           : Status::Ok();
}

std::optional<RefusedRecord> ParseDeadLetterLine(const std::string& line) {
  Result<codec::StoredDeadLetter> letter = codec::ReadDeadLetterLine(line);
  if (!letter.ok()) return std::nullopt;
  return RefusedRecord{
      std::move(letter->source.topic), letter->source.offset, {std::move(letter->reason), std::move(letter->detail)}};
}

}  // namespace leadpulse::query
