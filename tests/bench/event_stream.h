// A seeded stream of decoded events for the benchmarks of the engine: mails sent to leads and what follows, at mostly
// ascending times. It is the same with every compiler and library (kZipf: as far as their std::pow agrees). Single
// histories are not realistic (a click need not follow an open). Those of `leadpulse simulate` are, but they cost more
// than the work measured here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "schemas/codec/records.h"
#include "tools/simulate/random.h"

namespace leadpulse::bench {

// How the events are spread over the leads.
enum class Activity : uint8_t {
  kUniform,  // all are equally active
  kSkewed,   // one in ten has two thirds of the events
  kInTurn,   // one after the other
  kZipf,     // the k-th most active has 1 / k^0.99 of what the first has; the active ones are spread among the others
};

struct StreamShape {
  uint64_t leads = 100'000;
  uint64_t tenants = 1;  // number of tenants; the leads belong to them in turn
  // The time between two events: 30 days for a million.
  Millis step{2'592};
  Activity activity = Activity::kUniform;
  uint64_t seed = 1;
  // The stream's first instant, and the number in the first event's id, for a stream that continues another.
  Instant start{1'772'409'600'000};  // 2026-03-02T00:00:00Z, a Monday
  uint64_t first_event = 0;
};

class EventStream {
 public:
  explicit EventStream(const StreamShape& shape);

  // Replaces the content of `batch` by the next `count` events; reuses its strings.
  void Fill(size_t count, std::vector<codec::Event>* batch);
  // Returns the instant of the latest event so far, which is the clock of a run.
  Instant clock() const { return clock_; }

 private:
  void MakeEvent(codec::Event* event);
  uint64_t PickLead();

  const StreamShape shape_;
  simulate::Random random_;
  std::vector<std::string> tenants_;
  std::vector<double> zipf_;        // for kZipf: the share of the k most active, by k
  uint64_t zipf_step_ = 1'000'003;  // coprime to the number of leads: ranks are spread, each lead has one
  uint64_t made_ = 0;
  Instant clock_;
};

// Returns `bench` for one tenant, else `bench-0123`.
std::string StreamTenant(uint64_t number, uint64_t tenants);
// Returns the key of `lead-000123@example.com` of its tenant.
LeadKey StreamLead(uint64_t number, uint64_t tenants = 1);

}  // namespace leadpulse::bench
