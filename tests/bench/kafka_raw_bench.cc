// The yardstick of the live mode: consumes, and produces as many records of the same sizes as Leadpulse did, in
// transactions with the offsets, and does nothing else. kafka_raw_bench --servers … --topic … --samples … until
// SIGTERM.
//
// Each thread is a member of the group with a transactional producer of its own, as Leadpulse's workers are, and has
// their settings of librdkafka.
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/bench/kafka_client.h"
#include "tests/bench/probe_id.h"
#include "tests/bench/record_samples.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kAtOnce = 1'000;
// How long librdkafka waits for a batch to fill.
constexpr int kBatchMs = 5;

std::atomic<bool> stopped{false};

struct RawOptions {
  std::string servers, group, topic, samples;
  std::vector<std::string> outputs;  // TO=FROM=RECORDS: topic to write to, topic of the samples, records an input
  int64_t commit_ms = 100;
  int threads = 1;
};

// The records for one output topic, and their rate.
struct Output {
  std::string topic;
  double records_per_input = 0;
  std::vector<RecordSample> samples;
  // This thread's progress.
  double due = 0;
  size_t next = 0;
};

class RawWorker {
 public:
  RawWorker(const RawOptions& options, std::vector<Output> outputs, int number)
      : options_(options),
        outputs_(std::move(outputs)),
        consumer_(MakeConsumer(options.servers, {{"group.id", options.group},
                                                 {"enable.auto.commit", "false"},
                                                 {"enable.auto.offset.store", "false"},
                                                 {"auto.offset.reset", "earliest"},
                                                 {"isolation.level", "read_committed"},
                                                 {"partition.assignment.strategy", "range"},
                                                 {"check.crcs", "true"},
                                                 {"fetch.wait.max.ms", "100"}})),
        queue_(rd_kafka_queue_get_consumer(consumer_.get())),
        producer_(MakeProducer(options.servers, {{"transactional.id", options.group + "-" + std::to_string(number)},
                                                 {"linger.ms", "5"},
                                                 {"compression.type", "lz4"},
                                                 {"queue.buffering.max.messages", "500000"}})) {
    Check(rd_kafka_init_transactions(producer_.get(), kTimeoutMs), "init");
    const PartitionList topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    Check(rd_kafka_subscribe(consumer_.get(), topics.get()), "subscribe");
  }

  void Run() {
    std::vector<rd_kafka_message_t*> messages(kAtOnce);
    while (!stopped) {
      const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), kBatchMs, messages.data(), messages.size());
      for (ssize_t i = 0; i < count; ++i) {
        const KafkaMessage message(messages[static_cast<size_t>(i)]);
        Check(message->err, "consume");
        Answer(*message);
      }
      rd_kafka_poll(producer_.get(), 0);
      if (!next_offsets_.empty() && SteadyNanos() - began_ >= options_.commit_ms * 1'000'000) Commit();
    }
    if (!next_offsets_.empty()) Commit();
    Check(rd_kafka_consumer_close(consumer_.get()), "close");
  }

 private:
  void Answer(const rd_kafka_message_t& message) {
    if (next_offsets_.empty()) {
      Check(rd_kafka_begin_transaction(producer_.get()), "begin");
      began_ = SteadyNanos();
    }
    for (Output& output : outputs_) {
      for (output.due += output.records_per_input; output.due >= 1; output.due -= 1) {
        Produce(output.topic, output.samples[output.next], message);
        output.next = (output.next + 1) % output.samples.size();
      }
    }
    next_offsets_[message.partition] = message.offset + 1;
  }

  // Produces a sample under the key of the input record, with the probe's id in place of the sample's own.
  void Produce(const std::string& topic, const RecordSample& sample, const rd_kafka_message_t& message) {
    value_ = sample.value.value_or("");
    const size_t to = FindProbe(value_);
    if (to != std::string::npos) {
      const size_t from = FindProbe(ValueOf(message));
      if (from != std::string::npos) value_.replace(to, kProbeSize, ValueOf(message).substr(from, kProbeSize));
    }
    char* const value = sample.value ? value_.data() : nullptr;  // a tombstone has none
    rd_kafka_headers_t* headers = sample.headers.empty() ? nullptr : rd_kafka_headers_new(sample.headers.size());
    for (const auto& [name, text] : sample.headers) {
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                          static_cast<ssize_t>(text.size()));
    }
    while (true) {
      const rd_kafka_resp_err_t code =
          rd_kafka_producev(producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(message.partition),
                            RD_KAFKA_V_KEY(message.key, message.key_len), RD_KAFKA_V_VALUE(value, value_.size()),
                            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;  // the record owns the headers now
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) Check(code, "produce");
      rd_kafka_poll(producer_.get(), 10);
    }
  }

  void Commit() {
    const PartitionList offsets(rd_kafka_topic_partition_list_new(static_cast<int>(next_offsets_.size())));
    for (const auto& [partition, offset] : next_offsets_) {
      rd_kafka_topic_partition_list_add(offsets.get(), options_.topic.c_str(), partition)->offset = offset;
    }
    rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(consumer_.get());
    Check(rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), group, kTimeoutMs), "offsets");
    rd_kafka_consumer_group_metadata_destroy(group);
    Check(rd_kafka_commit_transaction(producer_.get(), kTimeoutMs), "commit");
    next_offsets_.clear();
  }

  const RawOptions options_;
  std::vector<Output> outputs_;
  const KafkaHandle consumer_;
  const KafkaQueue queue_;
  const KafkaHandle producer_;
  std::map<int32_t, int64_t> next_offsets_;  // in the open transaction; empty: none is open
  int64_t began_ = 0;                        // the open transaction
  std::string value_;
};

std::vector<Output> MakeOutputs(const RawOptions& options) {
  std::vector<Output> outputs;
  for (const std::string& spec : options.outputs) {
    const size_t first = spec.find('=');
    const size_t second = spec.find('=', first + 1);
    if (second == std::string::npos) Die("`" + spec + "` is not TOPIC=TOPIC=NUMBER");
    Output& output = outputs.emplace_back();
    output.topic = spec.substr(0, first);
    const std::string from = spec.substr(first + 1, second - first - 1);
    output.records_per_input = std::strtod(spec.c_str() + second + 1, nullptr);
    for (RecordSample& sample : ReadSamples(options.samples)) {
      if (sample.topic == from) output.samples.push_back(std::move(sample));
    }
    if (output.samples.empty()) Die("there is no sample of " + from);
  }
  return outputs;
}

void Run(const RawOptions& options) {
  const std::vector<Output> outputs = MakeOutputs(options);
  std::vector<std::thread> threads;
  for (int number = 0; number < options.threads; ++number) {
    threads.emplace_back([&options, &outputs, number] { RawWorker(options, outputs, number).Run(); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  leadpulse::bench::RawOptions options;
  CLI::App program("Consumes, and produces the like of what Leadpulse did: nothing else.");
  program.add_option("--servers", options.servers)->required();
  program.add_option("--group", options.group)->required();
  program.add_option("--topic", options.topic)->required();
  program.add_option("--samples", options.samples)->required();
  program.add_option("--output", options.outputs, "TOPIC=SAMPLES' TOPIC=RECORDS AN INPUT RECORD")->required();
  program.add_option("--commit-ms", options.commit_ms)->check(CLI::PositiveNumber);
  program.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  CLI11_PARSE(program, argc, argv);
  signal(SIGTERM, [](int) { leadpulse::bench::stopped = true; });
  leadpulse::bench::Run(options);
  return 0;
}
