#include "processor/query/outcomes/dead_letter_lines.h"

#include <fstream>

#include "processor/engine/partition_meta.h"
#include "state/store/lead_reader.h"

#include <nlohmann/json.hpp>

namespace leadpulse::query {

Result<uint64_t> CommittedDeadLetters(const state::LeadReader& state) {
  LP_ASSIGN_OR_RETURN(const std::optional<engine::LocalPosition> run, engine::ReadRunPosition(state::MetaOf(state)));
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
  const auto letter = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto text = [](const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!letter.is_object() || !letter.contains("source") || !letter["source"].is_object()) return std::nullopt;
  const auto& source = letter["source"];
  const auto offset = source.find("offset");
  if (offset == source.end() || !offset->is_number_integer()) return std::nullopt;
  return RefusedRecord{text(source, "file"), offset->get<int64_t>(), {text(letter, "reason"), text(letter, "detail")}};
}

}  // namespace leadpulse::query
