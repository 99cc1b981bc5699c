#include "processor/maintenance/state_problem.h"

#include <array>
#include <optional>

#include "absl/strings/escaping.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {

std::string DescribeLead(const LeadKey& key) {
  std::string text = "lead ";
  AppendJsonString(key.lead, &text);
  text += " of tenant ";
  AppendJsonString(key.tenant, &text);
  return text;
}

std::string DescribeRow(state::RowFamily family, std::string_view row_key) {
  return Concat({"row of `", state::RowFamilyName(family), "` with the key ",
                 absl::BytesToHexString(absl::string_view(row_key.data(), row_key.size()))});
}

const char* ProblemName(ProblemKind kind) {
  static constexpr std::array<const char*, static_cast<size_t>(ProblemKind::kCount)> kNames = {
      "cannot_be_opened",     "damaged_file",       "unreadable_rows",
      "unreadable_meta",      "unknown_meta",       "unreadable_definitions",
      "unreadable_lead",      "misplaced_lead",     "erased_lead_held",
      "unknown_definitions",  "wrong_view",         "wrong_next_flip",
      "missing_timer",        "wrong_timer",        "orphan_timer",
      "unreadable_timer",     "unreadable_erasure", "missing_mailbox",
      "forgotten_user",       "unknown_user",       "wrong_user_facts",
      "wrong_standing",       "orphan_published",   "unreadable_published",
      "unreadable_day_counts"};
  return kNames[static_cast<size_t>(kind)];
}

std::vector<state::RowChange> ReplaceLead(PartitionId partition, const state::Lead& lead, Instant former_timer) {
  using state::RowFamily;
  const std::string key = EncodeLeadKey(lead.key);
  std::vector<state::RowChange> changes{
      {RowFamily::kLeads, state::LeadRowKey(partition, key), state::EncodeLead(lead)}};
  if (former_timer != Instant::Never()) {
    changes.push_back({RowFamily::kTimers, state::TimerRowKey(partition, former_timer, key), std::nullopt});
  }
  if (lead.next_change_at != Instant::Never()) {
    changes.push_back({RowFamily::kTimers, state::TimerRowKey(partition, lead.next_change_at, key), ""});
  }
  return changes;
}

}  // namespace leadpulse::maintenance
