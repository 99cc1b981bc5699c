// The rows of an export with links, and what the run is asked for.
#include "processor/serve/api/jobs/export_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace leadpulse::serve::export_rows_test {

using ::testing::ElementsAre;

std::string LinkOf(const std::string& lead, const std::string& address) { return lead + "!" + address; }

TEST(ExportRows, WithoutLinksTheTextStaysAsItIs) {
  const ExportRows rows({"city", "lead"});
  EXPECT_THAT(rows.asked(), ElementsAre("city", "lead"));
  EXPECT_EQ(*rows.WithLinks("csv", "no,csv\"", true, LinkOf), "no,csv\"");
}

TEST(ExportRows, LinksAreOfTheLeadAndItsAddress) {
  const ExportRows rows({"unsubscribe_url", "city", "Unsubscribe URL"});
  EXPECT_THAT(rows.asked(), ElementsAre("city", "lead", "email"));
  EXPECT_EQ(*rows.WithLinks("csv", "city,lead,email\r\n\"a,\"\"b\",'=1,A@X.org\r\n,2,none\r\n", true, LinkOf),
            "unsubscribe_url,city,unsubscribe_url\r\n=1!a@x.org,\"a,\"\"b\",=1!a@x.org\r\n2!,,2!\r\n");
  // A later page has no header.
  EXPECT_EQ(*rows.WithLinks("csv", "Bern,3,\r\n", false, LinkOf), "3!,Bern,3!\r\n");
  EXPECT_EQ(*rows.WithLinks("csv", "", false, LinkOf), "");
  EXPECT_FALSE(rows.WithLinks("csv", "two,cells\r\n", false, LinkOf).ok());
}

TEST(ExportRows, ColumnsThatAreThereAnywayAreNotAskedTwice) {
  const ExportRows rows({"id", "unsubscribe_url", "email", "size"});
  EXPECT_THAT(rows.asked(), ElementsAre("id", "email", "size"));
  EXPECT_EQ(
      *rows.WithLinks("jsonl", "{\"id\":\"1\",\"email\":\"a@x.org\",\"size\":1.50}\n{\"id\":\"2\"}\n", false, LinkOf),
      "{\"id\":\"1\",\"unsubscribe_url\":\"1!a@x.org\",\"email\":\"a@x.org\",\"size\":1.50}\n"
      "{\"id\":\"2\",\"unsubscribe_url\":\"2!\"}\n");
  EXPECT_FALSE(rows.WithLinks("jsonl", "no json\n", false, LinkOf).ok());
  // The run prints a column under its own name.
  const ExportRows alias({"Lead score", "unsubscribe_url", "`city`"});
  EXPECT_THAT(alias.asked(), ElementsAre("score", "city", "lead", "email"));
  EXPECT_EQ(*alias.WithLinks("jsonl", "{\"score\":7,\"city\":\"Bern\",\"lead\":\"1\"}\n", false, LinkOf),
            "{\"score\":7,\"unsubscribe_url\":\"1!\",\"city\":\"Bern\"}\n");
}

}  // namespace leadpulse::serve::export_rows_test
