#include "processor/files/waiting_messages.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "leadpulse/v1/exchange.pb.h"
#include "processor/engine/partition_meta.h"
#include "processor/pipeline/exchange_record.h"
#include "state/codec/standings_codec.h"

namespace leadpulse::files {
namespace {

using engine::LeadMessage;
using engine::ToUser;
using SharedCommand = std::shared_ptr<const codec::Command>;

// Whether both bring the same in the same memory.
bool ShareContent(const ToUser& a, const ToUser& b) {
  return a.standings == b.standings && a.entries == b.entries && a.addresses == b.addresses && a.erase == b.erase &&
         a.reply == b.reply && a.question == b.question && a.was_user == b.was_user && a.forgotten == b.forgotten;
}

// Whether the messages differ only in their receivers.
bool ShareMessage(const WaitingMessage& a, const WaitingMessage& b) {
  const LeadMessage& first = a.message;
  const LeadMessage& second = b.message;
  if (a.record != b.record || a.is_next != b.is_next || first.from != second.from || first.clock != second.clock ||
      first.to.tenant != second.to.tenant || *first.cause != *second.cause) {
    return false;
  }
  if (first.content.index() != second.content.index()) return false;
  if (const auto* command = std::get_if<SharedCommand>(&first.content)) {
    return *command == std::get<SharedCommand>(second.content);
  }
  const auto* to_user = std::get_if<ToUser>(&first.content);
  return to_user != nullptr && ShareContent(*to_user, std::get<ToUser>(second.content));
}

Status Damaged(const std::string& detail) {
  return Status::Fatal("the state's entry `" + std::string(engine::kRunMessagesName) +
                       "` is damaged or was written by a later version of this program (" + detail +
                       "); restore a backup, or start again with an empty --state and --output");
}

void EncodeGroup(const WaitingMessage& first, v1::WaitingMessages::Group* out) {
  LeadMessage message = first.message;
  if (auto* to_user = std::get_if<ToUser>(&message.content); to_user != nullptr && to_user->standings != nullptr) {
    state::EncodeStandings(*to_user->standings, out->mutable_standings());
    to_user->standings = nullptr;
  }
  out->set_message(pipeline::EncodeMessage(message));
  out->set_record(first.record);
  out->set_is_next(first.is_next);
}

Result<WaitingMessage> DecodeGroup(const v1::WaitingMessages::Group& in) {
  Result<LeadMessage> message = pipeline::DecodeMessage(in.message(), std::string(engine::kRunMessagesName));
  if (!message.ok()) return Damaged(message.status().message());
  WaitingMessage first{*std::move(message), in.record(), in.is_next()};
  if (!in.has_standings()) return first;
  auto* const to_user = std::get_if<ToUser>(&first.message.content);
  if (to_user == nullptr) return Damaged("a standing is for no user");
  state::Standings standings{state::StatusFacts()};
  if (std::string wrong = state::DecodeStandings(in.standings(), &standings); !wrong.empty()) return Damaged(wrong);
  to_user->standings = std::make_shared<const state::Standings>(std::move(standings));
  return first;
}

}  // namespace

std::string EncodeWaiting(const WaitingMessages& waiting) {
  v1::WaitingMessages out;
  std::vector<const WaitingMessage*> firsts;  // of each group
  for (const WaitingMessage& one : waiting.messages) {
    const auto same = std::find_if(firsts.rbegin(), firsts.rend(),
                                   [&one](const WaitingMessage* first) { return ShareMessage(*first, one); });
    if (same == firsts.rend()) EncodeGroup(one, out.add_groups());
    const auto group = static_cast<uint32_t>(same == firsts.rend() ? firsts.size() : firsts.rend() - same - 1);
    if (group == firsts.size()) firsts.push_back(&one);
    v1::WaitingMessages::Receiver* const receiver = out.add_receivers();
    receiver->set_lead_id(one.message.to.lead);
    receiver->set_group(group);
  }
  if (waiting.origin) {
    v1::WaitingMessages::Origin* const origin = out.mutable_origin();
    origin->set_path(waiting.origin->source.topic);
    origin->set_offset(waiting.origin->source.offset);
    origin->set_line(waiting.origin->source.line);
    origin->set_payload(waiting.origin->payload);
    origin->set_full_size(waiting.origin->full_size);
    origin->set_is_rejected(waiting.origin->is_rejected);
  }
  out.set_registering(waiting.registering);
  return out.SerializeAsString();
}

Result<WaitingMessages> DecodeWaiting(std::string_view bytes) {
  WaitingMessages waiting;
  v1::WaitingMessages in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged("it is of another kind");
  std::vector<WaitingMessage> groups;
  for (const v1::WaitingMessages::Group& group : in.groups()) {
    LP_ASSIGN_OR_RETURN(WaitingMessage first, DecodeGroup(group));
    groups.push_back(std::move(first));
  }
  for (const v1::WaitingMessages::Receiver& receiver : in.receivers()) {
    if (receiver.group() >= groups.size()) return Damaged("a receiver gets nothing");
    waiting.messages.push_back(groups[receiver.group()]);
    waiting.messages.back().message.to.lead = receiver.lead_id();
  }
  if (in.has_origin()) {
    waiting.origin = {{in.origin().path(), 0, in.origin().offset(), in.origin().line()},
                      in.origin().payload(),
                      in.origin().full_size(),
                      in.origin().is_rejected()};
  }
  waiting.registering = in.registering();
  return waiting;
}

}  // namespace leadpulse::files
