// The load of the Kafka benchmark and its readers: kafka_load COMMAND --servers HOST:PORT …; kafka_load.h has the
// commands.
#include "tests/bench/kafka_load.h"

#include <CLI/CLI.hpp>

using namespace leadpulse::bench;  // NOLINT(build/namespaces): a program, nothing includes it

namespace {

struct Commands {
  TopicsCommand create, remove;
  FillCommand fill;
  WaitCommand wait;
  ReadCommand read;
  ProbeCommand latency, first;
  AddressesCommand addresses;
};

template <typename Command>
CLI::App* Add(CLI::App* program, const char* name, const char* help, Command* command, void (*run)(const Command&)) {
  CLI::App* subcommand = program->add_subcommand(name, help);
  subcommand->add_option("--servers", command->servers)->required();
  subcommand->callback([command, run] { run(*command); });
  return subcommand;
}

void DeclareProbe(CLI::App* subcommand, ProbeCommand* command) {
  subcommand->add_option("--topic", command->topic)->required();
  subcommand->add_option("--output", command->outputs)->required();
  subcommand->add_option("--rate", command->rate)->check(CLI::PositiveNumber);
  subcommand->add_option("--seconds", command->seconds)->check(CLI::PositiveNumber);
  subcommand->add_option("--warm-up", command->warm_up_seconds)->check(CLI::NonNegativeNumber);
  subcommand->add_option("--leads", command->leads)->required()->check(CLI::PositiveNumber);
}

void DeclareAddresses(CLI::App* program, AddressesCommand* command) {
  CLI::App* subcommand = program->add_subcommand("addresses", "from produce to delivery, for a lead of the address");
  subcommand->add_option("--servers", command->probe.servers)->required();
  subcommand->add_option("--commands", command->commands)->required();
  DeclareProbe(subcommand, &command->probe);
  subcommand->callback([command] { MeasureAddresses(*command); });
}

void Declare(CLI::App* program, Commands* commands) {
  Add(program, "create", "create topics: NAME:PARTITIONS[:SETTING=VALUE[:...]]", &commands->create, CreateTopics)
      ->add_option("topics", commands->create.specs)
      ->required();
  Add(program, "delete", "delete topics", &commands->remove, DeleteTopics)
      ->add_option("topics", commands->remove.specs)
      ->required();

  CLI::App* fill = Add(program, "fill", "write events", &commands->fill, Fill);
  fill->add_option("--topic", commands->fill.topic)->required();
  fill->add_option("--events", commands->fill.events)->required()->check(CLI::PositiveNumber);
  fill->add_option("--leads", commands->fill.leads)->required()->check(CLI::PositiveNumber);
  fill->add_flag("--each-lead", commands->fill.each_lead);

  CLI::App* wait = Add(program, "wait", "until a group has committed all of a topic", &commands->wait, WaitForGroup);
  wait->add_option("--topic", commands->wait.topic)->required();
  wait->add_option("--group", commands->wait.group)->required();
  wait->add_option("--silence", commands->wait.silence_seconds)->check(CLI::PositiveNumber);

  CLI::App* read = Add(program, "read", "read topics to their ends", &commands->read, ReadTopics);
  read->add_option("--topic", commands->read.topics)->required();
  read->add_option("--samples", commands->read.samples);

  DeclareProbe(Add(program, "latency", "from produce to delivery", &commands->latency, MeasureLatency),
               &commands->latency);
  DeclareAddresses(program, &commands->addresses);
  DeclareProbe(Add(program, "first", "until the first delivery", &commands->first, WaitForFirst), &commands->first);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("The load of the Kafka benchmark, and what it sees.");
  program.require_subcommand(1);
  Commands commands;
  Declare(&program, &commands);
  CLI11_PARSE(program, argc, argv);
  return 0;
}
