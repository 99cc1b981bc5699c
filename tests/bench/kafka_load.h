// The subcommands of kafka_load, which produces the benchmark's load and reads its results: Python would be too slow.
// Each prints JSON to standard output, one line an event of interest, and exits with 1 if something fails.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leadpulse::bench {

// `create`, `delete`: several topics at once. A spec is NAME:PARTITIONS[:SETTING=VALUE[:…]]; for `delete`, a name.
struct TopicsCommand {
  std::string servers;
  std::vector<std::string> specs;
};
void CreateTopics(const TopicsCommand& command);
void DeleteTopics(const TopicsCommand& command);

// `fill`: a seeded stream of events whose time ends now; with `each_lead`, the leads take turns.
struct FillCommand {
  std::string servers, topic;
  uint64_t events = 0, leads = 0;
  bool each_lead = false;
};
void Fill(const FillCommand& command);

// `wait`: waits until a group has committed a topic to its present end. Prints the first commit it sees, and the last.
struct WaitCommand {
  std::string servers, topic, group;
  int64_t silence_seconds = 60;  // an error after this time without a commit
};
void WaitForGroup(const WaitCommand& command);

// `read`: reads topics from beginning to end, read_committed. Prints the number and size of records and the rate.
struct ReadCommand {
  std::string servers;
  std::vector<std::string> topics;
  std::string samples;  // a file for record_samples.h; empty: none
};
void ReadTopics(const ReadCommand& command);

// `latency`: sends clicks at a steady rate and measures when the changes they caused can be read. `first`: sends a few
// clicks until a change is read.
struct ProbeCommand {
  std::string servers, topic;
  std::vector<std::string> outputs;
  double rate = 1000;
  int64_t seconds = 10;
  int64_t warm_up_seconds = 3;  // not counted
  uint64_t leads = 0;           // take turns
};
void MeasureLatency(const ProbeCommand& command);

// `addresses`: sends clicks for `probe.leads` addresses that are leads, in turn with clicks for as many addresses that
// leads on other partitions use; it imports those leads first. Measures when the changes in `probe.outputs` can be
// read, for both kinds.
struct AddressesCommand {
  ProbeCommand probe;
  std::string commands;  // their topic
};
void MeasureAddresses(const AddressesCommand& command);
void WaitForFirst(const ProbeCommand& command);

}  // namespace leadpulse::bench
