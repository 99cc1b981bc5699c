#include "tests/webhooks/webhook_batches.h"

#include <algorithm>
#include <utility>

#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/http/form.h"

namespace leadpulse::webhooks {
namespace {

using Path = std::vector<std::string>;

std::string TextOf(const Json& json) {
  std::string text;
  json.AppendTo(&text);
  return text;
}

std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(text, &quoted);
  return quoted;
}

std::string Joined(std::span<const std::string> items, std::string_view between) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += between;
    text += item;
  }
  return text;
}

const Json& At(const Json& whole, const Path& path) {
  const Json* found = &whole;
  for (const std::string& name : path) found = &(*found)[name];
  return *found;
}

// Replaces the value at the end of the path with a JSON text. Returns the whole.
std::string Replaced(const Json& whole, std::span<const std::string> path, const std::string& text) {
  if (path.empty()) return text;
  std::vector<std::string> members;
  for (const auto& [name, value] : whole.members()) {
    members.push_back(Quoted(name) + ":" +
                      (name == path.front() ? Replaced(value, path.subspan(1), text) : TextOf(value)));
  }
  return "{" + Joined(members, ",") + "}";
}

WebhookCase WithBody(WebhookCase c, std::string body) {
  c.body = std::move(body);
  return c;
}

// Makes a batch of a list at the end of the path. `post` makes the body from the JSON with another list.
std::optional<Batch> ListAt(const Json& whole, const Path& path, std::function<WebhookCase(std::string)> post) {
  const Json& list = At(whole, path);
  if (!list.is_array()) return std::nullopt;
  Batch batch;
  for (const Json& element : list.elements()) batch.items.push_back(TextOf(element));
  batch.with = [whole, path, post = std::move(post)](std::span<const std::string> items) {
    return post(Replaced(whole, path, "[" + Joined(items, ",") + "]"));
  };
  return batch;
}

std::optional<Batch> ListIn(const WebhookCase& c, const Path& path) {
  const Result<Json> body = Json::Parse(c.body);
  if (!body.ok()) return std::nullopt;
  return ListAt(*body, path, [c](std::string json) { return WithBody(c, std::move(json)); });
}

std::optional<Batch> WholeBody(const WebhookCase& c) { return ListIn(c, {}); }
std::optional<Batch> InEvents(const WebhookCase& c) { return ListIn(c, {"events"}); }
std::optional<Batch> InMandrillEvents(const WebhookCase& c) { return ListIn(c, {"mandrill_events"}); }

// Makes a batch of SparkPost: one object with an event of each class.
std::optional<Batch> ClassesOfMsys(const WebhookCase& c) {
  const Result<Json> body = Json::Parse(c.body);
  if (!body.ok() || !(*body)["msys"].is_object()) return std::nullopt;
  Batch batch;
  for (const auto& [name, event] : (*body)["msys"].members()) batch.items.push_back(Quoted(name) + ":" + TextOf(event));
  batch.with = [c](std::span<const std::string> items) {
    return WithBody(c, "{\"msys\":{" + Joined(items, ",") + "}}");
  };
  return batch;
}

// Makes a batch of Mailtrap: one event a line.
std::optional<Batch> Lines(const WebhookCase& c) {
  Batch batch;
  for (std::string_view rest = c.body; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (TrimAsciiSpace(line).empty()) continue;
    const Result<Json> event = Json::Parse(line);
    if (!event.ok() || (*event)["event"].is_null()) return std::nullopt;
    batch.items.emplace_back(line);
  }
  batch.with = [c](std::span<const std::string> items) { return WithBody(c, Joined(items, "\n") + "\n"); };
  return batch;
}

// Makes a batch of Mandrill: a list in a field of a form, of either kind.
std::optional<Batch> ListInForm(const WebhookCase& c) {
  if (Json::Parse(c.body).ok()) return std::nullopt;
  const Result<std::vector<http::FormField>> form = http::ParseForm(c.body, c.content_type);
  if (!form.ok()) return std::nullopt;
  const Result<Json> list = Json::Parse(http::FirstOf(*form, "mandrill_events"));
  if (!list.ok()) return std::nullopt;
  return ListAt(*list, {}, [c](const std::string& json) {
    WebhookCase part = WithBody(c, "mandrill_events=");
    part.content_type = "application/x-www-form-urlencoded";
    constexpr char kDigits[] = "0123456789ABCDEF";
    for (const char byte : json) {
      const auto code = static_cast<unsigned char>(byte);
      part.body += {'%', kDigits[code / 16], kDigits[code % 16]};
    }
    return part;
  });
}

Path RecipientsOf(const Json& event) {
  const std::string name =
      AsciiLower(event["eventType"].is_null() ? event["notificationType"].text() : event["eventType"].text());
  if (name == "bounce") return {name, "bouncedRecipients"};
  if (name == "complaint") return {name, "complainedRecipients"};
  if (name == "delivery") return {name, "recipients"};
  return {"mail", "destination"};
}

// Makes a batch of SES: one event, which counts for each recipient; bare or in a message of SNS. A skipped event is
// skipped once, for all.
std::optional<Batch> Recipients(const WebhookCase& c) {
  const Result<Json> body = Json::Parse(c.body);
  const Result<Conversion> converted = c.Convert();
  if (!body.ok() || !converted.ok() || converted->events.empty()) return std::nullopt;
  const Result<Json> held = Json::Parse((*body)["Message"].text());
  if (!held.ok()) return ListIn(c, RecipientsOf(*body));
  return ListAt(*held, RecipientsOf(*held), [c, body = *body](const std::string& json) {
    return WithBody(c, Replaced(body, Path{"Message"}, Quoted(json)));
  });
}

// Makes a batch of Resend: one change of a contact, with a list of the topics that it joined or left.
std::optional<Batch> TopicsOfContact(const WebhookCase& c) { return ListIn(c, {"data", "topics"}); }

constexpr BatchShape kShapes[] = {
    {"amazon-ses", "recipients", Recipients},
    {"brevo", "list", WholeBody},
    {"generic-digest", "list", WholeBody},
    {"generic-mails", "list", WholeBody},
    {"generic-make", "list_in_object", InEvents},
    {"generic-signup", "list", WholeBody},
    {"generic-topics", "list", WholeBody},
    {"generic-webform", "list_in_object", InEvents},
    {"mailjet", "list", WholeBody},
    {"mailtrap", "lines", Lines},
    {"mailtrap", "list_in_object", InEvents},
    {"mandrill", "form", ListInForm},
    {"mandrill", "list", WholeBody},
    {"mandrill", "list_in_object", InMandrillEvents},
    {"resend", "topics", TopicsOfContact},
    {"sendgrid", "list", WholeBody},
    {"sparkpost", "classes", ClassesOfMsys},
    {"sparkpost", "list", WholeBody},
};

constexpr std::string_view kOneEventPosts[] = {"generic-calendly",
                                               "generic-google-forms",
                                               "generic-gravity-forms",
                                               "generic-hubspot",
                                               "generic-jotform",
                                               "generic-mailchimp",
                                               "generic-pipedrive",
                                               "generic-shopify",
                                               "generic-slack",
                                               "generic-stripe",
                                               "generic-tally",
                                               "generic-typeform",
                                               "generic-woocommerce",
                                               "generic-wpforms",
                                               "generic-zapier",
                                               "generic-typed-form",
                                               "mailersend",
                                               "mailgun",
                                               "postmark"};

}  // namespace

std::span<const BatchShape> BatchShapes() { return kShapes; }

std::span<const std::string_view> OneEventPosts() { return kOneEventPosts; }

std::string_view FolderOf(const WebhookCase& c) { return std::string_view(c.name).substr(0, c.name.find('/')); }

}  // namespace leadpulse::webhooks
