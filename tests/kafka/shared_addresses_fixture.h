// Leads and the mailboxes of their addresses on different partitions of the simulated Kafka: handmade records, and the
// contents of the topics. There are no faults unless the test makes them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/engine/partitioner.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing {

class SharedAddressesTest : public OneWorkerTest {
 protected:
  static constexpr PartitionId kOfLead{0}, kOfMailbox{1};
  static constexpr char kTenant[] = "t";

  SharedAddressesTest() : OneWorkerTest({.partitions = 2}) {
    options.input_partitioning = kafka::InputPartitioning::kMurmur2;
  }

  // Returns an id on the partition that begins with `prefix` and ends with `suffix`.
  std::string IdOn(PartitionId partition, const std::string& prefix, const std::string& suffix = "") const {
    for (int i = 0;; ++i) {
      std::string id = prefix + std::to_string(i) + suffix;
      if (engine::PartitionOf({kTenant, id}, cluster.options().partitions) == partition) return id;
    }
  }
  const std::string lead = IdOn(kOfLead, "crm-");
  const std::string mailbox = IdOn(kOfMailbox, "ann", "@example.com");

  static std::shared_ptr<const config::Definitions> Load(const std::string& tenant) {
    const config::LoadedDefinitions loaded = config::LoadDefinitions("tenants: {'*': {" + tenant + "}}");
    for (const auto& error : loaded.errors) ADD_FAILURE() << config::RenderProblem("definitions", "error", error);
    LP_ASSERT(loaded.definitions != nullptr);
    return loaded.definitions;
  }

  // Appends an event or a command with this id and these members. Returns its offset.
  int64_t Event(const std::string& id, const std::string& event_id, const std::string& members) {
    return Append(kafka::InputTopic::kEvents, id,
                  Named(id) + R"("eventId":")" + event_id + R"(","occurredAt":")" + Time() + "\"," + members + "}");
  }
  int64_t Command(const std::string& id, const std::string& command_id, const std::string& members) {
    return Append(kafka::InputTopic::kCommands, id,
                  Named(id) + R"("commandId":")" + command_id + R"(","issuedAt":")" + Time() + "\"," + members + "}");
  }
  int64_t SetEmail(const std::string& command_id) {
    return Command(lead, command_id, R"("updateProfile":{"set":{"email":")" + mailbox + R"("}})");
  }
  // Appends to the partition of the lead with this id, or with `misplaces` to the other one.
  int64_t Append(kafka::InputTopic topic, const std::string& id, const std::string& value) {
    const LeadKey key{kTenant, id};
    PartitionId partition = engine::PartitionOf(key, cluster.options().partitions);
    if (misplaces) partition.value = 1 - partition.value;
    return cluster.Append(topic, partition, EncodeLeadKey(key), value);
  }
  bool misplaces = false;
  std::string Time() const { return FormatRfc3339(clock.Now()); }

  using OneWorkerTest::Round;
  void Rounds(int count) {
    for (int i = 0; i < count; ++i) Round();
  }
  // Runs longer than any exchange of messages takes.
  void RunToRest() { Rounds(1500); }
  // Runs until `count` messages wait for the leads of a partition.
  void RunUntilSent(PartitionId partition, size_t count) {
    for (int round = 0; round < 1500 && Sent(partition) < count; ++round) Round();
    ASSERT_EQ(Sent(partition), count);
  }
  size_t Sent(PartitionId partition) {
    const auto& entries = cluster.log(Topic::kExchange, partition).everything();
    return static_cast<size_t>(std::ranges::count(entries, LogEntry::Fate::kCommitted, &LogEntry::fate));
  }
  // Keeps messages from the mailbox's partition until `HearAgain`.
  void StopHearing() { cluster.LoseLeader({Topic::kExchange, kOfMailbox}, std::chrono::hours(1)); }
  void HearAgain() { cluster.LoseLeader({Topic::kExchange, kOfMailbox}, Millis(0)); }
  // Kills the process and loses its store. The next one restores everything from lead.state.
  void KillAndLoseStore() {
    Kill();
    store = std::make_unique<RollbackStore>(cluster.options().partitions);
  }

  Published Read() {
    std::string problem;
    Published published = ReadPublished(&cluster, &problem);
    EXPECT_EQ(problem, "");
    return published;
  }
  // Returns the lead's record in lead.profiles, if there is one.
  std::optional<model::Json> RecordOf(const std::string& id) {
    for (const auto& [place, profile] : Read().profiles) {
      if (profile.at("leadId") == id) return profile;
    }
    return std::nullopt;
  }
  // Returns the stored row, even if it is not a lead.
  std::optional<state::Lead> RowOf(const std::string& id) {
    const LeadKey key{kTenant, id};
    const Published published = Read();
    for (const auto* rows : {&published.leads, &published.hidden}) {
      for (const auto& [place, record] : *rows) {
        if (place.second != EncodeLeadKey(key)) continue;
        Result<state::Lead> row = state::DecodeLead(key, record.stored());
        EXPECT_TRUE(row.ok());
        if (row.ok()) return std::move(*row);
      }
    }
    return std::nullopt;
  }
  // Returns `kind cause id` of each change of a lead in order of their numbers, without the first `skipped`.
  std::vector<std::string> ChangesOf(const std::string& id, size_t skipped = 0) {
    std::vector<std::string> lines;
    const Published published = Read();
    const auto found = published.outcome.changes.find({kTenant, id});
    if (found == published.outcome.changes.end()) return lines;
    for (const model::Change& change : found->second) {
      EXPECT_EQ(change.seq, static_cast<int64_t>(lines.size()) + 1);
      lines.push_back(change.kind + (change.name.empty() ? "" : " " + change.name) + " " + change.cause + " " +
                      change.cause_id);
    }
    lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(std::min(skipped, lines.size())));
    return lines;
  }

 private:
  static std::string Named(const std::string& id) {
    return std::string(R"({"tenantId":")") + kTenant + R"(","leadId":")" + id + "\",";
  }
};

// A lead waits for the answer of its mailbox while definitions change.
class RolloutWhileWaitingTest : public SharedAddressesTest {
 protected:
  void Want(const std::string& tenant) {
    wanted = Load(tenant);
    process->definitions().known.definitions = wanted;
  }
  void StartUnder(const std::string& tenant) {
    wanted = Load(tenant);
    StartAgain();
  }
  void StartAgain() {
    Start();
    process->definitions().known.definitions = wanted;
    cluster.AdvanceTime(Millis(7000));  // until the old process's session is over
    RunUntilReady(process.get());
  }
  // Brings about that the mailbox has unsubscribed from everything and that the lead exists and waits.
  void LetTheLeadWait() {
    Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
    Event(lead, "visit", R"("type":"PAGE_VISIT")");
    RunToRest();
    SetEmail("email");
    RunUntilSent(kOfMailbox, 1);
    StopHearing();
    const auto record = RecordOf(lead);
    ASSERT_TRUE(record.has_value());
    EXPECT_TRUE(record->at("pending").get<bool>());
    EXPECT_FALSE(record->at("sendable").get<bool>());
  }

  std::shared_ptr<const config::Definitions> wanted;
};

}  // namespace leadpulse::testing
