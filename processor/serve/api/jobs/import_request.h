// What the columns of an upload are to become, as `POST /imports/{id}/run` says it: the options of `leadpulse import`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/base/status.h"
#include "processor/importing/import_options.h"
#include "processor/importing/importer.h"
#include "processor/importing/problem.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// An upload that is read with a mapping. Not movable: its parts refer to each other.
class OpenUpload {
 public:
  // Rejected: the file cannot be used. Retriable: the run does not say its definitions. `issued_at` is part of the
  // commands' ids.
  struct Source {
    std::string path;
    std::string tenant;
    Instant issued_at;
    Instant latest;  // times after this are refused
  };
  // `body`: of a run, JSON whose members have the types that ReadBody checks; `{}`: contacts, and everything is
  // guessed.
  static Result<std::unique_ptr<OpenUpload>> Open(const Source& source, const std::string& body, RunClient* run);
  OpenUpload(const OpenUpload&) = delete;
  OpenUpload& operator=(const OpenUpload&) = delete;

  importing::Importer& importer() { return *importer_; }
  const importing::ImportOptions& options() const { return options_; }
  // Why the columns cannot be used as the body says, or as they are guessed; nullopt: they can.
  const std::optional<importing::Problem>& problem() const { return problem_; }

 private:
  OpenUpload() = default;
  std::optional<importing::Problem> ReadOptions(const Json& body);

  std::shared_ptr<const config::Definitions> definitions_;
  importing::ImportOptions options_;
  std::unique_ptr<importing::Importer> importer_;
  std::optional<importing::Problem> problem_;
};

// The sentence for people, with options as members of the body.
std::string InWordsOfTheApi(const importing::Problem& problem);

}  // namespace leadpulse::serve
