#include "processor/embedded/run_state.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

#include "processor/base/field_reader.h"

namespace leadpulse::embedded {
namespace {

// Names in the store's meta. Persisted: never change one.
// `run` as text: `2 <clock, ms> <changes> <dead letters>`, an output as `<length> <hash: 16 hexadecimal digits, 16
// more>`.
constexpr char kRunName[] = "run";
constexpr char kDefinitionsName[] = "definitions";
constexpr char kDefinitionsTextName[] = "definitions/text";
constexpr char kPreviousTextName[] = "definitions/previous_text";

Status Damaged(const std::string& name) {
  return Status::Fatal("the state's entry `" + name +
                       "` is damaged or was written by a later version of this program; restore a backup, or start "
                       "again with an empty --state and --output");
}

bool NextOutput(FieldReader* fields, OutputRecord* output) {
  return fields->Next(&output->length) && fields->Next(&output->hash.high, 16) && fields->Next(&output->hash.low, 16);
}

std::string EncodeOutput(const OutputRecord& output) {
  char text[64];
  std::snprintf(text, sizeof text, " %" PRIu64 " %016" PRIx64 " %016" PRIx64, output.length, output.hash.high,
                output.hash.low);
  return text;
}

Result<std::string> ReadRequired(const state::MetaReader& read, const char* name) {
  Result<std::optional<std::string>> value = read(name);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return Damaged(name);
  return std::move(**value);
}

}  // namespace

Result<std::optional<RunState>> ReadRunState(const state::MetaReader& read) {
  Result<std::optional<std::string>> value = read(kRunName);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::optional<RunState>();
  RunState run_state;
  FieldReader fields(**value);
  bool good = fields.NextIs(2) && fields.Next(&run_state.clock.millis) && NextOutput(&fields, &run_state.changes) &&
              NextOutput(&fields, &run_state.dead_letters) && fields.Done();
  if (!good) return Damaged(kRunName);
  return std::optional(run_state);
}

void AppendRunState(const RunState& run_state, state::EpochWrite* write) {
  write->meta.emplace_back(kRunName, "2 " + std::to_string(run_state.clock.millis) + EncodeOutput(run_state.changes) +
                                         EncodeOutput(run_state.dead_letters));
}

Result<std::optional<engine::KeptDefinitions>> ReadKeptDefinitions(const state::MetaReader& read) {
  Result<std::optional<std::string>> value = read(kDefinitionsName);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::optional<engine::KeptDefinitions>();
  engine::KeptDefinitions kept;
  bool adopting = false;
  FieldReader fields(**value);
  bool good = fields.NextIs(1) && fields.Next(&kept.number.value) && fields.Next(&kept.engine_version) &&
              fields.NextFlag(&adopting) && fields.Next(&kept.adopted_at.millis) && fields.Done();
  if (!good) return Damaged(kDefinitionsName);
  Result<std::string> text = ReadRequired(read, kDefinitionsTextName);
  if (!text.ok()) return text.status();
  kept.text = std::move(*text);
  if (adopting) {
    Result<std::string> previous = ReadRequired(read, kPreviousTextName);
    if (!previous.ok()) return previous.status();
    kept.previous_text = std::move(*previous);
  }
  return std::optional(std::move(kept));
}

void AppendKeptDefinitions(const engine::KeptDefinitions& kept, state::EpochWrite* write) {
  write->meta.emplace_back(
      kDefinitionsName, "1 " + std::to_string(kept.number.value) + " " + std::to_string(kept.engine_version) +
                            (kept.previous_text.has_value() ? " 1 " : " 0 ") + std::to_string(kept.adopted_at.millis));
  write->meta.emplace_back(kDefinitionsTextName, kept.text);
  write->meta.emplace_back(kPreviousTextName, kept.previous_text.value_or(""));
}

bool IsRunStateName(std::string_view name) {
  return name == kRunName || name == kDefinitionsName || name == kDefinitionsTextName || name == kPreviousTextName;
}

}  // namespace leadpulse::embedded
