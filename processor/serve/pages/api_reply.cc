#include "processor/serve/pages/api_reply.h"

#include "absl/strings/str_join.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {

ApiReply ReplyOf(const http::Response& response) { return {response.code, JsonOf(response.body)}; }

Json JsonOf(const std::string& body) {
  size_t values_left = body.size();  // no bound: the front made it
  auto json = Json::Parse(body, &values_left);
  return json.ok() ? std::move(*json) : Json();
}

std::string ApiReply::sentence() const {
  if (json["code"].text() == "too_many_requests") return "Too many requests. Wait a moment and try again.";
  std::string text(json["detail"].text());
  if (text.empty()) text = "it could not be done; try again";
  // The API names the command that was refused.
  if (json["code"].text() == "final_stage") text = text.substr(0, text.find(':')) + ": it cannot be changed any more";
  const std::string_view field = json["field"].text();
  if (!field.empty()) {
    const std::string member = Concat({field, ": "});
    if (text.starts_with(member)) text.erase(0, member.size());
    text = Concat({LabelOf(field), ": ", text});
  }
  text = Capitalized(std::move(text));
  return text.ends_with('.') || text.find('\n') != std::string::npos ? text : text + ".";
}

PageNotice RefusalOf(const ApiReply& reply) {
  return {.code = reply.code, .problem = reply.sentence(), .field = std::string(reply.json["field"].text())};
}

void NoteRefusal(const ApiReply& reply, PageNotice* notice) {
  if (reply.is_done() || !notice->problem.empty()) return;
  notice->code = reply.code;
  notice->problem = reply.sentence();
}

void AddNotice(const PageNotice& notice, PageData* data) {
  (*data)["problem"] = TextData(notice.problem);
  (*data)["secret"] = TextData(notice.secret);
  (*data)["secret_of"] = TextData(notice.secret_of);
  (*data)["secret_hint"] = TextData(notice.secret_hint);
}

void ShowMissing(const Json& answer, PageData* data) {
  std::string missing;
  for (const Json& partition : answer["missingPartitions"].elements()) {
    AppendParts({missing.empty() ? "" : ", ", partition.text()}, &missing);
  }
  (*data)["missing"] = TextData(missing);
  (*data)["indexing"] = TextData(answer["indexing"].text());
}

void ShowMissing(const MissingPartitions& missing, PageData* data) {
  (*data)["missing"] = TextData(absl::StrJoin(missing, ", "));
}

std::string KeyOf(const PageRequest& request) {
  std::string content;
  for (const http::FormField& field : request.form) AppendParts({field.name, "=", field.value, "\n"}, &content);
  constexpr size_t kKeyBytes = 18;
  return "page-" + access::Base64Url(access::HashOf(content).substr(0, kKeyBytes));
}

std::string BodyOfTexts(std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
  std::string body;
  JsonObject object(&body);
  for (const auto& [name, text] : texts) object.Text(name, text);
  object.End();
  return body;
}

void AddTexts(const PageRequest& request, std::span<const std::string_view> names, JsonObject* body) {
  for (const std::string_view name : names) {
    const std::string_view value = TrimAsciiSpace(request.Field(name));
    if (!value.empty()) body->Text(name, value);
  }
}

ApiCall WriteCall(std::string_view action, const PageRequest& request) {
  return {.action = action,
          .id = std::string(request.Field("lead")),
          .idempotency_key = KeyOf(request),
          .prefer = std::string(kWait)};
}

ApiReply CallApi(const ApiCall& call, const PageRequest& request) {
  return ReplyOf(request.parts->api->Call(call, request.user));
}

MessageReply<v1::LeadAnswer> AskForContact(std::string_view id, const PageRequest& request) {
  return AskApi<v1::LeadAnswer>({.action = "contact.get", .id = std::string(id)}, request);
}

MessageReply<v1::FoundLeads> AskForCount(const std::string& rule, const PageRequest& request) {
  return AskApi<v1::FoundLeads>(
      {.action = "contact.search", .parameters = {{"where", rule}, {"limit", "1"}, {"count", "exact"}}}, request);
}

std::string CountIn(const v1::FoundLeads& found) { return found.has_count() ? std::to_string(found.count()) : ""; }

std::variant<Json, http::Response> JsonOrPage(const ApiCall& call, const PageRequest& request, std::string_view title) {
  ApiReply reply = CallApi(call, request);
  if (!reply.is_done()) return Message(reply.code, request, title, reply.sentence());
  return std::move(reply.json);
}

http::Response Download(const ApiCall& call, const PageRequest& request) {
  http::Response response = request.parts->api->Call(call, request.user);
  if (response.code == http::kOk) {
    if (response.content_type == kJsonType) response.body = WithSnakeNames(response.body);
    return response;
  }
  return Message(response.code, request, "There is nothing to download", ReplyOf(response).sentence());
}

}  // namespace leadpulse::serve
