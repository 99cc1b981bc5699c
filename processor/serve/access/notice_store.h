// What the bell of the pages tells a user: what happened to its leads, and jobs of its own that are over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/principal.h"

namespace leadpulse::access {

// Persisted: never renumber.
enum class NoticeKind : uint8_t {
  kHot = 1,       // the lead came into the highest tier
  kReplied = 2,   // the lead replied
  kAssigned = 3,  // the lead was assigned to the user
  kDue = 4,       // the day to follow the lead up has come
  kJobOver = 5,   // a job is over; it is about no lead
  kMany = 6,      // many leads were assigned at once; it is about none of them
};

struct Notice {
  int64_t id = 0;
  NoticeKind kind = NoticeKind::kHot;
  std::string lead;  // empty: about no lead
  // Tells notices of one kind about one lead apart: the instant, the day, the id of the job. A number of leads for
  // kMany.
  std::string mark;
  Instant at;
  bool is_read = false;
};

struct NewNotice {
  std::string tenant;
  std::string user;
  Notice notice;
};

// The number of notices that are kept for a user.
inline constexpr int64_t kMostNotices = 200;

// The notices. Thread-safe. Errors are those of the database.
class NoticeStore {
 public:
  // Does not own the database.
  explicit NoticeStore(AccessDatabase* database) : database_(database) {}

  // Adds notices of users who exist. One with the kind, lead and mark of another is the same notice. Beyond
  // kMostNotices, the oldest of the user are removed.
  Status Add(const std::vector<NewNotice>& notices);
  // Returns the notices of the user, the latest first.
  Result<std::vector<Notice>> Notices(const Principal& user);
  Result<int64_t> CountUnread(const Principal& user);
  // Marks those of the user up to this id as read.
  Status MarkRead(const Principal& user, int64_t up_to);
  // Marks one of the user as read. Ok also if the user has no such notice.
  Status MarkOneRead(const Principal& user, int64_t id);
  // Returns the leads that notices of the tenant are about.
  Result<std::vector<std::string>> Leads(const std::string& tenant);
  // Removes all notices about the lead.
  static Status ForgetLead(const std::string& tenant, const std::string& lead, const Transaction& transaction);

 private:
  AccessDatabase* const database_;
};

}  // namespace leadpulse::access
