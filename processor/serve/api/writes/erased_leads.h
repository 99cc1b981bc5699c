// Removes the front's own data about erased leads: from the audit log, the log of commands, saved views and the files
// of jobs, so that no file of the database has it.
//
// A thread learns from the run which leads are erased, whoever erased them: the API, the command line or a topic. When
// the front begins, and when it may have missed some, it asks about all ids and addresses that the front has.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/view_store.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Where the front has data about leads. All must outlive ErasedLeads.
struct FrontData {
  access::AccessDatabase* database;
  access::AccessStore* store;
  access::AuditLog* audit;
  access::CommandLog* commands;
  access::ViewStore* views;
  // Removes the files of jobs that may have leads of the tenant in them.
  std::function<Status(const std::string& tenant)> forget_files;
};

// Thread-safe, except Start and Stop.
class ErasedLeads {
 public:
  ErasedLeads(FrontData data, RunClient* run, const Clock* clock)
      : data_(std::move(data)), run_(*run), clock_(*clock) {}
  ~ErasedLeads() { Stop(); }

  // Begins to follow the run.
  void Start();
  void Stop();
  // Forgets the lead of an erasure that the API has sent, once it is applied; also its address, unless others have it.
  Status Forget(const access::SentCommand& sent);

 private:
  void Follow(const std::stop_token& stop);
  // Reads and forgets what is erased since the last call. An error: some of it is not forgotten.
  Status LookOnce();
  Status TakePage(const std::string& tenant, const v1::ErasurePage& page);
  // Asks about all ids and addresses that the front has.
  Status LookAtAll(const std::string& tenant);
  // What the front knew before it asked the run.
  struct Before {
    Instant asked;
    std::map<std::string, Instant> pending;  // as from CommandLog::PendingLeads
    // Returns until when data about a name that is no lead are about an erased one: a write that was sent since may
    // make a lead of it.
    Instant Until(const std::string& name) const;
    // Does the same for a lead that is erased, and may be there again.
    Instant Until(const v1::ErasedLead& erased) const;
  };
  Result<Before> BeforeAsking(const std::string& tenant) const;
  // Asks about these, and forgets those that are erased.
  Status ForgetAmong(const std::string& tenant, const std::set<std::string>& ids);
  Status ForgetKnown(const std::string& tenant, const v1::ErasedLead& erased, const Before& before);
  Status ForgetAddress(const std::string& tenant, const std::string& address, const Before& before,
                       const std::string& who);
  // Removes views that name an id or an address.
  Status RemoveViews(const std::string& tenant, const std::string& name);

  const FrontData data_;
  RunClient& run_;
  const Clock& clock_;
  // Used by the thread alone:
  std::map<std::string, std::string, std::less<>> read_to_;            // by tenant
  std::set<std::tuple<std::string, std::string, int64_t>> forgotten_;  // tenant, id, and when it was erased
  std::map<std::string, std::set<std::string>, std::less<>> unsure_;   // by tenant: erased, but a write is on its way
  std::string said_;                                                   // the last warning
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace leadpulse::serve
