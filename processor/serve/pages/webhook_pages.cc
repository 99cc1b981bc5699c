// Webhooks: addresses to which the front posts changes of leads, and what became of the latest posts.
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {
namespace {

using codec::ChangeKind;

constexpr char kPath[] = "/settings/webhooks";
constexpr char kTitle[] = "Webhooks";

// The kinds of changes in the order of the form, and their words.
constexpr auto kKinds = std::to_array<std::pair<ChangeKind, std::string_view>>({
    {ChangeKind::kLeadCreated, "Lead created"},
    {ChangeKind::kLeadUpdated, "Lead edited"},
    {ChangeKind::kLeadMerged, "Leads merged"},
    {ChangeKind::kLeadErased, "Lead erased"},
    {ChangeKind::kStageChanged, "Stage changed"},
    {ChangeKind::kScoreChanged, "Score changed"},
    {ChangeKind::kTierChanged, "Tier changed"},
    {ChangeKind::kSegmentEntered, "Segment entered"},
    {ChangeKind::kSegmentLeft, "Segment left"},
    {ChangeKind::kEmailStatusChanged, "E-mail status changed"},
    {ChangeKind::kSendableChanged, "May be mailed or not"},
    {ChangeKind::kTopicChanged, "Topic changed"},
});
static_assert(kKinds.size() == codec::kChangeKindCount - 1);

// Returns the words for a kind of change by its name in the API. A test is posted too, but is no kind.
std::string WordsOfKind(std::string_view name) {
  for (const auto& [kind, words] : kKinds) {
    if (codec::ChangeKindName(kind) == name) return std::string(words);
  }
  return LabelOf(AsciiLower(name));
}

// ---- The form ----

struct WebhookForm {
  std::string url;
  std::set<std::string, std::less<>> events;  // kinds of changes; empty: all
  bool has_contact = false;
};

WebhookForm WebhookFormOf(const Json& webhook) {
  WebhookForm form{std::string(webhook["url"].text()), {}, webhook["contact"].truth()};
  for (const Json& event : webhook["events"].elements()) form.events.emplace(event.text());
  return form;
}

WebhookForm WebhookFormIn(const PageRequest& request) {
  WebhookForm form{std::string(TrimAsciiSpace(request.Field("url"))), {}, request.Has("contact")};
  for (std::string& event : request.Fields("event")) form.events.insert(std::move(event));
  return form;
}

std::string BodyOfWebhook(const WebhookForm& form) {
  std::string body;
  JsonObject object(&body);
  object.Text("url", form.url);
  object.Texts("events", form.events);
  object.Boolean("contact", form.has_contact);
  object.End();
  return body;
}

// Adds the form, and the message above the page, or that beside the URL if the URL was refused.
void AddWebhookForm(const WebhookForm& form, PageNotice notice, PageData* data) {
  const bool is_of_url = notice.field == "url";
  (*data)["url_problem"] = TextData(is_of_url ? std::exchange(notice.problem, "") : "");
  AddNotice(notice, data);
  (*data)["typed_url"] = TextData(form.url);
  (*data)["sends_contact"] = form.has_contact;
  PageList events;
  for (const auto& [kind, words] : kKinds) {
    const std::string_view name = codec::ChangeKindName(kind);
    events.push_back(OptionOf(name, words, form.events.contains(name)));
  }
  (*data)["events"] = events;
}

// ---- A webhook and its posts ----

// Sets `state_label` and `state_class` of the chip, and `failing_since` for shown_time.tpl.
void AddState(const Json& webhook, const ShownTimes& times, PageData* row) {
  const bool is_active = webhook["active"].truth(), is_stopped = !webhook["stopped_because"].text().empty();
  const bool is_failing = is_active && !webhook["failing_since"].text().empty();
  (*row)["state_label"] = is_failing ? "Failing since" : is_active ? "Active" : is_stopped ? "Stopped" : "Off";
  (*row)["state_class"] = is_failing || is_stopped ? "bad" : is_active ? "good" : "";
  (*row)["is_failing"] = is_failing;
  (*row)["failing_since"] = is_failing ? times.Of(webhook["failing_since"]) : PageData(false);
}

std::string EventsText(const Json& webhook) {
  std::vector<std::string> words;
  for (const Json& event : webhook["events"].elements()) words.push_back(WordsOfKind(event.text()));
  return words.empty() ? "All changes" : Join(words, ", ");
}

PageData WebhookRow(const Json& webhook, const ShownTimes& times, const ShownNumbers& numbers) {
  PageData row = PageRow{{"url", std::string(webhook["url"].text())},
                         {"id_query", QueryOf({{"id", std::string(webhook["id"].text())}})},
                         {"events_text", EventsText(webhook)},
                         {"waiting", numbers.Of(webhook["waiting"].text())},
                         {"stopped_because", TextData(webhook["stopped_because"].text())},
                         {"last_error", TextData(webhook["last_error"].text())}};
  AddState(webhook, times, &row);
  return row;
}

// Returns the names of the leads that the posts are about; those of none if they cannot be read now.
LeadNames NamesIn(const Json& deliveries, const PageRequest& request) {
  std::set<std::string> leads;
  for (const Json& delivery : deliveries.elements()) {
    if (!delivery["contact"].text().empty()) leads.emplace(delivery["contact"].text());
  }
  auto names = NamesOfLeads(leads, request, kTitle);
  return std::holds_alternative<LeadNames>(names) ? std::get<LeadNames>(std::move(names)) : LeadNames();
}

PageData DeliveryRow(const Json& delivery, const LeadNames& names, const ShownTimes& times,
                     const ShownNumbers& numbers) {
  const std::string lead(delivery["contact"].text());
  const std::string_view kind = delivery["kind"].text(), state = delivery["state"].text();
  const std::string_view attempts = delivery["attempts"].text();
  const auto name = names.find(lead);
  const bool is_asked = attempts == "0";
  PageData row =
      PageRow{{"delivery", std::string(delivery["id"].text())},
              {"at", times.Of(delivery["at"])},
              {"words", WordsOfKind(kind)},
              {"lead_name", TextData(name == names.end() ? lead : name->second)},
              {"lead_query", TextData(name == names.end() ? "" : QueryOf({{"lead", lead}}))},
              {"outcome", LabelOf(state)},
              {"outcome_class", state == "delivered" ? "good"
                                : state == "failed"  ? "bad"
                                                     : ""},
              {"status", TextData(delivery["status"].text())},
              {"took", is_asked ? "" : numbers.Of(delivery["duration_ms"].text()) + " ms"},
              {"attempts", TextData(is_asked || attempts == "1" ? "" : numbers.Counted(attempts, "attempt"))},
              {"error", TextData(delivery["error"].text())},
              {"next", times.Of(delivery["next_attempt"])}};
  // Nothing is left of a change whose lead was erased.
  row["may_send_again"] = !is_asked && (!lead.empty() || kind == "TEST");
  return row;
}

// Whether a post that somebody has just asked for is not sent yet.
bool IsUnderWay(const Json& delivery, Instant now) {
  constexpr Millis kSoon{30'000};
  const auto at = ParseRfc3339(delivery["at"].text());
  return delivery["attempts"].text() == "0" && at && now - *at < kSoon;
}

// Sets `missed_from` and `missed_until` if changes may be missing.
void AddMissed(const Json& webhook, const ShownTimes& times, PageData* data) {
  const Json& missed = webhook["missed"];
  (*data)["is_missed"] = !missed.is_null();
  (*data)["missed_from"] = times.Of(missed["from"]);
  (*data)["missed_until"] = times.Of(missed["until"]);
}

// Shows webhook `id` with `form`; without it, with its settings.
http::Response WebhookPage(const PageRequest& request, const std::string& id, const WebhookForm* form,
                           const PageNotice& notice) {
  LP_ASSIGN_OR_ANSWER(const Json webhook, JsonOrPage({.action = "webhook.get", .id = id}, request, kTitle));
  LP_ASSIGN_OR_ANSWER(const Json sent, JsonOrPage({.action = "webhook.deliveries", .id = id}, request, kTitle));
  const ShownTimes times = ShownTimes::For(request);
  PageData data = NewSettings(request, kTitle);
  data["webhook"] = id;
  const ShownNumbers numbers = ShownNumbers::For(request);
  data["hook"] = WebhookRow(webhook, times, numbers);
  data["is_active"] = webhook["active"].truth();
  data["next_attempt"] = times.Of(webhook["next_attempt"]);
  data["since"] = times.Of(webhook["since"]);
  data["has_waiting"] = webhook["waiting"].text() != "0";
  data["waiting_text"] = numbers.Counted(webhook["waiting"].text(), "change");
  AddMissed(webhook, times, &data);
  AddWebhookForm(form == nullptr ? WebhookFormOf(webhook) : *form, notice, &data);
  const Json& deliveries = sent["deliveries"];
  const LeadNames names = NamesIn(deliveries, request);
  AddList("deliveries",
          ListOf(deliveries.elements(), [&](const Json& each) { return DeliveryRow(each, names, times, numbers); }),
          &data);
  bool goes_on = false;
  for (const Json& each : deliveries.elements()) goes_on |= IsUnderWay(each, request.parts->clock->Now());
  data["goes_on"] = goes_on;
  http::Response response = Page(notice.code, "webhook", data);
  if (goes_on && request.method == "GET") response.headers.emplace_back("Refresh", "1");
  return response;
}

http::Response WebhooksPage(const PageRequest& request, const WebhookForm& form, PageNotice notice) {
  PageData data = NewSettings(request, kTitle);
  const ApiReply reply = CallApi({.action = "webhook.list"}, request);
  NoteRefusal(reply, &notice);
  const ShownTimes times = ShownTimes::For(request);
  const ShownNumbers numbers = ShownNumbers::For(request);
  AddList("rows",
          ListOf(reply.json["webhooks"].elements(), [&](const Json& each) { return WebhookRow(each, times, numbers); }),
          &data);
  data["is_read"] = reply.is_done();
  AddWebhookForm(form, notice, &data);
  return Page(notice.code, "webhooks", data);
}

// ---- Changes ----

http::Response Add(const PageRequest& request) {
  const WebhookForm form = WebhookFormIn(request);
  const ApiReply reply = CallApi({.action = "webhook.create", .body = BodyOfWebhook(form)}, request);
  if (!reply.is_done()) return WebhooksPage(request, form, RefusalOf(reply));
  return WebhookPage(request, std::string(reply.json["id"].text()), nullptr,
                     {.secret_of = form.url,
                      .secret = std::string(reply.json["secret"].text()),
                      .secret_hint = "The receiver checks with this secret that a post comes from here."});
}

ApiCall CallFor(std::string_view what, const std::string& id, const PageRequest& request) {
  if (what == "remove") return {.action = "webhook.remove", .id = id};
  if (what == "test") return {.action = "webhook.test", .id = id};
  if (what == "send_again") return {.action = "webhook.send_again", .id = std::string(request.Field("delivery"))};
  ApiCall call{.action = "webhook.change", .id = id, .body = BodyOfWebhook(WebhookFormIn(request))};
  if (what == "enable") call.body = R"({"active":true})";
  if (what == "disable") call.body = R"({"active":false})";
  if (what == "read") call.body = R"({"missed":null})";
  return call;
}

}  // namespace

http::Response ShowWebhooks(const PageRequest& request) {
  const std::string id(request.Parameter("id"));
  return id.empty() ? WebhooksPage(request, {}, {}) : WebhookPage(request, id, nullptr, {});
}

http::Response EditWebhooks(const PageRequest& request) {
  const std::string_view what = request.Field("what");
  const std::string id(request.Field("webhook"));
  if (what == "add") return Add(request);
  const ApiReply reply = CallApi(CallFor(what, id, request), request);
  if (!reply.is_done()) {
    const WebhookForm form = WebhookFormIn(request);
    return WebhookPage(request, id, what == "change" ? &form : nullptr, RefusalOf(reply));
  }
  if (what == "remove") return Redirect(Concat({kPath, "?done=1"}));
  const bool is_post = what == "test" || what == "send_again";  // what becomes of it is on the page
  return Redirect(Concat({kPath, "?", QueryOf({{"id", id}, {"done", is_post ? "" : "1"}})}));
}

}  // namespace leadpulse::serve
