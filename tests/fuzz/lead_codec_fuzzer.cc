// The stored form of leads and journals: any bytes never crash. Accepted bytes have one form: written, read and written
// again they are the same.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "processor/base/assert.h"
#include "state/codec/journal_codec.h"
#include "state/codec/lead_codec.h"
#include "state/codec/row_form.h"
#include "tests/support/row_examples.h"

using leadpulse::LeadKey;
using leadpulse::Result;
namespace state = leadpulse::state;

namespace {

const LeadKey kKey{"acme", "ann@example.com"};

void TryLead(std::string_view bytes) {
  const Result<state::Lead> lead = state::DecodeLead(kKey, bytes);
  state::Lead only_lead;
  only_lead.key = kKey;
  const Result<bool> is_lead = state::LeadDecoder().DecodeIfLead(bytes, &only_lead);
  if (lead.ok()) LP_ASSERT(is_lead.ok() && *is_lead == lead->is_lead());
  if (!lead.ok()) {
    LP_ASSERT(!is_lead.ok() || !*is_lead);
    LP_ASSERT(lead.status().message().find(kKey.lead) != std::string::npos);
    return;
  }
  const std::string written = state::EncodeLead(*lead);
  const Result<state::Lead> again = state::DecodeLead(kKey, written);
  LP_ASSERT(again.ok());
  LP_ASSERT(state::EncodeLead(*again) == written);
  LP_ASSERT(again->journal.entries().size() == lead->journal.entries().size());
  // Under another lead's key the same bytes are invalid.
  LP_ASSERT(!state::DecodeLead({"acme", "bob@example.com"}, written).ok());
}

// Checks that any appends to any row decode alike, joined at once or one after the other, or not at all.
void TryAppends(std::string_view row, std::string_view first, std::string_view second) {
  std::string in_turn(row);
  state::AppendToRow(first, &in_turn);
  state::AppendToRow(second, &in_turn);
  const std::array<std::string_view, 2> appends{first, second};
  std::string at_once;
  state::JoinRow(row, appends, &at_once);
  const Result<state::Lead> a = state::DecodeLead(kKey, in_turn);
  const Result<state::Lead> b = state::DecodeLead(kKey, at_once);
  if (a.ok() && b.ok()) LP_ASSERT(state::EncodeLead(*a) == state::EncodeLead(*b));
  std::string joined;
  if (!state::JoinAppends(appends, &joined)) return;
  const std::string_view one = joined;
  std::string again;
  state::JoinRow(row, std::span(&one, 1), &again);
  LP_ASSERT(again == at_once || !state::FrontSize(row));
}

void TryJournal(std::string_view bytes) {
  const auto entries = state::DecodeJournal(bytes);
  if (!entries.ok()) return;
  const std::string written = state::EncodeJournal(state::Journal(*entries, {}).entries());
  const auto again = state::DecodeJournal(written);
  LP_ASSERT(again.ok() && again->size() == entries->size());
  LP_ASSERT(state::EncodeJournal(state::Journal(*again, {}).entries()) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TryLead(bytes);
  TryLead(leadpulse::testing::SealLeadBody(kKey, bytes));
  TryLead(leadpulse::testing::SealFirstVersion(kKey, bytes));
  const size_t third = size / 3;
  TryAppends(bytes.substr(0, third), bytes.substr(third, third), bytes.substr(2 * third));
  TryJournal(bytes);
  return 0;
}
