// Sends clicks for two kinds of addresses in turn: one that is a lead itself, and one that another lead uses. That lead
// is on another partition, so its change comes after one more hop.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/command.pb.h"
#include "processor/base/instant.h"
#include "schemas/codec/protobuf_change.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/kafka_client.h"
#include "tests/bench/kafka_load.h"
#include "tests/bench/kafka_probe.h"

namespace leadpulse::bench {
namespace {

constexpr std::string_view kUserMark = "crm-";

// Whether a click is for an address that another lead uses. Odd ones are; even ones are for a lead itself.
bool IsPassedOn(uint64_t number) { return number % 2 == 1; }

class Users {
 public:
  explicit Users(const AddressesCommand& command)
      : topic_(command.commands),
        producer_(MakeProducer(command.probe.servers, {{"partitioner", "murmur2_random"}})),
        partitions_(PartitionCount(producer_.get(), topic_)) {}

  // Imports a lead with this address, on another partition if there is one.
  void Import(const LeadKey& address) {
    v1::LeadCommand command;
    command.set_tenant_id(address.tenant);
    command.set_lead_id(UserOf(address));
    command.set_command_id("import");
    codec::SetTimestamp(Instant{WallNanos() / 1'000'000}, command.mutable_issued_at());
    (*command.mutable_update_profile()->mutable_set()->mutable_fields())["email"].set_string_value(address.lead);
    const std::string key = EncodeLeadKey({address.tenant, command.lead_id()});
    const std::string value = command.SerializeAsString();
    Check(rd_kafka_producev(producer_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
                            RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
          "a command was not taken");
  }
  void Flush() { Check(rd_kafka_flush(producer_.get(), kTimeoutMs), "commands were not delivered"); }

 private:
  std::string UserOf(const LeadKey& address) const {
    for (int i = 0;; ++i) {
      std::string id =
          std::string(kUserMark) + std::to_string(i) + "-" + address.lead.substr(0, address.lead.find('@'));
      if (partitions_ == 1 || PartitionOf({address.tenant, id}) != PartitionOf(address)) return id;
    }
  }
  int32_t PartitionOf(const LeadKey& lead) const {
    const std::string key = EncodeLeadKey(lead);
    return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), partitions_, nullptr, nullptr);
  }

  const std::string topic_;
  const KafkaHandle producer_;
  const int32_t partitions_;
};

}  // namespace

void MeasureAddresses(const AddressesCommand& command) {
  // The second of two clicks in a row is for an address that a lead uses.
  const auto lead_of = [&](uint64_t number) { return StreamLead(number % (2 * command.probe.leads)); };
  Users users(command);
  for (uint64_t i = 0; i < command.probe.leads; ++i) users.Import(StreamLead(2 * i + 1));
  users.Flush();
  // Until the lead has registered, the address is a lead itself, whose change must not count.
  const auto is_answer = [](uint64_t number, std::string_view value) {
    v1::Change change;
    if (!change.ParseFromArray(value.data(), static_cast<int>(value.size()))) Die("an output record is no change");
    return change.lead_id().starts_with(kUserMark) == IsPassedOn(number);
  };
  const std::vector<int64_t> delivered_after = SendClicks(command.probe, lead_of, is_answer);
  std::vector<int64_t> own, passed_on;
  for (uint64_t i = ClicksToWarmUp(command.probe); i < delivered_after.size(); ++i) {
    (IsPassedOn(i) ? passed_on : own).push_back(delivered_after[i]);
  }
  std::printf("{\"own\": %s, \"passed_on\": %s}\n", LatencyFigures(own).c_str(), LatencyFigures(passed_on).c_str());
}

}  // namespace leadpulse::bench
