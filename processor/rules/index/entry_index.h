// Which steps of rules an entry of the journal may be what they ask for: by its type, and by campaign and name.
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
  // What of an entry is looked at.
  struct Entry {
    EventType type = EventType::kUnspecified;
    bool machine = false;
    std::string_view campaign_id;
    std::string_view name;
  };

  void Add(const Step& step, SubjectId subject);
  // After the last was added. `memory` outlives this.
  void Pack(IndexMemory* memory) { all_.Pack(kEventTypeCount, memory); }

  // Appends the subjects of all steps that the entry matches, and maybe of others; none that `out` has already.
  void Find(const Entry& entry, std::vector<SubjectId>* out) const;

 private:
  struct Listed {
    Scope scope = Scope::kPeople;
    SubjectId subject = 0;
  };
  using ByText = absl::flat_hash_map<std::string, std::vector<Listed>>;
  struct OfType {
    ByText by_campaign;  // folded
    ByText by_name;      // folded; of those that ask for no campaign
  };

  static void Append(std::span<const Listed> listed, bool machine, std::vector<SubjectId>* out);
  static void FindText(const ByText& by_text, std::string_view text, bool machine, std::vector<SubjectId>* out);

  PackedLists<Listed> all_;  // of each type, those that ask neither for a campaign nor for one name
  std::array<OfType, kEventTypeCount> types_;
};

}  // namespace leadpulse::rules
