#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "processor/base/open_files.h"
#include "processor/http/client.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/ports.h"
#include "processor/query/duplicates/duplicates.h"
#include "processor/query/state_access.h"
#include "processor/telemetry/operator_server.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/state_directory.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/live/schema_registry.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

namespace fs = std::filesystem;

// RocksDB keeps its tables open, and each broker is a connection of several clients.
constexpr uint64_t kGoodDescriptors = 4096;
constexpr uint64_t kGoodRoom = 1ULL << 30;
constexpr const char* kPublicSecret = "for-trying-out-only-known-to-everybody";  // config/examples/live.yaml

bool HasState(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "CURRENT", ignored);
}

void CheckDefinitions(const config::Settings& settings, Findings* findings) {
  if (settings.definitions.topic) return;  // CheckTopics
  const std::string& file = settings.definitions.file;
  const auto definitions = LoadDefinitionsFile(file, /*print_warnings=*/false);
  const Status fits =
      definitions == nullptr ? Status::Ok() : CheckLiveDefinitions(*definitions, settings.input_partitioning);
  if (definitions == nullptr) {
    findings->Add(Health::kError, "definitions", file + " cannot be used; standard error says why", "correct it");
  } else if (!fits.ok()) {
    findings->Add(Health::kError, "definitions", fits.message(), "make them smaller, or do what it says");
  } else {
    findings->Add(Health::kOk, "definitions", file + ", version " + definitions->version);
  }
}

void CheckRegistry(const config::Settings& settings, Findings* findings) {
  const std::string& url = settings.formats.schema_registry.url;
  if (url.empty()) return;
  const std::atomic<bool> stop = false;
  const Status answers = CheckSchemaRegistry(settings.formats, settings.kafka.topics, stop);
  if (answers.ok()) return findings->Add(Health::kOk, "schema registry", http::ShownAddress(url) + " answers");
  findings->Add(Health::kError, "schema registry", answers.message(),
                "a run does not start without it: do what it says");
}

void CheckDirectory(const fs::path& directory, Findings* findings) {
  std::error_code ignored;
  // The deepest existing folder of its path.
  fs::path existing = fs::absolute(directory, ignored);
  while (!fs::exists(existing, ignored) && existing.has_relative_path()) existing = existing.parent_path();
  const bool is_there = existing == fs::absolute(directory, ignored);
  if (!fs::is_directory(existing, ignored) || ::access(existing.c_str(), W_OK | X_OK) != 0) {
    findings->Add(Health::kError, "state directory", existing.string() + " cannot be written",
                  "let the user of the service own it, or change state.directory");
  } else {
    findings->Add(Health::kOk, "state directory",
                  is_there ? directory.string() : directory.string() + ", made at the start");
  }
  struct statvfs disk {};
  if (statvfs(existing.c_str(), &disk) != 0) {
    return findings->Add(Health::kNotChecked, "disk room", "the disk of " + existing.string() + " does not tell");
  }
  const uint64_t room = uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::string found = std::to_string(room >> 20) + " MiB free";
  if (room >= kGoodRoom) return findings->Add(Health::kOk, "disk room", found);
  findings->Add(Health::kWarning, "disk room", found + ", less than 1 GiB",
                "make room: on a full disk the run stops, and goes on from there once there is room");
}

Result<query::AddressCounts> CountAddressesIn(const state::LeadReader& store) {
  // The running process itself warns of a rollout or a missing restore.
  LP_ASSIGN_OR_RETURN(const auto definitions, query::DefinitionsInState(store, [](const std::string&) {}));
  LP_ASSIGN_OR_RETURN(const Instant clock, query::ClockOfState(store));
  WorkerPool pool(query::WorkersFor(store));
  return query::CountAddresses(store, *definitions, clock, &pool);
}

// Checks the leads in this machine's state. Only reads it: no process must run, and none is asked.
void CheckAddresses(const state::LeadReader& store, const std::string& directory, Findings* findings) {
  constexpr const char* kCheck = "shared addresses";
  const Result<query::AddressCounts> counts = CountAddressesIn(store);
  if (!counts.ok()) return findings->Add(Health::kNotChecked, kCheck, counts.status().message());
  std::string found = "addresses: " + std::to_string(counts->shared) +
                      ", leads that share them: " + std::to_string(counts->sharing) +
                      ", of these sendable: " + std::to_string(counts->sendable);
  if (counts->absent > 0) found += ", in no partition of this state: " + std::to_string(counts->absent);
  found += "; hidden mailboxes: " + std::to_string(counts->hidden_mailboxes) +
           "; leads beyond 1,000 of an address: " + std::to_string(counts->without_room);
  if (counts->suppressed > 0) found += "; leads in suppressed domains: " + std::to_string(counts->suppressed);
  const auto held = query::PartitionsInState(store);
  if (held.ok() && held->size() < store.partition_count()) {
    found += " (" + std::to_string(held->size()) + " of " + std::to_string(store.partition_count()) + " partitions)";
  }
  if (counts->without_room == 0) return findings->Add(Health::kOk, kCheck, found);
  findings->Add(Health::kWarning, kCheck, found + ", which nothing that is reported for it reaches",
                "find the address with `leadpulse duplicates --state " + directory +
                    "`; it is probably a placeholder: take it out of these leads' attribute email");
}

void CheckState(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings) {
  if (!HasState(settings.state.directory)) {
    return findings->Add(Health::kOk, "state", "none yet; it is made from " + settings.kafka.topics.lead_state);
  }
  const Result<std::unique_ptr<state::LeadStore>> store =
      query::OpenAnyStateToRead(settings.state.directory, PrintWarning);
  if (!store.ok()) {
    return findings->Add(
        Health::kError, "state", store.status().message(),
        "remove the directory while nothing runs: it is rebuilt from " + settings.kafka.topics.lead_state);
  }
  if (const Status status = query::CheckEngine(**store); !status.ok()) {
    return findings->Add(Health::kError, "state", status.message(),
                         "start the version of this program that runs elsewhere");
  }
  CheckAddresses(**store, settings.state.directory, findings);
  const uint32_t has = (*store)->partition_count();
  const std::string found = "partitions: " + std::to_string(has);
  if (!partitions.has_value()) {
    findings->Add(Health::kNotChecked, "state partitions", found + "; those of the topics are not known");
  } else if (*partitions == has) {
    findings->Add(Health::kOk, "state partitions", found);
  } else {
    findings->Add(
        Health::kError, "state partitions", found + ", and the topics have " + std::to_string(*partitions),
        std::string(kafka::kAfterPartitionsWereAdded) + ". If the directory is another deployment's, use an empty one");
  }
}

void CheckSecret(const config::StateSettings& settings, Findings* findings) {
  constexpr const char* kCheck = "erasure secret";
  if (HasState(settings.directory)) {
    state::RocksDbOptions options;
    options.directory = settings.directory;
    options.create_if_missing = false;
    options.read_only = true;
    options.erasure_secret = kafka::ErasureSecretOf(settings);
    const auto store = state::OpenRocksDbLeadStore(options);
    if (!store.ok() && store.status().kind() == ErrorKind::kRejected) {
      return findings->Add(Health::kError, kCheck, store.status().message(),
                           "put the one of before into state.erasure_secret; to change it, `leadpulse repartition` "
                           "moves the deployment");
    }
  }
  if (settings.erasure_secret.Reveal() == kPublicSecret) {
    return findings->Add(
        Health::kWarning, kCheck, "is that of the example, which everybody knows",
        "for data of real people make one of your own (openssl rand -hex 32) before the first record comes");
  }
  findings->Add(Health::kOk, kCheck,
                HasState(settings.directory) ? "is the one that the state was made with" : "is given");
}

void CheckWorkers(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings) {
  if (!partitions.has_value()) return;
  const std::string found =
      "workers: " + std::to_string(settings.workers) + ", partitions: " + std::to_string(*partitions);
  if (settings.workers <= *partitions) return findings->Add(Health::kOk, "workers", found);
  findings->Add(Health::kWarning, "workers", found + ": some have nothing to do", "lower `workers`");
}

void CheckDescriptors(Findings* findings) {
  const uint64_t limit = OpenFileLimit();
  const std::string found = limit == RLIM_INFINITY ? "no limit" : std::to_string(limit);
  if (limit >= kGoodDescriptors) return findings->Add(Health::kOk, "file descriptors", found);
  findings->Add(Health::kWarning, "file descriptors", found + " for each process",
                "allow " + std::to_string(kGoodDescriptors) + " or more (ulimit -n, LimitNOFILE in the systemd unit)");
}

// Returns the number after the word `behind` in a file, or its first word; nullopt if there is no such number.
std::optional<uint64_t> NumberIn(const char* path, const std::string& behind) {
  std::ifstream file(path);
  for (std::string word; word != behind && file >> word;) {
  }
  uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

void CheckMemory(uint64_t wanted, Findings* findings) {
  std::optional<uint64_t> there = NumberIn("/proc/meminfo", "MemTotal:");
  if (!there.has_value()) return findings->Add(Health::kNotChecked, "memory", "the system does not tell");
  *there *= 1024;
  std::string where = "the machine has ";
  const std::optional<uint64_t> limit = NumberIn("/sys/fs/cgroup/memory.max", "");
  if (limit.has_value() && *limit < *there) {
    there = limit;
    where = "the container may use ";
  }
  const std::string found =
      "up to " + std::to_string(wanted >> 20) + " MiB are wanted, " + where + std::to_string(*there >> 20) + " MiB";
  if (wanted > *there) return findings->Add(Health::kError, "memory", found, "lower memory");
  if (wanted > *there / 4 * 3) return findings->Add(Health::kWarning, "memory", found, "lower memory");
  findings->Add(Health::kOk, "memory", found);
}

void CheckPort(const config::Settings& settings, Findings* findings) {
  const config::HttpSettings& http = settings.http;
  if (!http.enabled) return findings->Add(Health::kOk, "http port", "not used");
  const std::string place = http.address + ":" + std::to_string(http.port);
  if (state::StateIsInUse(settings.state.directory))
    return findings->Add(Health::kNotChecked, "http port", "a process runs with this state, and may have " + place);
  telemetry::OperatorHandlers nothing;
  nothing.metrics = [] { return std::string(); };
  nothing.health = nothing.ready = [] { return Status::Ok(); };
  const auto server = telemetry::OperatorServer::Start({http.address, http.port}, std::move(nothing));
  if (server.ok()) return findings->Add(Health::kOk, "http port", place + " is free");
  findings->Add(Health::kError, "http port", server.status().message(), "change http.port, or end what has it");
}

}  // namespace

void CheckMachine(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings) {
  CheckDefinitions(settings, findings);
  CheckRegistry(settings, findings);
  CheckDirectory(settings.state.directory, findings);
  CheckState(settings, partitions, findings);
  CheckSecret(settings.state, findings);
  CheckWorkers(settings, partitions, findings);
  CheckDescriptors(findings);
  CheckMemory(settings.memory, findings);
  CheckPort(settings, findings);
}

}  // namespace leadpulse::tools
