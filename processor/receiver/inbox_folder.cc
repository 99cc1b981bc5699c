#include "processor/receiver/inbox_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "processor/base/durability.h"
#include "processor/receiver/journal_copy.h"

namespace leadpulse::receiver {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSegment = ".jsonl";
constexpr std::string_view kJournal = ".jsonl.open";
constexpr size_t kLeastDigits = 6;  // so that names order as numbers for the first million

// Nothing: `name` is no number with that ending.
std::optional<uint64_t> NumberOf(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending)) return std::nullopt;
  name.remove_suffix(ending.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool all = error == std::errc() && end == name.data() + name.size();
  return all && name.size() >= kLeastDigits ? std::optional<uint64_t>(number) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<InboxFolder>> InboxFolder::Open(const std::string& path) {
  LP_RETURN_IF_ERROR(CreateDirectory(path));
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileFailure("folder " + path, "opened");
  std::unique_ptr<InboxFolder> folder(new InboxFolder(path, descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Status::Retriable("another receiver writes into " + path + "; give each a folder of its own");
  }
  LP_RETURN_IF_ERROR(folder->EndLeftovers());
  return folder;
}

InboxFolder::~InboxFolder() { close(descriptor_); }

Status InboxFolder::EndLeftovers() {
  std::vector<uint64_t> left;
  std::error_code error;
  for (fs::directory_iterator each(path_, error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (const auto number = NumberOf(name, kSegment)) last_number_ = std::max(last_number_, *number);
    if (const auto number = NumberOf(name, kJournal)) left.push_back(*number);
  }
  if (error) return Status::Fatal("folder " + path_ + " cannot be read: " + error.message());
  for (const uint64_t number : left) {
    last_number_ = std::max(last_number_, number);
    const SegmentPaths paths = PathsOf(number);
    LP_RETURN_IF_ERROR(CopyJournal(paths.journal, paths.segment));
    LP_RETURN_IF_ERROR(EndSegment(paths));
  }
  return Status::Ok();
}

SegmentPaths InboxFolder::PathsOf(uint64_t number) const {
  const std::string digits = std::to_string(number);
  const std::string zeros(kLeastDigits - std::min(kLeastDigits, digits.size()), '0');
  const std::string stem = path_ + "/" + zeros + digits;
  return {stem + std::string(kSegment), stem + std::string(kJournal)};
}

SegmentPaths InboxFolder::NextSegment() { return PathsOf(++last_number_); }

Status InboxFolder::EndSegment(const SegmentPaths& paths) {
  // The segment's name first: while the journal is there, it can be made anew.
  LP_RETURN_IF_ERROR(SyncDirectory(path_));
  if (unlink(paths.journal.c_str()) != 0) return FileFailure(paths.journal, "removed");
  return SyncDirectory(path_);
}

Result<std::string> InboxFolder::QuarantineFile() const {
  LP_RETURN_IF_ERROR(CreateDirectory(path_ + "/aside"));
  return path_ + "/aside/kept.jsonl";
}

}  // namespace leadpulse::receiver
