// The text of an API token: valid ones, and typing errors.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "processor/serve/access/secrets.h"

namespace leadpulse::access::api_token_test {

TEST(ApiTokenTest, ReadsWhatItWrites) {
  for (int i = 0; i < 100; ++i) {
    const std::string secret = RandomBytes(kSecretBytes);
    const std::string text = TokenText(secret);
    EXPECT_EQ(text.size(), 52U);
    EXPECT_EQ(SecretOfToken(text), secret);
  }
}

TEST(ApiTokenTest, FindsEveryWrongCharacter) {
  const std::string text = TokenText(std::string(kSecretBytes, 'x'));
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'z', '_', '=', '\0'}) {
      std::string wrong = text;
      if (wrong[i] == c) continue;
      wrong[i] = c;
      EXPECT_FALSE(SecretOfToken(wrong)) << wrong;
    }
  }
  for (const std::string& wrong : {std::string(), std::string("lp_"), text + "A", text.substr(1), " " + text}) {
    EXPECT_FALSE(SecretOfToken(wrong)) << wrong;
  }
}

TEST(ApiTokenTest, SecretsDiffer) {
  std::set<std::string> secrets;
  for (int i = 0; i < 100; ++i) secrets.insert(RandomBytes(kSecretBytes) + MakePassword());
  EXPECT_EQ(secrets.size(), 100U);
}

TEST(ApiTokenTest, HashesDependOnTheKey) {
  EXPECT_NE(HashOf("x", std::string(32, 'a')), HashOf("x", std::string(32, 'b')));
  EXPECT_NE(HashOf("x"), HashOf("x", std::string(32, 'a')));
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abcd"));
}

}  // namespace leadpulse::access::api_token_test
