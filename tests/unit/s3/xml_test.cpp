#include "s3/xml.hpp"

#include <gtest/gtest.h>

namespace streamkit::s3 {
namespace {

void write(XmlWriter& xml, const XmlNode& node) {
  if (node.children.empty()) return xml.text(node.name, node.text);
  xml.open(node.name);
  for (const auto& child : node.children) write(xml, child);
  xml.close(node.name);
}

TEST(S3XmlTest, WhatIsWrittenReadsTheSame) {
  const XmlNode tree{"Root",
                     "",
                     {{"Key", "a<b>&\"'c\r\n\t]]>", {}},
                      {"Key", "caf\xC3\xA9 \xF0\x9F\x8E\xAC", {}},
                      {"Empty", "", {}},
                      {"Deep", "", {{"Deeper", " spaces ", {}}}}}};
  XmlWriter xml;
  write(xml, tree);
  const auto read = parse_xml(std::move(xml).take());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, tree);
}

TEST(S3XmlTest, ReadsEntitiesAndComments) {
  const auto root = parse_xml(
      "<?xml version='1.0'?><!-- note --><A xmlns='urn:x' b='c'>\n <B>&lt;&amp;&#65;&#x42;</B>"
      "<B><![CDATA[<x>]]></B><C/>\n</A>\n");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(*root, (XmlNode{"A", "", {{"B", "<&AB", {}}, {"B", "<x>", {}}, {"C", "", {}}}}));
  EXPECT_EQ(root->find("C"), &root->children[2]);
  EXPECT_EQ(root->find("D"), nullptr);
}

TEST(S3XmlTest, RefusesWhatIsNoDocument) {
  for (const auto* text :
       {"", "text", "<A>", "<A></B>", "<A/><B/>", "<A>&unknown;</A>", "<A>\x01</A>", "<A>\xff</A>",
        "<A>text<B/></A>", "<A><B/>text</A>", "<A b=c/>"}) {
    const auto root = parse_xml(text);
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(S3XmlTest, RefusesDocumentTypes) {
  for (const auto* text : {"<!DOCTYPE A><A/>", "<!DOCTYPE A [<!ENTITY x 'y'>]><A>&x;</A>",
                           "<!DOCTYPE A SYSTEM 'file:///etc/passwd'><A/>",
                           "<!DOCTYPE A [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><A>&x;</A>"}) {
    const auto root = parse_xml(text);
    ASSERT_FALSE(root) << text;
    EXPECT_NE(root.error().message.find("document type"), std::string::npos);
  }
}

TEST(S3XmlTest, IsBounded) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<A>";
    for (int i = 0; i < depth; ++i) text += "</A>";
    return text;
  };
  EXPECT_TRUE(parse_xml(nested(8)));
  EXPECT_FALSE(parse_xml(nested(9)));
  EXPECT_FALSE(parse_xml(nested(100'000)));
  EXPECT_TRUE(parse_xml("<A><B/><B/></A>", {.elements = 3}));
  EXPECT_FALSE(parse_xml("<A><B/><B/></A>", {.elements = 2}));
  EXPECT_TRUE(parse_xml("<A/>", {.bytes = 4}));
  EXPECT_FALSE(parse_xml("<A/>", {.bytes = 3}));
}

TEST(S3XmlTest, WritesNothingThatXmlCannotHold) {
  for (const auto* text : {"\x01", "\xff", "\xC0\x80", "\xED\xA0\x80", "\xEF\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xC3", "\xE2\x82"}) {
    EXPECT_FALSE(is_xml_text(text)) << text;
    XmlWriter xml;
    xml.text("A", text);
    const auto root = parse_xml(std::move(xml).take());
    ASSERT_TRUE(root) << text;
    EXPECT_EQ(root->text.front(), '?');
  }
  EXPECT_TRUE(is_xml_text("plain \xE2\x82\xAC"));
}

}  // namespace
}  // namespace streamkit::s3
