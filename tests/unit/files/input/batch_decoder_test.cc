// The partitions of a batch's records.
#include "processor/files/input/batch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/engine/partitioner.h"

namespace leadpulse::input::batch_decoder_test {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr uint32_t kPartitions = 4;
const std::string kEvent = R"({"event":{"tenantId":"t","leadId":"ann","eventId":"e","type":"OPEN",)"
                           R"("occurredAt":"2026-01-01T00:00:00Z"}})";
const std::string kCommand = R"({"command":{"tenantId":"t","leadId":"ann","commandId":"c","actor":"a",)"
                             R"("issuedAt":"2026-01-01T00:00:00Z","erase":{}}})";

std::vector<uint32_t> PartitionsOf(const std::string& record, const RecordTransform* transform) {
  WorkerPool pool(1);
  const SystemClock clock;
  BatchDecoder decoder(&pool, &clock, Millis(0), config::DefaultDefinitions(), kPartitions, transform);
  Batch batch;
  for (uint32_t input = 0; input <= kPartitions; ++input) batch.records.push_back({.bytes = record, .input = input});
  decoder.Decode(std::vector<Input>(kPartitions + 1), &batch);
  std::vector<uint32_t> partitions;
  for (const DecodedRecord& decoded : batch.decoded) partitions.push_back(decoded.partition.value);
  return partitions;
}

TEST(BatchDecoder, ARecordGoesToThePartitionOfItsKey) {
  const uint32_t by_key = engine::PartitionOf({"t", "ann"}, kPartitions).value;
  EXPECT_THAT(PartitionsOf(kEvent, nullptr), Each(by_key));
  EXPECT_THAT(PartitionsOf(kCommand, nullptr), Each(by_key));
}

TEST(BatchDecoder, OrToThatOfItsInputWhereOneIsGiven) {
  const RecordTransform placed{[](codec::Decoded*) { return true; }, {{0}, {1}, {2}, {3}, {2}}};
  EXPECT_THAT(PartitionsOf(kEvent, &placed), ElementsAre(0, 1, 2, 3, 2));
  EXPECT_THAT(PartitionsOf(kCommand, &placed), ElementsAre(0, 1, 2, 3, 2));
}

}  // namespace leadpulse::input::batch_decoder_test
