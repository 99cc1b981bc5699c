#include "processor/serve/api/request/api_request.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "processor/base/address.h"
#include "processor/base/encodings.h"
#include "processor/base/value.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/api/request/row_fields.h"

namespace leadpulse::serve {

void AppendMissing(const MissingPartitions& missing, JsonObject* object) {
  if (missing.empty()) return;
  object->Boolean("partial", true);
  *object->Key("missingPartitions") += "[" + absl::StrJoin(missing, ",") + "]";
}

void AppendRows(std::string_view key, const google::protobuf::RepeatedPtrField<v1::LeadRow>& rows, JsonObject* object) {
  AppendArray(key, rows, object, [](const v1::LeadRow& row, std::string* out) { query::AppendJson(row, out); });
}

void AddMissingHeader(const MissingPartitions& missing, http::Response* response) {
  if (missing.empty()) return;
  response->headers.emplace_back("Leadpulse-Partial", "partitions " + absl::StrJoin(missing, ", "));
}

std::variant<uint32_t, http::Response> LimitOf(const ApiRequest& request) {
  constexpr uint32_t kUsual = 50, kMost = 1'000;
  const std::string_view text = request.Parameter("limit");
  if (text.empty()) return kUsual;
  const auto limit = ParseInteger<uint32_t>(text);
  if (limit && *limit >= 1 && *limit <= kMost) return *limit;
  return WrongParameter("limit", "a number from 1 to 1000");
}

v1::Caller CallerFor(const access::Principal& principal) {
  v1::Caller caller;
  caller.set_tenant_id(principal.tenant);
  caller.set_who(principal.who);
  if (principal.role == access::Role::kAgent) caller.set_agent_id(principal.agent_id);
  return caller;
}

std::variant<std::string, http::Response> TenantMeant(const ApiRequest& request, const access::Principal& principal,
                                                      access::AccessStore* store) {
  const std::string_view other = request.Parameter("tenant");
  if (other.empty()) return principal.tenant;
  LP_ASSIGN_OR_ANSWER(const std::vector<std::string> tenants, OrFailed(store->Tenants()));
  if (!principal.MayEnter(other) || std::ranges::find(tenants, other) == tenants.end()) return NothingThere("tenant");
  return std::string(other);
}

std::string LeadIdOf(const std::string& id) {
  if (!id.starts_with(kByAddress)) return id;
  const std::string address = ParseAddress(id.substr(kByAddress.size()));
  return IsAddress(address) ? address : id.substr(kByAddress.size());
}

std::string PathEnding(std::string_view text) { return PercentEncoded(text, "-._~@"); }

std::variant<std::vector<v1::SortColumn>, http::Response> SortOf(const ApiRequest& request) {
  std::vector<v1::SortColumn> columns;
  const std::string_view sort = request.Parameter("sort");
  if (sort.empty()) return columns;
  for (std::string_view name : SplitAtCommas(sort)) {
    name = TrimAsciiSpace(name);
    v1::SortColumn& column = columns.emplace_back();
    column.set_descending(name.starts_with('-'));
    column.set_column(ColumnNamed(name.substr(column.descending() ? 1 : 0)));
    if (column.column().empty()) {
      return WrongParameter("sort", "columns are separated by one comma: sort=-score,email");
    }
  }
  return columns;
}

std::string SearchLink(std::string_view rule, std::string_view sort) {
  std::string link = std::string(kApiBase) + "/contacts/search?where=" + PathEnding(rule);
  if (!sort.empty()) link += "&sort=" + PathEnding(sort);
  return link;
}

std::string WithId(const std::string& id, const std::string& json) {
  std::string out = "{\"id\":";
  AppendJsonString(id, &out);
  out += ',';
  return out.append(json, 1, std::string::npos);
}

http::Response ContactOvertaken(std::string_view detail, const v1::LeadAnswer& lead) {
  http::Response response =
      Problem(http::kPreconditionFailed, "conflict", detail, "If-Match", "contact", ContactJson(lead));
  response.headers.emplace_back("ETag", "\"" + lead.version() + "\"");
  return response;
}

std::string ContactJson(const v1::LeadAnswer& lead) {
  return query::ContactJson(lead.record(), query::CommandIds::kLeftOut);
}

http::Response ContactResponse(unsigned int code, const v1::LeadAnswer& lead) {
  return {code, ContactJson(lead), kJsonType, {{"ETag", "\"" + lead.version() + "\""}}};
}

http::Response ContactExists(const std::optional<v1::LeadAnswer>& lead) {
  std::string existing;
  if (lead) JsonObject(&existing).Text("id", lead->lead_id());
  return Problem(http::kConflict, "exists", "this id or address is in use already", "", lead ? "existing" : "",
                 existing);
}

}  // namespace leadpulse::serve
