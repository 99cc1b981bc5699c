// Jobs as the API answers them, and who may see them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/principal.h"

namespace leadpulse::serve {

// Appends the job's members to the object.
void AppendJob(const access::Job& job, JsonObject* object);
http::Response JobResponse(unsigned int code, const access::Job& job);
// Returns 202 with the address at which the job is found, as Location.
http::Response StartedResponse(const access::Job& job);
http::Response NoSuchJob();
// Returns 409: the job is already over, or not over yet.
http::Response WrongState(const access::Job& job);
// Returns the answer to an error of JobLog: kMostJobs are not over, or it failed.
http::Response NotAdded(const Status& status);

// Whether a file may have this name, which may be empty.
bool IsFileName(std::string_view name);
inline constexpr char kFileNameRule[] = R"(at most 100 bytes without / \ : * ? " < > | and control characters)";
// Makes an answer that a browser saves as a file with this name.
http::Response FileResponse(std::shared_ptr<const http::ResponseFile> file, std::string type, const std::string& name);
std::string PathOf(const access::Job& job);

// Finds the job with this id, and of this kind if one is given. Answers 404 if there is none that the principal may
// see.
std::variant<access::Job, http::Response> FindJob(const std::string& id, const access::Principal& principal,
                                                  access::JobLog* jobs, std::optional<access::JobKind> kind = {});

}  // namespace leadpulse::serve
