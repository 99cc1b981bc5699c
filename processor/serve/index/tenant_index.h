// The index of one tenant's leads, in memory.
//
// Each lead has a number. A term has a bitmap of the numbers of its leads. Numbers are not given again: a lead that is
// removed and comes back has another one. Not thread-safe, except for the keys (see LeadKeys).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/serve/index/lead_terms.h"

#include <roaring/roaring.hh>

namespace leadpulse::serve {

struct IndexedKey {
  PartitionId partition;
  std::string key;  // EncodeLeadKey
};

inline bool ComesBefore(const IndexedKey& a, const IndexedKey& b) {
  return a.partition != b.partition ? a.partition < b.partition : a.key < b.key;
}
inline bool AreSame(const IndexedKey& a, const IndexedKey& b) { return a.partition == b.partition && a.key == b.key; }
// Returns the tenant of an encoded key.
inline std::string_view TenantOf(std::string_view key) { return key.substr(0, key.find('\0')); }

// The keys of leads by number. One thread appends while others read those that were there when they last held the lock
// of the index: an element never moves.
class LeadKeys {
 public:
  LeadKeys() { chunks_.reserve(kMostChunks); }
  // Appends a key. Returns false if there is no room for more.
  bool Append(IndexedKey key);
  const IndexedKey& operator[](uint32_t number) const { return (*chunks_[number / kChunk])[number % kChunk]; }
  uint32_t size() const { return size_; }

 private:
  static constexpr size_t kChunk = 4096;
  static constexpr size_t kMostChunks = 1024;  // 4,194,304 leads
  using Chunk = std::array<IndexedKey, kChunk>;

  std::vector<std::unique_ptr<Chunk>> chunks_;
  uint32_t size_ = 0;
};

// The numbers of terms of the profile have this bit, so that they are the last of a lead's.
using TermNumber = uint32_t;
inline constexpr TermNumber kOfProfile = TermNumber{1} << 31;

// IndexedFacts with the numbers of terms.
struct NumberedFacts {
  bool is_lead = false;
  bool has_profile = false;  // else the terms of the profile stay
  uint64_t profile_hash = 0;
  Instant updated = Instant::Never();  // with the terms of the profile
  std::vector<TermNumber> terms;
  std::vector<std::string> new_terms;  // the index has no number for them yet
  int64_t score = 0;
  Instant valid_until = Instant::Never();
  std::vector<CampaignSpelling> new_campaigns;  // the index does not have them yet
};

class TenantIndex {
 public:
  TenantIndex() : keys_(std::make_shared<LeadKeys>()) {}
  TenantIndex(const TenantIndex&) = delete;
  TenantIndex& operator=(const TenantIndex&) = delete;

  // Looks up the numbers of the terms, the slowest part of a change; others may read the index at the same time. Only
  // the thread that changes the index calls it. All facts of an index have the same `definitions`.
  NumberedFacts Number(IndexedFacts facts, const config::TenantDefinitions& definitions) const;
  // Returns the hash of the lead's profile; nullopt if the index does not have the lead.
  std::optional<uint64_t> ProfileHashOf(std::string_view key) const;
  // Adds, replaces or removes a lead. `facts` need the terms of the profile only if its hash is not ProfileHashOf the
  // lead. Until EndOrder, leads come by ascending key. Returns false if the index is full.
  bool Set(const IndexedKey& key, NumberedFacts facts);
  void EndOrder() { ordered_ = keys_->size(); }

  // ---- For queries ----

  const std::shared_ptr<const LeadKeys> keys() const { return keys_; }
  // Returns the number below which numbers ascend with their keys.
  uint32_t ordered() const { return ordered_; }
  const Roaring& all() const { return all_; }
  // Returns the leads with this term.
  Roaring WithTerm(const std::string& term) const;
  // Counts those of `some` that have this term, which takes less than to find them.
  uint64_t CountWith(const std::string& term, const Roaring& some) const;
  uint64_t CountWith(const std::string& term) const;  // among all leads
  // Calls `visit` with the rest of each term that begins so, ascending, and the leads that have it.
  void VisitTerms(const std::string& prefix,
                  const std::function<void(std::string_view rest, const Roaring& leads)>& visit) const;
  // Returns the leads with a term that begins so.
  Roaring WithPrefix(const std::string& prefix) const;
  Roaring WithScore(int64_t least, int64_t most) const;
  int64_t score(uint32_t number) const { return scores_[number]; }
  // Returns the leads whose last command was applied between these instants.
  Roaring UpdatedBetween(Instant first, Instant last) const;
  Instant updated(uint32_t number) const { return updated_[number]; }  // Never: no command was
  // Returns the leads whose facts may have changed by time alone at `now`.
  Roaring ExpiredAt(Instant now) const;
  // Returns the number of the lead with this key; nullopt if the index does not have it.
  std::optional<uint32_t> Find(std::string_view key) const;
  std::optional<uint32_t> FindId(const std::string& id) const;  // the lead's id in the tenant
  // Returns the spelling by folded name of all campaigns that leads have had.
  const std::map<std::string, std::string>& campaigns() const { return campaigns_; }
  size_t MemoryBytes() const;  // about

 private:
  // The leads with a term. Few numbers take less memory as they are.
  struct Posting {
    std::vector<uint32_t> few;  // ascending
    std::unique_ptr<Roaring> many;
    void Add(uint32_t number);
    void Remove(uint32_t number);
    void AddTo(Roaring* sum) const;
  };
  struct Expiry {
    Instant at;
    uint32_t number;
  };

  // Finds the leads of a term; nullptr if no lead has ever had it.
  const Posting* FindPosting(const std::string& term) const;
  Posting& PostingOf(TermNumber term) { return postings_[term & ~kOfProfile]; }
  const Posting& PostingOf(TermNumber term) const { return postings_[term & ~kOfProfile]; }
  TermNumber NumberOf(std::string term);
  void NumberText(std::string term, NumberedFacts* numbered) const;
  void NumberView(const ViewTerm& term, const config::TenantDefinitions& definitions, NumberedFacts* numbered) const;
  void NumberEvents(const CampaignEvents& campaign, NumberedFacts* numbered) const;
  void Remove(std::string_view key);
  void SetTerms(uint32_t number, std::vector<TermNumber> terms, bool with_profile);
  void SetExpiry(uint32_t number, Instant at);

  std::shared_ptr<LeadKeys> keys_;
  uint32_t ordered_ = 0;
  absl::flat_hash_map<std::string_view, uint32_t> numbers_;         // views of keys_
  std::map<std::string, TermNumber> dictionary_;                    // to find the terms with a prefix
  absl::flat_hash_map<std::string_view, TermNumber> term_numbers_;  // views of dictionary_
  // Numbers of terms of the view, by the value of each kind. kNoNumber means that it has not been looked for, or has
  // none. Used by Number alone.
  mutable std::array<std::vector<TermNumber>, kViewKinds.size()> view_numbers_;
  // Numbers of the terms of a campaign's events by its spelling: those of measures, then that of kEvents.
  using EventNumbers = std::array<TermNumber, report::kMeasureCount + 1>;
  mutable absl::flat_hash_map<std::string, EventNumbers> event_numbers_;  // as view_numbers_
  size_t text_bytes_ = 0;                                                 // keys and terms together
  std::vector<Posting> postings_;                                         // by the number of the term
  std::vector<std::vector<TermNumber>> terms_;                            // each lead's, ascending
  std::vector<uint64_t> profile_hashes_;                                  // each lead's
  std::vector<int64_t> scores_;                                           // each lead's
  std::vector<Instant> updated_;                                          // each lead's
  std::vector<Instant> valid_until_;                                      // each lead's
  std::vector<Expiry> expiries_;  // a heap, the earliest on top; some are of the past
  Roaring all_;
  std::map<std::string, std::string> campaigns_;
};

}  // namespace leadpulse::serve
