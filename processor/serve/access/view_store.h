// Searches that a user saved under a title, to find them again in the pages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/principal.h"

namespace leadpulse::access {

struct SavedView {
  int64_t id = 0;
  std::string title;  // 1 to 100 bytes of UTF-8
  std::string query;  // the query string of the page; at most 8 KiB
};
// The limit of one user's views.
inline constexpr int64_t kMostViews = 100;

// The saved searches. Thread-safe. Errors are those of the database; Rejected, with what is expected, for wrong input.
class ViewStore {
 public:
  // Does not own the database.
  explicit ViewStore(AccessDatabase* database) : database_(database) {}

  // Returns the views of the user, sorted by title.
  Result<std::vector<SavedView>> Views(const Principal& user);
  // Adds the view, or replaces the view of this user with the same title.
  Status Save(const Principal& user, const SavedView& view);
  // Removes a view of this user. Ok also if the user has no such view.
  Status Remove(const Principal& user, int64_t id);
  // Returns those of all users of the tenant.
  Result<std::vector<SavedView>> AllViews(const std::string& tenant);
  // Removes those of all users of the tenant for which `goes` holds.
  Status RemoveWhere(const std::string& tenant, const std::function<bool(const SavedView& view)>& goes);

 private:
  AccessDatabase* const database_;
};

}  // namespace leadpulse::access
