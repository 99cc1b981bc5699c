// What a file does to leads, counted by lead. Used by one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>

namespace leadpulse::importing {

enum class Effect : uint8_t { kUnchanged, kChanged, kNew };  // the later ones outweigh the earlier ones

class LeadEffects {
 public:
  // Counts a row. A lead with several rows counts once, by the most that one of them does.
  void Add(std::string_view lead, Effect effect) {
    const auto [known, is_new] = leads_.try_emplace(std::hash<std::string_view>()(lead), effect);
    if (!is_new) {
      --counts_[static_cast<size_t>(known->second)];
      known->second = std::max(known->second, effect);
    }
    ++counts_[static_cast<size_t>(known->second)];
  }

  uint64_t operator[](Effect effect) const { return counts_[static_cast<size_t>(effect)]; }

 private:
  std::unordered_map<size_t, Effect> leads_;  // by the id's hash, because files are long
  std::array<uint64_t, 3> counts_{};
};

}  // namespace leadpulse::importing
