#include "tests/kafka/simulation.h"

#include <algorithm>
#include <tuple>

#include "tests/kafka/final_views_check.h"
#include "tests/kafka/handed_on.h"
#include "tests/kafka/shared_addresses_check.h"
#include "tests/kafka/simulation_check.h"

namespace leadpulse::testing {
namespace {

using kafka::InputTopic;

// Changes the seed, so that events draw other numbers than records do.
constexpr uint64_t kEventsSeed = 0x6576656e7473;
constexpr uint64_t kDefinitionsSeed = 0x646566696e;
constexpr uint64_t kLargestRecordsSeed = 0x6c6172676573;
constexpr uint64_t kJoinsSeed = 0x6a6f696e73;
constexpr uint64_t kStandbySeed = 0x7374616e6462;
constexpr size_t kStoryBytes = 6000;
// How often a record is held back before faults stop, and before the run fails.
constexpr int kLongHeldBack = 1000;
constexpr int kMostHeldBack = 20'000;

SimulatedClusterOptions ClusterOptions(uint64_t seed, uint32_t partitions) {
  SimulatedClusterOptions options;
  options.partitions = partitions;
  options.most_polled = seed % 3 == 0 ? 3 : 20;
  options.verifies_transactions = seed % 2 == 0;
  workload::Random random(seed ^ kLargestRecordsSeed);
  if (random.Chance(50)) options.largest_records[Topic::kDeadLetters] = static_cast<size_t>(random.Between(600, 2500));
  return options;
}

}  // namespace

Simulation::Simulation(uint64_t seed, LiveWorkload workload)
    : seed_(seed),
      workload_(std::move(workload)),
      random_(seed ^ kEventsSeed),
      clock_(workload_.begins),
      cluster_(ClusterOptions(seed, workload_.partitions), &clock_, seed),
      definitions_(&clock_, seed ^ kDefinitionsSeed) {
  definitions_.Publish(workload_.versions.front().loaded);
  PickRates();
  PickOptions();
  cluster_.set_observer(&trace_);
  cluster_.set_hook([this](const PortCall& call) { OnPortCall(call); });
  for (Place& place : places_) place.store = std::make_unique<RollbackStore>(workload_.partitions);
  workers_ = random_.Chance(50) ? 1 : 2;
  workload::Random standby(seed ^ kStandbySeed);  // its own numbers, so that the other seeds stay the same
  has_standby_ = standby.Chance(50);
  options_.standby_interval = Millis(standby.Chance(30) ? 0 : standby.Between(1, 4000));
  const auto processes = static_cast<size_t>(random_.Between(1, kPlaces));
  for (size_t i = 0; i < processes; ++i) Start(i);
}

Simulation::~Simulation() { cluster_.set_hook(nullptr); }

void Simulation::PickRates() {
  const auto pick = [&](int most) { return random_.Chance(45) ? static_cast<int>(random_.Between(1, most)) : 0; };
  ChaosRates& chaos = cluster_.chaos().rates;
  chaos.lost_requests = pick(40);
  chaos.late_requests = pick(40);
  chaos.unanswered = pick(40);
  chaos.repeated_requests = pick(60);
  chaos.given_up = static_cast<int>(random_.Between(0, 1000));
  chaos.early_send = static_cast<int>(random_.Between(0, 1000));
  chaos.unsent_batches = pick(20);
  chaos.slow_markers = pick(700);
  chaos.failed_queries = pick(60);
  chaos.failed_assignments = pick(200);
  chaos.empty_polls = pick(300);
  workload::Random joins(seed_ ^ kJoinsSeed);  // its own numbers, so that the other seeds stay the same
  if (joins.Chance(40)) chaos.repeated_joins = static_cast<int>(joins.Between(1, 500));
  chaos.longest_delay = Millis(random_.Chance(50) ? 300 : 3000);
  rates_ = {.kill = pick(12),
            .stop = pick(6),
            .scale = pick(6),
            .pause = pick(8),
            .rebalance = pick(40),
            .move_group = pick(6),
            .move_transactions = pick(6),
            .restart_broker = pick(6),
            .lose_leader = pick(6),
            .turn_back_clock = pick(20),
            .jump_ahead = pick(6),
            .compact = std::max(pick(200), pick(200)),
            .forget_offsets = pick(4),
            .delete_input = pick(10),
            .foreign_aborts = pick(20),
            .in_call = pick(20)};
  if (seed_ % 3 != 0) definitions_.failed_reads = definitions_.ended_readings = 200;
}

void Simulation::PickOptions() {
  options_.application = "leadpulse";
  options_.session_timeout = cluster_.options().session_timeout;
  options_.formats.events = options_.formats.commands = workload_.format;
  options_.input_partitioning = workload_.partitioning;
  options_.commit_interval = Millis(random_.Chance(30) ? 0 : 100);
  if (random_.Chance(30)) options_.max_epoch_records = 3;
  if (random_.Chance(20)) options_.max_epoch_bytes = 2000;
  if (random_.Chance(30)) options_.max_epoch_changes = static_cast<uint64_t>(random_.Between(1, 8));
  if (random_.Chance(30)) options_.max_epoch_timers = static_cast<uint64_t>(random_.Between(1, 3));
  if (random_.Chance(30)) options_.max_epoch_reevaluated = static_cast<uint64_t>(random_.Between(1, 3));
  if (random_.Chance(50)) options_.lead_cache_bytes = 1;
  if (random_.Chance(80)) options_.restore_bytes = random_.Chance(50) ? 1 : 2000;
  if (random_.Chance(60)) options_.leads_per_round = static_cast<size_t>(random_.Between(1, 3));
  options_.changelog_interval = Millis(random_.Chance(20) ? 0 : random_.Between(1, 3000));
  options_.profiles.interval = Millis(random_.Chance(30) ? 0 : random_.Between(1, 3000));
  options_.profiles.counts_interval = Millis(random_.Chance(30) ? 0 : random_.Between(1, 6000));
  options_.deltas_kept = Millis(random_.Between(20'000, 60'000));
  if (random_.Chance(30)) options_.unwritten_bytes = static_cast<size_t>(random_.Between(1, 2000));
  if (random_.Chance(60)) tombstones_kept_ = std::chrono::seconds(20);
  options_.tombstones_kept = tombstones_kept_;
}

void Simulation::Tell(const std::string& what) {
  ++counts_.events[what.substr(0, what.find(':'))];
  story_ += std::to_string(std::chrono::duration_cast<Millis>(now().time_since_epoch()).count()) + " " + what + "\n";
  if (story_.size() > 2 * kStoryBytes) story_.erase(0, story_.find('\n', kStoryBytes) + 1);
}

std::string Simulation::Run() {
  const size_t steps = workload_.records.size() * 4 + 200;
  for (size_t i = 0; i < steps && failure_.empty(); ++i) Step();
  while (next_record_ < workload_.records.size() && failure_.empty()) Step();
  if (failure_.empty()) Settle();
  if (!failure_.empty()) return failure_;
  const std::string problem = CheckHandedOn(this);
  if (!problem.empty() || !workload_.shares_addresses) return problem + CheckSimulation(this);
  return CheckSharedAddresses(this) + (workload_.quiet_before.empty() ? "" : CheckFinalViews(this));
}

void Simulation::Step() {
  StartDue();
  if (random_.Chance(25)) AppendSome();
  Shake();
  RunSome();
  MaybeAdvanceTime();
  Reap();
}

// ---- Input ----

void Simulation::AppendSome() {
  for (int64_t i = random_.Between(1, 6); i > 0 && next_record_ < workload_.records.size(); --i) {
    if (IsHeldBack()) return;
    Append(workload_.records[next_record_++]);
  }
}

bool Simulation::IsHeldBack() {
  if (std::ranges::binary_search(workload_.quiet_before, next_record_) && !IsEverythingApplied()) {
    if (++steps_held_back_ == kLongHeldBack) {
      Tell("faults stop");
      stopped_faults_ = {std::exchange(cluster_.chaos().rates, {}), std::exchange(rates_, {})};
    }
    if (steps_held_back_ == kMostHeldBack) failure_ = "does not apply what was written";
    return true;
  }
  steps_held_back_ = 0;
  if (stopped_faults_) std::tie(cluster_.chaos().rates, rates_) = *std::exchange(stopped_faults_, std::nullopt);
  return false;
}

void Simulation::Append(const LiveRecord& record) {
  for (; definitions_version_ < record.definitions_version; ++definitions_version_) {
    definitions_.Publish(workload_.versions[definitions_version_ + 1].loaded);
  }
  // A producer's clock is mostly right: few records come from the future.
  const Instant known = clock_.Now();
  const bool is_plausible = record.time && *record.time < workload_.begins + std::chrono::days(150);
  if (is_plausible && *record.time > known && random_.Chance(95)) {
    clock_.SetWall(*record.time + Millis(random_.Chance(50) ? 0 : random_.Below(60'000)));
  }
  const int64_t offset = cluster_.Append(record.topic, record.partition, record.key, record.value);
  appended_[{{TopicOf(record.topic), record.partition}, offset}] = &record;
  const bool is_handed_on = record.is_misplaced && workload_.partitioning == kafka::InputPartitioning::kAny;
  if (is_handed_on) ++counts_.events["record on another partition than its key's, to be handed on"];
  if (record.is_misplaced && !is_handed_on) ++counts_.events["record on another partition than its key's, refused"];
  if (record.is_elsewhere) ++counts_.events["record on another partition than its key's, of a trusted producer"];
}

// Makes a gap in the offsets of an input topic: control records, and records that committed readers do not see.
void Simulation::AbortSomethingForeign() {
  const PartitionId partition{static_cast<uint32_t>(random_.Below(workload_.partitions))};
  PartitionLog& log = cluster_.log(random_.Chance(50) ? Topic::kEvents : Topic::kCommands, partition);
  constexpr int64_t kForeigner = -1;
  const ProducerEpoch producer{kForeigner, static_cast<int32_t>(++foreign_sequence_)};
  log.AppendBatch(producer, 0, {{"key", "never committed", {}}});
  log.EndTransaction(producer, false);
}

// ---- What happens ----

void Simulation::MaybeAdvanceTime() {
  const int64_t kind = random_.Below(1000);
  if (kind < 500) cluster_.AdvanceTime(Millis(random_.Below(30)));
  if (kind >= 985) cluster_.AdvanceTime(Millis(random_.Below(4000)));
  if (kind < 3) IdleForAWhile();
}

// Lets time pass until the sessions of absent processes end and tombstones are removed.
void Simulation::IdleForAWhile() {
  Tell("idle");
  CompactAll();
  if (cluster_.AbortHanging() > 0) Tell("hanging transactions aborted");
  for (int64_t seconds = random_.Between(10, 90); seconds > 0 && failure_.empty(); --seconds) {
    cluster_.AdvanceTime(Millis(1000));
    for (size_t place = 0; place < kPlaces; ++place) {
      for (size_t member = 0; member < members(); ++member) RunWorker(place, member);
    }
    ShakeCluster();
    Reap();
    StartDue();
  }
  CompactAll();
}

// Compacts lead.state. The second of two compactions that are far enough apart removes a tombstone.
void Simulation::CompactAll() {
  if (rates_.compact == 0) return;
  for (uint32_t p = 0; p < workload_.partitions; ++p) {
    PartitionLog& log = cluster_.log(Topic::kLeadState, PartitionId{p});
    log.Compact(log.end(), now(), tombstones_kept_);
  }
}

void Simulation::Shake() {
  const auto happens = [&](int rate) { return rate > 0 && random_.Below(1000) < rate; };
  const auto place = static_cast<size_t>(random_.Below(kPlaces));
  if (random_.Chance(20)) WriteOutDue(place);
  if (happens(rates_.kill)) Kill(place);
  if (happens(rates_.stop)) Stop(place);
  if (happens(rates_.scale)) Scale();
  if (happens(rates_.pause) && At(place) != nullptr) {
    Tell("pause: " + std::to_string(place));
    places_[place].paused_until = now() + Millis(random_.Between(100, 15'000));
  }
  if (happens(rates_.turn_back_clock)) TurnBackClock();
  if (happens(rates_.jump_ahead)) JumpAhead(place);
  if (happens(rates_.foreign_aborts)) AbortSomethingForeign();
  // Not all processes get new definitions at once.
  if (places_[place].process != nullptr && random_.Chance(20)) HearDefinitions(place);
  ShakeCluster();
}

void Simulation::ShakeCluster() {
  const auto happens = [&](int rate) { return rate > 0 && random_.Below(1000) < rate; };
  const PartitionId partition{static_cast<uint32_t>(random_.Below(workload_.partitions))};
  const auto away = [&] { return Millis(random_.Between(10, 4000)); };
  if (happens(rates_.rebalance)) {
    Tell("rebalance");
    cluster_.group().Rebalance(static_cast<uint32_t>(random_.Below(6)));
  }
  if (happens(rates_.move_group)) {
    Tell("group coordinator moves");
    cluster_.group().Move(away());
  }
  if (happens(rates_.move_transactions)) {
    Tell("transaction coordinator moves");
    cluster_.transactions().Move(away());
  }
  if (happens(rates_.restart_broker)) {
    Tell("broker restarts");
    cluster_.RestartBroker(static_cast<uint32_t>(random_.Below(cluster_.options().brokers)), away());
  }
  if (happens(rates_.lose_leader)) {
    const auto topic = static_cast<Topic>(random_.Below(kTopicCount));
    Tell("leader lost: " + std::to_string(static_cast<int>(topic)) + "/" + std::to_string(partition.value));
    cluster_.LoseLeader({topic, partition}, Millis(random_.Between(100, 30'000)));
  }
  if (happens(rates_.compact)) {
    PartitionLog& log = cluster_.log(Topic::kLeadState, partition);
    Tell("compaction: " + std::to_string(partition.value));
    log.Compact(random_.Between(0, log.end()), now(), tombstones_kept_);
  }
  if (happens(rates_.forget_offsets) && !cluster_.offsets().IsUnstable(partition)) {
    Tell("offsets forgotten: " + std::to_string(partition.value));
    for (const InputTopic topic : kafka::kInputTopics) {
      cluster_.offsets().Forget(partition, topic);
    }
  }
  if (happens(rates_.delete_input)) {
    // Committed input is no longer needed.
    const GroupOffsets::Committed committed = cluster_.offsets().At(partition);
    if (committed[0]) cluster_.log(Topic::kEvents, partition).DeleteBefore(*committed[0]);
    if (committed[1]) cluster_.log(Topic::kCommands, partition).DeleteBefore(*committed[1]);
    if (committed[2]) cluster_.log(Topic::kExchange, partition).DeleteBefore(*committed[2]);
    Tell("input deleted: " + std::to_string(partition.value));
  }
}

// Reads the definitions. If that fails, the process keeps its own.
void Simulation::HearDefinitions(size_t place) {
  Place& hearing = places_[place];
  auto newest = hearing.newest_definitions->Look();
  if (!newest.ok()) return Tell("definitions not read: " + std::to_string(place));
  if (newest->has_value()) hearing.process->definitions().known = std::move(**newest);
}

void Simulation::TurnBackClock() {
  Tell("clock goes back");
  latest_wall_ = std::max(latest_wall_, clock_.Now());
  const int64_t most = tombstones_kept_ < std::chrono::hours(1) ? 500 : 600'000;
  clock_.SetWall(clock_.Now() - Millis(random_.Between(1, most)));
}

// Sets one machine's clock ahead for a while; its partitions keep that instant when the clock is set right.
void Simulation::JumpAhead(size_t place) {
  SimulatedProcess* process = At(place);
  if (process == nullptr || cluster_.IsKilled(process->number())) return;
  const Millis most = tombstones_kept_ < std::chrono::hours(1) ? Millis(500) : std::chrono::hours(72);
  if (process->skew() > most / 4) {
    Tell("clock is set right: " + std::to_string(place));
    return process->set_skew(Millis(0));
  }
  Tell("clock jumps ahead: " + std::to_string(place));
  process->set_skew(Millis(random_.Between(most.count() / 4 + 1, most.count())));
}

// Runs in the middle of some worker's call.
void Simulation::OnPortCall(const PortCall& call) {
  if (is_settling_ || depth_ >= 2 || rates_.in_call == 0 || random_.Below(1000) >= rates_.in_call) return;
  ++depth_;
  const int64_t kind = random_.Below(100);
  if (kind < 30 && rates_.kill > 0) {
    for (size_t place = 0; place < kPlaces; ++place) {
      if (At(place) != nullptr && At(place)->number() == call.client->process) Kill(place);
    }
  } else if (kind < 45) {
    Tell("time passes in a call");
    cluster_.AdvanceTime(Millis(random_.Between(1, random_.Chance(30) ? 12'000 : 500)));
  } else if (kind < 50) {
    cluster_.group().Rebalance(static_cast<uint32_t>(random_.Below(6)));
  } else {
    Tell("others run in a call");
    for (int64_t rounds = random_.Between(1, 30); rounds > 0; --rounds) RunSome();
  }
  --depth_;
}

}  // namespace leadpulse::testing
