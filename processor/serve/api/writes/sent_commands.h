// The outcomes of the writes that a client sent, from the log of commands and the run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/api/writes/erased_leads.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

inline constexpr std::string_view kConflict = "conflict";  // the lead has another version than the expected one

// The outcomes of writes. Thread-safe.
class SentCommands {
 public:
  // Keeps the arguments, which must outlive this.
  SentCommands(access::CommandLog* commands, const Continuations* continuations, RunClient* run, const Clock* clock,
               ErasedLeads* erased)
      : commands_(commands), continuations_(continuations), run_(run), clock_(clock), erased_(erased) {}

  // Answers the outcome of a command that the principal sent. Asks the run, so call it on a thread that may wait.
  http::Response Get(const std::string& id, const access::Principal& principal);

  // Sets the state that the run reports. If the run no longer knows it, removes the position. If the command is sent
  // again with its key, it is then written again.
  static void Settle(const v1::RecordOutcome& outcome, access::SentCommand* sent);
  // Whether another request has made the contact before this upsert could. The upsert is not refused: the front, which
  // has its body, writes it again as an update.
  static bool IsOvertaken(const v1::RecordOutcome& outcome, const access::SentCommand& sent);
  // Removes the front's data about the lead of an applied erasure.
  Status Forget(const access::SentCommand& sent) { return erased_->Forget(sent); }

 private:
  // Asks the run about a pending command, and stores its answer. Returns nullopt to go on.
  std::optional<http::Response> Look(access::SentCommand* sent);

  access::CommandLog* const commands_;
  const Continuations* const continuations_;
  RunClient* const run_;
  const Clock* const clock_;
  ErasedLeads* const erased_;
};

}  // namespace leadpulse::serve
