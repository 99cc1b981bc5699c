// The subcommands of kafka_load, the benchmark's load and its eyes: what must not be slowed down by Python. Each prints
// JSON to standard output, a line for each thing that happened, and ends with 1 where something fails.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leadpulse::bench {

// `create`, `delete`: topics, several at once. A spec is NAME:PARTITIONS[:SETTING=VALUE[:…]]; a name where deleted.
struct TopicsCommand {
  std::string servers;
  std::vector<std::string> specs;
};
void CreateTopics(const TopicsCommand& command);
void DeleteTopics(const TopicsCommand& command);

// `fill`: a seeded stream of events whose time ends now; of `each_lead`, the leads take turns.
struct FillCommand {
  std::string servers, topic;
  uint64_t events = 0, leads = 0;
  bool each_lead = false;
};
void Fill(const FillCommand& command);

// `wait`: until a group has committed a topic to its present end. Prints the first commit that is seen, and the last.
struct WaitCommand {
  std::string servers, topic, group;
  int64_t silence_seconds = 60;  // an error after so long without a commit
};
void WaitForGroup(const WaitCommand& command);

// `read`: topics from beginning to end, read_committed: how many records of which size, how fast.
struct ReadCommand {
  std::string servers;
  std::vector<std::string> topics;
  std::string samples;  // a file for record_samples.h; empty: none
};
void ReadTopics(const ReadCommand& command);

// `latency`: clicks at a steady rate, and when what they caused can be read. `first`: a few clicks, until something
// they caused is read.
struct ProbeCommand {
  std::string servers, topic;
  std::vector<std::string> outputs;
  double rate = 1000;
  int64_t seconds = 10;
  int64_t warm_up_seconds = 3;  // before that, not counted
  uint64_t leads = 0;           // take turns
};
void MeasureLatency(const ProbeCommand& command);

// `addresses`: clicks for `probe.leads` addresses that are leads, by turns with clicks for as many that leads on other
// partitions use, which it imports first; `probe.outputs` have changes. When the changes can be read, of both kinds.
struct AddressesCommand {
  ProbeCommand probe;
  std::string commands;  // their topic
};
void MeasureAddresses(const AddressesCommand& command);
void WaitForFirst(const ProbeCommand& command);

}  // namespace leadpulse::bench
