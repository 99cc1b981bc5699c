// If definitions switch `by_email` on, leads register with their mailboxes in the order of their ids.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <string>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::registration_order_test {

using ::testing::HasSubstr;

// Users of one address, which passes nothing on to more than eight.
constexpr int kLeads = 60;

std::string LeadId(int number) { return "crm-" + std::to_string(100 + number); }

std::string Lines() {
  std::string lines;
  for (int i = kLeads; i-- > 0;) {
    lines += R"({"command":{"tenantId":"acme","leadId":")" + LeadId(i) +
             R"(","commandId":"c","issuedAt":"2026-01-01T00:00:00Z","updateProfile":{"set":{"email":"a@x.example"}}}})"
             "\n";
  }
  return lines + R"({"event":{"tenantId":"acme","email":"a@x.example","eventId":"e","type":"OPEN",)"
                 R"("occurredAt":"2026-01-01T00:00:00Z"}})"
                 "\n";
}

std::shared_ptr<const config::Definitions> ByEmail(const std::string& value) {
  const std::string yaml = R"(tenants: {"*": {tiers: [{name: all}], identity: {by_email: )" + value + "}}}";
  auto loaded = config::LoadDefinitions(yaml);
  EXPECT_NE(loaded.definitions, nullptr);
  return loaded.definitions;
}

// A step ends after one lead of a partition, which has another id in each partition.
TEST(RegistrationOrderTest, IsThatOfIdsWhateverThePartitionsAndSteps) {
  for (const uint32_t partitions : {1, 2, 4, 7}) {
    const testing::ScratchDirectory directory;
    testing::WriteFile(directory / "a.jsonl", Lines());
    const auto store = state::MakeMemoryLeadStore(partitions);
    RunOptions options;
    options.inputs = {directory / "a.jsonl"};
    options.output_directory = directory / "out";
    options.workers = 2;
    options.sync = false;
    options.max_epoch_records = 1;
    for (const char* by_email : {"false", "true"}) {
      options.definitions = ByEmail(by_email);
      const FixedClock clock{*ParseRfc3339("2026-06-01T00:00:00Z")};
      const std::atomic<bool> stop = false;
      ASSERT_TRUE(RunOnFiles(options, {store.get(), &clock, &stop, nullptr, -1}).ok());
    }
    std::istringstream leads(testing::ReadWholeFile(options.output_directory + "/leads.jsonl"));
    int number = 0;
    for (std::string line; std::getline(leads, line); ++number) {
      EXPECT_THAT(line, HasSubstr("\"" + LeadId(number) + "\""));
      EXPECT_THAT(line, HasSubstr(number < 8 ? R"("open":1)" : R"("open":0)")) << LeadId(number) << ", " << partitions;
    }
    EXPECT_EQ(number, kLeads) << "the mailbox is not a lead";
  }
}

}  // namespace leadpulse::files::registration_order_test
