// The names that pages show in place of ids, as the definitions in force declare them.
//
// Thread-safe. Every page shows the tenant's name, so no page waits for it: a thread asks the run, for each tenant at
// most once in two seconds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "config/declared_names.h"
#include "processor/base/clock.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

struct ShownTenant : config::TenantNames {
  std::string timezone;                        // a name of the IANA database; empty before the first answer
  std::vector<config::DeclaredName> segments;  // in the order of the definitions
};

class ShownNames {
 public:
  // Keeps both, which must outlive this.
  ShownNames(RunClient* run, const Clock* clock) : run_(run), clock_(clock) {}
  ~ShownNames() { Stop(); }

  void Start();
  // Ends the thread, once a question that it asks is answered.
  void Stop();

  // Returns the names of the principal's tenant. While no run answers, those of before; none if there are none.
  std::shared_ptr<const ShownTenant> Of(const access::Principal& principal);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    std::shared_ptr<const ShownTenant> names;  // null before the first answer
    std::optional<Time> answered_at;           // or refused
  };

  // Asks for the names of the tenants in `wanted_`, until Stop.
  void AskForWanted();

  RunClient* const run_;
  const Clock* const clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> by_tenant_;
  std::map<std::string, access::Principal> wanted_;  // by tenant; those asked for now, too
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
