// Finds the addresses that two or more leads of a tenant share, one by one or counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// An address and its leads: those that use its mailbox, and the mailbox itself if it is a lead with this address.
struct SharedAddress {
  static constexpr size_t kMostNamed = 8;

  LeadKey mailbox;  // its id is the address
  uint64_t leads = 0;
  uint64_t sendable = 0;
  std::vector<std::string> first = {};   // ids, ascending by bytes; at most kMostNamed
  std::vector<std::string> absent = {};  // ids that are not in the store, ascending; not in `sendable`
  bool is_suppressed = false;            // the definitions suppress its domain
  bool has_more = false;                 // more leads came after the first 1,000 (state::Registration::kRefused)
};

// Finds the shared addresses of the tenant, or of all if it is empty, in the order of ComesFirst. With `visible_to`,
// ignores leads that this agent may not see (IsVisibleTo). Evaluates leads at `at`. Memory grows with the number of
// shared addresses. Errors are those of the store, and a fatal one for a lead that cannot be read.
Result<std::vector<SharedAddress>> FindSharedAddresses(const state::LeadReader& store,
                                                       const config::Definitions& definitions,
                                                       const std::string& tenant, Instant at, WorkerPool* pool,
                                                       const std::optional<std::string>& visible_to = std::nullopt);
// Whether `a` comes before `b`: the most leads first, then by address and tenant.
bool ComesFirst(const SharedAddress& a, const SharedAddress& b);

// Whether the lead may be mailed. nullopt: the store does not have it. It was erased, or another process of the live
// mode has its partition.
Result<std::optional<bool>> IsSendable(const state::LeadReader& store, const LeadKey& key,
                                       const config::TenantDefinitions& definitions, Instant at);

// Appends one JSON object without line ends.
void AppendSharedAddress(const SharedAddress& shared, std::string* out);

// Counts of how leads use addresses. Each lead has at most one address, so it counts at most once.
struct AddressCounts {
  uint64_t shared = 0;            // addresses that two or more leads have
  uint64_t sharing = 0;           // leads of these addresses
  uint64_t sendable = 0;          // sharing leads that may be mailed
  uint64_t absent = 0;            // sharing leads that another process has
  uint64_t without_room = 0;      // leads beyond the first 1,000 of an address (state::Registration::kRefused)
  uint64_t suppressed = 0;        // leads, also of other addresses, whose domain the definitions suppress
  uint64_t hidden_mailboxes = 0;  // mailboxes that are no leads of their own, because others use them

  AddressCounts& operator+=(const AddressCounts& other);
  friend bool operator==(const AddressCounts&, const AddressCounts&) = default;
};

// Returns what one row adds. Leads of a shared address are read from the store and evaluated at `at`. Errors as above.
Result<AddressCounts> CountAddressOf(const state::LeadReader& store, const state::Lead& row,
                                     const config::TenantDefinitions& definitions, Instant at);
// Adds up all rows of all tenants. Memory does not grow with their number. Errors as above.
Result<AddressCounts> CountAddresses(const state::LeadReader& store, const config::Definitions& definitions, Instant at,
                                     WorkerPool* pool);

}  // namespace leadpulse::query
