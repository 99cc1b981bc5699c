#include "tests/kafka/shared_addresses_check.h"

#include <map>
#include <set>

#include "leadpulse/v1/exchange.pb.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/partitioner.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing {
namespace {

// The facts about a lead that a reader of the changes knows.
struct Believed {
  bool is_there = false;
  std::string email_status = "active", sendable = "true", stage = "new";
  std::set<std::string> segments;

  void Follow(const model::Change& change) {
    if (change.kind == "LEAD_CREATED") *this = {.is_there = true};
    if (change.kind == "LEAD_MERGED" || change.kind == "LEAD_ERASED") is_there = false;
    if (change.kind == "EMAIL_STATUS_CHANGED") email_status = change.to;
    if (change.kind == "SENDABLE_CHANGED") sendable = change.to;
    if (change.kind == "STAGE_CHANGED") stage = change.to;
    if (change.kind == "SEGMENT_ENTERED") segments.insert(change.name);
    if (change.kind == "SEGMENT_LEFT") segments.erase(change.name);
  }
};

// Whether both rows are the same, except that one may have a later number of definitions (IsSameRow).
bool IsEitherRow(const std::string& row_key, const std::string& one, const std::string& other) {
  return IsSameRow(row_key, one, other) || IsSameRow(row_key, other, one);
}

class AddressCheck {
 public:
  explicit AddressCheck(Simulation* simulation) : simulation_(simulation) {}

  std::string Run() {
    published_ = ReadPublished(&simulation_->cluster(), &problem_);
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) {
      CheckEpochs(PartitionId{p});
      LoadStore(PartitionId{p});
    }
    const auto record_at = [&](const LogId& log, int64_t offset) { return simulation_->RecordAt(log, offset); };
    problem_ += CheckCauses(published_, record_at) + CheckPayloads(published_, record_at);
    if (rows_ != published_.leads.size() + published_.hidden.size()) problem_ += "the stores miss rows of lead.state\n";
    if (!problem_.empty()) return problem_;
    for (const auto& [place, profile] : published_.profiles) {
      records_[EncodeLeadKey({profile.at("tenantId"), profile.at("leadId")})] = &profile;
    }
    CheckChanges();
    for (const auto& [key, lead] : leads_) CheckLead(key, lead);
    return problem_;
  }

 private:
  void Complain(const LeadKey& key, const std::string& what) {
    problem_ += key.tenant + " / " + key.lead + " " + what + "\n";
  }

  // Returns the messages between two leads, to explain a difference.
  std::string MessagesBetween(const LeadKey& key, const std::string& other) {
    std::string told;
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) {
      for (const LogEntry& entry : simulation_->cluster().log(Topic::kExchange, PartitionId{p}).everything()) {
        v1::ExchangeRecord record;
        if (entry.fate != LogEntry::Fate::kCommitted || !record.ParseFromString(*entry.message.value)) continue;
        const bool to = record.to_lead_id() == key.lead && record.from_lead_id() == other;
        const bool from = record.to_lead_id() == other && record.from_lead_id() == key.lead;
        if (record.tenant_id() != key.tenant || !(to || from)) continue;
        told += "\n  " + std::to_string(p) + "/" + std::to_string(entry.offset) + " " + record.ShortDebugString();
      }
    }
    return told;
  }

  // Checks that each transaction has one position, with its offsets.
  void CheckEpochs(PartitionId partition) {
    const auto& epochs = published_.epochs[partition];
    const auto& commits = simulation_->trace().commits(partition);
    bool fits = epochs.size() == commits.size();
    for (size_t i = 0; fits && i < epochs.size(); ++i) {
      const v1::PartitionPosition& position = epochs[i].position;
      const kafka::InputOffsets next{{position.next_event(), position.next_command(), position.next_message()}};
      fits = position.epoch() == i + 1 && commits[i].next == next;
    }
    if (!fits) problem_ += "positions and offsets of partition " + std::to_string(partition.value) + " do not fit\n";
  }

  void LoadStore(PartitionId partition) {
    const state::LeadStore* store = simulation_->StoreOf(simulation_->trace().owner(partition));
    if (store == nullptr) {
      problem_ += "nobody has partition " + std::to_string(partition.value) + "\n";
      return;
    }
    const Status visited = store->VisitLeads(partition, "", [&](std::string_view encoded, std::string_view row) {
      const LeadKey key = DecodeLeadKey(encoded);
      const auto place = std::pair(partition, std::string(encoded));
      const auto seen = published_.leads.find(place), hidden = published_.hidden.find(place);
      const bool is_seen = seen != published_.leads.end(), is_hidden = hidden != published_.hidden.end();
      if (is_seen == is_hidden ||
          !IsEitherRow(place.second, std::string(row), (is_seen ? seen : hidden)->second.stored())) {
        Complain(key, "has another row than in lead.state");
      }
      ++rows_;
      Result<state::Lead> lead = state::DecodeLead(key, row);
      if (!lead.ok()) Complain(key, lead.status().message());
      if (engine::PartitionOf(key, simulation_->workload().partitions) != partition) Complain(key, "is elsewhere");
      if (lead.ok()) leads_.emplace(key, std::move(*lead));
      return true;
    });
    if (!visited.ok()) problem_ += visited.message() + "\n";
  }

  void CheckChanges() {
    for (const auto& [names, changes] : published_.outcome.changes) {
      const LeadKey key{names.first, names.second};
      Believed believed;
      int64_t seq = 0;
      for (const model::Change& change : changes) {
        if (change.seq != ++seq) return Complain(key, "has no change " + std::to_string(seq) + ", or two");
        believed.Follow(change);
      }
      const auto record = records_.find(EncodeLeadKey(key));
      if ((record != records_.end()) != believed.is_there) {
        Complain(key, believed.is_there ? "has no record in lead.profiles" : "has a record in lead.profiles");
      } else if (believed.is_there) {
        Compare(key, believed, seq, *record->second);
      }
    }
    for (const auto& [encoded, record] : records_) {
      const LeadKey key = DecodeLeadKey(encoded);
      if (!published_.outcome.changes.contains({key.tenant, key.lead})) Complain(key, "was never created");
    }
  }

  void Compare(const LeadKey& key, const Believed& believed, int64_t seq, const model::Json& record) {
    if (record.at("pending") == true) Complain(key, "still waits for its mailbox");
    const bool fits = record.at("seq") == seq && record.at("emailStatus") == believed.email_status &&
                      record.at("sendable") == (believed.sendable == "true") && record.at("stage") == believed.stage &&
                      record.at("segments") == model::Json(believed.segments);
    if (!fits) Complain(key, "is another in lead.profiles than its changes say: " + record.dump());
  }

  const state::Lead* Find(const LeadKey& key) const {
    const auto found = leads_.find(key);
    return found == leads_.end() ? nullptr : &found->second;
  }

  void CheckLead(const LeadKey& key, const state::Lead& lead) {
    if (lead.is_lead() != records_.contains(EncodeLeadKey(key))) Complain(key, "is a lead in one of state and topic");
    if (!lead.identity) return;
    const state::LeadIdentity& identity = *lead.identity;
    if (identity.registration == state::Registration::kWaiting) Complain(key, "waits");
    if (identity.registration == state::Registration::kRegistered) CheckUser(key, lead);
    for (const auto& [id, user] : identity.leads) {
      const state::Lead* held = Find({key.tenant, id});
      const bool uses = held != nullptr && held->identity && held->identity->mailbox == key.lead;
      if (user.uses && !uses) Complain(key, "believes that " + id + " uses it" + MessagesBetween(key, id));
    }
  }

  // Checks that a lead and the mailbox of its address know the same of each other.
  void CheckUser(const LeadKey& key, const state::Lead& lead) {
    const std::string& address = lead.identity->mailbox;
    const state::Lead* mailbox = Find({key.tenant, address});
    if (mailbox == nullptr || !mailbox->identity) return Complain(key, "uses a mailbox that there is not: " + address);
    const auto known = mailbox->identity->leads.find(key.lead);
    if (known == mailbox->identity->leads.end() || !known->second.uses) {
      return Complain(key, "is not known to its mailbox " + address + MessagesBetween(key, address));
    }
    const state::StatusFacts own = state::FactsOfAddress(*mailbox, state::kOwnSlot);
    if (lead.identity->standing != state::StandingWithout(*mailbox->identity, own, key.lead)) {
      Complain(key, "does not know the standing of " + address + MessagesBetween(key, address));
    }
    const state::AddressSlot slot = lead.identity->FindSlot(address);
    if (slot == state::kNowhereSlot) return;
    if (known->second.facts != engine::OptOutsOf(state::FactsOfAddress(lead, slot))) {
      Complain(key, "has told " + address + " something else than it knows" + MessagesBetween(key, address));
    }
  }

  Simulation* const simulation_;
  Published published_;
  std::map<std::string, const model::Json*> records_;  // by key
  std::map<LeadKey, state::Lead> leads_;               // all rows of all partitions
  size_t rows_ = 0;                                    // in all stores
  std::string problem_;
};

}  // namespace

std::string CheckSharedAddresses(Simulation* simulation) { return AddressCheck(simulation).Run(); }

}  // namespace leadpulse::testing
