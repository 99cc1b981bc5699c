#include "processor/maintenance/input_coverage.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "processor/files/input/input_progress.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {
namespace {

bool SameBytes(const input::InputProgress& a, const input::InputProgress& b) {
  return a.read == b.read && a.hash == b.hash;
}

// The hash of the same path up to the wanted position, if it was read further.
Status CheckBeginning(const std::string& path, const input::InputProgress& wanted, const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const input::InputFormat format, input::InputFormatOf(path));
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, format.compression, /*standard_input=*/-1));
  return input::VerifyInput(path, wanted, /*keep_tail=*/false, stop, source.get()).status();
}

}  // namespace

Result<InputPositions> ReadInputPositions(const std::string& state_directory) {
  LP_ASSIGN_OR_RETURN(auto rows, state::OpenStateRows(state_directory, state::StateAccess::kRead));
  InputPositions positions;
  Status damage;
  const auto faults = rows->Visit(state::RowFamily::kMeta, [&](std::string_view name, std::string_view value) {
    const std::optional<std::string> input = input::InputOfProgressName(name);
    if (!input) return;
    Result<input::InputProgress> progress = input::DecodeInputProgress(*input, value);
    if (progress.ok()) {
      positions.emplace(*input, *progress);
    } else {
      damage = progress.status();
    }
  });
  LP_RETURN_IF_ERROR(damage);
  if (!faults.empty()) return Status::Fatal(faults.front().subject + " cannot be read: " + faults.front().what);
  return positions;
}

Result<InputCoverage> CoverInputs(const InputPositions& wanted, const InputPositions& reached,
                                  const std::atomic<bool>& stop) {
  InputCoverage coverage;
  for (const auto& [path, progress] : wanted) {
    const auto same_path = reached.find(path);
    if (same_path != reached.end() && SameBytes(progress, same_path->second)) continue;
    if (same_path != reached.end() && same_path->second.read > progress.read) {
      LP_RETURN_IF_ERROR(CheckBeginning(path, progress, stop));
      if (stop) return InputCoverage();
      continue;
    }
    const bool elsewhere = std::ranges::any_of(
        reached, [&wanted_progress = progress](const auto& one) { return SameBytes(wanted_progress, one.second); });
    if (elsewhere || progress.read == 0) {
      coverage.elsewhere.emplace(path, progress);
    } else {
      coverage.missing.push_back(path);
    }
  }
  return coverage;
}

Status RecordPositions(const InputPositions& positions, state::LeadStore* store) {
  if (positions.empty()) return Status::Ok();
  state::EpochWrite write;
  for (const auto& [path, progress] : positions) {
    write.meta.emplace_back(input::InputProgressName(path), input::EncodeInputProgress(progress));
  }
  return store->Commit(write);
}

}  // namespace leadpulse::maintenance
