// The ids by which the cluster knows a worker. They are the same after a restart.
#pragma once

#include <cstddef>
#include <string>

namespace leadpulse::kafka {

// `group.instance.id`: `APPLICATION-INSTANCE-WORKER`. Two workers of one consumer group, which is the application,
// never share one.
std::string GroupInstanceId(const std::string& application, const std::string& instance, size_t worker);

// `transactional.id`, which all applications of a cluster share: `APPLICATION-INSTANCE-WORKER`. Where a name contains
// `-`, a `.` and the number of bytes of the application's name follow, for `lead` with instance `eu-1` and `lead-eu`
// with instance `1` would else have the same id and fence each other. No two workers share one. Never change an id:
// what a killed process left open is ended by its successor with the same id.
std::string TransactionalId(const std::string& application, const std::string& instance, size_t worker);

}  // namespace leadpulse::kafka
