// The shapes in which providers send several events in one post: the list in a case, and the same post with another
// list.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/webhooks/webhook_cases.h"

namespace leadpulse::webhooks {

struct Batch {
  std::vector<std::string> items;  // as spelled in the body
  // Makes the case's post with exactly these items; its `expected` is for the original ones.
  std::function<WebhookCase(std::span<const std::string>)> with;
};

struct BatchShape {
  std::string_view folder;  // the part of a case's name before the slash
  std::string_view name;
  // Returns nullopt if the case has another shape.
  std::optional<Batch> (*of)(const WebhookCase&);
};

std::span<const BatchShape> BatchShapes();

// Returns the folders of providers that send one event a post.
std::span<const std::string_view> OneEventPosts();

// Returns `sendgrid` of `sendgrid/bounces`.
std::string_view FolderOf(const WebhookCase& c);

}  // namespace leadpulse::webhooks
