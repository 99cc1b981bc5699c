// leads.jsonl: every lead of the state, in one order over all partitions.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/files/summary.h"
#include "state/store/lead_reader.h"

namespace leadpulse::files {

struct LeadsFileOptions {
  std::string path;
  Instant now;  // the clock: every timer due by it has fired and is committed
  bool sync = true;
  std::function<void()> now_and_then = nullptr;  // called every few hundred rows, while nobody reads the store
};

// Writes the file beside an older one of that name and then puts it in its place. Ordered by tenant and lead in bytes.
// Returns the sums of its leads; nullopt if `stop` became true, and then the older file stays.
Result<std::optional<TenantSummaries>> WriteLeadsFile(const state::LeadReader& store,
                                                      const config::Definitions& definitions,
                                                      const LeadsFileOptions& options, const std::atomic<bool>& stop,
                                                      WorkerPool* pool);

}  // namespace leadpulse::files
