#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "config/units.h"
#include "processor/telemetry/operator_server.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/store_keys.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

namespace fs = std::filesystem;

// RocksDB keeps its tables open, and each broker is a connection of several clients.
constexpr rlim_t kGoodDescriptors = 4096;
constexpr uint64_t kGoodRoom = 1ULL << 30;
constexpr const char* kPublicSecret = "for-trying-out-only-known-to-everybody";  // config/examples/live.yaml

class MachineChecks {
 public:
  MachineChecks(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings)
      : settings_(settings), partitions_(partitions), findings_(findings), directory_(settings.state.directory) {}

  void Definitions() const;
  void Directory() const;
  void State() const;
  void Secret() const;
  void Workers() const;
  void Descriptors() const;
  void Memory() const;
  void Port() const;

 private:
  void Say(Health health, std::string check, std::string found, std::string advice = "") const {
    findings_->push_back({health, std::move(check), std::move(found), std::move(advice)});
  }
  bool HasState() const { return fs::exists(directory_ / "CURRENT", ignored_); }
  // Whether another process has the state open for writing.
  bool IsRunning() const;

  const config::Settings& settings_;
  const std::optional<uint32_t> partitions_;
  Findings* const findings_;
  const fs::path directory_;
  mutable std::error_code ignored_;
};

bool MachineChecks::IsRunning() const {
  const int file = open((directory_ / "LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(file);
  return held;
}

void MachineChecks::Definitions() const {
  if (settings_.definitions.topic) return;  // CheckTopics
  const std::string& file = settings_.definitions.file;
  const auto definitions = LoadDefinitionsFile(file, /*print_warnings=*/false);
  const Status fits = definitions == nullptr ? Status::Ok() : CheckLiveDefinitions(*definitions);
  if (definitions == nullptr) {
    Say(Health::kError, "definitions", file + " cannot be used; standard error says why", "correct it");
  } else if (!fits.ok()) {
    Say(Health::kError, "definitions", fits.message(), "make them smaller");
  } else {
    Say(Health::kOk, "definitions", file + ", version " + definitions->version);
  }
}

void MachineChecks::Directory() const {
  // What is there of its path.
  fs::path existing = fs::absolute(directory_, ignored_);
  while (!fs::exists(existing, ignored_) && existing.has_relative_path()) existing = existing.parent_path();
  const bool is_there = existing == fs::absolute(directory_, ignored_);
  if (!fs::is_directory(existing, ignored_) || access(existing.c_str(), W_OK | X_OK) != 0) {
    Say(Health::kError, "state directory", existing.string() + " cannot be written",
        "let the user of the service own it, or change state.directory");
  } else {
    Say(Health::kOk, "state directory", is_there ? directory_.string() : directory_.string() + ", made at the start");
  }
  struct statvfs disk {};
  if (statvfs(existing.c_str(), &disk) != 0) {
    return Say(Health::kNotChecked, "disk room", "the disk of " + existing.string() + " does not tell");
  }
  const uint64_t room = uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::string found = std::to_string(room >> 20) + " MiB free";
  if (room >= kGoodRoom) return Say(Health::kOk, "disk room", found);
  Say(Health::kWarning, "disk room", found + ", less than 1 GiB",
      "make room: on a full disk the run stops, and goes on from there once there is room");
}

void MachineChecks::State() const {
  if (!HasState()) {
    return Say(Health::kOk, "state", "none yet; it is made from " + settings_.kafka.topics.lead_state);
  }
  const Result<std::unique_ptr<state::LeadStore>> store = OpenAnyStateToRead(settings_.state.directory);
  if (!store.ok()) {
    return Say(Health::kError, "state", store.status().message(),
               "remove the directory while nothing runs: it is made anew from " + settings_.kafka.topics.lead_state);
  }
  if (const Status status = CheckEngine(**store); !status.ok()) {
    return Say(Health::kError, "state", status.message(), "start the version of this program that runs elsewhere");
  }
  const uint32_t has = (*store)->partition_count();
  const std::string found = "partitions: " + std::to_string(has);
  if (!partitions_.has_value()) {
    Say(Health::kNotChecked, "state partitions", found + "; those of the topics are not known");
  } else if (*partitions_ == has) {
    Say(Health::kOk, "state partitions", found);
  } else {
    Say(Health::kError, "state partitions", found + ", and the topics have " + std::to_string(*partitions_),
        "remove the directory (it is made anew from " + settings_.kafka.topics.lead_state +
            "), or give the topics that they had when it was made");
  }
}

void MachineChecks::Secret() const {
  constexpr const char* kCheck = "erasure secret";
  if (HasState()) {
    state::RocksDbOptions options;
    options.directory = settings_.state.directory;
    options.create_if_missing = false;
    options.read_only = true;
    options.erasure_secret = state::ErasureSecretFrom(settings_.state.erasure_secret.Reveal());
    const auto store = state::OpenRocksDbLeadStore(options);
    if (!store.ok() && store.status().kind() == ErrorKind::kRejected) {
      return Say(Health::kError, kCheck, store.status().message(),
                 "all processes need the one secret, for ever: put the one of before into state.erasure_secret");
    }
  }
  if (settings_.state.erasure_secret.Reveal() == kPublicSecret) {
    return Say(Health::kWarning, kCheck, "is that of the example, which everybody knows",
               "for data of real people make one of your own (openssl rand -hex 32) before the first record comes");
  }
  Say(Health::kOk, kCheck, HasState() ? "is the one that the state was made with" : "is given");
}

void MachineChecks::Workers() const {
  if (!partitions_.has_value()) return;
  const std::string found =
      "workers: " + std::to_string(settings_.workers) + ", partitions: " + std::to_string(*partitions_);
  if (settings_.workers <= *partitions_) return Say(Health::kOk, "workers", found);
  Say(Health::kWarning, "workers", found + ": some have nothing to do", "lower `workers`");
}

void MachineChecks::Descriptors() const {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return Say(Health::kNotChecked, "file descriptors", "the system does not tell");
  }
  const bool unlimited = limit.rlim_cur == RLIM_INFINITY;
  const std::string found = unlimited ? "no limit" : std::to_string(limit.rlim_cur);
  if (unlimited || limit.rlim_cur >= kGoodDescriptors) return Say(Health::kOk, "file descriptors", found);
  Say(Health::kWarning, "file descriptors", found + " for each process",
      "allow " + std::to_string(kGoodDescriptors) + " or more (ulimit -n, LimitNOFILE in the systemd unit)");
}

// The first number of a file; nothing: there is none, or it says `max`.
std::optional<uint64_t> NumberIn(const char* path, const std::string& behind) {
  std::ifstream file(path);
  std::string word;
  if (behind.empty()) {
    uint64_t number = 0;
    if (file >> number) return number;
    return std::nullopt;
  }
  while (file >> word) {
    uint64_t number = 0;
    if (word == behind && file >> number) return number;
  }
  return std::nullopt;
}

void MachineChecks::Memory() const {
  std::optional<uint64_t> there = NumberIn("/proc/meminfo", "MemTotal:");
  if (!there.has_value()) return Say(Health::kNotChecked, "memory", "the system does not tell");
  *there *= 1024;
  std::string where = "the machine has ";
  const std::optional<uint64_t> limit = NumberIn("/sys/fs/cgroup/memory.max", "");
  if (limit.has_value() && *limit < *there) {
    there = limit;
    where = "the container may use ";
  }
  const uint64_t wanted = settings_.memory;
  const std::string found =
      "up to " + std::to_string(wanted >> 20) + " MiB are wanted, " + where + std::to_string(*there >> 20) + " MiB";
  if (wanted > *there) return Say(Health::kError, "memory", found, "lower memory");
  if (wanted > *there / 4 * 3) return Say(Health::kWarning, "memory", found, "lower memory");
  Say(Health::kOk, "memory", found);
}

void MachineChecks::Port() const {
  const config::HttpSettings& http = settings_.http;
  if (!http.enabled) return Say(Health::kOk, "http port", "not used");
  const std::string place = http.address + ":" + std::to_string(http.port);
  if (IsRunning())
    return Say(Health::kNotChecked, "http port", "a process runs with this state, and may have " + place);
  telemetry::OperatorHandlers nothing;
  nothing.metrics = [] { return std::string(); };
  nothing.health = nothing.ready = [] { return Status::Ok(); };
  const auto server = telemetry::OperatorServer::Start({http.address, http.port}, std::move(nothing));
  if (server.ok()) return Say(Health::kOk, "http port", place + " is free");
  Say(Health::kError, "http port", server.status().message(), "change http.port, or end what has it");
}

}  // namespace

void CheckMachine(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings) {
  const MachineChecks checks(settings, partitions, findings);
  checks.Definitions();
  checks.Directory();
  checks.State();
  checks.Secret();
  checks.Workers();
  checks.Descriptors();
  checks.Memory();
  checks.Port();
}

}  // namespace leadpulse::tools
