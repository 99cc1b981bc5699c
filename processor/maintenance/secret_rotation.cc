#include "processor/maintenance/secret_rotation.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/crash_point.h"
#include "processor/engine/erasure_rotation.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/files/waiting_messages.h"
#include "processor/maintenance/state_backup.h"
#include "state/codec/lead_codec.h"
#include "state/store/state_rows.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {
namespace {

using state::RowFamily;

Status CheckMayBeRotated(const state::StateRows& rows) {
  const state::MetaReader read = state::MetaOf(rows);
  LP_ASSIGN_OR_RETURN(const bool live, engine::IsLiveState(read, rows.partition_count()));
  if (live) {
    return Status::Rejected(
        "this is a state of the live mode: a cache of the topic lead.state, which has the hashes. `leadpulse "
        "repartition` "
        "gives a deployment another secret, as REPARTITION.md says.");
  }
  LP_ASSIGN_OR_RETURN(const auto definitions, engine::ReadRunDefinitions(read));
  if (definitions) LP_RETURN_IF_ERROR(engine::CheckEngineVersion(definitions->engine_version));
  if (rows.erasure_secret().size() < state::kMostErasureKeys * state::kErasureKeyBytes) return Status::Ok();
  return Status::Rejected(
      "the secret has " + std::to_string(state::kMostErasureKeys) +
      " keys already. Rebuild the state from its history (leadpulse rebuild): it then has one of its "
      "own.");
}

Status Unreadable(const state::ReadFault& fault) {
  return Status::Fatal("nothing was changed, because " + fault.subject + " cannot be read: " + fault.what +
                       ". `leadpulse state check` says what to do.");
}

class Rotation {
 public:
  Rotation(const SecretRotationOptions& options, const state::StateRows& rows, std::string added)
      : options_(options), rows_(rows), added_(std::move(added)) {}

  // Gathers the changes.
  Status Gather() {
    LP_RETURN_IF_ERROR(Visit(RowFamily::kErased, [this](auto key, auto value) { return AddErasure(key, value); }));
    LP_RETURN_IF_ERROR(Visit(RowFamily::kLeads, [this](auto key, auto value) { return AddLead(key, value); }));
    LP_RETURN_IF_ERROR(AddMessages());
    state::AppendErasureSecret(rows_.erasure_secret() + added_, &changes_);
    result_.keys = rows_.erasure_secret().size() / state::kErasureKeyBytes + 1;
    return Status::Ok();
  }
  const std::vector<state::RowChange>& changes() const { return changes_; }
  const SecretRotation& result() const { return result_; }

 private:
  template <typename Take>
  Status Visit(RowFamily family, const Take& take) {
    Status taken;
    const std::vector<state::ReadFault> faults = rows_.Visit(family, [&](std::string_view key, std::string_view value) {
      if (taken.ok()) taken = take(key, value);
    });
    LP_RETURN_IF_ERROR(taken);
    return faults.empty() ? Status::Ok() : Unreadable(faults.front());
  }

  Status AddErasure(std::string_view key, std::string_view value) {
    std::optional<state::Erasure> erasure = state::ParseErasureRow(value);
    if (!state::IsErasureRowKey(key) || !erasure) return Unreadable({"an erasure", "its row is damaged"});
    ++result_.erasures;
    engine::RotateErasure(added_, &*erasure);
    const std::string hash = state::ErasureHashOf(added_, key.substr(key.size() - state::kErasureHashBytes));
    LP_RETURN_IF_ERROR(Add({RowFamily::kErased, std::string(key)}));
    return Add({RowFamily::kErased, state::ErasureRowKey(*state::PartitionOfRow(key), hash),
                state::ErasureRowValue(*erasure)});
  }

  Status AddLead(std::string_view row_key, std::string_view row) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(state::LeadKeyOfRow(row_key)));
    LP_ASSIGN_OR_RETURN(std::optional<std::string> rotated, engine::RotateRow(added_, key, row));
    if (!rotated) return Status::Ok();
    ++result_.leads;
    return Add({RowFamily::kLeads, std::string(row_key), *std::move(rotated)});
  }

  Status AddMessages() {
    LP_ASSIGN_OR_RETURN(const auto stored, state::MetaOf(rows_)(engine::kRunMessagesName));
    LP_ASSIGN_OR_RETURN(files::WaitingMessages waiting, files::DecodeWaiting(stored.value_or("")));
    bool any = false;
    for (files::WaitingMessage& one : waiting.messages) any = engine::RotateMessage(added_, &one.message) || any;
    if (!any) return Status::Ok();
    return Add({RowFamily::kMeta, std::string(engine::kRunMessagesName), files::EncodeWaiting(waiting)});
  }

  Status Add(state::RowChange change) {
    bytes_ += change.key.size() + (change.value ? change.value->size() : 0);
    changes_.push_back(std::move(change));
    if (bytes_ <= options_.most_bytes) return Status::Ok();
    return Status::Rejected("nothing was changed: what erasures left takes more than " +
                            std::to_string(options_.most_bytes >> 20) +
                            " MiB, the most of one commit. Rebuild the state from its history (leadpulse rebuild): it "
                            "then has a secret of its own.");
  }

  const SecretRotationOptions& options_;
  const state::StateRows& rows_;
  const std::string added_;
  std::vector<state::RowChange> changes_;
  size_t bytes_ = 0;
  SecretRotation result_;
};

// Reads back whether the state has the secret, and as many erasures as before.
Status CheckRotated(const state::StateRows& rows, uint64_t erasures) {
  uint64_t found = 0;
  const auto faults = rows.Visit(RowFamily::kErased, [&found](auto, auto) { ++found; });
  if (!faults.empty()) return Unreadable(faults.front());
  LP_ASSIGN_OR_RETURN(const auto secret, rows.Get(RowFamily::kMeta, state::kErasureSecretRow));
  if (found == erasures && secret && secret->size() > rows.erasure_secret().size()) return Status::Ok();
  return Status::Fatal("the state has other rows than were written. Restore a backup (leadpulse state restore).");
}

}  // namespace

Result<SecretRotation> RotateSecret(const SecretRotationOptions& options) {
  if (IsBackup(options.state)) {
    return Status::Rejected(options.state +
                            " is a backup, which another secret would spoil for `leadpulse state restore`. Rotate the "
                            "secret of the state, take another backup of it, and remove this one.");
  }
  LP_ASSIGN_OR_RETURN(
      const auto rows,
      state::OpenStateRows(options.state, options.dry_run ? state::StateAccess::kRead : state::StateAccess::kRepair));
  const std::vector<state::ReadFault> faults = rows->FaultsAtOpening();
  if (!faults.empty()) return Unreadable(faults.front());
  LP_RETURN_IF_ERROR(CheckMayBeRotated(*rows));
  std::optional<std::string> added = state::RandomSecret(state::kErasureKeyBytes);
  if (!added) return Status::Fatal("the system gave no random bytes for a new key. Nothing was changed.");
  Rotation rotation(options, *rows, *std::move(added));
  LP_RETURN_IF_ERROR(rotation.Gather());
  if (options.dry_run) return rotation.result();
  CrashPoint("rotation_before_write");
  LP_RETURN_IF_ERROR(rows->Write(rotation.changes()));
  CrashPoint("rotation_after_write");
  LP_RETURN_IF_ERROR(CheckRotated(*rows, rotation.result().erasures));
  return rotation.result();
}

}  // namespace leadpulse::maintenance
