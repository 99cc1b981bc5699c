// The order in which records are applied and messages are delivered.
#include "processor/files/message_waves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/wave_world.h"

namespace leadpulse::files::message_waves_test {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using testing::WaveRecord;
using testing::WaveWorld;

TEST(MessageWavesTest, MessagesArriveBeforeTheNextRecordThatCouldSeeThem) {
  const std::vector<WaveRecord> records = {{"ann", {{"box"}, {"ann", "bob"}}}, {"bob", {}}, {"box", {{"ann"}}}};
  WaveWorld world(3, 2);
  world.Run(records, records.size());
  EXPECT_THAT(world.Diary(), UnorderedElementsAre(Pair("ann", ElementsAre("record 0", "box 0.2.0", "box 2.1.0")),
                                                  Pair("bob", ElementsAre("box 0.2.1", "record 1")),
                                                  Pair("box", ElementsAre("ann 0.1.0", "record 2"))));
}

TEST(MessageWavesTest, MessagesOfOneWaveArriveByReceiverAndSender) {
  // Zoe and bob both answer the box, and each sends two messages.
  const std::vector<WaveRecord> records = {{"box", {{"zoe", "bob"}, {"box", "box"}}}};
  for (const uint32_t partitions : {1, 2, 5}) {
    WaveWorld world(partitions, 1);
    world.Run(records, 1);
    EXPECT_THAT(world.Diary()["box"], ElementsAre("record 0", "bob 0.2.0", "bob 0.2.1", "zoe 0.2.0", "zoe 0.2.1"));
  }
}

TEST(MessageWavesTest, ABarrierWaitsAndIsWaitedFor) {
  // The erasure reaches zoe, whose record no plan connects with it.
  const std::vector<WaveRecord> records = {
      {"zoe", {}}, {"ann", {{"box"}, {"zoe"}}, /*is_barrier=*/true}, {"zoe", {}}, {"box", {}}};
  WaveWorld world(4, 3);
  world.Run(records, records.size());
  EXPECT_THAT(world.Diary()["zoe"], ElementsAre("record 0", "box 1.2.0", "record 2"));
  EXPECT_THAT(world.Diary()["box"], ElementsAre("ann 1.1.0", "record 3"));
}

TEST(MessageWavesTest, AComponentMayHaveAllRecords) {
  std::vector<WaveRecord> records;
  for (int i = 0; i < 3000; ++i) records.push_back({"lead-" + std::to_string(i), {{"none@example.com"}}});
  WaveWorld world(4, 3);
  world.Run(records, records.size());
  EXPECT_EQ(world.Diary(), testing::FollowWithoutWaves(records));
}

TEST(MessageWavesTest, WhatWasSentOutsideOfRunIsDelivered) {
  WaveWorld world(3, 1);
  auto message = [](const char* to, const char* from, const char* text) {
    engine::MessageCause cause{codec::CauseKind::kDefinitions, text, false, {}};
    return engine::LeadMessage{
        {"acme", to}, from, {}, std::make_shared<const engine::MessageCause>(std::move(cause)), {}};
  };
  std::vector<engine::LeadMessage> of_zoe = {message("box", "zoe", "0.1.0"), message("box", "zoe", "0.1.1")};
  std::vector<engine::LeadMessage> of_ann = {message("box", "ann", "0.1.0"), message("cat", "ann", "0.1.1")};
  world.exchange(0)->OnMessages(nullptr, of_zoe);
  world.exchange(2)->OnMessages(nullptr, of_ann);
  ASSERT_TRUE(*world.waves().DeliverSent());
  EXPECT_THAT(world.Diary(), UnorderedElementsAre(Pair("box", ElementsAre("ann 0.1.0", "zoe 0.1.0", "zoe 0.1.1")),
                                                  Pair("cat", ElementsAre("ann 0.1.1"))));
  ASSERT_TRUE(*world.waves().DeliverSent()) << "no message is left";
  EXPECT_EQ(world.Diary()["box"].size(), 3u);
}

}  // namespace leadpulse::files::message_waves_test
