#include <sys/statvfs.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "processor/base/clock.h"
#include "processor/serve/access/private_file.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/runs/run_client.h"
#include "tools/leadpulse/doctor/doctor_checks.h"

namespace leadpulse::tools {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFrontRoom = 256ULL << 20;

void CheckFiles(const std::string& front, Findings* findings) {
  constexpr std::pair<const char*, const char*> kFiles[] = {
      {"serve.db", "`leadpulse serve init` makes one"},
      {"serve.key", "restore it from a copy, together with serve.db"},
      {"link.keys", "restore it from a copy"}};
  for (const auto& [name, advice] : kFiles) {
    const std::string path = (fs::path(front) / name).string();
    const Status status = access::CheckPrivateFile(path, advice);
    // The first start creates it.
    std::error_code ignored;
    if (name == std::string("link.keys") && !fs::exists(path, ignored)) continue;
    if (!status.ok()) return findings->Add(Health::kError, "front", status.message(), "do what it says");
  }
  findings->Add(Health::kOk, "front", front);
}

void CheckFrontRoom(const std::string& front, Findings* findings) {
  struct statvfs disk {};
  if (statvfs(front.c_str(), &disk) != 0)
    return findings->Add(Health::kNotChecked, "front's disk", front + " cannot be read");
  const uint64_t room = uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::string found = std::to_string(room >> 20) + " MiB are free";
  if (room >= kFrontRoom) return findings->Add(Health::kOk, "front's disk", found);
  findings->Add(Health::kWarning, "front's disk", found, "make room: writes need it, and get 503 without");
}

// Returns the advice if the run does not answer, and the consequences until then.
std::string AdviceAbout(const serve::RunAddress& run, bool is_one_of_several) {
  std::string start = "start it, as the user whose state it is";
  if (run.socket.empty()) {
    start =
        "start it with queries.enabled; see that address, token and certificates are those of its settings (queries)";
  }
  return start +
         (is_one_of_several
              ? "; until then its contacts are missing in lists, and get 503, unless other runs have its partitions"
              : "; until then reads come from its state, and writes get 503");
}

// Checks one run. `inbox`: the inbox's name in positions.
void CheckRun(const serve::RunAddress& address, const FrontPlace& place, const std::string& inbox, Findings* findings) {
  const SystemClock clock;
  const std::atomic<bool> stop = false;
  serve::RunClient run({address}, stop);
  const std::string at = " at " + address.Shown();
  if (const auto answered = run.Outcomes({}); !answered.ok()) {
    findings->Add(Health::kError, "run", "no run answers" + at + ": " + answered.status().message(),
                  AdviceAbout(address, place.runs.size() > 1));
    return findings->Add(Health::kNotChecked, "inbox", "no run answers" + at);
  }
  findings->Add(Health::kOk, "run", "answers" + at);
  if (serve::InboxCheck(inbox, &run, &clock).IsFollowed() == true) {
    return findings->Add(Health::kOk, "inbox", "the run" + at + " reads " + place.inbox);
  }
  findings->Add(Health::kError, "inbox", "the run" + at + " does not read " + place.inbox, serve::kFollowTheInbox);
}

}  // namespace

void CheckFront(const FrontPlace& place, Findings* findings) {
  CheckFiles(place.front, findings);
  CheckFrontRoom(place.front, findings);
  std::error_code error;
  // A folder is identified by its absolute path. No run follows a missing one.
  const fs::path folder =
      place.inbox.starts_with('/') || place.is_topic ? fs::path(place.inbox) : fs::canonical(place.inbox, error);
  for (const serve::RunAddress& run : place.runs) CheckRun(run, place, error ? place.inbox : folder.string(), findings);
}

}  // namespace leadpulse::tools
