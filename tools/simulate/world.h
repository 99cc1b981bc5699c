// Shared by the makers of records: the options, the leads as the platform knows them, and the pending records.
//
// Memory: four bytes for each lead, and the pending records (pending_records.h). One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "processor/base/instant.h"
#include "tools/simulate/pending_records.h"
#include "tools/simulate/popularity.h"
#include "tools/simulate/random.h"

namespace leadpulse::simulate {

struct HistoryOptions {
  uint64_t leads = 1000;  // 1 to kMaxLeads
  uint32_t days = 30;     // 1 to kMaxDays
  uint64_t seed = 1;
  Instant start{1'704'067'200'000};  // 2024-01-01T00:00:00Z, a Monday
  uint32_t tenants = 1;              // not more than leads
  Distribution distribution = Distribution::kZipf;
  uint64_t out_of_order_per_million = 20'000;  // events that arrive after later ones
  uint64_t duplicates_per_million = 5'000;     // records that arrive twice
  uint64_t machine_per_million = 80'000;       // leads whose mail a program opens; one program in ten also clicks
  uint64_t bad_per_million = 0;                // additional records that cannot be used
};
inline constexpr uint64_t kMaxLeads = 100'000'000;
inline constexpr uint32_t kMaxDays = 3650;
inline constexpr uint32_t kMaxTenants = 10'000;

// The platform's knowledge about a lead now.
struct LeadStatus {
  uint32_t dead_address : 1 = 0;
  uint32_t unsubscribed : 1 = 0;
  uint32_t complained : 1 = 0;
  uint32_t do_not_contact : 1 = 0;
  uint32_t closed : 1 = 0;  // its stage is final
  uint32_t erased : 1 = 0;
  uint32_t stage : 4 = 0;         // the last stage that was set; 0 before the first
  uint32_t full_mailbox : 4 = 0;  // how many more mails will bounce softly
};

// The five minutes of a slice.
struct Slice {
  Instant begin;
  int64_t day = 0;       // since 1970-01-01
  int weekday = 0;       // 0: Monday
  int hour = 0;          // UTC
  uint64_t joined = 0;   // number of leads at its beginning
  uint64_t joining = 0;  // number of leads at its end
};

class World {
 public:
  explicit World(const HistoryOptions& options);

  // Adds a record that is not `again`; the options decide when it arrives. Sets its arrival and number, and returns the
  // number.
  uint64_t Happen(PendingRecord record);
  // Decides whether a record that has just arrived arrives a second time in a later slice.
  void MayArriveAgain(const PendingRecord& record);

  Instant end() const { return options_.start + std::chrono::days(options_.days); }
  // Returns the slice to fill.
  Slice CurrentSlice() const;
  // Draws a random time within the slice.
  Instant DrawInstant(const Slice& slice) {
    return slice.begin + Millis{static_cast<int64_t>(random_.Below(kSlice.count()))};
  }
  // Whether the lead has the property, with this probability; the same answer each time.
  bool Has(uint32_t lead, uint64_t property, uint64_t per_million) const {
    return simulate::Happens(HashOf(options_.seed, lead, property), per_million);
  }

  const HistoryOptions& options() const { return options_; }
  const Popularity& popularity() const { return popularity_; }
  Random& random() { return random_; }
  PendingRecords& pending() { return pending_; }
  LeadStatus& lead(uint32_t number) { return leads_[number]; }

 private:
  // Returns the number of leads that have joined by then: most in the first hours, like an import, the others evenly.
  uint64_t JoinedBy(Instant at) const;

  const HistoryOptions options_;
  const Popularity popularity_;
  Random random_;
  std::vector<LeadStatus> leads_;
  PendingRecords pending_;
  uint64_t made_ = 0;
};

}  // namespace leadpulse::simulate
