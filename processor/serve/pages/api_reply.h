// Calls of the API by pages.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// The header Prefer of writes that a person waits for.
inline constexpr std::string_view kWait = "wait=2";

struct ApiReply {
  unsigned int code = 0;
  Json json;  // a refusal has `code`, `detail`, `field` (RFC 9457)

  bool is_done() const { return code < 300; }
  // Whether the write is durable but not applied yet.
  bool is_late() const { return code == http::kAccepted; }
  // Returns the parameter `done` of the page to which a form leads: `1`, or `late` if the change is not applied yet.
  std::string_view done_value() const { return is_late() ? "late" : "1"; }
  // Returns the reason of a refusal, as a sentence for people.
  std::string sentence() const;
};

// Reads an answer of the API, and the JSON of one.
ApiReply ReplyOf(const http::Response& response);
Json JsonOf(const std::string& body);

// A message above a page.
struct PageNotice {
  unsigned int code = http::kOk;  // the status code of the page
  std::string problem = {};       // why a form was refused; empty: no message
  std::string secret_of = {};     // whose secret `secret` is
  std::string secret = {};        // a token or a link, shown this once; empty: none
  std::string secret_hint = {};   // what it is good for
  std::string field = {};         // the field of the form that was refused; empty: the form as a whole
  // After a stale save: `conflict_label`, `typed` and `now` of each attribute that both people changed.
  PageData conflicts = PageList();
};
PageNotice RefusalOf(const ApiReply& reply);
// Makes a refusal the message, unless there is one already: the page shows the parts that it got, and the secret.
void NoteRefusal(const ApiReply& reply, PageNotice* notice);
void AddNotice(const PageNotice& notice, PageData* data);

// Sets the data with which layout.tpl says that the contacts of some partitions are missing from the answer.
void ShowMissing(const Json& answer, PageData* data);
void ShowMissing(const MissingPartitions& missing, PageData* data);
// Sets the same, and the share of the index that is built while it is not ready.
template <typename Answer>
void ShowRunState(const Answer& answer, PageData* data) {
  ShowMissing(answer.missing_partitions(), data);
  (*data)["indexing"] = TextData(answer.has_indexing() ? std::to_string(answer.indexing()) : "");
}

// Makes the key of a form. Sent twice, it is one command; with other content it is another one.
std::string KeyOf(const PageRequest& request);
// Makes a JSON object of texts.
std::string BodyOfTexts(std::initializer_list<std::pair<std::string_view, std::string_view>> texts);
// Adds those fields of the form that are not blank.
void AddTexts(const PageRequest& request, std::span<const std::string_view> names, JsonObject* body);
// Makes a call that changes the contact in the field `lead`. The form needs a `key` of its own (AddFormFields).
ApiCall WriteCall(std::string_view action, const PageRequest& request);

// Calls the API with the rights of the user.
ApiReply CallApi(const ApiCall& call, const PageRequest& request);

// The answer of a read as a message. A refusal has JSON, and none.
template <typename Message>
struct MessageReply : ApiReply {
  Message message;
};
// Reads what the call answers as a message (LeadApi::Ask), with the rights of the user.
template <typename Message>
MessageReply<Message> AskApi(const ApiCall& call, const PageRequest& request) {
  MessageReply<Message> reply;
  auto answered = request.parts->api->Ask<Message>(call, request.user);
  if (const auto* refused = std::get_if<http::Response>(&answered)) {
    static_cast<ApiReply&>(reply) = ReplyOf(*refused);
  } else {
    reply.code = http::kOk;
    reply.message = std::get<Message>(std::move(answered));
  }
  return reply;
}
// Reads the contact with this id, or the first one with this address.
MessageReply<v1::LeadAnswer> AskForContact(std::string_view id, const PageRequest& request);
// Counts the leads that the rule holds for.
MessageReply<v1::FoundLeads> AskForCount(const std::string& rule, const PageRequest& request);
// Returns the count of the answer as text; empty if the answer has no count.
std::string CountIn(const v1::FoundLeads& found);
// Returns the JSON of the answer, for LP_ASSIGN_OR_ANSWER. A refusal becomes a page with this title and its sentence.
std::variant<Json, http::Response> JsonOrPage(const ApiCall& call, const PageRequest& request, std::string_view title);
// Returns the answer of the API unchanged: a file to store. A refusal becomes a page with its sentence.
http::Response Download(const ApiCall& call, const PageRequest& request);

}  // namespace leadpulse::serve
