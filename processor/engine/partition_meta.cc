#include "processor/engine/partition_meta.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "leadpulse/v1/changelog.pb.h"
#include "processor/base/assert.h"
#include "processor/base/field_reader.h"

namespace leadpulse::engine {
namespace {

// Persisted: never change one.
constexpr std::string_view kPrefix = "partition/";
constexpr std::string_view kPositionEnding = "/position";
constexpr std::string_view kDefinitionsEnding = "/definitions";

std::string NameOf(PartitionId partition, std::string_view ending) {
  return std::string(kPrefix) + std::to_string(partition.value) + std::string(ending);
}

Status Damaged(const std::string& name) {
  return Status::Fatal("the state's entry `" + name + "` is damaged or was written by a later version of this program" +
                       (IsRunEntry(name) ? "; restore a backup, or start again with an empty --state and --output"
                                         : ". Run the version that wrote it; or stop the process and remove the state "
                                           "directory: it is rebuilt from lead.state."));
}

template <typename Message>
std::optional<Message> Parse(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return message;
}

v1::PartitionPosition ToMessage(const PartitionPosition& position) {
  v1::PartitionPosition message;
  message.set_application(position.application);
  message.set_next_event(position.next[InputTopic::kEvents]);
  message.set_next_command(position.next[InputTopic::kCommands]);
  message.set_next_message(position.next[InputTopic::kExchange]);
  message.set_clock_ms(position.clock.millis);
  message.set_definitions_number(position.definitions_number.value);
  message.set_engine_version(position.engine_version);
  message.set_epoch(position.epoch);
  message.set_record_count(position.digest.count);
  message.set_record_hash_sum(position.digest.hash_sum);
  message.set_erasure_secret_check(position.erasure_secret_check);
  message.set_partition_count(position.partition_count);
  const ByInputTopic<std::optional<uint64_t>>& last = position.last_hashes;
  if (last[InputTopic::kEvents]) message.set_last_event_hash(*last[InputTopic::kEvents]);
  if (last[InputTopic::kCommands]) message.set_last_command_hash(*last[InputTopic::kCommands]);
  if (last[InputTopic::kExchange]) message.set_last_message_hash(*last[InputTopic::kExchange]);
  if (position.deltas_from) message.set_deltas_from(*position.deltas_from);
  if (position.rows_from) message.set_rows_from(*position.rows_from);
  if (position.profiles_soon_from) message.set_profiles_soon_from(*position.profiles_soon_from);
  message.set_has_profiles(position.has_profiles);
  message.set_profiles_until(position.profiles_until);
  if (position.counted_from) message.set_counted_from_ms(position.counted_from->millis);
  message.set_moved_from(position.moved_from);
  for (const AcceptedGap& gap : position.accepted_gaps) {
    v1::AcceptedGap* const added = message.add_accepted_gaps();
    added->set_topic(static_cast<uint32_t>(gap.topic));
    added->set_first(gap.first);
    added->set_last(gap.last);
    added->set_accepted_at_ms(gap.accepted_at.millis);
  }
  return message;
}

// Returns the topic; nullopt if only a later version reads it.
std::optional<InputTopic> InputTopicOf(uint32_t number) {
  return number < kInputTopicCount ? std::optional(static_cast<InputTopic>(number)) : std::nullopt;
}

PartitionPosition FromMessage(const v1::PartitionPosition& message) {
  std::optional<Instant> counted_from;
  if (message.has_counted_from_ms()) counted_from = Instant{message.counted_from_ms()};
  std::optional<uint64_t> last_event, last_command, last_message;
  if (message.has_last_event_hash()) last_event = message.last_event_hash();
  if (message.has_last_command_hash()) last_command = message.last_command_hash();
  if (message.has_last_message_hash()) last_message = message.last_message_hash();
  std::vector<AcceptedGap> gaps;
  for (const v1::AcceptedGap& gap : message.accepted_gaps()) {
    const std::optional<InputTopic> topic = InputTopicOf(gap.topic());
    if (topic) gaps.push_back({*topic, gap.first(), gap.last(), Instant{gap.accepted_at_ms()}});
  }
  return {.application = message.application(),
          .next = {{message.next_event(), message.next_command(), message.next_message()}},
          .clock = {message.clock_ms()},
          .definitions_number = {message.definitions_number()},
          .engine_version = message.engine_version(),
          .epoch = message.epoch(),
          .digest = {message.record_count(), message.record_hash_sum()},
          .erasure_secret_check = message.erasure_secret_check(),
          .partition_count = message.partition_count(),
          .last_hashes = {last_event, last_command, last_message},
          .accepted_gaps = std::move(gaps),
          .deltas_from = message.has_deltas_from() ? std::optional(message.deltas_from()) : std::nullopt,
          .rows_from = message.has_rows_from() ? std::optional(message.rows_from()) : std::nullopt,
          .profiles_soon_from =
              message.has_profiles_soon_from() ? std::optional(message.profiles_soon_from()) : std::nullopt,
          .has_profiles = message.has_profiles(),
          .profiles_until = message.profiles_until(),
          .counted_from = counted_from,
          .moved_from = message.moved_from()};
}

void SetOutput(const FileOutput& output, v1::FileOutput* message) {
  message->set_length(output.length);
  message->set_hash_high(output.hash_high);
  message->set_hash_low(output.hash_low);
}

FileOutput FromMessage(const v1::FileOutput& message) {
  return {message.length(), message.hash_high(), message.hash_low()};
}

std::string EncodeLocalPosition(const LocalPosition& local) {
  v1::LocalPosition message;
  *message.mutable_position() = ToMessage(local.position);
  message.set_next_changelog_offset(local.next_changelog_offset);
  message.set_written_at_ms(local.written_at.millis);
  message.set_catching_up(local.catching_up);
  if (local.outputs) {
    SetOutput(local.outputs->changes, message.mutable_outputs()->mutable_changes());
    SetOutput(local.outputs->dead_letters, message.mutable_outputs()->mutable_dead_letters());
  }
  return message.SerializeAsString();
}

// Reads an entry; nullopt if none, or an empty one, which a drop leaves.
Result<std::optional<std::string>> ReadEntry(const state::MetaReader& read, const std::string& name) {
  Result<std::optional<std::string>> bytes = read(name);
  if (bytes.ok() && *bytes && (*bytes)->empty()) return std::optional<std::string>();
  return bytes;
}

Result<std::optional<LocalPosition>> ReadPositionEntry(const state::MetaReader& read, const std::string& name) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> bytes, ReadEntry(read, name));
  if (!bytes) return std::optional<LocalPosition>();
  const auto message = Parse<v1::LocalPosition>(*bytes);
  if (!message) return Damaged(name);
  LocalPosition local{FromMessage(message->position()), message->next_changelog_offset(),
                      Instant{message->written_at_ms()}, message->catching_up()};
  if (message->has_outputs()) {
    local.outputs = {FromMessage(message->outputs().changes()), FromMessage(message->outputs().dead_letters())};
  }
  // Exactly the runs on files have outputs.
  if (local.outputs.has_value() != IsRunEntry(name)) return Damaged(name);
  return std::optional(std::move(local));
}

Result<std::optional<StoredDefinitions>> ReadDefinitionsEntry(const state::MetaReader& read, const std::string& name) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> bytes, ReadEntry(read, name));
  if (!bytes) return std::optional<StoredDefinitions>();
  std::optional<StoredDefinitions> definitions = ParseDefinitions(*bytes);
  if (!definitions) return Damaged(name);
  return definitions;
}

// ---- Entries of a run on files in states up to format 2, which are texts ----

// `run`: `2 <clock, ms> <changes> <dead letters>`, an output as `<length> <hash: 16 hexadecimal digits, 16 more>`.
constexpr char kFormat2RunName[] = "run";
// `1 <number> <engine version> <1 during a rollout, else 0> <rolled out at, ms>`.
constexpr char kFormat2DefinitionsName[] = "definitions";
constexpr char kFormat2TextName[] = "definitions/text";
constexpr char kFormat2PreviousTextName[] = "definitions/previous_text";
constexpr std::array<std::string_view, 4> kFormat2Names{kFormat2RunName, kFormat2DefinitionsName, kFormat2TextName,
                                                        kFormat2PreviousTextName};

bool NextOutput(FieldReader* fields, FileOutput* output) {
  return fields->Next(&output->length) && fields->Next(&output->hash_high, 16) && fields->Next(&output->hash_low, 16);
}

Result<std::string> ReadRequired(const state::MetaReader& read, const char* name) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value, read(name));
  if (!value.has_value()) return Damaged(name);
  return std::move(*value);
}

Result<std::optional<StoredDefinitions>> ReadFormat2Definitions(const state::MetaReader& read) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value, ReadEntry(read, kFormat2DefinitionsName));
  if (!value) return std::optional<StoredDefinitions>();
  StoredDefinitions kept;
  bool during_rollout = false;
  FieldReader fields(*value);
  const bool good = fields.NextIs(1) && fields.Next(&kept.number.value) && fields.Next(&kept.engine_version) &&
                    fields.NextFlag(&during_rollout) && fields.Next(&kept.rolled_out_at.millis) && fields.Done();
  if (!good) return Damaged(kFormat2DefinitionsName);
  LP_ASSIGN_OR_RETURN(kept.text, ReadRequired(read, kFormat2TextName));
  if (during_rollout) {
    LP_ASSIGN_OR_RETURN(kept.previous_text, ReadRequired(read, kFormat2PreviousTextName));
  }
  return std::optional(std::move(kept));
}

Result<std::optional<LocalPosition>> ReadFormat2Position(const state::MetaReader& read) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value, ReadEntry(read, kFormat2RunName));
  if (!value) return std::optional<LocalPosition>();
  LocalPosition local;
  FileOutputs& outputs = local.outputs.emplace();
  FieldReader fields(*value);
  const bool good = fields.NextIs(2) && fields.Next(&local.position.clock.millis) &&
                    NextOutput(&fields, &outputs.changes) && NextOutput(&fields, &outputs.dead_letters) &&
                    fields.Done();
  if (!good) return Damaged(kFormat2RunName);
  LP_ASSIGN_OR_RETURN(std::optional<StoredDefinitions> definitions, ReadFormat2Definitions(read));
  if (definitions) {
    local.position.definitions_number = definitions->number;
    local.position.engine_version = definitions->engine_version;
  }
  return std::optional(std::move(local));
}

}  // namespace

std::string EncodePosition(const PartitionPosition& position) { return ToMessage(position).SerializeAsString(); }

std::optional<PartitionPosition> ParsePosition(std::string_view bytes) {
  const auto message = Parse<v1::PartitionPosition>(bytes);
  if (!message) return std::nullopt;
  return FromMessage(*message);
}

std::string EncodeDefinitions(const StoredDefinitions& definitions) {
  v1::AdoptedDefinitions message;
  message.set_number(definitions.number.value);
  message.set_engine_version(definitions.engine_version);
  message.set_text(definitions.text);
  if (definitions.previous_text) message.set_previous_text(*definitions.previous_text);
  message.set_adopted_at_ms(definitions.rolled_out_at.millis);
  if (definitions.origin) {
    v1::DefinitionsOrigin* const origin = message.mutable_origin();
    origin->set_cluster_id(definitions.origin->cluster_id);
    origin->set_topic(definitions.origin->topic);
    origin->set_offset(definitions.origin->offset);
    origin->set_published_at_ms(definitions.origin->published_at.millis);
  }
  return message.SerializeAsString();
}

std::optional<StoredDefinitions> ParseDefinitions(std::string_view bytes) {
  auto message = Parse<v1::AdoptedDefinitions>(bytes);
  if (!message) return std::nullopt;
  StoredDefinitions definitions;
  definitions.number = {message->number()};
  definitions.engine_version = message->engine_version();
  definitions.text = std::move(*message->mutable_text());
  if (message->has_previous_text()) definitions.previous_text = std::move(*message->mutable_previous_text());
  definitions.rolled_out_at = {message->adopted_at_ms()};
  if (message->has_origin()) {
    const v1::DefinitionsOrigin& origin = message->origin();
    definitions.origin = {origin.cluster_id(), origin.topic(), origin.offset(), {origin.published_at_ms()}};
  }
  return definitions;
}

std::string LocalPositionName(PartitionId partition) { return NameOf(partition, kPositionEnding); }
std::string LocalDefinitionsName(PartitionId partition) { return NameOf(partition, kDefinitionsEnding); }

bool IsPartitionEntry(std::string_view name, uint32_t partition_count) {
  if (!name.starts_with(kPrefix)) return false;
  const std::string_view rest = name.substr(kPrefix.size());
  PartitionId partition;
  std::from_chars(rest.data(), rest.data() + rest.size(), partition.value);
  // Compares with the spelled name, because a number has several spellings, or the text may be no number.
  return partition.value < partition_count &&
         (name == LocalPositionName(partition) || name == LocalDefinitionsName(partition));
}

Result<std::optional<LocalPosition>> ReadLocalPosition(const state::MetaReader& read, PartitionId partition) {
  Result<std::optional<LocalPosition>> local = ReadPositionEntry(read, LocalPositionName(partition));
  return !local.ok() || *local ? local : ReadRunPosition(read);
}

void AppendLocalPosition(PartitionId partition, const LocalPosition& local, state::EpochWrite* write) {
  write->meta.emplace_back(LocalPositionName(partition), EncodeLocalPosition(local));
}

Result<std::optional<StoredDefinitions>> ReadLocalDefinitions(const state::MetaReader& read, PartitionId partition) {
  Result<std::optional<StoredDefinitions>> definitions = ReadDefinitionsEntry(read, LocalDefinitionsName(partition));
  return !definitions.ok() || *definitions ? definitions : ReadRunDefinitions(read);
}

void AppendLocalDefinitions(PartitionId partition, const StoredDefinitions& definitions, state::EpochWrite* write) {
  write->meta.emplace_back(LocalDefinitionsName(partition), EncodeDefinitions(definitions));
}

Result<std::optional<LocalPosition>> ReadRunPosition(const state::MetaReader& read) {
  Result<std::optional<LocalPosition>> local = ReadPositionEntry(read, std::string(kRunPositionName));
  return !local.ok() || *local ? local : ReadFormat2Position(read);
}

Result<std::optional<StoredDefinitions>> ReadRunDefinitions(const state::MetaReader& read) {
  Result<std::optional<StoredDefinitions>> definitions = ReadDefinitionsEntry(read, std::string(kRunDefinitionsName));
  return !definitions.ok() || *definitions ? definitions : ReadFormat2Definitions(read);
}

void AppendRunPosition(const LocalPosition& local, state::EpochWrite* write) {
  LP_ASSERT(local.outputs.has_value());
  write->meta.emplace_back(kRunPositionName, EncodeLocalPosition(local));
}

void AppendRunDefinitions(const StoredDefinitions& definitions, state::EpochWrite* write) {
  write->meta.emplace_back(kRunDefinitionsName, EncodeDefinitions(definitions));
}

bool IsRunEntry(std::string_view name) {
  return name == kRunPositionName || name == kRunDefinitionsName || name == kRunMessagesName ||
         std::ranges::find(kFormat2Names, name) != kFormat2Names.end();
}

void AppendFormat2Removal(state::EpochWrite* write) {
  for (std::string_view name : kFormat2Names) write->meta.emplace_back(name, "");
}

void AppendDrop(PartitionId partition, state::EpochWrite* write) {
  write->dropped.push_back(partition);
  write->meta.emplace_back(LocalPositionName(partition), "");
  write->meta.emplace_back(LocalDefinitionsName(partition), "");
}

Result<bool> IsLiveState(const state::MetaReader& read, uint32_t partition_count) {
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> run, read(kRunPositionName));
  if (run) return false;  // one look instead of one for each partition
  for (PartitionId partition; partition.value < partition_count; ++partition.value) {
    LP_ASSIGN_OR_RETURN(std::optional<std::string> bytes, read(LocalPositionName(partition)));
    if (bytes) return true;
  }
  return false;
}

Result<std::vector<LocalPartition>> ReadLocalPartitions(const state::MetaReader& read, uint32_t partition_count) {
  LP_ASSIGN_OR_RETURN(bool live, IsLiveState(read, partition_count));
  std::vector<LocalPartition> found;
  for (PartitionId partition; partition.value < partition_count; ++partition.value) {
    // The entries of a run are read once for all partitions, because the text may be long.
    if (!live && !found.empty()) {
      found.push_back({partition, found.front().local, found.front().definitions});
      continue;
    }
    LP_ASSIGN_OR_RETURN(std::optional<LocalPosition> local,
                        live ? ReadLocalPosition(read, partition) : ReadRunPosition(read));
    if (!local) continue;
    LP_ASSIGN_OR_RETURN(std::optional<StoredDefinitions> definitions,
                        live ? ReadLocalDefinitions(read, partition) : ReadRunDefinitions(read));
    if (!definitions) {
      return Damaged(live ? LocalDefinitionsName(partition) : std::string(kRunDefinitionsName));
    }
    found.push_back({partition, std::move(*local), std::make_shared<StoredDefinitions>(std::move(*definitions))});
  }
  return found;
}

}  // namespace leadpulse::engine
