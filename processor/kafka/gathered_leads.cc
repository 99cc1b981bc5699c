#include "processor/kafka/gathered_leads.h"

#include <algorithm>
#include <cstring>

namespace leadpulse::kafka {
namespace {

constexpr size_t kBlock = 1 << 20;

}  // namespace

void GatheredLeads::Add(std::string_view key, std::optional<std::string_view> value) {
  const std::string_view kept = Keep(key);
  leads_.push_back({kept, value ? std::optional(Keep(*value)) : std::nullopt});
}

std::string_view GatheredLeads::Keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > left_) {
    left_ = std::max(kBlock, text.size());
    bytes_ += left_;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    next_ = blocks_.back().get();
  }
  const std::string_view kept(next_, text.size());
  std::memcpy(next_, text.data(), text.size());
  next_ += text.size();
  left_ -= text.size();
  return kept;
}

const std::vector<state::IngestedLead>& GatheredLeads::Sorted() {
  std::ranges::stable_sort(leads_, {}, &state::IngestedLead::key);
  size_t count = 0;
  for (size_t i = 0; i < leads_.size(); ++i) {
    const bool last = i + 1 == leads_.size() || leads_[i].key != leads_[i + 1].key;
    if (last) leads_[count++] = leads_[i];
  }
  leads_.resize(count);
  return leads_;
}

void GatheredLeads::Clear() { *this = {}; }

}  // namespace leadpulse::kafka
