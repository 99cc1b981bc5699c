#include "tests/kafka/moved_deployment.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "processor/kafka/repartition.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::testing {
namespace {

// Numbers of processes, above those of workers.
constexpr int kFirstCommand = 1000;
constexpr uint64_t kMostCalls = 100'000;
// Calls that change nothing.
constexpr std::array<std::string_view, 6> kReadingCalls{"Poll", "Bounds", "Start", "Read", "Committed", "Beginning"};

void CopyInputs(SteadyRun* from, SteadyRun* into) {
  for (const Topic topic : {Topic::kEvents, Topic::kCommands}) {
    for (PartitionId p; p.value < from->cluster().options().partitions; ++p.value) {
      for (const LogEntry& entry : from->cluster().log(topic, p).everything()) {
        into->cluster().Append(InputTopicOf(topic), p, entry.message.key, *entry.message.value);
      }
    }
  }
}

// Whether the first transaction, or a later one, was committed.
bool IsBegun(SteadyRun* into) {
  bool found = false;
  into->cluster().log(Topic::kLeadState, PartitionId{0}).ReadCommitted(0, 1, [&found](const LogEntry&) {
    found = true;
  });
  return found;
}

class Mover {
 public:
  Mover(SteadyRun* from, SteadyRun* into, MovedInputs inputs, MovedSecret secret)
      : from_(*from), into_(*into), secret_(std::move(secret)) {
    from_options_.application = into_options_.application = "leadpulse";
    if (inputs == MovedInputs::kAreNew) into_options_.input_topics.values[0] = "other.events";
  }

  // Gives the command. `dies_in`: which moment of a call that changes the new cluster it does not survive; 0: it does.
  Result<kafka::RepartitionOutcome> Give(uint64_t dies_in) {
    const int number = kFirstCommand + static_cast<int>(++commands_);
    uint64_t calls = 0;
    into_.cluster().set_hook([&](const PortCall& call) {
      const bool reads = std::ranges::find(kReadingCalls, call.name) != kReadingCalls.end();
      if (call.client->process == number && !reads && ++calls == dies_in) into_.cluster().Kill(number);
    });
    auto outcome = Run(number);
    into_.cluster().set_hook(nullptr);
    into_.cluster().Kill(number);
    into_.cluster().AdvanceTime(2 * into_.cluster().options().transaction_timeout);
    return outcome;
  }

  // Whether a worker ends on the new topics as they are.
  bool IsRefused() {
    const auto store = state::MakeMemoryLeadStore(into_.cluster().options().partitions, secret_.former + secret_.added);
    into_.Start(store.get());
    const bool refused = !into_.RunToRest().ok();
    return into_.Kill().ok() && refused;
  }

 private:
  Result<kafka::RepartitionOutcome> Run(int number) {
    // An earlier move to that cluster has killed processes with the numbers of commands.
    const auto from = from_.cluster().Connect({kFirstCommand + number, "", "leadpulse-0-0"});
    const auto into = into_.cluster().Connect({number, "", "leadpulse-0-0"});
    kafka::RepartitionEnvironment environment;
    environment.from = from.get();
    environment.from_options = &from_options_;
    environment.into = into.get();
    environment.into_options = &into_options_;
    environment.clock = &into_.clock();
    environment.added_erasure_keys = secret_.added;
    environment.make_store = [this](uint32_t partitions) {
      return Result(state::MakeMemoryLeadStore(partitions, secret_.former));
    };
    environment.check_stopped = [] { return Status::Ok(); };
    environment.part_records = 5;
    kafka::Repartition repartition(environment, into_.cluster().options().partitions);
    LP_RETURN_IF_ERROR(repartition.Read().status());
    return repartition.Write();
  }

  SteadyRun& from_;
  SteadyRun& into_;
  const MovedSecret secret_;
  kafka::WorkerOptions from_options_;
  kafka::WorkerOptions into_options_;
  uint64_t commands_ = 0;
};

}  // namespace

Status MoveWithKills(SteadyRun* from, SteadyRun* into, MovedInputs inputs, const MovedSecret& secret, uint64_t* kills) {
  if (inputs == MovedInputs::kStay) CopyInputs(from, into);
  Mover mover(from, into, inputs, secret);
  if (!mover.IsRefused()) return Status::Fatal("a run does not refuse topics that no leads were moved to");
  bool was_refused = false;
  for (uint64_t dies_in = 1; dies_in < kMostCalls; dies_in += 1 + dies_in / 8) {
    const auto outcome = mover.Give(dies_in);
    if (outcome.ok()) {
      if (!was_refused) return Status::Fatal("no kill left a part that a run refuses");
      LP_ASSIGN_OR_RETURN(const kafka::RepartitionOutcome again, mover.Give(0));
      const bool was_moved = again == kafka::RepartitionOutcome::kMovedBefore;
      return was_moved ? Status::Ok() : Status::Fatal("it was moved twice");
    }
    if (outcome.status().message().find("is killed") == std::string::npos) return outcome.status();
    ++*kills;
    if (!was_refused && IsBegun(into)) {
      was_refused = mover.IsRefused();
      if (!was_refused) return Status::Fatal("a run does not refuse a part of a deployment");
    }
  }
  return Status::Fatal("the command does not end");
}

}  // namespace leadpulse::testing
