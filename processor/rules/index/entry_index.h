// Finds the steps of rules that a journal entry may match, by type, campaign and name.
//
// Immutable once packed; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/engagement.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

using SubjectId = uint32_t;

class EntryIndex {
 public:
  // The fields of an entry that are compared.
  struct Entry {
    EventType type = EventType::kUnspecified;
    bool machine = false;
    std::string_view campaign_id;
    std::string_view name;
  };

  void Add(const Step& step, SubjectId subject);
  // Packs the index after the last step was added. `memory` outlives this.
  void Pack(IndexMemory* memory) { all_.Pack(kEventTypeCount, memory); }

  // Appends the subjects of all steps that the entry matches, and perhaps of others, without duplicates in `out`.
  void Find(const Entry& entry, std::vector<SubjectId>* out) const;

 private:
  struct Listed {
    Scope scope = Scope::kPeople;
    SubjectId subject = 0;
  };
  using ByText = absl::flat_hash_map<std::string, std::vector<Listed>>;
  struct OfType {
    ByText by_campaign;  // folded
    ByText by_name;      // folded; steps that ask for no campaign
  };

  static void Append(std::span<const Listed> listed, bool machine, std::vector<SubjectId>* out);
  static void FindText(const ByText& by_text, std::string_view text, bool machine, std::vector<SubjectId>* out);

  PackedLists<Listed> all_;  // by type, the steps that ask neither for a campaign nor for a name
  std::array<OfType, kEventTypeCount> types_;
};

}  // namespace leadpulse::rules
