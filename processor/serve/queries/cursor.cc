#include "processor/serve/queries/cursor.h"

#include <string_view>

#include "absl/strings/escaping.h"
#include "processor/base/ids.h"
#include "state/store/store_keys.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kFingerprintBytes = 8;

std::string Fingerprint(const v1::FindLeads& request) {
  v1::FindLeads same = request;
  same.clear_limit();
  same.clear_cursor();
  same.clear_count();
  return state::ErasureHashOf("cursor", same.SerializeAsString()).substr(0, kFingerprintBytes);
}

Status NoCursor() {
  return Status::Rejected("the cursor does not belong to this query; leave it out to begin with the first page");
}

}  // namespace

std::string WriteCursor(const query::LeadPlace& place, const v1::FindLeads& request) {
  v1::CursorPlace written;
  written.set_kind(static_cast<uint32_t>(place.order.kind));
  written.set_number(place.order.number);
  written.set_text(place.order.text);
  written.set_encoded_key(place.encoded_key);
  return absl::BytesToHexString(Fingerprint(request) + written.SerializeAsString());
}

Result<query::LeadPlace> ReadCursor(const std::string& cursor, const v1::FindLeads& request) {
  const bool is_hex = cursor.size() % 2 == 0 && cursor.find_first_not_of("0123456789abcdef") == std::string::npos;
  const std::string bytes = is_hex ? absl::HexStringToBytes(cursor) : std::string();
  v1::CursorPlace written;
  if (!bytes.starts_with(Fingerprint(request)) || !written.ParseFromString(bytes.substr(kFingerprintBytes)) ||
      written.kind() > static_cast<uint32_t>(query::OrderKey::Kind::kUnset)) {
    return NoCursor();
  }
  // A place in another tenant would start the scan among its leads.
  if (!written.encoded_key().starts_with(EncodeLeadKey({request.caller().tenant_id(), ""}))) return NoCursor();
  return query::LeadPlace{{static_cast<query::OrderKey::Kind>(written.kind()), written.number(), written.text()},
                          written.encoded_key()};
}

}  // namespace leadpulse::serve
