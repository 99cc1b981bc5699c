// The leads that the pages of sorted searches have shown.
//
// A lead whose place in the order changes could come again on a later page. So the front remembers the leads of each
// page, and a cursor names the page that it ends. A page is named by a hash of its leads and of the name of the page
// before it: if it is asked for again, it is remembered once; if it has other leads by then, each cursor goes on from
// the page that it ends.
//
// It is in memory only: the names have a key of this process. A lead takes 8 bytes. If there is no more room, the
// tenant that uses most loses the pages that were used longest ago.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "processor/serve/queries/process_key.h"

namespace leadpulse::serve {

using LeadHash = uint64_t;  // keyed
struct PageName {
  uint64_t value = 0;
  friend constexpr auto operator<=>(PageName, PageName) = default;
};
inline constexpr PageName kNoPage{};  // before the first page

// Thread-safe.
class ShownPages {
 public:
  static constexpr size_t kMostBytes = size_t{64} << 20;  // 8 million leads
  explicit ShownPages(size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  LeadHash HashOf(std::string_view encoded_key) const { return NumberOf(encoded_key); }
  // Remembers the leads of a page of the tenant and returns its name. `before`: the page before it.
  PageName Add(const std::string& tenant, PageName before, std::vector<LeadHash> leads);
  // Removes the leads that this page and those before it have shown. False: they are no longer remembered.
  bool RemoveShown(PageName page, absl::flat_hash_set<LeadHash>* leads);

 private:
  struct Page {
    PageName name;
    PageName before;
    std::vector<LeadHash> leads;
  };
  // A page stands behind those that follow it in a walk, so that it is forgotten after them.
  using Pages = std::list<Page>;  // the one that was used longest ago first
  struct Tenant {
    Pages pages;
    size_t bytes = 0;
  };
  struct Known {
    std::map<std::string, Tenant>::iterator tenant;
    Pages::iterator page;
  };

  static size_t BytesOf(const Page& page);
  // Forgets pages until there is room.
  void MakeRoom();
  uint64_t NumberOf(std::string_view bytes) const;

  const ProcessKey key_;
  const size_t most_bytes_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::map<std::string, Tenant> tenants_;
  std::map<PageName, Known> known_;
  size_t bytes_ = 0;
};

}  // namespace leadpulse::serve
