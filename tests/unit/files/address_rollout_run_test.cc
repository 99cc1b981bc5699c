// A state of before addresses had their present normal form is rolled out alike, whatever its partitions.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "config/definitions_loader.h"
#include "processor/base/text.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/run.h"
#include "tests/support/address_stand_ins.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::address_rollout_run_test {
namespace {

constexpr char kYaml[] = R"(tenants: {"*": {tiers: [{name: all}]}})";

const testing::AddressStandIns& StandIns() {
  static const testing::AddressStandIns stand_ins("acme", {{"ann@b1.example", "ann@bücher.example"},
                                                           {"ann@b2.example", "ann@bÜcher.example"},
                                                           {"ann@b3.example", "ann@xn--bcher-kva.example"},
                                                           {"bob@b1.example", "bob@straße.example"},
                                                           {"bob@b3.example", "bob@xn--strae-oqa.example"}});
  return stand_ins;
}

std::string Event(const std::string& id, const std::string& type, const std::string& email, int hour) {
  return Concat({R"({"event":{"tenantId":"acme","email":")", email, R"(","eventId":")", id, R"(","type":")", type,
                 R"(","occurredAt":"2026-01-01T)", std::to_string(10 + hour), ":00:00Z\"}}\n"});
}

std::string Contact(const std::string& lead, const std::string& email) {
  return Concat({R"({"command":{"tenantId":"acme","leadId":")", lead,
                 R"(","commandId":"c","issuedAt":"2026-01-01T09:00:00Z","updateProfile":{"set":{"email":")", email,
                 "\"}}}}\n"});
}

std::string LinesBefore() {
  std::string lines;
  for (const char* number : {"1", "2", "3"})
    lines += Contact(Concat({"crm-", number}), Concat({"ann@b", number, ".example"}));
  lines += Contact("crm-4", "bob@b1.example") + Contact("crm-5", "bob@b3.example");
  lines += Event("e1", "OPEN", "ann@b1.example", 0) + Event("e2", "CLICK", "ann@b2.example", 1);
  lines += Event("e3", "UNSUBSCRIBE", "ann@b3.example", 2) + Event("e4", "BOUNCE", "bob@b3.example", 3);
  return lines + Event("e5", "OPEN", "bob@b1.example", 1);
}

std::string LinesAfter() {
  return Event("e6", "REPLY", "ann@b1.example", 5) + Event("e7", "DELIVERED", "bob@b1.example", 6);
}

class RolloutRun {
 public:
  explicit RolloutRun(uint32_t partitions) : store_(state::MakeMemoryLeadStore(partitions)) {
    options_.output_directory = directory_ / "out";
    options_.workers = 2;
    options_.sync = false;
    options_.max_epoch_records = 1;
    options_.definitions = config::LoadDefinitions(kYaml).definitions;
  }

  void Run(const std::string& name, const std::string& lines) {
    testing::WriteFile(directory_ / name, lines);
    options_.inputs.push_back(directory_ / name);
    const FixedClock clock{*ParseRfc3339("2026-06-01T00:00:00Z")};
    const std::atomic<bool> stop = false;
    const auto summary = RunOnFiles(options_, {store_.get(), &clock, &stop, nullptr, -1});
    ASSERT_TRUE(summary.ok()) << summary.status().message();
  }
  // Makes the state one of the engine before, with the addresses that it would have had.
  void BecomeFormer() {
    state::EpochWrite write = StandIns().ReplacedIn(*store_);
    engine::AppendRunDefinitions({.text = kYaml, .engine_version = 5}, &write);
    ASSERT_TRUE(store_->Commit(write).ok());
  }
  // Returns the rows of leads without their numbers of changes.
  std::string Leads() const {
    std::string leads = testing::ReadWholeFile(options_.output_directory + "/leads.jsonl");
    for (size_t at = leads.find(R"("seq":)"); at != std::string::npos; at = leads.find(R"("seq":)", at)) {
      leads.erase(at, leads.find(',', at) + 1 - at);
    }
    return leads;
  }

 private:
  const testing::ScratchDirectory directory_;
  const std::unique_ptr<state::LeadStore> store_;
  RunOptions options_;
};

TEST(AddressRolloutRunTest, EndsAsIfItHadSeenAllUnderThePresentRule) {
  RolloutRun fresh(1);
  fresh.Run("a.jsonl", StandIns().Meant(LinesBefore()));
  fresh.Run("b.jsonl", StandIns().Meant(LinesAfter()));
  const std::string wanted = fresh.Leads();
  EXPECT_NE(wanted.find("crm-5"), std::string::npos);
  for (const uint32_t partitions : {1, 2, 4, 7}) {
    RolloutRun run(partitions);
    run.Run("a.jsonl", LinesBefore());
    run.BecomeFormer();
    run.Run("b.jsonl", StandIns().Meant(LinesAfter()));
    EXPECT_EQ(run.Leads(), wanted) << partitions << " partitions";
  }
}

}  // namespace
}  // namespace leadpulse::files::address_rollout_run_test
