// The names that pages show in place of ids, as the definitions in force declare them.
//
// Thread-safe. Keeps those of each tenant for two seconds: every page shows the tenant's name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/declared_names.h"
#include "processor/base/clock.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

class ShownNames {
 public:
  // Keeps both, which must outlive this.
  ShownNames(RunClient* run, const Clock* clock) : run_(run), clock_(clock) {}

  // Returns the names of the principal's tenant. While no run answers, those of before; none if there are none.
  std::shared_ptr<const config::TenantNames> Of(const access::Principal& principal);

 private:
  struct Entry {
    std::shared_ptr<const config::TenantNames> names;
    Instant asked_at;
  };

  RunClient* const run_;
  const Clock* const clock_;
  std::mutex mutex_;
  std::map<std::string, Entry> by_tenant_;
};

}  // namespace leadpulse::serve
