// A lead's record in the topic lead.state.
#include <gtest/gtest.h>

#include "leadpulse/v1/changelog.pb.h"
#include "processor/kafka/changelog.h"

namespace leadpulse::kafka::lead_record_test {

TEST(LeadRecordTest, IsAsTheLibraryWritesIt) {
  for (const size_t size : {0, 1, 127, 128, 16'384, 3 << 20}) {
    std::string stored(size, '\0');
    for (size_t i = 0; i < size; ++i) stored[i] = static_cast<char>(i * 37);
    const std::string bytes = EncodeLeadRecord(stored);
    v1::LeadRecord record;
    ASSERT_TRUE(record.ParseFromString(bytes));
    EXPECT_EQ(record.stored(), stored);
    EXPECT_TRUE(size == 0 || record.SerializeAsString() == bytes) << size;
    EXPECT_EQ(*StoredLeadIn(bytes), stored);
  }
}

}  // namespace leadpulse::kafka::lead_record_test
