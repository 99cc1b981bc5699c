#include "processor/engine/lead_message.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/engine/engine_output.h"
#include "processor/engine/view_changes.h"

namespace leadpulse::engine {
namespace {

// Whether the message's cause is this one.
bool Describes(const MessageCause& shared, const EvaluationCause& cause) {
  const bool has_source = cause.source != nullptr;
  return shared.kind == cause.cause && shared.id == cause.cause_id && shared.backfill == cause.backfill &&
         shared.actor == cause.actor && shared.source.has_value() == has_source &&
         (!has_source || *shared.source == *cause.source);
}

// Returns the cause for a message, shared with the message before if that has the same.
std::shared_ptr<const MessageCause> Share(const EvaluationCause& cause, const std::vector<LeadMessage>& before) {
  if (!before.empty() && Describes(*before.back().cause, cause)) return before.back().cause;
  MessageCause made{cause.cause, std::string(cause.cause_id), cause.backfill, std::nullopt, std::string(cause.actor)};
  if (cause.source != nullptr) made.source = *cause.source;
  return std::make_shared<const MessageCause>(std::move(made));
}

}  // namespace

state::StatusFacts OptOutsOf(state::StatusFacts facts) {
  facts.hard_bounce = facts.sign_of_life = Instant::DistantPast();
  return facts;
}

void SendMessage(LeadKey to, std::string_view from, MessageContent content, const EvaluationCause& cause,
                 EngineOutput* output) {
  std::shared_ptr<const MessageCause> shared = Share(cause, output->messages);
  // In place: a message has many members to move.
  LeadMessage& message = output->messages.emplace_back();
  message.to = std::move(to);
  message.from = from;
  message.clock = cause.at;
  message.cause = std::move(shared);
  message.content = std::move(content);
}

}  // namespace leadpulse::engine
