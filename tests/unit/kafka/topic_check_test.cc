// What differs in a topic, what is said of it, what mends it, and which topics are created.
#include "processor/kafka/topic_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace leadpulse::kafka::topic_check_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Returns the settings of a topic as CreationSettings makes it, over the defaults of a broker, with some that differ.
KafkaSettings With(TopicRole role, const KafkaSettings& other = {}) {
  KafkaSettings settings{{"cleanup.policy", "delete"},     {"retention.ms", "604800000"},
                         {"retention.bytes", "-1"},        {"delete.retention.ms", "86400000"},
                         {"max.message.bytes", "1048588"}, {"min.insync.replicas", "1"}};
  for (const auto& [name, value] : CreationSettings(role)) settings[name] = value;
  for (const auto& [name, value] : other) settings[name] = value;
  return settings;
}

FoundTopic Found(TopicRole role, uint32_t partitions, const KafkaSettings& other = {}) {
  return {{"t", role}, TopicShape{partitions, 1}, With(role, other)};
}

constexpr TopicRole kRoles[] = {TopicRole::kInput,       TopicRole::kExchange, TopicRole::kChangelog,
                                TopicRole::kDefinitions, TopicRole::kOutput,   TopicRole::kDeadLetters,
                                TopicRole::kDeltas,      TopicRole::kProfiles};

TEST(TopicCheckTest, ACreatedTopicIsAsItMustBe) {
  for (const TopicRole role : kRoles) {
    for (const TopicFinding& finding : CheckSettings(Found(role, 1))) {
      EXPECT_EQ(finding.health, TopicHealth::kOk) << static_cast<int>(role) << " " << finding.check;
      EXPECT_FALSE(finding.change.has_value());
    }
  }
}

struct Drift {
  TopicRole role;
  std::pair<const char*, const char*> setting;
  TopicHealth health;
  const char* check;
  const char* found;    // a part
  const char* mended;   // the value that mends it
  const char* deletes;  // a part of what is deleted then; empty: nothing
};

// In the order of TopicRole.
constexpr Drift kDrifts[] = {
    {TopicRole::kInput,
     {"cleanup.policy", "compact"},
     TopicHealth::kError,
     "t keeps all records",
     "only the last one is kept",
     "delete",
     "older than its retention.ms"},
    {TopicRole::kInput,
     {"cleanup.policy", "compact,delete"},
     TopicHealth::kError,
     "t keeps all records",
     "only the last one is kept",
     "delete",
     ""},
    {TopicRole::kInput,
     {"retention.ms", "604799999"},
     TopicHealth::kWarning,
     "t retention",
     "is lost",
     "604800000",
     ""},
    {TopicRole::kInput,
     {"max.message.bytes", "1048587"},
     TopicHealth::kWarning,
     "t takes large records",
     "refuses its senders",
     "1048588",
     ""},
    {TopicRole::kInput,
     {"retention.bytes", "1073741823"},
     TopicHealth::kWarning,
     "t retention.bytes",
     "are lost, read or not",
     "-1",
     ""},
    {TopicRole::kExchange, {"retention.ms", "3600000"}, TopicHealth::kWarning, "t retention", "1h", "604800000", ""},
    {TopicRole::kExchange, {"retention.bytes", "0"}, TopicHealth::kWarning, "t retention.bytes", "0: ", "-1", ""},
    {TopicRole::kExchange,
     {"max.message.bytes", "8388607"},
     TopicHealth::kError,
     "t takes large records",
     "what a mailbox passes on",
     "8388608",
     ""},
    {TopicRole::kChangelog,
     {"cleanup.policy", "delete"},
     TopicHealth::kError,
     "t compacted",
     "missing after the next restore",
     "compact",
     "last record of each key"},
    {TopicRole::kChangelog,
     {"cleanup.policy", "compact,delete"},
     TopicHealth::kError,
     "t compacted",
     "missing after the next restore",
     "compact",
     ""},
    {TopicRole::kChangelog,
     {"delete.retention.ms", "3599999"},
     TopicHealth::kError,
     "t keeps tombstones",
     "rebuilt from the beginning",
     "604800000",
     ""},
    {TopicRole::kChangelog,
     {"delete.retention.ms", "86399999"},
     TopicHealth::kWarning,
     "t keeps tombstones",
     "rebuilt from the beginning",
     "604800000",
     ""},
    {TopicRole::kDefinitions,
     {"cleanup.policy", "delete"},
     TopicHealth::kError,
     "t compacted",
     "removes the definitions",
     "compact",
     "last record of each key"},
    {TopicRole::kOutput,
     {"cleanup.policy", "compact"},
     TopicHealth::kWarning,
     "t keeps all records",
     "only the last one is kept",
     "delete",
     "older than its retention.ms"},
    {TopicRole::kOutput,
     {"max.message.bytes", "1000000"},
     TopicHealth::kError,
     "t takes large records",
     "a batch of changes",
     "1048588",
     ""},
    {TopicRole::kDeadLetters,
     {"max.message.bytes", "1048588"},
     TopicHealth::kWarning,
     "t takes large records",
     "only its first 64 KiB",
     "2097152",
     ""},
    {TopicRole::kDeltas,
     {"retention.ms", "604800000"},
     TopicHealth::kError,
     "t retention.ms",
     "deletes changes that lead.state may not have",
     "-1",
     ""},
    {TopicRole::kDeltas,
     {"retention.bytes", "1"},
     TopicHealth::kError,
     "t retention.bytes",
     "deletes changes that lead.state may not have",
     "-1",
     ""},
    {TopicRole::kProfiles,
     {"delete.retention.ms", "1"},
     TopicHealth::kWarning,
     "t keeps tombstones",
     "keeps leads that were erased",
     "604800000",
     ""},
    {TopicRole::kProfiles,
     {"cleanup.policy", "delete"},
     TopicHealth::kError,
     "t compacted",
     "removes leads that have not changed",
     "compact",
     "last record of each key"},
};

TEST(TopicCheckTest, EachSettingThatDiffers) {
  for (const Drift& drift : kDrifts) {
    SCOPED_TRACE(std::string(drift.check) + " " + drift.setting.first + "=" + drift.setting.second);
    const FoundTopics topics{Found(drift.role, 1, {{drift.setting.first, drift.setting.second}})};
    const std::vector<TopicFinding> found = FindDifferences(topics, "CREATE", "ALTER");
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found[0].health, drift.health);
    EXPECT_EQ(found[0].check, drift.check);
    EXPECT_THAT(found[0].found, HasSubstr(drift.found));
    EXPECT_THAT(found[0].advice, HasSubstr(std::string("set ") + drift.setting.first + "=" + drift.mended));
    EXPECT_THAT(found[0].advice, HasSubstr("`ALTER` does"));
    ASSERT_TRUE(found[0].change.has_value());
    EXPECT_EQ(found[0].change->name, drift.setting.first);
    EXPECT_EQ(found[0].change->value, drift.mended);
    EXPECT_THAT(found[0].change->deletes, HasSubstr(drift.deletes));
    EXPECT_EQ(found[0].change->deletes.empty(), std::string(drift.deletes).empty());
  }
}

// Without compaction a topic deletes what is too old or too much, but this one has no such bounds.
TEST(TopicCheckTest, WhereAllIsKeptNothingIsDeleted) {
  const auto found = FindDifferences({Found(TopicRole::kDeltas, 1, {{"cleanup.policy", "compact"}})}, "", "");
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].change->value, "delete");
  EXPECT_EQ(found[0].change->deletes, "");
}

// No change shortens what the topic keeps.
TEST(TopicCheckTest, LongerThanNeededIsNoDifference) {
  const KafkaSettings longer{
      {"retention.ms", "-1"}, {"delete.retention.ms", "31536000000"}, {"max.message.bytes", "99999999"}};
  for (const TopicRole role : kRoles) EXPECT_THAT(FindDifferences({Found(role, 1, longer)}, "", ""), IsEmpty());
}

TEST(TopicCheckTest, WhatIsNotToldIsADifferenceThatNothingMends) {
  FoundTopic found = Found(TopicRole::kInput, 1);
  found.settings->erase("retention.ms");
  const std::vector<TopicFinding> differences = FindDifferences({found}, "", "");
  ASSERT_EQ(differences.size(), 1);
  EXPECT_EQ(differences[0].health, TopicHealth::kUnknown);
  EXPECT_FALSE(differences[0].change.has_value());
}

// ---- topics together ------------------------------------------------------------------------------------------------

// Returns the topics of a deployment, all there, with this number of partitions.
FoundTopics All(uint32_t partitions) {
  FoundTopics topics;
  config::Settings settings;
  settings.definitions.topic = true;
  for (NamedTopic& topic : TopicsOf(settings)) {
    const TopicRole role = topic.role;
    topics.push_back({std::move(topic), TopicShape{role == TopicRole::kDefinitions ? 1 : partitions, 1}, With(role)});
  }
  return topics;
}

FoundTopic& Of(FoundTopics* topics, const std::string& name) {
  for (FoundTopic& found : *topics) {
    if (found.topic.name == name) return found;
  }
  ADD_FAILURE() << name;
  return topics->front();
}

std::string Refusal(const FoundTopics& topics, const CreationOptions& options) {
  const auto plan = PlanCreation(topics, options);
  return plan.ok() ? "it was planned" : plan.status().message();
}

TEST(TopicCheckTest, ProfilesAndDefinitionsOnlyWhereTheyAreUsed) {
  config::Settings settings;
  EXPECT_EQ(TopicsOf(settings).size(), 9);
  settings.profiles.enabled = false;
  EXPECT_EQ(TopicsOf(settings).size(), 8);
  settings.definitions.topic = true;
  EXPECT_EQ(TopicsOf(settings).back().name, "lead.definitions");
}

TEST(TopicCheckTest, DifferencesOfSeveralTopics) {
  FoundTopics topics = All(4);
  EXPECT_THAT(FindDifferences(topics, "", ""), IsEmpty());
  Of(&topics, "lead.state").shape->partitions = 3;
  Of(&topics, "lead.definitions").shape->partitions = 2;
  Of(&topics, "lead.status-changes").shape->partitions = 9;  // as many as you like
  (*Of(&topics, "lead.segment-changes").settings)["min.insync.replicas"] = "2";
  Of(&topics, "lead.dead-letters").shape.reset();
  const std::vector<TopicFinding> found = FindDifferences(topics, "CREATE", "ALTER");
  ASSERT_EQ(found.size(), 4);
  EXPECT_EQ(found[0].check, "lead.segment-changes");
  EXPECT_THAT(found[0].found, HasSubstr("nothing can be written"));
  EXPECT_EQ(found[1].check + ": " + found[1].found + "; " + found[1].advice,
            "lead.dead-letters: there is no such topic; `CREATE` creates it");
  EXPECT_THAT(found[2].found, HasSubstr("definitions need one"));
  EXPECT_THAT(found[3].found, HasSubstr("lead.exchange: 4, lead.state: 3"));
}

TEST(TopicCheckTest, PlansWhatIsMissing) {
  FoundTopics topics = All(4);
  const auto nothing = PlanCreation(topics, {});
  ASSERT_TRUE(nothing.ok());
  EXPECT_THAT(*nothing, IsEmpty());
  for (const char* name : {"lead.journal", "lead.definitions", "lead.dead-letters"}) Of(&topics, name).shape.reset();
  const auto plan = PlanCreation(topics, {.replicas = 3});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->size(), 3);
  EXPECT_EQ((*plan)[0].name, "lead.journal");
  EXPECT_EQ((*plan)[0].partitions, 4);
  EXPECT_EQ((*plan)[0].replicas, 3);
  EXPECT_THAT((*plan)[0].settings, ElementsAre(std::pair("retention.ms", "-1"), std::pair("retention.bytes", "-1"),
                                               std::pair("max.message.bytes", "8388608")));
  EXPECT_EQ((*plan)[1].partitions, 4);
  EXPECT_EQ((*plan)[2].name, "lead.definitions");
  EXPECT_EQ((*plan)[2].partitions, 1);
}

TEST(TopicCheckTest, RefusesAnotherNumberOfPartitions) {
  FoundTopics topics = All(4);
  EXPECT_THAT(Refusal(topics, {.partitions = 8}), HasSubstr("have 4 partitions, and all need the same number"));
  EXPECT_EQ(Refusal(topics, {.partitions = 4}), "it was planned");
  Of(&topics, "lead.exchange").shape->partitions = 3;
  EXPECT_THAT(Refusal(topics, {}),
              HasSubstr("different numbers of partitions (engagement.events: 4, lead.commands: 4"));
  for (FoundTopic& found : topics) found.shape.reset();
  EXPECT_THAT(Refusal(topics, {}), HasSubstr("say with --partitions"));
  EXPECT_EQ(Refusal(topics, {.partitions = 8}), "it was planned");
}

// An empty topic instead of a lost one could lose leads without a word.
TEST(TopicCheckTest, RefusesEmptyTopicsOfADeploymentThatHasRun) {
  for (const char* name : {"engagement.events", "lead.commands", "lead.exchange", "lead.state", "lead.journal"}) {
    FoundTopics topics = All(4);
    Of(&topics, name).shape.reset();
    EXPECT_THAT(Refusal(topics, {.has_run = true}),
                HasSubstr(std::string(name) + " is missing. If it has had it, restore"));
    EXPECT_EQ(Refusal(topics, {.has_run = true, .accept_empty = true}), "it was planned");
    EXPECT_EQ(Refusal(topics, {}), "it was planned");
  }
  FoundTopics topics = All(4);
  for (const char* name : {"lead.profiles", "lead.dead-letters", "lead.status-changes"})
    Of(&topics, name).shape.reset();
  EXPECT_EQ(Refusal(topics, {.has_run = true}), "it was planned");
}

}  // namespace leadpulse::kafka::topic_check_test
