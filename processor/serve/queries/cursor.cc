#include "processor/serve/queries/cursor.h"

#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "processor/base/assign_or_return.h"
#include "processor/base/ids.h"
#include "state/store/store_keys.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kFingerprintBytes = 8;

std::string Fingerprint(const std::string& query) {
  return state::ErasureHashOf("cursor", query).substr(0, kFingerprintBytes);
}

std::string QueryOf(v1::FindLeads request) {
  request.clear_count();
  request.clear_places();
  return QueryWithoutPage(std::move(request));
}

}  // namespace

Status NoCursor() {
  return Status::Rejected("the cursor does not belong to this query; leave it out to begin with the first page");
}

std::string WriteCursor(const v1::CursorPlace& place, const std::string& query) {
  return absl::BytesToHexString(Fingerprint(query) + place.SerializeAsString());
}

Result<v1::CursorPlace> ReadCursor(const std::string& cursor, const std::string& query) {
  const bool is_hex = cursor.size() % 2 == 0 && cursor.find_first_not_of("0123456789abcdef") == std::string::npos;
  const std::string bytes = is_hex ? absl::HexStringToBytes(cursor) : std::string();
  v1::CursorPlace place;
  if (!bytes.starts_with(Fingerprint(query)) || !place.ParseFromString(bytes.substr(kFingerprintBytes))) {
    return NoCursor();
  }
  return place;
}

v1::CursorPlace CursorPlaceOf(const query::LeadPlace& place) {
  v1::CursorPlace written;
  written.set_kind(static_cast<uint32_t>(place.order.kind));
  written.set_number(place.order.number);
  written.set_text(place.order.text);
  written.set_encoded_key(place.encoded_key);
  return written;
}

std::optional<query::LeadPlace> LeadPlaceOf(const v1::CursorPlace& place) {
  if (place.kind() > static_cast<uint32_t>(query::OrderKey::Kind::kUnset)) return std::nullopt;
  return query::LeadPlace{{static_cast<query::OrderKey::Kind>(place.kind()), place.number(), place.text()},
                          place.encoded_key()};
}

std::string WriteCursor(const v1::CursorPlace& place, const v1::FindLeads& request) {
  return WriteCursor(place, QueryOf(request));
}

std::string WriteCursor(const query::LeadPlace& place, const v1::FindLeads& request) {
  return WriteCursor(CursorPlaceOf(place), request);
}

Result<query::LeadPlace> ReadCursor(const std::string& cursor, const v1::FindLeads& request) {
  LP_ASSIGN_OR_RETURN(const v1::CursorPlace written, ReadCursor(cursor, QueryOf(request)));
  std::optional<query::LeadPlace> place = LeadPlaceOf(written);
  // A place in another tenant would start the scan among its leads.
  if (!place || !place->encoded_key.starts_with(EncodeLeadKey({request.caller().tenant_id(), ""}))) return NoCursor();
  return *std::move(place);
}

}  // namespace leadpulse::serve
