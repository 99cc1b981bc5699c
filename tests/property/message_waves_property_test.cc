// Waves deliver messages as if records came one by one, for any number of partitions, threads and parts.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/support/wave_world.h"

namespace leadpulse::files::message_waves_property_test {

using testing::WaveRecord;

std::string AnyLead() { return "lead-" + std::to_string(*rc::gen::inRange(0, 30)); }

// Makes a record. Leads mostly write to one of a few mailboxes, which answer or pass on.
WaveRecord AnyRecord() {
  WaveRecord record;
  record.lead = AnyLead();
  const int hops = *rc::gen::weightedElement<int>({{5, 0}, {3, 1}, {2, 2}, {1, 3}});
  for (int hop = 0; hop < hops; ++hop) {
    record.hops.emplace_back();
    const int receivers = *rc::gen::inRange(1, hop == 1 ? 4 : 3);
    for (int i = 0; i < receivers; ++i) {
      const bool to_box = hop % 2 == 0;
      record.hops.back().push_back(to_box ? "box-" + std::to_string(*rc::gen::inRange(0, 6)) : AnyLead());
    }
  }
  record.is_barrier = *rc::gen::weightedElement<bool>({{9, false}, {1, true}});
  return record;
}

RC_GTEST_PROP(MessageWavesPropertyTest, DeliverAsOneRecordAfterTheOther, ()) {
  std::vector<WaveRecord> records;
  const int count = *rc::gen::inRange(1, 120);
  for (int i = 0; i < count; ++i) records.push_back(AnyRecord());
  const auto expected = testing::FollowWithoutWaves(records);
  const auto partitions = *rc::gen::element<uint32_t>(1, 2, 3, 7);
  const auto workers = *rc::gen::element<size_t>(1, 2, 3);
  const auto part = *rc::gen::inRange<size_t>(1, records.size() + 1);
  testing::WaveWorld world(partitions, workers);
  world.Run(records, part);
  RC_ASSERT(world.Diary() == expected);
}

RC_GTEST_PROP(MessageWavesPropertyTest, GoOnAfterAStopAsIfThereWereNone, ()) {
  std::vector<WaveRecord> records;
  const int count = *rc::gen::inRange(1, 40);
  for (int i = 0; i < count; ++i) records.push_back(AnyRecord());
  testing::WaveWorld world(*rc::gen::element<uint32_t>(1, 2, 5), *rc::gen::element<size_t>(1, 2));
  world.StopAfter(*rc::gen::inRange(1, 4), /*restarts=*/*rc::gen::arbitrary<bool>());
  world.Run(records, 1);
  RC_ASSERT(world.Diary() == testing::FollowWithoutWaves(records));
  RC_CLASSIFY(world.stops() > 0, "stopped");
}

}  // namespace leadpulse::files::message_waves_property_test
