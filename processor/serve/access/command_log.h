// The commands that clients of the API sent. A client that does not know whether its request arrived sends it again
// with the same id, and gets the answer to the first.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/audit_log.h"

namespace leadpulse::access {

// Persisted: never renumber.
enum class CommandState : uint8_t {
  kSent = 0,     // not known to be applied or refused yet
  kApplied = 1,  // or a duplicate
  kRefused = 2,
};

// Returns the API's name of the state: `pending`, `applied`, `refused`.
std::string_view StateName(CommandState state);

// Where a record begins: at a byte of a file in the inbox, or at an offset in a topic.
struct RecordPosition {
  std::string input;  // the file or the topic
  int32_t partition = 0;
  int64_t offset = 0;
  friend bool operator==(const RecordPosition&, const RecordPosition&) = default;
};

struct SentCommand {
  std::string tenant;
  std::string id;   // chosen by the client
  std::string who;  // Principal::who; each client has ids of its own
  std::string request_hash;
  std::string lead;  // its id; empty after its erasure
  Instant at;
  std::optional<RecordPosition> position = {};  // of its record; nullopt if that may not have been written
  CommandState state = CommandState::kSent;
  std::string reason = {};  // why it was refused
  std::string detail = {};
  bool erases = false;
  bool creates = false;      // its answer is 201
  bool upserts = false;      // if another request makes the contact first, it is written again as an update
  std::string address = {};  // an erased lead's address, until the front has forgotten it
  std::string undo = {};     // what takes it back (api/writes/kept_change.h); empty: nothing, or it is too late
};

// Commands are forgotten after this time.
inline constexpr Millis kCommandsKept{7 * 24 * 3'600'000LL};
// What takes a command back is forgotten after this time.
inline constexpr Millis kUndoKept{24 * 3'600'000LL};

// The log of commands. Thread-safe. The errors are those of the database.
class CommandLog {
 public:
  // Does not own the arguments.
  CommandLog(AccessDatabase* database, AuditLog* audit) : database_(database), audit_(audit) {}

  // Adds a new command together with its line in the audit log, durably. If the same client has sent that id before,
  // returns the earlier command and adds nothing. Forgets old ones.
  Result<std::optional<SentCommand>> Begin(const SentCommand& command, const std::string& action);
  // Adds several in one transaction. Returns the earlier command of each.
  Result<std::vector<std::optional<SentCommand>>> BeginAll(const std::vector<const SentCommand*>& commands,
                                                           const std::string& action);
  // Stores position, state, reason, detail and `creates`.
  Status Update(const SentCommand& command) { return UpdateAll({&command}); }
  Status UpdateAll(const std::vector<const SentCommand*>& commands);  // in one transaction
  Result<std::optional<SentCommand>> Find(const std::string& tenant, const std::string& who, const std::string& id);
  // Returns `undo` of the command about a lead that somebody sent at an instant and that was applied. Empty if it has
  // none any more, or if there are several such commands.
  Result<std::string> UndoOf(const std::string& tenant, const std::string& who, const std::string& lead, Instant at);
  // Returns erasures that were written and not refused, whose leads have not been forgotten. Reads all commands.
  Result<std::vector<SentCommand>> UnfinishedErasures();
  // Removes the lead's id and address, and the reasons of refusals, from all its commands that were sent up to an
  // instant.
  Status ForgetLead(const std::string& tenant, const std::string& lead, Instant until);
  // Returns the leads that writes were sent to whose outcome is not known, each with the time of the first; no
  // erasures.
  Result<std::map<std::string, Instant>> PendingLeads(const std::string& tenant);
  // Returns the ids and addresses of leads in the commands of the tenant.
  Result<std::vector<std::string>> Leads(const std::string& tenant);
  // Whether the API has sent an erasure of the lead that is not refused, and the lead is not forgotten.
  Result<bool> IsErasing(const std::string& tenant, const std::string& lead);
  // Returns the addresses in commands about the lead.
  Result<std::vector<std::string>> AddressesOf(const std::string& tenant, const std::string& lead);

 private:
  AccessDatabase* const database_;
  AuditLog* const audit_;
};

}  // namespace leadpulse::access
