#include "schemas/codec/record_lead.h"

#include "processor/base/address.h"

namespace leadpulse::codec {

void SetLead(std::string_view lead_id, std::string_view email, std::string* lead, std::string* address,
             bool* by_address) {
  *by_address = lead_id.empty() && !email.empty();
  address->clear();
  if (!email.empty()) NormalizeAddress(email, address);
  lead->assign(*by_address ? std::string_view(*address) : lead_id);
  if (!IsAddress(*address)) address->clear();
}

}  // namespace leadpulse::codec
