// The doctor's check of the broker's clock against a real broker. doctor_test.py has the rest.
#include "processor/kafka/client/rdkafka_admin.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "processor/base/clock.h"

namespace leadpulse::kafka {
namespace {

// The system's clock, shifted.
class ShiftedClock : public Clock {
 public:
  explicit ShiftedClock(Millis by) : by_(by) {}
  Instant Now() const override { return system_.Now() + by_; }

 private:
  const SystemClock system_;
  const Millis by_;
};

// The broker runs on this machine: the difference of the clocks is the time of the call alone.
TEST(RdkafkaAdminTest, ComparesClocks) {
  const char* servers = std::getenv("LEADPULSE_KAFKA");  // set by with_broker.py
  ASSERT_NE(servers, nullptr);
  ConnectionOptions options;
  options.bootstrap_servers = servers;
  options.application = options.transactional_id = "clocks";
  const Result<std::unique_ptr<Admin>> admin = AdministerKafka(options);
  ASSERT_TRUE(admin.ok()) << admin.status().message();
  for (const Millis by : {Millis(0), Millis(3'600'000), Millis(-3'600'000)}) {
    const Result<ClockDifference> compared = (*admin)->CompareClocks(ShiftedClock(by));
    ASSERT_TRUE(compared.ok()) << compared.status().message();
    const ClockDifference& found = *compared;
    EXPECT_LE(found.least + by, Millis(0)) << "with a clock ahead by " << by.count();
    EXPECT_GE(found.most + by, Millis(0)) << "with a clock ahead by " << by.count();
    EXPECT_LT(found.most - found.least, Millis(60'000)) << "says nothing";
  }
}

}  // namespace
}  // namespace leadpulse::kafka
