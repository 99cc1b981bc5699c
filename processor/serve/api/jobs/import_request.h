// What the columns of an upload are to become, as `POST /imports/{id}/run` says it: the options of `leadpulse import`.
#pragma once

#include <memory>
#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/importing/import_options.h"
#include "processor/importing/importer.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Members of the body of a run, checked for their types by ReadBody; `{}`: contacts, and everything is guessed.
struct ImportBody {
  std::string json = "{}";
};

// An upload that is read with a mapping. Not movable: its parts refer to each other.
class OpenUpload {
 public:
  // Rejected, with a sentence: the file or the mapping cannot be used; `field` is then what the sentence is about.
  // Retriable: the run does not say its definitions. `issued_at` is part of the commands' ids.
  struct Source {
    std::string path;
    std::string tenant;
    Instant issued_at;
    Instant latest;  // times after this are refused
  };
  static Result<std::unique_ptr<OpenUpload>> Open(const Source& source, const ImportBody& body, RunClient* run);
  OpenUpload(const OpenUpload&) = delete;
  OpenUpload& operator=(const OpenUpload&) = delete;

  importing::Importer& importer() { return *importer_; }
  const importing::ImportOptions& options() const { return options_; }
  // Why the columns cannot be used as the body says, or as they are guessed; Ok: they can.
  const Status& planned() const { return planned_; }

 private:
  OpenUpload() = default;
  Status ReadOptions(const ImportBody& body);

  std::shared_ptr<const config::Definitions> definitions_;
  importing::ImportOptions options_;
  std::unique_ptr<importing::Importer> importer_;
  Status planned_;
};

}  // namespace leadpulse::serve
