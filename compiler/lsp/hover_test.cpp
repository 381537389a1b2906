#include "compiler/lsp/feature_hover.h"
#include "compiler/lsp/marked.h"

#include <gtest/gtest.h>

namespace chasi::lsp {
namespace {

std::string hoverText(const char* marked) {
  MarkedSource source(marked);
  const auto found = hover(source.snapshot(), source.address());
  return found ? found->markdown : "";
}

TEST(Hover, TellsTypeDocumentationValueAndWhy) {
  EXPECT_EQ(hoverText("/// How many.\nparam ‸n: Int = 2\n"), "```chasi\nparam n: Int\n```\n\nHow many.\n\n= `2`");
  const std::string derived = hoverText("param n: Int = 2\nlet b‸ = n * 3\n");
  EXPECT_NE(derived.find("= `6`"), std::string::npos) << derived;
  EXPECT_NE(derived.find("from `n` = `2`"), std::string::npos) << derived;
  const std::string field = hoverText("kind k {\n  /// The level.\n  level: \"a\" | \"b\" = \"a\"\n}\nk x { ‸level = \"b\" }\n");
  EXPECT_NE(field.find("The level."), std::string::npos) << field;
  EXPECT_NE(field.find("= `\"b\"`"), std::string::npos) << field;
  EXPECT_EQ(hoverText("let a = 1 ‸ + 2\n"), "");
}

TEST(Hover, TellsWhatModulesHaveAndKindsNeed) {
  const std::string module = hoverText("import std.sizes\nlet a = ‸sizes.small\n");
  EXPECT_NE(module.find("has `"), std::string::npos) << module;
  EXPECT_NE(module.find("`small`"), std::string::npos) << module;
  EXPECT_EQ(hoverText("/// A frame.\nkind ‸frame {\n  wood: String\n  size: Int = 1\n}\n"), "```chasi\nkind frame\n```\n\nA frame.\n\nneeds `wood: String`");
  EXPECT_EQ(hoverText("let ‸a = 1\n"), "```chasi\nlet a: 1\n```"); // its type says all
}

TEST(Hover, NeverShowsASecret) { EXPECT_EQ(hoverText("let ‸a = secret(\"env/TOKEN\")\n").find("TOKEN"), std::string::npos); }

TEST(Hover, LeavesDiagnosticsAsTheyAre) {
  MarkedSource source("let ‸a = 1 / 0\n");
  const size_t before = source.snapshot().revision.diagnostics.all().size();
  ASSERT_GT(before, 0u);
  hover(source.snapshot(), source.address());
  EXPECT_EQ(source.snapshot().revision.diagnostics.all().size(), before);
}

constexpr const char* kFrames = "param n: Int = 2\nschema Wood { weight: Int = 1, name: String }\nkind frame {\n  size: Int\n  wood?: Wood\n  nested part as parts { size: Int = n + 1 }\n}\n"
                                "frame oak {\n  size = n * 2\n  wood = Wood { weight = 3, name = \"oak\" }\n  part left {}\n  part right { size = left.size + 1 }\n}\n"
                                "frame bare { size = 1 }\nlet w = Wood { name = \"fir\" }\n";

/// What hovering says of the value at the cursor, behind the frames.
std::string valueShown(const std::string& rest) {
  const std::string all = hoverText((kFrames + rest).c_str());
  const size_t at = all.find("\n\n= `");
  return at == std::string::npos ? "" : all.substr(at + 2);
}

TEST(Hover, TellsTheValuesOfMembers) {
  EXPECT_EQ(valueShown("let a = oak.si‸ze + 1\n"), "= `4`\n- definition (a.chasi:9): `4`\n- from `n` = `2`");
  EXPECT_EQ(valueShown("let a = oak.wood?.‸weight\n").substr(0, 5), "= `3`");
  EXPECT_EQ(valueShown("let a = \"${w.‸name} wood\"\n").substr(0, 9), "= `\"fir\"`");
  EXPECT_EQ(valueShown("let a = w.weight‸\n").substr(0, 5), "= `1`");
  EXPECT_EQ(valueShown("let a = oak.left.‸size\n").substr(0, 5), "= `3`");
  EXPECT_EQ(valueShown("let a = bare.‸wood?.weight\n"), "= `absent`");
  EXPECT_EQ(valueShown("let a = ‸oak.size\n"), ""); // a record
}

TEST(Hover, TellsNoValueOfWhatIsManyOrWrong) {
  EXPECT_EQ(valueShown("fn f(oak: frame) -> Int = oak.‸size\n"), "");
  EXPECT_EQ(valueShown("let a = [for w in [oak, bare] : w.‸size]\n"), "");
  EXPECT_EQ(valueShown("frame bad { size = 1 / 0 }\nlet a = bad.‸size\n"), "");
}

TEST(Hover, TellsTheValueOfAMemberOfADeclarationNextToIt) {
  const std::string inside = hoverText("kind k { nested p as ps { a: Int = 1 } }\nk x {\n  p one { a = 5 }\n  p two { a = one.‸a }\n}\n");
  EXPECT_NE(inside.find("= `5`"), std::string::npos) << inside;
}

} // namespace
} // namespace chasi::lsp
