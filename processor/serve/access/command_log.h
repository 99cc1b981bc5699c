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

// A write to the log of commands.
struct CommandWrite {
  const SentCommand* command;
  // The action that the audit log names as the command begins. Empty: the command has begun, and its position, state,
  // reason, detail and `creates` are stored.
  std::string_view action;
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

  // Writes in one transaction, in this order. A new command is durable with its line in the audit log; if the same
  // client has sent its id before, nothing is added. Returns these earlier commands, one for each write. Old commands
  // are forgotten. Without a new command or an erasure the disk is not synced: what became of other commands can be
  // found out again after a power cut.
  Result<std::vector<std::optional<SentCommand>>> Write(const std::vector<CommandWrite>& writes);
  Status Update(const SentCommand& command) { return Write({{&command, {}}}).status(); }
  Result<std::optional<SentCommand>> Find(const std::string& tenant, const std::string& who, const std::string& id);
  // Returns `undo` of the command about a lead that somebody sent at an instant and that was applied. Empty if it has
  // none any more, or if there are several such commands.
  Result<std::string> UndoOf(const std::string& tenant, const std::string& who, const std::string& lead, Instant at);
  // Returns erasures that were written and not refused, whose leads have not been forgotten. Reads all commands.
  Result<std::vector<SentCommand>> UnfinishedErasures();
  // Removes the lead's id and address, and the reasons of refusals, from all its commands that were sent up to an
  // instant.
  static Status ForgetLead(const std::string& tenant, const std::string& lead, Instant until,
                           const Transaction& transaction);
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
