// Workers on a simulated Kafka with all kinds of faults: one seed is one run.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/kafka/live_workload.h"
#include "tests/kafka/simulated_definitions.h"
#include "tests/kafka/simulated_process.h"
#include "tests/kafka/simulation_trace.h"
#include "tests/support/kafka/simulated_cluster.h"
#include "tests/support/rollback_store.h"

namespace leadpulse::testing {

// How often each fault occurs in a thousand steps or port calls. Each seed has a mixture of its own with many zeros: a
// fault that never occurs alone hides its effect.
struct FaultRates {
  int kill = 0;
  int stop = 0;  // in order, and started again
  int scale = 0;
  int pause = 0;
  int rebalance = 0;
  int move_group = 0;
  int move_transactions = 0;
  int restart_broker = 0;
  int lose_leader = 0;
  int turn_back_clock = 0;
  int jump_ahead = 0;
  int compact = 0;
  int forget_offsets = 0;
  int delete_input = 0;
  int foreign_aborts = 0;  // in the input topics, by other producers
  int in_call = 0;         // something happens in the middle of port calls
};

// The number of each fault in a run.
struct SimulationCounts {
  std::map<std::string, uint64_t> events;
  void Add(const SimulationCounts& other) {
    for (const auto& [name, count] : other.events) events[name] += count;
  }
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : Simulation(seed, MakeLiveWorkload(seed)) {}
  Simulation(uint64_t seed, LiveWorkload workload);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Returns the error, or an empty text.
  std::string Run();

  const SimulationCounts& counts() const { return counts_; }
  // Adds a checker's observations.
  void AddToCounts(const std::string& name, uint64_t count) { counts_.events[name] += count; }
  // Returns the last events, for a run that failed.
  const std::string& story() const { return story_; }

  // Returns the workload, for checkers.
  const LiveWorkload& workload() const { return workload_; }
  SimulatedCluster& cluster() { return cluster_; }
  SimulationTrace& trace() { return trace_; }
  Instant final_clock() const { return final_clock_; }
  // Returns the store of a running process; null if it does not run.
  RollbackStore* StoreOf(const ClientName& name) const;
  // Returns the stores of the running processes whose standby has copied the partition.
  std::vector<RollbackStore*> CopiesOf(PartitionId partition);
  // Returns the workload's record at that offset; null if it is another program's.
  const LiveRecord* RecordAt(const LogId& log, int64_t offset) const;

 private:
  static constexpr size_t kPlaces = 3;

  // A machine: the parts that outlive its process.
  struct Place {
    std::unique_ptr<RollbackStore> store;
    std::unique_ptr<SimulatedProcess> process;                     // null: no process runs
    std::unique_ptr<kafka::NewestDefinitions> newest_definitions;  // the process's reader of definitions
    std::optional<Agenda::Time> down_until;                        // set: the process will be started again
    Agenda::Time paused_until;
    bool is_stopping = false;  // its workers no longer run
  };

  void PickRates();
  void PickOptions();

  void Step();
  void AppendSome();
  void Append(const LiveRecord& record);
  // Whether the next record must wait until the earlier ones are applied. If that takes long, faults pause meanwhile.
  bool IsHeldBack();
  void HearDefinitions(size_t place);
  void AbortSomethingForeign();
  void MaybeAdvanceTime();
  void IdleForAWhile();
  void CompactAll();
  void Shake();
  void ShakeCluster();
  void TurnBackClock();
  void JumpAhead(size_t place);

  // Processes.
  void StartDue();
  void Start(size_t place);
  void Kill(size_t place);
  void Stop(size_t place);
  void Scale();
  void Reap();
  void TakeDown(size_t place);
  void Count(const SimulatedProcess& process);
  void LoseSomeOfStore(Place* place);
  void RunSome();
  bool RunWorker(size_t place, size_t worker);
  void Note(size_t place, const Status& status);
  void NoteStandby(size_t place, const Status& status);

  void OnPortCall(const PortCall& call);
  void Settle();
  void Copy();
  bool IsQuiet();
  // Whether all input and all messages are committed, and no transaction is open.
  bool IsEverythingApplied();
  bool HasOpenTransaction();
  int64_t Written();
  SimulatedProcess* At(size_t place) const { return places_[place].process.get(); }
  bool CanRun(size_t place) const;
  void WriteOutDue(size_t place);
  Agenda::Time now() { return cluster_.agenda().now(); }
  void Tell(const std::string& what);

  const uint64_t seed_;
  const LiveWorkload workload_;
  workload::Random random_;
  SimulatedClock clock_;
  SimulatedCluster cluster_;
  SimulationTrace trace_;
  FaultRates rates_;
  kafka::WorkerOptions options_;
  size_t workers_ = 1;  // in each process
  bool has_standby_ = false;
  // Returns the number of workers and standbys of each process.
  size_t members() const { return workers_ + (has_standby_ ? 1 : 0); }
  // If it is short, clocks are only slightly wrong, because workers decide by the wall clock what is safe.
  Millis tombstones_kept_ = std::chrono::hours(24);

  std::array<Place, kPlaces> places_;
  int last_number_ = 0;
  int depth_ = 0;  // port calls in whose middle something happens
  size_t next_record_ = 0;
  int steps_held_back_ = 0;
  std::optional<std::pair<ChaosRates, FaultRates>> stopped_faults_;
  size_t definitions_version_ = 0;  // the last published one
  SimulatedDefinitions definitions_;
  std::map<std::pair<LogId, int64_t>, const LiveRecord*> appended_;
  int64_t foreign_sequence_ = 0;
  Instant latest_wall_ = Instant::DistantPast();  // on any machine
  Instant final_clock_;
  bool is_settling_ = false;

  std::string failure_;
  SimulationCounts counts_;
  std::string story_;
};

}  // namespace leadpulse::testing
