// A store that owns another one, by default in memory, and passes every call to it. A test overrides the call that it
// is about.
#pragma once

#include <memory>
#include <utility>

#include "state/store/forwarding_store.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::testing {

class ForwardingStore : public state::ForwardingStore {
 public:
  explicit ForwardingStore(uint32_t partitions) : ForwardingStore(state::MakeMemoryLeadStore(partitions)) {}
  explicit ForwardingStore(std::unique_ptr<state::LeadStore> store)
      : state::ForwardingStore(store.get()), owned_(std::move(store)) {}

 private:
  const std::unique_ptr<state::LeadStore> owned_;
};

}  // namespace leadpulse::testing
