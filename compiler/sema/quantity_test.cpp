#include "compiler/sema/quantity.h"

#include <gtest/gtest.h>

namespace chasi::sema {
namespace {

struct Quantities : testing::Test {
  llvm::BumpPtrAllocator arena;
  std::string why;
  std::optional<Value> read(llvm::StringRef text) { return readQuantity(text, arena, why); }
};

TEST_F(Quantities, KeepTheirSpelling) {
  for (const char* text : {"500m", "64Gi", "10M", "1.5Gi", "20%", "12.5%", "30s", "5min", "6h", "14d", "250ms"}) {
    const auto v = read(text);
    ASSERT_TRUE(v) << text << ": " << why;
    EXPECT_EQ(printQuantity(*v), text);
  }
}

TEST_F(Quantities, AreExact) {
  EXPECT_EQ(read("1.5Gi")->quantity->amount, 1610612736);
  EXPECT_EQ(read("0.1M")->quantity->amount, 100000);
  EXPECT_EQ(read("500m")->quantity->amount, 500'000'000);
  EXPECT_EQ(read("1min")->quantity->amount, read("60s")->quantity->amount);
  EXPECT_EQ(read("12.5%")->quantity->amount, 12'500'000);
}

TEST_F(Quantities, PrintCanonicallyWhenComputed) {
  auto print = [&](Tag tag, int64_t amount) { return printQuantity(makeQuantity(tag, amount, arena)); };
  EXPECT_EQ(print(Tag::Cpu, 2'000'000'000), "2");
  EXPECT_EQ(print(Tag::Cpu, 1'500'000'000), "1500m");
  EXPECT_EQ(print(Tag::Cpu, 0), "0");
  EXPECT_EQ(print(Tag::Cpu, -500'000'000), "-500m");
  EXPECT_EQ(print(Tag::Bytes, 1610612736), "1536Mi");
  EXPECT_EQ(print(Tag::Bytes, 30'000'000), "30M");
  EXPECT_EQ(print(Tag::Bytes, 7), "7");
  EXPECT_EQ(print(Tag::Percent, 12'500'000), "12.5%");
  EXPECT_EQ(print(Tag::Duration, 90'000'000'000), "90s");
  EXPECT_EQ(print(Tag::Duration, 0), "0s");
}

TEST_F(Quantities, AreRefusedWithAReason) {
  for (const char* text : {"5mins", "10GB", "3x", "0.5Ki5"}) EXPECT_FALSE(read(text)) << text;
  EXPECT_FALSE(read("0.0000000001m"));
  EXPECT_NE(why.find("whole number"), std::string::npos);
  EXPECT_FALSE(read("16Ei"));
  EXPECT_NE(why.find("too large"), std::string::npos);
  EXPECT_FALSE(read("99999999999999999999999999999999999999999Ei"));
}

} // namespace
} // namespace chasi::sema
