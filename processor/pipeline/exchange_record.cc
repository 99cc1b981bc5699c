#include "processor/pipeline/exchange_record.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "leadpulse/v1/exchange.pb.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"
#include "state/codec/facts_codec.h"
#include "state/codec/journal_codec.h"
#include "state/codec/lead_codec.h"
#include "state/lead/identity.h"

namespace leadpulse::pipeline {
namespace {

using engine::LeadMessage;
using engine::ToMailbox;
using engine::ToUser;
using Wire = v1::ExchangeRecord;

// ---- Encoding -------------------------------------------------------------------------------------------------------

void SetNotice(const engine::ErasureNotice& notice, Wire::ErasureNotice* out) {
  out->set_issued_at_ms(notice.issued_at.millis);
  out->set_suppress(notice.suppress);
  out->set_withdrawn(notice.withdrawn);
}

// Sets the original of a RoutedCommand or a HandedOnRecord.
template <typename Content>
void SetOriginal(const OriginalRecord& original, Content* out) {
  out->set_original_key(original.key.substr(0, kMostKeyBytes));
  out->set_original_value(original.value);
}

template <typename Content>
OriginalRecord OriginalOf(const Content& in) {
  return {in.original_key(), in.original_value()};
}

void SetSource(const codec::SourcePosition& source, Wire* out) {
  out->mutable_source()->set_topic(source.topic);
  out->mutable_source()->set_partition(source.partition);
  out->mutable_source()->set_offset(source.offset);
}

codec::SourcePosition SourceOf(const Wire& in) {
  return {in.source().topic(), in.source().partition(), in.source().offset()};
}

struct ContentSetter {
  const LeadKey& receiver;
  const OriginalRecord& original;
  Wire* out;

  void operator()(const ToMailbox& content) const {
    Wire::ToMailbox* const to = out->mutable_to_mailbox();
    to->set_uses(content.uses);
    to->set_asks(content.asks);
    if (content.since != Instant::Never()) to->set_since_ms(content.since.millis);
    if (content.erased) SetNotice(*content.erased, to->mutable_erased());
    state::EncodeFacts(content.facts, to->mutable_facts());
    to->set_question(content.question);
    to->set_adds(content.adds);
    to->set_former_address(content.former_address);
  }
  void operator()(const ToUser& content) const {
    Wire::ToUser* const to = out->mutable_to_user();
    to->set_answer(static_cast<uint32_t>(content.reply));
    if (content.standings != nullptr) {
      state::EncodeFacts(content.standings->Without(receiver.lead), to->mutable_standing());
    }
    if (content.entries != nullptr) to->set_entries(state::EncodeJournal(content.entries->entries()));
    to->mutable_addresses()->Assign(content.addresses.begin(), content.addresses.end());
    if (content.erase) SetNotice(*content.erase, to->mutable_erase());
    to->set_question(content.question);
    to->set_was_user(content.was_user);
    to->set_forgotten(content.forgotten);
  }
  void operator()(const std::shared_ptr<const state::Lead>& part) const {
    out->set_mailbox_part(state::EncodeLead(*part));
  }
  // Encodes a command with the receiver's id, because the mailbox has chosen it.
  void operator()(const std::shared_ptr<const codec::Command>& command) const {
    codec::Command by_id = *command;
    by_id.key = receiver;
    by_id.by_address = false;
    Wire::RoutedCommand* const routed = out->mutable_command();
    codec::AppendTopicJson(by_id, routed->mutable_command_json());
    SetOriginal(original, routed);
  }
};

// ---- Decoding -------------------------------------------------------------------------------------------------------
// The functions return the error, or an empty string.

std::optional<engine::ErasureNotice> NoticeOf(bool is_set, const Wire::ErasureNotice& notice) {
  if (!is_set) return std::nullopt;
  return engine::ErasureNotice{{notice.issued_at_ms()}, notice.suppress(), notice.withdrawn()};
}

std::string DecodeContent(const Wire::ToMailbox& in, ToMailbox* content) {
  content->uses = in.uses();
  content->asks = in.asks();
  if (in.has_since_ms()) content->since = {in.since_ms()};
  content->erased = NoticeOf(in.has_erased(), in.erased());
  content->question = in.question();
  content->adds = in.adds();
  content->former_address = in.former_address();
  return state::DecodeFacts(in.facts(), &content->facts);
}

std::string DecodeEntries(const std::string& bytes, std::shared_ptr<const state::Journal>* journal) {
  const Result<std::vector<state::EntryFields>> entries = state::DecodeJournal(bytes);
  if (!entries.ok()) return entries.status().message();
  if (std::ranges::any_of(*entries, &state::EntryFields::received)) return "it passes on what was received";
  *journal = std::make_shared<const state::Journal>(*entries, state::FoldedEntries());
  return {};
}

std::string DecodeContent(const Wire::ToUser& in, ToUser* content) {
  if (in.answer() > static_cast<uint32_t>(ToUser::RegistrationReply::kRefused)) return "its answer is unknown";
  content->reply = static_cast<ToUser::RegistrationReply>(in.answer());
  if (in.has_standing()) {
    state::StatusFacts standing;
    if (std::string wrong = state::DecodeFacts(in.standing(), &standing); !wrong.empty()) return wrong;
    content->standings = std::make_shared<const state::Standings>(std::move(standing));
  }
  if (in.has_entries()) {
    if (std::string wrong = DecodeEntries(in.entries(), &content->entries); !wrong.empty()) return wrong;
  }
  if (static_cast<size_t>(in.addresses_size()) > state::kMaxLeadAddresses) return "it has too many addresses";
  content->addresses.assign(in.addresses().begin(), in.addresses().end());
  if (std::ranges::any_of(content->addresses, &std::string::empty)) return "it has an empty address";
  content->erase = NoticeOf(in.has_erase(), in.erase());
  content->question = in.question();
  content->was_user = in.was_user();
  content->forgotten = in.forgotten();
  return {};
}

std::string DecodeContent(const Wire::RoutedCommand& in, const LeadKey& to, engine::MessageContent* content) {
  // The command was accepted before, perhaps in a shorter format, and times are compared with the clock only once.
  const codec::DecodeLimits limits{.max_bytes = std::numeric_limits<size_t>::max()};
  codec::Decoded decoded =
      in.command_json().empty()
          ? codec::MakeProtobufRecordDecoder(codec::RecordShape::kCommand)->Decode(in.command(), limits)
          : codec::MakeJsonRecordDecoder(codec::RecordShape::kCommand)->Decode(in.command_json(), limits);
  if (const auto* rejection = std::get_if<codec::Rejection>(&decoded)) return "its command: " + rejection->detail;
  auto& command = std::get<codec::Command>(decoded);
  if (command.key != to) return "its command is for another lead";
  command.by_address = true;
  *content = std::make_shared<const codec::Command>(std::move(command));
  return {};
}

std::string DecodeContent(const Wire& in, LeadMessage* message) {
  switch (in.content_case()) {
    case Wire::kToMailbox:
      return DecodeContent(in.to_mailbox(), &message->content.emplace<ToMailbox>());
    case Wire::kToUser:
      return DecodeContent(in.to_user(), &message->content.emplace<ToUser>());
    case Wire::kCommand:
      return DecodeContent(in.command(), message->to, &message->content);
    case Wire::kMailboxPart: {
      Result<state::Lead> part = state::DecodeLead({message->to.tenant, message->from}, in.mailbox_part());
      if (!part.ok()) return "its part of a mailbox: " + part.status().message();
      if (!part->identity) return "its part of a mailbox has no identity";
      message->content = std::make_shared<const state::Lead>(*std::move(part));
      return {};
    }
    case Wire::kHandedOn:
      return "it is no message";
    case Wire::CONTENT_NOT_SET:
      break;
  }
  return "its content is unknown";
}

std::string Parse(std::string_view bytes, Wire* record) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !record->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return "it is no ExchangeRecord";
  }
  const Wire& in = *record;
  // A NUL separates tenant and lead in a key.
  if (in.tenant_id().empty() || in.tenant_id().find('\0') != std::string::npos) return "its tenant is no tenant";
  if (in.to_lead_id().empty() || in.from_lead_id().empty()) return "it does not name receiver and sender";
  if (in.cause().kind() < v1::Cause::EVENT || in.cause().kind() > v1::Cause::DEFINITIONS) return "its cause is unknown";
  return {};
}

std::string Decode(const Wire& in, LeadMessage* message) {
  message->to = {in.tenant_id(), in.to_lead_id()};
  message->from = in.from_lead_id();
  message->clock = {in.clock_ms()};
  engine::MessageCause cause{static_cast<codec::CauseKind>(in.cause().kind()), in.cause().id(), in.backfill(),
                             std::nullopt, in.actor()};
  if (in.has_source()) cause.source = SourceOf(in);
  message->cause = std::make_shared<const engine::MessageCause>(std::move(cause));
  return DecodeContent(in, message);
}

std::string Decode(const Wire& in, HandedOnRecord* record) {
  if (in.cause().kind() != v1::Cause::EVENT && in.cause().kind() != v1::Cause::COMMAND) {
    return "it is neither event nor command";
  }
  if (!in.has_source()) return "it does not say where it was read";
  if (in.handed_on().format() > static_cast<uint32_t>(config::RecordFormat::kConfluent)) return "its format is unknown";
  *record = {{in.tenant_id(), in.to_lead_id()},
             static_cast<codec::CauseKind>(in.cause().kind()),
             SourceOf(in),
             static_cast<config::RecordFormat>(in.handed_on().format()),
             OriginalOf(in.handed_on())};
  return {};
}

Status Refuse(const std::string& place, const std::string& wrong) {
  return Status::Fatal("the record of " + place + " is damaged or was written by a later version of this program (" +
                       wrong +
                       "). Run the version that wrote it. If another program writes to this topic, stop that, "
                       "and start over as the runbook says");
}

}  // namespace

std::string EncodeMessage(const LeadMessage& message, const OriginalRecord& original) {
  Wire out;
  out.set_tenant_id(message.to.tenant);
  out.set_to_lead_id(message.to.lead);
  out.set_from_lead_id(message.from);
  out.set_clock_ms(message.clock.millis);
  const engine::MessageCause& cause = *message.cause;
  out.mutable_cause()->set_kind(static_cast<v1::Cause::Kind>(cause.kind));
  out.mutable_cause()->set_id(cause.id);
  out.set_backfill(cause.backfill);
  out.set_actor(cause.actor);
  if (cause.source) SetSource(*cause.source, &out);
  std::visit(ContentSetter{message.to, original, &out}, message.content);
  return out.SerializeAsString();
}

std::string EncodeHandedOn(const HandedOnRecord& record) {
  Wire out;
  out.set_tenant_id(record.to.tenant);
  out.set_to_lead_id(record.to.lead);
  out.set_from_lead_id(record.to.lead);
  out.mutable_cause()->set_kind(static_cast<v1::Cause::Kind>(record.kind));
  SetSource(record.source, &out);
  out.mutable_handed_on()->set_format(static_cast<uint32_t>(record.format));
  SetOriginal(record.original, out.mutable_handed_on());
  return out.SerializeAsString();
}

Result<ExchangeRecord> DecodeExchangeRecord(std::string_view bytes, const std::string& place) {
  Wire in;
  if (const std::string wrong = Parse(bytes, &in); !wrong.empty()) return Refuse(place, wrong);
  if (in.has_handed_on()) {
    HandedOnRecord record;
    if (const std::string wrong = Decode(in, &record); !wrong.empty()) return Refuse(place, wrong);
    return ExchangeRecord(std::move(record));
  }
  ReceivedMessage received;
  if (const std::string wrong = Decode(in, &received.message); !wrong.empty()) return Refuse(place, wrong);
  received.original = OriginalOf(in.command());
  return ExchangeRecord(std::move(received));
}

Result<LeadMessage> DecodeMessage(std::string_view bytes, const std::string& place) {
  Wire in;
  LeadMessage message;
  std::string wrong = Parse(bytes, &in);
  if (wrong.empty()) wrong = Decode(in, &message);
  if (!wrong.empty()) return Refuse(place, wrong);
  return message;
}

}  // namespace leadpulse::pipeline
