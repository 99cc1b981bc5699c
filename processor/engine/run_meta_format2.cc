#include "processor/engine/run_meta_format2.h"

#include <algorithm>
#include <array>
#include <utility>

#include "processor/base/field_reader.h"

namespace leadpulse::engine::format2 {
namespace {

// `run`: `2 <clock, ms> <changes> <dead letters>`, an output as `<length> <hash: 16 hexadecimal digits, 16 more>`.
constexpr char kRunName[] = "run";
// `1 <number> <engine version> <1 during a rollout, else 0> <rolled out at, ms>`.
constexpr char kDefinitionsName[] = "definitions";
constexpr char kDefinitionsTextName[] = "definitions/text";
constexpr char kPreviousTextName[] = "definitions/previous_text";
constexpr std::array<std::string_view, 4> kNames{kRunName, kDefinitionsName, kDefinitionsTextName, kPreviousTextName};

bool NextOutput(FieldReader* fields, FileOutput* output) {
  return fields->Next(&output->length) && fields->Next(&output->hash_high, 16) && fields->Next(&output->hash_low, 16);
}

Result<std::string> ReadRequired(const state::MetaReader& read, const char* name) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value, read(name));
  if (!value.has_value()) return Damaged(name);
  return std::move(*value);
}

}  // namespace

Status Damaged(const std::string& name) {
  return Status::Fatal("the state's entry `" + name +
                       "` is damaged or was written by a later version of this program; restore a backup, or start "
                       "again with an empty --state and --output");
}

Result<std::optional<LocalPosition>> ReadRunPosition(const state::MetaReader& read) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value, read(kRunName));
  if (value.value_or("").empty()) return std::optional<LocalPosition>();
  LocalPosition local;
  FileOutputs outputs;
  FieldReader fields(*value);
  const bool good = fields.NextIs(2) && fields.Next(&local.position.clock.millis) &&
                    NextOutput(&fields, &outputs.changes) && NextOutput(&fields, &outputs.dead_letters) &&
                    fields.Done();
  if (!good) return Damaged(kRunName);
  local.outputs = outputs;
  LP_ASSIGN_OR_RETURN(std::optional<StoredDefinitions> definitions, ReadRunDefinitions(read));
  if (definitions) {
    local.position.definitions_number = definitions->number;
    local.position.engine_version = definitions->engine_version;
  }
  return std::optional(std::move(local));
}

Result<std::optional<StoredDefinitions>> ReadRunDefinitions(const state::MetaReader& read) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value, read(kDefinitionsName));
  if (value.value_or("").empty()) return std::optional<StoredDefinitions>();
  StoredDefinitions kept;
  bool during_rollout = false;
  FieldReader fields(*value);
  const bool good = fields.NextIs(1) && fields.Next(&kept.number.value) && fields.Next(&kept.engine_version) &&
                    fields.NextFlag(&during_rollout) && fields.Next(&kept.rolled_out_at.millis) && fields.Done();
  if (!good) return Damaged(kDefinitionsName);
  LP_ASSIGN_OR_RETURN(kept.text, ReadRequired(read, kDefinitionsTextName));
  if (during_rollout) {
    LP_ASSIGN_OR_RETURN(kept.previous_text, ReadRequired(read, kPreviousTextName));
  }
  return std::optional(std::move(kept));
}

bool IsRunEntry(std::string_view name) { return std::ranges::find(kNames, name) != kNames.end(); }

void AppendRemoval(state::EpochWrite* write) {
  for (std::string_view name : kNames) write->meta.emplace_back(name, "");
}

}  // namespace leadpulse::engine::format2
