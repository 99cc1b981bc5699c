// A record's parts for both adapters: its key, its time, its dead letter.
#include "processor/pipeline/record.h"

#include <gtest/gtest.h>

#include <string>

namespace leadpulse::pipeline::record_test {

const codec::SourcePosition kSource{"a.jsonl", 0, 17, 3};
const std::string kLarge(codec::kDeadLetterPrefix + 1, 'x');

TEST(RecordTest, EventsAndCommandsHaveAKeyAndATime) {
  codec::Event event;
  event.key = {"acme", "ann"};
  event.occurred_at = {5};
  codec::Command command;
  command.key = {"acme", "bob"};
  command.issued_at = {7};
  const codec::Decoded decoded_event = event, decoded_command = command;
  const codec::Decoded rejection = codec::Rejection{codec::Reason::kMalformed, "no record"};
  EXPECT_EQ(*KeyOf(decoded_event), event.key);
  EXPECT_EQ(*KeyOf(decoded_command), command.key);
  EXPECT_EQ(KeyOf(rejection), nullptr);
  EXPECT_EQ(TimeOf(decoded_event), Instant{5});
  EXPECT_EQ(TimeOf(decoded_command), Instant{7});
}

TEST(DeadLetterTest, HoldsTheWholeRecordWhereItIsNotTooLarge) {
  const codec::DeadLetter letter =
      MakeDeadLetter(kSource, {codec::Reason::kMalformed, "no record"}, kLarge, kLarge.size(), true);
  EXPECT_EQ(letter.source, kSource);
  EXPECT_EQ(letter.reason, codec::Reason::kMalformed);
  EXPECT_EQ(letter.detail, "no record");
  EXPECT_EQ(letter.payload, kLarge);
  EXPECT_FALSE(letter.full_size);
}

TEST(DeadLetterTest, OfARecordThatIsTooLargeHoldsItsBeginningAndItsSize) {
  const codec::Rejection too_large{codec::Reason::kTooLarge, "two megabytes"};
  EXPECT_EQ(MakeDeadLetter(kSource, too_large, kLarge, 2 << 20, true).payload.size(), codec::kDeadLetterPrefix);
  EXPECT_EQ(MakeDeadLetter(kSource, too_large, kLarge, 2 << 20, true).full_size, 2u << 20);
  EXPECT_EQ(MakeDeadLetter(kSource, too_large, "short", 2 << 20, true).payload, "short");
}

TEST(DeadLetterTest, WithoutItsPayloadItStillSaysTheSize) {
  const codec::DeadLetter letter = MakeDeadLetter(kSource, {codec::Reason::kTooLarge, ""}, kLarge, 2 << 20, false);
  EXPECT_EQ(letter.payload, "");
  EXPECT_EQ(letter.full_size, 2u << 20);
  EXPECT_EQ(MakeDeadLetter(kSource, {codec::Reason::kMalformed, ""}, kLarge, 2, false).payload, "");
}

}  // namespace leadpulse::pipeline::record_test
