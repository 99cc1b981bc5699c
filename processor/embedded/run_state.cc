#include "processor/embedded/run_state.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

#include "config/definitions_loader.h"
#include "processor/embedded/field_reader.h"

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

MetaReader ReaderOf(const state::LeadStore& store) {
  return [&store](std::string_view name) { return store.GetMeta(name); };
}

Result<std::string> ReadRequired(const MetaReader& read, const char* name) {
  Result<std::optional<std::string>> value = read(name);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return Damaged(name);
  return std::move(**value);
}

Result<std::shared_ptr<const config::Definitions>> LoadText(const std::string& text, const AlreadyLoaded& known) {
  for (const std::shared_ptr<const config::Definitions>& definitions : known) {
    if (definitions != nullptr && definitions->text == text) return definitions;
  }
  if (text.empty()) return config::DefaultDefinitions();
  config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  if (loaded.definitions != nullptr) return loaded.definitions;
  std::string problem = loaded.errors.empty() ? "" : ": " + loaded.errors.front().message;
  return Status::Fatal("this version of the program does not accept the definitions that the state was built with" +
                       problem + "; run once with the version that built it, or start again with an empty --state");
}

}  // namespace

Result<std::optional<RunState>> ReadRunState(const state::LeadStore& store) { return ReadRunState(ReaderOf(store)); }

Result<std::optional<RunState>> ReadRunState(const MetaReader& read) {
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

Result<std::optional<KeptDefinitions>> ReadKeptDefinitions(const state::LeadStore& store) {
  return ReadKeptDefinitions(ReaderOf(store));
}

Result<std::optional<KeptDefinitions>> ReadKeptDefinitions(const MetaReader& read) {
  Result<std::optional<std::string>> value = read(kDefinitionsName);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::optional<KeptDefinitions>();
  KeptDefinitions kept;
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

void AppendKeptDefinitions(const KeptDefinitions& kept, state::EpochWrite* write) {
  write->meta.emplace_back(
      kDefinitionsName, "1 " + std::to_string(kept.number.value) + " " + std::to_string(kept.engine_version) +
                            (kept.previous_text.has_value() ? " 1 " : " 0 ") + std::to_string(kept.adopted_at.millis));
  write->meta.emplace_back(kDefinitionsTextName, kept.text);
  write->meta.emplace_back(kPreviousTextName, kept.previous_text.value_or(""));
}

Result<engine::DefinitionsInForce> LoadKeptDefinitions(const KeptDefinitions& kept, const AlreadyLoaded& loaded) {
  Result<std::shared_ptr<const config::Definitions>> current = LoadText(kept.text, loaded);
  if (!current.ok()) return current.status();
  engine::DefinitionsInForce in_force{*current, kept.number, nullptr, kept.adopted_at};
  if (!kept.previous_text.has_value()) return in_force;
  Result<std::shared_ptr<const config::Definitions>> previous = LoadText(*kept.previous_text, loaded);
  if (!previous.ok()) return previous.status();
  in_force.previous = *previous;
  return in_force;
}

bool IsRunStateName(std::string_view name) {
  return name == kRunName || name == kDefinitionsName || name == kDefinitionsTextName || name == kPreviousTextName;
}

}  // namespace leadpulse::embedded
