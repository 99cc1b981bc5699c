#include "processor/serve/queries/cursor.h"

#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "processor/base/ids.h"
#include "state/store/store_keys.h"

namespace leadpulse::serve {
namespace {

// The version before the digits of a cursor. Raise it with every change of their format.
constexpr std::string_view kVersion = "2";
constexpr char kAfterVersion = '-';
constexpr size_t kFingerprintBytes = 8;

std::string Fingerprint(const std::string& text) {
  return state::KeyedHash("cursor", text).substr(0, kFingerprintBytes);
}

std::string QueryOf(v1::FindLeads request) {
  request.clear_count();
  request.clear_estimate();
  request.clear_patience_ms();
  if (request.format().empty()) request.clear_columns();  // each page may show others
  return QueryWithoutPage(std::move(request));
}

// Returns the definitions' order of a column's values; empty if they have none.
std::string OrderingOf(const query::Column& column, const config::TenantDefinitions& definitions) {
  const auto* field = std::get_if<rules::Field>(&column.what);
  if (field == nullptr) return {};
  const auto* built_in = std::get_if<rules::BuiltIn>(&field->name);
  std::string ordering;
  if (built_in != nullptr) {
    if (*built_in != rules::BuiltIn::kTier) return {};
    for (const config::Tier& tier : definitions.tiers) ordering += tier.name + '\0';
    return ordering;
  }
  const auto declared = definitions.fields.find(std::get<std::string>(field->name));
  return declared == definitions.fields.end() ? "" : std::to_string(static_cast<int>(declared->second));
}

std::string OrderingOf(const query::LeadsQuery& query, const config::TenantDefinitions& definitions) {
  if (!query.order) return {};
  std::string ordering = OrderingOf(query.order->column, definitions);
  for (const query::LeadOrder& order : query.further_orders) ordering += '\1' + OrderingOf(order.column, definitions);
  return Fingerprint(ordering);
}

template <typename Written>
void Write(const query::OrderKey& key, Written* written) {
  written->set_kind(static_cast<uint32_t>(key.kind));
  written->set_number(key.number);
  written->set_text(key.text);
}

template <typename Written>
std::optional<query::OrderKey> Read(const Written& written) {
  if (written.kind() > static_cast<uint32_t>(query::OrderKey::Kind::kUnset)) return std::nullopt;
  return query::OrderKey{static_cast<query::OrderKey::Kind>(written.kind()), written.number(), written.text()};
}

}  // namespace

Status NoCursor() {
  return Status::Rejected("the cursor does not belong to this query; leave it out to begin with the first page");
}

Status CursorTooOld() {
  return Status::Rejected("the cursor is too old; leave it out to begin with the first page again");
}

bool IsTooOld(const Status& status) { return !status.ok() && status.message() == CursorTooOld().message(); }

std::optional<v1::QueryError> CursorError(const Status& status) {
  const bool is_too_old = IsTooOld(status);
  if (!is_too_old && (status.ok() || status.message() != NoCursor().message())) return std::nullopt;
  v1::QueryError error;
  error.set_code(is_too_old ? "cursor_expired" : "invalid_value");
  error.set_detail(status.message());
  error.set_field("cursor");
  return error;
}

std::string WriteCursor(const v1::CursorPlace& place, const std::string& query) {
  return std::string(kVersion) + kAfterVersion + absl::BytesToHexString(Fingerprint(query) + place.SerializeAsString());
}

Result<v1::CursorPlace> ReadCursor(const std::string& cursor, const std::string& query) {
  const size_t end = cursor.find(kAfterVersion);
  const std::string version = cursor.substr(0, end);
  if (end == 0 || end == std::string::npos || version.find_first_not_of("0123456789") != std::string::npos) {
    return NoCursor();
  }
  if (version != kVersion) return CursorTooOld();
  const std::string hex = cursor.substr(end + 1);
  const bool is_hex = hex.size() % 2 == 0 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  const std::string bytes = is_hex ? absl::HexStringToBytes(hex) : std::string();
  v1::CursorPlace place;
  if (!bytes.starts_with(Fingerprint(query)) || !place.ParseFromString(bytes.substr(kFingerprintBytes))) {
    return NoCursor();
  }
  return place;
}

v1::CursorPlace CursorPlaceOf(const query::LeadPlace& place, const query::LeadsQuery& query,
                              const config::TenantDefinitions& definitions) {
  v1::CursorPlace written;
  Write(place.order, &written);
  written.set_encoded_key(place.encoded_key);
  for (const query::FurtherKey& further : place.further) Write(further.key, written.add_further());
  written.set_ordering(OrderingOf(query, definitions));
  return written;
}

std::optional<query::LeadPlace> LeadPlaceOf(const v1::CursorPlace& place, const FurtherOrders& further) {
  if (place.further_size() != further.size()) return std::nullopt;
  const std::optional<query::OrderKey> first = Read(place);
  if (!first) return std::nullopt;
  query::LeadPlace made{*first, place.encoded_key()};
  for (int i = 0; i < further.size(); ++i) {
    const std::optional<query::OrderKey> key = Read(place.further(i));
    if (!key) return std::nullopt;
    made.further.push_back({*key, further[i].descending()});
  }
  return made;
}

std::string WriteCursor(const v1::CursorPlace& place, const v1::FindLeads& request) {
  return WriteCursor(place, QueryOf(request));
}

Result<v1::CursorPlace> ReadCursor(const v1::FindLeads& request) {
  return ReadCursor(request.cursor(), QueryOf(request));
}

Result<query::LeadPlace> ReadCursor(const v1::FindLeads& request, const query::LeadsQuery& query,
                                    const config::TenantDefinitions& definitions) {
  LP_ASSIGN_OR_RETURN(const v1::CursorPlace written, ReadCursor(request));
  std::optional<query::LeadPlace> place = LeadPlaceOf(written, request.further_orders());
  // A place in another tenant would start the scan among its leads.
  if (!place || !place->encoded_key.starts_with(EncodeLeadKey({request.caller().tenant_id(), ""}))) return NoCursor();
  if (written.ordering() != OrderingOf(query, definitions)) return CursorTooOld();
  return *std::move(place);
}

}  // namespace leadpulse::serve
