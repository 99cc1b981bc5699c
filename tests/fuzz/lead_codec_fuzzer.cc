// The stored form of leads and journals: any bytes, no crash. What is accepted can be written and read again.
#include <cstdint>
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
  Result<state::Lead> lead = state::DecodeLead(kKey, bytes);
  if (!lead.ok()) return;
  Result<state::Lead> again = state::DecodeLead(kKey, state::EncodeLead(*lead));
  LP_ASSERT(again.ok());
}

void TryJournal(std::string_view bytes) {
  auto entries = state::DecodeJournal(bytes);
  if (!entries.ok()) return;
  auto again = state::DecodeJournal(state::EncodeJournal(*entries));
  LP_ASSERT(again.ok() && again->size() == entries->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TryLead(bytes);
  TryLead(state::SealLeadBody(kKey, bytes));
  TryJournal(bytes);
  return 0;
}
