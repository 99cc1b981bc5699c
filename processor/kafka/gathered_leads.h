// Records of leads, gathered in memory in the order in which they came, and then by key, each lead once.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// One thread.
class GatheredLeads {
 public:
  // Copies both. No value: the lead is gone.
  void Add(std::string_view key, std::optional<std::string_view> value);

  // What is held takes so much memory, about.
  size_t bytes() const { return bytes_ + leads_.capacity() * sizeof(state::IngestedLead); }
  bool empty() const { return leads_.empty(); }

  // By ascending key, of each lead what was added last. Good until Clear, and nothing is added before that.
  const std::vector<state::IngestedLead>& Sorted();
  void Clear();

 private:
  std::string_view Keep(std::string_view text);

  std::vector<std::unique_ptr<char[]>> blocks_;  // of the texts
  char* next_ = nullptr;                         // in the last block
  size_t left_ = 0;
  size_t bytes_ = 0;  // of all blocks
  std::vector<state::IngestedLead> leads_;
};

}  // namespace leadpulse::kafka
