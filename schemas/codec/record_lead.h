// Who a record is about: the id, the e-mail address, or both, as its producer names them.
#pragma once

#include <string>
#include <string_view>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Without an id, the normalised email is used. `address` becomes the normalised email if that is an address,
// otherwise empty. Neither view may point into the three. They are not checked against the limits of a record.
void SetLead(std::string_view lead_id, std::string_view email, std::string* lead, std::string* address,
             bool* by_address);

// The same for an Event or a Command.
template <typename Record>
void SetLead(std::string_view lead_id, std::string_view email, Record* record) {
  SetLead(lead_id, email, &record->key.lead, &record->address, &record->by_address);
}

}  // namespace leadpulse::codec
