// The stored form of leads and journals: any bytes, no crash. What is accepted has one form: written, read and written
// again it is the same bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/assert.h"
#include "state/journal_codec.h"
#include "state/lead_codec.h"

using leadpulse::LeadKey;
using leadpulse::Result;
namespace state = leadpulse::state;

namespace {

const LeadKey kKey{"acme", "ann@example.com"};

void TryLead(std::string_view bytes) {
  const Result<state::Lead> lead = state::DecodeLead(kKey, bytes);
  if (!lead.ok()) {
    LP_ASSERT(lead.status().message().find(kKey.lead) != std::string::npos);
    return;
  }
  const std::string written = state::EncodeLead(*lead);
  const Result<state::Lead> again = state::DecodeLead(kKey, written);
  LP_ASSERT(again.ok());
  LP_ASSERT(state::EncodeLead(*again) == written);
  LP_ASSERT(again->journal.entries().size() == lead->journal.entries().size());
  // Under another lead's key the same bytes are damaged.
  LP_ASSERT(!state::DecodeLead({"acme", "bob@example.com"}, written).ok());
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
  TryLead(state::SealLeadBody(kKey, bytes));
  TryJournal(bytes);
  return 0;
}
