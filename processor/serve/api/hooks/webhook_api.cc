#include "processor/serve/api/hooks/webhook_api.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/delivery/signature.h"
#include "processor/http/client.h"
#include "processor/http/ip_networks.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {
namespace {

using access::Webhook;
using access::WebhookDelivery;
using access::WebhookSettings;

constexpr size_t kMostUrlBytes = 2'048;
constexpr std::string_view kSecretPrefix = "whsec_";
// The bytes of a key, as Standard Webhooks says.
constexpr size_t kLeastKeyBytes = 24, kMostKeyBytes = 64;

// A request within the tenant that it is about.
struct AskedWebhooks {
  const ApiRequest& request;
  access::WebhookStore& webhooks;
  WebhookWatch& watch;
  std::string tenant;
  access::ChangeStamp change;
};

// ---- Bodies ----

std::optional<http::Response> CheckUrl(const std::string& url, bool anywhere) {
  const auto wrong = [](std::string_view detail) { return WrongMember("url", detail); };
  const Result<http::UrlParts> parts = http::ParseUrl(url);
  if (!parts.ok() || url.size() > kMostUrlBytes || !IsUtf8(url))
    return wrong("an address such as https://crm.example/hook");
  if (parts->has_login) return wrong("it may have no name and no password; posts are signed");
  if (parts->scheme != "https" && !(anywhere && parts->scheme == "http")) return wrong("it must begin with https://");
  std::string host = parts->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = http::ParseIpAddress(host);
  const bool is_private = host == "localhost" || (address && !http::IsPublic(*address));
  if (is_private && !anywhere) {
    return wrong(
        "it is an address of this machine or of a private network; who runs the front may allow these with "
        "--webhooks-anywhere");
  }
  return std::nullopt;
}

std::optional<http::Response> CheckSecret(const std::string& secret) {
  const auto key = secret.starts_with(kSecretPrefix) ? delivery::StandardKey(secret) : std::nullopt;
  if (key && key->size() >= kLeastKeyBytes && key->size() <= kMostKeyBytes) return std::nullopt;
  return WrongMember("secret", "whsec_ and 24 to 64 bytes in base64; without it one is made");
}

std::string MakeSecret() {
  return std::string(kSecretPrefix) + absl::Base64Escape(access::RandomBytes(access::kSecretBytes));
}

// Reads names of kinds.
std::variant<std::set<std::string>, http::Response> EventsOf(const Json& names) {
  std::vector<std::string_view> known;
  for (int kind = 1; kind < codec::kChangeKindCount; ++kind) {
    known.push_back(codec::ChangeKindName(static_cast<codec::ChangeKind>(kind)));
  }
  std::set<std::string> events;
  for (const Json& name : names.elements()) {
    if (std::ranges::find(known, name.text()) == known.end()) {
      return WrongMember("events", "there is no change of this kind; there are: " + Join(known, ", "));
    }
    events.emplace(name.text());
  }
  return events;
}

// Sets what the body has. `forgets_gap`: it has `"missed": null`.
std::optional<http::Response> ReadSettings(const AskedWebhooks& asked, WebhookSettings* settings, bool* forgets_gap) {
  auto action = ReadAction(*asked.request.route, asked.request.body);
  if (auto* problem = std::get_if<http::Response>(&action)) return std::move(*problem);
  const Result<Json> body = Json::Parse(std::get<std::string>(action));
  if (!body.ok()) return Problem(http::kBadRequest, "malformed", body.status().message());
  for (const auto& [name, value] : body->members()) {
    if (name == "missed") {
      if (!value.is_null()) return WrongMember(name, "null: you have read the contacts again");
      *forgets_gap = true;
    } else if (value.is_null()) {
      return WrongMember(name, "it may not be null");
    } else if (name == "events") {
      auto events = EventsOf(value);
      if (auto* problem = std::get_if<http::Response>(&events)) return std::move(*problem);
      settings->events = std::get<0>(std::move(events));
    } else if (name == "url") {
      settings->url = value.text();
      if (auto problem = CheckUrl(settings->url, asked.watch.parts().options.anywhere)) return problem;
    } else if (name == "secret") {
      settings->secret = value.text();
      if (auto problem = CheckSecret(settings->secret)) return problem;
    } else {
      (name == "contact" ? settings->has_contact : settings->active) = value.truth();
    }
  }
  return std::nullopt;
}

// ---- Answers ----

void AppendDelivery(const WebhookDelivery& delivery, JsonObject* object) {
  const access::WebhookAttempt& last = delivery.last;
  const bool is_taken = delivery.attempts > 0 && last.problem.empty();
  const bool is_waiting = delivery.attempts == 0 || last.next;
  object->Number("id", delivery.id);
  object->Text("kind", delivery.change.kind);
  delivery.change.lead.empty() ? object->Null("contact") : object->Text("contact", delivery.change.lead);
  object->Text("state", is_taken ? "delivered" : is_waiting ? "waiting" : "failed");
  object->Time("at", last.at);
  object->Number("attempts", delivery.attempts);
  object->Number("duration_ms", last.took.count());
  last.status == 0 ? object->Null("status") : object->Number("status", last.status);
  last.problem.empty() ? object->Null("error") : object->Text("error", last.problem);
  object->Time("next_attempt", last.next.value_or(Instant::Never()));
}

http::Response DeliveryResponse(const AskedWebhooks& asked, int64_t webhook, int64_t id) {
  LP_ASSIGN_OR_ANSWER(const auto deliveries, OrFailed(asked.webhooks.Deliveries(webhook)));
  const auto found = std::ranges::find(deliveries, id, &WebhookDelivery::id);
  if (found == deliveries.end()) return NothingThere("delivery");
  return JsonResponse(http::kOk, [&](JsonObject* object) { AppendDelivery(*found, object); });
}

// A webhook with what is not in its settings.
struct ShownWebhook {
  Webhook webhook;
  int64_t waiting = 0;
  std::optional<WebhookDelivery> latest;
};

std::variant<ShownWebhook, http::Response> Shown(Webhook webhook, access::WebhookStore* store) {
  ShownWebhook shown{std::move(webhook), 0, std::nullopt};
  LP_ASSIGN_OR_ANSWER(shown.waiting, OrFailed(store->CountWaiting(shown.webhook)));
  LP_ASSIGN_OR_ANSWER(auto latest, OrFailed(store->Deliveries(shown.webhook.id, 1)));
  if (!latest.empty() && latest.front().change.number > 0) shown.latest = std::move(latest.front());
  return shown;
}

void AppendWebhook(const ShownWebhook& shown, JsonObject* object) {
  const Webhook& webhook = shown.webhook;
  object->Number("id", webhook.id);
  object->Text("url", webhook.settings.url);
  object->Texts("events", webhook.settings.events);
  object->Boolean("contact", webhook.settings.has_contact);
  object->Boolean("active", webhook.settings.active);
  webhook.stopped_why.empty() ? object->Null("stopped_because") : object->Text("stopped_because", webhook.stopped_why);
  object->Time("created", webhook.created);
  object->Time("since", webhook.since);
  object->Number("waiting", shown.waiting);
  object->Time("failing_since", webhook.failing_since.value_or(Instant::Never()));
  const access::WebhookAttempt last = shown.latest ? shown.latest->last : access::WebhookAttempt();
  last.problem.empty() ? object->Null("last_error") : object->Text("last_error", last.problem);
  object->Time("next_attempt", webhook.settings.active && last.next ? *last.next : Instant::Never());
  if (!webhook.gap) return object->Null("missed");
  JsonObject missed(object->Key("missed"));
  missed.Time("from", webhook.gap->from);
  missed.Time("until", webhook.gap->until);
}

// Answers with the webhook as it is stored. `secret`: shown in this answer; empty: none.
http::Response WebhookResponse(const AskedWebhooks& asked, unsigned int code, int64_t id,
                               const std::string& secret = {}) {
  LP_ASSIGN_OR_ANSWER(auto webhook, OrFailed(asked.webhooks.Find(asked.tenant, id)));
  if (!webhook) return NothingThere("webhook");
  LP_ASSIGN_OR_ANSWER(const ShownWebhook shown, Shown(*std::move(webhook), &asked.webhooks));
  return JsonResponse(code, [&](JsonObject* object) {
    AppendWebhook(shown, object);
    if (!secret.empty()) object->Text("secret", secret);
  });
}

// ---- Routes ----

// Answers a change that failed. The webhook may have been removed meanwhile.
http::Response FailedChange(const Status& status) {
  return status.kind() == ErrorKind::kRejected ? NothingThere("webhook") : Failed(status);
}

http::Response ListWebhooks(const AskedWebhooks& asked) {
  LP_ASSIGN_OR_ANSWER(const auto webhooks, OrFailed(asked.webhooks.Webhooks(asked.tenant)));
  std::vector<ShownWebhook> all;
  for (const Webhook& webhook : webhooks) {
    LP_ASSIGN_OR_ANSWER(ShownWebhook shown, Shown(webhook, &asked.webhooks));
    all.push_back(std::move(shown));
  }
  return JsonResponse(http::kOk, [&](JsonObject* object) { AppendObjects("webhooks", all, object, AppendWebhook); });
}

http::Response CreateWebhook(const AskedWebhooks& asked) {
  WebhookSettings settings;
  bool forgets_gap = false;
  if (auto problem = ReadSettings(asked, &settings, &forgets_gap)) return *std::move(problem);
  const bool is_made = settings.secret.empty();
  if (is_made) settings.secret = MakeSecret();
  LP_ASSIGN_OR_ANSWER(const auto begin, OrRunFailed(asked.watch.PlaceNow(asked.tenant)));
  const auto id = asked.webhooks.Add(begin, settings, asked.change);
  if (!id.ok() && id.status().kind() == ErrorKind::kRejected) {
    return Problem(http::kConflict, "too_many", id.status().message());
  }
  if (!id.ok()) return Failed(id.status());
  asked.watch.NoteChanged(*id);
  return WebhookResponse(asked, http::kCreated, *id, is_made ? settings.secret : "");
}

http::Response GetWebhook(const AskedWebhooks& asked, const Webhook& webhook) {
  return WebhookResponse(asked, http::kOk, webhook.id);
}

http::Response ChangeWebhook(const AskedWebhooks& asked, const Webhook& webhook) {
  Webhook changed = webhook;
  bool forgets_gap = false;
  if (auto problem = ReadSettings(asked, &changed.settings, &forgets_gap)) return *std::move(problem);
  const Status stored = asked.webhooks.Change(changed, forgets_gap, asked.change);
  if (!stored.ok()) return FailedChange(stored);
  asked.watch.NoteChanged(webhook.id);
  return WebhookResponse(asked, http::kOk, webhook.id);
}

http::Response RemoveWebhook(const AskedWebhooks& asked, const Webhook& webhook) {
  const Status removed = asked.webhooks.Remove(webhook, asked.change);
  if (!removed.ok()) return FailedChange(removed);
  asked.watch.NoteChanged(webhook.id);
  return JsonResponse(http::kOk, [](JsonObject* object) { object->Boolean("removed", true); });
}

http::Response ListDeliveries(const AskedWebhooks& asked, const Webhook& webhook) {
  LP_ASSIGN_OR_ANSWER(const auto deliveries, OrFailed(asked.webhooks.Deliveries(webhook.id)));
  return JsonResponse(http::kOk,
                      [&](JsonObject* object) { AppendObjects("deliveries", deliveries, object, AppendDelivery); });
}

http::Response AskForPost(const AskedWebhooks& asked, const Webhook& webhook, const access::WebhookChange& what) {
  const auto id = asked.webhooks.Ask(webhook, what, std::string(asked.request.route->action), asked.change);
  if (!id.ok()) return FailedChange(id.status());
  asked.watch.NoteChanged(webhook.id);
  return DeliveryResponse(asked, webhook.id, *id);
}

http::Response SendAgain(const AskedWebhooks& asked, const Webhook& webhook) {
  LP_ASSIGN_OR_ANSWER(const auto deliveries, OrFailed(asked.webhooks.Deliveries(webhook.id)));
  const auto id = ParseInteger<int64_t>(asked.request.id);
  const auto found = std::ranges::find(deliveries, id.value_or(0), &WebhookDelivery::id);
  if (found == deliveries.end()) return NothingThere("delivery");
  if (found->change.line.empty()) {
    return Problem(http::kConflict, "erased", "the contact was erased, so nothing is left to be sent");
  }
  access::WebhookChange what = found->change;
  what.number = 0;
  return AskForPost(asked, webhook, what);
}

http::Response TestWebhook(const AskedWebhooks& asked, const Webhook& webhook) {
  access::WebhookChange what{0, "", access::kTestKind, ""};
  JsonObject line(&what.line);
  line.Text("tenantId", webhook.tenant);
  line.Text("kind", access::kTestKind);
  line.Time("at", asked.change.at);
  line.End();
  return AskForPost(asked, webhook, what);
}

}  // namespace

http::Response AnswerWebhooks(const ApiRequest& request, const access::Principal& principal, access::AccessStore* store,
                              WebhookWatch* watch) {
  using Handler = http::Response (*)(const AskedWebhooks&, const Webhook&);
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"webhook.get", GetWebhook},   {"webhook.change", ChangeWebhook},      {"webhook.remove", RemoveWebhook},
      {"webhook.test", TestWebhook}, {"webhook.deliveries", ListDeliveries}, {"webhook.send_again", SendAgain},
  };
  LP_ASSIGN_OR_ANSWER(std::string tenant, TenantMeant(request, principal, store));
  const WebhookParts& parts = watch->parts();
  const AskedWebhooks asked{
      request, *parts.options.store, *watch, std::move(tenant), {principal.who, parts.clock->Now()}};
  if (request.route->action == "webhook.list") return ListWebhooks(asked);
  if (request.route->action == "webhook.create") return CreateWebhook(asked);
  const bool is_delivery = request.route->action == "webhook.send_again";
  std::optional<int64_t> id = ParseInteger<int64_t>(request.id);
  if (is_delivery && id) {
    LP_ASSIGN_OR_ANSWER(id, OrFailed(parts.options.store->WebhookOfDelivery(asked.tenant, *id)));
  }
  LP_ASSIGN_OR_ANSWER(const auto webhook, OrFailed(parts.options.store->Find(asked.tenant, id.value_or(0))));
  if (!webhook) return NothingThere(is_delivery ? "delivery" : "webhook");
  return HandlerOf(request.route->action, kHandlers)(asked, *webhook);
}

}  // namespace leadpulse::serve
