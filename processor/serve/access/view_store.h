// Searches that a user saved under a title, to find them again in the pages, or that a manager saved for all users.
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
  std::string title;           // 1 to 100 bytes of UTF-8
  std::string query;           // the query string of the page; at most 8 KiB
  bool is_shared = false;      // all users of the tenant see it
  bool may_be_removed = true;  // by the user who asked for it
};
// The limit of one user's views.
inline constexpr int64_t kMostViews = 100;

// The saved searches. Thread-safe. Errors are those of the database; Rejected, with what is expected, for wrong input.
class ViewStore {
 public:
  // Does not own the database.
  explicit ViewStore(AccessDatabase* database) : database_(database) {}

  // Returns the views of the user and those that are shared, sorted by title.
  Result<std::vector<SavedView>> Views(const Principal& user);
  // Adds the view, or replaces the view of this user with the same title. Only managers share views. A shared view goes
  // with the user who saved it.
  Status Save(const Principal& user, const SavedView& view);
  // Removes a view of this user, or a shared one if the user is a manager. Ok also if there is no such view.
  Status Remove(const Principal& user, int64_t id);
  // Returns those of all users of the tenant.
  Result<std::vector<SavedView>> AllViews(const std::string& tenant);
  // Removes those of all users of the tenant for which `goes` holds.
  Status RemoveWhere(const std::string& tenant, const std::function<bool(const SavedView& view)>& goes);

 private:
  AccessDatabase* const database_;
};

}  // namespace leadpulse::access
