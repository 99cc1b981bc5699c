#include "processor/serve/api/writes/sent_commands.h"

#include <variant>

#include "processor/base/json_object.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

using access::CommandState;

constexpr Millis kLost{60'000};  // a write that is not in the inbox by then

}  // namespace

void SentCommands::Settle(const v1::RecordOutcome& outcome, access::SentCommand* sent) {
  if (!outcome.unknown().empty()) {
    telemetry::LogWarning("what became of a write is not known: " + outcome.unknown());
    sent->position.reset();  // sent again with its key, it is written again
    return;
  }
  if (!outcome.is_read()) return;
  sent->state = outcome.reason().empty() ? CommandState::kApplied : CommandState::kRefused;
  sent->reason = outcome.reason();
  sent->detail = outcome.detail();
}

bool SentCommands::IsOvertaken(const v1::RecordOutcome& outcome, const access::SentCommand& sent) {
  return sent.upserts && sent.creates && outcome.is_read() && outcome.reason() == kConflict;
}

std::optional<http::Response> SentCommands::Look(access::SentCommand* sent) {
  if (sent->state != CommandState::kSent || !sent->position) return std::nullopt;
  v1::FindOutcomes request;
  AskAbout(SourceOf(*sent->position), &request);
  LP_ASSIGN_OR_ANSWER(const auto answered, OrRunFailed(run_->Outcomes(request)));
  const auto* outcomes = std::get_if<v1::RecordOutcomes>(&answered);
  if (outcomes == nullptr || outcomes->outcomes_size() != 1) return Unavailable();
  if (IsOvertaken(outcomes->outcomes(0), *sent)) {
    sent->position.reset();  // pending; after a while nobody writes it again
    return std::nullopt;
  }
  Settle(outcomes->outcomes(0), sent);
  if (sent->state == CommandState::kSent && sent->position) return std::nullopt;
  if (const Status noted = commands_->Update(*sent); !noted.ok()) return Failed(noted);
  return std::nullopt;
}

http::Response SentCommands::Get(const std::string& id, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(std::optional<access::SentCommand> found,
                      OrFailed(commands_->Find(principal.tenant, principal.who, id)));
  if (!found) return Problem(http::kNotFound, "not_found", "there is no such command, or it is older than a week");
  access::SentCommand& sent = *found;
  if (auto problem = Look(&sent)) return std::move(*problem);
  if (sent.erases && sent.state == CommandState::kApplied) {
    if (const Status forgot = erased_->Forget(sent); !forgot.ok()) return Failed(forgot);
    sent.lead.clear();
  }
  // A front that was killed between the log of commands and the inbox leaves no position.
  const bool is_lost = sent.state == CommandState::kSent && !sent.position && clock_->Now() - sent.at > kLost;
  return JsonResponse(http::kOk, [&](JsonObject* json) {
    json->Text("command", sent.id);
    json->Text("state", is_lost ? "unknown" : access::StateName(sent.state));
    json->Text("contact", sent.lead);
    json->Time("at", sent.at);
    if (sent.position) {
      json->Text("position",
                 continuations_->Seal(Continuation::kPosition, principal.tenant, PositionText(*sent.position)));
    }
    if (sent.state != CommandState::kRefused) return;
    json->Text("code", sent.reason);
    json->Text("detail", sent.detail);
  });
}

}  // namespace leadpulse::serve
