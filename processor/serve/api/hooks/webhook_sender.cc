#include "processor/serve/api/hooks/webhook_sender.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "processor/delivery/signature.h"
#include "processor/serve/api/hooks/webhook_payload.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

// Another process that has the database open may have asked for something.
constexpr Millis kIdleWait{5'000};
constexpr Millis kBetweenSteps{1'000};  // while the database or the run fails

constexpr char kStoppedBy[] = "serve";  // who stops a webhook, in the audit log

}  // namespace

WebhookSender::WebhookSender(const WebhookParts* parts, std::string tenant, int64_t id)
    : parts_(*parts),
      tenant_(std::move(tenant)),
      id_(id),
      schedule_(parts->clock, [this] { return std::uniform_real_distribution<>()(random_); }),
      thread_([this] { Run(); }) {}

WebhookSender::~WebhookSender() {
  BeginStop();
  thread_.join();
}

void WebhookSender::Wake(bool tries_again) {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  tries_again_ = tries_again_ || tries_again;
  changed_.notify_one();
}

void WebhookSender::BeginStop() {
  stop_ = true;
  Wake(false);
}

void WebhookSender::Run() {
  while (!stop_) {
    const Result<Millis> wait = Step();
    if (!wait.ok() && said_ != wait.status().message()) LogFailure(wait.status());
    said_ = wait.ok() ? "" : wait.status().message();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait.ok() ? *wait : kBetweenSteps, [this] { return is_woken_ || stop_; });
    is_woken_ = false;
    if (std::exchange(tries_again_, false)) {
      next_try_.reset();
      schedule_.Reset();
    }
  }
}

Result<Millis> WebhookSender::Step() {
  LP_ASSIGN_OR_RETURN(const std::optional<access::Webhook> webhook, parts_.options.store->Find(tenant_, id_));
  if (!webhook) return kIdleWait;  // it was removed
  LP_ASSIGN_OR_RETURN(const std::optional<access::WebhookDelivery> asked, parts_.options.store->NextAsked(id_));
  if (asked) {
    LP_RETURN_IF_ERROR(PostAsked(*webhook, *asked));
    return Millis{0};
  }
  if (!webhook->settings.active) return kIdleWait;
  if (const Time now = parts_.clock->Monotonic(); next_try_ && now < *next_try_) {
    return std::min(kIdleWait, std::chrono::ceil<Millis>(*next_try_ - now));
  }
  LP_ASSIGN_OR_RETURN(const std::optional<access::WebhookChange> change, parts_.options.store->Next(*webhook));
  if (!change) return kIdleWait;
  LP_RETURN_IF_ERROR(PostNext(*webhook, *change));
  return Millis{0};
}

Status WebhookSender::PostAsked(const access::Webhook& webhook, const access::WebhookDelivery& delivery) {
  const Instant begun = parts_.clock->Now();
  if (delivery.change.line.empty()) {
    return parts_.options.store->EndAsked(delivery.id, {begun, Millis{0}, 0, "the contact was erased", std::nullopt});
  }
  LP_ASSIGN_OR_RETURN(const std::string body, BodyOf(webhook, delivery.change));
  const Result<http::ClientResponse> answer = Post(webhook, delivery.change, body);
  if (!answer.ok() && stop_) return Status::Ok();  // it is asked for still
  WebhookSchedule once(parts_.clock, [] { return 0.0; });
  return parts_.options.store->EndAsked(delivery.id, once.After(answer, begun));
}

Status WebhookSender::PostNext(const access::Webhook& webhook, const access::WebhookChange& change) {
  const Instant begun = parts_.clock->Now();
  LP_ASSIGN_OR_RETURN(const std::string body, BodyOf(webhook, change));
  const Result<http::ClientResponse> answer = Post(webhook, change, body);
  if (!answer.ok() && stop_) return Status::Ok();  // that was no fault of the receiver
  access::WebhookAttempt attempt = schedule_.After(answer, begun);
  const auto why = WebhookSchedule::WhyStops(answer, attempt, webhook.failing_since);
  if (why) attempt.next.reset();
  next_try_.reset();
  if (attempt.next) next_try_ = parts_.clock->Monotonic() + (*attempt.next - parts_.clock->Now());
  LP_RETURN_IF_ERROR(parts_.options.store->EndPost(webhook, change, attempt));
  return why ? parts_.options.store->Stop(webhook, *why, {kStoppedBy, parts_.clock->Now()}) : Status::Ok();
}

Result<std::string> WebhookSender::BodyOf(const access::Webhook& webhook, const access::WebhookChange& change) {
  LP_ASSIGN_OR_RETURN(const std::optional<v1::LeadAnswer> contact, ContactOf(webhook, change));
  return WebhookBody(change, contact, webhook.settings.has_contact);
}

Result<http::ClientResponse> WebhookSender::Post(const access::Webhook& webhook, const access::WebhookChange& change,
                                                 const std::string& body) {
  const access::WebhookSettings& settings = webhook.settings;
  if (client_ == nullptr || url_ != settings.url) {
    http::ClientOptions options;
    options.url = settings.url;
    options.public_only = !parts_.options.anywhere;
    LP_ASSIGN_OR_RETURN(client_, http::MakeClient(options, stop_));
    url_ = settings.url;
  }
  std::vector<std::string> headers =
      delivery::StandardHeaders(WebhookMessageId(id_, change), {&settings.secret, 1}, parts_.clock->Now(), body);
  headers.insert(headers.begin(), "Content-Type: application/json");
  auto answer = client_->Post(body, headers);
  if (answer.ok() || !stop_) {
    parts_.metrics->CountWebhookPost(answer.ok() && delivery::Judge(answer->status) == delivery::Verdict::kDelivered);
  }
  return answer;
}

Result<std::optional<v1::LeadAnswer>> WebhookSender::ContactOf(const access::Webhook& webhook,
                                                               const access::WebhookChange& change) {
  const bool has_none = change.lead.empty() || change.kind == access::kErasedKind;
  if (has_none) return std::optional<v1::LeadAnswer>();
  auto query = QueryBy<v1::GetLead>(WholeTenant(webhook.tenant));
  query.set_lead_id(change.lead);
  LP_ASSIGN_OR_RETURN(const auto answered, parts_.reads->Get(query));
  if (const auto* lead = std::get_if<v1::LeadAnswer>(&answered)) return std::optional(*lead);
  const RunRefusal& refusal = std::get<RunRefusal>(answered);
  if (refusal.status == http::kNotFound) return std::optional<v1::LeadAnswer>();
  return Status::Retriable("a webhook waits for its contact: " + refusal.error.detail());
}

}  // namespace leadpulse::serve
