// The bytes of changes that are written without the Protobuf library are those that it writes.
#include "schemas/codec/published_change.h"

#include <gtest/gtest.h>

#include <string>

#include "leadpulse/v1/published_change.pb.h"
#include "schemas/codec/change_bytes.h"
#include "tests/support/output_samples.h"

namespace leadpulse::codec::published_change_test {

Change AnyChange(RandomRecords& random) {
  Change change = RandomChange(random);
  change.kind = static_cast<ChangeKind>(1 + random.Below(12));
  if (random.OneIn(3)) change.at.millis = static_cast<int64_t>(random.Below(5)) * 1000;
  if (random.OneIn(5)) change.cause.id = std::string(random.Below(300), 'i');
  if (random.OneIn(5)) change.name.clear();
  if (random.OneIn(5)) change.updated.assign(random.Below(40), "attribute with a long name to list");
  if (change.source && random.OneIn(3)) change.source->offset = int64_t{1} << 40;
  return change;
}

TEST(PublishedChangeTest, AChangeHasTheBytesOfTheLibrary) {
  RandomRecords random(53);
  for (int i = 0; i < 5'000; ++i) {
    const Change change = AnyChange(random);
    std::string bytes = "before";
    AppendChangeBytes(change, &bytes);
    ASSERT_EQ(bytes, "before" + MessageOf(change).SerializeAsString()) << MessageOf(change).DebugString();
  }
}

TEST(PublishedChangeTest, AStoredChangeHasTheBytesOfTheLibrary) {
  RandomRecords random(59);
  PublishedChangeEncoder encoder;
  v1::PublishedChanges expected;
  std::string row;
  for (int i = 0; i < 500; ++i) {
    const Change change = AnyChange(random);
    const std::string actor = random.OneIn(2) ? "" : random.Text();
    v1::PublishedChange* const published = expected.add_changes();
    v1::Change* const stored = published->mutable_change();
    *stored = MessageOf(change);
    stored->clear_tenant_id();
    stored->clear_lead_id();
    stored->clear_source();
    size_t bytes = 0;
    for (int name = 0; name < stored->updated_size(); ++name) {
      bytes += stored->updated(name).size();
      if (bytes <= 1024) continue;
      stored->mutable_updated()->DeleteSubrange(name, stored->updated_size() - name);
    }
    published->set_actor(actor);
    encoder.Append(change, actor, &row);
  }
  EXPECT_EQ(row, expected.SerializeAsString());
  const auto read = ReadPublishedChanges({"acme", "ann"}, row);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->size(), 500u);
  auto latest = read->rbegin();
  const auto visit = [&](const PublishedChange& change) { return change == *latest++; };
  EXPECT_TRUE(VisitLatestChanges({"acme", "ann"}, row, visit).ok());
  EXPECT_EQ(latest, read->rend());
}

TEST(PublishedChangeTest, ChangesBehindTheLastVisitedAreNotDecoded) {
  PublishedChangeEncoder encoder;
  std::string row;
  Change change;
  change.seq = {7};
  for (int i = 0; i < 3; change.at = Instant{++i}) encoder.Append(change, "", &row);
  row.insert(0, "\x0a\x01z");  // an entry that is no change
  int left = 3;
  const auto count = [&left](const PublishedChange& one) { return one.change.at.millis == --left && left > 0; };
  EXPECT_TRUE(VisitLatestChanges({"acme", "ann"}, row, count).ok());
  EXPECT_EQ(left, 0);
  const auto all = [](const PublishedChange&) { return true; };
  EXPECT_FALSE(VisitLatestChanges({"acme", "ann"}, row, all).ok());
  EXPECT_FALSE(VisitLatestChanges({"acme", "ann"}, row.substr(0, row.size() - 1), count).ok());
}

TEST(PublishedChangeTest, TheErrorNamesNoLead) {
  const auto read = ReadPublishedChanges({"acme", "zoe@x.example"}, "no message");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.status().message().find("zoe"), std::string::npos) << "it goes into logs";
  EXPECT_NE(read.status().message().find("acme"), std::string::npos);
}

}  // namespace leadpulse::codec::published_change_test
