// The addresses that two or more leads of a tenant share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "state/store/lead_store.h"

namespace leadpulse::query {

// The leads of an address: those that use its mailbox, and the mailbox itself where it is a lead.
struct SharedAddress {
  static constexpr size_t kMostNamed = 8;

  LeadKey mailbox;  // its id is the address
  uint64_t leads = 0;
  uint64_t sendable = 0;
  std::vector<std::string> first;  // ids, ascending by bytes; at most kMostNamed
};

// Those of the tenant, or of all if it is empty: the most leads first, then by address and tenant. A lead is evaluated
// at `at`. Memory grows with the number of shared addresses. Errors are those of the store, and a fatal one for a lead
// that cannot be read.
Result<std::vector<SharedAddress>> FindSharedAddresses(const state::LeadStore& store,
                                                       const config::Definitions& definitions,
                                                       const std::string& tenant, Instant at, WorkerPool* pool);

}  // namespace leadpulse::query
