// What imports changed of each lead, kept so that they can be taken back (api/writes/kept_change.h). A lead that is
// erased is removed from here, too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"

namespace leadpulse::access {

// The time for which changes are kept, and the import's job with them.
inline constexpr Millis kImportChangesKept{30 * 24 * 3'600'000LL};

struct ImportChange {
  std::string lead;
  std::string change;     // KeptChange as JSON
  std::string left = {};  // the reason code why it was not taken back; empty: nobody tried
  friend bool operator==(const ImportChange&, const ImportChange&) = default;
};

// The changes of all imports. Thread-safe. The errors are those of the database.
class ImportChanges {
 public:
  // Does not own the database.
  explicit ImportChanges(AccessDatabase* database) : database_(database) {}

  // Stores the changes of leads, in place of what is there about them, within a transaction. `job`: the import.
  static Status Store(const std::string& tenant, const std::string& job, const std::vector<ImportChange>& changes,
                      Instant at, const Transaction& transaction);
  // Returns those of these leads that the import has changed before.
  Result<std::vector<ImportChange>> Of(const std::string& tenant, const std::string& job,
                                       const std::vector<std::string>& leads);
  // Returns up to `limit` changes of leads after `after`, in the order of their ids.
  Result<std::vector<ImportChange>> After(const std::string& tenant, const std::string& job, const std::string& after,
                                          int64_t limit);
  Result<int64_t> Count(const std::string& tenant, const std::string& job);
  // Removes leads whose change is taken back, or was none. Sets `left` of the others.
  Status Settle(const std::string& tenant, const std::string& job, const std::vector<std::string>& done,
                const std::vector<ImportChange>& left);
  // Removes the lead from all imports up to an instant.
  static Status ForgetLead(const std::string& tenant, const std::string& lead, Instant until,
                           const Transaction& transaction);
  // Returns the leads of all imports of the tenant, in order, after `after`: up to `limit`.
  Result<std::vector<std::string>> Leads(const std::string& tenant, const std::string& after, int64_t limit);

 private:
  AccessDatabase* const database_;
};

}  // namespace leadpulse::access
