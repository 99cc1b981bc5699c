// The dependencies between records of a part of a batch through addresses that their leads share (spec §9).
//
// A record reaches its own lead, and the leads named by its RecordReach: they receive messages caused by it, or their
// messages change what it does. A lead that is reached may itself have the address of a further mailbox, which other
// records reach, and which then sends it messages: Connect. Records whose leads are connected in this way form a
// component, and are applied in their order; components are independent. A record that may reach unforeseen leads is a
// barrier: everything before it ends first, and it is applied alone.
//
// Leads are identified by hashes. Two leads with the same hash only put more records into one component. Not
// thread-safe. Memory is reused from part to part.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/engine/lead_message.h"

namespace leadpulse::files {

class RecordPlan {
 public:
  static constexpr uint32_t kNoComponent = UINT32_MAX;

  // Begins the next part.
  void Clear();
  // Adds the next record and its reach. All records of the part must be added before Finish.
  void Add(const LeadKey& key, const engine::RecordReach& reach);
  // Connects a lead that records reach with its address: records about the one concern the other.
  void Connect(const LeadKey& lead, std::string_view address);
  // Adds a record without a lead, which depends on nothing.
  void AddRejected();
  // Makes the components. The functions below are valid from now on, until Clear.
  void Finish();

  size_t record_count() const { return nodes_.size(); }
  // Returns the number of components, numbered from 0 in the order of their first records.
  size_t component_count() const { return first_.empty() ? 0 : first_.size() - 1; }
  // Returns the component; kNoComponent for a rejected record. Records are numbered from 0 in the order in which they
  // were added.
  uint32_t ComponentOf(uint32_t record) const { return component_of_[record]; }
  // Returns the records, ascending.
  std::span<const uint32_t> RecordsOf(uint32_t component) const {
    return std::span(records_).subspan(first_[component], first_[component + 1] - first_[component]);
  }
  // Whether the component has more than one lead.
  bool IsShared(uint32_t component) const { return shared_[component]; }
  // Returns the barriers, ascending.
  std::span<const uint32_t> barriers() const { return barriers_; }

 private:
  // A lead: a node of a forest of disjoint sets. The root, which is its own parent, identifies its set.
  struct Node {
    uint32_t parent = 0;
    uint32_t leads = 1;                 // in the set, if this is the root
    uint32_t component = kNoComponent;  // of the set, if this is the root
  };
  // A slot of a hash table with open addressing. It is empty unless `part` is the current one.
  struct Bucket {
    uint64_t hash = 0;
    uint32_t part = 0;
    uint32_t node = 0;
  };
  struct ChangesOthers {
    uint32_t record;
    bool is_shared;
  };

  uint64_t HashOf(std::string_view tenant, std::string_view lead);
  uint32_t NodeOf(uint64_t hash);
  void Grow();
  uint32_t Find(uint32_t node);
  void Unite(uint32_t a, uint32_t b);
  void NumberComponents();
  void ListRecords();

  uint32_t part_ = 0;
  std::vector<Bucket> buckets_;  // a power of two
  std::vector<Node> forest_;
  std::vector<uint32_t> nodes_;  // each record's lead; kNoComponent for a rejected record
  std::vector<ChangesOthers> changes_others_;
  std::string last_tenant_;
  uint64_t last_tenant_hash_ = 0;

  std::vector<uint32_t> component_of_;
  std::vector<uint32_t> first_;    // where each component begins in records_, and the end
  std::vector<uint32_t> records_;  // by component
  std::vector<bool> shared_;
  std::vector<uint32_t> barriers_;
};

}  // namespace leadpulse::files
