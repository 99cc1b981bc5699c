#include "processor/engine/lead_message.h"

#include <utility>

#include "processor/engine/engine_output.h"
#include "processor/engine/view_changes.h"

namespace leadpulse::engine {

state::StatusFacts OptOutsOf(state::StatusFacts facts) {
  facts.hard_bounce = facts.sign_of_life = Instant::DistantPast();
  return facts;
}

void SendMessage(LeadKey to, std::string_view from, MessageContent content, const EvaluationCause& cause,
                 EngineOutput* output) {
  // In place: a message has many members to move.
  LeadMessage& message = output->messages.emplace_back();
  message.to = std::move(to);
  message.from = from;
  message.clock = cause.at;
  message.cause.kind = cause.cause;
  message.cause.id = cause.cause_id;
  message.cause.backfill = cause.backfill;
  if (cause.source != nullptr) message.cause.source = *cause.source;
  message.cause.actor = cause.actor;
  message.content = std::move(content);
}

}  // namespace leadpulse::engine
