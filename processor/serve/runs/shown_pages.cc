#include "processor/serve/runs/shown_pages.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace leadpulse::serve {
namespace {

constexpr size_t kBytesBesideLeads = 200;  // each page's

}  // namespace

size_t ShownPages::BytesOf(const Page& page) { return kBytesBesideLeads + page.leads.size() * sizeof(LeadHash); }

uint64_t ShownPages::NumberOf(std::string_view bytes) const {
  const std::string hash = key_.HashOf(bytes);
  uint64_t number = 0;
  std::memcpy(&number, hash.data(), sizeof number);
  return number;
}

PageName ShownPages::Add(const std::string& tenant, PageName before, std::vector<LeadHash> leads) {
  std::string bytes(reinterpret_cast<const char*>(&before.value), sizeof before.value);
  bytes.append(reinterpret_cast<const char*>(leads.data()), leads.size() * sizeof(LeadHash));
  const PageName name{NumberOf(bytes)};
  const std::lock_guard lock(mutex_);
  const auto previous = known_.find(before);
  if (before != kNoPage && previous == known_.end()) return name;  // forgotten meanwhile
  const auto owner = tenants_.try_emplace(tenant).first;
  Pages& pages = owner->second.pages;
  const auto behind = before == kNoPage ? pages.end() : previous->second.page;
  if (const auto known = known_.find(name); known != known_.end()) {
    pages.splice(behind, pages, known->second.page);
    return name;
  }
  const auto page = pages.insert(behind, {name, before, std::move(leads)});
  known_.emplace(name, Known{owner, page});
  owner->second.bytes += BytesOf(*page);
  bytes_ += BytesOf(*page);
  MakeRoom();
  return name;
}

bool ShownPages::RemoveShown(PageName page, absl::flat_hash_set<LeadHash>* leads) {
  const std::lock_guard lock(mutex_);
  while (page != kNoPage) {
    const auto known = known_.find(page);
    if (known == known_.end()) return false;
    Pages& pages = known->second.tenant->second.pages;
    pages.splice(pages.end(), pages, known->second.page);
    for (const LeadHash lead : known->second.page->leads) leads->erase(lead);
    page = known->second.page->before;
  }
  return true;
}

void ShownPages::MakeRoom() {
  const auto takes_less = [](const auto& a, const auto& b) { return a.second.bytes < b.second.bytes; };
  while (bytes_ > most_bytes_) {
    const auto owner = std::max_element(tenants_.begin(), tenants_.end(), takes_less);
    const Page& page = owner->second.pages.front();
    bytes_ -= BytesOf(page);
    owner->second.bytes -= BytesOf(page);
    known_.erase(page.name);
    owner->second.pages.pop_front();
    if (owner->second.pages.empty()) tenants_.erase(owner);
  }
}

}  // namespace leadpulse::serve
