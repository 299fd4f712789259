#include "rtmp/amf0.hpp"

#include <gtest/gtest.h>

namespace streamkit::rtmp {
namespace {

Bytes written(const AmfValue& value) {
  Bytes bytes;
  append_amf(bytes, value);
  return bytes;
}

TEST(Amf0Test, ReadsWhatItWrites) {
  const AmfValue::Object object = {{"app", "live"},
                                   {"capabilities", 31.0},
                                   {"ok", true},
                                   {"none", AmfValue()},
                                   {"list", AmfValue::Array{"avc1", 2.5}},
                                   {"map", AmfValue::Object{{"*", 4.0}}}};
  const Bytes bytes = written(object);
  AmfReader reader(bytes);
  const auto read = reader.read();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find_text("app"), "live");
  EXPECT_EQ(*read->find("capabilities")->number(), 31);
  EXPECT_TRUE(*read->find("ok")->truth());
  EXPECT_EQ(read->find("none")->text(), nullptr);
  EXPECT_EQ(*read->find("list")->array()->at(1).number(), 2.5);
  EXPECT_EQ(*read->find("map")->find("*")->number(), 4);
  EXPECT_EQ(read->find("absent"), nullptr);
  EXPECT_EQ(written(*read), bytes);
  EXPECT_FALSE(reader.read());
}

TEST(Amf0Test, ReadsArraysWithNamesAsObjects) {
  // An ECMA array that announces no member and has one.
  const Bytes bytes = {8, 0, 0, 0, 0, 0, 1, 'a', 1, 1, 0, 0, 9};
  const auto read = AmfReader(bytes).read();
  ASSERT_TRUE(read);
  EXPECT_TRUE(*read->find("a")->truth());
}

TEST(Amf0Test, ReadsAnObjectWithoutEnd) {
  const Bytes bytes = {3, 0, 1, 'a', 1, 0};
  const auto read = AmfReader(bytes).read();
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read->find("a")->truth());
}

TEST(Amf0Test, ReadsTheRarerKinds) {
  const Bytes bytes = {0x0B, 0x40, 0, 0,   0, 0,   0,   0, 0, 0, 0,  // the date 2.0
                       0x0C, 0,    0, 0,   1, 'x',                   // a long text
                       0x06,                                         // undefined
                       0x10, 0,    1, 'T', 0, 1,   'b', 5, 0, 0, 9,  // an object of class T
                       0x07, 0,    1,                                // a reference
                       0x0F, 0,    0, 0,   1, 'y'};                  // XML
  AmfReader reader(bytes);
  EXPECT_EQ(*reader.read()->number(), 2);
  EXPECT_EQ(*reader.read()->text(), "x");
  EXPECT_TRUE(reader.read());
  EXPECT_NE(reader.read()->find("b"), nullptr);
  EXPECT_TRUE(reader.read());
  EXPECT_EQ(*reader.read()->text(), "y");
  EXPECT_TRUE(reader.empty());
}

TEST(Amf0Test, RejectsWhatIsCutAnywhere) {
  const Bytes bytes = written(AmfValue::Array{1.0, "text", AmfValue::Array{true}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(AmfReader(ByteView(bytes).first(size)).read()) << size;
  }
}

TEST(Amf0Test, RejectsAmf3) {
  const Bytes bytes = {0x11, 0x0A, 0x0B, 0x01};
  AmfReader reader(bytes);
  EXPECT_FALSE(reader.read());
  EXPECT_FALSE(reader.read());
}

TEST(Amf0Test, BoundsDepth) {
  for (const int depth : {16, 17}) {
    AmfValue value = 1.0;
    for (int i = 0; i < depth; ++i) value = AmfValue::Array{value};
    EXPECT_EQ(AmfReader(written(value)).read().has_value(), depth == 16) << depth;
  }
}

TEST(Amf0Test, BoundsTheNumberOfValues) {
  // An array that announces four billion members, and one of too many.
  const Bytes announces = {0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 5};
  EXPECT_FALSE(AmfReader(announces).read());
  EXPECT_TRUE(AmfReader(written(AmfValue::Array(4095))).read());
  EXPECT_FALSE(AmfReader(written(AmfValue::Array(4096))).read());
}

}  // namespace
}  // namespace streamkit::rtmp
