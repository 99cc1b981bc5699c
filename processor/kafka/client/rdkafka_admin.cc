#include "processor/kafka/client/rdkafka_admin.h"

#include <algorithm>
#include <mutex>
#include <regex>
#include <thread>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyWith<rd_kafka_metadata_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, DestroyWith<rd_kafka_event_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, DestroyWith<rd_kafka_AdminOptions_destroy>>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, DestroyWith<rd_kafka_ConfigResource_destroy>>;

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, DestroyWith<rd_kafka_NewTopic_destroy>>;

// The topic in which the transaction coordinator stores its state; the key contains the transactional id.
constexpr const char* kCoordinatorTopic = "__transaction_state";
// A running broker responds within milliseconds, a login included.
constexpr milliseconds kReachTimeout{3'000};
constexpr milliseconds kAskAgainPause{200};
// librdkafka reports a broker's API versions only in its debug log.
constexpr const char* kVersionDebug = "feature";

Result<Metadata> AskMetadata(const RdkafkaClient& client, const std::string& call, rd_kafka_topic_t* topic,
                             milliseconds timeout = kAdminTimeout) {
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(client.get(), /*all_topics=*/0, topic, &answer, Milliseconds(timeout));
  Metadata metadata(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return NoAnswer(client, call, code);
  return metadata;
}

std::vector<BrokerAddress> BrokersOf(const rd_kafka_metadata_t& metadata) {
  std::vector<BrokerAddress> brokers;
  for (int i = 0; i < metadata.broker_cnt; ++i) {
    const rd_kafka_metadata_broker_t& broker = metadata.brokers[i];
    brokers.push_back({broker.id, std::string(broker.host) + ":" + std::to_string(broker.port)});
  }
  return brokers;
}

// What to do when brokers do not create or change a topic.
constexpr const char* kManageRights =
    "give the Kafka user who administers the topics CREATE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS on them; "
    "`leadpulse topics acl` prints the lines";
constexpr const char* kPolicy =
    "the cluster has rules for topics (create.topic.policy.class.name, alter.config.policy.class.name): follow them, "
    "or "
    "let its operators do it";
constexpr const char* kTooFewBrokers =
    "give --replication N, not more than there are brokers; it takes the brokers' default.replication.factor otherwise";

ErrorMeaning MeaningToManager(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return {ErrorClass::kStop, kManageRights};
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return {ErrorClass::kStop, kPolicy};
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return {ErrorClass::kStop, kTooFewBrokers};
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
      return {ErrorClass::kTransient, "the cluster is electing a controller: do the same again"};
    default:
      return MeaningOf(code);
  }
}

// Returns what the topic itself has, without defaults. Fatal if a value is secret.
Result<KafkaSettings> OwnSettingsOf(const rd_kafka_ConfigResource_t* resource, const std::string& call) {
  KafkaSettings own;
  size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resource, &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigEntry_source(entries[i]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) continue;
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value == nullptr || rd_kafka_ConfigEntry_is_sensitive(entries[i]) != 0) {
      return Status::Fatal("could not " + call + ": its setting " + rd_kafka_ConfigEntry_name(entries[i]) +
                           " is secret and would be lost; change the settings with `kafka-configs.sh`");
    }
    own[rd_kafka_ConfigEntry_name(entries[i])] = value;
  }
  return own;
}

KafkaSettings SettingsOf(const rd_kafka_ConfigResource_t* resource) {
  KafkaSettings settings;
  size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resource, &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value != nullptr && rd_kafka_ConfigEntry_is_sensitive(entries[i]) == 0) {
      settings[rd_kafka_ConfigEntry_name(entries[i])] = value;
    }
  }
  return settings;
}

// A collector of API versions from librdkafka's log. librdkafka's threads call Hear.
class VersionListener {
 public:
  void Hear(const std::string& line) {
    // From rd_kafka_broker_set_api_versions of 2.0.2: "ApiKey TxnOffsetCommit (28) Versions 0..5".
    static const std::regex version(R"(ApiKey (\w+) \(\d+\) Versions \d+\.\.(\d+))");
    std::smatch found;
    if (!std::regex_search(line, found, version)) return;
    std::lock_guard lock(mutex_);
    versions_[found[1]] = std::stoi(found[2]);
  }
  ApiVersions versions() const {
    std::lock_guard lock(mutex_);
    return versions_;
  }

 private:
  mutable std::mutex mutex_;
  ApiVersions versions_;
};

class RdkafkaAdmin : public Admin, private ClientListener {
 public:
  explicit RdkafkaAdmin(ConnectionOptions options) : options_(std::move(options)) {
    options_.transactional_id += "-doctor";
  }
  Status Connect() {
    LP_ASSIGN_OR_RETURN(client_,
                        RdkafkaClient::Make(RD_KAFKA_CONSUMER, ChangelogSettings(options_, false), options_, this));
    rd_kafka_poll_set_consumer(client_->get());
    return Status::Ok();
  }

  Result<ReachedBroker> Reach(const std::string& address) override {
    // Must outlive the client, whose threads call it.
    VersionListener versions;
    Settings settings = ChangelogSettings(options_, true);
    settings.emplace_back("bootstrap.servers", address);
    settings.emplace_back("debug", kVersionDebug);
    settings.emplace_back("log_level", "7");
    ConnectionOptions heard = options_;
    heard.log = [&](int, const std::string& line) { versions.Hear(line); };
    const auto client = RdkafkaClient::Make(RD_KAFKA_CONSUMER, settings, heard, this);
    if (!client.ok()) return client.status();
    LP_ASSIGN_OR_RETURN(const Metadata metadata, AskMetadata(**client, "reach " + address, nullptr, kReachTimeout));
    return ReachedBroker{BrokersOf(*metadata), versions.versions()};
  }

  Result<std::optional<TopicShape>> DescribeTopic(const std::string& topic) override {
    const std::string call = "ask for the topic " + topic;
    const TopicHandle handle(rd_kafka_topic_new(client_->get(), topic.c_str(), nullptr));
    if (handle == nullptr) return ToStatus(call, rd_kafka_last_error());
    LP_ASSIGN_OR_RETURN(const Metadata metadata, AskMetadata(*client_, call, handle.get()));
    if (metadata->topic_cnt != 1) return Status::Fatal("could not " + call + ": the answer is about something else");
    const rd_kafka_metadata_topic_t& found = metadata->topics[0];
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<TopicShape>();
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(call, found.err);
    TopicShape shape{static_cast<uint32_t>(found.partition_cnt), 0};
    for (int i = 0; i < found.partition_cnt; ++i) {
      const auto replicas = static_cast<uint32_t>(found.partitions[i].replica_cnt);
      shape.replicas = i == 0 ? replicas : std::min(shape.replicas, replicas);
    }
    return std::optional<TopicShape>(shape);
  }

  Result<KafkaSettings> TopicSettings(const std::string& topic) override {
    return Describe(RD_KAFKA_RESOURCE_TOPIC, topic, "ask for the settings of the topic " + topic);
  }
  Result<KafkaSettings> BrokerSettings(int32_t broker) override {
    return Describe(RD_KAFKA_RESOURCE_BROKER, std::to_string(broker),
                    "ask for the settings of broker " + std::to_string(broker));
  }
  Result<bool> HasHadRecords(const std::string& topic, uint32_t partitions) override {
    LP_ASSIGN_OR_RETURN(const PartitionList ends, EndsOf(topic, partitions));
    for (int i = 0; i < ends->cnt; ++i) {
      if (ends->elems[i].offset > 0) return true;
    }
    return false;
  }

  Result<bool> CreateTopic(const TopicCreation& topic, Doing doing) override {
    const std::string call = "create the topic " + topic.name;
    char problem[256];
    const int replicas = topic.replicas == 0 ? -1 : static_cast<int>(topic.replicas);
    const NewTopic asked(rd_kafka_NewTopic_new(topic.name.c_str(), static_cast<int>(topic.partitions), replicas,
                                               problem, sizeof problem));
    if (asked == nullptr) return Status::Rejected("could not " + call + ": " + problem);
    for (const auto& [name, value] : topic.settings) {
      LP_ASSERT(rd_kafka_NewTopic_set_config(asked.get(), name.c_str(), value.c_str()) == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    const AdminOptions options = ManagingOptionsFor(RD_KAFKA_ADMIN_OP_CREATETOPICS, doing);
    const QueueHandle queue(rd_kafka_queue_new(client_->get()));
    rd_kafka_NewTopic_t* topics[] = {asked.get()};
    rd_kafka_CreateTopics(client_->get(), topics, 1, options.get(), queue.get());
    LP_ASSIGN_OR_RETURN(const Event event, Await(call, queue.get()));
    size_t count = 0;
    const rd_kafka_topic_result_t** done =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    if (count != 1) return Status::Fatal("could not " + call + ": there is no answer in the answer");
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(done[0]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return false;
    const char* said = rd_kafka_topic_result_error_string(done[0]);
    return ToStatus(call, MeaningToManager(code), said == nullptr ? rd_kafka_err2str(code) : said);
  }

  // Sends all settings of the topic: AlterConfigs replaces them, so its own are read just before.
  Status ChangeSettings(const std::string& topic, const std::vector<SettingChange>& changes, Doing doing) override {
    const std::string call = "change the settings of the topic " + topic;
    LP_ASSIGN_OR_RETURN(KafkaSettings own, OwnSettings(topic, call));
    for (const SettingChange& change : changes) own[change.name] = change.value;
    const ConfigResource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    for (const auto& [name, value] : own) {
      LP_ASSERT(rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str()) ==
                RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    const AdminOptions options = ManagingOptionsFor(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, doing);
    const QueueHandle queue(rd_kafka_queue_new(client_->get()));
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    rd_kafka_AlterConfigs(client_->get(), resources, 1, options.get(), queue.get());
    LP_ASSIGN_OR_RETURN(const Event event, Await(call, queue.get()));
    size_t count = 0;
    const rd_kafka_ConfigResource_t** done =
        rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event.get()), &count);
    return count == 1 ? ResourceStatus(done[0], call, MeaningToManager)
                      : Status::Fatal("could not " + call + ": there is no answer in the answer");
  }

  // Asks about the group until there is a response. The first request about groups makes a cluster create their
  // coordinator, which takes seconds.
  Status TryGroup() override {
    const auto deadline = MonotonicNow() + 2 * kAdminTimeout;
    while (true) {
      Status status = DescribeGroup([](const DescribedGroup&) {});
      if (status.ok() || status.kind() != ErrorKind::kRetriable || MonotonicNow() > deadline) return status;
      std::this_thread::sleep_for(kAskAgainPause);
    }
  }

  Result<std::optional<GroupMember>> FindInstance(const std::string& instance_id) override {
    std::optional<GroupMember> found;
    LP_RETURN_IF_ERROR(DescribeGroup([&](const DescribedGroup& group) {
      for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(&group); ++i) {
        const rd_kafka_MemberDescription_t* member = rd_kafka_ConsumerGroupDescription_member(&group, i);
        const char* instance = rd_kafka_MemberDescription_group_instance_id(member);
        if (instance == nullptr || instance_id != instance) continue;
        found = {rd_kafka_MemberDescription_consumer_id(member), rd_kafka_MemberDescription_client_id(member),
                 rd_kafka_MemberDescription_host(member)};
      }
    }));
    return found;
  }

  Result<size_t> CountMembers() override {
    size_t count = 0;
    LP_RETURN_IF_ERROR(DescribeGroup(
        [&count](const DescribedGroup& group) { count = rd_kafka_ConsumerGroupDescription_member_count(&group); }));
    return count;
  }

  Status TryRead(const std::string& topic) override {
    const std::string call = "read the topic " + topic;
    LP_ASSIGN_OR_RETURN(const PartitionList ends, EndsOf(topic, 1));
    rd_kafka_assign(client_->get(), ends.get());
    Status outcome = ToStatus(call, RD_KAFKA_RESP_ERR__TIMED_OUT, "nothing comes");
    const auto deadline = MonotonicNow() + kAdminTimeout;
    while (MonotonicNow() < deadline) {
      const Message message(rd_kafka_consumer_poll(client_->get(), 100));
      if (message == nullptr || message->rkt == nullptr || rd_kafka_topic_name(message->rkt) != topic) continue;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        outcome = ToStatus(call, message->err, ErrorText(*message));
        if (outcome.kind() == ErrorKind::kRetriable) continue;
      } else {
        outcome = Status::Ok();
      }
      break;
    }
    rd_kafka_assign(client_->get(), nullptr);
    return outcome;
  }

  Status TryTransactions() override {
    LP_ASSIGN_OR_RETURN(const auto client,
                        RdkafkaClient::Make(RD_KAFKA_PRODUCER, ProducerSettings(options_), options_, this));
    // Twice the limit: the first producer of a cluster waits some seconds until its coordinator is created.
    const CallError error(rd_kafka_init_transactions(client->get(), Milliseconds(2 * kAdminTimeout)));
    if (error == nullptr) return Status::Ok();
    return ToStatus("take the transactional id " + options_.transactional_id, rd_kafka_error_code(error.get()),
                    rd_kafka_error_string(error.get()) + SaidByConnection(*client));
  }

  Result<ClockDifference> CompareClocks(const Clock& clock) override {
    LP_RETURN_IF_ERROR(TryTransactions());  // creates the topic if it does not exist
    const Result<std::optional<TopicShape>> shape = DescribeTopic(kCoordinatorTopic);
    if (!shape.ok()) return Status::Rejected(shape.status().message());
    if (!shape->has_value()) return Status::Rejected(std::string(kCoordinatorTopic) + " is not to be seen");
    const Result<PartitionList> ends = EndsOf(kCoordinatorTopic, (*shape)->partitions);
    if (!ends.ok()) return Status::Rejected(ends.status().message());
    const Instant before = clock.Now();
    LP_RETURN_IF_ERROR(TryTransactions());
    const Instant after = clock.Now();
    LP_ASSIGN_OR_RETURN(const Instant written, AwaitCoordinatorRecord(*ends));
    return ClockDifference{written - after, written - before};
  }

 private:
  using DescribedGroup = rd_kafka_ConsumerGroupDescription_t;
  // Calls `visit` if the group exists.
  Status DescribeGroup(const std::function<void(const DescribedGroup&)>& visit) {
    const std::string call = "describe the consumer group " + options_.application;
    const AdminOptions options = OptionsFor(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    const QueueHandle queue(rd_kafka_queue_new(client_->get()));
    const char* groups[] = {options_.application.c_str()};
    rd_kafka_DescribeConsumerGroups(client_->get(), groups, 1, options.get(), queue.get());
    LP_ASSIGN_OR_RETURN(const Event event, Await(call, queue.get()));
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t** found = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    const rd_kafka_error_t* error = count == 1 ? rd_kafka_ConsumerGroupDescription_error(found[0]) : nullptr;
    const rd_kafka_resp_err_t code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
    // Newer brokers return this for a group that never had a member.
    if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return Status::Ok();
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (count == 1) visit(*found[0]);
      return Status::Ok();
    }
    return ToStatus(call, code, rd_kafka_error_string(error));
  }

  Result<KafkaSettings> Describe(rd_kafka_ResourceType_t type, const std::string& name, const std::string& call) {
    LP_ASSIGN_OR_RETURN(const Event event, DescribeResource(type, name, call));
    return SettingsOf(DescribedIn(event));
  }
  Result<KafkaSettings> OwnSettings(const std::string& topic, const std::string& call) {
    LP_ASSIGN_OR_RETURN(const Event event, DescribeResource(RD_KAFKA_RESOURCE_TOPIC, topic, call));
    return OwnSettingsOf(DescribedIn(event), call);
  }

  // Returns a response with one described resource.
  Result<Event> DescribeResource(rd_kafka_ResourceType_t type, const std::string& name, const std::string& call) {
    const ConfigResource resource(rd_kafka_ConfigResource_new(type, name.c_str()));
    const AdminOptions options = OptionsFor(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    const QueueHandle queue(rd_kafka_queue_new(client_->get()));
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    rd_kafka_DescribeConfigs(client_->get(), resources, 1, options.get(), queue.get());
    LP_ASSIGN_OR_RETURN(Event event, Await(call, queue.get()));
    size_t count = 0;
    const rd_kafka_ConfigResource_t** found =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count != 1) return Status::Fatal("could not " + call + ": there is no answer in the answer");
    LP_RETURN_IF_ERROR(ResourceStatus(found[0], call, MeaningOf));
    return event;
  }
  static const rd_kafka_ConfigResource_t* DescribedIn(const Event& event) {
    size_t count = 0;
    return rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count)[0];
  }
  static Status ResourceStatus(const rd_kafka_ConfigResource_t* resource, const std::string& call,
                               ErrorMeaning (*meaning_of)(rd_kafka_resp_err_t)) {
    const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resource);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::Ok();
    const char* said = rd_kafka_ConfigResource_error_string(resource);
    return ToStatus(call, meaning_of(code), said == nullptr ? rd_kafka_err2str(code) : said);
  }

  AdminOptions ManagingOptionsFor(rd_kafka_admin_op_t operation, Doing doing) const {
    AdminOptions options = OptionsFor(operation);
    char problem[256];
    LP_ASSERT(rd_kafka_AdminOptions_set_validate_only(options.get(), doing == Doing::kDryRun ? 1 : 0, problem,
                                                      sizeof problem) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return options;
  }

  AdminOptions OptionsFor(rd_kafka_admin_op_t operation) const {
    AdminOptions options(rd_kafka_AdminOptions_new(client_->get(), operation));
    char problem[256];
    // Fails only if the value is outside librdkafka's bounds.
    LP_ASSERT(rd_kafka_AdminOptions_set_request_timeout(options.get(), Milliseconds(kAdminTimeout), problem,
                                                        sizeof problem) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return options;
  }

  // Waits for the response to `call`.
  Result<Event> Await(const std::string& call, rd_kafka_queue_t* queue) const {
    Event event(rd_kafka_queue_poll(queue, Milliseconds(2 * kAdminTimeout)));
    if (event == nullptr) return NoAnswer(*client_, call, RD_KAFKA_RESP_ERR__TIMED_OUT);
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
    return ToStatus(call, code, rd_kafka_event_error_string(event.get()));
  }

  Result<PartitionList> EndsOf(const std::string& topic, uint32_t partitions) const {
    PartitionList ends(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
    for (uint32_t i = 0; i < partitions; ++i) {
      LP_ASSIGN_OR_RETURN(const LogBounds marks, QueryWatermarks(*client_, topic, static_cast<int32_t>(i)));
      AddPartition(topic, PartitionId{i}, ends).offset = marks.end;
    }
    return ends;
  }

  // Returns when the coordinator recorded the new owner of the transactional id, by the coordinator's clock.
  Result<Instant> AwaitCoordinatorRecord(const PartitionList& from) const {
    rd_kafka_assign(client_->get(), from.get());
    Result<Instant> written = Status::Rejected(std::string("nothing came in ") + kCoordinatorTopic);
    const auto deadline = MonotonicNow() + kAdminTimeout;
    while (!written.ok() && MonotonicNow() < deadline) {
      const Message message(rd_kafka_consumer_poll(client_->get(), 100));
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const std::string_view key(static_cast<const char*>(message->key), message->key_len);
        const std::optional<Instant> at = TimeOf(*message);
        if (at && key.ends_with(options_.transactional_id)) written = *at;
      } else if (MeaningOf(message->err).kind == ErrorClass::kStop) {
        written = Status::Rejected(std::string(kCoordinatorTopic) + " may not be read: " + ErrorText(*message));
        break;
      }
    }
    rd_kafka_assign(client_->get(), nullptr);
    return written;
  }

  ConnectionOptions options_;
  std::unique_ptr<RdkafkaClient> client_;  // a consumer that joins no group
};

}  // namespace

Result<std::unique_ptr<Admin>> AdministerKafka(ConnectionOptions options) {
  auto admin = std::make_unique<RdkafkaAdmin>(std::move(options));
  LP_RETURN_IF_ERROR(admin->Connect());
  return std::unique_ptr<Admin>(std::move(admin));
}

}  // namespace leadpulse::kafka
