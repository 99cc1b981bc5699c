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
  std::vector<std::string> items;  // as they are spelled in the body
  // The case's post with these items and none but these; its `expected` is not theirs.
  std::function<WebhookCase(std::span<const std::string>)> with;
};

struct BatchShape {
  std::string_view folder;  // what stands before the slash in a case's name
  std::string_view name;
  // Nothing where the case has another shape.
  std::optional<Batch> (*of)(const WebhookCase&);
};

std::span<const BatchShape> BatchShapes();

// Folders of those that send one event a post.
std::span<const std::string_view> OneEventPosts();

// `sendgrid` of `sendgrid/bounces`.
std::string_view FolderOf(const WebhookCase& c);

}  // namespace leadpulse::webhooks
