// The outcomes of the writes that a client sent, from the log of commands and the run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/access/view_store.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

inline constexpr std::string_view kConflict = "conflict";  // the lead has another version than the expected one

// The outcomes of writes. Thread-safe.
class SentCommands {
 public:
  // Removes the front's data about leads of the tenant, apart from logs.
  using Erased = std::function<Status(const std::string& tenant)>;
  // Keeps the arguments, which must outlive this.
  SentCommands(access::CommandLog* commands, access::AuditLog* audit, access::ViewStore* views,
               const Continuations* continuations, RunClient* run, const Clock* clock, Erased erased)
      : commands_(commands),
        audit_(audit),
        views_(views),
        continuations_(continuations),
        run_(run),
        clock_(clock),
        erased_(std::move(erased)) {}

  // Answers the outcome of a command that the principal sent. Asks the run, so call it on a thread that may wait.
  http::Response Get(const std::string& id, const access::Principal& principal);

  // Sets the state that the run reports. If the run no longer knows it, removes the position. If the command is sent
  // again with its key, it is then written again.
  static void Settle(const v1::RecordOutcome& outcome, access::SentCommand* sent);
  // Whether another request has made the contact before this upsert could. The upsert is not refused: the front, which
  // has its body, writes it again as an update.
  static bool IsOvertaken(const v1::RecordOutcome& outcome, const access::SentCommand& sent);
  // Removes the lead's id of an applied erasure from the front; also its address, unless others have it.
  Status Forget(const access::SentCommand& sent);

 private:
  // Asks the run about a pending command, and stores its answer. Returns nullopt to go on.
  std::optional<http::Response> Look(access::SentCommand* sent);
  Status ForgetAddress(const access::SentCommand& sent);

  access::CommandLog* const commands_;
  access::AuditLog* const audit_;
  access::ViewStore* const views_;
  const Continuations* const continuations_;
  RunClient* const run_;
  const Clock* const clock_;
  const Erased erased_;
};

}  // namespace leadpulse::serve
