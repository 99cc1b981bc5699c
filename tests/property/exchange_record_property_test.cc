// A message between leads and an input record that is handed on are decoded as they were sent, and no bytes crash the
// decoder.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "processor/pipeline/exchange_record.h"
#include "state/codec/lead_codec.h"
#include "tests/property/lead_generators.h"

namespace leadpulse::testing::exchange_record_property_test {

using engine::LeadMessage;
using engine::ToMailbox;
using engine::ToUser;

std::optional<engine::ErasureNotice> AnyNotice() {
  if (*rc::gen::arbitrary<bool>()) return std::nullopt;
  return engine::ErasureNotice{*AnyInstant(), *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
}

ToMailbox AnyToMailbox() {
  ToMailbox content;
  content.uses = *rc::gen::arbitrary<bool>();
  content.asks = *rc::gen::arbitrary<bool>();
  content.since = *rc::gen::oneOf(AnyInstant(), rc::gen::just(Instant::Never()));
  content.question = *rc::gen::arbitrary<uint64_t>();
  content.adds = *rc::gen::arbitrary<bool>();
  content.erased = AnyNotice();
  content.former_address = *AnyText();
  content.facts = *AnyStatusFacts();
  return content;
}

ToUser AnyToUser() {
  ToUser content;
  content.reply = static_cast<ToUser::RegistrationReply>(*rc::gen::inRange(0, 3));
  if (*rc::gen::arbitrary<bool>()) {
    content.standings = std::make_shared<const state::Standings>(state::StatusFacts(*AnyStatusFacts()));
  }
  content.addresses = {"ann@example.com", "bob@example.com"};
  content.erase = AnyNotice();
  content.question = *rc::gen::arbitrary<uint64_t>();
  content.was_user = *rc::gen::arbitrary<bool>();
  content.forgotten = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) return content;
  auto journal = std::make_shared<state::Journal>();
  for (OwnedEntry entry : *DistinctEntries()) {
    entry.received = entry.of_other_address = false;
    journal->Add(entry, 1000);
  }
  content.entries = std::move(journal);
  return content;
}

codec::Action AnyAction() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return codec::SetDoNotContact{true, *AnyText()};
    case 1:
      return codec::RecordConsent{"news", *rc::gen::arbitrary<bool>(), *AnyText(), ""};
    case 2:
      return codec::EditTags{{"vip"}, {"cold", "old"}};
    default:
      return codec::UpdateProfile{{{"city", std::string("Kraków")}, {"size", 2.0}}, {"age"}};
  }
}

LeadMessage AnyMessage() {
  LeadMessage message{{"acme", *rc::gen::nonEmpty(AnyText())}, *rc::gen::nonEmpty(AnyText()), *AnyInstant(), {}, {}};
  engine::MessageCause cause{
      static_cast<codec::CauseKind>(*rc::gen::inRange(1, 5)), *AnyText(), *rc::gen::arbitrary<bool>(), {}};
  if (*rc::gen::arbitrary<bool>()) {
    cause.source = codec::SourcePosition{"lead.commands", *rc::gen::inRange(0, 9), *rc::gen::inRange(0, 99), 0};
  }
  message.cause = std::make_shared<const engine::MessageCause>(std::move(cause));
  const int kind = *rc::gen::inRange(0, 4);
  if (kind == 0) message.content = AnyToMailbox();
  if (kind == 1) message.content = AnyToUser();
  if (kind == 2) {
    message.to.lead = "crm-1";
    message.content = std::make_shared<const codec::Command>(codec::Command{message.to, "command-1", AtMinute(1), "ada",
                                                                            *rc::gen::arbitrary<bool>(), AnyAction(),
                                                                            "ann@example.com", true});
  }
  if (kind == 3) {
    const state::Lead whole = *AnyLead();
    state::Lead part;  // a mailbox gives no profile
    part.key = {message.to.tenant, message.from};
    part.identity = whole.identity;
    part.identity.Get();
    part.journal = whole.journal;
    part.erased_at = whole.erased_at;
    part.profile.do_not_contact = whole.profile.do_not_contact;
    message.content = std::make_shared<const state::Lead>(std::move(part));
  }
  return message;
}

void CheckEqual(const ToUser& a, const ToUser& b) {
  RC_ASSERT(a.reply == b.reply);
  RC_ASSERT((a.standings == nullptr) == (b.standings == nullptr));
  if (a.standings != nullptr) RC_ASSERT(a.standings->Without("") == b.standings->Without(""));
  RC_ASSERT(a.addresses == b.addresses);
  RC_ASSERT(a.erase == b.erase);
  RC_ASSERT(a.question == b.question);
  RC_ASSERT(a.was_user == b.was_user);
  RC_ASSERT(a.forgotten == b.forgotten);
  RC_ASSERT((a.entries == nullptr) == (b.entries == nullptr));
  if (a.entries != nullptr) RC_ASSERT(*a.entries == *b.entries);
}

void CheckEqual(const LeadMessage& a, const LeadMessage& b) {
  RC_ASSERT(a.to == b.to);
  RC_ASSERT(a.from == b.from);
  RC_ASSERT(a.clock == b.clock);
  RC_ASSERT(*a.cause == *b.cause);
  RC_ASSERT(a.content.index() == b.content.index());
  if (const auto* to_mailbox = std::get_if<ToMailbox>(&a.content)) {
    RC_ASSERT(*to_mailbox == std::get<ToMailbox>(b.content));
  } else if (const auto* to_user = std::get_if<ToUser>(&a.content)) {
    CheckEqual(*to_user, std::get<ToUser>(b.content));
  } else if (const auto* part = std::get_if<std::shared_ptr<const state::Lead>>(&a.content)) {
    const auto& other = *std::get<std::shared_ptr<const state::Lead>>(b.content);
    RC_ASSERT(state::EncodeLead(**part) == state::EncodeLead(other));
  } else {
    using Command = std::shared_ptr<const codec::Command>;
    RC_ASSERT(*std::get<Command>(a.content) == *std::get<Command>(b.content));
  }
}

TEST(ExchangeRecordProperty, AMessageComesBackAsItWasSent) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const LeadMessage message = AnyMessage();
    const Result<LeadMessage> decoded = pipeline::DecodeMessage(pipeline::EncodeMessage(message), "here");
    RC_ASSERT(decoded.ok());
    CheckEqual(message, *decoded);
  }));
}

pipeline::HandedOnRecord AnyHandedOn() {
  return {{"acme", *rc::gen::nonEmpty(AnyText())},
          *rc::gen::arbitrary<bool>() ? codec::CauseKind::kEvent : codec::CauseKind::kCommand,
          {*AnyText(), *rc::gen::inRange(0, 9), *rc::gen::inRange(0, 99)},
          static_cast<config::RecordFormat>(*rc::gen::inRange(0, 3)),
          {*rc::gen::string<std::string>(), *rc::gen::string<std::string>()}};
}

TEST(ExchangeRecordProperty, AnInputRecordComesBackAsItWasHandedOn) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const pipeline::HandedOnRecord record = AnyHandedOn();
    const auto decoded = pipeline::DecodeExchangeRecord(pipeline::EncodeHandedOn(record), "here");
    RC_ASSERT(decoded.ok());
    RC_ASSERT(std::get<pipeline::HandedOnRecord>(*decoded) == record);
  }));
}

TEST(ExchangeRecordProperty, AnyBytesGiveARecordOrAnError) {
  EXPECT_TRUE(rc::check("damaged bytes", [] {
    std::string bytes =
        *rc::gen::arbitrary<bool>() ? pipeline::EncodeMessage(AnyMessage()) : pipeline::EncodeHandedOn(AnyHandedOn());
    const int damages = *rc::gen::inRange(1, 6);
    for (int i = 0; i < damages; ++i) bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange<size_t>(bytes.size() / 2, bytes.size() + 1));
    const Result<pipeline::ExchangeRecord> decoded = pipeline::DecodeExchangeRecord(bytes, "here");
    if (!decoded.ok()) {
      RC_ASSERT(decoded.status().kind() == ErrorKind::kFatal);
    } else if (const auto* handed_on = std::get_if<pipeline::HandedOnRecord>(&*decoded)) {
      RC_ASSERT(pipeline::DecodeExchangeRecord(pipeline::EncodeHandedOn(*handed_on), "here").ok());
    } else {
      const auto& received = std::get<pipeline::ReceivedMessage>(*decoded);
      RC_ASSERT(pipeline::DecodeMessage(pipeline::EncodeMessage(received.message, received.original), "here").ok());
    }
  }));
}

}  // namespace leadpulse::testing::exchange_record_property_test
