#include "tests/kafka/published.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "processor/kafka/printable_key.h"
#include "state/codec/lead_codec.h"
#include "state/codec/row_form.h"

namespace leadpulse::testing {
namespace {

int64_t MillisOf(const google::protobuf::Timestamp& time) { return time.seconds() * 1000 + time.nanos() / 1'000'000; }

model::Change ModelChange(const v1::Change& change) {
  model::Change made;
  made.seq = static_cast<int64_t>(change.seq());
  made.at = MillisOf(change.at());
  made.kind = v1::Change::Kind_Name(change.kind());
  made.name = change.name();
  made.from = change.from();
  made.to = change.to();
  made.cause = v1::Cause::Kind_Name(change.cause().kind());
  made.cause_id = change.cause().id();
  made.backfill = change.backfill();
  made.updated = absl::StrJoin(change.updated(), ",");
  return made;
}

std::string IdOf(const model::Record& record) {
  if (const auto* event = std::get_if<model::Event>(&record.content)) return event->id;
  if (const auto* command = std::get_if<model::Command>(&record.content)) return command->id;
  return "";
}

class Reader {
 public:
  Reader(const LogFinder& logs, std::string* problem) : logs_(logs), problem_(problem) {}

  Published Read(uint32_t partitions) {
    for (uint32_t p = 0; p < partitions; ++p) {
      const PartitionId partition{p};
      ForEach({Topic::kStatusChanges, partition}, [&](const LogEntry& entry) { ReadChange(entry); });
      ForEach({Topic::kSegmentChanges, partition}, [&](const LogEntry& entry) { ReadChange(entry); });
      ForEach({Topic::kDeadLetters, partition}, [&](const LogEntry& entry) { ReadDeadLetter(entry); });
      ForEach({Topic::kLeadState, partition}, [&](const LogEntry& entry) { ReadState(entry); });
      ForEach({Topic::kLeadProfiles, partition}, [&](const LogEntry& entry) { ReadProfile(entry); });
      epoch_ = {};
      ForEach({Topic::kLeadJournal, partition}, [&](const LogEntry& entry) { ReadDeltas(entry); });
    }
    for (auto& [key, changes] : published_.outcome.changes) {
      std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    }
    for (const auto& [place, profile] : published_.profiles) {
      published_.outcome.leads[{profile.at("tenantId"), profile.at("leadId")}] = SharedPartOf(profile);
    }
    return std::move(published_);
  }

 private:
  // Includes records compacted in the meantime, because they could be read before.
  template <typename Visit>
  void ForEach(const LogId& log, const Visit& visit) {
    log_ = log;
    for (const LogEntry& entry : logs_(log).everything()) {
      if (entry.fate == LogEntry::Fate::kOpen) Complain(entry, "is part of a transaction that is still open");
      if (entry.fate == LogEntry::Fate::kCommitted) visit(entry);
    }
  }

  void Complain(const LogEntry& entry, const std::string& what) {
    *problem_ += "topic " + std::to_string(static_cast<int>(log_.topic)) + " partition " +
                 std::to_string(log_.partition.value) + " offset " + std::to_string(entry.offset) + " " + what + "\n";
  }

  void ReadChange(const LogEntry& entry) {
    v1::Change change;
    if (!entry.message.value || !change.ParseFromString(*entry.message.value)) return Complain(entry, "is no change");
    const LeadKey key{change.tenant_id(), change.lead_id()};
    if (entry.message.key != kafka::PrintableKey(key)) Complain(entry, "has another key than its lead's");
    const bool is_segment = change.kind() == v1::Change::SEGMENT_ENTERED || change.kind() == v1::Change::SEGMENT_LEFT;
    if (is_segment != (log_.topic == Topic::kSegmentChanges)) Complain(entry, "belongs into the other topic");
    uint64_t& last = last_seq_[{log_.topic, entry.message.key}];
    if (change.seq() <= last) Complain(entry, "has a number that is not greater than the one before");
    last = change.seq();
    published_.outcome.changes[{key.tenant, key.lead}].push_back(ModelChange(change));
    published_.changes.push_back({log_, entry.offset, EncodeLeadKey(key), entry.message.headers, std::move(change)});
  }

  void ReadDeadLetter(const LogEntry& entry) {
    v1::DeadLetter letter;
    if (!entry.message.value || !letter.ParseFromString(*entry.message.value)) return Complain(entry, "is no letter");
    const auto& source = letter.source();
    published_.outcome.dead_letters.emplace(source.topic() + "/" + std::to_string(source.partition()), source.offset(),
                                            absl::AsciiStrToLower(v1::DeadLetter::Reason_Name(letter.reason())));
    published_.dead_letters.push_back(std::move(letter));
  }

  void ReadState(const LogEntry& entry) {
    const std::string& key = entry.message.key;
    if (key.empty()) return Complain(entry, "has no key");
    if (key[0] != '\0') return ReadLead(entry);
    const std::string_view rest = std::string_view(key).substr(1);
    constexpr std::string_view kHidden("hidden\0", 7);
    if (rest.starts_with(kHidden)) {
      const std::pair place(log_.partition, std::string(rest.substr(kHidden.size())));
      if (!entry.message.value) {
        published_.hidden.erase(place);
      } else if (!published_.hidden[place].ParseFromString(*entry.message.value)) {
        Complain(entry, "is no row");
      }
    } else if (rest == "definitions") {
      if (!v1::AdoptedDefinitions().ParseFromString(*entry.message.value)) Complain(entry, "is no definitions");
    } else if (rest == "position") {
      ReadPosition(entry);
    }
  }

  // Reads a position. Those of a move from other partitions precede the rows with which the deltas begin.
  void ReadPosition(const LogEntry& entry) {
    v1::PartitionPosition position;
    if (!position.ParseFromString(*entry.message.value)) return Complain(entry, "is no position");
    const auto moved = moved_epochs_.find(log_.partition);
    if (position.application().starts_with("a move of ")) {
      moved_epochs_[log_.partition] = position.epoch();
    } else if (moved != moved_epochs_.end() && position.epoch() == moved->second) {
      for (const auto* rows : {&published_.leads, &published_.hidden}) {
        for (const auto& [place, record] : *rows) {
          if (place.first == log_.partition) published_.rows[place] = record.stored();
        }
      }
    }
  }

  void ReadDeltas(const LogEntry& entry) {
    v1::DeltaRecord record;
    if (!entry.message.value || !record.ParseFromString(*entry.message.value)) return Complain(entry, "has no deltas");
    const auto moved = moved_epochs_.find(log_.partition);
    const uint64_t before = moved == moved_epochs_.end() ? 0 : moved->second;
    const uint64_t expected = before + published_.epochs[log_.partition].size() + 1;
    if (record.epoch() != expected) Complain(entry, "is not of epoch " + std::to_string(expected));
    for (const v1::RowDelta& delta : record.rows()) {
      const std::pair place(log_.partition, delta.key());
      const auto row = published_.rows.find(place);
      if (delta.has_row()) {
        published_.rows[place] = delta.row();
      } else if (row == published_.rows.end()) {
        Complain(entry, "changes a row that is not there");
      } else if (delta.has_appended()) {
        state::AppendToRow(delta.appended(), &row->second);
      } else {
        published_.rows.erase(row);
      }
    }
    if (record.has_definitions()) epoch_.definitions = record.definitions();
    if (!record.has_position()) return;
    epoch_.position = record.position();
    published_.epochs[log_.partition].push_back(std::exchange(epoch_, {}));
  }

  void ReadLead(const LogEntry& entry) {
    const std::pair place(log_.partition, entry.message.key);
    if (!entry.message.value) {
      published_.leads.erase(place);
      return;
    }
    v1::LeadRecord record;
    if (!record.ParseFromString(*entry.message.value)) return Complain(entry, "is no lead");
    published_.leads[place] = std::move(record);
  }

  void ReadProfile(const LogEntry& entry) {
    const std::pair place(log_.partition, entry.message.key);
    if (!entry.message.value) {
      published_.profiles.erase(place);
      return;
    }
    model::Json profile = model::Parse(*entry.message.value);
    if (entry.message.key != kafka::PrintableKey({profile.at("tenantId"), profile.at("leadId")})) {
      Complain(entry, "is another lead's");
    }
    if (profile.at("pending") == true && profile.at("sendable") == true) Complain(entry, "is pending and sendable");
    published_.profiles[place] = std::move(profile);
  }

  const LogFinder& logs_;
  std::string* const problem_;
  LogId log_;
  PublishedEpoch epoch_;
  std::map<std::pair<Topic, std::string>, uint64_t> last_seq_;
  std::map<PartitionId, uint64_t> moved_epochs_;  // from which partitions of a moved deployment count on
  Published published_;
};

std::string HeaderOf(const PublishedChange& published, std::string_view name) {
  for (const auto& [header, value] : published.headers) {
    if (header == name) return value;
  }
  return "(none)";
}

// Checks the header `ordinal` of schemas/CONSUMERS.md: the number of the change among those of its record, from 0. A
// record's changes have ascending numbers.
std::string CheckOrdinals(const Published& published) {
  std::map<std::pair<LogId, int64_t>, std::map<uint64_t, std::string>> ordinals;
  for (const PublishedChange& one : published.changes) {
    if (!one.change.has_source()) continue;
    ordinals[{SourceOf(one.change), one.change.source().offset()}][one.change.seq()] = HeaderOf(one, "ordinal");
  }
  std::string problem;
  for (const auto& [record, of_changes] : ordinals) {
    uint64_t expected = 0;
    for (const auto& [seq, ordinal] : of_changes) {
      if (ordinal == std::to_string(expected++)) continue;
      problem += "change " + std::to_string(seq) + " of input offset " + std::to_string(record.second) +
                 " has the ordinal " + ordinal + "\n";
    }
  }
  return problem;
}

}  // namespace

LogId SourceOf(const v1::Change& change) {
  return {change.cause().kind() == v1::Cause::EVENT ? Topic::kEvents : Topic::kCommands,
          PartitionId{static_cast<uint32_t>(change.source().partition())}};
}

Published ReadPublished(uint32_t partitions, const LogFinder& logs, std::string* problem) {
  return Reader(logs, problem).Read(partitions);
}

Published ReadPublished(SimulatedCluster* cluster, std::string* problem) {
  const auto logs = [&](const LogId& log) -> const PartitionLog& { return cluster->log(log.topic, log.partition); };
  return ReadPublished(cluster->options().partitions, logs, problem);
}

bool IsSameRow(const std::string& row_key, const std::string& row, const std::string& of_deltas) {
  if (row == of_deltas) return true;
  const Result<LeadKey> key = state::ParseLeadKey(state::EncodedLeadKey(row_key));
  if (!key.ok()) return false;
  Result<state::Lead> one = state::DecodeLead(*key, row);
  const Result<state::Lead> other = state::DecodeLead(*key, of_deltas);
  if (!one.ok() || !other.ok() || one->definitions_number < other->definitions_number) return false;
  one->definitions_number = other->definitions_number;
  if (one->identity && other->identity && one->identity->addresses.size() == other->identity->addresses.size()) {
    one->identity.Get().addresses = other->identity->addresses;
  }
  return state::EncodeLead(*one) == state::EncodeLead(*other);
}

std::string CheckRows(const Published& published) {
  std::map<std::pair<PartitionId, std::string>, std::string> stored;
  for (const auto* records : {&published.leads, &published.hidden}) {
    for (const auto& [place, record] : *records) stored[place] = record.stored();
  }
  std::string problem;
  for (const auto& [place, row] : published.rows) {
    const auto found = stored.find(place);
    if (found != stored.end() && IsSameRow(place.second, found->second, row)) continue;
    problem += "lead.state " + std::string(found == stored.end() ? "has no" : "has another") + " row of " +
               absl::CEscape(place.second) + " in partition " + std::to_string(place.first.value) + "\n";
  }
  if (stored.size() > published.rows.size()) problem += "lead.state has rows that lead.journal does not know\n";
  return problem;
}

std::string CheckSources(const Published& published, const RecordFinder& records) {
  std::string problem = CheckOrdinals(published) + CheckCauses(published, records);
  for (const PublishedChange& one : published.changes) {
    if (!one.change.has_source()) continue;
    const LiveRecord* record = records(SourceOf(one.change), one.change.source().offset());
    if (record != nullptr && record->key != one.key) {
      problem += "a change of " + one.change.lead_id() + " names the record of another lead as its source\n";
    }
  }
  return problem;
}

std::string CheckCauses(const Published& published, const RecordFinder& records) {
  std::string problem;
  for (const PublishedChange& one : published.changes) {
    const v1::Change& change = one.change;
    const v1::Cause::Kind cause = change.cause().kind();
    const bool has_record = cause == v1::Cause::EVENT || cause == v1::Cause::COMMAND;
    if (has_record != change.has_source()) {
      problem += "a source where there is none, or none: " + change.lead_id() + "\n";
    }
    if (!has_record || !change.has_source()) continue;
    const LiveRecord* record = records(SourceOf(change), change.source().offset());
    if (record == nullptr || IdOf(record->record) != change.cause().id()) {
      problem += "a change of " + change.lead_id() + " names another record as its source\n";
    }
  }
  return problem;
}

std::string CheckPayloads(const Published& published, const RecordFinder& records) {
  std::string problem;
  for (const v1::DeadLetter& letter : published.dead_letters) {
    const auto& source = letter.source();
    const Topic topic = source.topic() == "engagement.events" ? Topic::kEvents : Topic::kCommands;
    const LiveRecord* record =
        records({topic, PartitionId{static_cast<uint32_t>(source.partition())}}, source.offset());
    const bool is_whole = record != nullptr && letter.payload() == record->value && letter.size() == 0;
    const bool is_beginning =
        record != nullptr && record->value.starts_with(letter.payload()) && letter.size() == record->value.size();
    if (!is_whole && !is_beginning) {
      problem += "the dead letter of offset " + std::to_string(source.offset()) + " has other bytes than its record\n";
    }
  }
  return problem;
}

model::Json SharedPartOf(model::Json lead) {
  for (const char* name : {"notes", "email", "pending", "version"}) lead.erase(name);
  return lead;
}

}  // namespace leadpulse::testing
